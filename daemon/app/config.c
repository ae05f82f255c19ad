/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/config.h"

#include "app/config-checks.h"
#include "app/config-file.h"
#include "app/config-keys.h"
#include "app/config-service.h"
#include "app/config-snapshot.h"
#include "common/device-name.h"
#include "common/error.h"
#include "common/key-text.h"
#include "common/log.h"
#include "common/printable.h"

#include <string.h>

/* --- Snapshots --- */

BgConfig *
bg_config_ref (BgConfig *config)
{
  g_atomic_ref_count_inc (&config->refs);
  return config;
}

static void
drop_shared (BgConfig *config)
{
  g_free (config->exit_node);
  bg_config_unref (config->settings);
  g_free (config);
}

void
bg_config_unref (BgConfig *config)
{
  if (!config || !g_atomic_ref_count_dec (&config->refs))
    return;
  if (config->settings)
    {
      drop_shared (config);
      return;
    }
  g_free (config->network_name);
  g_free (config->server_url);
  g_free (config->server_pin);
  g_free (config->hub_listen);
  g_free (config->moved_from);
  g_free (config->device_name);
  g_free (config->interface);
  g_clear_pointer (&config->routes, g_array_unref);
  g_strfreev (config->dns);
  g_strfreev (config->dns_search);
  g_strfreev (config->allow);
  g_strfreev (config->deny);
  g_strfreev (config->stun_servers);
  g_strfreev (config->turn_servers);
  g_free (config->proxy);
  g_free (config->relay);
  g_free (config->connect);
  g_strfreev (config->connect_always);
  g_free (config->forward);
  g_free (config->exit_node);
  g_free (config->files_receive);
  g_free (config->names_suffix);
  g_free (config->names_manage);
  g_free (config->publish_subnet);
  g_free (config->publish_subnet6);
  g_free (config->publish_listen);
  g_free (config->publish_on_conflict);
  g_strfreev (config->publish_listen_each);
  g_clear_pointer (&config->publish_from, g_array_unref);
  g_free (config->ngrok_api_url);
  g_free (config->ngrok_ingress);
  g_free (config->ngrok_ingress_ca);
  g_free (config->ngrok_selector);
  g_free (config->ngrok_description);
  g_strfreev (config->ngrok_names);
  g_free (config->log_level);
  g_free (config->metrics_listen);
  g_ptr_array_unref (config->static_peers);
  g_ptr_array_unref (config->accepts);
  g_ptr_array_unref (config->services);
  g_free (config);
}

BgConfig *
bg_config_with_exit (BgConfig *settings, const char *exit_node, gboolean lan, gboolean strict)
{
  BgConfig *config = g_memdup2 (settings, sizeof *settings);

  g_atomic_ref_count_init (&config->refs);
  config->settings = bg_config_ref (settings);
  config->exit_node = g_strdup (exit_node);
  config->exit_lan = lan;
  config->exit_strict = strict;
  return config;
}

BgConfig *
bg_config_get_settings (BgConfig *config)
{
  return config->settings ? config->settings : config;
}

/* --- From files to a snapshot --- */

gboolean
bg_config_refuse_with_hint (GError **error, BgError code, BgWords *what, BgWords *hint)
{
  g_autoptr (BgWords) owned = hint;

  bg_error_set_take (error, code, hint ? bg_words (WITH_HINT, what, hint) : bg_words_ref (what));
  return FALSE;
}

static gboolean
unknown_section (GError **error, const BgConfigFile *file, const char *group)
{
  g_autofree char *shown = bg_printable (group);
  g_autoptr (BgWords) what = bg_words (UNKNOWN_SECTION, file->path, shown);

  return bg_config_refuse_with_hint (error, BG_ERROR_CONFIG, what,
                                     bg_config_keys_section_hint (group));
}

static gboolean
unknown_key (GError **error, const BgConfigFile *file, const char *group, const char *section,
             const char *key)
{
  g_autofree char *shown = bg_printable (key);
  g_autoptr (BgWords) what = bg_words (UNKNOWN_KEY, file->path, group, shown);

  return bg_config_refuse_with_hint (error, BG_ERROR_CONFIG, what,
                                     bg_config_keys_hint (section, key));
}

static gboolean
apply_key (const BgConfigFile *file, const char *group, const char *section, const char *key,
           gpointer object, GError **error)
{
  const BgConfigKey *row = bg_config_keys_find (section, key);
  g_autoptr (GError) cause = NULL;
  g_autofree char *text = NULL;

  if (!row)
    return unknown_key (error, file, group, section, key);
  text = g_key_file_get_string (file->keys, group, key, &cause);
  /* It returns text beside some errors. */
  if (!cause && bg_config_key_set (row, object, g_strchomp (text), &cause))
    return TRUE;
  bg_error_set (error, BG_ERROR_CONFIG, SETTING_IN_FILE, file->path, group, key, cause);
  return FALSE;
}

/* NULL with an error for an unknown one. */
static gpointer
open_section (BgConfig *config, const BgConfigFile *file, const char *group, const char **section,
              GError **error)
{
  gpointer object = bg_config_open_section (config, group, section);

  if (!object)
    unknown_section (error, file, group);
  return object;
}

static gboolean
apply_group (BgConfig *config, const BgConfigFile *file, const char *group, GError **error)
{
  const char *section;
  gpointer object = open_section (config, file, group, &section, error);
  g_auto (GStrv) keys = object ? g_key_file_get_keys (file->keys, group, NULL, error) : NULL;

  for (char **key = keys; key && *key; key++)
    if (!apply_key (file, group, section, *key, object, error))
      return FALSE;
  return keys != NULL;
}

static gboolean
apply_file (BgConfig *config, const BgConfigFile *file, GError **error)
{
  g_auto (GStrv) groups = g_key_file_get_groups (file->keys, NULL);

  for (char **group = groups; *group; group++)
    if (!apply_group (config, file, *group, error))
      return FALSE;
  return TRUE;
}

/* --- What has to hold between keys --- */

/* The file that has the last word on a key, or the first that has its section. */
static const char *
origin (const GPtrArray *files, const char *group, const char *key)
{
  const char *path = ((BgConfigFile *) g_ptr_array_index (files, 0))->path;

  for (guint i = 0; i < files->len; i++)
    {
      const BgConfigFile *file = g_ptr_array_index (files, i);

      if (g_key_file_has_group (file->keys, group)
          && (!key || g_key_file_has_key (file->keys, group, key, NULL)))
        path = file->path;
    }
  return path;
}

static gboolean
refuse_key (GError **error, const GPtrArray *files, const char *group, const char *key,
            BgWords *take)
{
  g_autoptr (BgWords) why = take;

  bg_error_set (error, BG_ERROR_CONFIG, SETTING_IN_FILE, origin (files, group, key), group, key,
                why);
  return FALSE;
}

static gboolean
check_pair (const GPtrArray *files, const BgStaticPeer *a, const BgStaticPeer *b, GError **error)
{
  g_autofree char *group = g_strconcat (bg_config_section_prefix ("peer"), b->name, NULL);

  if (memcmp (a->key, b->key, sizeof a->key) == 0)
    return refuse_key (error, files, group, "public-key", bg_words (SAME_KEY, a->name));
  for (guint i = 0; i < a->allowed_ips->len; i++)
    for (guint j = 0; j < b->allowed_ips->len; j++)
      if (bg_ip_prefix_equal (&g_array_index (a->allowed_ips, BgIpPrefix, i),
                              &g_array_index (b->allowed_ips, BgIpPrefix, j)))
        {
          char text[BG_IP_PREFIX_TEXT];

          bg_ip_prefix_format (&g_array_index (b->allowed_ips, BgIpPrefix, j), text);
          return refuse_key (error, files, group, "allowed-ips",
                             bg_words (SAME_PREFIX, text, a->name));
        }
  return TRUE;
}

static gboolean
check_peer (const BgConfig *config, const GPtrArray *files, guint n, GError **error)
{
  static const guint8 none[BG_KEY_BYTES];
  const BgStaticPeer *peer = g_ptr_array_index (config->static_peers, n);
  g_autofree char *group = g_strconcat (bg_config_section_prefix ("peer"), peer->name, NULL);

  if (memcmp (peer->key, none, sizeof none) == 0)
    return refuse_key (error, files, group, "public-key", bg_words (MISSING));
  if (g_strcmp0 (peer->name, config->device_name) == 0)
    {
      bg_error_set (error, BG_ERROR_CONFIG, PEER_NAMED_LIKE_US, origin (files, group, NULL), group);
      return FALSE;
    }
  for (guint i = 0; i < n; i++)
    if (!check_pair (files, g_ptr_array_index (config->static_peers, i), peer, error))
      return FALSE;
  return TRUE;
}

static gboolean
check_service (const BgConfig *config, const GPtrArray *files, guint n, GError **error)
{
  const BgService *service = config->services->pdata[n];
  g_autofree char *group = g_strconcat (bg_config_section_prefix ("service"), service->name, NULL);
  const char *key = "port";
  BgWords *why = bg_config_service_refusal (config, n, &key);

  return !why || refuse_key (error, files, group, key, why);
}

static gboolean
check_whole (const BgConfig *config, const GPtrArray *files, GError **error)
{
  if (config->has_address6 && config->mtu < 1280)
    return refuse_key (error, files, "device", "mtu", bg_words (MTU_TOO_SMALL_FOR_IPV6));
  if (config->publish_first_port > config->publish_last_port)
    return refuse_key (error, files, "publish", "first-port", bg_words (ENDPOINT_PORTS_REVERSED));
  for (guint i = 0; i < config->static_peers->len; i++)
    if (!check_peer (config, files, i, error))
      return FALSE;
  for (guint i = 0; i < config->services->len; i++)
    if (!check_service (config, files, i, error))
      return FALSE;
  return TRUE;
}

BgConfig *
bg_config_files_build (const GPtrArray *files, GError **error)
{
  g_autoptr (BgConfig) config = bg_config_new ();

  for (guint i = 0; i < files->len; i++)
    if (!apply_file (config, g_ptr_array_index (files, i), error))
      return NULL;
  config->has_file = bg_config_files_say_something (files);
  return check_whole (config, files, error) ? g_steal_pointer (&config) : NULL;
}

/* Names of older versions work on: others know the device by them, and secrets have them in their file names. */
static void
remark_name (const char *what, const char *name)
{
  if (name && !bg_device_name_is_valid (name))
    bg_log (
      BG_TOPIC_CONFIG, MESSAGE, NULL,
      "%s “%s” stays as it is, but is not a name that would be taken now: letters, digits, “-”, "
      "“_” and “.” with a letter or digit at both ends are",
      what, name);
}

BgConfig *
bg_config_load (const char *path, GError **error)
{
  return bg_config_reload (NULL, path, error);
}

BgConfig *
bg_config_reload (BgConfig *before, const char *path, GError **error)
{
  g_autoptr (GPtrArray) files = bg_config_files_load_after (before, path, error);
  BgConfig *config = files ? bg_config_files_build (files, error) : NULL;

  if (!config)
    return NULL;
  remark_name ("[device] name", config->device_name);
  for (guint i = 0; i < config->static_peers->len; i++)
    remark_name ("a static peer",
                 ((BgStaticPeer *) g_ptr_array_index (config->static_peers, i))->name);
  return config;
}

static void
add_object (GVariantBuilder *builder, const char *group, const char *section, gconstpointer object)
{
  for (const BgConfigKey *row = bg_config_keys; row->section; row++)
    if (g_str_equal (row->section, section))
      {
        g_autofree char *name = g_strdup_printf ("%s.%s", group, row->key);

        g_variant_builder_add (builder, "{sv}", name, bg_config_key_to_variant (row, object));
      }
}

GVariant *
bg_config_to_variant (BgConfig *config)
{
  static const char *const sections[] = { "network", "device", "ice", "dns",     "publish",
                                          "files",   "ngrok",  "log", "metrics", "secrets" };
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);

  for (gsize i = 0; i < G_N_ELEMENTS (sections); i++)
    add_object (&builder, sections[i], sections[i], config);
  for (guint i = 0; i < config->static_peers->len; i++)
    {
      const BgStaticPeer *peer = g_ptr_array_index (config->static_peers, i);
      g_autofree char *group = g_strconcat ("peer.", peer->name, NULL);

      add_object (&builder, group, "peer", peer);
    }
  for (guint i = 0; i < config->accepts->len; i++)
    {
      const BgPeerAccept *accept = g_ptr_array_index (config->accepts, i);
      g_autofree char *group = g_strconcat ("accept.", accept->name, NULL);

      add_object (&builder, group, "accept", accept);
    }
  for (guint i = 0; i < config->services->len; i++)
    {
      const BgService *service = g_ptr_array_index (config->services, i);
      g_autofree char *group = g_strconcat ("service.", service->name, NULL);

      add_object (&builder, group, "service", service);
    }
  return g_variant_builder_end (&builder);
}

gboolean
bg_config_receives_files (const BgConfig *config)
{
  return !g_str_equal (config->files_receive, "never");
}

gboolean
bg_config_meets_own_hub (const BgConfig *config)
{
  return config->host_hub && !config->moved_from;
}
