/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "peer/route-judge.h"

#include "common/device-name.h"

static BgWords *
describe (const BgOutsideHost *outside)
{
  g_autofree char *peer = outside->name ? bg_device_name_escape (outside->name) : NULL;
  char text[BG_IP_PREFIX_TEXT];

  bg_ip_prefix_format_address (&outside->host, text);
  switch (outside->kind)
    {
    case BG_OUTSIDE_HUB:
      return bg_words (OUTSIDE_HUB, text);
    case BG_OUTSIDE_STUN:
      return bg_words (OUTSIDE_STUN, text);
    case BG_OUTSIDE_TURN:
      return bg_words (OUTSIDE_TURN, text);
    case BG_OUTSIDE_PEER:
      break;
    }
  return bg_words (OUTSIDE_PEER, peer ? peer : "?", text);
}

BgWords *
bg_route_judge (const BgLocalNetworks *networks, const GArray *outside, const BgIpPrefix *route)
{
  const BgLocalNetwork *met = networks
                                ? bg_local_networks_meet (networks, route, BG_LOCAL_CONNECTED)
                                : NULL;
  char text[BG_IP_PREFIX_TEXT];

  if (met)
    {
      bg_ip_prefix_format (&met->prefix, text);
      return bg_words (IN_LOCAL_NETWORK, text, met->interface);
    }
  for (guint i = 0; i < outside->len; i++)
    {
      const BgOutsideHost *host = &g_array_index (outside, BgOutsideHost, i);

      if (bg_ip_prefix_contains (route, &host->host))
        return describe (host);
    }
  return NULL;
}

BgWords *
bg_route_judge_host (const BgLocalNetworks *networks, const GArray *outside, const BgIpPrefix *host)
{
  const char *interface = networks ? bg_local_networks_find_router (networks, host) : NULL;
  char text[BG_IP_PREFIX_TEXT];

  if (interface)
    {
      bg_ip_prefix_format_address (host, text);
      return bg_words (IS_ROUTER, text, interface);
    }
  for (guint i = 0; i < outside->len; i++)
    {
      const BgOutsideHost *other = &g_array_index (outside, BgOutsideHost, i);

      if (other->kind != BG_OUTSIDE_PEER && bg_ip_prefix_equal (&other->host, host))
        return describe (other);
    }
  return NULL;
}
