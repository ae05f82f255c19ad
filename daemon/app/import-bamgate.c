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
  TakeFunc take; /* NULL: not taken */
  const char *setting;
  BgSaying why; /* it is not taken */
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
    return bg_import_refuse (error, value->line, bg_error_dup_words (cause));
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
    return bg_import_refuse (error, value->line, bg_words (SAID_TWICE));
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

#define DEPLOYS BG_SAY_SKIPPED_DEPLOYMENT
#define RENEWS BG_SAY_SKIPPED_RENEWAL
#define NAMES BG_SAY_SKIPPED_NAME_SERVERS
#define IGNORED BG_SAY_SKIPPED_IGNORED

static const Key keys[] = {
  { "network", "name", BG_TOML_STRING, take_string, "network.name", BG_SAY_TEXT },
  { "network", "server_url", BG_TOML_STRING, take_string, "network.server-url", BG_SAY_TEXT },
  { "network", "auth_token", BG_TOML_STRING, take_token, NULL, BG_SAY_TEXT },
  { "network", "turn_secret", BG_TOML_STRING, take_turn_secret, NULL, BG_SAY_TEXT },
  { "network", "device_id", BG_TOML_STRING, NULL, NULL, RENEWS },
  { "network", "refresh_token", BG_TOML_STRING, NULL, NULL, RENEWS },
  { "device", "name", BG_TOML_STRING, take_name, "device.name", BG_SAY_TEXT },
  { "device", "private_key", BG_TOML_STRING, take_private_key, NULL, BG_SAY_TEXT },
  { "device", "address", BG_TOML_STRING, take_string, "device.address", BG_SAY_TEXT },
  { "device", "routes", BG_TOML_STRINGS, take_strings, "device.routes", BG_SAY_TEXT },
  { "device", "accept_routes", BG_TOML_BOOLEAN, take_boolean, "device.accept-routes", BG_SAY_TEXT },
  { "device", "force_relay", BG_TOML_BOOLEAN, take_boolean, "ice.force-relay", BG_SAY_TEXT },
  { "device", "dns", BG_TOML_STRINGS, NULL, NULL, NAMES },
  { "device", "dns_search", BG_TOML_STRINGS, NULL, NULL, NAMES },
  { "stun", "servers", BG_TOML_STRINGS, take_strings, "ice.stun-servers", BG_SAY_TEXT },
  { "cloudflare", "api_token", BG_TOML_STRING, NULL, NULL, DEPLOYS },
  { "cloudflare", "account_id", BG_TOML_STRING, NULL, NULL, DEPLOYS },
  { "cloudflare", "worker_name", BG_TOML_STRING, NULL, NULL, DEPLOYS },
  { "webrtc", "ordered", BG_TOML_BOOLEAN, NULL, NULL, IGNORED },
  { "webrtc", "max_retransmits", BG_TOML_INTEGER, NULL, NULL, IGNORED },
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
skip (Reader *r, const BgTomlValue *value, BgWords *take)
{
  g_autofree char *table = g_strjoinv (".", (char **) value->table);
  g_autofree char *what = g_strdup_printf ("%s%s%s%s", table, *table ? "." : "", value->key,
                                           r->file);

  bg_import_skip (r->import, value->line, what, take);
}

static gboolean
on_value (const BgTomlValue *value, gpointer data, GError **error)
{
  Reader *r = data;
  const Key *key = find_key (value);

  if (key && key->type != value->type)
    return bg_import_refuse (error, value->line, bg_words (BAD_IMPORT_TYPE));
  if (key && key->take)
    return key->take (r, value, key->setting, error);
  if (key)
    skip (r, value, bg_words_make (key->why, (GVariant *[]){ NULL }));
  else if (value->table[0] && g_str_equal (value->table[0], "peers"))
    skip (r, value, bg_words (SKIPPED_ACCEPT_ROUTES));
  else
    skip (r, value, bg_words (SKIPPED_UNKNOWN_GO_KEY));
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
        bg_error_set (error, BG_ERROR_INVALID_ARGUMENT, IMPORT_INCOMPLETE, needed[i].key);
        return FALSE;
      }
  if (self->device_key)
    return TRUE;
  bg_error_set (error, BG_ERROR_INVALID_ARGUMENT, IMPORT_WITHOUT_KEY);
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
      bg_error_wrap (error, IN_SECRETS_TOML);
      return FALSE;
    }
  return is_whole (self, error);
}
