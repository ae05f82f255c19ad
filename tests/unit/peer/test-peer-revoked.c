/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Peers of a network that is not signed, whose keys the hub says were revoked: they end at once, are refused, and stay remembered. */
#include "log-fixture.h"
#include "peer-fixture.h"

#include "common/log.h"

#include <string.h>

#define SUITE "peer-revoked"

/* Never asked. */
static const BgRevokedHubOps no_hub = { NULL, NULL };

static void
on_changed (gpointer owner)
{
  Fixture *f = owner;

  if (f->set)
    bg_peer_set_follow_revoked (f->set);
}

static void
set_up_revoked (Fixture *f, gconstpointer data)
{
  f->revoked = bg_revoked_keys_new (&no_hub, NULL, on_changed, f);
  set_up (f, data);
}

static void
tear_down_revoked (Fixture *f, gconstpointer data)
{
  tear_down (f, data);
  bg_revoked_keys_free (f->revoked);
}

static void
put_out (Fixture *f, guint8 key)
{
  g_autofree char *text = fake_key_text (key);

  bg_revoked_keys_add (f->revoked, text);
}

static void
restart (Fixture *f)
{
  close_set (f);
  f->set = NULL;
  open_set (f, 1u << BG_TRANSPORT_DATA_CHANNEL | 1u << BG_TRANSPORT_ICE);
}

static void
assert_nothing_of_it (Fixture *f, const char *id)
{
  g_assert_cmpuint (fake_open_sessions (), ==, 0);
  g_assert_cmpuint (g_strv_length ((char **) info (f, id)->accepted_routes), ==, 0);
}

/* Its session works; the hub names it, does not any more, or is away. */
static void
test_ends_at_once (Fixture *f, gconstpointer data)
{
  static const char *const cases[] = { "named", "left", "away" };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      guint8 key = (guint8) (0x22 + i);
      g_autofree char *id = g_strdup_printf ("z%zu", i),
                      *address = g_strdup_printf ("10.0.0.%zu/24", 2 + i),
                      *remove = g_strdup_printf ("remove %x", key);

      connect_larger (f, id, key, address, OURS);
      if (i == 1)
        say_left (id);
      if (i == 2)
        fake_signaling_set_state (BG_SIGNALING_WAITING);
      g_assert_false (fake_has_command (remove));
      put_out (f, key);
      g_assert_true (fake_has_command (remove));
      assert_refused (f, id, "the hub says that an owner");
      assert_nothing_of_it (f, id);
      fake_clock_advance (120000);
      assert_refused (f, id, "the hub says that an owner");
      assert_nothing_of_it (f, id);
    }
}

static void
test_does_not_come_back (Fixture *f, gconstpointer data)
{
  connect_smaller (f, "a", 0x22, "10.0.0.2/24", OURS);
  put_out (f, 0x22);
  say_left ("a");
  say_entry ("a", 0x22, "10.0.0.2/24", NULL);
  assert_refused (f, "a", "put it out");
  say_description (BG_SIGNAL_OFFER, "a", 0x22, "fp=A ufrag=a9", OURS);
  assert_refused (f, "a", "put it out");
  say_entry ("a", 0, "10.0.0.2/24", NULL); /* it is the one that is known */
  assert_refused (f, "a", "put it out");
  say_entry ("y", 0x22, "10.0.0.7/24", NULL);
  assert_refused (f, "y", "put it out");
  say_description (BG_SIGNAL_OFFER, "y", 0x22, "fp=A ufrag=a9", OURS);
  assert_nothing_of_it (f, "y");
}

/* In an attempt, waiting for its turn or resting: nothing of it goes on. */
static void
test_before_it_is_connected (Fixture *f, gconstpointer data)
{
  say_entry ("z", 0x22, "10.0.0.2/24", NULL);
  assert_state (f, "z", BG_PEER_PUBLIC_CONNECTING);
  put_out (f, 0x22);
  assert_refused (f, "z", "put it out");
  assert_nothing_of_it (f, "z");
  say_description (BG_SIGNAL_ANSWER, "z", 0x22, "fp=Z ufrag=z1", OURS);
  assert_nothing_of_it (f, "z");
}

/* A hub that is not trusted can cut, and no more: the name stays the key's, and nobody gets in between. */
static void
test_pin_stays (Fixture *f, gconstpointer data)
{
  connect_larger (f, "z", 0x22, "10.0.0.2/24", OURS);
  put_out (f, 0x22);
  say_entry ("z", 0x33, "10.0.0.2/24", NULL);
  assert_refused (f, "z", "bamgatectl peers forget z");
  say_description (BG_SIGNAL_OFFER, "z", 0x33, "fp=E ufrag=e1", OURS);
  assert_refused (f, "z", "bamgatectl peers forget z");
  say_entry ("y", 0x44, "10.0.0.2/24", NULL);
  assert_refused (f, "y", "10.0.0.2");
  restart (f);
  assert_refused (f, "z", "put it out");
  fake_signaling_set_state (BG_SIGNALING_ONLINE);
  say_entry ("z", 0x33, "10.0.0.2/24", NULL);
  assert_refused (f, "z", "bamgatectl peers forget z");
  g_assert_cmpuint (fake_open_sessions (), ==, 0);
}

/* It is lost, and another machine has its name, by an owner's word; a person says so here too. */
static void
test_forgotten (Fixture *f, gconstpointer data)
{
  connect_larger (f, "z", 0x22, "10.0.0.2/24", OURS);
  put_out (f, 0x22);
  say_left ("z");
  g_assert_true (bg_peer_set_forget_name (f->set, "z", NULL));
  fake_clock_advance (10);
  g_assert_null (bg_peer_set_lookup (f->set, "z"));
  say_entry ("z", 0x33, "10.0.0.3/24", NULL);
  assert_state (f, "z", BG_PEER_PUBLIC_CONNECTING);
  say_entry ("z", 0x22, "10.0.0.2/24", NULL);
  assert_refused (f, "z", "put it out");
}

/* Here or away, by itself. */
static void
test_let_in_again (Fixture *f, gconstpointer data)
{
  connect_larger (f, "z", 0x22, "10.0.0.2/24", OURS);
  put_out (f, 0x22);
  bg_revoked_keys_clear (f->revoked);
  assert_state (f, "z", BG_PEER_PUBLIC_CONNECTING);
  g_assert_cmpuint (fake_open_sessions (), ==, 1);
  put_out (f, 0x22);
  say_left ("z");
  bg_revoked_keys_clear (f->revoked);
  assert_state (f, "z", BG_PEER_PUBLIC_DISCONNECTED);
  g_assert_cmpstr (info (f, "z")->state_reason, ==, "not online");
  say_entry ("z", 0x22, "10.0.0.2/24", NULL);
  assert_state (f, "z", BG_PEER_PUBLIC_CONNECTING);
}

static void
test_others_stay (Fixture *f, gconstpointer data)
{
  guint sessions;

  connect_larger (f, "z", 0x22, "10.0.0.2/24", OURS);
  sessions = fake_open_sessions ();
  put_out (f, 0x33);
  g_assert_cmpuint (fake_count_commands ("remove"), ==, 0);
  assert_state (f, "z", BG_PEER_PUBLIC_CONNECTED);
  g_assert_cmpuint (fake_open_sessions (), ==, sessions);
}

static void
put (Fixture *f, GPtrArray *entries, const BgEntry *entry)
{
  g_autoptr (GPtrArray) more = g_ptr_array_new ();

  fixture_add (entries, entry, FIXTURE_OWNER_SEED);
  g_ptr_array_add (more, entries->pdata[entries->len - 1]);
  g_assert_true (bg_membership_log_append (f->log, more, NULL));
}

static void
name_record (BgMemberRecord *record, const char *name, guint8 key, guint8 last_byte)
{
  WgKey wg = fake_key (key);

  *record = fixture_record (0);
  memcpy (record->key, wg.bytes, BG_ENTRY_KEY);
  record->name_len = (guint8) g_snprintf (record->name, sizeof record->name, "%s", name);
  memcpy (record->addresses[0].bytes, ((guint8[]){ 10, 0, 0, last_byte }), 4);
}

/* In a signed network the hub's word counts for nothing, and what it had said before is over. */
static void
test_signed (Fixture *f, gconstpointer data)
{
  g_autoptr (GPtrArray) entries = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_autoptr (BgMembershipLog) log = bg_membership_log_load (NULL, NULL);
  BgEntry genesis = fixture_genesis (FALSE), device = { .type = BG_ENTRY_DEVICE };

  say_entry ("z", 0x22, "10.0.0.2/24", NULL);
  put_out (f, 0x22);
  assert_refused (f, "z", "put it out");
  f->log = log;
  name_record (&genesis.record, "m", 0x11, 1);
  name_record (&device.record, "z", 0x22, 2);
  put (f, entries, &genesis);
  put (f, entries, &device);
  bg_peer_set_follow_log (f->set, log);
  assert_state (f, "z", BG_PEER_PUBLIC_CONNECTING);
  put_out (f, 0x33);
  assert_state (f, "z", BG_PEER_PUBLIC_CONNECTING);
  close_set (f);
  f->set = NULL;
  f->log = NULL;
  open_set (f, 1u << BG_TRANSPORT_ICE);
}

#define ADD_REVOKED(name, func)                                                                    \
  g_test_add ("/" SUITE "/" name, Fixture, NULL, set_up_revoked, func, tear_down_revoked)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  bg_log_configure ("critical", NULL);
  ADD_REVOKED ("ends-at-once", test_ends_at_once);
  ADD_REVOKED ("does-not-come-back", test_does_not_come_back);
  ADD_REVOKED ("before-it-is-connected", test_before_it_is_connected);
  ADD_REVOKED ("pin-stays", test_pin_stays);
  ADD_REVOKED ("forgotten", test_forgotten);
  ADD_REVOKED ("let-in-again", test_let_in_again);
  ADD_REVOKED ("others-stay", test_others_stay);
  ADD_REVOKED ("signed", test_signed);
  return g_test_run ();
}
