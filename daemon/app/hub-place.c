/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/hub-place.h"

#include "signaling/server-pin.h"
#include "signaling/signaling-client.h"

#include <string.h>

gboolean
bg_hub_place_is_same (const char *url, const char *pin, const char *other_url,
                      const char *other_pin)
{
  g_autofree char *one = url ? bg_server_url_connect (url, NULL) : NULL,
                  *other = other_url ? bg_server_url_connect (other_url, NULL) : NULL;

  return one && g_strcmp0 (one, other) == 0 && g_strcmp0 (pin, other_pin) == 0;
}

gboolean
bg_hub_place_is_usable (const char *url, const char *pin)
{
  g_autofree char *whole = bg_server_url_normalize (url, NULL);

  return whole && bg_server_pin_check (pin, whole, NULL);
}

gboolean
bg_hub_place_may_send (const char *from, const char *to)
{
  g_autofree char *here = bg_server_url_normalize (from, NULL),
                  *there = bg_server_url_normalize (to, NULL);

  return here && there && !bg_server_url_is_readable (here) && !bg_server_url_is_readable (there);
}

const char *
bg_hub_place_pin_text (const guint8 *pin, char text[BG_KEY_TEXT_LEN + 1])
{
  static const guint8 none[BG_KEY_BYTES];

  bg_key_to_base64 (pin, text);
  return memcmp (pin, none, sizeof none) == 0 ? NULL : text;
}
