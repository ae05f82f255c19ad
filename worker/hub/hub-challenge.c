/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/hub/hub-challenge.h"
#include "worker/core/core-bytes.h"
#include "common/hkdf.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#define LABEL "bamgate challenge 1"

struct _BgHubChallenges
{
  guint8 secret[BG_HKDF_BYTES];
};

BgHubChallenges *
bg_hub_challenges_new (void)
{
  g_autoptr (BgHubChallenges) self = g_new0 (BgHubChallenges, 1);

  return RAND_priv_bytes (self->secret, sizeof self->secret) == 1 ? g_steal_pointer (&self) : NULL;
}

void
bg_hub_challenges_free (BgHubChallenges *self)
{
  if (self == NULL)
    return;
  OPENSSL_cleanse (self, sizeof *self);
  g_free (self);
}

/* The secret half of a challenge. */
static gboolean
derive (BgHubChallenges *self, gint64 until, const guint8 *public_key, const char *known,
        guint8 secret[BG_HKDF_BYTES])
{
  g_autoptr (GByteArray) info = g_byte_array_new ();
  guint8 time[BG_KEY_CHALLENGE_TIME];

  bg_put64 (time, (guint64) until);
  g_byte_array_append (info, (const guint8 *) LABEL, sizeof LABEL);
  g_byte_array_append (info, time, sizeof time);
  g_byte_array_append (info, public_key, BG_KEY_BYTES);
  g_byte_array_append (info, (const guint8 *) known, (guint) strlen (known));
  return bg_hkdf (self->secret, sizeof self->secret, info->data, info->len, secret);
}

static gboolean
write_challenge (gint64 until, const guint8 secret[BG_HKDF_BYTES],
                 guint8 challenge[BG_KEY_CHALLENGE_BYTES])
{
  EVP_PKEY *key = EVP_PKEY_new_raw_private_key_ex (NULL, "X25519", NULL, secret, BG_HKDF_BYTES);
  gsize len = BG_KEY_BYTES;
  gboolean ok = key != NULL
                && EVP_PKEY_get_raw_public_key (key, challenge + BG_KEY_CHALLENGE_TIME, &len) == 1
                && len == BG_KEY_BYTES;

  bg_put64 (challenge, (guint64) until);
  EVP_PKEY_free (key);
  return ok;
}

char *
bg_hub_challenges_make (BgHubChallenges *self, const guint8 public_key[BG_KEY_BYTES],
                        const char *known, gint64 now)
{
  guint8 secret[BG_HKDF_BYTES], challenge[BG_KEY_CHALLENGE_BYTES];
  gint64 until = now + BG_HUB_CHALLENGE_LIFETIME_S;
  gboolean ok = derive (self, until, public_key, known, secret)
                && write_challenge (until, secret, challenge);

  OPENSSL_cleanse (secret, sizeof secret);
  return ok ? g_base64_encode (challenge, sizeof challenge) : NULL;
}

/* Its secret half, where it is ours, for this device, and not over. */
static gboolean
recall (BgHubChallenges *self, const guint8 challenge[BG_KEY_CHALLENGE_BYTES],
        const guint8 *public_key, const char *known, gint64 now, guint8 secret[BG_HKDF_BYTES])
{
  guint64 until = bg_get64 (challenge);
  guint8 ours[BG_KEY_CHALLENGE_BYTES];

  return until > (guint64) now && until <= (guint64) now + BG_HUB_CHALLENGE_LIFETIME_S
         && derive (self, (gint64) until, public_key, known, secret)
         && write_challenge ((gint64) until, secret, ours)
         && memcmp (ours, challenge, sizeof ours) == 0;
}

gboolean
bg_hub_challenges_check (BgHubChallenges *self, const char *challenge, const char *proof,
                         const BgKeyClaim *claim, const char *known, gint64 now)
{
  guint8 said[BG_KEY_CHALLENGE_BYTES], secret[BG_HKDF_BYTES] = { 0 };
  guint8 shown[BG_KEY_PROOF_BYTES], wanted[BG_KEY_PROOF_BYTES];
  BgKeyClaim whole = *claim;
  gboolean ok = bg_key_challenge_parse (challenge, said) && bg_key_from_base64 (proof, shown)
                && recall (self, said, claim->public_key, known, now, secret);

  whole.challenge = said;
  ok = ok && bg_key_proof_make (&whole, secret, claim->public_key, wanted)
       && CRYPTO_memcmp (shown, wanted, sizeof wanted) == 0;
  OPENSSL_cleanse (secret, sizeof secret);
  return ok;
}
