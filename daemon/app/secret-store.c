/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/secret-store.h"

#include "app/secret-store-private.h"
#include "common/error.h"
#include "common/printable.h"

#include <string.h>

/* The longest is "peer/NAME/psk" with a NAME of 63 bytes; escaped it still fits a file name. */
#define MAX_NAME_BYTES 80

static gboolean
check_name (const char *name, GError **error)
{
  gsize len = strlen (name);
  g_autofree char *shown = NULL;
  gboolean ok = len > 0 && len <= MAX_NAME_BYTES && g_utf8_validate (name, (gssize) len, NULL);

  for (const char *p = name; ok && *p; p = g_utf8_next_char (p))
    ok = !g_unichar_iscntrl (g_utf8_get_char (p));
  if (ok)
    return TRUE;
  shown = bg_printable (name);
  bg_error_set (error, BG_ERROR_INVALID_ARGUMENT, BAD_SECRET_NAME, shown);
  return FALSE;
}

char *
bg_secret_store_read (BgSecretStore *store, const char *name, GError **error)
{
  return check_name (name, error) ? store->ops->read (store, name, error) : NULL;
}

gboolean
bg_secret_store_write (BgSecretStore *store, const char *name, const char *secret, GError **error)
{
  if (!check_name (name, error))
    return FALSE;
  if (strnlen (secret, BG_SECRET_MAX_BYTES + 1) > BG_SECRET_MAX_BYTES)
    {
      bg_error_set (error, BG_ERROR_INVALID_ARGUMENT, NEW_SECRET_TOO_LARGE, name);
      return FALSE;
    }
  return store->ops->write (store, name, secret, error);
}

gboolean
bg_secret_store_remove (BgSecretStore *store, const char *name, GError **error)
{
  return check_name (name, error) && store->ops->remove (store, name, error);
}

void
bg_secret_store_free (BgSecretStore *store)
{
  if (store)
    store->ops->free (store);
}
