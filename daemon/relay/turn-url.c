/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "relay/turn-url.h"

#include <string.h>

static char *
password_of (const char *secret, const char *user)
{
  g_autoptr (GHmac) hmac = g_hmac_new (G_CHECKSUM_SHA1, (const guchar *) secret, strlen (secret));
  guint8 digest[20];
  gsize len = sizeof digest;

  g_hmac_update (hmac, (const guchar *) user, (gssize) strlen (user));
  g_hmac_get_digest (hmac, digest, &len);
  return g_base64_encode (digest, len);
}

static const char *
split_scheme (const char *uri, const char **scheme)
{
  static const char *const schemes[] = { "turn:", "turns:" };

  for (gsize i = 0; i < G_N_ELEMENTS (schemes); i++)
    if (g_str_has_prefix (uri, schemes[i]))
      {
        *scheme = schemes[i];
        return uri + strlen (schemes[i]);
      }
  return NULL;
}

char *
bg_turn_url (const char *uri, const char *secret, const char *name, gint64 now)
{
  g_autofree char *user = g_strdup_printf ("%" G_GINT64_FORMAT ":%s", now + BG_TURN_LIFETIME, name);
  g_autofree char *password = password_of (secret, user);
  g_autofree char *user_word = g_uri_escape_string (user, NULL, FALSE);
  g_autofree char *password_word = g_uri_escape_string (password, NULL, FALSE);
  const char *scheme = NULL, *rest = split_scheme (uri, &scheme);

  return rest ? g_strconcat (scheme, "//", user_word, ":", password_word, "@", rest, NULL) : NULL;
}

char **
bg_turn_urls (const char *const *uris, const char *secret, const char *name, gint64 now)
{
  g_autoptr (GStrvBuilder) urls = NULL;

  if (!uris || !uris[0] || !secret)
    return NULL;
  urls = g_strv_builder_new ();
  for (; *uris; uris++)
    {
      g_autofree char *url = bg_turn_url (*uris, secret, name, now);

      if (url)
        g_strv_builder_add (urls, url);
    }
  return g_strv_builder_end (urls);
}
