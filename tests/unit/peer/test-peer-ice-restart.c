/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "peer-fixture.h"

#include "common/error.h"
#include "common/log.h"
#include "peer/peer-facts.h"
#include "peer/peer-fsm.h"

#include <string.h>

#define SUITE "peer-ice-restart"

/* A restart of ours, from the offer to the proof; what waits for it are the new candidates. */
static void
test_restart (Fixture *f, gconstpointer data)
{
  BgIceSession *session;

  connect_larger (f, "z", 0x22, "10.0.0.2/24", data ? GO : OURS);
  session = fake_last_session ();
  g_signal_emit_by_name (session, "local-candidate", "candidate:1");
  bg_peer_set_doubt (f->set);
  for (int i = 0; i < 3; i++)
    say_pong (f, 0x22, -1);
  g_assert_cmpuint (session->restarts, ==, 1);
  fake_session_describe (session, "fp=M ufrag=m2");
  g_assert_cmpstr (fake_sent (BG_SIGNAL_OFFER, "z")->sdp, ==, "fp=M ufrag=m2");
  g_signal_emit_by_name (session, "local-candidate", "candidate:2");
  g_assert_cmpuint (fake_count_sent (BG_SIGNAL_CANDIDATE, "z"), ==, 2);
  fake_clock_advance (15000); /* the identical offer, with what was gathered for it */
  g_assert_cmpuint (fake_count_sent (BG_SIGNAL_OFFER, "z"), ==, 3);
  g_assert_cmpuint (fake_count_sent (BG_SIGNAL_CANDIDATE, "z"), ==, 3);
  say_candidate ("z", "candidate:3 ufrag z2");
  say_description (BG_SIGNAL_ANSWER, "z", 0x22, "fp=Z ufrag=z2", data ? GO : OURS);
  g_assert_cmpstr (session->remote, ==, "answer fp=Z ufrag=z2");
  g_assert_cmpstr (session->candidates->pdata[session->candidates->len - 1], ==,
                   "candidate:3 ufrag z2");
  fake_session_end_restart (session, TRUE);
  say_pong (f, 0x22, 400);
  assert_state (f, "z", BG_PEER_PUBLIC_CONNECTED);
  g_assert_cmpuint (world.sessions->len, ==, 1);
  g_assert_cmpuint (world.rejoins, ==, 0);
  g_assert_cmpuint (fake_count_commands ("detach"), ==, 0);
}

/* One of the peer's: answered in place where the offer proves its key. */
static void
test_restart_of_theirs (Fixture *f, gconstpointer data)
{
  const char *sdp = "fp=A ufrag=a2 session=1";
  BgIceSession *session;

  say_entry ("a", 0x22, "10.0.0.2/24", NULL);
  say_description (BG_SIGNAL_OFFER, "a", 0x22, "fp=A ufrag=a1 session=1", OURS);
  g_assert_cmpuint (world.parsed, ==, 1);
  session = fake_last_session ();
  fake_session_describe (session, "fp=M ufrag=m1");
  open_session (f, 0x22);
  say_event (f, BG_EVENT_PATH, 0x22, BG_TRANSPORT_NONE);
  say_description (BG_SIGNAL_OFFER, "a", 0x22, sdp, OURS);
  g_assert_cmpuint (world.parsed, ==, 2);
  g_assert_cmpstr (session->answered, ==, sdp);
  fake_session_describe (session, "fp=M ufrag=m2");
  g_assert_cmpuint (fake_count_sent (BG_SIGNAL_ANSWER, "a"), ==, 2);
  say_description (BG_SIGNAL_OFFER, "a", 0x22, sdp, OURS);
  g_assert_cmpuint (fake_count_sent (BG_SIGNAL_ANSWER, "a"), ==, 3);
  fake_session_end_restart (session, TRUE);
  say_event (f, BG_EVENT_PATH, 0x22, BG_TRANSPORT_ICE);
  say_pong (f, 0x22, 400);
  assert_state (f, "a", BG_PEER_PUBLIC_CONNECTED);
  g_assert_cmpuint (world.sessions->len, ==, 1);
  /* Another session of the same process is none of those. */
  say_event (f, BG_EVENT_PATH, 0x22, BG_TRANSPORT_NONE);
  say_description (BG_SIGNAL_OFFER, "a", 0x22, "fp=A ufrag=a3 session=2", OURS);
  g_assert_cmpuint (world.sessions->len, ==, 2);
}

/* Our answer gets lost, and so does the connection; then two offers meet, of which theirs, the old one once more, stands. */
static void
test_lost_answer (Fixture *f, gconstpointer data)
{
  const char *sdp = "fp=A ufrag=a2 session=1";
  BgIceSession *session;

  say_entry ("a", 0x22, "10.0.0.2/24", NULL);
  say_description (BG_SIGNAL_OFFER, "a", 0x22, "fp=A ufrag=a1 session=1", OURS);
  session = fake_last_session ();
  fake_session_describe (session, "fp=M ufrag=m1");
  open_session (f, 0x22);
  say_event (f, BG_EVENT_PATH, 0x22, BG_TRANSPORT_NONE);
  say_description (BG_SIGNAL_OFFER, "a", 0x22, sdp, OURS);
  fake_session_describe (session, "fp=M ufrag=m2");
  g_assert_cmpuint (fake_count_sent (BG_SIGNAL_ANSWER, "a"), ==, 2);
  say_left ("a");
  say_entry ("a", 0x22, "10.0.0.2/24", NULL);
  g_assert_cmpuint (session->restarts, ==, 1);
  fake_clock_advance (10000);
  g_clear_pointer (&session->answered, g_free);
  say_description (BG_SIGNAL_OFFER, "a", 0x22, sdp, OURS);
  g_assert_cmpstr (session->answered, ==, sdp);
  fake_session_describe (session, "fp=M ufrag=m3");
  g_assert_cmpuint (fake_count_sent (BG_SIGNAL_ANSWER, "a"), ==, 3);
  fake_session_end_restart (session, TRUE);
  say_event (f, BG_EVENT_PATH, 0x22, BG_TRANSPORT_ICE);
  say_pong (f, 0x22, 400);
  assert_state (f, "a", BG_PEER_PUBLIC_CONNECTED);
  g_assert_cmpuint (world.sessions->len, ==, 1);
}

/* The offer of a restart comes twice before our answer is made: the description that the peer has is not sent in its place, which it would
 * take for an offer of ours. */
static void
test_restart_offered_twice (Fixture *f, gconstpointer data)
{
  const char *sdp = "fp=Z ufrag=z2 session=1";
  BgIceSession *session;

  say_entry ("z", 0x22, "10.0.0.2/24", NULL);
  session = fake_last_session ();
  fake_session_describe (session, "fp=M ufrag=m1");
  say_description (BG_SIGNAL_ANSWER, "z", 0x22, "fp=Z ufrag=z1 session=1", OURS);
  open_session (f, 0x22);
  g_assert_cmpuint (fake_count_sent (BG_SIGNAL_OFFER, "z"), ==, 1);
  say_event (f, BG_EVENT_PATH, 0x22, BG_TRANSPORT_NONE);
  say_description (BG_SIGNAL_OFFER, "z", 0x22, sdp, OURS);
  say_description (BG_SIGNAL_OFFER, "z", 0x22, sdp, OURS);
  g_assert_cmpuint (fake_count_sent (BG_SIGNAL_OFFER, "z"), ==, 1);
  fake_session_describe (session, "fp=M ufrag=m2");
  g_assert_cmpuint (fake_count_sent (BG_SIGNAL_OFFER, "z"), ==, 1);
  g_assert_nonnull (fake_sent (BG_SIGNAL_ANSWER, "z"));
  g_assert_cmpstr (fake_sent (BG_SIGNAL_ANSWER, "z")->sdp, ==, "fp=M ufrag=m2");
}

/* An offer that was made where there was no network has no candidates: it is made anew when there is one. */
static void
test_restart_without_network (Fixture *f, gconstpointer data)
{
  BgIceSession *session;

  connect_larger (f, "z", 0x22, "10.0.0.2/24", OURS);
  session = fake_last_session ();
  g_signal_emit_by_name (session, "local-candidate", "candidate:1");
  fake_signaling_set_state (BG_SIGNALING_WAITING);
  bg_peer_set_doubt (f->set);
  say_event (f, BG_EVENT_PATH, 0x22, BG_TRANSPORT_NONE);
  fake_signaling_set_state (BG_SIGNALING_ONLINE);
  fake_clock_advance (200 + 15000);
  g_assert_cmpuint (session->restarts, ==, 1);
  fake_session_describe (session, "fp=M ufrag=m2");
  say_entry ("z", 0x22, "10.0.0.2/24", NULL);
  g_assert_cmpuint (session->restarts, ==, 2);
  fake_session_describe (session, "fp=M ufrag=m3");
  g_signal_emit_by_name (session, "local-candidate", "candidate:2");
  say_entry ("z", 0x22, "10.0.0.2/24", NULL);
  g_assert_cmpuint (session->restarts, ==, 2);
  g_assert_cmpstr (fake_sent (BG_SIGNAL_OFFER, "z")->sdp, ==, "fp=M ufrag=m3");
  g_assert_cmpuint (fake_count_sent (BG_SIGNAL_OFFER, "z"), ==, 4);
}

static void
test_restart_of_a_stranger (Fixture *f, gconstpointer data)
{
  BgIceSession *session;

  connect_smaller (f, "a", 0x22, "10.0.0.2/24", GO);
  session = fake_last_session ();
  say_description (BG_SIGNAL_OFFER, "a", 0x22, "fp=A ufrag=a2", GO);
  g_assert_null (session->answered); /* anybody can say that: does the connection live? */
  g_assert_true (fake_has_command ("handshake 22"));
  say_pong (f, 0x22, 400);
  g_assert_null (session->answered);
  say_description (BG_SIGNAL_OFFER, "a", 0x22, "fp=A ufrag=a2", GO);
  say_pong (f, 0x22, -1);
  g_assert_cmpstr (session->answered, ==, "fp=A ufrag=a2");
  fake_session_describe (session, "fp=M ufrag=m2");
  g_assert_cmpstr (fake_sent (BG_SIGNAL_ANSWER, "a")->sdp, ==, "fp=M ufrag=m2");
  fake_session_end_restart (session, TRUE);
  say_event (f, BG_EVENT_SESSION, 0x22, BG_TRANSPORT_NONE);
  assert_state (f, "a", BG_PEER_PUBLIC_CONNECTED);
  g_assert_cmpuint (world.sessions->len, ==, 1);
  g_assert_cmpuint (world.rejoins, ==, 0);
}

/* How far a stranger is, is asked once it is there; its restart waits no longer than an answer would take. */
static void
test_restart_of_a_near_stranger (Fixture *f, gconstpointer data)
{
  BgIceSession *session;

  connect_smaller (f, "a", 0x22, "10.0.0.2/24", GO);
  session = fake_last_session ();
  g_assert_cmpuint (fake_count_commands ("ping 22"), ==, 1);
  say_pong (f, 0x22, 80 * 1000);
  g_assert_cmpint (info (f, "a")->latency_us, ==, 80 * 1000);
  say_event (f, BG_EVENT_SESSION, 0x22, BG_TRANSPORT_NONE);
  g_assert_cmpuint (fake_count_commands ("ping 22"), ==, 1);
  say_description (BG_SIGNAL_OFFER, "a", 0x22, "fp=A ufrag=a2", GO);
  g_assert_cmpuint (world.last_patience_ms, ==, 4 * 80);
  say_pong (f, 0x22, 1000);
  g_assert_null (session->answered); /* the connection lives */
  say_description (BG_SIGNAL_OFFER, "a", 0x22, "fp=A ufrag=a2", GO);
  g_assert_cmpuint (world.last_patience_ms, ==, 200);
  say_pong (f, 0x22, -1);
  g_assert_cmpstr (session->answered, ==, "fp=A ufrag=a2");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  bg_log_configure ("critical", NULL);
  ADD ("restart-of-a-stranger", test_restart_of_a_stranger);
  ADD ("restart-of-a-near-stranger", test_restart_of_a_near_stranger);
  ADD ("restart", test_restart);
  ADD_WITH ("restart-to-a-stranger", test_restart,
            1u << BG_TRANSPORT_DATA_CHANNEL | 1u << BG_TRANSPORT_ICE);
  ADD ("restart-of-theirs", test_restart_of_theirs);
  ADD ("lost-answer", test_lost_answer);
  ADD ("restart-offered-twice", test_restart_offered_twice);
  ADD ("restart-without-network", test_restart_without_network);
  return g_test_run ();
}
