/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/hub/hub-access-token.h"
#include "worker/hub/hub-secret.h"
#include "common/json-member.h"

#include <json-glib/json-glib.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#define NETWORK "default"
#define FOREIGN                                                                                    \
  "hex:" /* of a key that came from another hub: its bytes follow, which are no text */

enum
{
  ID_BYTES = 8,
  SECRET_BYTES = 32,
  KEY_LIFETIME_S = 30 * 24 * 3600,
  LONGEST = 1024,
};

struct _BgHubAccessTokens
{
  BgHubWriter *writer;
  GPtrArray *keys; /* BgHubSigningKey, the newest signs */
};

BgHubAccessTokens *
bg_hub_access_tokens_new (GPtrArray *keys, BgHubWriter *writer)
{
  BgHubAccessTokens *self = g_new0 (BgHubAccessTokens, 1);

  self->writer = writer;
  self->keys = keys;
  return self;
}

void
bg_hub_access_tokens_free (BgHubAccessTokens *self)
{
  if (self == NULL)
    return;
  g_ptr_array_unref (self->keys);
  g_free (self);
}

/* Text (RFC 7515, appendix C) */

static char *
base64url (const guint8 *bytes, gsize len)
{
  char *text = g_base64_encode (bytes, len);
  char *padding = strchr (text, '=');

  if (padding != NULL)
    *padding = '\0';
  return g_strdelimit (g_strdelimit (text, "+", '-'), "/", '_');
}

/* Of claims, whose signature was good. */
static char *
text_of_base64url (const char *part, gsize len, gsize *text_len)
{
  g_autofree char *word = g_strndup (part, len);
  g_autofree char *padded = g_strconcat (word, "===" + (3 - (4 - len % 4) % 4), NULL);

  g_strdelimit (g_strdelimit (padded, "-", '+'), "_", '/');
  return (char *) g_base64_decode (padded, text_len);
}

static char *
json_of (JsonBuilder *object)
{
  g_autoptr (JsonNode) root = json_builder_get_root (json_builder_end_object (object));
  g_autofree char *json = json_to_string (root, FALSE);

  return base64url ((const guint8 *) json, strlen (json));
}

static char *
header_of (const BgHubSigningKey *key)
{
  g_autoptr (JsonBuilder) object = json_builder_begin_object (json_builder_new ());

  json_builder_add_string_value (json_builder_set_member_name (object, "alg"), "HS256");
  json_builder_add_string_value (json_builder_set_member_name (object, "kid"), key->id);
  json_builder_add_string_value (json_builder_set_member_name (object, "typ"), "JWT");
  return json_of (object);
}

static char *
claims_of (const char *device, gboolean is_owner, gint64 now)
{
  g_autoptr (JsonBuilder) object = json_builder_begin_object (json_builder_new ());

  json_builder_add_string_value (json_builder_set_member_name (object, "sub"), device);
  json_builder_add_boolean_value (json_builder_set_member_name (object, "owner"), is_owner);
  json_builder_add_string_value (json_builder_set_member_name (object, "net"), NETWORK);
  json_builder_add_int_value (json_builder_set_member_name (object, "iat"), now);
  json_builder_add_int_value (json_builder_set_member_name (object, "exp"),
                              now + BG_ACCESS_LIFETIME_S);
  return json_of (object);
}

/* The bytes with which it signs (transfer full). */
static guint8 *
bytes_of_key (const BgHubSigningKey *key, gsize *len)
{
  const char *hex = key->secret + strlen (FOREIGN);
  guint8 *bytes;

  if (!g_str_has_prefix (key->secret, FOREIGN))
    {
      *len = strlen (key->secret);
      return g_memdup2 (key->secret, *len);
    }
  *len = strlen (hex) / 2;
  bytes = g_malloc0 (*len + 1);
  for (gsize i = 0; i < *len; i++)
    bytes[i] = (guint8) (g_ascii_xdigit_value (hex[2 * i]) << 4
                         | g_ascii_xdigit_value (hex[2 * i + 1]));
  return bytes;
}

static void
wipe (guint8 *bytes, gsize len)
{
  explicit_bzero (bytes, len);
  g_free (bytes);
}

/* NULL where the library refuses. */
static char *
signature_of (const BgHubSigningKey *key, const char *text, gsize len)
{
  guint8 mac[EVP_MAX_MD_SIZE];
  guint mac_len;
  gsize key_len;
  guint8 *bytes = bytes_of_key (key, &key_len);
  const guint8 *made = HMAC (EVP_sha256 (), bytes, (int) key_len, (const guint8 *) text, len, mac,
                             &mac_len);

  wipe (bytes, key_len);
  return made != NULL ? base64url (mac, mac_len) : NULL;
}

/* Keys */

/* Those before the newest have signed nothing since that was made. */
static void
forget_old_keys (BgHubAccessTokens *self, gint64 now)
{
  while (self->keys->len > 1)
    {
      const BgHubSigningKey *oldest = self->keys->pdata[0], *next = self->keys->pdata[1];

      if (now - next->created_at <= BG_ACCESS_LIFETIME_S)
        return;
      bg_hub_writer_put (self->writer, bg_hub_change_of_signing_key (oldest, TRUE));
      g_ptr_array_remove_index (self->keys, 0);
    }
}

static const BgHubSigningKey *
make_key (BgHubAccessTokens *self, gint64 now)
{
  g_autofree char *id = bg_hub_secret_new ("k_", ID_BYTES);
  g_autofree char *secret = bg_hub_secret_new ("", SECRET_BYTES);
  BgHubSigningKey *key;

  if (id == NULL || secret == NULL)
    return NULL;
  key = bg_hub_signing_key_new (id, secret, now);
  explicit_bzero (secret, strlen (secret));
  g_ptr_array_add (self->keys, key);
  bg_hub_writer_put (self->writer, bg_hub_change_of_signing_key (key, FALSE));
  return key;
}

static const BgHubSigningKey *
key_to_sign (BgHubAccessTokens *self, gint64 now)
{
  const BgHubSigningKey *newest = self->keys->len > 0 ? self->keys->pdata[self->keys->len - 1]
                                                      : NULL;

  forget_old_keys (self, now);
  return newest != NULL && now - newest->created_at < KEY_LIFETIME_S ? newest
                                                                     : make_key (self, now);
}

/* Going to another hub */

const GPtrArray *
bg_hub_access_tokens_get_keys (BgHubAccessTokens *self)
{
  return self->keys;
}

char *
bg_hub_signing_key_to_hex (const BgHubSigningKey *key)
{
  gsize len;
  guint8 *bytes = bytes_of_key (key, &len);
  GString *hex = g_string_new (NULL);

  for (gsize i = 0; i < len; i++)
    g_string_append_printf (hex, "%02x", bytes[i]);
  wipe (bytes, len);
  return g_string_free (hex, FALSE);
}

char *
bg_hub_signing_secret_of_hex (const char *hex)
{
  return g_strconcat (FOREIGN, hex, NULL);
}

/* Making and reading */

char *
bg_hub_access_tokens_make (BgHubAccessTokens *self, const char *device, gboolean is_owner,
                           gint64 now)
{
  const BgHubSigningKey *key = key_to_sign (self, now);
  g_autofree char *header = NULL, *claims = NULL, *text = NULL, *signature = NULL;

  if (key == NULL)
    return NULL;
  header = header_of (key);
  claims = claims_of (device, is_owner, now);
  text = g_strconcat (header, ".", claims, NULL);
  signature = signature_of (key, text, strlen (text));
  return signature != NULL ? g_strconcat (text, ".", signature, NULL) : NULL;
}

/* The header is one that we write, to the byte: nothing in it is up to whoever shows it. */
static const BgHubSigningKey *
key_of (BgHubAccessTokens *self, const char *token, gsize len)
{
  for (guint i = 0; i < self->keys->len; i++)
    {
      g_autofree char *header = header_of (self->keys->pdata[i]);

      if (strlen (header) == len && memcmp (header, token, len) == 0)
        return self->keys->pdata[i];
    }
  return NULL;
}

static char *
device_of_claims (const char *part, gsize len, gint64 now)
{
  gsize json_len;
  g_autofree char *json = text_of_base64url (part, len, &json_len);
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();
  JsonObject *claims;

  if (!json_parser_load_from_data (parser, json, (gssize) json_len, NULL))
    return NULL;
  claims = json_node_get_object (json_parser_get_root (parser));
  if (json_object_get_int_member_with_default (claims, "exp", 0) <= now)
    return NULL;
  return g_strdup (bg_json_member_text (claims, "sub"));
}

char *
bg_hub_access_tokens_read (BgHubAccessTokens *self, const char *token, gint64 now)
{
  const char *first = strchr (token, '.');
  const char *last = first != NULL ? strchr (first + 1, '.') : NULL;
  const BgHubSigningKey *key = last != NULL && strlen (token) <= LONGEST
                                 ? key_of (self, token, (gsize) (first - token))
                                 : NULL;
  g_autofree char *signature = key != NULL ? signature_of (key, token, (gsize) (last - token))
                                           : NULL;

  if (signature == NULL || !bg_hub_secret_equal (last + 1, signature))
    return NULL;
  return device_of_claims (first + 1, (gsize) (last - first - 1), now);
}
