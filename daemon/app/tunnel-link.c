/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/tunnel-link.h"

#include "common/log.h"
#include "net/link-config.h"
#include "net/net-plan.h"
#include "peer/main-timer.h"

struct _BgTunnelLink
{
  char *ifname;
  guint mtu;
  const BgIpPrefix *addresses;
  guint n_addresses;
  BgTunnelLinkSynced synced;
  gpointer owner;

  BgLinkConfig *link;
  BgPeerSet *peers; /* NULL while none are followed */
  GSource *resync;
  char *complaint;
  gboolean failed; /* the last attempt */
};

static BgNetPlan *
make_plan (BgTunnelLink *self)
{
  BgNetPlan *plan = bg_net_plan_new ();

  bg_net_plan_set_mtu (plan, self->mtu);
  for (guint i = 0; i < self->n_addresses; i++)
    bg_net_plan_add_address (plan, BG_TAG_DEVICE, &self->addresses[i]);
  if (self->peers)
    bg_peer_set_add_to_plan (self->peers, plan);
  return bg_net_plan_seal (plan);
}

static gboolean
sync_link (BgTunnelLink *self, GError **error)
{
  g_autoptr (BgNetPlan) plan = make_plan (self);

  self->failed = !bg_link_config_sync (self->link, plan, error);
  return !self->failed;
}

/* The complaint of the last attempt is over, or another. */
static void
judge (BgTunnelLink *self, const GError *error)
{
  g_clear_pointer (&self->complaint, g_free);
  if (error)
    self->complaint = g_strdup_printf ("routes: %s", error->message);
  self->synced (self->owner);
}

static gboolean
on_resync (gpointer data)
{
  BgTunnelLink *self = data;
  g_autoptr (GError) error = NULL;

  bg_clear_source (&self->resync);
  if (!sync_link (self, &error))
    bg_log (BG_TOPIC_NET, WARNING, NULL, "%s: %s", self->ifname, error->message);
  judge (self, error);
  return G_SOURCE_REMOVE;
}

static void
on_peers_routes_changed (BgPeerSet *peers, BgTunnelLink *self)
{
  if (!self->resync)
    bg_arm_timer (&self->resync, 0, on_resync, self);
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

const char *
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
bg_tunnel_link_set_mtu (BgTunnelLink *self, guint mtu)
{
  self->mtu = mtu;
  if (!self->resync)
    bg_arm_timer (&self->resync, 0, on_resync, self);
}

static void
destroy (BgTunnelLink *self)
{
  g_clear_pointer (&self->link, bg_link_config_free);
  g_free (self->complaint);
  g_free (self->ifname);
  g_free (self);
}

BgTunnelLink *
bg_tunnel_link_new (const char *ifname, guint mtu, const BgIpPrefix *addresses, guint n_addresses,
                    BgTunnelLinkSynced synced, gpointer owner, GError **error)
{
  BgTunnelLink *self = g_new0 (BgTunnelLink, 1);

  self->ifname = g_strdup (ifname);
  self->mtu = mtu;
  self->addresses = addresses;
  self->n_addresses = n_addresses;
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
