/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "peer/peer-fsm.h"

#include "common/log.h"

/* Walks everything that can be reached: every combination of facts, every event in every state. */

typedef struct
{
  gboolean smaller, foreign, offer_is_ours;
  guint resends;
  gboolean offline, proved, offer_is_proved, held, held_is_restart, ended, may_rest;
  guint failures, restarts;
  gboolean answered, due;
} Facts;

static BgPeerFsm
fsm_in (BgPeerState state, const Facts *facts)
{
  return (BgPeerFsm){
    .state = state,
    .smaller = facts->smaller,
    .foreign = facts->foreign,
    .offer_is_ours = facts->offer_is_ours,
    .resends = facts->resends,
    .offline = facts->offline,
    .proved = facts->proved,
    .offer_is_proved = facts->offer_is_proved,
    .held = facts->held,
    .held_is_restart = facts->held_is_restart,
    .ended = facts->ended,
    .failures = facts->failures,
    .may_rest = facts->may_rest,
    .restarts = facts->restarts,
    .answered = facts->answered,
    .due = facts->due,
  };
}

typedef void (*Visit) (BgPeerState state, BgPeerEvent event, const Facts *facts, gpointer data);

static void
walk (Visit visit, gpointer data)
{
  for (guint bits = 0; bits < 1u << 15; bits++)
    {
      Facts facts = {
        .smaller = (bits & 1) != 0,
        .foreign = (bits & 2) != 0,
        .offer_is_ours = (bits & 4) != 0,
        .resends = bits & 8 ? BG_PEER_MAX_RESENDS : 0,
        .offline = (bits & 16) != 0,
        .proved = (bits & 32) != 0,
        .offer_is_proved = (bits & 64) != 0,
        .held = (bits & 128) != 0,
        .held_is_restart = (bits & 256) != 0,
        .ended = (bits & 512) != 0,
        .may_rest = (bits & 2048) != 0,
        .failures = bits & 1024 ? BG_PEER_ENDED_TRIES : 0,
        .restarts = bits & 4096 ? BG_PEER_MAX_RESTARTS : 0,
        .answered = (bits & 8192) != 0,
        .due = (bits & 16384) != 0,
      };

      for (guint state = 0; state < BG_PEER_STATES; state++)
        for (guint event = 0; event < BG_PEER_EVENTS && (!facts.due || state == BG_PEER_RESTARTING);
             event++)
          visit (state, event, &facts, data);
    }
}

static void
check_move (BgPeerState state, BgPeerEvent event, const Facts *facts, gpointer data)
{
  BgPeerFsm fsm = fsm_in (state, facts);
  BgPeerActions actions;
  gboolean (*used)[BG_PEER_STATES] = data;

  if (!bg_peer_fsm_feed (&fsm, event, NULL, &actions))
    {
      g_assert_cmpint (fsm.state, ==, state);
      g_assert_cmpint (actions, ==, 0);
      return;
    }
  if (fsm.state != state)
    {
      g_assert_true (bg_peer_state_may_become (state, fsm.state));
      used[state][fsm.state] = TRUE;
    }
  /* A new session never beside an old one. */
  if (actions & (BG_PEER_NEW_OFFER | BG_PEER_NEW_ANSWER))
    g_assert_true (!bg_peer_state_has_session (state) || (actions & BG_PEER_DROP));
  /* No session is forgotten. */
  if (bg_peer_state_has_session (state) && !bg_peer_state_has_session (fsm.state))
    g_assert_true (actions & BG_PEER_DROP);
  /* Who is gone or refused is not in the data plane. */
  if (fsm.state != state
      && (fsm.state == BG_PEER_ABSENT || fsm.state == BG_PEER_REFUSED
          || fsm.state == BG_PEER_CLOSED)
      && state != BG_PEER_REFUSED)
    g_assert_true (actions & BG_PEER_UNLINK);
  if (fsm.state == BG_PEER_OPEN && state == BG_PEER_CONNECTING)
    g_assert_true (actions & BG_PEER_ATTACH);
  /* What works is not ended by an offer that proves nothing, nor by a word of the hub; a foreign peer's always wins where our
   * own is out (spec 2.9, rule 3). */
  if (bg_peer_state_is_live (state) && facts->proved
      && !(state == BG_PEER_RESTARTING && facts->foreign)
      && (event == BG_PEER_EVENT_REFUSE || event == BG_PEER_EVENT_LEFT
          || event == BG_PEER_EVENT_APPEARED
          || ((event == BG_PEER_EVENT_OFFER || event == BG_PEER_EVENT_OFFER_RESTART)
              && !facts->offer_is_proved)))
    g_assert_false (actions & BG_PEER_DROP);
  /* An offer waits in no state but one. */
  g_assert_true (!fsm.held || fsm.state == BG_PEER_CHECKING || fsm.state == state);
  /* Packets for who comes to rest must find it there. */
  if (fsm.state == BG_PEER_RESTING && state != BG_PEER_RESTING)
    g_assert_true (actions & BG_PEER_REST);
}

static void
test_every_rule_moves_legally (void)
{
  gboolean used[BG_PEER_STATES][BG_PEER_STATES] = { 0 };

  walk (check_move, used);
  /* What is written down as legal is reached by some rule, and nothing more is legal. */
  for (guint from = 0; from < BG_PEER_STATES; from++)
    for (guint to = 0; to < BG_PEER_STATES; to++)
      if (from != to && bg_peer_state_may_become (from, to) != used[from][to])
        g_test_fail_printf ("%s -> %s: legal %d, used %d", bg_peer_state_name (from),
                            bg_peer_state_name (to), bg_peer_state_may_become (from, to),
                            used[from][to]);
}

static void
check_closed_is_final (BgPeerState state, BgPeerEvent event, const Facts *facts, gpointer data)
{
  BgPeerFsm fsm = fsm_in (BG_PEER_CLOSED, facts);
  BgPeerActions actions;

  g_assert_false (bg_peer_fsm_feed (&fsm, event, NULL, &actions));
  g_assert_cmpint (fsm.state, ==, BG_PEER_CLOSED);
}

static void
test_closed_is_final (void)
{
  walk (check_closed_is_final, NULL);
  g_assert_false (bg_peer_state_may_become (BG_PEER_CLOSED, BG_PEER_OPEN));
  g_assert_false (bg_peer_state_may_become (BG_PEER_STATES, BG_PEER_OPEN));
}

static void
check_close (BgPeerState state, BgPeerEvent event, const Facts *facts, gpointer data)
{
  BgPeerFsm fsm = fsm_in (state, facts);
  BgPeerActions actions;

  if (state == BG_PEER_CLOSED || event != BG_PEER_EVENT_CLOSE)
    return;
  g_assert_true (bg_peer_fsm_feed (&fsm, event, NULL, &actions));
  g_assert_cmpint (fsm.state, ==, BG_PEER_CLOSED);
  g_assert_cmpint (actions, ==, BG_PEER_DROP | BG_PEER_UNLINK);
}

static void
test_close_from_everywhere (void)
{
  walk (check_close, NULL);
}

/* A walk with names: event, state behind it, actions. */
typedef struct
{
  BgPeerEvent event;
  BgPeerState state;
  BgPeerActions actions;
} Step;

static void
go (BgPeerFsm *fsm, const Step *steps, gsize n)
{
  for (gsize i = 0; i < n; i++)
    {
      BgPeerActions actions;

      bg_peer_fsm_feed (fsm, steps[i].event, NULL, &actions);
      if (fsm->state != steps[i].state || actions != steps[i].actions)
        g_error ("step %zu, %s: %s with %x, not %s with %x", i, bg_peer_event_name (steps[i].event),
                 bg_peer_state_name (fsm->state), actions, bg_peer_state_name (steps[i].state),
                 steps[i].actions);
    }
}
#define GO(fsm, ...)                                                                               \
  go (fsm, (const Step[]) __VA_ARGS__, G_N_ELEMENTS (((const Step[]) __VA_ARGS__)))
#define E(event) BG_PEER_EVENT_##event
#define S(state) BG_PEER_##state
#define LIST(...)                                                                                  \
  {                                                                                                \
    __VA_ARGS__                                                                                    \
  }

/* clang-format off: walks are tables */
static void
test_smaller_offers (void)
{
  BgPeerFsm fsm;

  bg_peer_fsm_init (&fsm, TRUE);
  GO (&fsm, LIST ({ E (APPEARED), S (OFFERING), BG_PEER_NEW_OFFER },
                  { E (ANSWER), S (CONNECTING), BG_PEER_TAKE_ANSWER },
                  { E (ANSWER), S (CONNECTING), 0 }, { E (OPENED), S (OPEN), BG_PEER_ATTACH }));
  g_assert_cmpuint (bg_peer_fsm_deadline_ms (&fsm), ==, BG_PEER_PROOF_TIMEOUT_MS);
}

static void
test_larger_waits (void)
{
  BgPeerFsm fsm;

  bg_peer_fsm_init (&fsm, FALSE);
  GO (&fsm,
      LIST ({ E (APPEARED), S (WAITING), 0 }, { E (OFFER), S (ANSWERING), BG_PEER_NEW_ANSWER },
            { E (ANSWERED), S (CONNECTING), 0 }, { E (OPENED), S (OPEN), BG_PEER_ATTACH }));
}

static void
test_larger_offers_when_nothing_comes (void)
{
  BgPeerFsm fsm;

  bg_peer_fsm_init (&fsm, FALSE);
  GO (&fsm,
      LIST ({ E (APPEARED), S (WAITING), 0 }, { E (TIMEOUT), S (OFFERING), BG_PEER_NEW_OFFER }));
}

static void
test_unanswered_offer (void)
{
  BgPeerFsm fsm;

  bg_peer_fsm_init (&fsm, TRUE);
  GO (&fsm, LIST ({ E (APPEARED), S (OFFERING), BG_PEER_NEW_OFFER }));
  g_assert_cmpuint (bg_peer_fsm_deadline_ms (&fsm), ==, 15000);
  GO (&fsm, LIST ({ E (TIMEOUT), S (OFFERING), BG_PEER_RESEND },
                  { E (TIMEOUT), S (OFFERING), BG_PEER_RESEND },
                  { E (TIMEOUT), S (BACKOFF), BG_PEER_DROP },
                  { E (TIMEOUT), S (OFFERING), BG_PEER_NEW_OFFER },
                  { E (TIMEOUT), S (OFFERING), BG_PEER_RESEND }));
}

static void
test_glare (void)
{
  BgPeerFsm fsm;

  /* Two of us: the smaller one's offer stands, the larger one gives in. */
  bg_peer_fsm_init (&fsm, TRUE);
  fsm.offer_is_ours = TRUE;
  GO (&fsm,
      LIST ({ E (APPEARED), S (OFFERING), BG_PEER_NEW_OFFER }, { E (OFFER), S (OFFERING), 0 }));
  bg_peer_fsm_init (&fsm, FALSE);
  fsm.offer_is_ours = TRUE;
  GO (&fsm,
      LIST ({ E (APPEARED), S (WAITING), 0 }, { E (TIMEOUT), S (OFFERING), BG_PEER_NEW_OFFER },
            { E (OFFER), S (ANSWERING), BG_PEER_DROP | BG_PEER_NEW_ANSWER }));
  /* Anybody else: roll back and answer, whatever the ids. */
  bg_peer_fsm_init (&fsm, TRUE);
  fsm.foreign = TRUE;
  GO (&fsm, LIST ({ E (APPEARED), S (OFFERING), BG_PEER_NEW_OFFER },
                  { E (OFFER), S (ANSWERING), BG_PEER_DROP | BG_PEER_NEW_ANSWER }));
}

static void
test_rejoin_notice (void)
{
  BgPeerFsm fsm = { .state = BG_PEER_OPEN, .smaller = TRUE };

  GO (&fsm, LIST ({ E (APPEARED), S (CHECKING), BG_PEER_CHECK }, { E (FRESH), S (OPEN), 0 },
                  { E (APPEARED), S (CHECKING), BG_PEER_CHECK },
                  { E (STALE), S (RESTARTING), BG_PEER_RESTART }));
  /* Whichever id is smaller: it may know of nothing. */
  fsm = (BgPeerFsm){ .state = BG_PEER_OPEN };
  GO (&fsm, LIST ({ E (APPEARED), S (CHECKING), BG_PEER_CHECK },
                  { E (STALE), S (RESTARTING), BG_PEER_RESTART }));
  fsm = (BgPeerFsm){ .state = BG_PEER_RELINKING };
  GO (&fsm, LIST ({ E (APPEARED), S (RESTARTING), BG_PEER_RESTART }));
  fsm = (BgPeerFsm){ .state = BG_PEER_RELINKING, .foreign = TRUE };
  GO (&fsm, LIST ({ E (APPEARED), S (RELINKING), 0 },
                  { E (OFFER), S (ANSWERING), BG_PEER_DROP | BG_PEER_NEW_ANSWER }));
  fsm = (BgPeerFsm){ .state = BG_PEER_OPEN, .foreign = TRUE };
  GO (&fsm, LIST ({ E (APPEARED), S (CHECKING), BG_PEER_CHECK }, { E (STALE), S (RELINKING), 0 },
                  { E (OFFER), S (ANSWERING), BG_PEER_DROP | BG_PEER_NEW_ANSWER }));
  /* The new offer replaces the old session at once, checked or not. */
  fsm = (BgPeerFsm){ .state = BG_PEER_OPEN };
  GO (&fsm, LIST ({ E (APPEARED), S (CHECKING), BG_PEER_CHECK },
                  { E (OFFER), S (ANSWERING), BG_PEER_DROP | BG_PEER_NEW_ANSWER }));
}

static void
test_leaving_the_room_does_not_end_the_tunnel (void)
{
  BgPeerFsm fsm = { .state = BG_PEER_OPEN, .smaller = TRUE, .proved = TRUE };

  GO (&fsm, LIST ({ E (LEFT), S (LINGERING), BG_PEER_CHECK }, { E (FRESH), S (LINGERING), 0 },
                  { E (TIMEOUT), S (LINGERING), BG_PEER_CHECK }, { E (FRESH), S (LINGERING), 0 },
                  { E (APPEARED), S (CHECKING), BG_PEER_CHECK }, { E (FRESH), S (OPEN), 0 },
                  { E (LEFT), S (LINGERING), BG_PEER_CHECK },
                  { E (STALE), S (ABSENT), BG_PEER_DROP | BG_PEER_UNLINK },
                  { E (APPEARED), S (OFFERING), BG_PEER_NEW_OFFER }));
  /* It came back, and nothing of it was alive any more. */
  fsm = (BgPeerFsm){ .state = BG_PEER_LINGERING };
  GO (&fsm, LIST ({ E (APPEARED), S (RESTARTING), BG_PEER_RESTART }));
  fsm = (BgPeerFsm){ .state = BG_PEER_LINGERING, .foreign = TRUE };
  GO (&fsm, LIST ({ E (APPEARED), S (CHECKING), BG_PEER_CHECK }));
}

static void
test_relinking (void)
{
  BgPeerFsm fsm = { .state = BG_PEER_OPEN, .smaller = TRUE };

  GO (&fsm,
      LIST ({ E (LOST), S (RELINKING), 0 }, { E (FOUND), S (OPEN), 0 },
            { E (LOST), S (RELINKING), 0 }, { E (TIMEOUT), S (RESTARTING), BG_PEER_RESTART },
            { E (FOUND), S (OPEN), 0 }, { E (LOST), S (RELINKING), 0 },
            { E (TIMEOUT), S (RESTARTING), BG_PEER_RESTART },
            { E (ANSWER), S (RESTARTING), BG_PEER_TAKE_ANSWER }, { E (ANSWER), S (RESTARTING), 0 },
            { E (RESTARTED), S (CHECKING), BG_PEER_CHECK }, { E (FRESH), S (OPEN), 0 }));
}

/* Three offers, and then all anew. */
static void
test_restarts_in_vain (void)
{
  BgPeerFsm fsm = { .state = BG_PEER_RELINKING };

  GO (&fsm, LIST ({ E (TIMEOUT), S (RESTARTING), BG_PEER_RESTART }));
  g_assert_cmpuint (bg_peer_fsm_deadline_ms (&fsm), ==, 15000);
  GO (&fsm, LIST ({ E (TIMEOUT), S (RESTARTING), BG_PEER_RESEND },
                  { E (APPEARED), S (RESTARTING), BG_PEER_RESEND },
                  { E (APPEARED), S (RESTARTING), 0 }, { E (TIMEOUT), S (CHECKING), BG_PEER_CHECK },
                  { E (STALE), S (OFFERING), BG_PEER_DROP | BG_PEER_NEW_OFFER }));
  fsm = (BgPeerFsm){ .state = BG_PEER_RELINKING, .smaller = TRUE, .foreign = TRUE };
  for (int i = 0; i < BG_PEER_MAX_RESTARTS; i++)
    {
      GO (&fsm, LIST ({ i == 0 ? E (TIMEOUT) : E (STALE), S (RESTARTING), BG_PEER_RESTART },
                      { E (ANSWER), S (RESTARTING), BG_PEER_TAKE_ANSWER },
                      { E (RESTART_FAILED), S (CHECKING), BG_PEER_CHECK }));
    }
  GO (&fsm, LIST ({ E (STALE), S (WAITING), BG_PEER_DROP | BG_PEER_REJOIN }));
  /* Who answered between has three again. */
  fsm = (BgPeerFsm){ .state = BG_PEER_CHECKING, .restarts = BG_PEER_MAX_RESTARTS };
  GO (&fsm, LIST ({ E (FRESH), S (OPEN), 0 }, { E (DOUBTED), S (CHECKING), BG_PEER_CHECK },
                  { E (STALE), S (RESTARTING), BG_PEER_RESTART }));
}

static void
test_moved (void)
{
  BgPeerFsm fsm = { .state = BG_PEER_OPEN, .proved = TRUE };

  GO (&fsm, LIST ({ E (MOVED), S (RESTARTING), BG_PEER_RESTART }, { E (LOST), S (RESTARTING), 0 },
                  { E (MOVED), S (RESTARTING), BG_PEER_RESTART },
                  { E (ANSWER), S (RESTARTING), BG_PEER_TAKE_ANSWER },
                  { E (RESTARTED), S (CHECKING), BG_PEER_CHECK }));
  fsm = (BgPeerFsm){ .state = BG_PEER_RELINKING };
  GO (&fsm, LIST ({ E (MOVED), S (RESTARTING), BG_PEER_RESTART }));
  /* The other one's offer is waited for, which comes when it has noticed, or when we joined the hub anew. */
  fsm = (BgPeerFsm){ .state = BG_PEER_OPEN, .foreign = TRUE, .proved = TRUE };
  GO (&fsm, LIST ({ E (MOVED), S (RELINKING), 0 }, { E (MOVED), S (RELINKING), 0 }));
  g_assert_cmpuint (bg_peer_fsm_deadline_ms (&fsm), ==, 5000);
  GO (&fsm, LIST ({ E (OFFER_RESTART), S (RESTARTING), BG_PEER_ANSWER_RESTART }));
}

/* Both restart: between two of us the smaller one's offer stands, anybody else's always. */
static void
test_glare_of_restarts (void)
{
  BgPeerFsm fsm = {
    .state = BG_PEER_OPEN, .smaller = TRUE, .offer_is_ours = TRUE, .offer_is_proved = TRUE
  };

  GO (&fsm, LIST ({ E (MOVED), S (RESTARTING), BG_PEER_RESTART },
                  { E (OFFER_RESTART), S (RESTARTING), 0 },
                  { E (OFFER), S (RESTARTING), BG_PEER_RESEND }));
  fsm = (BgPeerFsm){ .state = BG_PEER_OPEN, .offer_is_ours = TRUE, .offer_is_proved = TRUE };
  GO (&fsm, LIST ({ E (MOVED), S (RESTARTING), BG_PEER_RESTART },
                  { E (OFFER_RESTART), S (RESTARTING), BG_PEER_ANSWER_RESTART },
                  { E (ANSWER), S (RESTARTING), 0 }));
  fsm = (BgPeerFsm){ .state = BG_PEER_OPEN, .smaller = TRUE, .foreign = TRUE, .proved = TRUE };
  GO (&fsm, LIST ({ E (MOVED), S (RESTARTING), BG_PEER_RESTART },
                  { E (OFFER_RESTART), S (RESTARTING), BG_PEER_ANSWER_RESTART }));
}

/* Who answers has another session than ours: that one is made, and attached when it is open. */
static void
test_restart_meets_another_session (void)
{
  BgPeerFsm fsm = { .state = BG_PEER_RESTARTING };

  GO (&fsm, LIST ({ E (ANSWER), S (RESTARTING), BG_PEER_TAKE_ANSWER },
                  { E (BEGUN), S (CONNECTING), BG_PEER_DETACH_CHANNEL },
                  { E (OPENED), S (OPEN), BG_PEER_ATTACH }));
}

static void
test_ice_restart_of_a_stranger (void)
{
  BgPeerFsm fsm = { .state = BG_PEER_OPEN, .foreign = TRUE };

  GO (&fsm, LIST ({ E (OFFER_RESTART), S (RESTARTING), BG_PEER_ANSWER_RESTART },
                  { E (ANSWERED), S (RESTARTING), 0 },
                  { E (OFFER_REPEATED), S (RESTARTING), BG_PEER_RESEND },
                  { E (RESTARTED), S (OPEN), BG_PEER_CHECK }, { E (STALE), S (OPEN), 0 },
                  { E (DOUBTED), S (CHECKING), BG_PEER_CHECK }, { E (STALE), S (RELINKING), 0 },
                  { E (TIMEOUT), S (RESTARTING), BG_PEER_RESTART },
                  { E (OFFER), S (ANSWERING), BG_PEER_DROP | BG_PEER_NEW_ANSWER }));
  fsm = (BgPeerFsm){ .state = BG_PEER_OPEN };
  GO (&fsm, LIST ({ E (OFFER), S (ANSWERING), BG_PEER_DROP | BG_PEER_NEW_ANSWER },
                  { E (ANSWERED), S (CONNECTING), 0 },
                  { E (OFFER_RESTART), S (CONNECTING), BG_PEER_ANSWER_RESTART },
                  { E (OFFER_REPEATED), S (CONNECTING), BG_PEER_RESEND },
                  { E (OFFER_REPEATED), S (CONNECTING), BG_PEER_RESEND },
                  { E (OFFER_REPEATED), S (CONNECTING), 0 }));
}

static void
test_stranger_is_never_offered_a_second_object (void)
{
  BgPeerFsm fsm = { .state = BG_PEER_OPEN, .smaller = TRUE, .foreign = TRUE };
  guint before = 0;

  GO (&fsm, LIST ({ E (LOST), S (RELINKING), 0 }, { E (TIMEOUT), S (RESTARTING), BG_PEER_RESTART },
                  { E (FAILED), S (BACKOFF), BG_PEER_DROP }));
  fsm.ended = FALSE;
  GO (&fsm, LIST ({ E (TIMEOUT), S (WAITING), 0 }));
  for (int i = 0; i < 6; i++)
    {
      guint wait = bg_peer_fsm_deadline_ms (&fsm);

      g_assert_cmpuint (wait, >=, before); /* a rejoin troubles everybody: rarer and rarer */
      g_assert_cmpuint (wait, <=, 3600 * 1000);
      before = wait;
      GO (&fsm, LIST ({ E (TIMEOUT), S (WAITING), BG_PEER_REJOIN }));
    }
  g_assert_cmpuint (before, ==, 3600 * 1000);
  GO (&fsm, LIST ({ E (APPEARED), S (OFFERING), BG_PEER_NEW_OFFER }));
}

static void
test_on_demand (void)
{
  BgPeerFsm fsm;

  for (int smaller = 0; smaller < 2; smaller++)
    {
      bg_peer_fsm_init (&fsm, smaller);
      fsm.may_rest = TRUE;
      GO (&fsm,
          LIST ({ E (APPEARED), S (RESTING), BG_PEER_REST }, { E (APPEARED), S (RESTING), 0 }));
      g_assert_cmpuint (bg_peer_fsm_deadline_ms (&fsm), ==, 0);
      fsm.may_rest = FALSE;
      GO (&fsm, LIST ({ E (WANTED), S (OFFERING), BG_PEER_NEW_OFFER },
                      { E (ANSWER), S (CONNECTING), BG_PEER_TAKE_ANSWER },
                      { E (OPENED), S (OPEN), BG_PEER_ATTACH }, { E (IDLE), S (OPEN), 0 },
                      { E (LOST), S (RELINKING), 0 }, { E (FOUND), S (OPEN), 0 }));
      fsm.may_rest = TRUE;
      GO (&fsm, LIST ({ E (IDLE), S (OPEN), BG_PEER_REST },
                      { E (LOST), S (RESTING), BG_PEER_DROP | BG_PEER_REST },
                      { E (OFFER), S (ANSWERING), BG_PEER_NEW_ANSWER },
                      { E (ANSWERED), S (CONNECTING), 0 }, { E (OPENED), S (OPEN), BG_PEER_ATTACH },
                      { E (RESTED), S (RESTING), BG_PEER_DROP | BG_PEER_REST },
                      { E (LEFT), S (ABSENT), BG_PEER_UNLINK }));
    }
}

static void
test_who_cannot_be_reached_rests (void)
{
  BgPeerFsm fsm = { .state = BG_PEER_RESTING };

  GO (&fsm, LIST ({ E (WANTED), S (OFFERING), BG_PEER_NEW_OFFER },
                  { E (FAILED), S (BACKOFF), BG_PEER_DROP }));
  fsm.may_rest = TRUE; /* the traffic has ceased */
  GO (&fsm, LIST ({ E (TIMEOUT), S (RESTING), BG_PEER_REST }));
}

static void
test_word_of_rest_was_lost (void)
{
  BgPeerFsm fsm = { .state = BG_PEER_OPEN, .may_rest = TRUE };

  GO (&fsm, LIST ({ E (LOST), S (RESTING), BG_PEER_DROP | BG_PEER_REST }));
}

static void
test_refusal (void)
{
  BgPeerFsm fsm;

  bg_peer_fsm_init (&fsm, TRUE);
  GO (&fsm, LIST ({ E (REFUSE), S (REFUSED), BG_PEER_UNLINK }, { E (TIMEOUT), S (REFUSED), 0 },
                  { E (RECONNECT), S (REFUSED), 0 }, { E (LEFT), S (ABSENT), 0 },
                  { E (REFUSE), S (REFUSED), BG_PEER_UNLINK },
                  { E (APPEARED), S (OFFERING), BG_PEER_NEW_OFFER }));
  /* Words of the hub do not end a tunnel that works. */
  fsm = (BgPeerFsm){ .state = BG_PEER_OPEN, .proved = TRUE };
  GO (&fsm, LIST ({ E (REFUSE), S (OPEN), 0 }));
  fsm.proved = FALSE;
  GO (&fsm, LIST ({ E (REFUSE), S (REFUSED), BG_PEER_DROP | BG_PEER_UNLINK }));
}

static void
test_offer_that_proves_nothing (void)
{
  BgPeerFsm fsm = { .state = BG_PEER_OPEN, .proved = TRUE };

  GO (&fsm, LIST ({ E (OFFER), S (CHECKING), BG_PEER_HOLD_OFFER | BG_PEER_CHECK },
                  { E (OFFER), S (CHECKING), BG_PEER_HOLD_OFFER }, { E (FRESH), S (OPEN), 0 },
                  { E (OFFER), S (CHECKING), BG_PEER_HOLD_OFFER | BG_PEER_CHECK },
                  { E (STALE), S (ANSWERING), BG_PEER_DROP | BG_PEER_NEW_ANSWER }));
  fsm = (BgPeerFsm){ .state = BG_PEER_OPEN, .proved = TRUE, .offer_is_proved = TRUE };
  GO (&fsm, LIST ({ E (OFFER), S (ANSWERING), BG_PEER_DROP | BG_PEER_NEW_ANSWER }));
  fsm = (BgPeerFsm){ .state = BG_PEER_OPEN, .proved = TRUE, .foreign = TRUE };
  GO (&fsm, LIST ({ E (OFFER_RESTART), S (CHECKING), BG_PEER_HOLD_OFFER | BG_PEER_CHECK },
                  { E (STALE), S (RESTARTING), BG_PEER_ANSWER_RESTART }));
}

/* One that was killed and came back, and one that closed its connection. */
static void
test_stranger_that_begins_anew (void)
{
  BgPeerFsm fsm = { .state = BG_PEER_OPEN, .smaller = TRUE, .foreign = TRUE, .proved = TRUE };

  GO (&fsm, LIST ({ E (APPEARED), S (CHECKING), BG_PEER_CHECK }));
  g_assert_cmpuint (bg_peer_fsm_deadline_ms (&fsm), <=, 3500);
  GO (&fsm, LIST ({ E (TIMEOUT), S (RESTARTING), BG_PEER_RESTART }));
  fsm = (BgPeerFsm){ .state = BG_PEER_OPEN, .smaller = TRUE, .foreign = TRUE };
  GO (&fsm, LIST ({ E (FAILED), S (BACKOFF), BG_PEER_DROP },
                  { E (TIMEOUT), S (OFFERING), BG_PEER_NEW_OFFER },
                  { E (TIMEOUT), S (WAITING), BG_PEER_DROP | BG_PEER_REJOIN },
                  { E (TIMEOUT), S (WAITING), BG_PEER_REJOIN }));
  fsm = (BgPeerFsm){ .state = BG_PEER_OPEN, .foreign = TRUE };
  GO (&fsm, LIST ({ E (FAILED), S (BACKOFF), BG_PEER_DROP }, { E (TIMEOUT), S (WAITING), 0 }));
  g_assert_cmpuint (bg_peer_fsm_deadline_ms (&fsm), <=, 2000);
  GO (&fsm, LIST ({ E (TIMEOUT), S (OFFERING), BG_PEER_NEW_OFFER }));
}

static void
test_backoff_grows_and_is_bounded (void)
{
  BgPeerFsm fsm = { .state = BG_PEER_CONNECTING, .smaller = TRUE };
  guint before = 0;

  for (int i = 0; i < 40; i++)
    {
      guint wait;

      GO (&fsm, LIST ({ E (FAILED), S (BACKOFF), BG_PEER_DROP }));
      wait = bg_peer_fsm_deadline_ms (&fsm);
      g_assert_cmpuint (wait, >=, MAX (before, BG_PEER_BACKOFF_MIN_MS));
      g_assert_cmpuint (wait, <=, BG_PEER_BACKOFF_MAX_MS);
      before = wait;
      GO (&fsm, LIST ({ E (TIMEOUT), S (OFFERING), BG_PEER_NEW_OFFER }));
    }
  g_assert_cmpuint (before, ==, BG_PEER_BACKOFF_MAX_MS);
  GO (&fsm,
      LIST ({ E (ANSWER), S (CONNECTING), BG_PEER_TAKE_ANSWER },
            { E (OPENED), S (OPEN), BG_PEER_ATTACH }, { E (FAILED), S (BACKOFF), BG_PEER_DROP }));
  g_assert_cmpuint (bg_peer_fsm_deadline_ms (&fsm), ==, BG_PEER_BACKOFF_MIN_MS);
}

/* clang-format on */

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  bg_log_configure ("critical", NULL);
  g_test_add_func ("/peer-fsm/every-rule-moves-legally", test_every_rule_moves_legally);
  g_test_add_func ("/peer-fsm/closed-is-final", test_closed_is_final);
  g_test_add_func ("/peer-fsm/close-from-everywhere", test_close_from_everywhere);
  g_test_add_func ("/peer-fsm/smaller-offers", test_smaller_offers);
  g_test_add_func ("/peer-fsm/larger-waits", test_larger_waits);
  g_test_add_func ("/peer-fsm/larger-offers-when-nothing-comes",
                   test_larger_offers_when_nothing_comes);
  g_test_add_func ("/peer-fsm/unanswered-offer", test_unanswered_offer);
  g_test_add_func ("/peer-fsm/glare", test_glare);
  g_test_add_func ("/peer-fsm/rejoin-notice", test_rejoin_notice);
  g_test_add_func ("/peer-fsm/leaving-the-room", test_leaving_the_room_does_not_end_the_tunnel);
  g_test_add_func ("/peer-fsm/relinking", test_relinking);
  g_test_add_func ("/peer-fsm/restarts-in-vain", test_restarts_in_vain);
  g_test_add_func ("/peer-fsm/moved", test_moved);
  g_test_add_func ("/peer-fsm/glare-of-restarts", test_glare_of_restarts);
  g_test_add_func ("/peer-fsm/restart-meets-another-session", test_restart_meets_another_session);
  g_test_add_func ("/peer-fsm/ice-restart-of-a-stranger", test_ice_restart_of_a_stranger);
  g_test_add_func ("/peer-fsm/stranger-rebuild", test_stranger_is_never_offered_a_second_object);
  g_test_add_func ("/peer-fsm/on-demand", test_on_demand);
  g_test_add_func ("/peer-fsm/unreachable-rests", test_who_cannot_be_reached_rests);
  g_test_add_func ("/peer-fsm/lost-word-of-rest", test_word_of_rest_was_lost);
  g_test_add_func ("/peer-fsm/refusal", test_refusal);
  g_test_add_func ("/peer-fsm/offer-that-proves-nothing", test_offer_that_proves_nothing);
  g_test_add_func ("/peer-fsm/stranger-that-begins-anew", test_stranger_that_begins_anew);
  g_test_add_func ("/peer-fsm/backoff", test_backoff_grows_and_is_bounded);
  return g_test_run ();
}
