/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "signaling/access-claim.h"

#include "common/json-member.h"

#include <string.h>

enum
{
  PARTS = 3, /* header, claims, signature */
  LONGEST = 8192,
};

/* base64url without padding (RFC 7515, 2), as GLib reads it. */
static char *
padded (const char *part)
{
  GString *text = g_string_new (part);

  g_string_replace (text, "-", "+", 0);
  g_string_replace (text, "_", "/", 0);
  while (text->len % 4 != 0)
    g_string_append_c (text, '=');
  return g_string_free (text, FALSE);
}

static gboolean
says_owner (const char *json, gsize len)
{
  g_autoptr (JsonObject) claims = bg_json_object_parse (json, len);

  return claims && bg_json_member_is_true (claims, "owner");
}

gboolean
bg_access_claim_is_owner (const char *token)
{
  g_auto (GStrv) parts = strlen (token) <= LONGEST ? g_strsplit (token, ".", PARTS + 1) : NULL;
  g_autofree char *text = NULL;
  g_autofree guchar *json = NULL;
  gsize len = 0;

  if (!parts || g_strv_length (parts) != PARTS)
    return FALSE;
  text = padded (parts[1]);
  json = g_base64_decode (text, &len);
  return json && len > 0 && says_owner ((const char *) json, len);
}
