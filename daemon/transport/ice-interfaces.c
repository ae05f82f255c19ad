/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ice-interfaces.h"

#include <nice/interfaces.h>

static GMutex lock;
static GStrv ranked;

void
bg_ice_interfaces_rank (const char *const *texts)
{
  GStrv old, new = g_strdupv ((GStrv) texts);

  g_mutex_lock (&lock);
  old = ranked;
  ranked = new;
  g_mutex_unlock (&lock);
  g_strfreev (old);
}

GList *
nice_interfaces_get_local_ips (gboolean include_loopback)
{
  GList *ips = NULL;

  g_mutex_lock (&lock);
  for (guint i = 0; ranked && ranked[i]; i++)
    ips = g_list_prepend (ips, g_strdup (ranked[i]));
  g_mutex_unlock (&lock);
  return ips;
}
