/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The peers among this machine's other networks: which of their routes are taken, and how their own outer packets are kept
 * out of the tunnel. */
#include "peer/peer-private.h"
#include "transport/stun-servers.h"

#include "common/log.h"
#include "net/net-plan.h"
#include "peer/main-timer.h"

#include <string.h>
#include <sys/socket.h>

/* --- Endpoints --- */

static gboolean
host_of_endpoint (const BgEndpoint *endpoint, BgIpPrefix *host)
{
  *host = (BgIpPrefix){ .family = endpoint->addr.sa.sa_family };
  if (host->family == AF_INET)
    memcpy (host->addr, &endpoint->addr.in4.sin_addr, 4);
  else if (host->family == AF_INET6)
    memcpy (host->addr, &endpoint->addr.in6.sin6_addr, 16);
  else
    return FALSE;
  *host = bg_ip_prefix_host (host);
  return bg_ip_prefix_is_unicast_host (host);
}

/* "host udp 192.0.2.1:50123" of a pair; through a relay of ours its packets go to that. */
static gboolean
host_of_pair (const char *local, const char *remote, BgIpPrefix *host)
{
  const char *authority = remote ? strrchr (remote, ' ') : NULL;
  g_autoptr (GSocketConnectable) address = NULL;

  if (!authority || !local || g_str_has_prefix (local, "relay "))
    return FALSE;
  address = g_network_address_parse (authority + 1, 0, NULL);
  return address
         && bg_ip_prefix_parse (g_network_address_get_hostname (G_NETWORK_ADDRESS (address)), host)
         && bg_ip_prefix_is_unicast_host (host);
}

static void
take_outer (BgPeer *self, const BgIpPrefix *host)
{
  if (self->routes.has_outer && bg_ip_prefix_equal (&self->routes.outer, host))
    return;
  self->routes.outer = *host;
  self->routes.has_outer = TRUE;
  bg_peer_set_surroundings_changed (self->context->set);
}

void
bg_peer_note_roamed (BgPeer *self, const BgEndpoint *endpoint)
{
  BgIpPrefix host;

  if (self->is_static && endpoint->path == 0 && host_of_endpoint (endpoint, &host))
    take_outer (self, &host);
}

void
bg_peer_note_endpoint (BgPeer *self)
{
  BgIpPrefix host;
  gboolean found = self->is_static
                     ? self->fixed.has_endpoint && host_of_endpoint (&self->fixed.endpoint, &host)
                     : host_of_pair (self->figures.local_candidate, self->figures.remote_candidate,
                                     &host);

  /* Between two sessions the last one is where the next may be found: a route must not get in between. */
  if (found)
    take_outer (self, &host);
}

GArray *
bg_peer_context_list_outside (const BgPeerContext *context)
{
  g_autoptr (GPtrArray) peers = bg_peer_set_get_peers (context->set);
  GArray *outside = g_array_new (FALSE, TRUE, sizeof (BgOutsideHost));

  if (context->outside)
    g_array_append_vals (outside, context->outside->data, context->outside->len);
  for (guint i = 0; i < peers->len; i++)
    {
      const BgPeer *peer = peers->pdata[i];
      BgOutsideHost host = { .host = peer->routes.outer,
                             .kind = BG_OUTSIDE_PEER,
                             .name = peer->id };

      if (peer->routes.has_outer)
        g_array_append_val (outside, host);
    }
  return outside;
}

/* --- Our own end --- */

/* Our address that its packets leave from. */
static gboolean
find_base (BgPeer *self, BgIpPrefix *host)
{
  const char *base = self->negotiator
                       ? bg_ice_session_get_base (bg_negotiator_session (self->negotiator))
                       : NULL;

  return self->context->networks && base && bg_ip_prefix_parse (base, host)
         && bg_ip_prefix_is_unicast_host (host);
}

/* Nobody sees by which uplink the packets of a relay leave, and another one may do without. */
gboolean
bg_peer_may_do_better (BgPeer *self)
{
  BgIpPrefix host;

  if (find_base (self, &host))
    return bg_local_networks_is_outranked (self->context->networks, &host);
  return self->figures.relayed && !self->context->relay_only;
}

gboolean
bg_peer_has_moved (BgPeer *self)
{
  const BgLocalNetworks *networks = self->context->networks;
  BgIpPrefix host;

  if (!find_base (self, &host))
    return FALSE;
  if (!bg_local_networks_has_address (networks, &host))
    return TRUE;
  return (self->fsm.smaller || !self->fsm.foreign) && bg_local_networks_is_fading (networks, &host);
}

static gboolean
lives_elsewhere (BgPeer *self)
{
  return self->fsm.foreign && bg_peer_state_is_live (self->fsm.state) && !bg_peer_has_moved (self);
}

gboolean
bg_peer_is_stranded (BgPeer *self)
{
  g_autoptr (GPtrArray) peers = NULL;

  if (self->fsm.state != BG_PEER_RELINKING || !self->fsm.foreign || self->fsm.smaller
      || !bg_peer_has_moved (self) || !bg_peer_turns_may_rejoin (self->context->turns, self))
    return FALSE;
  peers = bg_peer_set_get_peers (self->context->set);
  for (guint i = 0; i < peers->len; i++)
    if (lives_elsewhere (peers->pdata[i]))
      return FALSE;
  return TRUE;
}

/* --- Routes of mesh peers --- */

void
bg_peer_judge_address (BgPeer *self)
{
  g_autoptr (GArray) empty = g_array_new (FALSE, TRUE, sizeof (BgOutsideHost));
  const GArray *outside = self->context->outside ? self->context->outside : empty;
  BgWords *shadow = self->facts && self->facts->has_address ? bg_route_judge_host (
                      self->context->networks, outside, &self->facts->address)
                                                            : NULL;

  if (!bg_words_equal (shadow, self->routes.shadow))
    {
      self->routes.dirty = TRUE;
      if (shadow)
        bg_log (BG_TOPIC_PEER, WARNING, self->id, "not reached through the tunnel here: %s",
                shadow->text);
    }
  bg_words_take (&self->routes.shadow, shadow);
}

static gboolean
are_equal (const GArray *a, const GArray *b)
{
  return bg_ip_prefixes_equal ((const BgIpPrefix *) a->data, a->len, (const BgIpPrefix *) b->data,
                               b->len);
}

static void
rejudge_mesh (BgPeer *self)
{
  g_autoptr (GArray) before = g_array_copy (self->routes.accepted);
  g_autoptr (GPtrArray) complaints = self->complaints ? g_ptr_array_ref (self->complaints) : NULL;

  bg_peer_judge_address (self);
  bg_peer_choose_routes (self);
  if (!are_equal (before, self->routes.accepted))
    bg_peer_link (self);
  else if (!self->routes.dirty && bg_words_list_equal (complaints, self->complaints))
    return;
  bg_peer_announce (self);
}

/* --- Static peers --- */

static void
add_allowed (BgPrefixSet *caught, const BgPeer *peer)
{
  for (guint i = 0; peer->is_static && peer->link.is_up && i < peer->fixed.n_allowed_ips; i++)
    {
      BgIpPrefix prefix = bg_allowed_ip_prefix (&peer->fixed.allowed_ips[i]);

      if (prefix.len > 0)
        bg_prefix_set_add (caught, &prefix);
    }
}

/* What leads into the tunnel to static peers. */
static BgPrefixSet *
list_caught (GPtrArray *peers)
{
  BgPrefixSet *caught = bg_prefix_set_new ();

  for (guint i = 0; i < peers->len; i++)
    add_allowed (caught, peers->pdata[i]);
  return caught;
}

static gboolean
find_way (const BgPeerContext *context, const BgIpPrefix *host, BgWay *way)
{
  return context->networks && bg_local_networks_find_way (context->networks, host, way);
}

static void
rejudge_static (BgPeer *self, const BgPrefixSet *caught)
{
  char text[BG_IP_PREFIX_TEXT];
  BgWords *complaint = NULL;
  BgWay way;

  if (self->routes.has_outer && bg_prefix_set_contains (caught, &self->routes.outer)
      && !find_way (self->context, &self->routes.outer, &way))
    {
      bg_ip_prefix_format_address (&self->routes.outer, text);
      complaint = bg_words (ENDPOINT_IN_TUNNEL, text);
    }
  if (bg_peer_take_complaints (self, bg_words_list_take (complaint)))
    bg_peer_announce (self);
}

BgPrefixSet *
bg_peer_context_list_outer_hosts (const BgPeerContext *context)
{
  g_autoptr (GPtrArray) peers = bg_peer_set_get_peers (context->set);
  BgPrefixSet *hosts = bg_prefix_set_new ();

  for (guint i = 0; i < peers->len; i++)
    {
      const BgPeer *peer = peers->pdata[i];

      if (peer->routes.has_outer)
        bg_prefix_set_add (hosts, &peer->routes.outer);
    }
  return hosts;
}

/* --- The set --- */

static gboolean
leads_inside (gconstpointer networks, const BgIpPrefix *host)
{
  return bg_local_networks_leads_inside (networks, host);
}

static gboolean
is_own (gconstpointer networks, const BgIpPrefix *host)
{
  return bg_local_networks_has_address (networks, host);
}

static BgIceAddresses *
addresses_of (BgLocalNetworks *networks)
{
  static const BgIceAddressesJudge judge = { leads_inside, is_own };
  const GArray *outer = bg_local_networks_get_outer (networks);

  return bg_ice_addresses_new ((const BgIpPrefix *) (const void *) outer->data, outer->len, &judge,
                               bg_local_networks_ref (networks),
                               (GDestroyNotify) bg_local_networks_unref);
}

void
bg_peer_context_take_networks (BgPeerContext *context, BgLocalNetworks *networks)
{
  BgIceAddresses *addresses = networks ? addresses_of (networks) : NULL;

  if (networks)
    {
      bg_local_networks_ref (networks);
      bg_stun_servers_renew ();
    }
  bg_local_networks_unref (context->networks);
  bg_ice_addresses_unref (context->ice_addresses);
  context->networks = networks;
  context->ice_addresses = addresses;
}

void
bg_peer_context_rejudge (BgPeerContext *context)
{
  g_autoptr (GPtrArray) peers = bg_peer_set_get_peers (context->set);
  g_autoptr (BgPrefixSet) caught = list_caught (peers);

  context->listed = bg_peer_context_list_outside (context);
  for (guint i = 0; i < peers->len; i++)
    {
      BgPeer *peer = peers->pdata[i];

      if (!peer->context || !peer->link.is_up)
        continue;
      if (peer->is_static)
        rejudge_static (peer, caught);
      else
        rejudge_mesh (peer);
    }
  g_clear_pointer (&context->listed, g_array_unref);
}

void
bg_peer_context_add_outside (const BgPeerContext *context, struct _BgNetPlan *plan)
{
  g_autoptr (GPtrArray) peers = bg_peer_set_get_peers (context->set);
  g_autoptr (BgPrefixSet) caught = list_caught (peers);

  for (guint i = 0; i < peers->len; i++)
    {
      const BgPeer *peer = peers->pdata[i];
      BgWay way;

      if (peer->routes.has_outer && bg_prefix_set_contains (caught, &peer->routes.outer)
          && !(context->networks
               && bg_local_networks_has_address (context->networks, &peer->routes.outer)))
        bg_net_plan_add_outside (plan, &peer->routes.outer,
                                 find_way (context, &peer->routes.outer, &way) ? &way : NULL);
    }
}
