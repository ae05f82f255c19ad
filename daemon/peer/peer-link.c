/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A peer's place in the data plane: its WireGuard settings, its transports, its pings, its figures. */
#include "peer/peer-private.h"

#include "common/error.h"
#include "common/log.h"
#include "net/net-plan.h"
#include "peer/main-timer.h"

#include <string.h>

#define KEEPALIVE_S 25 /* common NATs forget UDP after 30 s (spec 3) */
#define SPARE_LEG_MS 30000
#define HANDOVER_MS 1000     /* until then the new ways beside the old direct path are proved */
#define HANDOVER_SOON_MS 300 /* and round trips: for the second probe, if not the first */
#define IDLE_BYTES 65536     /* since figures were announced last */
#define IPV6_MIN_MTU 1280    /* RFC 8200, 5; below it the data plane refuses IPv6 */

static gboolean
is_network (const BgAllowedIp *ip)
{
  return ip->prefix < (ip->family == AF_INET ? 32 : 128);
}

static BgWatch
watch_of (BgPeer *self, gboolean carries)
{
  if (self->link.exit != 0)
    return BG_WATCH_ALWAYS;
  return carries ? BG_WATCH_USED : BG_WATCH_REST;
}

/* What covers all addresses in the settings of a static peer counts while nobody else is the exit. */
static void
link_static (BgPeer *self)
{
  g_autoptr (GArray) allowed = g_array_new (FALSE, TRUE, sizeof (BgAllowedIp));
  BgPeerConfig config = self->fixed;
  const char *exit = self->context->exit_id;
  gboolean carries = FALSE;

  for (guint i = 0; i < self->fixed.n_allowed_ips; i++)
    if (self->fixed.allowed_ips[i].prefix > 0 || !exit || g_str_equal (exit, self->id))
      {
        g_array_append_vals (allowed, &self->fixed.allowed_ips[i], 1);
        carries |= is_network (&self->fixed.allowed_ips[i]);
      }
  config.watch = watch_of (self, carries);
  config.allowed_ips = (const BgAllowedIp *) (const void *) allowed->data;
  config.n_allowed_ips = allowed->len;
  bg_data_commands_set_peer (self->context->commands, &config);
  wg_wipe (&config.psk, sizeof config.psk);
}

static void
link_mesh (BgPeer *self)
{
  g_autoptr (GArray) allowed = g_array_new (FALSE, TRUE, sizeof (BgAllowedIp));
  BgAllowedIp ip = bg_allowed_ip (&self->facts->address);
  BgPeerConfig config = { .key = self->key,
                          .keepalive = self->fsm.state == BG_PEER_RESTING ? 0 : KEEPALIVE_S,
                          .path = self->link.path,
                          .control = self->speaks.control,
                          .on_demand = bg_peer_is_on_demand (self) };

  self->demand.linked = config.on_demand;
  bg_peer_judge_address (self);
  bg_peer_choose_routes (self);
  g_array_append_val (allowed, ip);
  if (bg_peer_has_own_address6 (self))
    {
      ip = bg_allowed_ip (&self->facts->address6);
      g_array_append_val (allowed, ip);
    }
  for (guint i = 0; i < self->routes.accepted->len; i++)
    {
      ip = bg_allowed_ip (&g_array_index (self->routes.accepted, BgIpPrefix, i));
      g_array_append_val (allowed, ip);
    }
  bg_peer_add_exit (self->link.exit, allowed);
  config.watch = watch_of (self, self->routes.accepted->len > 0);
  config.allowed_ips = (const BgAllowedIp *) (const void *) allowed->data;
  config.n_allowed_ips = allowed->len;
  bg_data_commands_set_peer (self->context->commands, &config);
}

void
bg_peer_link (BgPeer *self)
{
  const WgKey *key = self->is_static ? &self->fixed.key : &self->key;

  if (self->link.is_up && !wg_key_equal (&self->link.key, key))
    bg_peer_unlink (self);
  self->link.exit = bg_peer_exit_allowed (self);
  if (self->is_static)
    link_static (self);
  else
    link_mesh (self);
  self->link.is_up = TRUE;
  self->link.key = *key;
  self->routes.dirty = TRUE;
  bg_peer_set_note_linked (self->context->set, self);
  bg_peer_update_claims (self);
}

void
bg_peer_unlink (BgPeer *self)
{
  self->routes.has_outer = FALSE;
  bg_peer_drop_head (self);
  if (!self->link.is_up)
    return;
  bg_data_commands_remove_peer (self->context->commands, &self->link.key);
  bg_peer_set_note_unlinked (self->context->set, self);
  self->link.is_up = FALSE;
  self->has_session = FALSE;
  self->link.kind = BG_TRANSPORT_NONE;
  self->figures.latency_us = -1;
  bg_peer_drop_routes (self);
  self->routes.dirty = TRUE;
  bg_peer_set_surroundings_changed (self->context->set);
}

static void
detach_one (BgPeer *self, BgTransportKind kind)
{
  if (!self->link.transports[kind])
    return;
  bg_data_commands_detach (self->context->commands, self->link.transports[kind]);
  g_clear_pointer (&self->link.transports[kind], bg_transport_unref);
}

/* One that is there already leads elsewhere now. */
static void
attach_one (BgPeer *self, BgTransportKind kind, BgTransport *take)
{
  if (!take)
    return;
  if (self->link.transports[kind] && self->link.transports[kind] != take)
    detach_one (self, kind);
  else if (self->link.transports[kind])
    bg_transport_unref (self->link.transports[kind]);
  self->link.transports[kind] = take;
  bg_data_commands_attach (self->context->commands, &self->link.key, take);
}

void
bg_peer_attach_direct (BgPeer *self)
{
  g_autoptr (GError) error = NULL;
  BgTransport *transport;

  if (!(self->context->paths & self->link.theirs & 1u << BG_TRANSPORT_DIRECT))
    return;
  bg_clear_source (&self->link.handover);
  transport = bg_ice_session_dup_direct (bg_negotiator_session (self->negotiator), &error);
  if (transport && transport == self->link.transports[BG_TRANSPORT_DIRECT])
    {
      bg_transport_unref (transport);
      return;
    }
  detach_one (self, BG_TRANSPORT_DIRECT);
  if (error && !self->link.direct_refused)
    bg_log (BG_TOPIC_ICE, MESSAGE, self->id, "%s; packets go beside ICE's own", error->message);
  self->link.direct_refused = error != NULL;
  attach_one (self, BG_TRANSPORT_DIRECT, transport);
}

static gboolean
on_handover (gpointer data)
{
  BgPeer *self = data;

  bg_clear_source (&self->link.handover);
  bg_peer_attach_direct (self);
  return G_SOURCE_REMOVE;
}

void
bg_peer_note_restarted (BgPeer *self)
{
  if (!self->link.transports[BG_TRANSPORT_ICE])
    return;
  attach_one (self, BG_TRANSPORT_ICE, bg_transport_ref (self->link.transports[BG_TRANSPORT_ICE]));
  if (self->link.kind == BG_TRANSPORT_DIRECT)
    bg_arm_timer (&self->link.handover, HANDOVER_MS, on_handover, self);
}

/* What it takes to prove the new way beside it, by all that is known. The first probe may come before its other end. */
static guint
soon_ms (BgPeer *self)
{
  if (self->figures.latency_us < 0)
    return HANDOVER_MS;
  return (guint) MIN (HANDOVER_SOON_MS + 2 * self->figures.latency_us / 1000, HANDOVER_MS);
}

void
bg_peer_note_pair (BgPeer *self, gboolean is_elsewhere)
{
  if (!bg_peer_has_transport (self))
    return;
  if (!self->link.handover)
    bg_peer_attach_direct (self);
  else if (is_elsewhere)
    bg_arm_timer (&self->link.handover, soon_ms (self), on_handover, self);
}

void
bg_peer_attach_channel (BgPeer *self)
{
  if (self->context->paths & 1u << BG_TRANSPORT_DATA_CHANNEL)
    attach_one (self, BG_TRANSPORT_DATA_CHANNEL,
                bg_ice_session_dup_data_channel (bg_negotiator_session (self->negotiator)));
}

void
bg_peer_attach (BgPeer *self)
{
  guint paths = self->context->paths;
  BgIceSession *session = bg_negotiator_session (self->negotiator);

  bg_peer_link (self);
  bg_peer_attach_channel (self);
  if (bg_ice_session_is_alone (session) || paths & self->link.theirs & 1u << BG_TRANSPORT_ICE)
    attach_one (self, BG_TRANSPORT_ICE, bg_ice_session_dup_ice (session));
  bg_peer_attach_direct (self);
}

gboolean
bg_peer_has_transport (BgPeer *self)
{
  for (guint kind = 0; kind < BG_TRANSPORT_KINDS; kind++)
    if (self->link.transports[kind])
      return TRUE;
  return FALSE;
}

void
bg_peer_detach_channel (BgPeer *self)
{
  detach_one (self, BG_TRANSPORT_DATA_CHANNEL);
}

void
bg_peer_detach (BgPeer *self)
{
  bg_clear_source (&self->link.handover);
  for (guint kind = 0; kind < BG_TRANSPORT_KINDS; kind++)
    detach_one (self, (BgTransportKind) kind);
  bg_clear_source (&self->link.leg_time);
  self->link.leg_is_spare = FALSE;
  self->check.cookie = 0;
}

/* --- Events --- */

static void
pin (BgPeer *self)
{
  const BgIpPrefix *address = NULL, *address6 = NULL;
  gboolean is_news = !bg_peer_pins_is_confirmed (self->context->pins, self->id);
  g_autoptr (GError) error = NULL;

  if (self->is_static)
    return;
  if (self->facts && self->facts->has_address)
    address = &self->facts->address;
  if (self->facts && bg_peer_has_own_address6 (self))
    address6 = &self->facts->address6;
  if (!bg_peer_pins_confirm (self->context->pins, self->id, address, address6, &error))
    bg_log (BG_TOPIC_PEER, WARNING, self->id, "key not remembered: %s", error->message);
  bg_peer_set_note_confirmed (self->context->set, self);
  bg_peer_update_claims (self);
  if (is_news)
    bg_peer_reconsider (self);
}

/* A time of one clock told by another is never twice the same to the microsecond, and no two handshakes are so near. */
static gint64
steady (gint64 known_us, gint64 told_us)
{
  return ABS (told_us - known_us) < G_USEC_PER_SEC / 10 ? known_us : told_us;
}

static void
on_event_session (BgPeer *self, const BgEvent *event)
{
  self->has_session = TRUE;
  self->figures.last_handshake_us = steady (self->figures.last_handshake_us, event->session_us);
  self->shown.is_fresh = FALSE;
  if (event->is_rekey) /* which was a while ago, and proves nothing by now */
    return;
  if (self->is_static)
    {
      self->link.kind = BG_TRANSPORT_UDP;
      bg_peer_note_place (self, &event->endpoint);
    }
  pin (self);
  bg_peer_say_head (self);
  bg_peer_announce (self);
  bg_peer_take_proof (self);
}

void
bg_peer_ask_hub (BgPeer *self)
{
  if (bg_signaling_client_get_state (self->context->signaling) == BG_SIGNALING_ONLINE)
    bg_signaling_client_retry_now (self->context->signaling);
}

static gboolean
on_spare_leg (gpointer data)
{
  BgPeer *self = data;
  BgIceSession *session = self->negotiator ? bg_negotiator_session (self->negotiator) : NULL;

  bg_clear_source (&self->link.leg_time);
  if (session && bg_ice_session_has_spare_leg (session))
    {
      detach_one (self, BG_TRANSPORT_DATA_CHANNEL);
      bg_ice_session_drop_leg (session);
    }
  return G_SOURCE_REMOVE;
}

void
bg_peer_add_leg (BgPeer *self, gboolean spare)
{
  BgIceSession *session = bg_negotiator_session (self->negotiator);

  if (!(self->context->paths & 1u << BG_TRANSPORT_DATA_CHANNEL)
      || bg_ice_session_has_spare_leg (session))
    return;
  self->link.leg_is_spare = spare;
  bg_ice_session_add_leg (session);
}

/* A leg that was added because paths died, or seemed to, goes when one that needs none was alive for a while. One from before the first path
 * stays where the peer may have nothing else, since a description was changed on its way. */
static gboolean
may_go_without_leg (BgPeer *self, BgIceSession *session)
{
  return bg_ice_session_has_spare_leg (session)
         && (self->link.leg_is_spare || bg_ice_session_is_leg_spare_to_peer (session));
}

static void
judge_leg (BgPeer *self, BgTransportKind now)
{
  BgIceSession *session = self->negotiator ? bg_negotiator_session (self->negotiator) : NULL;

  if (!session || now == BG_TRANSPORT_NONE || now == BG_TRANSPORT_DATA_CHANNEL)
    bg_clear_source (&self->link.leg_time);
  else if (!self->link.leg_time && may_go_without_leg (self, session))
    bg_arm_timer (&self->link.leg_time, SPARE_LEG_MS, on_spare_leg, self);
}

void
bg_peer_note_channel (BgPeer *self)
{
  bg_peer_attach_channel (self);
  judge_leg (self, self->link.kind);
}

static void
on_event_path (BgPeer *self, const BgEvent *event)
{
  gboolean was_lost = self->link.kind == BG_TRANSPORT_NONE;

  bg_log (BG_TOPIC_PEER, INFO, self->id, "path: %s, mtu %u",
          event->kind == BG_TRANSPORT_NONE ? "none" : bg_transport_kind_name (event->kind),
          event->mtu);
  judge_leg (self, event->kind);
  self->link.kind = event->kind;
  self->figures.wanted = TRUE;
  if (event->kind != BG_TRANSPORT_NONE && event->mtu != self->link.mtu)
    {
      self->link.mtu = event->mtu;
      self->routes.dirty = TRUE;
    }
  bg_peer_note_way (self);
  bg_peer_announce (self);
  if (!self->speaks.control)
    return;
  if (event->kind == BG_TRANSPORT_NONE)
    {
      bg_peer_ask_hub (self);
      bg_peer_feed (self, BG_PEER_EVENT_LOST);
      if (self->context)
        bg_peer_set_hurry (self->context->set);
    }
  else if (was_lost)
    bg_peer_feed (self, BG_PEER_EVENT_FOUND);
}

/* A data channel may be all that is left, and takes its time to be made. If the path lives, it is none's, and goes. */
static void
on_event_doubt (BgPeer *self)
{
  if (!self->negotiator || self->link.transports[BG_TRANSPORT_DATA_CHANNEL])
    return;
  bg_peer_add_leg (self, TRUE);
  bg_clear_source (&self->link.leg_time);
  judge_leg (self, self->link.kind);
}

/* The path of a bamgate is watched more closely than that. */
static void
on_event_unanswered (BgPeer *self)
{
  if (!self->is_static)
    {
      if (!self->speaks.control && bg_peer_state_is_live (self->fsm.state))
        bg_peer_feed (self, BG_PEER_EVENT_DOUBTED);
      return;
    }
  self->has_session = FALSE;
  bg_peer_static_unanswered (self);
  bg_peer_announce (self);
}

/* As unanswered as a handshake; of a mesh peer it is asked once more before its connection ends. */
static void
on_event_missed (BgPeer *self)
{
  if (self->is_static)
    on_event_unanswered (self);
  else
    bg_peer_check_soon (self);
}

static void
on_event_heard (BgPeer *self)
{
  if (!self->is_static)
    bg_peer_feed (self, BG_PEER_EVENT_FOUND);
  else if (!self->has_session)
    {
      self->has_session = TRUE;
      bg_peer_announce (self);
    }
}

static void
on_event_silent (BgPeer *self)
{
  bg_log (BG_TOPIC_PEER, WARNING, self->id, "handshakes find no answer");
  self->has_session = FALSE;
  if (self->is_static)
    {
      bg_peer_static_silent (self);
      bg_peer_announce (self);
      return;
    }
  /* Offline the old session is all that there is; persistent keepalives try it again. */
  if (self->speaks.control
      && bg_signaling_client_get_state (self->context->signaling) != BG_SIGNALING_ONLINE)
    {
      bg_peer_announce (self);
      return;
    }
  bg_words_take (&self->failure, bg_words (HANDSHAKES_UNANSWERED));
  bg_peer_feed (self, BG_PEER_EVENT_FAILED);
}

static void
on_event_transport_closed (BgPeer *self, const BgEvent *event)
{
  if (event->kind >= BG_TRANSPORT_KINDS || !self->link.transports[event->kind])
    return;
  g_clear_pointer (&self->link.transports[event->kind], bg_transport_unref);
  if (!bg_peer_has_transport (self))
    bg_peer_feed (self, BG_PEER_EVENT_FAILED);
}

void
bg_peer_take_event (BgPeer *self, const BgEvent *event)
{
  switch (event->type)
    {
    case BG_EVENT_SESSION:
      on_event_session (self, event);
      break;
    case BG_EVENT_PATH:
      on_event_path (self, event);
      break;
    case BG_EVENT_STANDBY:
      if (self->link.handover && event->kind == BG_TRANSPORT_ICE)
        on_handover (self);
      break;
    case BG_EVENT_DOUBT:
      on_event_doubt (self);
      break;
    case BG_EVENT_LATE:
      if (!self->is_static)
        bg_peer_check_soon (self);
      break;
    case BG_EVENT_UNANSWERED:
      on_event_unanswered (self);
      break;
    case BG_EVENT_MISSED:
      on_event_missed (self);
      break;
    case BG_EVENT_HEARD:
      on_event_heard (self);
      break;
    case BG_EVENT_SILENT:
      on_event_silent (self);
      break;
    case BG_EVENT_TRANSPORT_CLOSED:
      on_event_transport_closed (self, event);
      break;
    case BG_EVENT_PING:
      bg_peer_take_pong (self, event);
      break;
    case BG_EVENT_WANTED:
      bg_peer_want (self);
      break;
    case BG_EVENT_RESTED:
      bg_peer_take_rested (self);
      break;
    case BG_EVENT_HEAD:
      bg_peer_take_head (self, &event->head);
      break;
    case BG_EVENT_LEAVES:
      bg_peer_take_leave (self);
      break;
    case BG_EVENT_LOG:
      bg_peer_take_part (self, &event->part);
      break;
    case BG_EVENT_STATS:
    case BG_EVENT_ASLEEP:
    case BG_EVENT_TUN_GONE:
    case BG_EVENT_FAILED:
    case BG_EVENT_OFFLOAD:
      break;
    }
}

/* Two that prove to each other that they live move a few hundred bytes a minute. */
static gboolean
is_idle (const BgPeer *self, const BgPeerStats *stats)
{
  return stats->rx_bytes + stats->tx_bytes - self->figures.rx_bytes - self->figures.tx_bytes
         < IDLE_BYTES;
}

void
bg_peer_take_stats (BgPeer *self, const BgPeerStats *stats, gboolean is_routine)
{
  gint64 handshake_us = steady (self->figures.last_handshake_us, stats->last_handshake_us);
  gboolean same = self->figures.rx_bytes == stats->rx_bytes
                  && self->figures.tx_bytes == stats->tx_bytes
                  && self->figures.last_handshake_us == handshake_us
                  && self->figures.latency_us == stats->latency_us;

  bg_peer_note_stats (self, stats);
  bg_peer_note_traffic (self, stats);
  if (same || (is_routine && is_idle (self, stats) && !self->figures.wanted))
    return;
  self->figures.wanted = FALSE;
  self->figures.rx_bytes = stats->rx_bytes;
  self->figures.tx_bytes = stats->tx_bytes;
  self->figures.last_handshake_us = handshake_us;
  self->figures.latency_us = stats->latency_us;
  bg_peer_announce (self);
}

/* --- Routes --- */

/* What stands for half of the world waits until a name has told the endpoint: the question for it would be caught. And an
 * address is no way to itself. */
static gboolean
may_be_routed (BgPeer *self, const BgPrefixSet *outer_hosts, const BgIpPrefix *dest)
{
  gboolean is_broad = dest->len < (dest->family == AF_INET ? BG_BROADEST_LEN4 : BG_BROADEST_LEN6);
  BgIpPrefix host = bg_ip_prefix_host (dest);

  if (is_broad && self->endpoint && !self->fixed.has_endpoint)
    return FALSE;
  return !bg_ip_prefix_equal (dest, &host) || !bg_prefix_set_contains (outer_hosts, dest);
}

static void
add_static_to_plan (BgPeer *self, const BgPrefixSet *outer_hosts, BgNetPlan *plan)
{
  for (guint i = 0; i < self->fixed.n_allowed_ips; i++)
    {
      const BgAllowedIp *ip = &self->fixed.allowed_ips[i];
      BgIpPrefix dest = bg_allowed_ip_prefix (ip);

      if (!may_be_routed (self, outer_hosts, &dest) || (dest.len == 0 && self->link.exit))
        continue;
      if (!bg_net_plan_add_route (plan, BG_TAG_STATIC, &dest, self->link.mtu, 0))
        bg_log (BG_TOPIC_PEER, WARNING, self->id,
                "an allowed IP that covers all addresses is not set as a route");
    }
}

void
bg_peer_add_to_plan (BgPeer *self, const BgPrefixSet *outer_hosts, struct _BgNetPlan *plan)
{
  if (!self->link.is_up)
    return;
  if (self->is_static)
    {
      add_static_to_plan (self, outer_hosts, plan);
      return;
    }
  if (!self->routes.shadow)
    bg_net_plan_add_route (plan, BG_TAG_PEER, &self->facts->address, self->link.mtu, 0);
  if (bg_peer_has_own_address6 (self))
    bg_net_plan_add_route (plan, BG_TAG_PEER, &self->facts->address6,
                           self->link.mtu >= IPV6_MIN_MTU ? self->link.mtu : 0, 0);
  for (guint i = 0; i < self->routes.accepted->len; i++)
    bg_net_plan_add_route (
      plan, BG_TAG_ROUTE, &g_array_index (self->routes.accepted, BgIpPrefix, i), self->link.mtu, 0);
}
