/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Peers of a network that is signed: who is taken, with which addresses and offers, and who goes at once. */
#include "log-fixture.h"
#include "peer-fixture.h"

#include "common/log.h"

#include <string.h>

#define SUITE "peer-signed"

typedef struct
{
  GPtrArray *entries;
  guint n_heads;
  BgLogHead head; /* the last that was heard */
} Network;

static Network network;

static void
on_head_heard (BgPeerSet *set, BgPeer *peer, const BgLogHead *head)
{
  network.n_heads++;
  network.head = *head;
}

/* --- The log --- */

static BgMemberRecord
record_of (const char *name, guint8 key, guint8 last_byte)
{
  BgMemberRecord record = fixture_record (0);
  WgKey wg = fake_key (key);

  memcpy (record.key, wg.bytes, BG_ENTRY_KEY);
  record.name_len = (guint8) g_snprintf (record.name, sizeof record.name, "%s", name);
  record.addresses[0].bytes[0] = 10;
  record.addresses[0].bytes[1] = record.addresses[0].bytes[2] = 0;
  record.addresses[0].bytes[3] = last_byte;
  return record;
}

static void
put (Fixture *f, const BgEntry *entry)
{
  g_autoptr (GPtrArray) more = g_ptr_array_new ();

  fixture_add (network.entries, entry, FIXTURE_OWNER_SEED);
  g_ptr_array_add (more, network.entries->pdata[network.entries->len - 1]);
  g_assert_true (bg_membership_log_append (f->log, more, NULL));
  if (f->set)
    bg_peer_set_follow_log (f->set, f->log);
}

static void
put_device (Fixture *f, const char *name, guint8 key, guint8 last_byte)
{
  BgEntry entry = { .type = BG_ENTRY_DEVICE, .record = record_of (name, key, last_byte) };

  put (f, &entry);
}

static void
put_revocation (Fixture *f, guint8 key)
{
  BgEntry entry = { .type = BG_ENTRY_REVOKE };
  WgKey wg = fake_key (key);

  memcpy (entry.key, wg.bytes, BG_ENTRY_KEY);
  put (f, &entry);
}

static void
put_policy (Fixture *f, guint8 policy)
{
  BgEntry entry = { .type = BG_ENTRY_POLICY, .policy = policy };

  put (f, &entry);
}

/* "m", we, and nobody else. */
static void
set_up_signed (Fixture *f, gconstpointer data)
{
  BgEntry genesis = fixture_genesis (FALSE);

  network = (Network){ .entries = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref) };
  f->log = bg_membership_log_load (NULL, NULL);
  set_up (f, data);
  g_signal_connect (f->set, "head-heard", G_CALLBACK (on_head_heard), NULL);
  genesis.record = record_of ("m", 0x11, 1);
  put (f, &genesis);
}

static void
tear_down_signed (Fixture *f, gconstpointer data)
{
  tear_down (f, data);
  bg_membership_log_free (f->log);
  g_ptr_array_unref (network.entries);
}

/* --- Who is taken --- */

static void
test_member (Fixture *f, gconstpointer data)
{
  put_device (f, "z", 0x22, 2);
  connect_larger (f, "z", 0x22, "10.0.0.2/24", OURS);
  g_assert_cmpstr (info (f, "z")->membership, ==, "signed");
}

static void
test_unknown (Fixture *f, gconstpointer data)
{
  say_entry ("z", 0x22, "10.0.0.2/24", NULL);
  assert_refused (f, "z", "bamgatectl devices approve z");
  g_assert_cmpuint (world.sessions->len, ==, 0);
  g_assert_cmpuint (fake_count_commands ("set-peer"), ==, 0);
  put_device (f, "y", 0x33, 3); /* which is somebody else */
  assert_refused (f, "z", "approve");
  put_device (f, "z", 0x22, 2);
  assert_state (f, "z", BG_PEER_PUBLIC_CONNECTING);
  g_assert_cmpuint (world.sessions->len, ==, 1);
}

static void
test_unknown_offers (Fixture *f, gconstpointer data)
{
  say_entry ("a", 0x22, "10.0.0.2/24", NULL);
  say_description (BG_SIGNAL_OFFER, "a", 0x22, "fp=A ufrag=a1", OURS);
  assert_refused (f, "a", "approve");
  g_assert_cmpuint (world.sessions->len, ==, 0);
}

/* The hub says nothing of a key, or another one in the list than the one that comes with the offer. */
static void
test_other_key (Fixture *f, gconstpointer data)
{
  put_device (f, "a", 0x22, 2);
  say_entry ("a", 0x33, "10.0.0.2/24", NULL);
  assert_refused (f, "a", "another key than the one that the network's owners");
  say_entry ("a", 0, "10.0.0.2/24", NULL);
  say_description (BG_SIGNAL_OFFER, "a", 0x33, "fp=A ufrag=a1", OURS);
  assert_refused (f, "a", "another key");
  g_assert_cmpuint (world.sessions->len, ==, 0);
  say_description (BG_SIGNAL_OFFER, "a", 0x22, "fp=A ufrag=a2", OURS);
  g_assert_cmpuint (world.sessions->len, ==, 1);
}

static void
test_other_name (Fixture *f, gconstpointer data)
{
  put_device (f, "a", 0x22, 2);
  say_entry ("z", 0x22, "10.0.0.2/24", NULL);
  assert_refused (f, "z", "for another name, “a”");
}

/* The pin follows the log. */
static void
test_new_key (Fixture *f, gconstpointer data)
{
  BgEntry device = { .type = BG_ENTRY_DEVICE };

  put_device (f, "z", 0x22, 2);
  connect_larger (f, "z", 0x22, "10.0.0.2/24", OURS);
  put_revocation (f, 0x22);
  device.record = record_of ("z", 0x33, 2);
  put (f, &device);
  say_entry ("z", 0x33, "10.0.0.2/24", NULL);
  assert_state (f, "z", BG_PEER_PUBLIC_CONNECTING);
  say_entry ("z", 0x22, "10.0.0.2/24", NULL);
  assert_refused (f, "z", "put it out");
}

/* One that was remembered with another key before the network was signed. */
static void
test_pin_gives_way (Fixture *f, gconstpointer data)
{
  g_autoptr (BgMembershipLog) kept = g_steal_pointer (&f->log);
  guint paths = 1u << BG_TRANSPORT_DATA_CHANNEL | 1u << BG_TRANSPORT_ICE;

  close_set (f);
  open_set (f, paths);
  fake_signaling_set_state (BG_SIGNALING_ONLINE);
  say_entry ("z", 0x44, "10.0.0.2/24", NULL);
  assert_state (f, "z", BG_PEER_PUBLIC_CONNECTING);
  fake_clock_advance (1100); /* it is written down */
  close_set (f);
  f->set = NULL;
  f->log = g_steal_pointer (&kept);
  put_device (f, "z", 0x22, 2);
  open_set (f, paths);
  fake_signaling_set_state (BG_SIGNALING_ONLINE);
  say_entry ("z", 0x22, "10.0.0.2/24", NULL);
  assert_state (f, "z", BG_PEER_PUBLIC_CONNECTING);
}

/* --- With what --- */

static void
test_addresses_of_the_log (Fixture *f, gconstpointer data)
{
  put_device (f, "z", 0x22, 2);
  say_entry ("z", 0x22, "10.0.0.99/24", NULL);
  fake_session_describe (fake_last_session (), "fp=M ufrag=m1");
  say_description (BG_SIGNAL_ANSWER, "z", 0x22, "fp=Z ufrag=z1", OURS);
  open_session (f, 0x22);
  g_assert_true (fake_has_command ("set-peer 22 10.0.0.2/32 control"));
  g_assert_cmpuint (fake_count_commands ("set-peer 22 10.0.0.99"), ==, 0);
}

static void
assert_address (Fixture *f, const char *id, const char *expected)
{
  g_assert_cmpstr (info (f, id)->addresses[0], ==, expected);
}

/* One that the hub names without its key, with an address of its own choice, or with another member's. */
static void
test_addresses_of_the_name (Fixture *f, gconstpointer data)
{
  put_device (f, "a", 0x22, 2);
  put_device (f, "b", 0x33, 3);
  say_entry ("a", 0, "10.0.0.99/24", NULL);
  assert_address (f, "a", "10.0.0.2");
  say_entry ("a", 0, "10.0.0.3/24", NULL);
  assert_address (f, "a", "10.0.0.2");
  say_description (BG_SIGNAL_OFFER, "a", 0x22, "fp=A ufrag=a1", OURS);
  fake_session_describe (fake_last_session (), "fp=M ufrag=m1");
  open_session (f, 0x22);
  assert_state (f, "a", BG_PEER_PUBLIC_CONNECTED);
  g_assert_true (fake_has_command ("set-peer 22 10.0.0.2/32 control"));
  g_assert_cmpuint (fake_count_commands ("set-peer 22 10.0.0.99"), ==, 0);
}

/* Who is in no record gets no address that is in one, be the other there or not. */
static void
test_address_of_a_member (Fixture *f, gconstpointer data)
{
  put_policy (f, BG_POLICY_UNSIGNED);
  put_device (f, "y", 0x33, 2);
  say_entry ("z", 0x22, "10.0.0.2/24", NULL);
  assert_refused (f, "z", "y");
  say_entry ("z", 0x22, "10.0.0.3/24", NULL);
  assert_state (f, "z", BG_PEER_PUBLIC_CONNECTING);
  g_assert_cmpstr (info (f, "z")->membership, ==, "unsigned");
}

static void
test_routes_within_grant (Fixture *f, gconstpointer data)
{
  BgEntry device = { .type = BG_ENTRY_DEVICE, .record = record_of ("z", 0x22, 2) };
  BgEntryPrefix lan = { .family = 4, .length = 16, .bytes = { 192, 168 } };

  put (f, &device);
  say_entry ("z", 0x22, "10.0.0.2/24", "192.168.7.0/24");
  fake_session_describe (fake_last_session (), "fp=M ufrag=m1");
  say_description (BG_SIGNAL_ANSWER, "z", 0x22, "fp=Z ufrag=z1", OURS);
  open_session (f, 0x22);
  g_assert_true (fake_has_command ("set-peer 22 10.0.0.2/32 control"));
  g_assert_cmpuint (g_strv_length ((char **) info (f, "z")->accepted_routes), ==, 0);
  g_assert_nonnull (strstr (info (f, "z")->state_reason, "have not signed"));
  device.record.granted.n_routes = 1;
  device.record.granted.routes[0] = lan;
  put (f, &device);
  g_assert_true (g_strv_contains (info (f, "z")->accepted_routes, "192.168.7.0/24"));
  g_assert_cmpstr (info (f, "z")->state_reason, ==, "");
}

/* --- Who goes --- */

/* Its session works, and the hub is away. */
static void
test_revoked (Fixture *f, gconstpointer data)
{
  put_device (f, "z", 0x22, 2);
  connect_larger (f, "z", 0x22, "10.0.0.2/24", OURS);
  fake_signaling_set_state (BG_SIGNALING_WAITING);
  put_revocation (f, 0x22);
  g_assert_true (fake_has_command ("remove 22"));
  g_assert_cmpuint (fake_open_sessions (), ==, 0);
  fake_signaling_set_state (BG_SIGNALING_ONLINE);
  fake_clock_advance (10);
  say_entry ("z", 0x22, "10.0.0.2/24", NULL);
  assert_refused (f, "z", "put it out");
  say_description (BG_SIGNAL_OFFER, "z", 0x22, "fp=Z ufrag=z9", OURS);
  g_assert_cmpuint (fake_open_sessions (), ==, 0);
}

/* It comes back under another name, as a stranger. */
static void
test_revoked_under_another_name (Fixture *f, gconstpointer data)
{
  put_policy (f, BG_POLICY_UNSIGNED);
  put_device (f, "z", 0x22, 2);
  put_revocation (f, 0x22);
  say_entry ("y", 0x22, "10.0.0.2/24", NULL);
  assert_refused (f, "y", "put it out");
}

/* Of those that are remembered while they are away. */
static void
test_revoked_while_away (Fixture *f, gconstpointer data)
{
  put_device (f, "z", 0x22, 2);
  connect_larger (f, "z", 0x22, "10.0.0.2/24", OURS);
  close_set (f);
  open_set (f, 1u << BG_TRANSPORT_ICE);
  g_assert_nonnull (bg_peer_set_lookup (f->set, "z"));
  put_revocation (f, 0x22);
  g_assert_null (bg_peer_set_lookup (f->set, "z"));
  close_set (f);
  open_set (f, 1u << BG_TRANSPORT_ICE);
  g_assert_null (bg_peer_set_lookup (f->set, "z"));
}

static void
test_policy_ends (Fixture *f, gconstpointer data)
{
  put_policy (f, BG_POLICY_UNSIGNED);
  connect_larger (f, "z", 0x22, "10.0.0.2/24", GO);
  g_assert_cmpstr (info (f, "z")->membership, ==, "unsigned");
  put_policy (f, 0);
  g_assert_true (fake_has_command ("remove 22"));
  fake_clock_advance (10);
  assert_refused (f, "z", "approve");
}

/* A network that becomes a signed one loses nobody who has a record. */
static void
test_others_stay (Fixture *f, gconstpointer data)
{
  put_device (f, "z", 0x22, 2);
  put_device (f, "y", 0x33, 3);
  connect_larger (f, "z", 0x22, "10.0.0.2/24", OURS);
  put_revocation (f, 0x33);
  g_assert_cmpuint (fake_count_commands ("remove"), ==, 0);
  assert_state (f, "z", BG_PEER_PUBLIC_CONNECTED);
}

/* --- Heads --- */

static void
connect_that_speaks (Fixture *f, guint16 control)
{
  BgSignalMessage *answer = message_from (BG_SIGNAL_ANSWER, "z");

  put_device (f, "z", 0x22, 2);
  say_entry ("z", 0x22, "10.0.0.2/24", NULL);
  fake_session_describe (fake_last_session (), "fp=M ufrag=m1");
  answer->sdp = g_strdup ("fp=Z ufrag=z1");
  answer->public_key = fake_key_text (0x22);
  answer->is_bamgate = TRUE;
  answer->control = control;
  fake_signaling_receive (answer);
  open_session (f, 0x22);
}

static void
connect_that_hears (Fixture *f)
{
  connect_that_speaks (f, 4);
}

static void
hear (Fixture *f, guint count, gboolean is_answer)
{
  BgEvent event = { .type = BG_EVENT_HEAD,
                    .key = fake_key (0x22),
                    .head = { .count = count, .is_answer = is_answer } };

  bg_peer_set_take_event (f->set, &event);
}

static void
test_says_head (Fixture *f, gconstpointer data)
{
  connect_that_hears (f);
  g_assert_cmpuint (fake_count_commands ("head 22 2"), >=, 1);
  hear (f, 2, TRUE);
  g_assert_cmpuint (network.n_heads, ==, 1);
  fake_clock_advance (120000);
  g_assert_cmpuint (fake_count_commands ("head 22 2"), <=, 2);
  put_device (f, "y", 0x33, 3);
  g_assert_cmpuint (fake_count_commands ("head 22 3"), ==, 1);
}

/* What gets lost is said again, but not for ever. */
static void
test_head_is_lost (Fixture *f, gconstpointer data)
{
  guint before;

  connect_that_hears (f);
  before = fake_count_commands ("head 22");
  fake_clock_advance (1000);
  g_assert_cmpuint (fake_count_commands ("head 22"), ==, before + 1);
  fake_clock_advance (600000);
  g_assert_cmpuint (fake_count_commands ("head 22"), <=, before + 6);
}

static void
test_answers_head (Fixture *f, gconstpointer data)
{
  connect_that_hears (f);
  for (guint i = 0; i < 50; i++)
    hear (f, 9, FALSE);
  g_assert_cmpuint (fake_count_commands ("head 22 2 answer"), ==, 1);
  g_assert_cmpuint (network.head.count, ==, 9);
  fake_clock_advance (300);
  hear (f, 9, FALSE);
  g_assert_cmpuint (fake_count_commands ("head 22 2 answer"), ==, 2);
}

static void
test_older_hear_nothing (Fixture *f, gconstpointer data)
{
  put_device (f, "z", 0x22, 2);
  connect_larger (f, "z", 0x22, "10.0.0.2/24", OURS);
  fake_clock_advance (60000);
  g_assert_cmpuint (fake_count_commands ("head"), ==, 0);
}

/* --- Parts --- */

static void
on_part_heard (BgPeerSet *set, BgPeer *peer, const BgLogPart *part, BgLogPart *heard)
{
  *heard = *part;
}

static void
test_parts (Fixture *f, gconstpointer data)
{
  const BgLogPart asked = { .entry = 2, .offset = 7 };
  BgEvent event = { .type = BG_EVENT_LOG,
                    .key = fake_key (0x22),
                    .part = { .entry = 1, .len = 3 } };
  BgLogPart heard = { 0 };

  connect_that_speaks (f, 5);
  g_signal_connect (f->set, "part-heard", G_CALLBACK (on_part_heard), &heard);
  g_assert_true (bg_peer_say_part (bg_peer_set_lookup (f->set, "z"), &asked));
  g_assert_cmpuint (fake_count_commands ("log 22 2+7 0"), ==, 1);
  bg_peer_set_take_event (f->set, &event);
  g_assert_cmpuint (heard.entry, ==, 1);
  g_assert_cmpuint (heard.len, ==, 3);
}

/* One that does not know them is asked for none. */
static void
test_no_parts (Fixture *f, gconstpointer data)
{
  const BgLogPart asked = { .entry = 2 };

  connect_that_hears (f);
  g_assert_false (bg_peer_say_part (bg_peer_set_lookup (f->set, "z"), &asked));
  g_assert_cmpuint (fake_count_commands ("log"), ==, 0);
}

#define ADD_SIGNED(name, func)                                                                     \
  g_test_add ("/" SUITE "/" name, Fixture, NULL, set_up_signed, func, tear_down_signed)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  bg_log_configure ("critical", NULL);
  ADD_SIGNED ("member", test_member);
  ADD_SIGNED ("unknown", test_unknown);
  ADD_SIGNED ("unknown-offers", test_unknown_offers);
  ADD_SIGNED ("other-key", test_other_key);
  ADD_SIGNED ("other-name", test_other_name);
  ADD_SIGNED ("new-key", test_new_key);
  ADD_SIGNED ("pin-gives-way", test_pin_gives_way);
  ADD_SIGNED ("addresses-of-the-log", test_addresses_of_the_log);
  ADD_SIGNED ("addresses-of-the-name", test_addresses_of_the_name);
  ADD_SIGNED ("address-of-a-member", test_address_of_a_member);
  ADD_SIGNED ("routes-within-grant", test_routes_within_grant);
  ADD_SIGNED ("revoked", test_revoked);
  ADD_SIGNED ("revoked-under-another-name", test_revoked_under_another_name);
  ADD_SIGNED ("revoked-while-away", test_revoked_while_away);
  ADD_SIGNED ("policy-ends", test_policy_ends);
  ADD_SIGNED ("others-stay", test_others_stay);
  ADD_SIGNED ("says-head", test_says_head);
  ADD_SIGNED ("head-is-lost", test_head_is_lost);
  ADD_SIGNED ("answers-head", test_answers_head);
  ADD_SIGNED ("parts", test_parts);
  ADD_SIGNED ("no-parts", test_no_parts);
  ADD_SIGNED ("older-hear-nothing", test_older_hear_nothing);
  return g_test_run ();
}
