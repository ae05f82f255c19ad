/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/import-private.h"

#include "common/byte-order-mark.h"
#include "common/error.h"
#include "common/key-text.h"
#include "common/printable.h"

#include <string.h>

#define MAX_SHOWN 80 /* bytes of what is not taken */

static void
setting_free (gpointer data)
{
  BgImportSetting *setting = data;

  g_free (setting->key);
  g_free (setting->text);
  g_free (setting);
}

static void
peer_free (gpointer data)
{
  BgImportPeer *peer = data;

  g_free (peer->name);
  bg_secret_free (peer->psk);
  g_ptr_array_unref (peer->settings);
  g_free (peer);
}

static BgImport *
import_new (void)
{
  BgImport *self = g_new0 (BgImport, 1);

  self->settings = g_ptr_array_new_with_free_func (setting_free);
  self->peers = g_ptr_array_new_with_free_func (peer_free);
  self->key_story = "";
  g_variant_builder_init (&self->skipped, G_VARIANT_TYPE ("a(uss)"));
  g_variant_builder_init (&self->reasons, G_VARIANT_TYPE ("a(sav)"));
  return self;
}

void
bg_import_free (BgImport *self)
{
  if (!self)
    return;
  bg_secret_free (self->device_key);
  bg_secret_free (self->token);
  bg_secret_free (self->turn_secret);
  bg_secret_free (self->api_key);
  g_ptr_array_unref (self->settings);
  g_ptr_array_unref (self->peers);
  g_variant_builder_clear (&self->skipped);
  g_variant_builder_clear (&self->reasons);
  g_free (self);
}

/* --- What the readers say --- */

gboolean
bg_import_refuse (GError **error, guint line, BgWords *take)
{
  g_autoptr (BgWords) what = take;

  bg_error_set (error, BG_ERROR_INVALID_ARGUMENT, LINE, line, what);
  return FALSE;
}

void
bg_import_skip (BgImport *self, guint line, const char *what, BgWords *take)
{
  g_autofree char *shown = bg_printable_start (what, MAX_SHOWN);
  g_autoptr (BgWords) why = take;

  g_variant_builder_add (&self->skipped, "(uss)", line, shown, why->text);
  g_variant_builder_add_value (&self->reasons, why->wire);
}

BgImportSetting *
bg_import_find (GPtrArray *settings, const char *key)
{
  for (guint i = 0; i < settings->len; i++)
    {
      BgImportSetting *setting = settings->pdata[i];

      if (g_str_equal (setting->key, key))
        return setting;
    }
  return NULL;
}

static void
add (GPtrArray *settings, guint line, const char *key, char *text)
{
  BgImportSetting *setting = g_new (BgImportSetting, 1);

  *setting = (BgImportSetting){ line, g_strdup (key), text };
  g_ptr_array_add (settings, setting);
}

gboolean
bg_import_add (GPtrArray *settings, guint line, const char *key, const char *text, GError **error)
{
  if (bg_import_find (settings, key))
    return bg_import_refuse (error, line, bg_words (SAID_TWICE));
  add (settings, line, key, g_strdup (text));
  return TRUE;
}

void
bg_import_append (GPtrArray *settings, guint line, const char *key, const char *item)
{
  BgImportSetting *setting = bg_import_find (settings, key);
  char *longer;

  if (!setting)
    {
      add (settings, line, key, g_strdup (item));
      return;
    }
  longer = g_strconcat (setting->text, ";", item, NULL);
  g_free (setting->text);
  setting->text = longer;
}

gboolean
bg_import_take_key (char **field, guint line, const char *name, const char *text, GError **error)
{
  static const guint8 none[BG_KEY_BYTES];
  guint8 bytes[BG_KEY_BYTES];
  gboolean ok = bg_key_from_base64 (text, bytes) && memcmp (bytes, none, sizeof none) != 0;

  explicit_bzero (bytes, sizeof bytes);
  if (ok && !*field)
    {
      *field = g_strdup (text);
      return TRUE;
    }
  return bg_import_refuse (error, line,
                           ok ? bg_words (NAMED_TWICE, name) : bg_words (BAD_IMPORT_KEY, name));
}

BgImportPeer *
bg_import_add_peer (BgImport *self, guint line)
{
  BgImportPeer *peer = g_new0 (BgImportPeer, 1);

  peer->line = line;
  peer->settings = g_ptr_array_new_with_free_func (setting_free);
  g_ptr_array_add (self->peers, peer);
  return peer;
}

/* --- For everybody --- */

static gboolean
is_readable (const char *text, GError **error)
{
  if (strnlen (text, BG_IMPORT_MAX_BYTES + 1) > BG_IMPORT_MAX_BYTES)
    bg_error_set (error, BG_ERROR_INVALID_ARGUMENT, IMPORT_TOO_LARGE);
  else if (!g_utf8_validate (text, -1, NULL))
    bg_error_set (error, BG_ERROR_INVALID_ARGUMENT, IMPORT_NOT_UTF8);
  else
    return TRUE;
  return FALSE;
}

BgImport *
bg_import_read (const char *text, const char *secrets, GError **error)
{
  g_autoptr (BgImport) self = import_new ();
  gboolean ok;

  if (!is_readable (text, error) || (secrets && !is_readable (secrets, error)))
    return NULL;
  text = bg_behind_byte_order_mark (text);
  secrets = secrets ? bg_behind_byte_order_mark (secrets) : NULL;
  if (bg_import_is_wireguard (text))
    ok = bg_import_read_wireguard (self, text, error);
  else if (bg_import_is_ngrokd (text))
    ok = bg_import_read_ngrokd (self, text, error);
  else
    ok = bg_import_read_bamgate (self, text, secrets, error);
  return ok ? g_steal_pointer (&self) : NULL;
}

const char *
bg_import_get (BgImport *self, const char *setting)
{
  const BgImportSetting *found = bg_import_find (self->settings, setting);

  return found ? found->text : NULL;
}

const char *
bg_import_get_api_key (BgImport *self)
{
  return self->api_key;
}

gboolean
bg_import_has_identity (BgImport *self)
{
  return self->device_key || bg_import_get (self, "device.address")
         || bg_import_get (self, "device.address6") || bg_import_get (self, "network.server-url");
}

static GVariant *
names_of_peers (BgImport *self)
{
  g_auto (GVariantBuilder) names = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_STRING_ARRAY);

  for (guint i = 0; i < self->peers->len; i++)
    g_variant_builder_add (&names, "s", ((BgImportPeer *) self->peers->pdata[i])->name);
  return g_variant_builder_end (&names);
}

GVariant *
bg_import_describe (BgImport *self)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "format", "s", self->format);
  g_variant_dict_insert (&dict, "device-key", "s", self->key_story);
  g_variant_dict_insert (&dict, "api-key", "b", self->api_key != NULL);
  g_variant_dict_insert_value (&dict, "peers", names_of_peers (self));
  g_variant_dict_insert_value (&dict, "skipped", g_variant_builder_end (&self->skipped));
  g_variant_dict_insert_value (&dict, "skipped-reasons", g_variant_builder_end (&self->reasons));
  g_variant_builder_init (&self->skipped, G_VARIANT_TYPE ("a(uss)"));
  g_variant_builder_init (&self->reasons, G_VARIANT_TYPE ("a(sav)"));
  return g_variant_dict_end (&dict);
}
