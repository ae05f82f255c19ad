/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "credential-world.h"

#include "common/sanitizer.h"
#include "common/secret-text.h"

#include <string.h>

#define LIVES (BG_IS_SANITIZED ? 60 : 300) /* each allocation costs a look at the stack there */

/* --- The text --- */

static void
test_text (void)
{
  g_autofree char *good = world_text ('a', 0), *both = world_text ('a', 'b'),
                  *upper = g_ascii_strup (good, -1), *three = g_strconcat (both, " x", NULL),
                  *blank = g_strconcat (good, " ", NULL);
  const char *bad[] = { "", " ", ID, ID " bgr_1", "x", upper, three, blank };
  g_autoptr (BgDeviceCredential) credential = bg_device_credential_new (TRUE, world_random);
  const char *fine[] = { good, both };

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_assert_false (bg_device_credential_load (credential, bad[i]));
      g_assert_cmpint (bg_device_credential_get_state (credential, 0), ==, BG_CREDENTIAL_NONE);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (fine); i++)
    {
      char *again;

      g_assert_true (bg_device_credential_load (credential, fine[i]));
      again = bg_device_credential_dup_text (credential);
      g_assert_cmpstr (again, ==, fine[i]);
      bg_secret_free (again);
    }
  g_assert_cmpstr (bg_device_credential_get_id (credential), ==, ID);
}

/* --- An hour, a week, a month --- */

static void
test_renewal (void)
{
  World w;
  gint64 due;

  world_start (&w, 'a');
  w.hub.made_s = w.now / SECOND;
  world_assert_state (&w, BG_CREDENTIAL_WAITING);
  g_assert_cmpint (bg_device_credential_next (w.credential, w.now, &due), ==,
                   BG_CREDENTIAL_REFRESH);
  world_run_for (&w, 0);
  world_assert_open (&w);
  g_assert_cmpuint (w.refreshes, ==, 1);
  world_run_for (&w, 50 * MINUTE - 1);
  g_assert_cmpuint (w.refreshes, ==, 1);
  world_run_for (&w, 1);
  g_assert_cmpuint (w.refreshes, ==, 2);
  g_assert_cmpuint (w.writes, ==, 0);
  world_end (&w);
}

static void
test_month (void)
{
  World w;

  world_start (&w, 'a');
  w.hub.made_s = w.now / SECOND;
  for (guint i = 0; i < 31 * 24; i++)
    {
      world_run_for (&w, HOUR);
      world_assert_open (&w);
    }
  g_assert_cmpuint (w.rotations, ==, 4);
  g_assert_cmpuint (w.writes, ==, 4);
  world_end (&w);
}

/* A machine that is never up for an hour replaces it, too. */
static void
test_short_days (void)
{
  World w;

  world_start (&w, 'a');
  for (guint i = 0; i < 15; i++)
    {
      world_restart (&w);
      world_run_for (&w, 5 * MINUTE);
      world_assert_open (&w);
      w.now += 24 * HOUR;
    }
  g_assert_cmpuint (w.rotations, >=, 2);
  g_assert_cmpuint (w.rotations, <=, 3);
  world_end (&w);
}

static void
test_no_place_to_write (void)
{
  World w;

  world_start (&w, 'a');
  bg_device_credential_free (w.credential);
  w.credential = bg_device_credential_new (FALSE, world_random); /* somebody types it each time */
  g_assert_true (bg_device_credential_load (w.credential, w.store));
  w.now += 20 * WEEK_S * SECOND;
  world_run_for (&w, 24 * HOUR);
  g_assert_cmpuint (w.rotations + w.writes, ==, 0);
  world_assert_open (&w);
  world_end (&w);
}

/* --- What gets lost --- */

static void
test_lost_answers (void)
{
  World w;

  world_start (&w, 'a');
  world_run_for (&w, 0);
  w.now += 8 * 24 * HOUR;
  for (guint i = 0; i < 40; i++)
    {
      w.loses_answers = i % 4 != 0;
      world_run_for (&w, 10 * SECOND);
    }
  w.loses_answers = FALSE;
  world_run_for (&w, 2 * HOUR);
  world_assert_open (&w);
  world_restart (&w);
  world_run_for (&w, 0);
  world_assert_open (&w);
  world_end (&w);
}

/* The tries come no faster than a second, and no slower than half a minute. */
static void
test_backoff (void)
{
  World w;

  world_start (&w, 'a');
  w.loses_answers = TRUE;
  world_run_for (&w, HOUR);
  g_assert_cmpuint (w.refreshes, >=, 120);
  g_assert_cmpuint (w.refreshes, <=, 145);
  w.loses_answers = FALSE;
  world_run_for (&w, 30 * SECOND);
  world_assert_open (&w);
  world_end (&w);
}

static void
test_hurry (void)
{
  World w;

  world_start (&w, 'a');
  w.loses_answers = TRUE;
  world_run_for (&w, 10 * MINUTE);
  w.loses_answers = FALSE;
  bg_device_credential_hurry (w.credential, w.now);
  world_run_for (&w, 0);
  world_assert_open (&w);
  bg_device_credential_hurry (w.credential, w.now);
  world_run_for (&w, 0);
  g_assert_cmpuint (w.hub.n_access, ==, w.refreshes); /* one that works is let be */
  world_end (&w);
}

/* Up to the answer of a rotation, which is not written yet. */
static void
run_to_rotation (World *w)
{
  gint64 due;

  world_run_for (w, 0);
  w->now += 8 * 24 * HOUR;
  while (bg_device_credential_next (w->credential, w->now, &due) != BG_CREDENTIAL_WRITE)
    g_assert_true (world_step (w, &due));
}

static void
test_crash_before_write (void)
{
  World w;

  world_start (&w, 'a');
  run_to_rotation (&w);
  world_assert_stored (&w, 'a', 0);
  world_restart (&w);
  world_run_for (&w, MINUTE);
  world_assert_open (&w);
  world_run_for (&w, 8 * 24 * HOUR);
  world_assert_open (&w);
  world_end (&w);
}

static void
test_crash_after_write (void)
{
  World w;

  world_start (&w, 'a');
  run_to_rotation (&w);
  write_it (&w);
  world_assert_stored (&w, '1', 'a');
  world_restart (&w);
  world_run_for (&w, 0);
  world_assert_open (&w);
  g_assert_true (w.hub.current_used);
  world_end (&w);
}

static void
test_full_store (void)
{
  World w;

  world_start (&w, 'a');
  w.store_is_full = TRUE;
  world_run_for (&w, 0);
  world_run_for (&w, 9 * 24 * HOUR);
  world_assert_stored (&w, 'a', 0);
  world_assert_open (&w);
  g_assert_cmpuint (w.writes, >, 0);
  g_assert_cmpuint (w.rotations, <, 100); /* once with each renewal, and no more */
  world_restart (&w);
  world_run_for (&w, 0);
  world_assert_open (&w);
  w.store_is_full = FALSE;
  world_run_for (&w, 8 * 24 * HOUR);
  world_assert_open (&w);
  g_assert_cmpint (w.store[strlen (ID) + 5], !=, 'a');
  world_end (&w);
}

/* --- What crosses --- */

/* The answer to a question that was given up comes after that to the next one, and is not taken. */
static void
test_late_answer (void)
{
  World w;
  BgCredentialGrant late = { .access_token = "late", .expires_in_s = 3600, .refresh_age_s = 0 };
  guint first;

  world_start (&w, 'a');
  first = bg_device_credential_ask (w.credential, w.now);
  bg_device_credential_refuse (w.credential, first, BG_REFUSAL_LATER, w.now);
  w.now += 2 * SECOND;
  world_run_for (&w, 0);
  world_assert_open (&w);
  bg_device_credential_grant (w.credential, first, &late, w.now);
  g_assert_cmpstr (bg_device_credential_get_access (w.credential, w.now), ==, "access-1");
  bg_device_credential_refuse (w.credential, first, BG_REFUSAL_REVOKED, w.now);
  world_assert_open (&w);
  world_end (&w);
}

/* A rotation that was given up reaches the hub after the one that was answered and written: the hub made another one again, which nobody
 * will ever hear of, and knows the one before. */
static void
test_crossing_rotations (void)
{
  World w;
  char fresh;
  BgCredentialRefusal why;

  world_start (&w, 'a');
  run_to_rotation (&w);
  write_it (&w);
  world_assert_stored (&w, '1', 'a');
  g_assert_true (hub_refreshes (&w, 'a', TRUE, &fresh, &why)); /* the late one */
  g_assert_cmpint (w.hub.current, ==, '2');
  world_restart (&w);
  world_run_for (&w, MINUTE);
  world_assert_open (&w);
  world_assert_stored (&w, 'a', 0);
  world_run_for (&w, 9 * 24 * HOUR);
  world_assert_open (&w);
  world_end (&w);
}

/* Of two connections one is refused with the token of before: the newer is not touched. */
static void
test_bounce (void)
{
  World w;
  guint before;

  world_start (&w, 'a');
  world_run_for (&w, 0);
  world_run_for (&w, 51 * MINUTE);
  before = w.refreshes;
  bg_device_credential_bounce (w.credential, "access-1", w.now);
  bg_device_credential_bounce (w.credential, NULL, w.now);
  world_run_for (&w, 0);
  world_assert_open (&w);
  g_assert_cmpuint (w.refreshes, ==, before);
  w.now += 2 * MINUTE;
  bg_device_credential_bounce (w.credential, "access-2", w.now);
  world_assert_state (&w, BG_CREDENTIAL_WAITING);
  world_run_for (&w, 0);
  world_assert_open (&w);
  g_assert_cmpuint (w.refreshes, ==, before + 1);
  world_end (&w);
}

/* What the token claims is old: another one, and meanwhile that of now. */
static void
test_renew (void)
{
  World w;
  gint64 end;
  guint before;

  world_start (&w, 'a');
  world_run_for (&w, 0);
  world_run_for (&w, MINUTE);
  before = w.refreshes;
  bg_device_credential_renew (w.credential, w.now);
  world_assert_open (&w);
  world_run_for (&w, 0);
  world_assert_open (&w);
  g_assert_cmpuint (w.refreshes, ==, before + 1);
  for (end = w.now + MINUTE; w.now < end; w.now += SECOND)
    {
      bg_device_credential_renew (w.credential, w.now);
      world_run_for (&w, 0);
    }
  g_assert_cmpuint (w.refreshes, <=, before + 13);
  world_end (&w);
}

/* A hub that gives tokens and refuses them all is not stormed. */
static void
test_bounce_again_and_again (void)
{
  World w;
  gint64 end;

  world_start (&w, 'a');
  for (end = w.now + HOUR; w.now < end;)
    {
      world_run_for (&w, 0);
      bg_device_credential_bounce (w.credential,
                                   bg_device_credential_get_access (w.credential, w.now), w.now);
      w.now += SECOND;
    }
  g_assert_cmpuint (w.refreshes, <=, 145);
  world_end (&w);
}

/* --- Clocks --- */

/* Asleep for a night: the token of before opens nothing, and nobody has to be told so by the hub. */
static void
test_sleep (void)
{
  World w;

  world_start (&w, 'a');
  world_run_for (&w, 0);
  w.now += 8 * HOUR;
  world_assert_state (&w, BG_CREDENTIAL_WAITING);
  g_assert_null (bg_device_credential_get_access (w.credential, w.now));
  world_run_for (&w, 0);
  world_assert_open (&w);
  world_end (&w);
}

/* The hub's clock was set: lives that make no sense, and an age from before it was made. */
static void
test_odd_times (void)
{
  static const guint lives[] = { 0, 1, G_MAXUINT };

  for (gsize i = 0; i < G_N_ELEMENTS (lives); i++)
    {
      World w;
      BgCredentialGrant grant = { .access_token = "odd",
                                  .expires_in_s = lives[i],
                                  .refresh_age_s = -1000 };
      gint64 due;

      world_start (&w, 'a');
      bg_device_credential_grant (w.credential, bg_device_credential_ask (w.credential, w.now),
                                  &grant, w.now);
      world_assert_open (&w);
      g_assert_cmpint (bg_device_credential_next (w.credential, w.now, &due), ==,
                       BG_CREDENTIAL_REST);
      g_assert_cmpint (due - w.now, >=, 50 * SECOND);
      g_assert_cmpint (due - w.now, <=, 24 * HOUR);
      world_end (&w);
    }
}

/* --- States --- */

static void
test_pending (void)
{
  World w;

  world_start (&w, 'a');
  w.hub.is_pending = TRUE;
  w.hub.made_s = w.now / SECOND;
  world_run_for (&w, 0);
  world_assert_state (&w, BG_CREDENTIAL_PENDING);
  g_assert_nonnull (bg_device_credential_get_access (w.credential, w.now));
  world_run_for (&w, HOUR);
  world_assert_state (&w, BG_CREDENTIAL_PENDING);
  g_assert_cmpuint (w.refreshes, >=, 120);
  w.hub.is_pending = FALSE;
  world_run_for (&w, 30 * SECOND);
  world_assert_open (&w);
  world_end (&w);
}

static void
assert_final (BgCredentialRefusal refusal, BgCredentialState state)
{
  World w;
  gint64 due;

  world_start (&w, 'a');
  bg_device_credential_refuse (w.credential, bg_device_credential_ask (w.credential, w.now),
                               refusal, w.now);
  world_assert_state (&w, state);
  g_assert_true (bg_credential_state_is_final (state));
  g_assert_null (bg_device_credential_get_access (w.credential, w.now));
  bg_device_credential_hurry (w.credential, w.now);
  bg_device_credential_hear_devices (w.credential, TRUE, w.now);
  g_assert_cmpint (bg_device_credential_next (w.credential, w.now, &due), ==, BG_CREDENTIAL_REST);
  g_assert_cmpint (due, ==, G_MAXINT64);
  world_restart (&w); /* a person acted */
  world_run_for (&w, 0);
  world_assert_open (&w);
  world_end (&w);
}

static void
test_final (void)
{
  assert_final (BG_REFUSAL_REVOKED, BG_CREDENTIAL_REVOKED);
  assert_final (BG_REFUSAL_EXPIRED, BG_CREDENTIAL_EXPIRED);
  assert_final (BG_REFUSAL_TOKEN, BG_CREDENTIAL_UNKNOWN);
}

static void
test_revoked_while_open (void)
{
  World w;

  world_start (&w, 'a');
  world_run_for (&w, 0);
  w.hub.is_revoked = TRUE;
  w.now += 2 * MINUTE;
  bg_device_credential_bounce (w.credential, "access-1", w.now);
  world_run_for (&w, 0);
  world_assert_state (&w, BG_CREDENTIAL_REVOKED);
  world_end (&w);
}

static void
test_register (void)
{
  World w;
  gint64 due;

  world_start (&w, 0);
  world_assert_state (&w, BG_CREDENTIAL_NONE);
  g_assert_cmpint (bg_device_credential_next (w.credential, w.now, &due), ==, BG_CREDENTIAL_REST);
  bg_device_credential_hear_devices (w.credential, FALSE, w.now);
  g_assert_cmpint (bg_device_credential_next (w.credential, w.now, &due), ==, BG_CREDENTIAL_REST);
  bg_device_credential_hear_devices (w.credential, TRUE, w.now);
  world_run_for (&w, 0);
  world_assert_open (&w);
  g_assert_cmpuint (w.registrations, ==, 1);
  g_assert_cmpuint (w.writes, ==, 1);
  bg_device_credential_hear_devices (w.credential, TRUE, w.now);
  world_run_for (&w, 40 * MINUTE);
  g_assert_cmpuint (w.registrations, ==, 1);
  world_end (&w);
}

/* Lost on the way, and then with nowhere to write: the token goes on, and it is tried again. */
static void
test_register_in_vain (void)
{
  World w;

  world_start (&w, 0);
  w.loses_answers = TRUE;
  bg_device_credential_hear_devices (w.credential, TRUE, w.now);
  world_run_for (&w, 10 * SECOND);
  world_assert_state (&w, BG_CREDENTIAL_NONE);
  w.loses_answers = FALSE;
  w.store_is_full = TRUE;
  world_run_for (&w, 10 * MINUTE);
  world_assert_state (&w, BG_CREDENTIAL_NONE);
  g_assert_null (bg_device_credential_get_access (w.credential, w.now));
  g_assert_cmpuint (w.registrations, <=, 40);
  w.store_is_full = FALSE;
  world_run_for (&w, MINUTE);
  world_assert_open (&w);
  world_restart (&w);
  world_run_for (&w, 0);
  world_assert_open (&w);
  world_end (&w);
}

static void
test_register_nonsense (void)
{
  static const char *const ids[] = { NULL, "", "x", ID };
  g_autofree char *good = world_token ('1');

  for (gsize i = 0; i < G_N_ELEMENTS (ids); i++)
    {
      World w;
      BgCredentialGrant grant = { .device_id = ids[i],
                                  .access_token = "a",
                                  .refresh_token = g_strcmp0 (ids[i], ID) == 0 ? "bgr_x" : good,
                                  .expires_in_s = 3600 };
      gint64 due;

      world_start (&w, 0);
      bg_device_credential_hear_devices (w.credential, TRUE, w.now);
      bg_device_credential_grant (w.credential, bg_device_credential_ask (w.credential, w.now),
                                  &grant, w.now);
      world_assert_state (&w, BG_CREDENTIAL_NONE);
      g_assert_cmpint (bg_device_credential_next (w.credential, w.now, &due), ==,
                       BG_CREDENTIAL_REST);
      world_end (&w);
    }
}

/* The hub was put back to an older one, and is renewed again. */
static void
test_older_hub (void)
{
  World w;

  world_start (&w, 'a');
  bg_device_credential_refuse (w.credential, bg_device_credential_ask (w.credential, w.now),
                               BG_REFUSAL_ABSENT, w.now);
  world_assert_state (&w, BG_CREDENTIAL_NONE);
  w.now += SECOND / 2;
  bg_device_credential_hear_devices (w.credential, TRUE, w.now);
  world_run_for (&w, 0);
  world_assert_open (&w);
  g_assert_cmpuint (w.registrations, ==, 0);
  world_end (&w);
}

static void
test_barred (void)
{
  World w;
  gint64 due;

  world_start (&w, 0);
  bg_device_credential_hear_devices (w.credential, TRUE, w.now);
  bg_device_credential_refuse (w.credential, bg_device_credential_ask (w.credential, w.now),
                               BG_REFUSAL_BARRED, w.now);
  g_assert_cmpint (bg_device_credential_next (w.credential, w.now, &due), ==, BG_CREDENTIAL_REST);
  g_assert_cmpint (due - w.now, ==, 10 * MINUTE);
  world_end (&w);
}

/* Thousands of runs of a life with answers that get lost, stores that are full, crashes and sleep: it never locks itself out. */
static void
test_lives (void)
{
  for (guint32 seed = 0; seed < LIVES; seed++)
    {
      g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
      World w;

      world_start (&w, 'a');
      for (guint i = 0; i < 60; i++)
        {
          w.loses_answers = g_rand_int_range (rand, 0, 3) == 0;
          w.store_is_full = g_rand_int_range (rand, 0, 4) == 0;
          world_run_for (&w, g_rand_int_range (rand, 1, 12 * 3600) * SECOND);
          if (g_rand_int_range (rand, 0, 3) == 0)
            world_restart (&w);
          if (g_rand_int_range (rand, 0, 3) == 0)
            w.now += g_rand_int_range (rand, 1, 4 * 24 * 3600) * SECOND;
          g_assert_false (
            bg_credential_state_is_final (bg_device_credential_get_state (w.credential, w.now)));
        }
      w.loses_answers = w.store_is_full = FALSE;
      world_run_for (&w, MINUTE);
      world_assert_open (&w);
      world_end (&w);
    }
}

#define ADD(name, function) g_test_add_func ("/device-credential/" name, function)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("text", test_text);
  ADD ("renewal", test_renewal);
  ADD ("month", test_month);
  ADD ("short-days", test_short_days);
  ADD ("no-place-to-write", test_no_place_to_write);
  ADD ("lost-answers", test_lost_answers);
  ADD ("backoff", test_backoff);
  ADD ("hurry", test_hurry);
  ADD ("crash-before-write", test_crash_before_write);
  ADD ("crash-after-write", test_crash_after_write);
  ADD ("full-store", test_full_store);
  ADD ("late-answer", test_late_answer);
  ADD ("crossing-rotations", test_crossing_rotations);
  ADD ("bounce", test_bounce);
  ADD ("bounce-again-and-again", test_bounce_again_and_again);
  ADD ("renew", test_renew);
  ADD ("sleep", test_sleep);
  ADD ("odd-times", test_odd_times);
  ADD ("pending", test_pending);
  ADD ("final", test_final);
  ADD ("revoked-while-open", test_revoked_while_open);
  ADD ("register", test_register);
  ADD ("register-in-vain", test_register_in_vain);
  ADD ("register-nonsense", test_register_nonsense);
  ADD ("older-hub", test_older_hub);
  ADD ("barred", test_barred);
  ADD ("lives", test_lives);
  return g_test_run ();
}
