/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/application-names.h"

#include "app/application-private.h"

char *
bg_application_dup_name_of (BgApplication *self, const char *id)
{
  return bg_application_is_up (self) ? bg_tunnel_dup_name_of (self->tunnel, id) : g_strdup ("");
}

char *
bg_application_dup_own_name (BgApplication *self)
{
  const BgConfig *started = bg_tunnel_get_started (self->tunnel);

  return started && started->device_name ? bg_application_dup_name_of (self, started->device_name)
                                         : g_strdup ("");
}
