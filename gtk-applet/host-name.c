/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host-name.h"

#include "common/device-name.h"

char *
applet_host_name_suggest (BamgateClient *client)
{
  const char *before = client ? bamgate_client_get_name (client) : "";
  char *name;

  if (bg_device_name_is_valid (before))
    return g_strdup (before);
  name = bg_device_name_suggest (g_get_host_name ());
  return name ? name : g_strdup ("");
}
