/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/import-private.h"

#include "app/config-keys.h"
#include "app/departure.h"
#include "app/device-key.h"
#include "app/secret-change.h"
#include "common/device-name.h"
#include "common/error.h"
#include "common/key-text.h"

#include <string.h>

#define API_KEY "api-key"

typedef struct
{
  BgImport *import;
  gboolean force;
  BgConfig *config;
  BgSecretStore *store;
  GVariantBuilder *changes; /* a{sv}, in the order of the file */
  BgSecretChange *secrets;
} Commit;

/* Takes `why`. */
static gboolean
refuse (GError **error, BgWords *take)
{
  bg_error_set_take (error, BG_ERROR_EXISTS, take);
  return FALSE;
}

/* --- What is there already --- */

static const BgStaticPeer *
find_same_key (const BgConfig *config, const BgImportPeer *peer)
{
  const BgImportSetting *text = bg_import_find (peer->settings, "public-key");
  guint8 key[BG_KEY_BYTES];

  for (guint i = 0; bg_key_from_base64 (text->text, key) && i < config->static_peers->len; i++)
    {
      const BgStaticPeer *known = config->static_peers->pdata[i];

      if (memcmp (known->key, key, sizeof key) == 0)
        return known;
    }
  return NULL;
}

static gboolean
is_taken (const Commit *c, const char *name, guint before)
{
  for (guint i = 0; i < before; i++)
    if (g_str_equal (((BgImportPeer *) c->import->peers->pdata[i])->name, name))
      return TRUE;
  for (guint i = 0; i < c->config->static_peers->len; i++)
    if (g_str_equal (((BgStaticPeer *) c->config->static_peers->pdata[i])->name, name))
      return TRUE;
  return g_strcmp0 (c->config->device_name, name) == 0;
}

/* A peer that is known keeps its name; a new one has one of its own. */
static void
settle_name (const Commit *c, guint n)
{
  BgImportPeer *peer = c->import->peers->pdata[n];
  const BgStaticPeer *known = find_same_key (c->config, peer);
  g_autofree char *wish = g_strdup (known ? known->name : peer->name);

  for (guint i = 1; !known && is_taken (c, wish, n); i++)
    {
      g_free (wish);
      wish = g_strdup_printf ("%.*s-%u", BG_DEVICE_NAME_MAX - 6, peer->name, i + 1);
    }
  g_free (peer->name);
  peer->name = g_steal_pointer (&wish);
}

/* The file's key is this machine's, or this machine has none. */
static gboolean
check_key (const Commit *c, GError **error)
{
  g_autoptr (GError) local = NULL;
  char *there = bg_secret_store_read (c->store, "device-key", &local);
  gboolean ok = !there || !c->import->device_key || c->force
                || g_str_equal (there, c->import->device_key);

  bg_secret_free (there);
  if (local)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  return ok || refuse (error, bg_words (HAS_KEY_ALREADY));
}

/* The file's API key is the one that there is, or there is none. */
static gboolean
check_api_key (const Commit *c, GError **error)
{
  char *there = c->import->api_key && !c->force ? bg_secret_store_read (c->store, API_KEY, NULL)
                                                : NULL;
  gboolean ok = !there || g_str_equal (there, c->import->api_key);

  bg_secret_free (there);
  return ok || refuse (error, bg_words (HAS_API_KEY_ALREADY));
}

/* `there` NULL: none. */
static gboolean
check_address (const Commit *c, const char *setting, const BgIpPrefix *there, GError **error)
{
  const char *address = bg_import_get (c->import, setting);
  char text[BG_IP_PREFIX_TEXT];

  if (!address || !there || c->force)
    return TRUE;
  bg_ip_prefix_format (there, text);
  return g_str_equal (text, address) || refuse (error, bg_words (HAS_ADDRESS_ALREADY, text));
}

static gboolean
check_addresses (const Commit *c, GError **error)
{
  const BgConfig *config = c->config;

  return check_address (c, "device.address", config->has_address ? &config->address : NULL, error)
         && check_address (c, "device.address6", config->has_address6 ? &config->address6 : NULL,
                           error);
}

static gboolean
check_peers (const Commit *c, GError **error)
{
  for (guint i = 0; !c->force && i < c->import->peers->len; i++)
    {
      const BgStaticPeer *known = find_same_key (c->config, c->import->peers->pdata[i]);

      if (known)
        return refuse (error, bg_words (HAS_PEER_ALREADY, known->name));
    }
  return TRUE;
}

static gboolean
leaves_network (const Commit *c)
{
  return bg_departure_is_possible (c->config) && bg_import_has_identity (c->import);
}

static gboolean
check_conflicts (const Commit *c, GError **error)
{
  if (leaves_network (c) && !c->force)
    return refuse (error, bg_departure_why_member (c->config));
  return check_key (c, error) && check_api_key (c, error) && check_addresses (c, error)
         && check_peers (c, error);
}

/* --- What is to be written --- */

static void
set (Commit *c, const char *name, const char *text)
{
  g_variant_builder_add (c->changes, "{sv}", name, g_variant_new_string (text));
}

static void
unset (Commit *c, const char *name)
{
  g_variant_builder_add (c->changes, "{sv}", name, g_variant_new_tuple (NULL, 0));
}

static void
unset_unless_said (Commit *c, const char *name)
{
  if (!bg_import_find (c->import->settings, name))
    unset (c, name);
}

/* The network that is left. */
/* What another network's hub knew this device by is nothing to this one's. */
static void
take_network_secrets (Commit *c)
{
  bg_secret_change_add (c->secrets, "token", c->import->token);
  bg_secret_change_add (c->secrets, "device-credential", NULL);
  bg_secret_change_add (c->secrets, "turn-secret", c->import->turn_secret);
}

static void
remove_network (Commit *c)
{
  const BgConfig *config = c->config;

  if (config->server_url)
    unset_unless_said (c, "network.server-url");
  if (config->server_pin)
    unset_unless_said (c, "network.server-pin");
  if (config->host_hub)
    unset_unless_said (c, "network.host-hub");
  if (config->device_name)
    unset_unless_said (c, "device.name");
  take_network_secrets (c);
}

/* All keys of a peer that is replaced: what the file does not say is not so any more. */
static void
add_peer (Commit *c, const BgImportPeer *peer)
{
  g_autofree char *psk = g_strdup_printf ("peer/%s/psk", peer->name);
  const gboolean is_known = find_same_key (c->config, peer) != NULL;

  for (const BgConfigKey *row = bg_config_keys; row->section; row++)
    {
      g_autofree char *name = g_strdup_printf ("peer.%s.%s", peer->name, row->key);
      const BgImportSetting *setting = g_str_equal (row->section, "peer")
                                         ? bg_import_find (peer->settings, row->key)
                                         : NULL;

      if (setting)
        set (c, name, setting->text);
      else if (is_known && g_str_equal (row->section, "peer"))
        unset (c, name);
    }
  bg_secret_change_add (c->secrets, psk, peer->psk);
}

static void
gather (Commit *c)
{
  for (guint i = 0; i < c->import->settings->len; i++)
    {
      const BgImportSetting *setting = c->import->settings->pdata[i];

      set (c, setting->key, setting->text);
    }
  for (guint i = 0; i < c->import->peers->len; i++)
    {
      settle_name (c, i);
      add_peer (c, c->import->peers->pdata[i]);
    }
  if (leaves_network (c))
    remove_network (c);
  else if (bg_import_find (c->import->settings, "network.server-url"))
    take_network_secrets (c);
  if (c->import->device_key)
    bg_secret_change_add (c->secrets, "device-key", c->import->device_key);
  if (c->import->api_key)
    bg_secret_change_add (c->secrets, API_KEY, c->import->api_key);
}

/* The file's, this machine's, or a new one. */
static gboolean
keep_key (Commit *c, GError **error)
{
  char *there = c->import->device_key ? NULL : bg_secret_store_read (c->store, "device-key", NULL);
  WgKey private_key, public_key;
  gboolean ok;

  c->import->key_story = c->import->device_key ? "imported" : there ? "kept" : "made";
  bg_secret_free (there);
  if (c->import->device_key)
    return TRUE;
  ok = bg_device_key_keep (c->store, &private_key, &public_key, error);
  wg_wipe (&private_key, sizeof private_key);
  return ok;
}

/* --- Where it is wrong in the file --- */

static guint
line_of (const GPtrArray *settings, const char *prefix, const char *message)
{
  for (guint i = 0; i < settings->len; i++)
    {
      const BgImportSetting *setting = settings->pdata[i];
      g_autofree char *start = g_strconcat (prefix, setting->key, ":", NULL);

      if (g_str_has_prefix (message, start))
        return setting->line;
    }
  return 0;
}

/* Messages about a setting begin with its name. */
static void
name_line (const BgImport *self, GError **error)
{
  guint line = error && *error ? line_of (self->settings, "", (*error)->message) : 0;

  for (guint i = 0; error && *error && line == 0 && i < self->peers->len; i++)
    {
      const BgImportPeer *peer = self->peers->pdata[i];
      g_autofree char *prefix = g_strdup_printf ("peer.%s.", peer->name);

      line = line_of (peer->settings, prefix, (*error)->message);
    }
  if (line > 0)
    bg_error_wrap (error, LINE, line);
}

static BgConfig *
write_all (Commit *c, const char *config_path, GError **error)
{
  g_autoptr (GVariant) changes = g_variant_ref_sink (g_variant_builder_end (c->changes));
  BgConfig *fresh;

  if ((!c->import->is_of_endpoints && !keep_key (c, error))
      || !bg_secret_change_write (c->secrets, error))
    return NULL;
  fresh = bg_config_change (c->config, config_path, changes, error);
  if (fresh)
    return fresh;
  bg_secret_change_undo (c->secrets);
  name_line (c->import, error);
  return NULL;
}

BgConfig *
bg_import_commit (BgImport *self, gboolean force, BgConfig *config, const char *config_path,
                  BgSecretStore *secrets, GError **error)
{
  g_autoptr (BgSecretChange) change = bg_secret_change_new (secrets);
  g_autoptr (GVariantBuilder) changes = g_variant_builder_new (G_VARIANT_TYPE_VARDICT);
  Commit c = { self, force, config, secrets, changes, change };

  if (!check_conflicts (&c, error))
    return NULL;
  gather (&c);
  return write_all (&c, config_path, error);
}
