/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The ways to a peer: which are alive, and what is done about those that are not. */
#include "peer-fixture.h"

#include "common/error.h"
#include "common/log.h"
#include "peer/peer-fsm.h"

#define SUITE "peer-paths"

/* Larger id, both sides do without DTLS; no path is proved. */
static void
open_alone (Fixture *f)
{
  say_entry ("z", 0x22, "10.0.0.2/24", NULL);
  fake_session_describe (fake_last_session (), "fp=M ufrag=m1");
  fake_last_session ()->alone = TRUE;
  say_description (BG_SIGNAL_ANSWER, "z", 0x22, "fp=Z ufrag=z1", OURS);
  fake_session_set_state (fake_last_session (), BG_ICE_SESSION_OPEN);
}

/* A hub that changed our description: the session gets its data channel when nothing was proved for 10 s. */
static void
test_nothing_proved (Fixture *f, gconstpointer data)
{
  open_alone (f);
  g_assert_false (fake_last_session ()->plain);
  fake_clock_advance (9500);
  g_assert_cmpuint (fake_last_session ()->legs, ==, 0);
  fake_clock_advance (1000);
  g_assert_cmpuint (fake_last_session ()->legs, ==, 1);
  g_signal_emit_by_name (fake_last_session (), "channel-opened");
  g_assert_true (fake_has_command ("attach 22 data-channel"));
  g_assert_cmpuint (world.sessions->len, ==, 1);
}

/* ICE tells of its pair after it is connected, and of one pair more than once: what is on it stays, and is no dead path. */
static void
test_pair_told_late (Fixture *f, gconstpointer data)
{
  connect_larger (f, "z", 0x22, "10.0.0.2/24", OURS);
  g_assert_cmpuint (fake_count_commands ("attach 22 direct"), ==, 1);
  g_signal_emit_by_name (fake_last_session (), "pair-changed");
  g_assert_cmpuint (fake_count_commands ("detach direct"), ==, 0);
  g_assert_cmpuint (fake_count_commands ("attach 22 direct"), ==, 1);
}

static void
test_proved_in_time (Fixture *f, gconstpointer data)
{
  open_alone (f);
  say_event (f, BG_EVENT_SESSION, 0x22, BG_TRANSPORT_NONE);
  say_event (f, BG_EVENT_PATH, 0x22, BG_TRANSPORT_ICE);
  fake_clock_advance (3600 * 1000);
  g_assert_cmpuint (fake_last_session ()->legs, ==, 0);
  say_event (f, BG_EVENT_PATH, 0x22, BG_TRANSPORT_NONE);
  fake_clock_advance (300);
  g_assert_cmpuint (fake_last_session ()->legs, ==, 1);
}

static void
open_on_ice (Fixture *f)
{
  open_alone (f);
  say_event (f, BG_EVENT_SESSION, 0x22, BG_TRANSPORT_NONE);
  say_event (f, BG_EVENT_PATH, 0x22, BG_TRANSPORT_ICE);
}

/* The data channel is made before the path is given up: traffic goes by it at once, and ICE is not asked. */
static void
test_doubted_path (Fixture *f, gconstpointer data)
{
  open_on_ice (f);
  say_event (f, BG_EVENT_DOUBT, 0x22, BG_TRANSPORT_ICE);
  g_assert_cmpuint (fake_last_session ()->legs, ==, 1);
  g_signal_emit_by_name (fake_last_session (), "channel-opened");
  g_assert_true (fake_has_command ("attach 22 data-channel"));
  say_event (f, BG_EVENT_PATH, 0x22, BG_TRANSPORT_DATA_CHANNEL);
  say_event (f, BG_EVENT_DOUBT, 0x22, BG_TRANSPORT_DATA_CHANNEL);
  fake_clock_advance (3600 * 1000);
  g_assert_cmpuint (fake_last_session ()->legs, ==, 1);
  g_assert_cmpuint (fake_last_session ()->dropped_legs, ==, 0);
  g_assert_cmpuint (fake_last_session ()->restarts, ==, 0);
}

/* It answers again: the channel goes half a minute after the last doubt, whether it opened or not, and no doubt makes a second one. */
static void
test_doubt_is_over (Fixture *f, gconstpointer data)
{
  open_on_ice (f);
  for (guint i = 0; i < 5; i++)
    {
      say_event (f, BG_EVENT_DOUBT, 0x22, BG_TRANSPORT_ICE);
      fake_clock_advance (29000);
    }
  g_assert_cmpuint (fake_last_session ()->legs, ==, 1);
  g_assert_cmpuint (fake_last_session ()->dropped_legs, ==, 0);
  fake_clock_advance (2000);
  g_assert_cmpuint (fake_last_session ()->dropped_legs, ==, 1);
  say_event (f, BG_EVENT_DOUBT, 0x22, BG_TRANSPORT_ICE);
  g_signal_emit_by_name (fake_last_session (), "channel-opened");
  fake_clock_advance (31000);
  g_assert_cmpuint (fake_last_session ()->legs, ==, 2);
  g_assert_cmpuint (fake_last_session ()->dropped_legs, ==, 2);
  g_assert_true (fake_has_command ("detach data-channel"));
}

/* Who may not use data channels makes none, be the path doubted, dead, or never there. */
static void
test_no_channel_allowed (Fixture *f, gconstpointer data)
{
  open_alone (f);
  fake_clock_advance (11000);
  say_event (f, BG_EVENT_SESSION, 0x22, BG_TRANSPORT_NONE);
  say_event (f, BG_EVENT_PATH, 0x22, BG_TRANSPORT_ICE);
  say_event (f, BG_EVENT_DOUBT, 0x22, BG_TRANSPORT_ICE);
  say_event (f, BG_EVENT_PATH, 0x22, BG_TRANSPORT_NONE);
  fake_clock_advance (300);
  g_assert_cmpuint (fake_last_session ()->legs, ==, 0);
  g_assert_cmpuint (fake_last_session ()->restarts, ==, 1);
}

/* From one pair to another there is a moment without a path: nobody is asked for anything. */
static void
test_path_changes (Fixture *f, gconstpointer data)
{
  open_alone (f);
  say_event (f, BG_EVENT_SESSION, 0x22, BG_TRANSPORT_NONE);
  for (guint i = 0; i < 3; i++)
    {
      say_event (f, BG_EVENT_PATH, 0x22, BG_TRANSPORT_NONE);
      fake_clock_advance (100);
      say_event (f, BG_EVENT_PATH, 0x22, BG_TRANSPORT_ICE);
      fake_clock_advance (1000);
    }
  g_assert_cmpuint (fake_last_session ()->legs, ==, 0);
  g_assert_cmpuint (fake_last_session ()->restarts, ==, 0);
}

/* A leg of a time of need goes once a path without it was alive for half a minute. */
static void
test_spare_leg (Fixture *f, gconstpointer data)
{
  open_alone (f);
  say_event (f, BG_EVENT_SESSION, 0x22, BG_TRANSPORT_NONE);
  say_event (f, BG_EVENT_PATH, 0x22, BG_TRANSPORT_ICE);
  say_event (f, BG_EVENT_PATH, 0x22, BG_TRANSPORT_NONE);
  fake_clock_advance (BG_PEER_RELINK_MS);
  g_signal_emit_by_name (fake_last_session (), "channel-opened");
  say_event (f, BG_EVENT_PATH, 0x22, BG_TRANSPORT_DATA_CHANNEL);
  fake_clock_advance (60000);
  say_event (f, BG_EVENT_PATH, 0x22, BG_TRANSPORT_ICE);
  fake_clock_advance (20000);
  say_event (f, BG_EVENT_PATH, 0x22, BG_TRANSPORT_DATA_CHANNEL);
  say_event (f, BG_EVENT_PATH, 0x22, BG_TRANSPORT_DIRECT);
  fake_clock_advance (29000);
  g_assert_cmpuint (fake_last_session ()->dropped_legs, ==, 0);
  fake_clock_advance (2000);
  g_assert_cmpuint (fake_last_session ()->dropped_legs, ==, 1);
  g_assert_true (fake_has_command ("detach data-channel"));
  say_event (f, BG_EVENT_PATH, 0x22, BG_TRANSPORT_NONE);
  fake_clock_advance (BG_PEER_RELINK_MS);
  g_assert_cmpuint (fake_last_session ()->legs, ==, 2);
}

/* One that was there before any path is not spare, but where the peer said that it does without: it may have nothing else. */
static void
test_needed_leg (Fixture *f, gconstpointer data)
{
  open_alone (f);
  fake_clock_advance (10500);
  g_assert_cmpuint (fake_last_session ()->legs, ==, 1);
  say_event (f, BG_EVENT_PATH, 0x22, BG_TRANSPORT_DATA_CHANNEL);
  say_event (f, BG_EVENT_PATH, 0x22, BG_TRANSPORT_ICE);
  fake_clock_advance (3600 * 1000);
  g_assert_cmpuint (fake_last_session ()->dropped_legs, ==, 0);
  fake_last_session ()->peer_spares_leg = TRUE;
  say_event (f, BG_EVENT_PATH, 0x22, BG_TRANSPORT_DIRECT);
  fake_clock_advance (31000);
  g_assert_cmpuint (fake_last_session ()->dropped_legs, ==, 1);
}

/* One that the peer asked for: our own path never was in doubt. */
static void
test_peer_s_leg (Fixture *f, gconstpointer data)
{
  open_on_ice (f);
  fake_last_session ()->legs = 1;
  fake_last_session ()->peer_spares_leg = TRUE;
  g_signal_emit_by_name (fake_last_session (), "channel-opened");
  fake_clock_advance (29000);
  g_assert_cmpuint (fake_last_session ()->dropped_legs, ==, 0);
  fake_clock_advance (2000);
  g_assert_cmpuint (fake_last_session ()->dropped_legs, ==, 1);
}

/* Who may use nothing but the data channel does not say that it can do without. */
static void
test_data_channel_only (Fixture *f, gconstpointer data)
{
  say_entry ("z", 0x22, "10.0.0.2/24", NULL);
  g_assert_true (fake_last_session ()->plain);
}

/* No way is alive: ICE is not asked, which would know later. */
static void
test_dead_path (Fixture *f, gconstpointer data)
{
  connect_larger (f, "z", 0x22, "10.0.0.2/24", OURS);
  g_assert_true (fake_last_session ()->watched);
  say_event (f, BG_EVENT_PATH, 0x22, BG_TRANSPORT_NONE);
  g_assert_cmpuint (world.asked, ==, 1); /* is the hub there? */
  assert_state (f, "z", BG_PEER_PUBLIC_CONNECTING);
  fake_clock_advance (150);
  g_assert_cmpuint (fake_last_session ()->restarts, ==, 0);
  fake_clock_advance (100);
  g_assert_cmpuint (fake_last_session ()->restarts, ==, 1);
  say_event (f, BG_EVENT_PATH, 0x22, BG_TRANSPORT_ICE);
  assert_state (f, "z", BG_PEER_PUBLIC_CONNECTED);
  fake_clock_advance (3600 * 1000);
  g_assert_cmpuint (world.sessions->len, ==, 1);
  g_assert_cmpuint (fake_last_session ()->restarts, ==, 1);

  /* Offline there is nothing better than to hope. */
  fake_signaling_set_state (BG_SIGNALING_WAITING);
  say_event (f, BG_EVENT_PATH, 0x22, BG_TRANSPORT_NONE);
  fake_clock_advance (3600 * 1000);
  say_event (f, BG_EVENT_SILENT, 0x22, BG_TRANSPORT_NONE);
  bg_peer_set_doubt (f->set);
  assert_state (f, "z", BG_PEER_PUBLIC_CONNECTING);
  g_assert_cmpuint (world.sessions->len, ==, 1);
  g_assert_cmpuint (fake_open_sessions (), ==, 1);
  fake_signaling_set_state (BG_SIGNALING_ONLINE);
  say_entry ("z", 0x22, "10.0.0.2/24", NULL);
  assert_state (f, "z", BG_PEER_PUBLIC_CONNECTING);
  g_assert_cmpuint (world.sessions->len, ==, 1);
  g_assert_cmpuint (fake_last_session ()->restarts, ==, 2);
}

/* The channel opens, and no packet ever comes back. */
static void
test_no_path_ever (Fixture *f, gconstpointer data)
{
  say_entry ("z", 0x22, "10.0.0.2/24", NULL);
  fake_session_describe (fake_last_session (), "fp=M ufrag=m1");
  say_description (BG_SIGNAL_ANSWER, "z", 0x22, "fp=Z ufrag=z1", OURS);
  fake_session_set_state (fake_last_session (), BG_ICE_SESSION_OPEN);
  fake_clock_advance (61 * 1000);
  g_assert_cmpuint (fake_last_session ()->restarts, ==, 1);
  fake_clock_advance (44 * 1000);
  g_assert_cmpuint (world.sessions->len, ==, 1);
  fake_clock_advance (5 * 1000); /* nobody answers those */
  g_assert_cmpuint (world.sessions->len, ==, 2);
}

/* A word of the hub does not end what only stumbles, nor does its silence. */
static void
test_dead_path_is_not_the_service_s (Fixture *f, gconstpointer data)
{
  connect_larger (f, "z", 0x22, "10.0.0.2/24", OURS);
  say_event (f, BG_EVENT_PATH, 0x22, BG_TRANSPORT_NONE);
  say_entry ("z", 0x33, "10.0.0.2/24", NULL);
  g_assert_cmpuint (fake_open_sessions (), ==, 1);
  say_event (f, BG_EVENT_PATH, 0x22, BG_TRANSPORT_ICE);
  assert_state (f, "z", BG_PEER_PUBLIC_CONNECTED);

  say_event (f, BG_EVENT_PATH, 0x22, BG_TRANSPORT_NONE);
  say_left ("z");
  say_event (f, BG_EVENT_PATH, 0x22, BG_TRANSPORT_NONE);
  g_assert_cmpuint (fake_open_sessions (), ==, 1);
  say_event (f, BG_EVENT_PATH, 0x22, BG_TRANSPORT_ICE);
  assert_state (f, "z", BG_PEER_PUBLIC_CONNECTED);
  g_assert_cmpuint (world.sessions->len, ==, 1);
}

/* Who left and does not answer may be on its way back, while our own line is dead: as after a NAT began anew. */
static void
test_silence_of_who_left (Fixture *f, gconstpointer data)
{
  connect_larger (f, "z", 0x22, "10.0.0.2/24", OURS);
  say_left ("z");
  g_assert_cmpuint (world.asked, ==, 0);
  for (int i = 0; i < 3; i++)
    say_pong (f, 0x22, -1);
  g_assert_cmpuint (world.asked, ==, 1);
  g_assert_cmpuint (fake_open_sessions (), ==, 0);
}

/* ICE has an opinion too. */
static void
test_ice_is_not_asked (Fixture *f, gconstpointer data)
{
  connect_larger (f, "z", 0x22, "10.0.0.2/24", OURS);
  fake_session_set_state (fake_last_session (), BG_ICE_SESSION_DISCONNECTED);
  assert_state (f, "z", BG_PEER_PUBLIC_CONNECTED);
  say_event (f, BG_EVENT_PATH, 0x22, BG_TRANSPORT_NONE);
  fake_session_set_state (fake_last_session (), BG_ICE_SESSION_OPEN);
  fake_clock_advance (5000);
  g_assert_cmpuint (fake_last_session ()->restarts, ==, 1);
}

/* It goes through a restart of ICE, on a direct path of 100 ms. */
static void
open_direct_and_move (Fixture *f, const char *remote)
{
  BgPeerStats stats = { .key = fake_key (0x22), .latency_us = 100000 };
  BgEvent event = { .type = BG_EVENT_STATS, .stats = &stats, .n_stats = 1 };

  connect_larger (f, "z", 0x22, "10.0.0.2/24", OURS);
  say_event (f, BG_EVENT_PATH, 0x22, BG_TRANSPORT_DIRECT);
  bg_peer_set_take_event (f->set, &event);
  fake_session_move (fake_last_session (), remote);
  fake_clock_advance (490);
  g_assert_cmpuint (fake_count_commands ("attach 22 direct"), ==, 1);
}

/* The direct path of before stays until the ways beside it are proved. */
static void
test_handover (Fixture *f, gconstpointer data)
{
  open_direct_and_move (f, "host udp 192.0.2.2:3");
  fake_clock_advance (500);
  g_assert_cmpuint (fake_count_commands ("attach 22 direct"), ==, 1);
  fake_clock_advance (100);
  g_assert_cmpuint (fake_count_commands ("attach 22 direct"), ==, 2);
}

/* Nor longer than that takes. */
static void
test_handover_proved (Fixture *f, gconstpointer data)
{
  open_direct_and_move (f, "host udp 192.0.2.2:3");
  say_event (f, BG_EVENT_STANDBY, 0x22, BG_TRANSPORT_DATA_CHANNEL);
  g_assert_cmpuint (fake_count_commands ("attach 22 direct"), ==, 1);
  say_event (f, BG_EVENT_STANDBY, 0x22, BG_TRANSPORT_ICE);
  g_assert_cmpuint (fake_count_commands ("attach 22 direct"), ==, 2);
  say_event (f, BG_EVENT_STANDBY, 0x22, BG_TRANSPORT_ICE);
  fake_clock_advance (2000);
  g_assert_cmpuint (fake_count_commands ("attach 22 direct"), ==, 2);
}

/* The peer may be gone from where it was: not longer than it takes to prove the new way. */
static void
test_handover_elsewhere (Fixture *f, gconstpointer data)
{
  open_direct_and_move (f, "host udp 192.0.2.3:2");
  fake_clock_advance (20);
  g_assert_cmpuint (fake_count_commands ("attach 22 direct"), ==, 2);
  fake_clock_advance (2000);
  g_assert_cmpuint (fake_count_commands ("attach 22 direct"), ==, 2);
}

/* A hub that is away is dialled soon, and then every few seconds, while a peer without a path waits for it, for two minutes. */
static void
test_hub_is_needed (Fixture *f, gconstpointer data)
{
  guint asked;

  connect_larger (f, "z", 0x22, "10.0.0.2/24", OURS);
  fake_signaling_set_state (BG_SIGNALING_WAITING);
  fake_clock_advance (60 * 1000);
  g_assert_cmpuint (world.asked, ==, 0);
  say_event (f, BG_EVENT_PATH, 0x22, BG_TRANSPORT_NONE);
  fake_clock_advance (625);
  g_assert_cmpuint (world.asked, ==, 1);
  fake_clock_advance (3000);
  g_assert_cmpuint (world.asked, ==, 1);
  fake_clock_advance (2 * 6250);
  g_assert_cmpuint (world.asked, >=, 3);
  fake_clock_advance (3600 * 1000);
  g_assert_cmpuint (world.asked, ==, 24);
  fake_signaling_set_state (BG_SIGNALING_ONLINE);
  asked = world.asked;
  fake_signaling_set_state (BG_SIGNALING_WAITING);
  say_event (f, BG_EVENT_PATH, 0x22, BG_TRANSPORT_ICE);
  fake_clock_advance (60 * 1000);
  g_assert_cmpuint (world.asked, ==, asked);
}

int
main (int argc, char **argv)
{
  const guint paths = 1u << BG_TRANSPORT_DIRECT | 1u << BG_TRANSPORT_ICE;

  g_test_init (&argc, &argv, NULL);
  bg_log_configure ("critical", NULL);
  ADD ("nothing-proved", test_nothing_proved);
  ADD_WITH ("pair-told-late", test_pair_told_late, paths);
  ADD_WITH ("handover", test_handover, paths);
  ADD_WITH ("handover-proved", test_handover_proved, paths);
  ADD_WITH ("handover-elsewhere", test_handover_elsewhere, paths);
  ADD ("proved-in-time", test_proved_in_time);
  ADD ("doubted-path", test_doubted_path);
  ADD ("doubt-is-over", test_doubt_is_over);
  ADD_WITH ("no-channel-allowed", test_no_channel_allowed, paths);
  ADD ("path-changes", test_path_changes);
  ADD ("spare-leg", test_spare_leg);
  ADD ("needed-leg", test_needed_leg);
  ADD ("peer-s-leg", test_peer_s_leg);
  ADD_WITH ("data-channel-only", test_data_channel_only, 1u << BG_TRANSPORT_DATA_CHANNEL);
  ADD ("dead-path", test_dead_path);
  ADD ("no-path-ever", test_no_path_ever);
  ADD ("dead-path-is-not-the-service-s", test_dead_path_is_not_the_service_s);
  ADD ("silence-of-who-left", test_silence_of_who_left);
  ADD ("ice-is-not-asked", test_ice_is_not_asked);
  ADD ("hub-is-needed", test_hub_is_needed);
  return g_test_run ();
}
