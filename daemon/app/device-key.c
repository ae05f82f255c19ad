/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/device-key.h"

#include "common/error.h"
#include "common/key-text.h"

gboolean
bg_device_key_read (BgSecretStore *secrets, WgKey *private_key, WgKey *public_key, GError **error)
{
  char *text = bg_secret_store_read (secrets, "device-key", error);
  gboolean ok;

  if (!text)
    return FALSE;
  ok = bg_key_from_base64 (text, private_key->bytes);
  bg_secret_free (text);
  if (!ok)
    {
      bg_error_set (error, BG_ERROR_CONFIG, BAD_DEVICE_KEY);
      return FALSE;
    }
  wg_key_clamp (private_key);
  if (wg_key_public (private_key, public_key))
    return TRUE;
  wg_wipe (private_key, sizeof *private_key);
  bg_error_set (error, BG_ERROR_CONFIG, UNUSABLE_DEVICE_KEY);
  return FALSE;
}

static gboolean
write_key (BgSecretStore *secrets, const WgKey *key, GError **error)
{
  char *text = g_malloc (BG_KEY_TEXT_LEN + 1);
  gboolean ok;

  bg_key_to_base64 (key->bytes, text);
  ok = bg_secret_store_write (secrets, "device-key", text, error);
  bg_secret_free (text);
  return ok;
}

/* Writes it, or wipes it. */
static gboolean
keep (BgSecretStore *secrets, WgKey *private_key, GError **error)
{
  if (write_key (secrets, private_key, error))
    return TRUE;
  wg_wipe (private_key, sizeof *private_key);
  return FALSE;
}

gboolean
bg_device_key_keep (BgSecretStore *secrets, WgKey *private_key, WgKey *public_key, GError **error)
{
  g_autoptr (GError) local = NULL;

  if (bg_device_key_read (secrets, private_key, public_key, &local))
    return keep (secrets, private_key, error);
  if (local)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  if (wg_key_generate_private (private_key) && wg_key_public (private_key, public_key))
    return keep (secrets, private_key, error);
  bg_error_set (error, BG_ERROR_FAILED, NO_RANDOMNESS);
  return FALSE;
}
