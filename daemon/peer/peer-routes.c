/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which of the routes that a peer offers are taken: what the person wants of them, what may be, and who carries what several
 * offer. */
#include "peer/peer-private.h"

#include "common/log.h"
#include "common/printable.h"
#include "peer/main-timer.h"

gboolean
bg_peer_take_complaints (BgPeer *self, GPtrArray *take)
{
  g_autofree char *text = NULL;
  gboolean is_news = !bg_words_list_equal (take, self->complaints);

  if (is_news && take && take->len > 0)
    {
      text = bg_words_list_get_text (take);
      bg_log (BG_TOPIC_PEER, WARNING, self->id, "%s", text);
    }
  g_clear_pointer (&self->complaints, g_ptr_array_unref);
  self->complaints = take;
  return is_news;
}

BgWords *
bg_peer_judge_route (BgPeer *self, const GArray *outside, const BgIpPrefix *route)
{
  return bg_peer_may_route (self, route) ? bg_route_judge (self->context->networks, outside, route)
                                         : bg_words (ROUTE_OF_ANOTHER);
}

/* --- What the person wants --- */

const BgPeerAccept *
bg_peer_get_accept (BgPeer *self)
{
  return self->context ? bg_peer_accepts_find (self->context->accepts, self->id) : NULL;
}

gboolean
bg_peer_add_wanted (BgPeer *self, const BgIpPrefix *offered, GArray *wanted)
{
  const BgPeerAccept *accept = bg_peer_get_accept (self);

  if (accept)
    return bg_peer_accept_take (accept, offered, wanted);
  if (self->context->accept_routes)
    g_array_append_vals (wanted, offered, 1);
  return self->context->accept_routes;
}

/* A route that is preferred goes before one that is named, and that before one that is merely taken with all others. */
static guint
wish_for (BgPeer *self, const BgIpPrefix *route)
{
  const BgPeerAccept *accept = bg_peer_get_accept (self);

  if (!accept)
    return 0;
  return bg_peer_accept_prefers (accept, route) ? 2 : accept->all_routes ? 0 : 1;
}

/* --- What may be --- */

static gboolean
has_bid (const GArray *bids, const BgIpPrefix *route)
{
  for (guint i = 0; i < bids->len; i++)
    if (bg_ip_prefix_equal (&g_array_index (bids, BgRouteBid, i).route, route))
      return TRUE;
  return FALSE;
}

static void
bid_for (BgPeer *self, const GArray *outside, const BgIpPrefix *route, GArray *bids,
         GPtrArray *complaints)
{
  g_autoptr (BgWords) why = bg_peer_judge_route (self, outside, route);
  BgRouteBid bid = { *route, wish_for (self, route) };
  char text[BG_IP_PREFIX_TEXT];

  if (!why && !has_bid (bids, route))
    g_array_append_val (bids, bid);
  if (!why)
    return;
  bg_ip_prefix_format (route, text);
  g_ptr_array_add (complaints, bg_words (ROUTE_NOT_TAKEN, text, why));
}

/* BgRouteBid: all that it could carry. */
static GArray *
list_bids (BgPeer *self, GPtrArray *complaints)
{
  GArray *bids = g_array_new (FALSE, FALSE, sizeof (BgRouteBid));
  g_autoptr (GArray) wanted = g_array_new (FALSE, FALSE, sizeof (BgIpPrefix));
  g_autoptr (GArray) outside = NULL; /* of all peers: not for each of them */

  for (guint i = 0; i < self->facts->routes->len; i++)
    bg_peer_add_wanted (self, &g_array_index (self->facts->routes, BgIpPrefix, i), wanted);
  for (guint i = 0; i < wanted->len; i++)
    {
      if (!outside)
        outside = self->context->listed ? g_array_ref (self->context->listed)
                                        : bg_peer_context_list_outside (self->context);
      bid_for (self, outside, &g_array_index (wanted, BgIpPrefix, i), bids, complaints);
    }
  return bids;
}

/* --- Who carries it --- */

/* How it is, for somebody who has packets for what is behind it. */
static BgRouteState
route_state (BgPeer *self)
{
  if (bg_peer_is_proved (self) || self->fsm.state == BG_PEER_RESTING)
    return BG_ROUTE_UP;
  if (self->demand.linked && bg_peer_state_has_session (self->fsm.state)
      && !bg_peer_state_is_live (self->fsm.state) && self->fsm.state != BG_PEER_RELINKING)
    return BG_ROUTE_WAKING;
  return self->has_session && bg_peer_state_has_session (self->fsm.state) ? BG_ROUTE_SHAKY
                                                                          : BG_ROUTE_DOWN;
}

gboolean
bg_peer_is_carrier (BgPeer *self, const BgIpPrefix *route)
{
  return bg_route_choice_carrier (self->context->choice, route) == self;
}

/* Of what it bids for; (transfer full). */
static GArray *
list_carried (BgPeer *self)
{
  GArray *carried = g_array_new (FALSE, FALSE, sizeof (BgIpPrefix));

  for (guint i = 0; self->routes.bids && i < self->routes.bids->len; i++)
    {
      const BgIpPrefix *route = &g_array_index (self->routes.bids, BgRouteBid, i).route;

      if (bg_peer_is_carrier (self, route))
        g_array_append_vals (carried, route, 1);
    }
  return carried;
}

static gboolean
has_prefix (const GArray *prefixes, const BgIpPrefix *prefix)
{
  for (guint i = 0; i < prefixes->len; i++)
    if (bg_ip_prefix_equal (&g_array_index (prefixes, BgIpPrefix, i), prefix))
      return TRUE;
  return FALSE;
}

/* Each of `prefixes` is among `others`. */
static gboolean
are_among (const GArray *prefixes, const GArray *others)
{
  for (guint i = 0; i < prefixes->len; i++)
    if (!has_prefix (others, &g_array_index (prefixes, BgIpPrefix, i)))
      return FALSE;
  return TRUE;
}

void
bg_peer_choose_routes (BgPeer *self)
{
  g_autoptr (GPtrArray) complaints = bg_words_list_new ();
  BgRouteChoice *choice = self->context->choice;
  BgWords *address6 = bg_peer_judge_address6 (self);
  gboolean moved;

  if (self->facts->complaint)
    g_ptr_array_add (complaints, bg_words_ref (self->facts->complaint));
  if (address6)
    g_ptr_array_add (complaints, address6);
  g_clear_pointer (&self->routes.bids, g_array_unref);
  self->routes.bids = list_bids (self, complaints);
  moved = bg_route_choice_bid (choice, self, self->id, self->routes.bids, bg_main_now_us ());
  self->routes.state = route_state (self);
  moved |= bg_route_choice_note (choice, self, self->routes.state, bg_main_now_us ());
  g_array_unref (self->routes.accepted);
  self->routes.accepted = list_carried (self);
  bg_peer_set_note_routes (self->context->set, moved);
  bg_peer_take_complaints (self, g_steal_pointer (&complaints));
}

void
bg_peer_drop_routes (BgPeer *self)
{
  g_array_set_size (self->routes.accepted, 0);
  g_clear_pointer (&self->routes.bids, g_array_unref);
  if (bg_route_choice_bid (self->context->choice, self, self->id, NULL, bg_main_now_us ()))
    bg_peer_set_note_routes (self->context->set, TRUE);
}

void
bg_peer_note_route_state (BgPeer *self)
{
  BgRouteState state = route_state (self);

  if (!self->link.is_up || self->is_static || !self->routes.bids || self->routes.bids->len == 0
      || state == self->routes.state)
    return;
  self->routes.state = state;
  bg_peer_set_note_routes (self->context->set, bg_route_choice_note (self->context->choice, self,
                                                                     state, bg_main_now_us ()));
}

static void
log_gained (BgPeer *self, const GArray *carried)
{
  char text[BG_IP_PREFIX_TEXT];

  for (guint i = 0; i < carried->len; i++)
    {
      const BgIpPrefix *route = &g_array_index (carried, BgIpPrefix, i);

      if (has_prefix (self->routes.accepted, route))
        continue;
      bg_ip_prefix_format (route, text);
      bg_log (BG_TOPIC_PEER, MESSAGE, self->id, "route %s goes through it now", text);
    }
}

void
bg_peer_follow_choice (BgPeer *self, gboolean gains)
{
  g_autoptr (GArray) carried = NULL;

  if (!self->context || !self->link.is_up || self->is_static || !self->facts)
    return;
  carried = list_carried (self);
  if (gains ? are_among (carried, self->routes.accepted)
            : are_among (self->routes.accepted, carried))
    return;
  log_gained (self, carried);
  bg_peer_link (self);
  bg_peer_announce (self);
}
