/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fake-world.h"

#include "common/error.h"
#include "common/key-text.h"
#include "common/log.h"
#include "net/net-plan.h"
#include "peer/peer-facts.h"
#include "peer/peer-fsm.h"
#include "peer/peer-set.h"
#include "unit/net/network-text.h"

#include <arpa/inet.h>
#include <glib/gstdio.h>
#include <string.h>

/* We are "m" at 10.0.0.1 with the key 11; "z" is larger (we offer), "a" is smaller (it offers). */

typedef struct
{
  BgPeerSet *set;
  char *dir, *pins;
  guint routes_changed, added, removed;
} Fixture;

static void
on_routes_changed (BgPeerSet *set, Fixture *f)
{
  f->routes_changed++;
}

static void
on_peer_added (BgPeerSet *set, BgPeer *peer, Fixture *f)
{
  f->added++;
}

static void
on_peer_removed (BgPeerSet *set, BgPeer *peer, Fixture *f)
{
  f->removed++;
}

static void
open_set (Fixture *f, guint paths)
{
  BgIpPrefix address;
  BgPeerSetConfig config = {
    .self_id = "m",
    .self_key = fake_key (0x11),
    .addresses = &address,
    .n_addresses = 1,
    .interface = "bamgate0",
    .paths = paths,
    .accept_routes = TRUE,
    .pins_path = f->pins,
    .signaling = world.signaling,
  };
  g_autoptr (GError) error = NULL;

  g_assert_true (bg_ip_prefix_parse ("10.0.0.1/24", &address));
  f->set = bg_peer_set_new (&config, &error);
  g_assert_no_error (error);
  g_signal_connect (f->set, "routes-changed", G_CALLBACK (on_routes_changed), f);
  g_signal_connect (f->set, "peer-added", G_CALLBACK (on_peer_added), f);
  g_signal_connect (f->set, "peer-removed", G_CALLBACK (on_peer_removed), f);
}

static void
close_set (Fixture *f)
{
  bg_peer_set_close (f->set);
  g_assert_finalize_object (f->set);
}

static void
set_up (Fixture *f, gconstpointer data)
{
  guint paths = GPOINTER_TO_UINT (data);

  fake_world_init ();
  f->dir = g_dir_make_tmp ("bamgate-peers-XXXXXX", NULL);
  f->pins = g_build_filename (f->dir, "known-peers", NULL);
  open_set (f, paths ? paths : 1u << BG_TRANSPORT_DATA_CHANNEL | 1u << BG_TRANSPORT_ICE);
  fake_signaling_set_state (BG_SIGNALING_ONLINE);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  close_set (f);
  fake_world_clear ();
  g_unlink (f->pins);
  g_rmdir (f->dir);
  g_free (f->pins);
  g_free (f->dir);
}

/* --- What the hub says --- */

static void
add_entry (BgSignalMessage *message, const char *id, guint8 key, const char *address,
           const char *route)
{
  BgSignalPeer *peer = g_new0 (BgSignalPeer, 1);

  peer->id = g_strdup (id);
  peer->public_key = key ? fake_key_text (key) : g_strdup ("");
  peer->address = g_strdup (address);
  peer->routes = g_new0 (char *, 2);
  peer->routes[0] = g_strdup (route);
  g_ptr_array_add (message->peers, peer);
}

static void
say_empty_list (void)
{
  fake_signaling_receive (bg_signal_message_new (BG_SIGNAL_PEERS));
}

static void
say_entry (const char *id, guint8 key, const char *address, const char *route)
{
  BgSignalMessage *message = bg_signal_message_new (BG_SIGNAL_PEERS);

  add_entry (message, id, key, address, route);
  fake_signaling_receive (message);
}

static void
say_left (const char *id)
{
  BgSignalMessage *message = bg_signal_message_new (BG_SIGNAL_PEER_LEFT);

  message->peer_id = g_strdup (id);
  fake_signaling_receive (message);
}

static BgSignalMessage *
message_from (BgSignalType type, const char *from)
{
  BgSignalMessage *message = bg_signal_message_new (type);

  message->from = g_strdup (from);
  message->to = g_strdup ("m");
  return message;
}

typedef enum
{
  OURS,
  GO,
} Make;

static void
say_description (BgSignalType type, const char *from, guint8 key, const char *sdp, Make make)
{
  BgSignalMessage *message = message_from (type, from);

  message->sdp = g_strdup (sdp);
  message->public_key = key ? fake_key_text (key) : NULL;
  if (make == OURS)
    {
      message->is_bamgate = TRUE;
      message->implementation = g_strdup ("bamgated 0");
      message->paths = g_strsplit ("ice", ";", -1);
      message->control = 1;
    }
  fake_signaling_receive (message);
}

static void
say_candidate (const char *from, const char *candidate)
{
  BgSignalMessage *message = message_from (BG_SIGNAL_CANDIDATE, from);

  message->candidate = g_strdup (candidate);
  fake_signaling_receive (message);
}

/* --- What the data plane says --- */

static void
say_event (Fixture *f, BgEventType type, guint8 key, BgTransportKind kind)
{
  BgEvent event = {
    .type = type, .key = fake_key (key), .kind = kind, .mtu = kind == BG_TRANSPORT_ICE ? 1420 : 1152
  };

  bg_peer_set_take_event (f->set, &event);
}

static void
say_pong (Fixture *f, guint8 key, gint64 latency_us)
{
  BgEvent event = { .type = BG_EVENT_PING,
                    .key = fake_key (key),
                    .cookie = world.last_cookie,
                    .latency_us = latency_us };

  bg_peer_set_take_event (f->set, &event);
}

static const BgPeerInfo *
info (Fixture *f, const char *id)
{
  BgPeer *peer = bg_peer_set_lookup (f->set, id);

  g_assert_nonnull (peer);
  return bg_peer_get_info (peer);
}

static void
assert_state (Fixture *f, const char *id, BgPeerPublicState state)
{
  g_assert_cmpstr (bg_peer_public_state_name (info (f, id)->state), ==,
                   bg_peer_public_state_name (state));
}

static void
assert_refused (Fixture *f, const char *id, const char *word)
{
  assert_state (f, id, BG_PEER_PUBLIC_REFUSED);
  if (!strstr (info (f, id)->state_reason, word))
    g_error ("“%s” does not say “%s”", info (f, id)->state_reason, word);
}

static void
open_session (Fixture *f, guint8 key)
{
  fake_session_set_state (fake_last_session (), BG_WEBRTC_OPEN);
  say_event (f, BG_EVENT_SESSION, key, BG_TRANSPORT_NONE);
  say_event (f, BG_EVENT_PATH, key, BG_TRANSPORT_ICE);
}

static void
connect_larger (Fixture *f, const char *id, guint8 key, const char *address, Make make)
{
  say_entry (id, key, address, NULL);
  fake_session_describe (fake_last_session (), "fp=M ufrag=m1");
  say_description (BG_SIGNAL_ANSWER, id, key, "fp=Z ufrag=z1", make);
  open_session (f, key);
  assert_state (f, id, BG_PEER_PUBLIC_CONNECTED);
}

static void
connect_smaller (Fixture *f, const char *id, guint8 key, const char *address, Make make)
{
  say_entry (id, key, address, NULL);
  say_description (BG_SIGNAL_OFFER, id, key, "fp=A ufrag=a1", make);
  fake_session_describe (fake_last_session (), "fp=M ufrag=m1");
  open_session (f, key);
  assert_state (f, id, BG_PEER_PUBLIC_CONNECTED);
}

/* --- Tests --- */

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
  g_assert_cmpuint (offer->control, ==, 1);
  g_assert_cmpstr (offer->paths[0], ==, "ice");
  g_assert_true (g_str_has_prefix (offer->implementation, "bamgated "));
  assert_state (f, "z", BG_PEER_PUBLIC_CONNECTING);

  say_description (BG_SIGNAL_ANSWER, "z", 0x22, "fp=Z ufrag=z1", OURS);
  g_assert_cmpstr (fake_last_session ()->remote, ==, "answer fp=Z ufrag=z1");
  fake_session_set_state (fake_last_session (), BG_WEBRTC_CONNECTED);
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
  BgWebrtcSession *session;

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
test_candidates_are_bounded (Fixture *f, gconstpointer data)
{
  g_autofree char *long_one = g_strnfill (5000, 'x');

  say_entry ("a", 0x22, "10.0.0.2/24", NULL);
  for (int i = 0; i < 1000; i++)
    say_candidate ("a", i % 2 ? "candidate:1" : long_one);
  say_description (BG_SIGNAL_OFFER, "a", 0x22, "fp=A ufrag=a1", GO);
  g_assert_cmpuint (fake_last_session ()->candidates->len, ==, 64);
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
test_restarted_peer_replaces_its_session_at_once (Fixture *f, gconstpointer data)
{
  connect_smaller (f, "a", 0x22, "10.0.0.2/24", OURS);
  say_left ("a");
  say_entry ("a", 0x22, "10.0.0.2/24", NULL);
  say_description (BG_SIGNAL_OFFER, "a", 0x22, "fp=NEW ufrag=n1", OURS);
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
  g_assert_cmpuint (world.sessions->len, ==, 2);
  g_assert_true (fake_last_session ()->offerer);
}

static void
test_no_answer_from_the_data_plane_either (Fixture *f, gconstpointer data)
{
  connect_larger (f, "z", 0x22, "10.0.0.2/24", OURS);
  say_entry ("z", 0x22, "10.0.0.2/24", NULL);
  fake_clock_advance (3500);
  g_assert_cmpuint (world.sessions->len, ==, 2);
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

/* No way is alive: ICE is not asked, which would know later. */
static void
test_dead_path (Fixture *f, gconstpointer data)
{
  connect_larger (f, "z", 0x22, "10.0.0.2/24", OURS);
  g_assert_true (fake_last_session ()->watched && fake_last_session ()->rests);
  say_event (f, BG_EVENT_PATH, 0x22, BG_TRANSPORT_NONE);
  g_assert_false (fake_last_session ()->rests);
  assert_state (f, "z", BG_PEER_PUBLIC_CONNECTING);
  fake_clock_advance (10000);
  say_event (f, BG_EVENT_PATH, 0x22, BG_TRANSPORT_ICE);
  assert_state (f, "z", BG_PEER_PUBLIC_CONNECTED);
  fake_clock_advance (3600 * 1000);
  g_assert_cmpuint (world.sessions->len, ==, 1);

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
  fake_clock_advance (16000);
  assert_state (f, "z", BG_PEER_PUBLIC_CONNECTING);
  g_assert_cmpuint (world.sessions->len, ==, 2);
}

/* The channel opens, and no packet ever comes back. */
static void
test_no_path_ever (Fixture *f, gconstpointer data)
{
  say_entry ("z", 0x22, "10.0.0.2/24", NULL);
  fake_session_describe (fake_last_session (), "fp=M ufrag=m1");
  say_description (BG_SIGNAL_ANSWER, "z", 0x22, "fp=Z ufrag=z1", OURS);
  fake_session_set_state (fake_last_session (), BG_WEBRTC_OPEN);
  fake_clock_advance (70 * 1000);
  g_assert_cmpuint (world.sessions->len, ==, 1);
  fake_clock_advance (10 * 1000);
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

/* ICE has an opinion too. */
static void
test_ice_is_not_asked (Fixture *f, gconstpointer data)
{
  connect_larger (f, "z", 0x22, "10.0.0.2/24", OURS);
  fake_session_set_state (fake_last_session (), BG_WEBRTC_DISCONNECTED);
  assert_state (f, "z", BG_PEER_PUBLIC_CONNECTED);
  say_event (f, BG_EVENT_PATH, 0x22, BG_TRANSPORT_NONE);
  fake_session_set_state (fake_last_session (), BG_WEBRTC_OPEN);
  fake_clock_advance (16000);
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
  g_assert_cmpuint (world.sessions->len, ==, 2);
  bg_peer_set_doubt (f->set);
  g_assert_cmpuint (world.sessions->len, ==, 3);
  g_assert_cmpuint (fake_open_sessions (), ==, 1);
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

static void
test_restart_of_a_stranger (Fixture *f, gconstpointer data)
{
  connect_smaller (f, "a", 0x22, "10.0.0.2/24", GO);
  say_description (BG_SIGNAL_OFFER, "a", 0x22, "fp=A ufrag=a2", GO);
  g_assert_cmpuint (fake_open_sessions (), ==, 0);
  fake_clock_advance (1);
  g_assert_cmpuint (world.rejoins, ==, 1);
  say_left ("a");
  say_entry ("a", 0x22, "10.0.0.2/24", NULL);
  say_description (BG_SIGNAL_OFFER, "a", 0x22, "fp=B ufrag=b1", GO);
  fake_session_describe (fake_last_session (), "fp=M ufrag=m2");
  open_session (f, 0x22);
  assert_state (f, "a", BG_PEER_PUBLIC_CONNECTED);
  say_description (BG_SIGNAL_OFFER, "a", 0x22, "fp=B ufrag=b2", GO);
  fake_clock_advance (50000);
  g_assert_cmpuint (world.rejoins, ==, 1); /* not so soon again */
  fake_clock_advance (12000);
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
      fake_session_set_state (world.sessions->pdata[i], BG_WEBRTC_OPEN);
      say_event (f, BG_EVENT_SESSION, key, BG_TRANSPORT_NONE);
      say_event (f, BG_EVENT_PATH, key, BG_TRANSPORT_ICE);
      assert_state (f, id, BG_PEER_PUBLIC_CONNECTED);
    }
  peers = bg_peer_set_get_peers (f->set);
  g_assert_cmpuint (peers->len, ==, 5);
  g_assert_cmpuint (fake_count_commands ("attach"), ==, 10);
}

static void
test_duplicates_and_ourselves (Fixture *f, gconstpointer data)
{
  BgSignalMessage *list = bg_signal_message_new (BG_SIGNAL_PEERS);
  WgKey first = fake_key (0x22);

  add_entry (list, "m", 0x11, "10.0.0.1/24", NULL);
  add_entry (list, "z", 0x22, "10.0.0.2/24", NULL);
  add_entry (list, "z", 0x33, "10.0.0.3/24", NULL);
  fake_signaling_receive (list);
  g_assert_null (bg_peer_set_lookup (f->set, "m"));
  g_assert_cmpuint (f->added, ==, 1);
  g_assert_true (wg_key_equal (&info (f, "z")->key, &first));
  say_left ("nobody");
  say_left ("m"); /* the hub lost us */
  fake_clock_advance (1);
  g_assert_cmpuint (world.rejoins, ==, 1);
}

static void
test_messages_of_strangers_are_ignored (Fixture *f, gconstpointer data)
{
  BgSignalMessage *message;

  say_description (BG_SIGNAL_OFFER, "nobody", 0x22, "fp=A ufrag=a1", OURS);
  say_description (BG_SIGNAL_OFFER, "m", 0x11, "fp=A ufrag=a1", OURS);
  say_candidate ("nobody", "candidate:1");
  say_entry ("a", 0x22, "10.0.0.2/24", NULL);
  say_description (BG_SIGNAL_ANSWER, "a", 0x22, "fp=A ufrag=a1", OURS);
  message = message_from (BG_SIGNAL_OFFER, "a");
  g_free (message->to);
  message->to = g_strdup ("other");
  message->sdp = g_strdup ("fp=A ufrag=a1");
  fake_signaling_receive (message);
  g_assert_cmpuint (world.sessions->len, ==, 0);
}

static void
test_hostile_claims (Fixture *f, gconstpointer data)
{
  say_entry ("a", 0x22, "10.0.0.2/24", NULL);
  say_entry ("t1", 0x33, "", NULL);
  assert_refused (f, "t1", "no address");
  say_entry ("t2", 0x34, "10.0.0.1/24", NULL);
  assert_refused (f, "t2", "own address");
  say_entry ("t3", 0x35, "192.0.2.1/24", NULL);
  assert_refused (f, "t3", "outside");
  say_entry ("t4", 0x11, "10.0.0.4/24", NULL);
  assert_refused (f, "t4", "own key");
  say_entry ("t5", 0x22, "10.0.0.5/24", NULL);
  assert_refused (f, "t5", "in use by a");
  say_entry ("t6", 0x36, "10.0.0.2/24", NULL);
  assert_refused (f, "t6", "in use by a");
  assert_state (f, "a", BG_PEER_PUBLIC_DISCONNECTED); /* the first one stays */
  g_assert_cmpuint (world.sessions->len, ==, 0);
  g_assert_cmpuint (world.commands->len, ==, 0);
  /* Once the owner is gone the claim is fine. */
  say_left ("a");
  say_entry ("t6", 0x36, "10.0.0.2/24", NULL);
  assert_state (f, "t6", BG_PEER_PUBLIC_CONNECTING);
}

static void
test_offer_with_anothers_key (Fixture *f, gconstpointer data)
{
  say_entry ("a", 0x22, "10.0.0.2/24", NULL);
  say_entry ("b", 0, "10.0.0.3/24", NULL);
  say_description (BG_SIGNAL_OFFER, "b", 0x22, "fp=B ufrag=b1", OURS);
  assert_refused (f, "b", "in use by a");
  say_description (BG_SIGNAL_OFFER, "b", 0x11, "fp=B ufrag=b1", OURS);
  assert_refused (f, "b", "own key");
  say_description (BG_SIGNAL_OFFER, "b", 0, "fp=B ufrag=b1", OURS);
  assert_refused (f, "b", "no public key");
  g_assert_cmpuint (world.sessions->len, ==, 0);
  say_description (BG_SIGNAL_OFFER, "b", 0x33, "fp=B ufrag=b1", OURS);
  g_assert_cmpuint (world.sessions->len, ==, 1);
}

static void
test_rubbish_sdp (Fixture *f, gconstpointer data)
{
  say_entry ("a", 0x22, "10.0.0.2/24", NULL);
  say_description (BG_SIGNAL_OFFER, "a", 0x22, "rubbish", OURS);
  say_description (BG_SIGNAL_OFFER, "a", 0x22, "fp=A rubbish", OURS);
  assert_state (f, "a", BG_PEER_PUBLIC_DISCONNECTED);
  g_assert_cmpuint (fake_open_sessions (), ==, 0);
  say_entry ("z", 0x33, "10.0.0.3/24", NULL);
  fake_session_describe (fake_last_session (), "fp=M ufrag=m1");
  say_description (BG_SIGNAL_ANSWER, "z", 0x33, "rubbish", OURS);
  assert_state (f, "z", BG_PEER_PUBLIC_DISCONNECTED);
}

static void
test_storm_of_offers (Fixture *f, gconstpointer data)
{
  say_entry ("a", 0x22, "10.0.0.2/24", NULL);
  for (int i = 0; i < 100; i++)
    {
      g_autofree char *sdp = g_strdup_printf ("fp=A%d ufrag=a", i);

      say_description (BG_SIGNAL_OFFER, "a", 0x22, sdp, OURS);
    }
  g_assert_cmpuint (world.sessions->len, <=, 6);
  g_assert_cmpuint (fake_open_sessions (), ==, 1);
}

static void
test_flood_of_names (Fixture *f, gconstpointer data)
{
  for (guint i = 0; i < 1000; i++)
    {
      g_autofree char *id = g_strdup_printf ("z%u", i),
                      *address = g_strdup_printf ("10.0.0.%u/24", 2 + i % 250);

      say_entry (id, (guint8) (i % 200 + 0x20), address, NULL);
    }
  {
    g_autoptr (GPtrArray) peers = bg_peer_set_get_peers (f->set);

    g_assert_cmpuint (peers->len, ==, BG_PEER_MAX_PEERS);
  }
  g_assert_cmpuint (fake_open_sessions (), ==, 32);
  /* Those that wait have their turn when others have gone. */
  for (guint i = 0; i < 32; i++)
    fake_session_describe (world.sessions->pdata[i], "fp=M ufrag=m1");
  fake_clock_advance (60000);
  g_assert_cmpuint (world.sessions->len, >, 32);
  g_assert_cmpuint (fake_open_sessions (), ==, 32);
}

static void
test_pin (Fixture *f, gconstpointer data)
{
  connect_larger (f, "z", 0x22, "10.0.0.2/24", OURS);
  say_left ("z");
  for (int i = 0; i < 3; i++)
    say_pong (f, 0x22, -1);
  say_entry ("z", 0x33, "10.0.0.2/24", NULL);
  assert_refused (f, "z", "bamgatectl peers forget z");
  say_left ("z");
  say_entry ("z", 0x22, "10.0.0.2/24", NULL);
  assert_state (f, "z", BG_PEER_PUBLIC_CONNECTING);

  /* Another run knows it, and shows who is away. */
  close_set (f);
  open_set (f, 1u << BG_TRANSPORT_ICE);
  assert_state (f, "z", BG_PEER_PUBLIC_DISCONNECTED);
  say_entry ("z", 0x33, "10.0.0.2/24", NULL);
  assert_refused (f, "z", "forget");
}

/* What is meant to be pasted is one harmless word, whatever the peer is called. */
static void
test_hint_is_quoted (Fixture *f, gconstpointer data)
{
  connect_larger (f, "z$(touch x)'", 0x22, "10.0.0.2/24", OURS);
  say_left ("z$(touch x)'");
  for (int i = 0; i < 3; i++)
    say_pong (f, 0x22, -1);
  say_entry ("z$(touch x)'", 0x33, "10.0.0.2/24", NULL);
  assert_refused (f, "z$(touch x)'", "“bamgatectl peers forget 'z$(touch x)\\x27'”");
}

static void
test_forget (Fixture *f, gconstpointer data)
{
  WgKey key = fake_key (0x33);

  connect_larger (f, "z", 0x22, "10.0.0.2/24", OURS);
  say_left ("z");
  for (int i = 0; i < 3; i++)
    say_pong (f, 0x22, -1);
  say_entry ("z", 0x33, "10.0.0.2/24", NULL);
  assert_refused (f, "z", "forget");
  g_assert_true (bg_peer_forget (bg_peer_set_lookup (f->set, "z"), NULL));
  g_assert_null (bg_peer_set_lookup (f->set, "z"));
  fake_clock_advance (1);
  assert_state (f, "z", BG_PEER_PUBLIC_CONNECTING); /* it is in the room */
  g_assert_true (wg_key_equal (&info (f, "z")->key, &key));
}

static void
test_live_tunnel_outlives_words (Fixture *f, gconstpointer data)
{
  connect_larger (f, "z", 0x22, "10.0.0.2/24", OURS);
  say_entry ("z", 0x33, "10.0.0.2/24", NULL);
  say_description (BG_SIGNAL_OFFER, "z", 0x33, "fp=EVIL ufrag=e1", OURS);
  assert_state (f, "z", BG_PEER_PUBLIC_CONNECTED);
  g_assert_nonnull (strstr (info (f, "z")->state_reason, "forget"));
  g_assert_cmpuint (world.sessions->len, ==, 1);
  fake_session_fail (fake_last_session (), "gone");
  assert_refused (f, "z", "forget"); /* what was said counts now */
  g_assert_true (fake_has_command ("remove 22"));
}

static BgNetPlan *
plan_of (Fixture *f)
{
  BgNetPlan *plan = bg_net_plan_new ();

  bg_peer_set_add_to_plan (f->set, plan);
  return bg_net_plan_seal (plan);
}

static const BgNetRoute *
route_in (BgNetPlan *plan, const char *text)
{
  BgIpPrefix prefix;

  g_assert_true (bg_ip_prefix_parse (text, &prefix));
  return bg_net_plan_find_route (plan, &prefix, 0);
}

static void
test_routes (Fixture *f, gconstpointer data)
{
  guint before;

  say_entry ("z", 0x22, "10.0.0.2/24", "192.168.7.0/24");
  fake_session_describe (fake_last_session (), "fp=M ufrag=m1");
  say_description (BG_SIGNAL_ANSWER, "z", 0x22, "fp=Z ufrag=z1", OURS);
  open_session (f, 0x22);
  g_assert_true (fake_has_command ("set-peer 22 10.0.0.2/32 192.168.7.0/24 control"));
  {
    g_autoptr (BgNetPlan) plan = plan_of (f);

    g_assert_cmpuint (route_in (plan, "10.0.0.2/32")->mtu, ==, 1420);
    g_assert_nonnull (route_in (plan, "192.168.7.0/24"));
  }
  before = f->routes_changed;
  say_event (f, BG_EVENT_PATH, 0x22, BG_TRANSPORT_DATA_CHANNEL);
  g_assert_cmpuint (f->routes_changed, ==, before + 1);
  {
    g_autoptr (BgNetPlan) plan = plan_of (f);

    g_assert_cmpuint (route_in (plan, "10.0.0.2/32")->mtu, ==, 1152);
  }
  /* The same prefix of another peer: the first one stays. */
  say_entry ("y", 0x33, "10.0.0.3/24", "192.168.7.0/24");
  fake_session_describe (fake_last_session (), "fp=M ufrag=m1");
  say_description (BG_SIGNAL_ANSWER, "y", 0x33, "fp=Y ufrag=y1", OURS);
  open_session (f, 0x33);
  g_assert_null (info (f, "y")->accepted_routes[0]);
  g_assert_nonnull (strstr (info (f, "y")->state_reason, "192.168.7.0/24"));

  bg_peer_set_set_accept_routes (f->set, FALSE);
  g_assert_null (info (f, "z")->accepted_routes[0]);
  g_assert_cmpstr (info (f, "z")->routes[0], ==, "192.168.7.0/24");
  {
    g_autoptr (BgNetPlan) plan = plan_of (f);

    g_assert_null (route_in (plan, "192.168.7.0/24"));
  }
}

/* In a network as the tables say, with hub at `hub` (NULL: unknown). */
static void
surround (Fixture *f, const char *tables_text, const char *hub)
{
  g_autoptr (BgNetworkTables) tables = network_tables_of_text (tables_text);
  g_autoptr (BgLocalNetworks) networks = bg_local_networks_new (tables, "bamgate0");
  g_autoptr (GArray) outside = g_array_new (FALSE, TRUE, sizeof (BgOutsideHost));
  BgOutsideHost host = { .kind = BG_OUTSIDE_HUB };

  if (hub && bg_ip_prefix_parse (hub, &host.host))
    g_array_append_val (outside, host);
  bg_peer_set_set_surroundings (f->set, networks, outside);
  fake_clock_advance (0);
}

#define UPLINK "link 2 eth0\naddr 203.0.113.2/24 dev 2\nroute default via 203.0.113.1 dev 2\n"

static void
assert_taken (Fixture *f, const char *route, const char *why_not)
{
  g_autoptr (BgNetPlan) plan = plan_of (f);
  const BgPeerInfo *peer = info (f, "z");

  g_assert_cmpstr (peer->accepted_routes[0], ==, why_not ? NULL : route);
  g_assert_true ((route_in (plan, route) == NULL) == (why_not != NULL));
  if (!strstr (peer->state_reason, why_not ? why_not : ""))
    g_test_fail_printf ("“%s” lacks “%s”", peer->state_reason, why_not);
}

static void
test_routes_give_way (Fixture *f, gconstpointer data)
{
  static const char route[] = "192.168.7.0/24";

  say_entry ("z", 0x22, "10.0.0.2/24", route);
  fake_session_describe (fake_last_session (), "fp=M ufrag=m1");
  say_description (BG_SIGNAL_ANSWER, "z", 0x22, "fp=Z ufrag=z1", OURS);
  open_session (f, 0x22);
  surround (f, UPLINK, NULL);
  assert_taken (f, route, NULL);
  surround (f, UPLINK "link 3 wlan0\naddr 192.168.7.9/25 dev 3\n", NULL);
  assert_taken (f, route,
                "192.168.7.0/24 is not taken: this machine is in 192.168.7.0/25 on wlan0");
  g_assert_true (fake_has_command ("set-peer 22 10.0.0.2/32 control"));
  surround (f, UPLINK, "192.168.7.77");
  assert_taken (f, route, "the hub is at 192.168.7.77");
  surround (f, UPLINK, NULL);
  assert_taken (f, route, NULL);
  g_assert_cmpstr (info (f, "z")->state_reason, ==, "");
}

static void
test_address_gives_way (Fixture *f, gconstpointer data)
{
  connect_larger (f, "z", 0x22, "10.0.0.2/24", OURS);
  surround (f, UPLINK "link 3 wlan0\naddr 10.0.0.9/24 dev 3\nroute default via 10.0.0.2 dev 3\n",
            NULL);
  {
    g_autoptr (BgNetPlan) plan = plan_of (f);

    g_assert_null (route_in (plan, "10.0.0.2/32"));
  }
  g_assert_cmpstr (info (f, "z")->state_reason, ==, "10.0.0.2 is a router on wlan0");
  surround (f, UPLINK, NULL);
  {
    g_autoptr (BgNetPlan) plan = plan_of (f);

    g_assert_nonnull (route_in (plan, "10.0.0.2/32"));
  }
  g_assert_cmpstr (info (f, "z")->state_reason, ==, "");
}

/* "203.0.113.1" or "" for none by which the only host of the plan is kept outside; NULL where nothing is. */
static void
assert_outside (Fixture *f, const char *host, const char *via)
{
  g_autoptr (BgNetPlan) plan = plan_of (f);
  char text[BG_IP_PREFIX_TEXT] = "";
  const BgNetOutside *outside;

  g_assert_cmpuint (bg_net_plan_n_outside (plan), ==, host ? 1 : 0);
  if (!host)
    return;
  outside = bg_net_plan_get_outside (plan, 0);
  bg_ip_prefix_format_address (&outside->host, text);
  g_assert_cmpstr (text, ==, host);
  text[0] = '\0';
  if (outside->has_way)
    bg_ip_prefix_format_address (&outside->way.gateway, text);
  g_assert_cmpstr (text, ==, via);
}

static void
test_static_endpoint_stays_outside (Fixture *f, gconstpointer data)
{
  BgAllowedIp ips[] = { { .family = 2, .addr = { 198, 51, 0, 0 }, .prefix = 16 },
                        { .family = 2, .addr = { 198, 51, 100, 9 }, .prefix = 32 } };
  BgPeerConfig config = { .key = fake_key (0x55), .allowed_ips = ips, .n_allowed_ips = 1 };
  BgEvent session = { .type = BG_EVENT_SESSION,
                      .key = config.key,
                      .latency_us = -1,
                      .endpoint.addr.in4.sin_family = AF_INET };
  g_autoptr (GError) error = NULL;

  surround (f, UPLINK, NULL);
  g_assert_true (bg_peer_set_add_static (f->set, "office", &config, "198.51.100.9", 1, &error));
  assert_outside (f, "198.51.100.9", "203.0.113.1");
  surround (f, "link 2 eth0\naddr 203.0.113.2/24 dev 2\n", NULL);
  assert_outside (f, "198.51.100.9", "");
  g_assert_nonnull (strstr (info (f, "office")->state_reason, "198.51.100.9"));
  g_assert_nonnull (strstr (info (f, "office")->state_reason, "no other way"));
  surround (f, UPLINK, NULL);
  g_assert_cmpstr (info (f, "office")->state_reason, ==, "");

  /* Another peer's too, and its very address is not routed to it. */
  ips[0].addr[0] = 10;
  ips[0].addr[1] = 77;
  config.n_allowed_ips = 2;
  g_assert_true (bg_peer_set_add_static (f->set, "office", &config, "198.51.100.9", 1, &error));
  fake_clock_advance (0);
  {
    g_autoptr (BgNetPlan) plan = plan_of (f);

    g_assert_null (route_in (plan, "198.51.100.9/32"));
    g_assert_nonnull (route_in (plan, "10.77.0.0/16"));
  }

  /* Where a session finds it. */
  inet_pton (AF_INET, "10.77.3.4", &session.endpoint.addr.in4.sin_addr);
  bg_peer_set_take_event (f->set, &session);
  fake_clock_advance (0);
  assert_outside (f, "10.77.3.4", "203.0.113.1");
  bg_peer_set_remove_static (f->set, "office");
  assert_outside (f, NULL, NULL);
}

/* Where the name of the endpoint would be asked for through the tunnel that waits for it. */
static void
test_static_name_before_half_of_the_world (Fixture *f, gconstpointer data)
{
  BgAllowedIp ips[] = { { .family = 2, .prefix = 1 },
                        { .family = 2, .addr = { 10, 77 }, .prefix = 16 } };
  BgPeerConfig config = { .key = fake_key (0x55), .allowed_ips = ips, .n_allowed_ips = 2 };
  g_autoptr (GError) error = NULL;
  g_autoptr (BgNetPlan) plan = NULL;

  g_assert_true (
    bg_peer_set_add_static (f->set, "office", &config, "name.of.office.invalid", 1, &error));
  plan = plan_of (f);
  g_assert_null (route_in (plan, "0.0.0.0/1"));
  g_assert_nonnull (route_in (plan, "10.77.0.0/16"));
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
test_static_peer (Fixture *f, gconstpointer data)
{
  BgAllowedIp ip = { .family = 2, .addr = { 10, 70, 0, 2 }, .prefix = 32 };
  BgPeerConfig config = {
    .key = fake_key (0x55), .keepalive = 25, .allowed_ips = &ip, .n_allowed_ips = 1
  };
  g_autoptr (GError) error = NULL;

  g_assert_true (bg_peer_set_add_static (f->set, "office", &config, "192.0.2.9", 51820, &error));
  g_assert_no_error (error);
  g_assert_true (fake_has_command ("set-peer 55 10.70.0.2/32"));
  g_assert_true (fake_has_command ("endpoint 55"));
  assert_state (f, "office", BG_PEER_PUBLIC_CONNECTING);
  say_event (f, BG_EVENT_SESSION, 0x55, BG_TRANSPORT_NONE);
  assert_state (f, "office", BG_PEER_PUBLIC_CONNECTED);
  g_assert_cmpint (info (f, "office")->path, ==, BG_TRANSPORT_UDP);
  g_assert_cmpstr (info (f, "office")->addresses[0], ==, "10.70.0.2");
  {
    g_autoptr (BgNetPlan) plan = plan_of (f);

    g_assert_nonnull (route_in (plan, "10.70.0.2/32"));
  }
  /* Before the attempts are given up, as traffic may begin them anew for ever. */
  say_event (f, BG_EVENT_UNANSWERED, 0x55, BG_TRANSPORT_NONE);
  assert_state (f, "office", BG_PEER_PUBLIC_CONNECTING);
  say_event (f, BG_EVENT_SESSION, 0x55, BG_TRANSPORT_NONE);
  assert_state (f, "office", BG_PEER_PUBLIC_CONNECTED);
  /* Neither its name nor its key is for the mesh. */
  say_entry ("office", 0x56, "10.0.0.7/24", NULL);
  g_assert_true (info (f, "office")->is_static);
  say_entry ("z", 0x55, "10.0.0.8/24", NULL);
  assert_refused (f, "z", "in use by office");
  say_event (f, BG_EVENT_SILENT, 0x55, BG_TRANSPORT_NONE);
  assert_state (f, "office", BG_PEER_PUBLIC_CONNECTING);
  g_assert_false (bg_peer_forget (bg_peer_set_lookup (f->set, "office"), &error));

  bg_peer_set_remove_static (f->set, "office");
  g_assert_true (fake_has_command ("remove 55"));
  config.key = fake_key (0x11);
  g_clear_error (&error);
  g_assert_false (bg_peer_set_add_static (f->set, "me", &config, NULL, 0, &error));
  g_assert_error (error, BG_ERROR, BG_ERROR_CONFIG);
}

/* A resolver in which a name's address can be changed. */
typedef struct
{
  GResolver parent;
} MovingResolver;
typedef GResolverClass MovingResolverClass;

GType moving_resolver_get_type (void);
G_DEFINE_TYPE (MovingResolver, moving_resolver, G_TYPE_RESOLVER)

static const char *name_address;
static guint name_questions;

static void
moving_lookup_async (GResolver *resolver, const char *name, GCancellable *cancellable,
                     GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (resolver, cancellable, callback, data);

  name_questions++;
  g_task_return_pointer (task, g_list_append (NULL, g_inet_address_new_from_string (name_address)),
                         NULL);
}

static GList *
moving_lookup_finish (GResolver *resolver, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
moving_resolver_class_init (MovingResolverClass *class)
{
  class->lookup_by_name_async = moving_lookup_async;
  class->lookup_by_name_finish = moving_lookup_finish;
}

static void
moving_resolver_init (MovingResolver *self)
{
}

static void
settle_lookups (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

/* Unanswered: the name is asked for again, and a peer that has roamed is left in peace unless its name moved. */
static void
test_static_name_moves (Fixture *f, gconstpointer data)
{
  BgAllowedIp ip = { .family = 2, .addr = { 10, 70, 0, 2 }, .prefix = 32 };
  BgPeerConfig config = { .key = fake_key (0x55), .allowed_ips = &ip, .n_allowed_ips = 1 };
  g_autoptr (GResolver) before = g_resolver_get_default (),
                        moving = g_object_new (moving_resolver_get_type (), NULL);
  guint questions;

  g_resolver_set_default (moving);
  name_address = "192.0.2.9";
  g_assert_true (bg_peer_set_add_static (f->set, "office", &config, "office.test", 51820, NULL));
  settle_lookups ();
  g_assert_cmpuint (fake_count_commands ("endpoint 55"), ==, 1);
  say_event (f, BG_EVENT_SESSION, 0x55, BG_TRANSPORT_NONE);

  questions = name_questions;
  say_event (f, BG_EVENT_UNANSWERED, 0x55, BG_TRANSPORT_NONE);
  settle_lookups ();
  g_assert_cmpuint (name_questions, ==, questions + 1);
  g_assert_cmpuint (fake_count_commands ("endpoint 55"), ==, 1);

  name_address = "192.0.2.10";
  say_event (f, BG_EVENT_UNANSWERED, 0x55, BG_TRANSPORT_NONE);
  settle_lookups ();
  g_assert_cmpuint (fake_count_commands ("endpoint 55"), ==, 2);

  say_event (f, BG_EVENT_SILENT, 0x55, BG_TRANSPORT_NONE);
  settle_lookups ();
  g_assert_cmpuint (fake_count_commands ("endpoint 55"), ==, 3);
  /* What wg(8) made of it meanwhile is nobody's to undo. */
  g_assert_cmpuint (fake_count_commands ("set-peer 55"), ==, 1);
  g_resolver_set_default (before);
}

static void
test_statistics (Fixture *f, gconstpointer data)
{
  BgPeerStats stats = { .key = fake_key (0x22),
                        .rx_bytes = 10,
                        .tx_bytes = 20,
                        .latency_us = 300,
                        .last_handshake_us = 99 };
  BgEvent event = { .type = BG_EVENT_STATS, .stats = &stats, .n_stats = 1 };

  connect_larger (f, "z", 0x22, "10.0.0.2/24", OURS);
  bg_peer_set_take_event (f->set, &event);
  g_assert_cmpuint (info (f, "z")->rx_bytes, ==, 10);
  g_assert_cmpuint (info (f, "z")->tx_bytes, ==, 20);
  g_assert_cmpint (info (f, "z")->latency_us, ==, 300);
  g_assert_cmpint (info (f, "z")->last_handshake_us, ==, 99);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  bg_log_configure ("critical", NULL);
#define ADD_WITH(name, func, paths)                                                                \
  g_test_add ("/peer-set/" name, Fixture, GUINT_TO_POINTER (paths), set_up, func, tear_down)
#define ADD(name, func) ADD_WITH (name, func, 0)
  ADD ("we-offer", test_we_offer);
  ADD ("they-offer", test_they_offer);
  ADD ("stranger", test_stranger_gets_the_data_channel_only);
  ADD_WITH ("only-ice", test_only_ice, 1u << BG_TRANSPORT_ICE);
  ADD_WITH ("only-data-channel", test_only_data_channel, 1u << BG_TRANSPORT_DATA_CHANNEL);
  ADD ("description-before-candidates", test_description_before_candidates);
  ADD ("candidates-before-their-offer", test_candidates_before_their_offer);
  ADD ("candidates-are-bounded", test_candidates_are_bounded);
  ADD ("unanswered-offer", test_unanswered_offer_is_sent_again);
  ADD ("no-way-found", test_no_way_found);
  ADD ("glare", test_glare);
  ADD ("restarted-peer", test_restarted_peer_replaces_its_session_at_once);
  ADD ("dead-peer-joins-anew", test_dead_peer_that_joins_anew_is_offered_within_seconds);
  ADD ("no-proof-of-life", test_no_answer_from_the_data_plane_either);
  ADD ("hub-restart", test_hub_restart);
  ADD ("list-in-pieces", test_list_in_pieces);
  ADD ("offline", test_offline_nobody_is_offered_anything);
  ADD ("peer-left", test_peer_left);
  ADD ("session-fails", test_session_fails);
  ADD ("silent-peer", test_silent_peer);
  ADD ("dead-path", test_dead_path);
  ADD ("no-path-ever", test_no_path_ever);
  ADD ("dead-path-is-not-the-service-s", test_dead_path_is_not_the_service_s);
  ADD ("ice-is-not-asked", test_ice_is_not_asked);
  ADD ("doubt", test_doubt);
  ADD ("stranger-is-watched-by-ice", test_stranger_is_watched_by_ice);
  ADD ("closed-transports", test_closed_transports);
  ADD ("session-cannot-be-made", test_session_cannot_be_made);
  ADD ("restart-of-a-stranger", test_restart_of_a_stranger);
  ADD ("three-at-once", test_three_at_once);
  ADD ("duplicates-and-ourselves", test_duplicates_and_ourselves);
  ADD ("messages-of-strangers", test_messages_of_strangers_are_ignored);
  ADD ("hostile-claims", test_hostile_claims);
  ADD ("offer-with-anothers-key", test_offer_with_anothers_key);
  ADD ("rubbish-sdp", test_rubbish_sdp);
  ADD ("storm-of-offers", test_storm_of_offers);
  ADD ("flood-of-names", test_flood_of_names);
  ADD ("pin", test_pin);
  ADD ("hint-is-quoted", test_hint_is_quoted);
  ADD ("forget", test_forget);
  ADD ("live-tunnel-outlives-words", test_live_tunnel_outlives_words);
  ADD ("routes", test_routes);
  ADD ("routes-give-way", test_routes_give_way);
  ADD ("address-gives-way", test_address_gives_way);
  ADD ("static-endpoint-stays-outside", test_static_endpoint_stays_outside);
  ADD ("static-name-before-half-of-the-world", test_static_name_before_half_of_the_world);
  ADD ("full-mailbox", test_full_mailbox_loses_nothing);
  ADD ("ping", test_ping);
  ADD ("reconnect", test_reconnect);
  ADD ("static-peer", test_static_peer);
  ADD ("static-name-moves", test_static_name_moves);
  ADD ("statistics", test_statistics);
  return g_test_run ();
}
