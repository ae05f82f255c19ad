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
      g_set_error (error, BG_ERROR, BG_ERROR_CONFIG, "secret device-key: not a WireGuard key");
      return FALSE;
    }
  wg_key_clamp (private_key);
  if (wg_key_public (private_key, public_key))
    return TRUE;
  wg_wipe (private_key, sizeof *private_key);
  g_set_error (error, BG_ERROR, BG_ERROR_CONFIG, "secret device-key: not a usable key");
  return FALSE;
}
