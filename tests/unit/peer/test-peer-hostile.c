/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "peer-fixture.h"

#include "common/error.h"
#include "common/log.h"
#include "peer/offer-mac.h"
#include "peer/peer-attempts.h"
#include "peer/peer-facts.h"

#include <string.h>

#define SUITE "peer-hostile"

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
  say_left ("m"); /* the line's own affair */
  fake_clock_advance (60000);
  g_assert_cmpuint (world.rejoins, ==, 0);
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
go_away (Fixture *f, const char *id, guint8 key)
{
  say_left (id);
  for (int i = 0; i < 3; i++)
    say_pong (f, key, -1);
  assert_state (f, id, BG_PEER_PUBLIC_DISCONNECTED);
}

/* Who proved itself once finds its key and its address when it comes back, also after a restart of ours. */
static void
test_squatters (Fixture *f, gconstpointer data)
{
  connect_larger (f, "z", 0x22, "10.0.0.2/24", OURS);
  go_away (f, "z", 0x22);
  close_set (f);
  open_set (f, 1u << BG_TRANSPORT_ICE);
  say_entry ("s1", 0x33, "10.0.0.2/24", NULL);
  assert_refused (f, "s1", "is that of z, which is away");
  say_entry ("s2", 0x22, "10.0.0.4/24", NULL); /* nobody else can make a session with that key */
  assert_state (f, "s2", BG_PEER_PUBLIC_CONNECTING);
  say_entry ("z", 0x22, "10.0.0.2/24", NULL);
  assert_state (f, "z", BG_PEER_PUBLIC_CONNECTING);
  fake_clock_advance (1);
  assert_refused (f, "s2", "in use by z");
  assert_refused (f, "s1", "in use by z");
}

static void
say_entry6 (const char *id, guint8 key, const char *address, const char *address6)
{
  BgSignalMessage *list = bg_signal_message_new (BG_SIGNAL_PEERS);
  BgSignalPeer *peer;

  add_entry (list, id, key, address, NULL);
  peer = list->peers->pdata[0];
  if (!peer->metadata)
    peer->metadata = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_hash_table_insert (peer->metadata, g_strdup (BG_PEER_METADATA_ADDRESS6), g_strdup (address6));
  fake_signaling_receive (list);
}

static gboolean
has_address (Fixture *f, const char *id, const char *address)
{
  return g_strv_contains (info (f, id)->addresses, address);
}

/* An IPv6 address is kept as well; it is all that is lost to who names it, and who had it finds it again. */
static void
test_squatters_ipv6 (Fixture *f, gconstpointer data)
{
  connect_larger (f, "z", 0x22, "10.0.0.2/24", OURS);
  say_entry6 ("z", 0x22, "10.0.0.2/24", "fd00:ba::2/64");
  open_session (f, 0x22);
  g_assert_true (has_address (f, "z", "fd00:ba::2"));
  go_away (f, "z", 0x22);
  close_set (f);
  open_set (f, 1u << BG_TRANSPORT_ICE);
  connect_larger (f, "zz", 0x33, "10.0.0.3/24", OURS);
  say_entry6 ("zz", 0x33, "10.0.0.3/24", "fd00:ba::2/64");
  assert_state (f, "zz", BG_PEER_PUBLIC_CONNECTED);
  g_assert_false (has_address (f, "zz", "fd00:ba::2"));
  g_assert_nonnull (strstr (info (f, "zz")->state_reason, "is that of z, which is away"));
  say_entry6 ("z", 0x22, "10.0.0.2/24", "fd00:ba::2/64");
  g_assert_true (has_address (f, "z", "fd00:ba::2"));
  fake_clock_advance (1);
  g_assert_nonnull (strstr (info (f, "zz")->state_reason, "in use by z"));
}

static void
test_machine_with_another_name (Fixture *f, gconstpointer data)
{
  connect_larger (f, "z", 0x22, "10.0.0.2/24", OURS);
  go_away (f, "z", 0x22);
  connect_larger (f, "zz", 0x22, "10.0.0.2/24", OURS);
  say_entry ("z", 0x22, "10.0.0.2/24", NULL);
  assert_refused (f, "z", "in use by zz");
  assert_state (f, "zz", BG_PEER_PUBLIC_CONNECTED);
}

/* The hub has no reason to name somebody again because another has gone. */
static void
test_refusal_is_judged_again (Fixture *f, gconstpointer data)
{
  say_entry ("a", 0x22, "10.0.0.2/24", NULL);
  say_entry ("t1", 0x33, "10.0.0.2/24", NULL);
  say_entry ("t2", 0x22, "10.0.0.4/24", NULL);
  assert_refused (f, "t1", "in use by a");
  assert_refused (f, "t2", "in use by a");
  say_left ("a");
  fake_clock_advance (1);
  assert_state (f, "t1", BG_PEER_PUBLIC_CONNECTING);
  assert_state (f, "t2", BG_PEER_PUBLIC_CONNECTING);
}

/* A forgotten one keeps nothing. */
static void
test_forgotten_keeps_nothing (Fixture *f, gconstpointer data)
{
  connect_larger (f, "z", 0x22, "10.0.0.2/24", OURS);
  go_away (f, "z", 0x22);
  say_entry ("t1", 0x33, "10.0.0.2/24", NULL);
  assert_refused (f, "t1", "peers forget z");
  g_assert_true (bg_peer_set_forget_name (f->set, "z", NULL));
  fake_clock_advance (1);
  assert_state (f, "t1", BG_PEER_PUBLIC_CONNECTING);
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

/* Who pressed a button too often is answered all the same, once: nobody says the last offer again. */
static void
test_last_of_storm (Fixture *f, gconstpointer data)
{
  guint before;

  test_storm_of_offers (f, data);
  before = world.sessions->len;
  fake_clock_advance (2000);
  g_assert_cmpuint (world.sessions->len, ==, before + 1);
  g_assert_cmpstr (fake_last_session ()->remote, ==, "offer fp=A99 ufrag=a");
  fake_clock_advance (10000);
  g_assert_cmpuint (world.sessions->len, ==, before + 1);
}

/* Nor does it outlive its sender. */
static void
test_storm_of_who_left (Fixture *f, gconstpointer data)
{
  guint before;

  test_storm_of_offers (f, data);
  before = world.sessions->len;
  say_left ("a");
  fake_clock_advance (4000);
  g_assert_cmpuint (world.sessions->len, ==, before);
}

static void
test_flood_of_names (Fixture *f, gconstpointer data)
{
  for (guint i = 0; i < 3000; i++)
    {
      g_autofree char *id = g_strdup_printf ("z%u", i),
                      *address = g_strdup_printf ("10.0.0.%u/24", 2 + i % 250);

      say_entry (id, (guint8) (i % 200 + 0x20), address, NULL);
    }
  {
    g_autoptr (GPtrArray) peers = bg_peer_set_get_peers (f->set);

    g_assert_cmpuint (peers->len, ==, BG_PEER_MAX_UNPROVED);
  }
  g_assert_cmpuint (fake_open_sessions (), ==, 32);
  /* Those that wait have their turn when others have gone. */
  for (guint i = 0; i < 32; i++)
    fake_session_describe (world.sessions->pdata[i], "fp=M ufrag=m1");
  fake_clock_advance (60000);
  g_assert_cmpuint (world.sessions->len, >, 64);
  g_assert_cmpuint (fake_open_sessions (), <=, 32); /* some may be on their way out */
}

/* An offer that comes while as many as may be are being connected is answered when one of them has gone. */
static void
test_crowd_of_offers (Fixture *f, gconstpointer data)
{
  for (guint i = 0; i < 40; i++)
    {
      g_autofree char *id = g_strdup_printf ("a%02u", i),
                      *sdp = g_strdup_printf ("fp=A%u ufrag=a", i),
                      *address = g_strdup_printf ("10.0.0.%u/24", 2 + i);

      say_entry (id, (guint8) (0x22 + i), address, NULL);
      say_description (BG_SIGNAL_OFFER, id, (guint8) (0x22 + i), sdp, OURS);
    }
  g_assert_cmpuint (world.sessions->len, ==, 32);
  say_left ("a33");
  for (guint i = 0; i < 3; i++)
    fake_session_fail (world.sessions->pdata[i], "no way");
  fake_clock_advance (1000);
  g_assert_cmpuint (world.sessions->len, ==, 35);
  assert_state (f, "a32", BG_PEER_PUBLIC_CONNECTING);
  assert_state (f, "a34", BG_PEER_PUBLIC_CONNECTING);
  assert_state (f, "a35", BG_PEER_PUBLIC_CONNECTING);
}

/* Whoever offers waits while what a connection is made of is asked for, also who is known. */
static void
test_hold (Fixture *f, gconstpointer data)
{
  guint n;

  connect_larger (f, "y", 0x22, "10.0.0.2/24", OURS);
  go_away (f, "y", 0x22);
  n = fake_open_sessions ();
  bg_peer_set_hold (f->set, TRUE);
  say_entry ("y", 0x22, "10.0.0.2/24", NULL);
  say_entry ("z", 0x33, "10.0.0.3/24", NULL);
  say_entry ("a", 0x44, "10.0.0.4/24", NULL);
  say_description (BG_SIGNAL_OFFER, "a", 0x44, "fp=A ufrag=a1", OURS);
  fake_clock_advance (2000);
  g_assert_cmpuint (fake_open_sessions (), ==, n);
  bg_peer_set_hold (f->set, FALSE);
  fake_clock_advance (0);
  g_assert_cmpuint (fake_open_sessions (), ==, n + 3);
}

static void
test_place_among_names (Fixture *f, gconstpointer data)
{
  connect_larger (f, "z", 0x22, "10.0.0.2/24", OURS);
  go_away (f, "z", 0x22);
  for (guint i = 0; i < 3000; i++)
    {
      g_autofree char *id = g_strdup_printf ("fake%u", i);

      say_entry (id, 0, "", NULL);
    }
  say_entry ("z", 0x22, "10.0.0.2/24", NULL);
  assert_state (f, "z", BG_PEER_PUBLIC_CONNECTING);
  say_entry ("real", 0x33, "10.0.0.3/24", NULL); /* nobody that we know, but no liar either */
  assert_state (f, "real", BG_PEER_PUBLIC_CONNECTING);
}

/* Peers that could be some, and never answer. */
static void
say_crowd (void)
{
  for (guint i = 0; i < 120; i++)
    {
      g_autofree char *id = g_strdup_printf ("x%u", i),
                      *address = g_strdup_printf ("10.0.0.%u/24", 10 + i);

      say_entry (id, (guint8) (i + 0x40), address, NULL);
    }
}

/* Names that never answer keep nobody from his turn. */
static void
test_turns_are_fair (Fixture *f, gconstpointer data)
{
  guint waited = 0;

  say_crowd ();
  say_entry ("zz", 0x22, "10.0.0.2/24", NULL);
  say_entry ("a", 0x33, "10.0.0.3/24", NULL);
  say_description (BG_SIGNAL_OFFER, "a", 0x33, "fp=A ufrag=a1", GO);
  g_assert_cmpuint (fake_open_sessions (), ==, BG_PEER_MAX_ATTEMPTS);
  while (waited < 60 && (!fake_sent (BG_SIGNAL_OFFER, "zz") || !fake_sent (BG_SIGNAL_ANSWER, "a")))
    {
      for (guint i = 0; i < world.sessions->len; i++)
        if (!((BgIceSession *) world.sessions->pdata[i])->closed)
          fake_session_describe (world.sessions->pdata[i], "fp=M ufrag=m1");
      fake_clock_advance (1000);
      g_assert_cmpuint (fake_open_sessions (), <=, BG_PEER_MAX_ATTEMPTS);
      waited++;
    }
  g_assert_cmpuint (waited, <, 45);
}

static gboolean
has_session_of (const char *remote)
{
  for (guint i = 0; i < world.sessions->len; i++)
    if (g_strcmp0 (((BgIceSession *) world.sessions->pdata[i])->remote, remote) == 0)
      return TRUE;
  return FALSE;
}

/* Whose offer waits for its turn gets none from us meanwhile, which would cross it. */
static void
test_waiting_offers_are_not_crossed (Fixture *f, gconstpointer data)
{
  guint waited = 0;

  say_crowd ();
  say_entry ("a", 0x33, "10.0.0.3/24", NULL);
  say_description (BG_SIGNAL_OFFER, "a", 0x33, "fp=A ufrag=a1", OURS);
  for (; waited < 60 && info (f, "a")->state == BG_PEER_PUBLIC_DISCONNECTED; waited++)
    fake_clock_advance (1000);
  g_assert_cmpuint (waited, >, 16);
  g_assert_true (has_session_of ("offer fp=A ufrag=a1"));
}

/* What it costs to end a session counts, too. */
static void
test_replaced_attempts_are_counted (Fixture *f, gconstpointer data)
{
  for (guint i = 0; i < 60; i++)
    {
      g_autofree char *id = g_strdup_printf ("b%u", i),
                      *address = g_strdup_printf ("10.0.0.%u/24", 10 + i);

      say_entry (id, (guint8) (i + 0x40), address, NULL);
      for (guint n = 0; n < 4; n++)
        {
          g_autofree char *sdp = g_strdup_printf ("fp=B%u ufrag=b", n);

          say_description (BG_SIGNAL_OFFER, id, (guint8) (i + 0x40), sdp, GO);
        }
    }
  g_assert_cmpuint (world.sessions->len, ==, BG_PEER_MAX_ATTEMPTS);
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

/* Somebody makes the hub say that the peer begins anew; it lives, and so does its tunnel. */
static void
test_forged_offer_ends_nothing (Fixture *f, gconstpointer data)
{
  connect_smaller (f, "a", 0x22, "10.0.0.2/24", OURS);
  for (int i = 0; i < 3; i++)
    {
      g_autofree char *sdp = g_strdup_printf ("fp=EVIL%d ufrag=e", i);

      say_description (BG_SIGNAL_OFFER, "a", 0x22, sdp, i == 1 ? GO : OURS);
      g_assert_cmpuint (world.sessions->len, ==, 1);
      say_pong (f, 0x22, 500);
      assert_state (f, "a", BG_PEER_PUBLIC_CONNECTED);
    }
  fake_clock_advance (60000);
  g_assert_cmpuint (world.sessions->len, ==, 1);
  g_assert_cmpuint (fake_count_commands ("detach"), ==, 0);
  g_assert_cmpstr (info (f, "a")->implementation, ==, "bamgated 0"); /* that of the session */
}

static void
test_proved_offer_replaces_at_once (Fixture *f, gconstpointer data)
{
  connect_signed (f, 0x22, "10.0.0.2/24");
  say_signed (BG_SIGNAL_OFFER, "a", 0x22, "fp=NEW ufrag=n1", 1001);
  g_assert_cmpuint (world.sessions->len, ==, 2);
  g_assert_cmpuint (fake_open_sessions (), ==, 1);
}

/* A message from before, said once more by somebody else, is no reason to believe that all began anew. */
static void
test_old_offer_said_again (Fixture *f, gconstpointer data)
{
  WgKey key = real_key (0x22);

  connect_signed (f, 0x22, "10.0.0.2/24");
  say_signed (BG_SIGNAL_OFFER, "a", 0x22, "fp=OLD ufrag=o1", 999);
  g_assert_cmpuint (world.sessions->len, ==, 1);
  /* But where the clock of the peer went back, it is. */
  for (int i = 0; i < 3; i++)
    say_event_of (f, BG_EVENT_PING, &key, BG_TRANSPORT_NONE);
  g_assert_cmpuint (world.sessions->len, ==, 2);
}

static void
say_unsigned (Fixture *f, const char *sdp)
{
  WgKey key = real_key (0x22);
  BgSignalMessage *message = message_from (BG_SIGNAL_OFFER, "a");

  message->sdp = g_strdup (sdp);
  message->public_key = g_base64_encode (key.bytes, sizeof key.bytes);
  fake_signaling_receive (message);
}

/* Who once proved its key always does, also after a restart of ours. */
static void
test_proof_is_demanded (Fixture *f, gconstpointer data)
{
  say_real_entry ("a", 0x22, "10.0.0.2/24");
  say_unsigned (f, "fp=A ufrag=a0");
  g_assert_cmpuint (world.sessions->len, ==, 1);
  say_signed (BG_SIGNAL_OFFER, "a", 0x22, "fp=A ufrag=a1", 1000);
  g_assert_cmpuint (world.sessions->len, ==, 2);
  say_unsigned (f, "fp=EVIL ufrag=e1");
  g_assert_cmpuint (world.sessions->len, ==, 2);
  g_assert_nonnull (strstr (info (f, "a")->state_reason, "does not prove its key"));
  close_set (f);
  open_set (f, 1u << BG_TRANSPORT_ICE);
  say_real_entry ("a", 0x22, "10.0.0.2/24");
  say_unsigned (f, "fp=EVIL ufrag=e1");
  g_assert_cmpuint (world.sessions->len, ==, 2);
  g_assert_nonnull (strstr (info (f, "a")->state_reason, "does not prove its key"));
  /* What somebody else spends is not the peer's. */
  for (int i = 0; i < 20; i++)
    say_unsigned (f, "fp=EVIL ufrag=e1");
  say_signed (BG_SIGNAL_OFFER, "a", 0x22, "fp=A ufrag=a2", 1001);
  g_assert_cmpuint (world.sessions->len, ==, 3);
}

/* A wrong key in a description ends no attempt. */
static void
test_wrong_key_ends_no_attempt (Fixture *f, gconstpointer data)
{
  say_entry ("z", 0x22, "10.0.0.2/24", NULL);
  fake_session_describe (fake_last_session (), "fp=M ufrag=m1");
  say_description (BG_SIGNAL_ANSWER, "z", 0x33, "fp=EVIL ufrag=e1", OURS);
  g_assert_cmpuint (fake_open_sessions (), ==, 1);
  g_assert_nonnull (strstr (info (f, "z")->state_reason, "its key is not the one"));
  say_description (BG_SIGNAL_ANSWER, "z", 0x22, "fp=Z ufrag=z1", OURS);
  open_session (f, 0x22);
  assert_state (f, "z", BG_PEER_PUBLIC_CONNECTED);
  g_assert_cmpstr (info (f, "z")->state_reason, ==, "");
}

static void
test_our_descriptions_prove_our_key (Fixture *f, gconstpointer data)
{
  WgKey theirs = fake_key (0x22), ours = real_key (0x11);
  BgOfferMac *mac = bg_offer_mac_new (&theirs);

  say_real_entry ("z", 0x22, "10.0.0.2/24");
  fake_session_describe (fake_last_session (), "fp=M ufrag=m1");
  g_assert_true (bg_offer_mac_verify (mac, &ours, fake_sent (BG_SIGNAL_OFFER, "z")));
  bg_offer_mac_free (mac);
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

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  bg_log_configure ("critical", NULL);
  ADD ("candidates-are-bounded", test_candidates_are_bounded);
  ADD ("duplicates-and-ourselves", test_duplicates_and_ourselves);
  ADD ("messages-of-strangers", test_messages_of_strangers_are_ignored);
  ADD ("hostile-claims", test_hostile_claims);
  ADD ("squatters", test_squatters);
  ADD ("squatters-ipv6", test_squatters_ipv6);
  ADD ("machine-with-another-name", test_machine_with_another_name);
  ADD ("refusal-is-judged-again", test_refusal_is_judged_again);
  ADD ("forgotten-keeps-nothing", test_forgotten_keeps_nothing);
  ADD ("place-among-names", test_place_among_names);
  ADD ("offer-with-anothers-key", test_offer_with_anothers_key);
  ADD ("rubbish-sdp", test_rubbish_sdp);
  ADD ("storm-of-offers", test_storm_of_offers);
  ADD ("last-of-storm", test_last_of_storm);
  ADD ("storm-of-who-left", test_storm_of_who_left);
  ADD ("flood-of-names", test_flood_of_names);
  ADD ("crowd-of-offers", test_crowd_of_offers);
  ADD ("hold", test_hold);
  ADD ("turns-are-fair", test_turns_are_fair);
  ADD ("waiting-offers-are-not-crossed", test_waiting_offers_are_not_crossed);
  ADD ("replaced-attempts-are-counted", test_replaced_attempts_are_counted);
  ADD ("pin", test_pin);
  ADD ("hint-is-quoted", test_hint_is_quoted);
  ADD ("forget", test_forget);
  ADD ("forged-offer-ends-nothing", test_forged_offer_ends_nothing);
  ADD ("proved-offer-replaces-at-once", test_proved_offer_replaces_at_once);
  ADD ("old-offer-said-again", test_old_offer_said_again);
  ADD ("proof-is-demanded", test_proof_is_demanded);
  ADD ("wrong-key-ends-no-attempt", test_wrong_key_ends_no_attempt);
  ADD ("our-descriptions-prove-our-key", test_our_descriptions_prove_our_key);
  ADD ("live-tunnel-outlives-words", test_live_tunnel_outlives_words);
  return g_test_run ();
}
