/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "signaling/device-credential.h"
#include "common/secret-text.h"

#include <string.h>

#define ID "0123456789abcdef0123456789abcdef"
#define SECOND G_GINT64_CONSTANT (1000000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define WEEK_S (7 * 24 * 3600)

/* A refresh token whose digits are all `digit`. */
static char *
refresh_token (char digit)
{
  char digits[65];

  memset (digits, digit, 64);
  digits[64] = '\0';
  return g_strconcat ("bgr_", digits, NULL);
}

/* A hub that keeps to docs/devices.md, and a store; answers and writes get lost as the test says. */
typedef struct
{
  char current, previous; /* digits of its refresh tokens; 0: none */
  gboolean current_used, is_pending, is_revoked;
  gint64 made_s;
  guint n_access;
  char next;
} Hub;

typedef struct
{
  Hub hub;
  BgDeviceCredential *credential;
  char *store; /* NULL: nothing */
  gint64 now;
  gboolean loses_answers, store_is_full;
  guint refreshes, rotations, registrations, writes;
} World;

static double
middle (void)
{
  return 0.5;
}

static char *
text_with (char digit, char previous)
{
  g_autofree char *a = refresh_token (digit), *b = previous ? refresh_token (previous) : NULL;

  return g_strjoin (" ", ID, a, b, NULL);
}

static void
world_start (World *w, char digit)
{
  *w = (World){ .now = HOUR, .hub = { .next = '1' } };
  w->credential = bg_device_credential_new (TRUE, middle);
  if (digit)
    {
      w->hub.current = digit;
      w->store = text_with (digit, 0);
    }
  g_assert_true (bg_device_credential_load (w->credential, w->store));
}

static void
world_end (World *w)
{
  bg_device_credential_free (w->credential);
  g_free (w->store);
}

/* kill -9, and a start */
static void
restart (World *w)
{
  bg_device_credential_free (w->credential);
  w->credential = bg_device_credential_new (TRUE, middle);
  g_assert_true (bg_device_credential_load (w->credential, w->store));
}

/* One that is in use nowhere. */
static char
make_digit (World *w)
{
  char made;

  do
    {
      made = w->hub.next;
      w->hub.next = made == '9' ? '1' : (char) (made + 1);
    }
  while (made == w->hub.current || made == w->hub.previous
         || (w->store && strchr (w->store + strlen (ID) + 5, made)));
  return made;
}

/* What the hub says to `shown`; FALSE, and `*why`: it refuses. */
static gboolean
hub_refreshes (World *w, char shown, gboolean rotate, char *fresh, BgCredentialRefusal *why)
{
  Hub *hub = &w->hub;

  *why = hub->is_revoked ? BG_REFUSAL_REVOKED : BG_REFUSAL_TOKEN;
  if (hub->is_revoked || (shown != hub->current && shown != hub->previous)
      || (shown == hub->previous && shown != hub->current && hub->current_used))
    return FALSE;
  if (shown == hub->current)
    hub->current_used = TRUE;
  *fresh = 0;
  if (!rotate)
    return TRUE;
  hub->previous = shown;
  hub->current = *fresh = make_digit (w);
  hub->current_used = FALSE;
  hub->made_s = w->now / SECOND;
  return TRUE;
}

static void
answer_refresh (World *w, guint number, gboolean rotate)
{
  char shown = bg_device_credential_get_shown (w->credential)[4], fresh;
  g_autofree char *access = g_strdup_printf ("access-%u", ++w->hub.n_access), *token = NULL;
  gint64 age = w->now / SECOND - w->hub.made_s;
  BgCredentialRefusal why;
  gboolean ok = hub_refreshes (w, shown, rotate, &fresh, &why);
  BgCredentialGrant grant = { .access_token = access,
                              .expires_in_s = 3600,
                              .refresh_age_s = age,
                              .is_pending = w->hub.is_pending };

  token = fresh ? refresh_token (fresh) : NULL;
  grant.refresh_token = token;
  if (w->loses_answers)
    bg_device_credential_refuse (w->credential, number, BG_REFUSAL_LATER, w->now);
  else if (ok)
    bg_device_credential_grant (w->credential, number, &grant, w->now);
  else
    bg_device_credential_refuse (w->credential, number, why, w->now);
}

static void
answer_registration (World *w, guint number)
{
  char made = make_digit (w);
  g_autofree char *token = refresh_token (made);
  BgCredentialGrant grant = { .device_id = ID,
                              .access_token = "access-registered",
                              .refresh_token = token,
                              .expires_in_s = 3600,
                              .refresh_age_s = -1 };

  w->hub.current = made;
  w->hub.previous = 0;
  w->hub.current_used = FALSE;
  if (w->loses_answers)
    bg_device_credential_refuse (w->credential, number, BG_REFUSAL_LATER, w->now);
  else
    bg_device_credential_grant (w->credential, number, &grant, w->now);
}

static void
write_it (World *w)
{
  w->writes++;
  if (!w->store_is_full)
    {
      bg_secret_free (w->store);
      w->store = bg_device_credential_dup_text (w->credential);
    }
  bg_device_credential_wrote (w->credential, !w->store_is_full, w->now);
}

/* One step; FALSE where there is nothing to do. */
static gboolean
step (World *w, gint64 *due)
{
  BgCredentialStep next = bg_device_credential_next (w->credential, w->now, due);

  switch (next)
    {
    case BG_CREDENTIAL_REST:
      return FALSE;
    case BG_CREDENTIAL_WRITE:
      write_it (w);
      return TRUE;
    case BG_CREDENTIAL_REGISTER:
      w->registrations++;
      answer_registration (w, bg_device_credential_ask (w->credential, w->now));
      return TRUE;
    case BG_CREDENTIAL_REFRESH:
    case BG_CREDENTIAL_ROTATE:
    default:
      w->refreshes++;
      w->rotations += next == BG_CREDENTIAL_ROTATE;
      answer_refresh (w, bg_device_credential_ask (w->credential, w->now),
                      next == BG_CREDENTIAL_ROTATE);
      return TRUE;
    }
}

/* All that is due until `until`. */
static void
run_until (World *w, gint64 until)
{
  gint64 due;

  for (;;)
    {
      while (step (w, &due))
        ;
      if (due > until)
        break;
      g_assert_cmpint (due, >, w->now);
      w->now = due;
    }
  w->now = until;
}

static void
run_for (World *w, gint64 span)
{
  run_until (w, w->now + span);
}

static void
assert_state (World *w, BgCredentialState state)
{
  g_assert_cmpint (bg_device_credential_get_state (w->credential, w->now), ==, state);
}

static void
assert_open (World *w)
{
  assert_state (w, BG_CREDENTIAL_OPEN);
  g_assert_nonnull (bg_device_credential_get_access (w->credential, w->now));
}

static void
assert_stored (World *w, char digit, char previous)
{
  g_autofree char *text = text_with (digit, previous);

  g_assert_cmpstr (w->store, ==, text);
}

/* --- The text --- */

static void
test_text (void)
{
  g_autofree char *good = text_with ('a', 0), *both = text_with ('a', 'b'),
                  *upper = g_ascii_strup (good, -1), *three = g_strconcat (both, " x", NULL),
                  *blank = g_strconcat (good, " ", NULL);
  const char *bad[] = { "", " ", ID, ID " bgr_1", "x", upper, three, blank };
  g_autoptr (BgDeviceCredential) credential = bg_device_credential_new (TRUE, middle);
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
  assert_state (&w, BG_CREDENTIAL_WAITING);
  g_assert_cmpint (bg_device_credential_next (w.credential, w.now, &due), ==,
                   BG_CREDENTIAL_REFRESH);
  run_for (&w, 0);
  assert_open (&w);
  g_assert_cmpuint (w.refreshes, ==, 1);
  run_for (&w, 50 * MINUTE - 1);
  g_assert_cmpuint (w.refreshes, ==, 1);
  run_for (&w, 1);
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
      run_for (&w, HOUR);
      assert_open (&w);
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
      restart (&w);
      run_for (&w, 5 * MINUTE);
      assert_open (&w);
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
  w.credential = bg_device_credential_new (FALSE, middle); /* somebody types it each time */
  g_assert_true (bg_device_credential_load (w.credential, w.store));
  w.now += 20 * WEEK_S * SECOND;
  run_for (&w, 24 * HOUR);
  g_assert_cmpuint (w.rotations + w.writes, ==, 0);
  assert_open (&w);
  world_end (&w);
}

/* --- What gets lost --- */

static void
test_lost_answers (void)
{
  World w;

  world_start (&w, 'a');
  run_for (&w, 0);
  w.now += 8 * 24 * HOUR;
  for (guint i = 0; i < 40; i++)
    {
      w.loses_answers = i % 4 != 0;
      run_for (&w, 10 * SECOND);
    }
  w.loses_answers = FALSE;
  run_for (&w, 2 * HOUR);
  assert_open (&w);
  restart (&w);
  run_for (&w, 0);
  assert_open (&w);
  world_end (&w);
}

/* The tries come no faster than a second, and no slower than half a minute. */
static void
test_backoff (void)
{
  World w;

  world_start (&w, 'a');
  w.loses_answers = TRUE;
  run_for (&w, HOUR);
  g_assert_cmpuint (w.refreshes, >=, 120);
  g_assert_cmpuint (w.refreshes, <=, 145);
  w.loses_answers = FALSE;
  run_for (&w, 30 * SECOND);
  assert_open (&w);
  world_end (&w);
}

static void
test_hurry (void)
{
  World w;

  world_start (&w, 'a');
  w.loses_answers = TRUE;
  run_for (&w, 10 * MINUTE);
  w.loses_answers = FALSE;
  bg_device_credential_hurry (w.credential, w.now);
  run_for (&w, 0);
  assert_open (&w);
  bg_device_credential_hurry (w.credential, w.now);
  run_for (&w, 0);
  g_assert_cmpuint (w.hub.n_access, ==, w.refreshes); /* one that works is let be */
  world_end (&w);
}

/* Up to the answer of a rotation, which is not written yet. */
static void
run_to_rotation (World *w)
{
  gint64 due;

  run_for (w, 0);
  w->now += 8 * 24 * HOUR;
  while (bg_device_credential_next (w->credential, w->now, &due) != BG_CREDENTIAL_WRITE)
    g_assert_true (step (w, &due));
}

static void
test_crash_before_write (void)
{
  World w;

  world_start (&w, 'a');
  run_to_rotation (&w);
  assert_stored (&w, 'a', 0);
  restart (&w);
  run_for (&w, MINUTE);
  assert_open (&w);
  run_for (&w, 8 * 24 * HOUR);
  assert_open (&w);
  world_end (&w);
}

static void
test_crash_after_write (void)
{
  World w;

  world_start (&w, 'a');
  run_to_rotation (&w);
  write_it (&w);
  assert_stored (&w, '1', 'a');
  restart (&w);
  run_for (&w, 0);
  assert_open (&w);
  g_assert_true (w.hub.current_used);
  world_end (&w);
}

static void
test_full_store (void)
{
  World w;

  world_start (&w, 'a');
  w.store_is_full = TRUE;
  run_for (&w, 0);
  run_for (&w, 9 * 24 * HOUR);
  assert_stored (&w, 'a', 0);
  assert_open (&w);
  g_assert_cmpuint (w.writes, >, 0);
  g_assert_cmpuint (w.rotations, <, 100); /* once with each renewal, and no more */
  restart (&w);
  run_for (&w, 0);
  assert_open (&w);
  w.store_is_full = FALSE;
  run_for (&w, 8 * 24 * HOUR);
  assert_open (&w);
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
  run_for (&w, 0);
  assert_open (&w);
  bg_device_credential_grant (w.credential, first, &late, w.now);
  g_assert_cmpstr (bg_device_credential_get_access (w.credential, w.now), ==, "access-1");
  bg_device_credential_refuse (w.credential, first, BG_REFUSAL_REVOKED, w.now);
  assert_open (&w);
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
  assert_stored (&w, '1', 'a');
  g_assert_true (hub_refreshes (&w, 'a', TRUE, &fresh, &why)); /* the late one */
  g_assert_cmpint (w.hub.current, ==, '2');
  restart (&w);
  run_for (&w, MINUTE);
  assert_open (&w);
  assert_stored (&w, 'a', 0);
  run_for (&w, 9 * 24 * HOUR);
  assert_open (&w);
  world_end (&w);
}

/* Of two connections one is refused with the token of before: the newer is not touched. */
static void
test_bounce (void)
{
  World w;
  guint before;

  world_start (&w, 'a');
  run_for (&w, 0);
  run_for (&w, 51 * MINUTE);
  before = w.refreshes;
  bg_device_credential_bounce (w.credential, "access-1", w.now);
  bg_device_credential_bounce (w.credential, NULL, w.now);
  run_for (&w, 0);
  assert_open (&w);
  g_assert_cmpuint (w.refreshes, ==, before);
  w.now += 2 * MINUTE;
  bg_device_credential_bounce (w.credential, "access-2", w.now);
  assert_state (&w, BG_CREDENTIAL_WAITING);
  run_for (&w, 0);
  assert_open (&w);
  g_assert_cmpuint (w.refreshes, ==, before + 1);
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
      run_for (&w, 0);
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
  run_for (&w, 0);
  w.now += 8 * HOUR;
  assert_state (&w, BG_CREDENTIAL_WAITING);
  g_assert_null (bg_device_credential_get_access (w.credential, w.now));
  run_for (&w, 0);
  assert_open (&w);
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
      assert_open (&w);
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
  run_for (&w, 0);
  assert_state (&w, BG_CREDENTIAL_PENDING);
  g_assert_nonnull (bg_device_credential_get_access (w.credential, w.now));
  run_for (&w, HOUR);
  assert_state (&w, BG_CREDENTIAL_PENDING);
  g_assert_cmpuint (w.refreshes, >=, 120);
  w.hub.is_pending = FALSE;
  run_for (&w, 30 * SECOND);
  assert_open (&w);
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
  assert_state (&w, state);
  g_assert_true (bg_credential_state_is_final (state));
  g_assert_null (bg_device_credential_get_access (w.credential, w.now));
  bg_device_credential_hurry (w.credential, w.now);
  bg_device_credential_hear_devices (w.credential, TRUE, w.now);
  g_assert_cmpint (bg_device_credential_next (w.credential, w.now, &due), ==, BG_CREDENTIAL_REST);
  g_assert_cmpint (due, ==, G_MAXINT64);
  restart (&w); /* a person acted */
  run_for (&w, 0);
  assert_open (&w);
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
  run_for (&w, 0);
  w.hub.is_revoked = TRUE;
  w.now += 2 * MINUTE;
  bg_device_credential_bounce (w.credential, "access-1", w.now);
  run_for (&w, 0);
  assert_state (&w, BG_CREDENTIAL_REVOKED);
  world_end (&w);
}

static void
test_register (void)
{
  World w;
  gint64 due;

  world_start (&w, 0);
  assert_state (&w, BG_CREDENTIAL_NONE);
  g_assert_cmpint (bg_device_credential_next (w.credential, w.now, &due), ==, BG_CREDENTIAL_REST);
  bg_device_credential_hear_devices (w.credential, FALSE, w.now);
  g_assert_cmpint (bg_device_credential_next (w.credential, w.now, &due), ==, BG_CREDENTIAL_REST);
  bg_device_credential_hear_devices (w.credential, TRUE, w.now);
  run_for (&w, 0);
  assert_open (&w);
  g_assert_cmpuint (w.registrations, ==, 1);
  g_assert_cmpuint (w.writes, ==, 1);
  bg_device_credential_hear_devices (w.credential, TRUE, w.now);
  run_for (&w, 40 * MINUTE);
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
  run_for (&w, 10 * SECOND);
  assert_state (&w, BG_CREDENTIAL_NONE);
  w.loses_answers = FALSE;
  w.store_is_full = TRUE;
  run_for (&w, 10 * MINUTE);
  assert_state (&w, BG_CREDENTIAL_NONE);
  g_assert_null (bg_device_credential_get_access (w.credential, w.now));
  g_assert_cmpuint (w.registrations, <=, 40);
  w.store_is_full = FALSE;
  run_for (&w, MINUTE);
  assert_open (&w);
  restart (&w);
  run_for (&w, 0);
  assert_open (&w);
  world_end (&w);
}

static void
test_register_nonsense (void)
{
  static const char *const ids[] = { NULL, "", "x", ID };
  g_autofree char *good = refresh_token ('1');

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
      assert_state (&w, BG_CREDENTIAL_NONE);
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
  assert_state (&w, BG_CREDENTIAL_NONE);
  w.now += SECOND / 2;
  bg_device_credential_hear_devices (w.credential, TRUE, w.now);
  run_for (&w, 0);
  assert_open (&w);
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
  for (guint32 seed = 0; seed < 300; seed++)
    {
      g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
      World w;

      world_start (&w, 'a');
      for (guint i = 0; i < 60; i++)
        {
          w.loses_answers = g_rand_int_range (rand, 0, 3) == 0;
          w.store_is_full = g_rand_int_range (rand, 0, 4) == 0;
          run_for (&w, g_rand_int_range (rand, 1, 12 * 3600) * SECOND);
          if (g_rand_int_range (rand, 0, 3) == 0)
            restart (&w);
          if (g_rand_int_range (rand, 0, 3) == 0)
            w.now += g_rand_int_range (rand, 1, 4 * 24 * 3600) * SECOND;
          g_assert_false (
            bg_credential_state_is_final (bg_device_credential_get_state (w.credential, w.now)));
        }
      w.loses_answers = w.store_is_full = FALSE;
      run_for (&w, MINUTE);
      assert_open (&w);
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
