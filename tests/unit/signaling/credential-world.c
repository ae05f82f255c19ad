/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "credential-world.h"

#include "common/secret-text.h"

#include <string.h>

char *
world_token (char digit)
{
  char digits[65];

  memset (digits, digit, 64);
  digits[64] = '\0';
  return g_strconcat ("bgr_", digits, NULL);
}

double
world_random (void)
{
  return 0.5;
}

char *
world_text (char digit, char previous)
{
  g_autofree char *a = world_token (digit), *b = previous ? world_token (previous) : NULL;

  return g_strjoin (" ", ID, a, b, NULL);
}

void
world_start (World *w, char digit)
{
  *w = (World){ .now = HOUR, .hub = { .next = '1' } };
  w->credential = bg_device_credential_new (TRUE, world_random);
  if (digit)
    {
      w->hub.current = digit;
      w->store = world_text (digit, 0);
    }
  g_assert_true (bg_device_credential_load (w->credential, w->store));
}

void
world_end (World *w)
{
  bg_device_credential_free (w->credential);
  g_free (w->store);
}

void
world_restart (World *w)
{
  bg_device_credential_free (w->credential);
  w->credential = bg_device_credential_new (TRUE, world_random);
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
gboolean
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

  token = fresh ? world_token (fresh) : NULL;
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
  g_autofree char *token = world_token (made);
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

void
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

gboolean
world_step (World *w, gint64 *due)
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
      while (world_step (w, &due))
        ;
      if (due > until)
        break;
      g_assert_cmpint (due, >, w->now);
      w->now = due;
    }
  w->now = until;
}

void
world_run_for (World *w, gint64 span)
{
  run_until (w, w->now + span);
}

void
world_assert_state (World *w, BgCredentialState state)
{
  g_assert_cmpint (bg_device_credential_get_state (w->credential, w->now), ==, state);
}

void
world_assert_open (World *w)
{
  world_assert_state (w, BG_CREDENTIAL_OPEN);
  g_assert_nonnull (bg_device_credential_get_access (w->credential, w->now));
}

void
world_assert_stored (World *w, char digit, char previous)
{
  g_autofree char *text = world_text (digit, previous);

  g_assert_cmpstr (w->store, ==, text);
}
