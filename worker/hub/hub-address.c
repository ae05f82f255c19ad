/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/hub/hub-address.h"
#include "common/error.h"

#include <string.h>
#include <sys/socket.h>

gboolean
bg_hub_subnet_parse (const char *text, BgIpPrefix *subnet, GError **error)
{
  BgSubnet core;

  if (!bg_subnet_read (&core, (BgBytes){ (const guint8 *) text, strlen (text) })
      || !bg_ip_prefix_parse (text, subnet))
    {
      g_set_error (error, BG_ERROR, BG_ERROR_INVALID_ARGUMENT,
                   "subnet: “%s” is no IPv4 subnet between /8 and /30", text);
      return FALSE;
    }
  bg_ip_prefix_mask (subnet);
  return TRUE;
}

void
bg_hub_subnet_to_core (const BgIpPrefix *subnet, BgSubnet *core)
{
  guint32 word;

  memcpy (&word, subnet->addr, sizeof word);
  *core = (BgSubnet){ g_ntohl (word), subnet->len };
}
