/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "peer/route-judge.h"

#include "common/device-name.h"

static char *
describe (const BgOutsideHost *outside)
{
  g_autofree char *peer = outside->name ? bg_device_name_escape (outside->name) : NULL;
  char text[BG_IP_PREFIX_TEXT];

  bg_ip_prefix_format_address (&outside->host, text);
  switch (outside->kind)
    {
    case BG_OUTSIDE_HUB:
      return g_strdup_printf ("the hub is at %s", text);
    case BG_OUTSIDE_STUN:
      return g_strdup_printf ("a STUN server is at %s", text);
    case BG_OUTSIDE_TURN:
      return g_strdup_printf ("a TURN server is at %s", text);
    case BG_OUTSIDE_PEER:
      break;
    }
  return g_strdup_printf ("peer %s is reached at %s", peer ? peer : "?", text);
}

char *
bg_route_judge (const BgLocalNetworks *networks, const GArray *outside, const BgIpPrefix *route)
{
  const BgLocalNetwork *met = networks
                                ? bg_local_networks_meet (networks, route, BG_LOCAL_CONNECTED)
                                : NULL;
  char text[BG_IP_PREFIX_TEXT];

  if (met)
    {
      bg_ip_prefix_format (&met->prefix, text);
      return g_strdup_printf ("this machine is in %s on %s", text, met->interface);
    }
  for (guint i = 0; i < outside->len; i++)
    {
      const BgOutsideHost *host = &g_array_index (outside, BgOutsideHost, i);

      if (bg_ip_prefix_contains (route, &host->host))
        return describe (host);
    }
  return NULL;
}

char *
bg_route_judge_host (const BgLocalNetworks *networks, const GArray *outside, const BgIpPrefix *host)
{
  const char *interface = networks ? bg_local_networks_find_router (networks, host) : NULL;
  char text[BG_IP_PREFIX_TEXT];

  if (interface)
    {
      bg_ip_prefix_format_address (host, text);
      return g_strdup_printf ("%s is a router on %s", text, interface);
    }
  for (guint i = 0; i < outside->len; i++)
    {
      const BgOutsideHost *other = &g_array_index (outside, BgOutsideHost, i);

      if (other->kind != BG_OUTSIDE_PEER && bg_ip_prefix_equal (&other->host, host))
        return describe (other);
    }
  return NULL;
}
