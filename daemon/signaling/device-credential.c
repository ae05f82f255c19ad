/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "signaling/device-credential.h"

#include "common/secret-text.h"
#include "signaling/access-claim.h"
#include "signaling/backoff.h"
#include "signaling/service-devices.h"

#include <string.h>

#define REFRESH_MARK "bgr_"
#define SECOND G_GINT64_CONSTANT (1000000)

enum
{
  REFRESH_DIGITS = 64,
  WEEK_S = 7 * 24 * 3600,
  SHORTEST_LIFE_S = 60,
  LONGEST_LIFE_S = 24 * 3600,
  RENEW_BEFORE_S = 600, /* of an hour, and that share of less */
  BARRED_S = 600,       /* until a hub that does not take this device is asked again */
  RENEW_EVERY_S = 5,    /* at most, for what the hub says beside the token */
  FRESH_S = 60,         /* an access token that is refused so soon is no accident */
};

typedef struct
{
  char *id, *refresh, *previous; /* `previous` NULL: nobody needs it any more */
} Kept;

struct _BgDeviceCredential
{
  gboolean may_rotate;
  double (*random) (void);

  Kept kept;          /* as it is in the store */
  Kept granted;       /* and as it is to be; `refresh` NULL: nothing is to be written */
  gboolean is_turned; /* the previous one is shown, since the hub knows no newer */

  char *access;
  gint64 access_since, access_until;
  gboolean is_owner;      /* as the last one says */
  BgCredentialState told; /* by the hub: OPEN, PENDING or a final one */

  guint number;
  gboolean is_asked, wants_rotation, wants_register, is_absent;
  guint failures;
  guint bounces; /* of access tokens that were fresh, in a row */
  gint64 due;    /* of the next question */
};

static void
kept_clear (Kept *kept)
{
  g_clear_pointer (&kept->id, g_free);
  g_clear_pointer (&kept->refresh, bg_secret_free);
  g_clear_pointer (&kept->previous, bg_secret_free);
}

static void
forget (BgDeviceCredential *self)
{
  kept_clear (&self->kept);
  kept_clear (&self->granted);
  g_clear_pointer (&self->access, bg_secret_free);
  self->told = BG_CREDENTIAL_OPEN;
  self->is_turned = self->is_asked = self->is_absent = self->is_owner = FALSE;
  self->wants_rotation = self->wants_register = FALSE;
  self->failures = self->bounces = 0;
  self->due = 0;
  self->number++;
}

BgDeviceCredential *
bg_device_credential_new (gboolean may_rotate, double (*random) (void))
{
  BgDeviceCredential *self = g_new0 (BgDeviceCredential, 1);

  self->may_rotate = may_rotate;
  self->random = random;
  forget (self);
  return self;
}

void
bg_device_credential_free (BgDeviceCredential *self)
{
  if (!self)
    return;
  forget (self);
  g_free (self);
}

/* --- The text --- */

static gboolean
is_refresh_token (const char *text)
{
  const char *digits = text + strlen (REFRESH_MARK);

  return g_str_has_prefix (text, REFRESH_MARK) && strlen (digits) == REFRESH_DIGITS
         && strspn (digits, "0123456789abcdef") == REFRESH_DIGITS;
}

static gboolean
take_words (Kept *kept, char **words)
{
  guint n = g_strv_length (words);

  if (n < 2 || n > 3 || !bg_service_device_id_is_fine (words[0]) || !is_refresh_token (words[1])
      || (n == 3 && !is_refresh_token (words[2])))
    return FALSE;
  kept->id = g_strdup (words[0]);
  kept->refresh = g_strdup (words[1]);
  kept->previous = g_strdup (words[2]);
  return TRUE;
}

gboolean
bg_device_credential_load (BgDeviceCredential *self, const char *text)
{
  char **words = g_strsplit (text ? text : "", " ", 4);
  gboolean ok = TRUE;

  forget (self);
  if (text)
    ok = take_words (&self->kept, words);
  for (char **word = words; *word; word++)
    bg_secret_free (*word);
  g_free (words);
  return ok;
}

static char *
text_of (const Kept *kept)
{
  return g_strjoin (" ", kept->id, kept->refresh, kept->previous, NULL);
}

char *
bg_device_credential_dup_text (const BgDeviceCredential *self)
{
  return text_of (self->granted.refresh ? &self->granted : &self->kept);
}

/* --- What is to be done --- */

static gboolean
has_credential (const BgDeviceCredential *self)
{
  return self->kept.refresh != NULL;
}

static BgCredentialStep
step_when_due (const BgDeviceCredential *self)
{
  if (!has_credential (self))
    return BG_CREDENTIAL_REGISTER;
  return self->wants_rotation ? BG_CREDENTIAL_ROTATE : BG_CREDENTIAL_REFRESH;
}

BgCredentialStep
bg_device_credential_next (const BgDeviceCredential *self, gint64 now, gint64 *due)
{
  *due = G_MAXINT64;
  if (self->granted.refresh)
    return BG_CREDENTIAL_WRITE;
  if (self->is_asked || bg_credential_state_is_final (self->told)
      || (!has_credential (self) && !self->wants_register))
    return BG_CREDENTIAL_REST;
  if (now >= self->due)
    return step_when_due (self);
  *due = self->due;
  return BG_CREDENTIAL_REST;
}

guint
bg_device_credential_ask (BgDeviceCredential *self, gint64 now)
{
  self->is_asked = TRUE;
  return ++self->number;
}

/* FALSE: it answers what nobody waits for any more. */
static gboolean
take_answer (BgDeviceCredential *self, guint number)
{
  if (!self->is_asked || number != self->number)
    return FALSE;
  self->is_asked = FALSE;
  return TRUE;
}

static void
wait_after (BgDeviceCredential *self, guint failures, gint64 now)
{
  self->due = now + (gint64) bg_backoff_delay_ms (failures, self->random ()) * 1000;
}

static void
try_later (BgDeviceCredential *self, gint64 now)
{
  wait_after (self, ++self->failures, now);
}

/* --- What the hub gives --- */

static void
take_access (BgDeviceCredential *self, const BgCredentialGrant *grant, gint64 now)
{
  gint64 life = CLAMP (grant->expires_in_s, SHORTEST_LIFE_S, LONGEST_LIFE_S);

  bg_secret_free (self->access);
  self->access = g_strdup (grant->access_token);
  self->access_since = now;
  self->is_owner = bg_access_claim_is_owner (grant->access_token);
  self->access_until = now + life * SECOND;
  self->is_absent = FALSE;
  self->told = grant->is_pending ? BG_CREDENTIAL_PENDING : BG_CREDENTIAL_OPEN;
  if (grant->is_pending)
    try_later (self, now);
  else
    {
      self->failures = 0;
      self->due = now + (life - MIN (RENEW_BEFORE_S, life / 6)) * SECOND;
    }
}

/* What was shown stays beside it: where this answer crossed that of an earlier question, the hub may know it alone. */
static void
take_refresh (BgDeviceCredential *self, const char *refresh)
{
  const char *shown = bg_device_credential_get_shown (self);

  if (!self->may_rotate || !is_refresh_token (refresh))
    return;
  kept_clear (&self->granted);
  self->granted.id = g_strdup (self->kept.id);
  self->granted.refresh = g_strdup (refresh);
  self->granted.previous = g_strdup (shown);
}

/* The hub knows the previous one, and not what came after it. */
static void
keep_previous (BgDeviceCredential *self)
{
  bg_secret_free (self->kept.refresh);
  self->kept.refresh = g_steal_pointer (&self->kept.previous);
  self->is_turned = FALSE;
  self->granted = (Kept){ g_strdup (self->kept.id), g_strdup (self->kept.refresh), NULL };
}

static void
take_refreshed (BgDeviceCredential *self, const BgCredentialGrant *grant, gint64 now)
{
  const char *shown = bg_device_credential_get_shown (self);
  gboolean is_new = grant->refresh_token && !g_str_equal (grant->refresh_token, shown);
  gboolean was_wanted = self->wants_rotation;

  self->wants_rotation = FALSE;
  if (is_new)
    take_refresh (self, grant->refresh_token);
  else if (self->is_turned)
    keep_previous (self);
  take_access (self, grant, now);
  if (!is_new && !was_wanted && self->may_rotate && grant->refresh_age_s >= WEEK_S)
    {
      self->wants_rotation = TRUE;
      self->due = grant->is_pending ? self->due : now;
    }
}

static void
take_registration (BgDeviceCredential *self, const BgCredentialGrant *grant, gint64 now)
{
  guint failures;

  if (!bg_service_device_id_is_fine (grant->device_id) || !grant->refresh_token
      || !is_refresh_token (grant->refresh_token))
    {
      try_later (self, now);
      return;
    }
  failures = self->failures;
  self->granted = (Kept){ g_strdup (grant->device_id), g_strdup (grant->refresh_token), NULL };
  take_access (self, grant, now);
  self->failures = MAX (self->failures, failures); /* it is not written yet */
}

void
bg_device_credential_grant (BgDeviceCredential *self, guint number, const BgCredentialGrant *grant,
                            gint64 now)
{
  if (!take_answer (self, number))
    return;
  if (has_credential (self))
    take_refreshed (self, grant, now);
  else
    take_registration (self, grant, now);
}

static void
end_for_good (BgDeviceCredential *self, BgCredentialState state)
{
  g_clear_pointer (&self->access, bg_secret_free);
  self->told = state;
}

static void
refuse_token (BgDeviceCredential *self, gint64 now)
{
  if (!self->kept.previous || self->is_turned)
    {
      end_for_good (self, BG_CREDENTIAL_UNKNOWN);
      return;
    }
  self->is_turned = TRUE;
  self->due = now;
}

void
bg_device_credential_refuse (BgDeviceCredential *self, guint number, BgCredentialRefusal refusal,
                             gint64 now)
{
  gboolean registered;

  if (!take_answer (self, number))
    return;
  registered = has_credential (self);
  self->is_absent = refusal == BG_REFUSAL_ABSENT;
  if (refusal != BG_REFUSAL_LATER && !registered)
    self->due = now + BARRED_S * SECOND;
  else if (refusal == BG_REFUSAL_REVOKED)
    end_for_good (self, BG_CREDENTIAL_REVOKED);
  else if (refusal == BG_REFUSAL_EXPIRED)
    end_for_good (self, BG_CREDENTIAL_EXPIRED);
  else if (refusal == BG_REFUSAL_TOKEN)
    refuse_token (self, now);
  else
    try_later (self, now);
}

void
bg_device_credential_wrote (BgDeviceCredential *self, gboolean is_kept, gint64 now)
{
  gboolean registers = !has_credential (self);

  if (!self->granted.refresh)
    return;
  if (is_kept)
    {
      kept_clear (&self->kept);
      self->kept = self->granted;
      self->granted = (Kept){ NULL, NULL, NULL };
      self->is_turned = self->wants_register = FALSE;
      self->failures = self->told == BG_CREDENTIAL_PENDING ? self->failures : 0;
      return;
    }
  kept_clear (&self->granted);
  if (!registers)
    return;
  g_clear_pointer (&self->access, bg_secret_free);
  try_later (self, now);
}

/* --- What happens --- */

void
bg_device_credential_bounce (BgDeviceCredential *self, const char *bearer, gint64 now)
{
  if (!has_credential (self) || g_strcmp0 (bearer, self->access) != 0 || !self->access)
    return;
  g_clear_pointer (&self->access, bg_secret_free);
  self->bounces = now - self->access_since < FRESH_S * SECOND ? self->bounces + 1 : 0;
  wait_after (self, self->bounces, now);
}

void
bg_device_credential_renew (BgDeviceCredential *self, gint64 now)
{
  if (has_credential (self) && self->access)
    self->due = MIN (self->due, MAX (now, self->access_since + RENEW_EVERY_S * SECOND));
}

void
bg_device_credential_hear_devices (BgDeviceCredential *self, gboolean may_register, gint64 now)
{
  if (!has_credential (self))
    self->wants_register = may_register;
  else if (self->is_absent)
    self->due = now;
}

gboolean
bg_device_credential_registers (const BgDeviceCredential *self)
{
  return self->is_asked && !has_credential (self);
}

void
bg_device_credential_hurry (BgDeviceCredential *self, gint64 now)
{
  if (self->failures > 0 && self->told != BG_CREDENTIAL_PENDING)
    self->due = MIN (self->due, now);
}

/* --- What is so --- */

gboolean
bg_credential_state_is_final (BgCredentialState state)
{
  return state >= BG_CREDENTIAL_REVOKED;
}

BgCredentialState
bg_device_credential_get_state (const BgDeviceCredential *self, gint64 now)
{
  if (!has_credential (self) || self->is_absent)
    return BG_CREDENTIAL_NONE;
  if (self->told != BG_CREDENTIAL_OPEN)
    return self->told;
  return bg_device_credential_get_access (self, now) ? BG_CREDENTIAL_OPEN : BG_CREDENTIAL_WAITING;
}

gboolean
bg_device_credential_is_owner (const BgDeviceCredential *self)
{
  return has_credential (self) && self->is_owner;
}

const char *
bg_device_credential_get_access (const BgDeviceCredential *self, gint64 now)
{
  return has_credential (self) && self->access && now < self->access_until ? self->access : NULL;
}

const char *
bg_device_credential_get_id (const BgDeviceCredential *self)
{
  return self->kept.id;
}

const char *
bg_device_credential_get_shown (const BgDeviceCredential *self)
{
  return self->is_turned ? self->kept.previous : self->kept.refresh;
}
