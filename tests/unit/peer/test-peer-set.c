/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "peer-fixture.h"

#include "common/error.h"
#include "common/log.h"
#include "peer/negotiator.h"
#include "peer/peer-facts.h"
#include "peer/peer-fsm.h"

#include <string.h>

#define SUITE "peer-set"

static void
test_we_offer (Fixture *f, gconstpointer data)
{
  const BgSignalMessage *offer;
  g_autofree char *key = fake_key_text (0x11);

  say_entry ("z", 0x22, "10.0.0.2/24", NULL);
  g_assert_true (fake_last_session ()->offerer && fake_last_session ()->started);
  g_assert_null (fake_sent (BG_SIGNAL_OFFER, "z"));
  fake_session_describe (fake_last_session (), "fp=M ufrag=m1");
  offer = fake_sent (BG_SIGNAL_OFFER, "z");
  g_assert_cmpstr (offer->from, ==, "m");
  g_assert_cmpstr (offer->public_key, ==, key);
  g_assert_cmpstr (offer->sdp, ==, "fp=M ufrag=m1");
  g_assert_true (offer->is_bamgate);
  g_assert_cmpuint (offer->control, ==, BG_CONTROL_VERSION_OURS);
  g_assert_cmpstr (offer->paths[0], ==, "ice");
  g_assert_true (g_str_has_prefix (offer->implementation, "bamgated "));
  assert_state (f, "z", BG_PEER_PUBLIC_CONNECTING);

  say_description (BG_SIGNAL_ANSWER, "z", 0x22, "fp=Z ufrag=z1", OURS);
  g_assert_cmpstr (fake_last_session ()->remote, ==, "answer fp=Z ufrag=z1");
  fake_session_set_state (fake_last_session (), BG_ICE_SESSION_CONNECTED);
  g_assert_cmpuint (world.commands->len, ==, 0); /* not before the channel is open */
  open_session (f, 0x22);
  g_assert_true (fake_has_command ("set-peer 22 10.0.0.2/32 control"));
  g_assert_true (fake_has_command ("attach 22 data-channel"));
  g_assert_true (fake_has_command ("attach 22 ice"));
  assert_state (f, "z", BG_PEER_PUBLIC_CONNECTED);
  g_assert_cmpstr (info (f, "z")->implementation, ==, "bamgated 0");
  g_assert_cmpint (info (f, "z")->path, ==, BG_TRANSPORT_ICE);
  g_assert_cmpint (info (f, "z")->connected_since_us, >, 0);
}

static void
test_they_offer (Fixture *f, gconstpointer data)
{
  g_autofree char *key = fake_key_text (0x11);

  say_entry ("a", 0x22, "10.0.0.2/24", NULL);
  g_assert_cmpuint (world.sessions->len, ==, 0);
  say_description (BG_SIGNAL_OFFER, "a", 0x22, "fp=A ufrag=a1", OURS);
  g_assert_false (fake_last_session ()->offerer);
  g_assert_cmpstr (fake_last_session ()->remote, ==, "offer fp=A ufrag=a1");
  fake_session_describe (fake_last_session (), "fp=M ufrag=m1");
  g_assert_cmpstr (fake_sent (BG_SIGNAL_ANSWER, "a")->public_key, ==, key);
  open_session (f, 0x22);
  assert_state (f, "a", BG_PEER_PUBLIC_CONNECTED);
}

static void
test_stranger_gets_the_data_channel_only (Fixture *f, gconstpointer data)
{
  connect_smaller (f, "a", 0x22, "10.0.0.2/24", GO);
  g_assert_true (fake_has_command ("set-peer 22 10.0.0.2/32"));
  g_assert_true (fake_has_command ("attach 22 data-channel"));
  g_assert_false (fake_has_command ("attach 22 ice"));
}

static void
test_only_ice (Fixture *f, gconstpointer data)
{
  connect_smaller (f, "a", 0x22, "10.0.0.2/24", OURS);
  g_assert_true (fake_has_command ("attach 22 ice"));
  g_assert_false (fake_has_command ("attach 22 data-channel"));
}

static void
test_only_data_channel (Fixture *f, gconstpointer data)
{
  connect_larger (f, "z", 0x22, "10.0.0.2/24", OURS);
  g_assert_null (fake_sent (BG_SIGNAL_OFFER, "z")->paths[0]);
  g_assert_false (fake_has_command ("attach 22 ice"));
  g_assert_true (fake_has_command ("attach 22 data-channel"));
}

static void
test_description_before_candidates (Fixture *f, gconstpointer data)
{
  BgIceSession *session;

  say_entry ("z", 0x22, "10.0.0.2/24", NULL);
  session = fake_last_session ();
  g_signal_emit_by_name (session, "local-candidate", "candidate:1");
  g_assert_cmpuint (world.sent->len, ==, 0);
  fake_session_describe (session, "fp=M ufrag=m1");
  g_assert_cmpuint (world.sent->len, ==, 2);
  g_assert_cmpint (((BgSignalMessage *) world.sent->pdata[0])->type, ==, BG_SIGNAL_OFFER);
  g_signal_emit_by_name (session, "local-candidate", "candidate:2");
  g_assert_cmpstr (fake_sent (BG_SIGNAL_CANDIDATE, "z")->candidate, ==, "candidate:2");

  /* Theirs wait for their answer; those of another description are dropped. */
  say_candidate ("z", "candidate:3 ufrag z1");
  say_candidate ("z", "candidate:4 ufrag old");
  say_candidate ("z", "candidate:5");
  g_assert_cmpuint (session->candidates->len, ==, 0);
  say_description (BG_SIGNAL_ANSWER, "z", 0x22, "fp=Z ufrag=z1", OURS);
  g_assert_cmpuint (session->candidates->len, ==, 2);
  say_candidate ("z", "candidate:6 ufrag z1");
  g_assert_cmpuint (session->candidates->len, ==, 3);
}

static void
test_candidates_before_their_offer (Fixture *f, gconstpointer data)
{
  say_entry ("a", 0x22, "10.0.0.2/24", NULL);
  say_candidate ("a", "candidate:1 ufrag a1");
  say_description (BG_SIGNAL_OFFER, "a", 0x22, "fp=A ufrag=a1", GO);
  g_assert_cmpuint (fake_last_session ()->candidates->len, ==, 1);
  /* The next offer's candidates overtake it, too. */
  say_candidate ("a", "candidate:2 ufrag a2");
  g_assert_cmpuint (fake_last_session ()->candidates->len, ==, 1);
  say_description (BG_SIGNAL_OFFER, "a", 0x22, "fp=B ufrag=a2", GO);
  g_assert_cmpuint (world.sessions->len, ==, 2);
  g_assert_cmpstr (fake_last_session ()->candidates->pdata[0], ==, "candidate:2 ufrag a2");
}

static void
test_unanswered_offer_is_sent_again (Fixture *f, gconstpointer data)
{
  say_entry ("z", 0x22, "10.0.0.2/24", NULL);
  fake_session_describe (fake_last_session (), "fp=M ufrag=m1");
  g_signal_emit_by_name (fake_last_session (), "local-candidate", "candidate:1");
  fake_clock_advance (15000);
  g_assert_cmpuint (fake_count_sent (BG_SIGNAL_OFFER, "z"), ==, 2);
  g_assert_cmpuint (fake_count_sent (BG_SIGNAL_CANDIDATE, "z"), ==, 2);
  fake_clock_advance (15000);
  g_assert_cmpuint (fake_count_sent (BG_SIGNAL_OFFER, "z"), ==, 3);
  g_assert_cmpuint (world.sessions->len, ==, 1);
  fake_clock_advance (15000 + 700);
  g_assert_cmpuint (world.sessions->len, ==, 2); /* given up, and begun anew */
  g_assert_cmpuint (fake_open_sessions (), ==, 1);
}

static void
test_no_way_found (Fixture *f, gconstpointer data)
{
  say_entry ("z", 0x22, "10.0.0.2/24", NULL);
  fake_session_describe (fake_last_session (), "fp=M ufrag=m1");
  say_description (BG_SIGNAL_ANSWER, "z", 0x22, "fp=Z ufrag=z1", OURS);
  fake_clock_advance (30000);
  assert_state (f, "z", BG_PEER_PUBLIC_DISCONNECTED);
  g_assert_cmpstr (info (f, "z")->state_reason, ==, "no way to it was found");
  fake_clock_advance (700);
  assert_state (f, "z", BG_PEER_PUBLIC_CONNECTING);
}

static void
test_glare (Fixture *f, gconstpointer data)
{
  say_entry ("z", 0x22, "10.0.0.2/24", NULL);
  fake_session_describe (fake_last_session (), "fp=M ufrag=m1");
  say_description (BG_SIGNAL_OFFER, "z", 0x22, "fp=Z ufrag=z1", OURS);
  g_assert_cmpuint (world.sessions->len, ==, 1); /* ours stands: our id is smaller */
  say_description (BG_SIGNAL_OFFER, "z", 0x22, "fp=Z ufrag=z1", GO);
  g_assert_cmpuint (world.sessions->len, ==, 2); /* a Go peer cannot give in */
  g_assert_false (fake_last_session ()->offerer);
  g_assert_cmpuint (fake_open_sessions (), ==, 1);
}

static void
test_restarted_peer_replaces_its_session (Fixture *f, gconstpointer data)
{
  connect_smaller (f, "a", 0x22, "10.0.0.2/24", OURS);
  say_left ("a");
  say_entry ("a", 0x22, "10.0.0.2/24", NULL);
  say_description (BG_SIGNAL_OFFER, "a", 0x22, "fp=NEW ufrag=n1", OURS);
  g_assert_cmpuint (world.sessions->len, ==, 1); /* it proves nothing: does the old one live? */
  for (int i = 0; i < 3; i++)
    say_pong (f, 0x22, -1);
  g_assert_cmpuint (world.sessions->len, ==, 2);
  g_assert_cmpuint (fake_open_sessions (), ==, 1);
  g_assert_true (fake_has_command ("detach ice"));
  g_assert_false (fake_has_command ("remove 22")); /* WireGuard's session may go on */
  fake_session_describe (fake_last_session (), "fp=M ufrag=m2");
  open_session (f, 0x22);
  assert_state (f, "a", BG_PEER_PUBLIC_CONNECTED);
}

static void
test_dead_peer_that_joins_anew_is_offered_within_seconds (Fixture *f, gconstpointer data)
{
  connect_larger (f, "z", 0x22, "10.0.0.2/24", OURS);
  say_entry ("z", 0x22, "10.0.0.2/24", NULL); /* its old socket was never missed */
  for (int i = 0; i < 3; i++)
    {
      g_assert_cmpuint (world.sessions->len, ==, 1);
      say_pong (f, 0x22, -1);
    }
  g_assert_cmpuint (world.sessions->len, ==, 1);
  g_assert_cmpuint (fake_last_session ()->restarts, ==, 1); /* to it, an offer like any other */
}

static void
test_no_answer_from_the_data_plane_either (Fixture *f, gconstpointer data)
{
  connect_larger (f, "z", 0x22, "10.0.0.2/24", OURS);
  say_entry ("z", 0x22, "10.0.0.2/24", NULL);
  fake_clock_advance (3500);
  g_assert_cmpuint (fake_last_session ()->restarts, ==, 1);
}

static void
test_hub_restart (Fixture *f, gconstpointer data)
{
  connect_larger (f, "z", 0x22, "10.0.0.2/24", OURS);
  connect_smaller (f, "a", 0x33, "10.0.0.3/24", OURS);
  fake_signaling_set_state (BG_SIGNALING_WAITING);
  fake_clock_advance (3600 * 1000);
  assert_state (f, "z", BG_PEER_PUBLIC_CONNECTED);
  assert_state (f, "a", BG_PEER_PUBLIC_CONNECTED);
  fake_signaling_set_state (BG_SIGNALING_ONLINE);
  say_empty_list (); /* we are the first to be back: whoever is missing may still come */
  say_pong (f, 0x22, 500);
  say_pong (f, 0x33, 500);
  assert_state (f, "z", BG_PEER_PUBLIC_CONNECTED);
  say_entry ("z", 0x22, "10.0.0.2/24", NULL);
  say_pong (f, 0x22, 500);
  fake_clock_advance (20000);
  assert_state (f, "z", BG_PEER_PUBLIC_CONNECTED);
  g_assert_cmpuint (world.sessions->len, ==, 2);
  g_assert_cmpuint (fake_count_commands ("detach"), ==, 0);
  g_assert_cmpuint (fake_count_commands ("remove"), ==, 0);
}

/* A long list comes in several frames, which our hub keeps below the limit; who is in none of them has left. */
static void
test_list_in_pieces (Fixture *f, gconstpointer data)
{
  say_entry ("x", 0x22, "10.0.0.2/24", NULL);
  say_entry ("y", 0x33, "10.0.0.3/24", NULL);
  say_entry ("z", 0x44, "10.0.0.4/24", NULL);
  fake_clock_advance (2000);
  fake_signaling_set_state (BG_SIGNALING_WAITING);
  fake_signaling_set_state (BG_SIGNALING_ONLINE);
  say_entry ("x", 0x22, "10.0.0.2/24", NULL);
  say_entry ("y", 0x33, "10.0.0.3/24", NULL);
  g_assert_cmpuint (world.sessions->len, ==, 3);
  fake_clock_advance (2000);
  g_assert_cmpuint (world.sessions->len, ==, 3); /* nobody was taken for gone, and met anew */
  assert_state (f, "x", BG_PEER_PUBLIC_CONNECTING);
  assert_state (f, "y", BG_PEER_PUBLIC_CONNECTING);
  g_assert_null (bg_peer_set_lookup (f->set, "z"));
}

static void
test_offline_nobody_is_offered_anything (Fixture *f, gconstpointer data)
{
  say_entry ("z", 0x22, "10.0.0.2/24", NULL);
  fake_signaling_set_state (BG_SIGNALING_WAITING);
  fake_session_describe (fake_last_session (), "fp=M ufrag=m1");
  fake_clock_advance (3600 * 1000);
  g_assert_cmpuint (world.sessions->len, ==, 1);
  g_assert_cmpuint (world.sent->len, ==, 0);
  fake_signaling_set_state (BG_SIGNALING_ONLINE);
  g_assert_cmpuint (fake_count_sent (BG_SIGNAL_OFFER, "z"), ==,
                    1); /* what could not be sent goes now */
}

static void
test_peer_left (Fixture *f, gconstpointer data)
{
  connect_larger (f, "z", 0x22, "10.0.0.2/24", OURS);
  say_left ("z");
  assert_state (f, "z", BG_PEER_PUBLIC_CONNECTED);
  for (int i = 0; i < 3; i++)
    say_pong (f, 0x22, -1);
  assert_state (f, "z", BG_PEER_PUBLIC_DISCONNECTED);
  g_assert_cmpstr (info (f, "z")->state_reason, ==, "not online");
  g_assert_true (fake_has_command ("remove 22"));
  g_assert_cmpuint (fake_open_sessions (), ==, 0);

  say_entry ("y", 0x33, "10.0.0.3/24", NULL);
  say_left ("y"); /* never connected: nothing to remember */
  g_assert_null (bg_peer_set_lookup (f->set, "y"));
  g_assert_cmpuint (f->removed, ==, 1);
}

/* In one list with who came: one that came back is in both. */
static void
test_list_says_who_left (Fixture *f, gconstpointer data)
{
  static const char *const left[] = { "nobody", "y", "z", NULL };
  BgSignalMessage *list = bg_signal_message_new (BG_SIGNAL_PEERS);

  say_entry ("y", 0x33, "10.0.0.3/24", NULL);
  say_entry ("z", 0x22, "10.0.0.2/24", NULL);
  list->left = g_strdupv ((char **) left);
  add_entry (list, "z", 0x44, "10.0.0.2/24", NULL);
  fake_signaling_receive (list);
  g_assert_null (bg_peer_set_lookup (f->set, "y"));
  g_assert_nonnull (bg_peer_set_lookup (f->set, "z"));
  g_assert_cmpuint (f->removed, ==, 2);
}

static void
test_session_fails (Fixture *f, gconstpointer data)
{
  connect_larger (f, "z", 0x22, "10.0.0.2/24", OURS);
  fake_session_fail (fake_last_session (), "the channel closed");
  assert_state (f, "z", BG_PEER_PUBLIC_DISCONNECTED);
  g_assert_cmpstr (info (f, "z")->state_reason, ==, "the channel closed");
  g_assert_cmpuint (fake_count_commands ("detach"), ==, 2);
  fake_clock_advance (700);
  assert_state (f, "z", BG_PEER_PUBLIC_CONNECTING);
  g_assert_cmpuint (world.sessions->len, ==, 2);
}

static void
test_silent_peer (Fixture *f, gconstpointer data)
{
  connect_larger (f, "z", 0x22, "10.0.0.2/24", OURS);
  say_event (f, BG_EVENT_SILENT, 0x22, BG_TRANSPORT_NONE);
  fake_clock_advance (700);
  g_assert_cmpuint (world.sessions->len, ==, 2);
}

/* Our network is another one: what answers stays. */
static void
test_doubt (Fixture *f, gconstpointer data)
{
  connect_larger (f, "z", 0x22, "10.0.0.2/24", OURS);
  bg_peer_set_doubt (f->set);
  say_pong (f, 0x22, 500);
  g_assert_cmpuint (world.sessions->len, ==, 1);
  assert_state (f, "z", BG_PEER_PUBLIC_CONNECTED);
  bg_peer_set_doubt (f->set);
  for (int i = 0; i < 3; i++)
    say_pong (f, 0x22, -1);
  g_assert_cmpuint (world.sessions->len, ==, 1);
  g_assert_cmpuint (fake_last_session ()->restarts, ==, 1);
}

static void
test_stranger_is_watched_by_ice (Fixture *f, gconstpointer data)
{
  connect_larger (f, "z", 0x22, "10.0.0.2/24", GO);
  g_assert_false (fake_last_session ()->watched);
}

static void
test_closed_transports (Fixture *f, gconstpointer data)
{
  connect_larger (f, "z", 0x22, "10.0.0.2/24", OURS);
  say_event (f, BG_EVENT_TRANSPORT_CLOSED, 0x22, BG_TRANSPORT_DATA_CHANNEL);
  assert_state (f, "z", BG_PEER_PUBLIC_CONNECTED);
  say_event (f, BG_EVENT_TRANSPORT_CLOSED, 0x22, BG_TRANSPORT_ICE);
  assert_state (f, "z", BG_PEER_PUBLIC_DISCONNECTED);
}

static void
test_session_cannot_be_made (Fixture *f, gconstpointer data)
{
  world.no_sessions = TRUE;
  say_entry ("z", 0x22, "10.0.0.2/24", NULL);
  assert_state (f, "z", BG_PEER_PUBLIC_DISCONNECTED);
  g_assert_cmpstr (info (f, "z")->state_reason, ==, "a plugin is missing");
  fake_clock_advance (60000);
  world.no_sessions = FALSE;
  /* The wait before the next try is drawn; one that found no answer may be over before a whole minute is. */
  for (int i = 0; i < 60 && fake_open_sessions () == 0; i++)
    fake_clock_advance (1000);
  assert_state (f, "z", BG_PEER_PUBLIC_CONNECTING);
}

/* A handshake that finds no answer: three questions, as fast as answers were; a bamgate's path is watched by others. */
static void
test_late_handshake (Fixture *f, gconstpointer data)
{
  BgIceSession *session;

  connect_larger (f, "y", 0x33, "10.0.0.3/24", OURS);
  say_event (f, BG_EVENT_LATE, 0x33, BG_TRANSPORT_NONE);
  g_assert_cmpuint (fake_count_commands ("ping 33"), ==, 0);
  connect_larger (f, "z", 0x22, "10.0.0.2/24", GO);
  session = fake_last_session ();
  say_pong (f, 0x22, 20 * 1000);
  say_event (f, BG_EVENT_LATE, 0x22, BG_TRANSPORT_NONE);
  g_assert_cmpuint (world.last_patience_ms, ==, 400);
  say_pong (f, 0x22, -1);
  say_pong (f, 0x22, 20 * 1000);
  say_event (f, BG_EVENT_LATE, 0x22, BG_TRANSPORT_NONE);
  for (guint i = 0; i < 3; i++)
    {
      g_assert_cmpuint (session->restarts, ==, 0);
      say_pong (f, 0x22, -1);
    }
  g_assert_cmpuint (session->restarts, ==, 1);
}

/* One that begins anew may have lost WireGuard's session too, which we have yet. */
static void
test_stranger_that_begins_anew (Fixture *f, gconstpointer data)
{
  connect_smaller (f, "a", 0x22, "10.0.0.2/24", GO);
  g_assert_cmpuint (fake_count_commands ("handshake 22"), ==, 0);
  say_description (BG_SIGNAL_OFFER, "a", 0x22, "fp=B ufrag=b1", GO);
  for (int i = 0; i < 3; i++)
    say_pong (f, 0x22, -1);
  g_assert_cmpuint (fake_count_commands ("handshake 22"), ==, 3);
  g_assert_cmpuint (world.sessions->len, ==, 2);
  fake_session_describe (fake_last_session (), "fp=M ufrag=m2");
  fake_session_set_state (fake_last_session (), BG_ICE_SESSION_OPEN);
  g_assert_cmpuint (fake_count_commands ("handshake 22"), ==, 4);
}

/* Where restarts lead to nothing we leave and join the hub, at most once a minute. */
static void
test_rejoin_for_a_stranger (Fixture *f, gconstpointer data)
{
  connect_smaller (f, "a", 0x22, "10.0.0.2/24", GO);
  bg_peer_reconnect (bg_peer_set_lookup (f->set, "a"), NULL);
  g_assert_cmpuint (fake_open_sessions (), ==, 0);
  fake_clock_advance (1);
  g_assert_cmpuint (world.rejoins, ==, 1);
  say_left ("a");
  say_entry ("a", 0x22, "10.0.0.2/24", NULL);
  say_description (BG_SIGNAL_OFFER, "a", 0x22, "fp=B ufrag=b1", GO);
  fake_session_describe (fake_last_session (), "fp=M ufrag=m2");
  open_session (f, 0x22);
  assert_state (f, "a", BG_PEER_PUBLIC_CONNECTED);
  fake_session_set_state (fake_last_session (), BG_ICE_SESSION_DISCONNECTED);
  fake_clock_advance (5000 + 3 * 15000 - 100);
  g_assert_cmpuint (fake_last_session ()->restarts, ==, 1);
  g_assert_cmpuint (fake_open_sessions (), ==, 1);
  fake_clock_advance (200 + 3500);
  g_assert_cmpuint (fake_open_sessions (), ==, 0);
  fake_clock_advance (60000);
  g_assert_cmpuint (world.rejoins, ==, 2);
}

static void
test_three_at_once (Fixture *f, gconstpointer data)
{
  BgSignalMessage *list = bg_signal_message_new (BG_SIGNAL_PEERS);
  g_autoptr (GPtrArray) peers = NULL;

  for (guint8 i = 0; i < 5; i++)
    {
      g_autofree char *id = g_strdup_printf ("z%u", i),
                      *address = g_strdup_printf ("10.0.0.%u/24", 10u + i);

      add_entry (list, id, (guint8) (0x40 + i), address, NULL);
    }
  fake_signaling_receive (list);
  g_assert_cmpuint (world.sessions->len, ==, 5);
  for (guint i = 0; i < 5; i++)
    {
      g_autofree char *id = g_strdup_printf ("z%u", i),
                      *sdp = g_strdup_printf ("fp=Z%u ufrag=z%u", i, i);
      guint8 key = (guint8) (0x40 + i);

      fake_session_describe (world.sessions->pdata[i], "fp=M ufrag=m");
      say_description (BG_SIGNAL_ANSWER, id, key, sdp, OURS);
      fake_session_set_state (world.sessions->pdata[i], BG_ICE_SESSION_OPEN);
      say_event (f, BG_EVENT_SESSION, key, BG_TRANSPORT_NONE);
      say_event (f, BG_EVENT_PATH, key, BG_TRANSPORT_ICE);
      assert_state (f, id, BG_PEER_PUBLIC_CONNECTED);
    }
  peers = bg_peer_set_get_peers (f->set);
  g_assert_cmpuint (peers->len, ==, 5);
  g_assert_cmpuint (fake_count_commands ("attach"), ==, 10);
}

static void
test_full_mailbox_loses_nothing (Fixture *f, gconstpointer data)
{
  world.mailbox_room = 0;
  connect_larger (f, "z", 0x22, "10.0.0.2/24", OURS);
  g_assert_cmpuint (world.commands->len, ==, 0);
  fake_clock_advance (20);
  world.mailbox_room = 1;
  fake_clock_advance (20);
  g_assert_cmpuint (world.commands->len, ==, 1);
  world.mailbox_room = 100;
  fake_clock_advance (20);
  g_assert_cmpuint (world.commands->len, ==, 3);
  g_assert_true (g_str_has_prefix (world.commands->pdata[0], "set-peer")); /* in order */
}

static void
on_ping_done (GObject *source, GAsyncResult *result, gpointer data)
{
  gint64 *latency = data;
  g_autoptr (GError) error = NULL;

  *latency = bg_peer_ping_finish (BG_PEER (source), result, &error);
  if (error)
    *latency = -error->code;
}

static gint64
wait_ping (gint64 *latency)
{
  while (*latency == 0)
    g_main_context_iteration (NULL, TRUE);
  return *latency;
}

static void
test_ping (Fixture *f, gconstpointer data)
{
  gint64 latency = 0;

  connect_larger (f, "z", 0x22, "10.0.0.2/24", OURS);
  bg_peer_ping_async (bg_peer_set_lookup (f->set, "z"), 1000, NULL, on_ping_done, &latency);
  say_pong (f, 0x22, 1234);
  g_assert_cmpint (wait_ping (&latency), ==, 1234);
  g_assert_cmpint (info (f, "z")->latency_us, ==, 1234);

  latency = 0;
  bg_peer_ping_async (bg_peer_set_lookup (f->set, "z"), 1000, NULL, on_ping_done, &latency);
  say_pong (f, 0x22, -1);
  g_assert_cmpint (wait_ping (&latency), ==, -BG_ERROR_TIMEOUT);

  latency = 0;
  bg_peer_ping_async (bg_peer_set_lookup (f->set, "z"), 1000, NULL, on_ping_done, &latency);
  bg_peer_set_close (f->set);
  g_assert_cmpint (wait_ping (&latency), ==, -BG_ERROR_WRONG_STATE);
}

static void
test_reconnect (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  BgPeer *peer;

  connect_larger (f, "z", 0x22, "10.0.0.2/24", OURS);
  peer = bg_peer_set_lookup (f->set, "z");
  g_assert_true (bg_peer_reconnect (peer, NULL));
  g_assert_cmpuint (world.sessions->len, ==, 2);
  g_assert_cmpuint (fake_open_sessions (), ==, 1);
  say_entry ("t", 0x11, "10.0.0.9/24", NULL);
  g_assert_false (bg_peer_reconnect (bg_peer_set_lookup (f->set, "t"), &error));
  g_assert_error (error, BG_ERROR, BG_ERROR_WRONG_STATE);
}

static void
test_statistics (Fixture *f, gconstpointer data)
{
  BgPeerStats stats = { .key = fake_key (0x22),
                        .rx_bytes = 10,
                        .tx_bytes = 20,
                        .latency_us = 300,
                        .last_handshake_us = 99 * G_USEC_PER_SEC };
  BgEvent event = { .type = BG_EVENT_STATS, .stats = &stats, .n_stats = 1 };

  connect_larger (f, "z", 0x22, "10.0.0.2/24", OURS);
  bg_peer_set_take_event (f->set, &event);
  g_assert_cmpuint (info (f, "z")->rx_bytes, ==, 10);
  g_assert_cmpuint (info (f, "z")->tx_bytes, ==, 20);
  g_assert_cmpint (info (f, "z")->latency_us, ==, 300);
  g_assert_cmpint (info (f, "z")->last_handshake_us, ==, 99 * G_USEC_PER_SEC);
  stats.last_handshake_us += 2; /* the same, told by another clock */
  bg_peer_set_take_event (f->set, &event);
  g_assert_cmpint (info (f, "z")->last_handshake_us, ==, 99 * G_USEC_PER_SEC);
  stats.last_handshake_us = 100 * G_USEC_PER_SEC;
  bg_peer_set_take_event (f->set, &event);
  g_assert_cmpint (info (f, "z")->last_handshake_us, ==, 100 * G_USEC_PER_SEC);
}

static void
on_changed (BgPeer *peer, guint *times)
{
  ++*times;
}

/* What two do that only prove to each other that they live is announced where somebody asked for it. */
static void
test_figures_of_idle_peers (Fixture *f, gconstpointer data)
{
  BgPeerStats stats = { .key = fake_key (0x22), .rx_bytes = 300, .tx_bytes = 300 };
  BgEvent figures = { .type = BG_EVENT_STATS, .stats = &stats, .n_stats = 1 };
  BgEvent rekey = { .type = BG_EVENT_SESSION,
                    .key = fake_key (0x22),
                    .session_us = 7 * G_USEC_PER_SEC,
                    .is_rekey = true };
  guint times = 0;

  connect_larger (f, "z", 0x22, "10.0.0.2/24", OURS);
  g_signal_connect (bg_peer_set_lookup (f->set, "z"), "changed", G_CALLBACK (on_changed), &times);
  figures.cookie = BG_PEER_SET_ROUTINE_COOKIE;
  bg_peer_set_take_event (f->set, &figures); /* the first ones on this path */
  g_assert_cmpuint (times, ==, 1);
  times = 0;
  stats.tx_bytes += 300;
  bg_peer_set_take_event (f->set, &figures);
  bg_peer_set_take_event (f->set, &rekey);
  g_assert_cmpuint (times, ==, 0);
  g_assert_cmpint (info (f, "z")->last_handshake_us, ==, 7 * G_USEC_PER_SEC);
  stats.rx_bytes = 100 * 1024;
  bg_peer_set_take_event (f->set, &figures);
  g_assert_cmpuint (times, ==, 1);
  g_assert_cmpuint (info (f, "z")->rx_bytes, ==, 100 * 1024);
  figures.cookie = 0;
  stats.rx_bytes++;
  bg_peer_set_take_event (f->set, &figures);
  g_assert_cmpuint (times, ==, 2);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  bg_log_configure ("critical", NULL);
  ADD ("we-offer", test_we_offer);
  ADD ("figures-of-idle-peers", test_figures_of_idle_peers);
  ADD ("they-offer", test_they_offer);
  ADD ("stranger", test_stranger_gets_the_data_channel_only);
  ADD_WITH ("only-ice", test_only_ice, 1u << BG_TRANSPORT_ICE);
  ADD_WITH ("only-data-channel", test_only_data_channel, 1u << BG_TRANSPORT_DATA_CHANNEL);
  ADD ("description-before-candidates", test_description_before_candidates);
  ADD ("candidates-before-their-offer", test_candidates_before_their_offer);
  ADD ("unanswered-offer", test_unanswered_offer_is_sent_again);
  ADD ("no-way-found", test_no_way_found);
  ADD ("glare", test_glare);
  ADD ("restarted-peer", test_restarted_peer_replaces_its_session);
  ADD ("dead-peer-joins-anew", test_dead_peer_that_joins_anew_is_offered_within_seconds);
  ADD ("no-proof-of-life", test_no_answer_from_the_data_plane_either);
  ADD ("hub-restart", test_hub_restart);
  ADD ("list-in-pieces", test_list_in_pieces);
  ADD ("offline", test_offline_nobody_is_offered_anything);
  ADD ("peer-left", test_peer_left);
  ADD ("list-says-who-left", test_list_says_who_left);
  ADD ("session-fails", test_session_fails);
  ADD ("silent-peer", test_silent_peer);
  ADD ("doubt", test_doubt);
  ADD ("stranger-is-watched-by-ice", test_stranger_is_watched_by_ice);
  ADD ("closed-transports", test_closed_transports);
  ADD ("session-cannot-be-made", test_session_cannot_be_made);
  ADD ("late-handshake", test_late_handshake);
  ADD ("stranger-that-begins-anew", test_stranger_that_begins_anew);
  ADD ("rejoin-for-a-stranger", test_rejoin_for_a_stranger);
  ADD ("three-at-once", test_three_at_once);
  ADD ("full-mailbox", test_full_mailbox_loses_nothing);
  ADD ("ping", test_ping);
  ADD ("reconnect", test_reconnect);
  ADD ("statistics", test_statistics);
  return g_test_run ();
}
