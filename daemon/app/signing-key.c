/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/signing-key.h"

#include "common/error.h"
#include "common/key-text.h"

#define NAME "signing-key"

gboolean
bg_signing_key_read (BgSecretStore *secrets, guint8 seed[BG_SEED_BYTES], GError **error)
{
  char *text = bg_secret_store_read (secrets, NAME, error);
  gboolean ok = text && bg_key_from_base64 (text, seed);

  if (text && !ok)
    {
      g_autoptr (BgWords) why = bg_words (BAD_SIGNING_KEY);

      bg_error_set (error, BG_ERROR_CONFIG, ABOUT, NAME, why);
    }
  bg_secret_free (text);
  return ok;
}

static gboolean
write_new (BgSecretStore *secrets, guint8 seed[BG_SEED_BYTES], GError **error)
{
  char *text = g_malloc (BG_KEY_TEXT_LEN + 1);
  gboolean ok = bg_seed_make (seed, BG_SEED_BYTES);

  if (ok)
    {
      bg_key_to_base64 (seed, text);
      ok = bg_secret_store_write (secrets, NAME, text, error);
    }
  else
    {
      *text = '\0';
      bg_error_set (error, BG_ERROR_FAILED, NO_RANDOMNESS);
    }
  bg_secret_free (text);
  return ok;
}

gboolean
bg_signing_key_keep (BgSecretStore *secrets, guint8 seed[BG_SEED_BYTES], GError **error)
{
  g_autoptr (GError) local = NULL;

  if (bg_signing_key_read (secrets, seed, &local))
    return TRUE;
  if (!local)
    return write_new (secrets, seed, error);
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}
