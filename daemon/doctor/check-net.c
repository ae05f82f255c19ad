/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "doctor/checks.h"

#include <sys/socket.h>

#define UPLINK "net.uplink"
#define MTU "net.mtu"
#define FILTER "net.rp-filter"
#define OVERLAP "net.overlap"
#define OFFERS "net.offers"
#define FIREWALL "net.firewall"

/* What IPv6 needs of every link (RFC 8200, 5), and with what WireGuard, UDP and IPv6 put around it. */
#define IPV6_LEAST 1280
#define UPLINK_LEAST (IPV6_LEAST + 80)

/* --- net.uplink --- */

static char *
join_uplinks (const BgFacts *facts)
{
  GString *names = g_string_new (NULL);

  for (guint i = 0; i < facts->uplinks->len; i++)
    g_string_append_printf (names, "%s%s", i > 0 ? ", " : "",
                            g_array_index (facts->uplinks, BgFactUplink, i).name);
  return g_string_free (names, FALSE);
}

void
bg_check_net_uplink (const BgFacts *facts, GPtrArray *findings)
{
  g_autofree char *names = join_uplinks (facts);

  if (!facts->networks)
    return;
  if (*names)
    bg_findings_add_ok (findings, UPLINK, bg_words (DOCTOR_UPLINK, names));
  else
    bg_findings_add_problem (findings, UPLINK, bg_words (DOCTOR_NO_UPLINK),
                             bg_words (DOCTOR_NO_UPLINK_MEANS), bg_words (DOCTOR_NO_UPLINK_DEED));
}

/* --- net.mtu --- */

static gboolean
has_ipv6 (const BgFacts *facts)
{
  for (guint i = 0; i < facts->n_addresses; i++)
    if (facts->addresses[i].family == AF_INET6)
      return TRUE;
  return FALSE;
}

static void
look_at_paths (const BgFacts *facts, GPtrArray *findings)
{
  for (guint i = 0; has_ipv6 (facts) && i < facts->peers->len; i++)
    {
      const BgFactPeer *peer = &g_array_index (facts->peers, BgFactPeer, i);

      if (peer->state == BG_FACT_PEER_CONNECTED && peer->mtu > 0 && peer->mtu < IPV6_LEAST)
        bg_findings_add_note (findings, MTU, bg_words (DOCTOR_PATH_MTU, peer->id, peer->mtu),
                              bg_words (DOCTOR_PATH_MTU_MEANS, IPV6_LEAST), NULL);
    }
}

void
bg_check_net_mtu (const BgFacts *facts, GPtrArray *findings)
{
  for (guint i = 0; i < facts->uplinks->len; i++)
    {
      const BgFactUplink *uplink = &g_array_index (facts->uplinks, BgFactUplink, i);

      if (uplink->mtu > 0 && uplink->mtu < UPLINK_LEAST)
        bg_findings_add_note (
          findings, MTU, bg_words (DOCTOR_UPLINK_MTU, uplink->name, uplink->mtu),
          bg_words (DOCTOR_UPLINK_MTU_MEANS, UPLINK_LEAST), bg_words (DOCTOR_UPLINK_MTU_DEED));
      else if (uplink->mtu > 0)
        bg_findings_add_ok (findings, MTU, bg_words (DOCTOR_UPLINK_MTU, uplink->name, uplink->mtu));
    }
  look_at_paths (facts, findings);
}

/* --- net.rp-filter: matters where answers may come by another link than the best one --- */

void
bg_check_net_filter (const BgFacts *facts, GPtrArray *findings)
{
  for (guint i = 0; facts->uplinks->len > 1 && i < facts->uplinks->len; i++)
    {
      const BgFactUplink *uplink = &g_array_index (facts->uplinks, BgFactUplink, i);

      if (uplink->rp_filter == 1)
        bg_findings_add_note (findings, FILTER, bg_words (DOCTOR_FILTER, uplink->name),
                              bg_words (DOCTOR_FILTER_MEANS),
                              bg_words (DOCTOR_FILTER_DEED, uplink->name));
    }
}

/* --- net.offers: most often a network that was mistyped --- */

void
bg_check_net_offers (const BgFacts *facts, GPtrArray *findings)
{
  for (guint i = 0; facts->networks && i < facts->offered->len; i++)
    {
      const BgIpPrefix *network = &g_array_index (facts->offered, BgIpPrefix, i);
      char text[BG_IP_PREFIX_TEXT];

      if (bg_local_networks_meet (facts->networks, network, BG_LOCAL_ROUTED))
        continue;
      bg_ip_prefix_format (network, text);
      bg_findings_add_note (findings, OFFERS, bg_words (DOCTOR_OFFER, text),
                            bg_words (DOCTOR_OFFER_MEANS), bg_words (DOCTOR_OFFER_DEED));
    }
}

/* --- net.firewall --- */

void
bg_check_net_firewall (const BgFacts *facts, GPtrArray *findings)
{
  for (guint i = 0; i < facts->obstacles->len; i++)
    bg_findings_add_problem (findings, FIREWALL, bg_words_ref (facts->obstacles->pdata[i]),
                             bg_words (DOCTOR_FIREWALL_MEANS), bg_words (DOCTOR_FIREWALL_DEED));
  if (facts->is_gateway && facts->obstacles->len == 0 && facts->state == BG_FACT_UP
      && !facts->says[BG_FACT_SAYS_GATEWAY])
    bg_findings_add_ok (findings, FIREWALL, bg_words (DOCTOR_FIREWALL_FINE));
}

/* --- net.overlap --- */

static void
say_overlap (const BgIpPrefix *subnet, const BgLocalNetwork *other, GPtrArray *findings)
{
  char ours[BG_IP_PREFIX_TEXT], theirs[BG_IP_PREFIX_TEXT];

  bg_ip_prefix_format (subnet, ours);
  bg_ip_prefix_format (&other->prefix, theirs);
  bg_findings_add_problem (findings, OVERLAP,
                           bg_words (DOCTOR_OVERLAP, ours, theirs, other->interface),
                           bg_words (DOCTOR_OVERLAP_MEANS), bg_words (DOCTOR_OVERLAP_DEED));
}

/* Was there one? */
static gboolean
look_at (const BgFacts *facts, const BgIpPrefix *address, GPtrArray *findings)
{
  BgIpPrefix subnet = *address;
  const BgLocalNetwork *other;

  bg_ip_prefix_mask (&subnet);
  other = bg_local_networks_meet (facts->networks, &subnet, BG_LOCAL_CONNECTED);
  if (other)
    say_overlap (&subnet, other, findings);
  return other != NULL;
}

void
bg_check_net_overlap (const BgFacts *facts, GPtrArray *findings)
{
  gboolean any = FALSE;

  if (!facts->networks || facts->n_addresses == 0)
    return;
  for (guint i = 0; i < facts->n_addresses; i++)
    any |= look_at (facts, &facts->addresses[i], findings);
  if (!any)
    bg_findings_add_ok (findings, OVERLAP, bg_words (DOCTOR_NO_OVERLAP));
}
