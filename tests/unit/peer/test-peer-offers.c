/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What peers offer beside themselves: who is believed, how long it is known, and who is told of ours. */
#include "peer-fixture.h"

#include "common/key-text.h"
#include "common/log.h"
#include "peer/negotiator.h"
#include "peer/offer-mac.h"

#include <string.h>

#define SUITE "peer-offers"
#define SEED 0x44

static char **
words (const char *text)
{
  return g_strsplit (text, " ", -1);
}

static BgPeerOffer *
offer_of (const char *routes)
{
  BgPeerOffer *offer = bg_peer_offer_new ();

  g_strfreev (offer->routes);
  offer->routes = *routes ? words (routes) : g_new0 (char *, 1);
  return offer;
}

/* Of "a", made at `time`; takes `offer`. */
static BgSignalMessage *
signed_message (BgSignalType type, const char *sdp, guint control, gint64 time, BgPeerOffer *offer)
{
  BgSignalMessage *message = message_from (type, "a");
  WgKey private_key = fake_key (SEED), theirs = real_key (SEED), ours = real_key (0x11);
  BgOfferMac *mac = bg_offer_mac_new (&private_key);

  message->sdp = g_strdup (sdp);
  message->public_key = g_malloc (BG_KEY_TEXT_LEN + 1);
  bg_key_to_base64 (theirs.bytes, message->public_key);
  message->is_bamgate = TRUE;
  message->control = control;
  message->time = time;
  message->offer = offer;
  bg_offer_mac_sign (mac, &ours, message);
  bg_offer_mac_free (mac);
  return message;
}

static void
say_offer_of (BgSignalType type, const char *sdp, guint control, gint64 time, const char *routes)
{
  fake_signaling_receive (signed_message (type, sdp, control, time, offer_of (routes)));
}

static void
say_entry_with (const char *routes, const char *dns)
{
  BgSignalMessage *message = bg_signal_message_new (BG_SIGNAL_PEERS);
  BgSignalPeer *peer = g_new0 (BgSignalPeer, 1);
  WgKey key = real_key (SEED);

  peer->id = g_strdup ("a");
  peer->public_key = g_malloc (BG_KEY_TEXT_LEN + 1);
  bg_key_to_base64 (key.bytes, peer->public_key);
  peer->address = g_strdup ("10.0.0.2/24");
  peer->routes = *routes ? words (routes) : g_new0 (char *, 1);
  peer->metadata = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  if (dns)
    g_hash_table_insert (peer->metadata, g_strdup ("dns"), g_strdup (dns));
  g_ptr_array_add (message->peers, peer);
  fake_signaling_receive (message);
}

static void
open_it (Fixture *f)
{
  WgKey key = real_key (SEED);

  fake_session_describe (fake_last_session (), "fp=M ufrag=m1");
  fake_session_set_state (fake_last_session (), BG_ICE_SESSION_OPEN);
  say_event_of (f, BG_EVENT_SESSION, &key, BG_TRANSPORT_NONE);
  say_event_of (f, BG_EVENT_PATH, &key, BG_TRANSPORT_ICE);
  assert_state (f, "a", BG_PEER_PUBLIC_CONNECTED);
}

static void
assert_routes (Fixture *f, const char *routes)
{
  g_autofree char *joined = g_strjoinv (" ", (char **) info (f, "a")->routes);

  g_assert_cmpstr (joined, ==, routes);
}

static void
test_hub_says (Fixture *f, gconstpointer data)
{
  say_entry_with ("192.168.7.0/24", "[\"192.168.7.1\",\"rubbish\",\"127.0.0.1\",\"192.168.7.1\"]");
  assert_routes (f, "192.168.7.0/24");
  g_assert_cmpstr (info (f, "a")->dns[0], ==, "192.168.7.1");
  g_assert_null (info (f, "a")->dns[1]);
  g_assert_cmpuint (info (f, "a")->exit_families, ==, 0);
  say_entry_with ("192.168.7.0/24", "no list");
  g_assert_null (info (f, "a")->dns[0]);
}

/* What it proved goes before what the hub says, is news in the middle of a connection, and is known when it is away. */
static void
test_proved (Fixture *f, gconstpointer data)
{
  say_entry_with ("10.66.0.0/16", NULL);
  say_offer_of (BG_SIGNAL_OFFER, "fp=A ufrag=a1", 3, 1000, "192.168.7.0/24");
  open_it (f);
  assert_routes (f, "192.168.7.0/24");
  say_entry_with ("10.66.0.0/16", "[\"10.66.0.1\"]");
  assert_routes (f, "192.168.7.0/24");
  g_assert_null (info (f, "a")->dns[0]);
  say_offer_of (BG_SIGNAL_ANSWER, "fp=A ufrag=a1", 3, 1001, "192.168.8.0/24");
  assert_routes (f, "192.168.8.0/24");
  g_assert_cmpstr (info (f, "a")->accepted_routes[0], ==, "192.168.8.0/24");
  /* An old one, said again; a changed one. */
  say_offer_of (BG_SIGNAL_ANSWER, "fp=A ufrag=a1", 3, 1000, "192.168.7.0/24");
  assert_routes (f, "192.168.8.0/24");
  {
    BgSignalMessage *message = signed_message (BG_SIGNAL_ANSWER, "fp=A ufrag=a1", 3, 1002,
                                               offer_of (""));

    bg_peer_offer_free (message->offer);
    message->offer = offer_of ("10.66.0.0/16");
    fake_signaling_receive (message);
  }
  assert_routes (f, "192.168.8.0/24");

  close_set (f);
  open_set (f, 1u << BG_TRANSPORT_ICE);
  fake_signaling_set_state (BG_SIGNALING_ONLINE);
  assert_state (f, "a", BG_PEER_PUBLIC_DISCONNECTED);
  assert_routes (f, "192.168.8.0/24");
  g_assert_null (info (f, "a")->accepted_routes[0]);
  say_entry_with ("10.66.0.0/16", NULL);
  assert_routes (f, "192.168.8.0/24");
}

/* A peer that went back to an older version says nothing that is proved: the hub's word counts again. */
static void
test_older_again (Fixture *f, gconstpointer data)
{
  say_entry_with ("10.66.0.0/16", NULL);
  say_offer_of (BG_SIGNAL_OFFER, "fp=A ufrag=a1", 3, 1000, "192.168.7.0/24");
  open_it (f);
  say_offer_of (BG_SIGNAL_OFFER, "fp=B ufrag=b1", 2, 1001, "192.168.9.0/24");
  assert_routes (f, "10.66.0.0/16");
}

static void
offer_ours (Fixture *f, const char *routes)
{
  g_autoptr (BgPeerOffer) offer = offer_of (routes);

  bg_peer_set_set_offer (f->set, offer);
}

/* Ours goes with every description, and with the last one again to who hears it, as soon as somebody passes it on. */
static void
test_ours (Fixture *f, gconstpointer data)
{
  const BgSignalMessage *sent;

  offer_ours (f, "192.168.1.0/24");
  say_entry_with ("", NULL);
  say_offer_of (BG_SIGNAL_OFFER, "fp=A ufrag=a1", 3, 1000, "192.168.1.0/25 192.168.2.0/24");
  open_it (f);
  sent = fake_sent (BG_SIGNAL_ANSWER, "a");
  g_assert_cmpuint (sent->control, ==, BG_CONTROL_VERSION_OURS);
  g_assert_cmpstr (sent->offer->routes[0], ==, "192.168.1.0/24");
  g_assert_cmpstr (info (f, "a")->accepted_routes[0], ==, "192.168.2.0/24");
  g_assert_nonnull (strstr (info (f, "a")->state_reason, "offers a network there itself"));

  fake_signaling_set_state (BG_SIGNALING_CONNECTING);
  offer_ours (f, "192.168.3.0/24");
  g_assert_cmpuint (fake_count_sent (BG_SIGNAL_ANSWER, "a"), ==, 1);
  fake_signaling_set_state (BG_SIGNALING_ONLINE);
  g_assert_cmpuint (fake_count_sent (BG_SIGNAL_ANSWER, "a"), ==, 2);
  sent = fake_sent (BG_SIGNAL_ANSWER, "a");
  g_assert_cmpstr (sent->offer->routes[0], ==, "192.168.3.0/24");
  g_assert_cmpint (g_strv_length ((char **) info (f, "a")->accepted_routes), ==, 2);
  assert_state (f, "a", BG_PEER_PUBLIC_CONNECTED);
}

/* Who does not know such news would take them for something else. */
static void
test_ours_to_others (Fixture *f, gconstpointer data)
{
  connect_smaller (f, "a", 0x22, "10.0.0.2/24", GO);
  offer_ours (f, "192.168.3.0/24");
  g_assert_cmpuint (fake_count_sent (BG_SIGNAL_ANSWER, "a"), ==, 1);
  connect_larger (f, "z", 0x33, "10.0.0.3/24", RESTS);
  offer_ours (f, "192.168.4.0/24");
  g_assert_cmpuint (fake_count_sent (BG_SIGNAL_OFFER, "z"), ==, 1);
}

static void
say_services (guint control, gint64 time, const char *services)
{
  BgPeerOffer *offer = bg_peer_offer_new ();

  g_strfreev (offer->services);
  offer->services = g_strsplit (services, ";", -1);
  fake_signaling_receive (signed_message (BG_SIGNAL_ANSWER, "fp=A ufrag=a1", control, time, offer));
}

static void
assert_services (Fixture *f, const char *services)
{
  g_autofree char *joined = g_strjoinv (";", (char **) info (f, "a")->services);

  g_assert_cmpstr (joined, ==, services);
}

/* What is no service, or one that nobody here knows, is none; and what the proof does not cover, anybody may have put there. */
static void
test_services (Fixture *f, gconstpointer data)
{
  say_entry_with ("", NULL);
  say_offer_of (BG_SIGNAL_OFFER, "fp=A ufrag=a1", BG_CONTROL_VERSION_SERVICES, 1000, "");
  open_it (f);
  assert_services (f, "");
  say_services (BG_CONTROL_VERSION_SERVICES, 1001,
                "web 80 http;web 80 http;dns 53 udp;x 1 sctp;X 1 tcp;a 0 tcp;a b 1 tcp;y 1");
  assert_services (f, "web 80 http;dns 53 udp");
  say_services (BG_CONTROL_VERSION_SERVICES - 1, 1002, "forged 80 tcp");
  assert_services (f, "");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  bg_log_configure ("critical", NULL);
  ADD ("hub-says", test_hub_says);
  ADD ("proved", test_proved);
  ADD ("older-again", test_older_again);
  ADD ("ours", test_ours);
  ADD ("ours-to-others", test_ours_to_others);
  ADD ("services", test_services);
  return g_test_run ();
}
