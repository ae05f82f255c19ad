/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/config.h"

#include "app/config-checks.h"
#include "app/config-keys.h"
#include "app/config-service.h"
#include "app/config-snapshot.h"
#include "app/config-text.h"
#include "common/byte-order-mark.h"
#include "common/device-name.h"
#include "common/error.h"
#include "common/key-text.h"
#include "common/log.h"
#include "common/printable.h"
#include "common/service-item.h"
#include "common/whole-file.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_FILE_BYTES (1024 * 1024)
#define MAX_DROP_INS 256
#define PEER_PREFIX "peer "
#define SERVICE_PREFIX "service "

/* One file as read; drop-ins stand behind the main file, and the last word counts. */
typedef struct
{
  char *path;
  char *text;     /* "" for a missing file */
  GKeyFile *keys; /* what the text says */
} File;

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

/* --- Files --- */

static void
file_free (gpointer data)
{
  File *file = data;

  g_free (file->path);
  g_free (file->text);
  g_key_file_unref (file->keys);
  g_free (file);
}

static gboolean
refuse_file (GError **error, const char *path, BgWords *take)
{
  g_autoptr (BgWords) why = take;

  bg_error_set (error, BG_ERROR_CONFIG, ABOUT, path, why);
  return FALSE;
}

/* TRUE and no text where the file does not exist. */
static gboolean
read_text (const char *path, char **text, gsize *len, GError **error)
{
  g_autoptr (GError) cause = NULL;
  GStatBuf info;

  *text = NULL;
  if (g_stat (path, &info) < 0)
    return errno == ENOENT || refuse_file (error, path, bg_words (TEXT, bg_arg_errno (errno)));
  if (!S_ISREG (info.st_mode))
    return refuse_file (error, path, bg_words (NOT_REGULAR_FILE));
  if (info.st_size > MAX_FILE_BYTES)
    return refuse_file (error, path, bg_words (LARGER_THAN_1_MIB));
  if (!g_file_get_contents (path, text, len, &cause))
    return refuse_file (error, path, bg_error_dup_words (cause));
  return TRUE;
}

/* Translations are kept so that “mtu[de]” shows up as the unknown key that it is. */
static GKeyFile *
parse_text (const char *path, const char *text, GError **error)
{
  g_autoptr (GKeyFile) keys = g_key_file_new ();
  g_autoptr (GError) cause = NULL;
  g_autofree char *shown = NULL;

  if (!*text
      || g_key_file_load_from_data (keys, text, (gsize) -1, G_KEY_FILE_KEEP_TRANSLATIONS, &cause))
    return g_steal_pointer (&keys);
  shown = bg_printable (cause->message);
  refuse_file (error, path, bg_words_new_text (shown));
  return NULL;
}

static File *
file_load (const char *path, GError **error)
{
  g_autofree char *text = NULL;
  GKeyFile *keys;
  File *file;
  gsize len = 0;

  if (!read_text (path, &text, &len, error))
    return NULL;
  if (text && strlen (text) != len)
    {
      refuse_file (error, path, bg_words (NOT_TEXT_FILE));
      return NULL;
    }
  if (text)
    bg_skip_byte_order_mark (text);
  keys = parse_text (path, text ? text : "", error);
  if (!keys)
    return NULL;
  file = g_new0 (File, 1);
  file->path = g_strdup (path);
  file->text = text ? g_steal_pointer (&text) : g_strdup ("");
  file->keys = keys;
  return file;
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* Names in path.d/ that end in .conf, in the order of their bytes. */
static GPtrArray *
list_drop_ins (const char *directory, GError **error)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) cause = NULL;
  g_autoptr (GDir) dir = g_dir_open (directory, 0, &cause);
  const char *name;

  if (!dir && !g_error_matches (cause, G_FILE_ERROR, G_FILE_ERROR_NOENT))
    {
      refuse_file (error, directory, bg_error_dup_words (cause));
      return NULL;
    }
  while (dir && (name = g_dir_read_name (dir)))
    if (name[0] != '.' && g_str_has_suffix (name, ".conf"))
      g_ptr_array_add (names, g_strdup (name));
  if (names->len > MAX_DROP_INS)
    {
      refuse_file (error, directory, bg_words (MORE_THAN_256_DROP_INS));
      return NULL;
    }
  g_ptr_array_sort (names, compare_names);
  return g_steal_pointer (&names);
}

static GPtrArray *
load_files (const char *path, GError **error)
{
  g_autoptr (GPtrArray) files = g_ptr_array_new_with_free_func (file_free);
  g_autofree char *directory = g_strconcat (path, ".d", NULL);
  g_autoptr (GPtrArray) names = NULL;
  File *file = file_load (path, error);

  if (!file)
    return NULL;
  g_ptr_array_add (files, file);
  names = list_drop_ins (directory, error);
  for (guint i = 0; names && i < names->len; i++)
    {
      g_autofree char *drop_in = g_build_filename (directory, g_ptr_array_index (names, i), NULL);

      file = file_load (drop_in, error);
      if (!file)
        return NULL;
      g_ptr_array_add (files, file);
    }
  return names ? g_steal_pointer (&files) : NULL;
}

/* --- From files to a snapshot --- */

/* Takes `hint`, which may be NULL. */
static gboolean
refuse_with_hint (GError **error, BgError code, BgWords *what, BgWords *hint)
{
  g_autoptr (BgWords) owned = hint;

  bg_error_set_take (error, code, hint ? bg_words (WITH_HINT, what, hint) : bg_words_ref (what));
  return FALSE;
}

static gboolean
unknown_section (GError **error, const File *file, const char *group)
{
  g_autofree char *shown = bg_printable (group);
  g_autoptr (BgWords) what = bg_words (UNKNOWN_SECTION, file->path, shown);

  return refuse_with_hint (error, BG_ERROR_CONFIG, what, bg_config_keys_section_hint (group));
}

static gboolean
unknown_key (GError **error, const File *file, const char *group, const char *section,
             const char *key)
{
  g_autofree char *shown = bg_printable (key);
  g_autoptr (BgWords) what = bg_words (UNKNOWN_KEY, file->path, group, shown);

  return refuse_with_hint (error, BG_ERROR_CONFIG, what, bg_config_keys_hint (section, key));
}

static gboolean
apply_key (const File *file, const char *group, const char *section, const char *key,
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
open_section (BgConfig *config, const File *file, const char *group, const char **section,
              GError **error)
{
  gpointer object = bg_config_open_section (config, group, section);

  if (!object)
    unknown_section (error, file, group);
  return object;
}

static gboolean
apply_group (BgConfig *config, const File *file, const char *group, GError **error)
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
apply_file (BgConfig *config, const File *file, GError **error)
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
  const char *path = ((File *) g_ptr_array_index (files, 0))->path;

  for (guint i = 0; i < files->len; i++)
    {
      const File *file = g_ptr_array_index (files, i);

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
  g_autofree char *group = g_strconcat (PEER_PREFIX, b->name, NULL);

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
  g_autofree char *group = g_strconcat (PEER_PREFIX, peer->name, NULL);

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
  g_autofree char *group = g_strconcat (SERVICE_PREFIX, service->name, NULL);
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

static const char *
text_of (const GPtrArray *files)
{
  return ((const File *) g_ptr_array_index (files, 0))->text;
}

static gboolean
says_something (const GPtrArray *files)
{
  return *text_of (files) != '\0';
}

/* A file that went, or was emptied, is somebody's mishap: what it says without it would take the network along. */
static GPtrArray *
load_files_after (BgConfig *before, const char *path, GError **error)
{
  g_autoptr (GPtrArray) files = load_files (path, error);

  if (!files || !before || !bg_config_get_settings (before)->has_file || says_something (files))
    return g_steal_pointer (&files);
  bg_error_set (error, BG_ERROR_CONFIG, SETTINGS_GONE, path);
  return NULL;
}

static BgConfig *
build (const GPtrArray *files, GError **error)
{
  g_autoptr (BgConfig) config = bg_config_new ();

  for (guint i = 0; i < files->len; i++)
    if (!apply_file (config, g_ptr_array_index (files, i), error))
      return NULL;
  config->has_file = says_something (files);
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
  g_autoptr (GPtrArray) files = load_files_after (before, path, error);
  BgConfig *config = files ? build (files, error) : NULL;

  if (!config)
    return NULL;
  remark_name ("[device] name", config->device_name);
  for (guint i = 0; i < config->static_peers->len; i++)
    remark_name ("a static peer",
                 ((BgStaticPeer *) g_ptr_array_index (config->static_peers, i))->name);
  return config;
}

/* --- Changes --- */

/* "section.key", "peer.NAME.key" or "peer.NAME" (and the same with "accept" and "service"), taken apart; names may contain dots. */
typedef struct
{
  char *group;
  const BgConfigKey *row; /* NULL: the whole section */
} Target;

static void
target_clear (Target *target)
{
  g_clear_pointer (&target->group, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Target, target_clear)

static gboolean
unknown_name (GError **error, const char *name, const char *section, const char *key)
{
  g_autofree char *shown = bg_printable (name);
  g_autoptr (BgWords) what = bg_words (UNKNOWN_SETTING, shown);

  return refuse_with_hint (error, BG_ERROR_INVALID_ARGUMENT, what,
                           section ? bg_config_keys_hint (section, key) : NULL);
}

/* "peer.NAME.key", "accept.NAME.key", "service.NAME.key". */
static gboolean
parse_named_target (const char *name, const char *section, Target *target, GError **error)
{
  const char *rest = name + strlen (section) + 1, *dot = strrchr (rest, '.');
  g_autofree char *peer = NULL;

  target->row = dot ? bg_config_keys_find (section, dot + 1) : NULL;
  peer = target->row ? g_strndup (rest, (gsize) (dot - rest)) : g_strdup (rest);
  if (!bg_config_name_is_readable (peer))
    return bg_device_name_check (peer, error);
  target->group = g_strconcat (bg_config_section_prefix (section), peer, NULL);
  return TRUE;
}

static gboolean
parse_target (const char *name, Target *target, GError **error)
{
  const char *dot = strchr (name, '.'), *section = bg_config_named_section_of (name);

  if (section)
    return parse_named_target (name, section, target, error);
  if (!dot)
    return unknown_name (error, name, NULL, NULL);
  target->group = g_strndup (name, (gsize) (dot - name));
  target->row = bg_config_keys_find (target->group, dot + 1);
  return target->row || unknown_name (error, name, target->group, dot + 1);
}

/* Drop-ins win over the file that we write. */
static gboolean
check_not_overridden (const GPtrArray *files, const char *name, const Target *target,
                      GError **error)
{
  for (guint i = 1; i < files->len; i++)
    {
      const File *file = g_ptr_array_index (files, i);

      if (target->row ? g_key_file_has_key (file->keys, target->group, target->row->key, NULL)
                      : g_key_file_has_group (file->keys, target->group))
        {
          bg_error_set (error, BG_ERROR_INVALID_ARGUMENT, OVERRIDDEN, name, file->path,
                        ((File *) g_ptr_array_index (files, 0))->path);
          return FALSE;
        }
    }
  return TRUE;
}

static gboolean
is_removal (GVariant *value)
{
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_UNIT))
    return TRUE;
  return g_variant_is_of_type (value, G_VARIANT_TYPE_MAYBE) && g_variant_n_children (value) == 0;
}

static gboolean
file_set_text (File *file, char *text, GError **error)
{
  GKeyFile *keys = parse_text (file->path, text, error);

  if (!keys)
    {
      g_free (text);
      return FALSE;
    }
  g_free (file->text);
  file->text = text;
  g_key_file_unref (file->keys);
  file->keys = keys;
  return TRUE;
}

static gboolean
remove_target (File *file, const Target *target, GError **error)
{
  g_auto (GStrv) left = NULL;

  if (!file_set_text (
        file,
        bg_config_text_remove (file->text, target->group, target->row ? target->row->key : NULL),
        error))
    return FALSE;
  left = g_key_file_get_keys (file->keys, target->group, NULL, NULL);
  /* A peer without keys is no peer. What is taken of one without keys is nothing: that is said by an empty list. */
  if (target->row && bg_config_section_prefix (target->row->section) && left && !*left)
    return file_set_text (file, bg_config_text_remove (file->text, target->group, NULL), error);
  return TRUE;
}

static gboolean
check_value (const Target *target, const char *text, GError **error)
{
  g_autoptr (BgConfig) scratch = bg_config_new ();
  const char *section;

  return bg_config_key_set (target->row, bg_config_open_section (scratch, target->group, &section),
                            text, error);
}

/* New names are held to the grammar; what stands in a file already may stay. */
static gboolean
check_new_name (const GPtrArray *files, const Target *target, const char *text, GError **error)
{
  const File *file = g_ptr_array_index (files, 0);
  const char *peer = target->group + strlen (PEER_PREFIX),
             *service = target->group + strlen (SERVICE_PREFIX);
  g_autofree char *before = NULL;

  if (g_str_has_prefix (target->group, SERVICE_PREFIX))
    return bg_service_name_is_valid (service)
           || bg_config_refuse (error, service, BG_SAY_BAD_SERVICE_NAME);
  if (g_str_has_prefix (target->group, PEER_PREFIX)
      && !g_key_file_has_group (file->keys, target->group))
    return bg_device_name_check (peer, error);
  if (!target->row->check_new || !*text)
    return TRUE;
  before = g_key_file_get_string (file->keys, target->group, target->row->key, NULL);
  return g_strcmp0 (before, text) == 0 || target->row->check_new (text, error);
}

static gboolean
apply_change (const GPtrArray *files, const char *name, GVariant *value, GError **error)
{
  File *file = g_ptr_array_index (files, 0);
  g_auto (Target) target = { 0 };
  g_autoptr (GError) cause = NULL;
  g_autofree char *text = NULL;

  if (!parse_target (name, &target, error) || !check_not_overridden (files, name, &target, error))
    return FALSE;
  if (is_removal (value))
    return remove_target (file, &target, error);
  if (!target.row)
    return unknown_name (error, name, bg_config_named_section_of (name), strrchr (name, '.') + 1);
  text = bg_config_key_text_of_variant (target.row, value, &cause);
  if (text && check_value (&target, text, &cause) && check_new_name (files, &target, text, &cause))
    return file_set_text (
      file, bg_config_text_set (file->text, target.group, target.row->key, text), error);
  bg_error_set (error, BG_ERROR_INVALID_ARGUMENT, ABOUT, name, cause);
  return FALSE;
}

static gboolean
begin_file (File *file, GError **error)
{
  return *file->text
         || file_set_text (file, g_strdup ("# Settings of bamgate, see bamgate.conf(5).\n"), error);
}

/* The files with `changes` in them, the first one not saved yet; sets `files`. */
static BgConfig *
prepare_change (BgConfig *before, const char *path, GVariant *changes, GPtrArray **out,
                GError **error)
{
  g_autoptr (GPtrArray) files = NULL;
  BgConfig *changed;
  GVariantIter iter;
  const char *name;
  GVariant *value;

  if (!g_variant_is_of_type (changes, G_VARIANT_TYPE_VARDICT))
    {
      bg_error_set (error, BG_ERROR_INVALID_ARGUMENT, BAD_SETTINGS_TYPE);
      return NULL;
    }
  files = load_files_after (before, path, error);
  if (!files || !begin_file (g_ptr_array_index (files, 0), error))
    return NULL;
  g_variant_iter_init (&iter, changes);
  while (g_variant_iter_loop (&iter, "{&sv}", &name, &value))
    if (!apply_change (files, name, value, error))
      {
        g_variant_unref (value);
        return NULL;
      }
  changed = build (files, error);
  *out = g_steal_pointer (&files);
  return changed;
}

gboolean
bg_config_check_change (BgConfig *config, const char *path, GVariant *changes, GError **error)
{
  g_autoptr (GPtrArray) files = NULL;
  g_autoptr (BgConfig) changed = prepare_change (config, path, changes, &files, error);

  return changed && bg_whole_file_try (path, text_of (files), BG_SAY_SETTINGS_NOT_SAVED, error);
}

BgConfig *
bg_config_change (BgConfig *config, const char *path, GVariant *changes, GError **error)
{
  g_autoptr (GPtrArray) files = NULL;
  g_autoptr (BgConfig) changed = prepare_change (config, path, changes, &files, error);

  if (!changed || !bg_whole_file_write (path, text_of (files), BG_SAY_SETTINGS_NOT_SAVED, error))
    return NULL;
  bg_log (BG_TOPIC_CONFIG, INFO, NULL, "%s saved", path);
  return g_steal_pointer (&changed);
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
