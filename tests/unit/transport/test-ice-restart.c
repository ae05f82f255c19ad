/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ICE restarted on a session that is in use: packets flow all the time, and none is lost. */
#include "common/error.h"
#include "session-pair.h"

/* Packets both ways, one in a millisecond each. */
typedef struct
{
  Pair *pair;
  BgTransportKind kind;
  GSource *timer;
  guint sent; /* by each */
} Flow;

static const BgIceSettings loopback = { .loopback_only = TRUE };

static Pair
open_pair (gboolean plain, BgWatcher watcher)
{
  const BgIceSessionConfig config = { .ice = loopback, .plain = plain };
  Pair pair = { side_new (TRUE, &config), side_new (FALSE, &config) };

  sides_connect (pair.a, pair.b);
  pair_start (&pair, watcher);
  return pair;
}

static BgTransport *
transport_of (Side *side, BgTransportKind kind)
{
  return kind == BG_TRANSPORT_ICE ? bg_ice_session_dup_ice (side->session)
                                  : bg_ice_session_dup_data_channel (side->session);
}

static int
send_by (Side *side, BgTransportKind kind)
{
  BgTransport *transport = transport_of (side, kind);
  int taken = send_one (side, transport, 4, 1184);

  bg_transport_unref (transport);
  return taken;
}

static gboolean
on_flow_time (gpointer data)
{
  Flow *flow = data;

  g_assert_cmpint (send_by (flow->pair->a, flow->kind), ==, 1);
  g_assert_cmpint (send_by (flow->pair->b, flow->kind), ==, 1);
  flow->sent++;
  return G_SOURCE_CONTINUE;
}

static void
flow_begin (Flow *flow, Pair *pair, BgTransportKind kind)
{
  *flow = (Flow){ .pair = pair, .kind = kind, .timer = g_timeout_source_new (1) };
  g_source_set_callback (flow->timer, on_flow_time, flow, NULL);
  g_source_attach (flow->timer, NULL);
  wait_until (flow->sent > 20);
}

static void
flow_end (Flow *flow)
{
  g_source_destroy (flow->timer);
  g_source_unref (flow->timer);
  wait_until (flow->pair->a->received == flow->sent && flow->pair->b->received == flow->sent);
  g_test_message ("%u packets each way", flow->sent);
}

static void
restart (Side *side)
{
  side->restarts = TRUE;
  bg_ice_session_restart (side->session, &loopback);
}

static char *
get_local (Side *side)
{
  g_autofree char *remote = NULL;
  char *local = NULL;

  g_assert_true (bg_ice_session_get_pair (side->session, &local, &remote, NULL));
  return local;
}

/* On other sockets than before, and as open as ever. */
static void
check_restart (Pair *pair, Side *asks, BgTransportKind kind)
{
  g_autofree char *before = get_local (pair->a), *after = NULL;
  guint times = pair->a->restarted;
  Flow flow;

  flow_begin (&flow, pair, kind);
  restart (asks);
  wait_until (pair->a->restarted == times + 1 && pair->b->restarted == times + 1);
  after = get_local (pair->a);
  g_assert_cmpstr (before, !=, after);
  g_assert_cmpint (bg_ice_session_get_state (pair->a->session), ==, BG_ICE_SESSION_OPEN);
  g_assert_cmpint (bg_ice_session_get_state (pair->b->session), ==, BG_ICE_SESSION_OPEN);
  flow_end (&flow);
  pair->a->received = pair->b->received = 0;
}

static void
test_alone (void)
{
  Pair pair = open_pair (FALSE, BG_WATCHED_BY_PATHS);

  g_assert_true (bg_ice_session_is_alone (pair.a->session));
  check_restart (&pair, pair.a, BG_TRANSPORT_ICE);
  check_restart (&pair, pair.b, BG_TRANSPORT_ICE);
  check_restart (&pair, pair.b, BG_TRANSPORT_ICE);
  bg_ice_session_close (pair.a->session);
  wait_state (pair.b, BG_ICE_SESSION_CLOSED); /* the goodbye is that of the new round */
  pair_free (&pair);
}

/* DTLS, SCTP and the channel do not notice. */
static void
test_leg (void)
{
  Pair pair = open_pair (FALSE, BG_WATCHED_BY_ICE);
  BgTransport *channel = bg_ice_session_dup_data_channel (pair.a->session);

  check_restart (&pair, pair.a, BG_TRANSPORT_DATA_CHANNEL);
  check_restart (&pair, pair.b, BG_TRANSPORT_DATA_CHANNEL);
  g_assert_cmpuint (pair.a->channels + pair.b->channels, ==, 0);
  bg_transport_unref (channel);
  bg_ice_session_close (pair.b->session);
  wait_state (pair.a, BG_ICE_SESSION_CLOSED);
  pair_free (&pair);
}

/* What a restart replaces lives on for seconds; the next one does not wait for it, nor for one that finds no answer. */
static void
test_again (void)
{
  Pair pair = open_pair (FALSE, BG_WATCHED_BY_PATHS);
  Flow flow;

  flow_begin (&flow, &pair, BG_TRANSPORT_ICE);
  for (guint i = 1; i <= 3; i++)
    {
      pair.a->holds_description = TRUE;
      restart (pair.a);
      restart (pair.a);
      pair.a->holds_description = FALSE;
      wait_until (pair.a->restarted == i && pair.b->restarted == i);
    }
  flow_end (&flow);
  pair_free (&pair);
}

/* As the packets' way is taken: the old one's sockets must not outlive it. */
static void
use_direct (Side *side)
{
  g_autoptr (GError) error = NULL;
  BgTransport *direct = bg_ice_session_dup_direct (side->session, &error);

  g_assert_no_error (error);
  g_assert_nonnull (direct);
  bg_transport_unref (direct);
}

static gboolean
on_look (gpointer data)
{
  return G_SOURCE_CONTINUE;
}

/* Another thread closes, and says nothing of it. */
static void
wait_fds (guint wanted)
{
  guint looks = g_timeout_add (20, on_look, NULL);

  wait_until (count_entries (DESCRIPTORS) <= wanted);
  g_source_remove (looks);
}

static void
restart_once (Pair *pair)
{
  guint times = pair->a->restarted;

  restart (pair->a);
  wait_until (pair->a->restarted == times + 1 && pair->b->restarted == times + 1);
  use_direct (pair->a);
  use_direct (pair->b);
}

enum
{
  RESTARTS = 20,
  ONCE_FDS = 4, /* what libraries open when they are used first */
};

/* Descriptors: after many restarts, each of which was overtaken once, there are as many as before. */
static void
test_leaves_nothing (void)
{
  Pair pair = open_pair (FALSE, BG_WATCHED_BY_PATHS);
  guint before;

  use_direct (pair.a);
  use_direct (pair.b);
  before = count_entries (DESCRIPTORS);
  for (guint i = 0; i < RESTARTS; i++)
    {
      pair.a->holds_description = TRUE;
      restart (pair.a);
      pair.a->holds_description = FALSE;
      restart_once (&pair);
    }
  wait_fds (before + ONCE_FDS);
  pair_free (&pair);
}

/* The offer of one is answered, that of the other given up. */
static void
test_glare (void)
{
  Pair pair = open_pair (FALSE, BG_WATCHED_BY_PATHS);
  Flow flow;

  flow_begin (&flow, &pair, BG_TRANSPORT_ICE);
  g_clear_pointer (&pair.a->description, g_free);
  pair.a->holds_description = TRUE;
  restart (pair.a);
  wait_until (pair.a->description);
  pair.a->holds_description = FALSE;
  restart (pair.b);
  wait_until (pair.a->restarted == 1 && pair.b->restarted == 1);
  flow_end (&flow);
  pair_free (&pair);
}

/* Nobody answers, or the answer names nowhere to go: what there was goes on. */
static void
test_in_vain (void)
{
  Pair pair = open_pair (FALSE, BG_WATCHED_BY_PATHS);
  Flow flow;

  flow_begin (&flow, &pair, BG_TRANSPORT_ICE);
  pair.a->holds_candidates = pair.b->holds_candidates = TRUE;
  restart (pair.a);
  wait_until (pair.b->description && g_str_equal (pair.b->type, "answer"));
  g_assert_cmpint (bg_ice_session_get_state (pair.a->session), ==, BG_ICE_SESSION_OPEN);
  flow_end (&flow);
  g_assert_cmpuint (pair.a->restarted, ==, 0);
  pair_free (&pair);
}

/* The peer has another session by now, which knows nothing of the channel: ours begins anew with it. The one before may have ended
 * when our offer came, or be there yet. */
static void
test_another_peer (gconstpointer data)
{
  Pair pair = open_pair (TRUE, BG_WATCHED_BY_PATHS);
  Side *c = side_new (FALSE, &(BgIceSessionConfig){ .ice = loopback, .plain = TRUE });

  sides_connect (pair.a, c);
  pair.b->peer = NULL;
  bg_ice_session_set_watcher (c->session, BG_WATCHED_BY_PATHS);
  g_clear_pointer (&pair.a->description, g_free);
  pair.a->holds_description = TRUE;
  bg_ice_session_restart (pair.a->session, &loopback);
  wait_until (pair.a->description);
  if (GPOINTER_TO_INT (data))
    {
      bg_ice_session_close (pair.b->session);
      bg_ice_session_wait_closed_all ();
      wait_idle ();
    }
  side_tell_description (pair.a);
  wait_state (pair.a, BG_ICE_SESSION_CHECKING);
  wait_state (c, BG_ICE_SESSION_OPEN);
  wait_state (pair.a, BG_ICE_SESSION_OPEN);
  g_assert_cmpint (send_by (pair.a, BG_TRANSPORT_DATA_CHANNEL), ==, 1);
  g_assert_cmpint (send_by (c, BG_TRANSPORT_DATA_CHANNEL), ==, 1);
  wait_until (pair.a->received == 1 && c->received == 1);
  side_free (c);
  pair_free (&pair);
}

/* Only the session that there is can be restarted. */
static void
test_refused (void)
{
  Pair pair = open_pair (FALSE, BG_WATCHED_BY_PATHS);
  Side *c = side_new (TRUE, NULL);
  g_autoptr (GError) error = NULL;

  bg_ice_session_restart (c->session, &loopback); /* there is nothing yet */
  bg_ice_session_start (c->session);
  wait_until (c->description);
  g_assert_false (answer_restart_text (pair.a->session, &loopback, c->description, &error));
  g_assert_error (error, BG_ERROR, BG_ERROR_WRONG_STATE);
  g_clear_error (&error);
  g_assert_false (answer_restart_text (pair.a->session, &loopback, "v=0\r\n", &error));
  g_assert_error (error, BG_ERROR, BG_ERROR_INVALID_ARGUMENT);
  side_free (c);
  pair_free (&pair);
}

/* In the midst of it. */
static void
test_close (void)
{
  Pair pair = open_pair (FALSE, BG_WATCHED_BY_ICE);

  restart (pair.a);
  wait_until (pair.b->type && pair.b->description);
  bg_ice_session_close (pair.a->session);
  pair_free (&pair);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ice-restart/alone", test_alone);
  g_test_add_func ("/ice-restart/leg", test_leg);
  g_test_add_func ("/ice-restart/again", test_again);
  g_test_add_func ("/ice-restart/leaves-nothing", test_leaves_nothing);
  g_test_add_func ("/ice-restart/glare", test_glare);
  g_test_add_func ("/ice-restart/in-vain", test_in_vain);
  g_test_add_data_func ("/ice-restart/another-peer", GINT_TO_POINTER (FALSE), test_another_peer);
  g_test_add_data_func ("/ice-restart/another-peer-in-its-place", GINT_TO_POINTER (TRUE),
                        test_another_peer);
  g_test_add_func ("/ice-restart/refused", test_refused);
  g_test_add_func ("/ice-restart/close", test_close);
  return g_test_run ();
}
