/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What this device shows the hub to be let in, and when it gets something newer (docs/devices.md): an access token for an hour, made with a
 * refresh token that is kept, and is replaced by another when it is a week old. Nothing here asks, writes or looks at a clock: the owner does
 * what bg_device_credential_next() says, and tells what came of it. Times are µs of a clock that goes on while the machine sleeps, and that nobody
 * sets (CLOCK_BOOTTIME). */

#include <glib.h>

G_BEGIN_DECLS

typedef struct _BgDeviceCredential BgDeviceCredential;

typedef enum
{
  BG_CREDENTIAL_NONE,    /* this device has none that this hub knows of */
  BG_CREDENTIAL_WAITING, /* it has one, and no access token yet */
  BG_CREDENTIAL_OPEN,    /* there is an access token */
  BG_CREDENTIAL_PENDING, /* an owner has to approve this device */
  BG_CREDENTIAL_REVOKED, /* an owner put it out, or it left: for good, as the next two */
  BG_CREDENTIAL_EXPIRED, /* 30 days without a word */
  BG_CREDENTIAL_UNKNOWN, /* the hub does not know what we have */
} BgCredentialState;

typedef enum
{
  BG_CREDENTIAL_REST,     /* until the time that goes with it */
  BG_CREDENTIAL_REFRESH,  /* ask for an access token with bg_device_credential_get_shown() */
  BG_CREDENTIAL_ROTATE,   /* the same, and for another refresh token */
  BG_CREDENTIAL_REGISTER, /* with the token that all share */
  BG_CREDENTIAL_WRITE,    /* keep bg_device_credential_dup_text() */
} BgCredentialStep;

/* What the hub gives; borrowed. */
typedef struct
{
  const char *device_id;     /* of a registration; NULL */
  const char *access_token;
  const char *refresh_token; /* NULL: the one that was shown stays */
  guint expires_in_s;
  gint64 refresh_age_s;      /* of the one that was shown; -1: not said */
  gboolean is_pending;
} BgCredentialGrant;

/* Why it gives nothing. */
typedef enum
{
  BG_REFUSAL_LATER,   /* no answer, or none that means anything */
  BG_REFUSAL_ABSENT,  /* this hub keeps no devices */
  BG_REFUSAL_BARRED,  /* it does not register this one */
  BG_REFUSAL_REVOKED,
  BG_REFUSAL_EXPIRED,
  BG_REFUSAL_TOKEN,   /* the refresh token is not the device's */
} BgCredentialRefusal;

/* `may_rotate`: a new refresh token can be kept. `random` in [0, 1) spreads what is tried again. */
BgDeviceCredential *bg_device_credential_new (gboolean may_rotate, double (*random) (void));
/* Wipes. */
void bg_device_credential_free (BgDeviceCredential *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgDeviceCredential, bg_device_credential_free)

/* The secret "device-credential": "DEVICE_ID bgr_…", and behind that the one before, while the hub may not have seen the newer. NULL: there is none. What was
 * known before is forgotten. FALSE: that is no credential, and counts as none. */
gboolean bg_device_credential_load (BgDeviceCredential *self, const char *text);
/* What is to be kept now. Free with bg_secret_free(). */
char *bg_device_credential_dup_text (const BgDeviceCredential *self);

/* What is to be done now; `*due`: when to ask again, where it is nothing; G_MAXINT64: not by itself. While a question is under way: nothing. */
BgCredentialStep bg_device_credential_next (const BgDeviceCredential *self, gint64 now, gint64 *due);
/* A question of next() is asked now. The number goes back with the answer: what answers another one does not count. */
guint bg_device_credential_ask (BgDeviceCredential *self, gint64 now);
void bg_device_credential_grant (BgDeviceCredential *self, guint number, const BgCredentialGrant *grant, gint64 now);
void bg_device_credential_refuse (BgDeviceCredential *self, guint number, BgCredentialRefusal refusal, gint64 now);
/* Whether what dup_text() said is kept now. A new refresh token counts from then on; without, the old one goes on. */
void bg_device_credential_wrote (BgDeviceCredential *self, gboolean is_kept, gint64 now);

/* The hub did not let `bearer` in: where that is the access token of now, it is done with. */
void bg_device_credential_bounce (BgDeviceCredential *self, const char *bearer, gint64 now);
/* The hub says of this device what the access token does not: another one is asked for, and that of now is good until it comes. */
void bg_device_credential_renew (BgDeviceCredential *self, gint64 now);
/* The hub keeps devices: one that has a token registers (`may_register`), one that has a credential uses it. */
void bg_device_credential_hear_devices (BgDeviceCredential *self, gboolean may_register, gint64 now);
/* Does it ask now to be registered? */
gboolean bg_device_credential_registers (const BgDeviceCredential *self);
/* The network changed: what waits after a failure is tried now. */
void bg_device_credential_hurry (BgDeviceCredential *self, gint64 now);

BgCredentialState bg_device_credential_get_state (const BgDeviceCredential *self, gint64 now);
/* Whether a state is for good. */
gboolean bg_credential_state_is_final (BgCredentialState state);
/* NULL: none that is still good. Borrowed; also while it is PENDING, for the log of members alone. */
const char *bg_device_credential_get_access (const BgDeviceCredential *self, gint64 now);
/* The claim "owner" of the last access token, whether that is over by now or not. */
gboolean bg_device_credential_is_owner (const BgDeviceCredential *self);
/* NULL: none. Borrowed. */
const char *bg_device_credential_get_id (const BgDeviceCredential *self);
/* The refresh token for the question. Borrowed. */
const char *bg_device_credential_get_shown (const BgDeviceCredential *self);

G_END_DECLS
