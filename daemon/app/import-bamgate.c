/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The config.toml of the Go bamgate, and the secrets.toml that newer ones keep beside it. */
#include "app/import-private.h"

#include "app/toml-text.h"
#include "common/device-name.h"
#include "common/error.h"

typedef struct
{
  BgImport *import;
  const char *file; /* said where there are two */
} Reader;

typedef gboolean (*TakeFunc) (Reader *r, const BgTomlValue *value, const char *setting,
                              GError **error);

typedef struct
{
  const char *table, *key;
  BgTomlType type;
  TakeFunc take;    /* NULL: not taken */
  const char *word; /* our setting, or why it is not taken */
} Key;

static gboolean
take_string (Reader *r, const BgTomlValue *value, const char *setting, GError **error)
{
  return !*value->string
         || bg_import_add (r->import->settings, value->line, setting, value->string, error);
}

static gboolean
take_boolean (Reader *r, const BgTomlValue *value, const char *setting, GError **error)
{
  return bg_import_add (r->import->settings, value->line, setting,
                        value->boolean ? "true" : "false", error);
}

static gboolean
take_strings (Reader *r, const BgTomlValue *value, const char *setting, GError **error)
{
  g_autofree char *joined = g_strjoinv (";", (char **) value->strings);

  return !*joined || bg_import_add (r->import->settings, value->line, setting, joined, error);
}

/* The Go program took any text. */
static gboolean
take_name (Reader *r, const BgTomlValue *value, const char *setting, GError **error)
{
  g_autoptr (GError) cause = NULL;

  if (!bg_device_name_check (value->string, &cause))
    return bg_import_refuse (error, value->line, cause->message);
  return take_string (r, value, setting, error);
}

/* A key of zeroes is none. */
static gboolean
take_private_key (Reader *r, const BgTomlValue *value, const char *setting, GError **error)
{
  static const char unset[] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

  return g_str_equal (value->string, unset)
         || bg_import_take_key (&r->import->device_key, value->line, "private_key", value->string,
                                error);
}

static gboolean
take_secret (char **field, const BgTomlValue *value, GError **error)
{
  if (*field)
    return bg_import_refuse (error, value->line, "the same is said a second time");
  *field = *value->string ? g_strdup (value->string) : NULL;
  return TRUE;
}

static gboolean
take_token (Reader *r, const BgTomlValue *value, const char *setting, GError **error)
{
  return take_secret (&r->import->token, value, error);
}

static gboolean
take_turn_secret (Reader *r, const BgTomlValue *value, const char *setting, GError **error)
{
  return take_secret (&r->import->turn_secret, value, error);
}

static const char deploys[] = "for deploying to Cloudflare, which is not done here";
static const char renews[] = "tokens that are renewed are not understood: join with an invite";
static const char names[] = "name servers are not changed";

static const Key keys[] = {
  { "network", "name", BG_TOML_STRING, take_string, "network.name" },
  { "network", "server_url", BG_TOML_STRING, take_string, "network.server-url" },
  { "network", "auth_token", BG_TOML_STRING, take_token, NULL },
  { "network", "turn_secret", BG_TOML_STRING, take_turn_secret, NULL },
  { "network", "device_id", BG_TOML_STRING, NULL, renews },
  { "network", "refresh_token", BG_TOML_STRING, NULL, renews },
  { "device", "name", BG_TOML_STRING, take_name, "device.name" },
  { "device", "private_key", BG_TOML_STRING, take_private_key, NULL },
  { "device", "address", BG_TOML_STRING, take_string, "device.address" },
  { "device", "routes", BG_TOML_STRINGS, take_strings, "device.routes" },
  { "device", "accept_routes", BG_TOML_BOOLEAN, take_boolean, "device.accept-routes" },
  { "device", "force_relay", BG_TOML_BOOLEAN, take_boolean, "ice.force-relay" },
  { "device", "dns", BG_TOML_STRINGS, NULL, names },
  { "device", "dns_search", BG_TOML_STRINGS, NULL, names },
  { "stun", "servers", BG_TOML_STRINGS, take_strings, "ice.stun-servers" },
  { "cloudflare", "api_token", BG_TOML_STRING, NULL, deploys },
  { "cloudflare", "account_id", BG_TOML_STRING, NULL, deploys },
  { "cloudflare", "worker_name", BG_TOML_STRING, NULL, deploys },
  { "webrtc", "ordered", BG_TOML_BOOLEAN, NULL, "the Go program ignores it too" },
  { "webrtc", "max_retransmits", BG_TOML_INTEGER, NULL, "the Go program ignores it too" },
};

static const Key *
find_key (const BgTomlValue *value)
{
  for (gsize i = 0; value->table[0] && !value->table[1] && i < G_N_ELEMENTS (keys); i++)
    if (g_str_equal (keys[i].table, value->table[0]) && g_str_equal (keys[i].key, value->key))
      return &keys[i];
  return NULL;
}

/* "peers.attic.routes (secrets.toml)": never the value, which may be a secret. */
static void
skip (Reader *r, const BgTomlValue *value, const char *why)
{
  g_autofree char *table = g_strjoinv (".", (char **) value->table);
  g_autofree char *what = g_strdup_printf ("%s%s%s%s", table, *table ? "." : "", value->key,
                                           r->file);

  bg_import_skip (r->import, value->line, what, why);
}

static gboolean
on_value (const BgTomlValue *value, gpointer data, GError **error)
{
  Reader *r = data;
  const Key *key = find_key (value);

  if (key && key->type != value->type)
    return bg_import_refuse (error, value->line, "a value of another type than the Go program has");
  if (key && key->take)
    return key->take (r, value, key->word, error);
  if (key)
    skip (r, value, key->word);
  else if (value->table[0] && g_str_equal (value->table[0], "peers"))
    skip (r, value, "accept-routes is for all peers, not for one");
  else
    skip (r, value, "a key that the Go program does not have");
  return TRUE;
}

static gboolean
is_whole (BgImport *self, GError **error)
{
  static const struct
  {
    const char *setting, *key;
  } needed[] = { { "network.server-url", "network.server_url" },
                 { "device.name", "device.name" },
                 { "device.address", "device.address" } };

  for (gsize i = 0; i < G_N_ELEMENTS (needed); i++)
    if (!bg_import_find (self->settings, needed[i].setting))
      {
        g_set_error (error, BG_ERROR, BG_ERROR_INVALID_ARGUMENT,
                     "neither a wg-quick file nor a whole config.toml: %s is missing",
                     needed[i].key);
        return FALSE;
      }
  if (self->device_key)
    return TRUE;
  g_set_error_literal (error, BG_ERROR, BG_ERROR_INVALID_ARGUMENT,
                       "device.private_key is missing: newer versions have it in secrets.toml, "
                       "which has to lie beside config.toml, and be readable");
  return FALSE;
}

gboolean
bg_import_read_bamgate (BgImport *self, const char *text, const char *secrets, GError **error)
{
  Reader settings_reader = { self, "" }, secrets_reader = { self, " (secrets.toml)" };

  self->format = "bamgate";
  if (!bg_toml_read (text, on_value, &settings_reader, error))
    return FALSE;
  if (secrets && !bg_toml_read (secrets, on_value, &secrets_reader, error))
    {
      g_prefix_error (error, "secrets.toml: ");
      return FALSE;
    }
  return is_whole (self, error);
}
