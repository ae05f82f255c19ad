/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/tunnel-link.h"

#include "app/managed-link.h"
#include "common/log.h"
#include "net/link-config.h"
#include "net/net-plan.h"
#include "peer/main-timer.h"

#include <sys/socket.h>

struct _BgTunnelLink
{
  char *ifname;
  guint mtu;
  const BgIpPrefix *addresses;
  guint n_addresses;
  BgTunnelLinkSynced synced;
  gpointer owner;

  BgTunnelLinkExit exit;
  BgLinkConfig *link;
  BgNetPlan *plan;           /* of the last attempt, whole */
  gboolean managed;          /* by somebody else */
  BgPeerSet *peers;          /* NULL while none are followed */
  BgLocalNetworks *networks; /* NULL: not known */
  GArray *outside;           /* BgOutsideHost; NULL for none */
  GSource *resync;
  BgWords *complaint, *overlap;
  gboolean failed; /* the last attempt */
};

/* --- The addresses among other networks --- */

static BgWords *
describe_overlap (const BgIpPrefix *subnet, const BgLocalNetwork *met, BgWords *why_not)
{
  char ours[BG_IP_PREFIX_TEXT], theirs[BG_IP_PREFIX_TEXT];

  bg_ip_prefix_format (subnet, ours);
  bg_ip_prefix_format (&met->prefix, theirs);
  return why_not ? bg_words (OVERLAP_WITHOUT_TUNNEL, ours, theirs, met->interface, why_not)
                 : bg_words (OVERLAP, ours, theirs, met->interface);
}

/* Another network has addresses of ours. Where it holds all of them, ours is no network on the link any more but a host, so
 * that theirs is not covered; and where a router of theirs or the hub has our address we go without. */
static void
add_overlapping (BgTunnelLink *self, BgNetPlan *plan, const BgIpPrefix *address,
                 const BgIpPrefix *subnet, const BgLocalNetwork *met)
{
  g_autoptr (GArray) none = g_array_new (FALSE, TRUE, sizeof (BgOutsideHost));
  BgIpPrefix host = bg_ip_prefix_host (address);
  g_autoptr (BgWords)
    why_not = bg_route_judge_host (self->networks, self->outside ? self->outside : none, &host);

  if (!self->overlap)
    self->overlap = describe_overlap (subnet, met, why_not);
  if (why_not)
    bg_net_plan_mute (plan, address->family);
  else if (bg_local_networks_find_cover (self->networks, subnet))
    bg_net_plan_add_address (plan, BG_TAG_DEVICE, &host);
  else
    bg_net_plan_add_address (plan, BG_TAG_DEVICE, address);
}

/* A hub whose address is in our network is reached all the same. */
static void
keep_hub_outside (BgTunnelLink *self, BgNetPlan *plan, const BgIpPrefix *subnet)
{
  for (guint i = 0; self->outside && i < self->outside->len; i++)
    {
      const BgOutsideHost *outside = &g_array_index (self->outside, BgOutsideHost, i);
      BgWay way;

      if (bg_ip_prefix_contains (subnet, &outside->host)
          && bg_local_networks_find_way (self->networks, &outside->host, &way))
        bg_net_plan_add_outside (plan, &outside->host, &way);
    }
}

static void
add_address (BgTunnelLink *self, BgNetPlan *plan, const BgIpPrefix *address)
{
  const BgLocalNetwork *met;
  BgIpPrefix subnet = *address;

  bg_ip_prefix_mask (&subnet);
  met = self->networks ? bg_local_networks_meet (self->networks, &subnet, BG_LOCAL_CONNECTED)
                       : NULL;
  if (met)
    add_overlapping (self, plan, address, &subnet, met);
  else
    bg_net_plan_add_address (plan, BG_TAG_DEVICE, address);
  if (self->networks)
    keep_hub_outside (self, plan, &subnet);
}

/* --- The plan --- */

/* What people call local, and what stays on it: router discovery and names of the neighbourhood are multicast. */
static void
add_nearby (BgTunnelLink *self, BgNetPlan *plan)
{
  static const char *const groups[] = { "224.0.0.0/4", "255.255.255.255/32" };
  g_autoptr (GArray) nearby = g_array_new (FALSE, TRUE, sizeof (BgIpPrefix));

  bg_local_networks_list_nearby (self->networks, nearby);
  for (guint i = 0; i < nearby->len; i++)
    bg_net_plan_add_around (plan, &g_array_index (nearby, BgIpPrefix, i));
  for (gsize i = 0; i < G_N_ELEMENTS (groups); i++)
    {
      BgIpPrefix group;

      bg_ip_prefix_parse (groups[i], &group);
      bg_net_plan_add_around (plan, &group);
    }
}

/* Not of IPv6: where its first look-up finds no way, the kernel asks again with an address of its choice, and would find this one. */
static void
add_sources (BgTunnelLink *self, BgNetPlan *plan)
{
  const GArray *addresses = bg_local_networks_get_addresses (self->networks);

  for (guint i = 0; i < addresses->len; i++)
    {
      const BgIpPrefix *host = &g_array_index (addresses, BgIpPrefix, i);

      if (host->family == AF_INET && bg_ip_prefix_is_unicast_host (host))
        bg_net_plan_add_around_source (plan, host);
    }
}

static void
add_exit (BgTunnelLink *self, BgNetPlan *plan)
{
  g_autoptr (GPtrArray) links = g_ptr_array_new_with_free_func (g_free);

  if (!self->exit.is_used)
    return;
  bg_net_plan_set_exit (plan, self->exit.families, self->exit.mtu);
  if (!self->networks)
    return;
  bg_local_networks_list_links (self->networks, links);
  for (guint i = 0; i < links->len; i++)
    bg_net_plan_add_around_link (plan, links->pdata[i]);
  add_sources (self, plan);
  if (self->exit.lan)
    add_nearby (self, plan);
}

static BgNetPlan *
make_plan (BgTunnelLink *self)
{
  BgNetPlan *plan = bg_net_plan_new ();

  g_clear_pointer (&self->overlap, bg_words_unref);
  bg_net_plan_set_mtu (plan, self->mtu);
  for (guint i = 0; i < self->n_addresses; i++)
    add_address (self, plan, &self->addresses[i]);
  if (self->peers)
    bg_peer_set_add_to_plan (self->peers, plan);
  add_exit (self, plan);
  return bg_net_plan_seal (plan);
}

static gboolean
sync_link (BgTunnelLink *self, GError **error)
{
  g_autoptr (BgNetPlan) ours = NULL;

  bg_net_plan_unref (self->plan);
  self->plan = make_plan (self);
  ours = self->managed ? bg_managed_link_ours (self->plan) : bg_net_plan_ref (self->plan);
  self->failed = !bg_link_config_sync (self->link, ours, error);
  return !self->failed;
}

/* The complaint of the last attempt is over, or another. */
static void
judge (BgTunnelLink *self, const GError *error)
{
  g_clear_pointer (&self->complaint, bg_words_unref);
  if (error)
    self->complaint = bg_words (ROUTES_FAILED, error);
  self->synced (self->owner);
}

static void
resync (BgTunnelLink *self)
{
  g_autoptr (GError) error = NULL;

  bg_clear_source (&self->resync);
  if (!sync_link (self, &error))
    bg_log (BG_TOPIC_NET, WARNING, NULL, "%s: %s", self->ifname, error->message);
  judge (self, error);
}

static gboolean
on_resync (gpointer data)
{
  resync (data);
  return G_SOURCE_REMOVE;
}

static void
resync_soon (BgTunnelLink *self)
{
  if (!self->resync)
    bg_arm_timer (&self->resync, 0, on_resync, self);
}

static void
on_peers_routes_changed (BgPeerSet *peers, BgTunnelLink *self)
{
  resync_soon (self);
}

static void
take_networks (BgTunnelLink *self, BgLocalNetworks *networks)
{
  if (networks)
    bg_local_networks_ref (networks);
  bg_local_networks_unref (self->networks);
  self->networks = networks;
}

void
bg_tunnel_link_set_surroundings (BgTunnelLink *self, BgLocalNetworks *networks,
                                 const GArray *outside)
{
  take_networks (self, networks);
  g_clear_pointer (&self->outside, g_array_unref);
  self->outside = outside ? g_array_copy ((GArray *) outside) : NULL;
  resync_soon (self);
}

void
bg_tunnel_link_follow (BgTunnelLink *self, BgPeerSet *peers)
{
  if (self->peers)
    g_signal_handlers_disconnect_by_data (self->peers, self);
  self->peers = peers;
  if (peers)
    g_signal_connect (peers, "routes-changed", G_CALLBACK (on_peers_routes_changed), self);
}

BgWords *
bg_tunnel_link_get_complaint (BgTunnelLink *self)
{
  return self->complaint;
}

gboolean
bg_tunnel_link_has_failed (BgTunnelLink *self)
{
  return self->failed;
}

static gboolean
open_link (BgTunnelLink *self, GError **error)
{
  BgLinkConfig *fresh = bg_link_config_new (self->ifname, error);

  if (!fresh)
    return FALSE;
  if (self->link)
    bg_link_config_clear (self->link); /* what is of no link, and named one that is gone */
  bg_link_config_free (self->link);
  self->link = fresh;
  return TRUE;
}

gboolean
bg_tunnel_link_restore (BgTunnelLink *self, guint *n_changes, GError **error)
{
  guint before;

  if (!bg_link_config_is_current (self->link) && !open_link (self, error))
    return FALSE;
  before = bg_link_config_n_changes (self->link);
  if (!sync_link (self, error))
    return FALSE;
  *n_changes = bg_link_config_n_changes (self->link) - before;
  judge (self, NULL);
  return TRUE;
}

void
bg_tunnel_link_set_exit (BgTunnelLink *self, const BgTunnelLinkExit *exit)
{
  if (self->exit.is_used == exit->is_used && self->exit.families == exit->families
      && self->exit.mtu == exit->mtu && self->exit.lan == exit->lan)
    return;
  self->exit = *exit;
  resync (self);
}

void
bg_tunnel_link_set_mtu (BgTunnelLink *self, guint mtu)
{
  self->mtu = mtu;
  resync_soon (self);
}

void
bg_tunnel_link_set_managed (BgTunnelLink *self, gboolean managed)
{
  if (self->managed == managed)
    return;
  self->managed = managed;
  resync (self);
}

const BgNetPlan *
bg_tunnel_link_get_plan (BgTunnelLink *self)
{
  return self->plan;
}

BgWords *
bg_tunnel_link_get_overlap (BgTunnelLink *self)
{
  return self->overlap;
}

static void
destroy (BgTunnelLink *self)
{
  bg_local_networks_unref (self->networks);
  g_clear_pointer (&self->outside, g_array_unref);
  bg_words_unref (self->overlap);
  bg_net_plan_unref (self->plan);
  g_clear_pointer (&self->link, bg_link_config_free);
  bg_words_unref (self->complaint);
  g_free (self->ifname);
  g_free (self);
}

BgTunnelLink *
bg_tunnel_link_new (const char *ifname, guint mtu, const BgIpPrefix *addresses, guint n_addresses,
                    gboolean managed, BgLocalNetworks *networks, const BgTunnelLinkExit *exit,
                    BgTunnelLinkSynced synced, gpointer owner, GError **error)
{
  BgTunnelLink *self = g_new0 (BgTunnelLink, 1);

  self->ifname = g_strdup (ifname);
  self->mtu = mtu;
  self->addresses = addresses;
  self->n_addresses = n_addresses;
  self->managed = managed;
  self->exit = *exit;
  take_networks (self, networks);
  self->synced = synced;
  self->owner = owner;
  if (open_link (self, error) && sync_link (self, error))
    return self;
  destroy (self);
  return NULL;
}

void
bg_tunnel_link_free (BgTunnelLink *self)
{
  if (!self)
    return;
  bg_tunnel_link_follow (self, NULL);
  bg_clear_source (&self->resync);
  bg_link_config_clear (self->link);
  destroy (self);
}
