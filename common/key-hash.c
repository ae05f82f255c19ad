/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/key-hash.h"

#include "common/key-text.h"

#include <string.h>

guint
bg_key_hash (gconstpointer key)
{
  guint hash;

  memcpy (&hash, key, sizeof hash);
  return hash;
}

gboolean
bg_key_equal (gconstpointer a, gconstpointer b)
{
  return memcmp (a, b, BG_KEY_BYTES) == 0;
}
