/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Settings that are changed through the bus: in the text of the file, which a person may have written. */
#include "app/config-checks.h"
#include "app/config-file.h"
#include "app/config-keys.h"
#include "app/config-snapshot.h"
#include "app/config-text.h"
#include "common/device-name.h"
#include "common/log.h"
#include "common/printable.h"
#include "common/service-item.h"
#include "common/whole-file.h"

#include <string.h>

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

  return bg_config_refuse_with_hint (error, BG_ERROR_INVALID_ARGUMENT, what,
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
      const BgConfigFile *file = g_ptr_array_index (files, i);

      if (target->row ? g_key_file_has_key (file->keys, target->group, target->row->key, NULL)
                      : g_key_file_has_group (file->keys, target->group))
        {
          bg_error_set (error, BG_ERROR_INVALID_ARGUMENT, OVERRIDDEN, name, file->path,
                        ((BgConfigFile *) g_ptr_array_index (files, 0))->path);
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
remove_target (BgConfigFile *file, const Target *target, GError **error)
{
  g_auto (GStrv) left = NULL;

  if (!bg_config_file_set_text (
        file,
        bg_config_text_remove (file->text, target->group, target->row ? target->row->key : NULL),
        error))
    return FALSE;
  left = g_key_file_get_keys (file->keys, target->group, NULL, NULL);
  /* A peer without keys is no peer. What is taken of one without keys is nothing: that is said by an empty list. */
  if (target->row && bg_config_section_prefix (target->row->section) && left && !*left)
    return bg_config_file_set_text (file, bg_config_text_remove (file->text, target->group, NULL),
                                    error);
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
  const BgConfigFile *file = g_ptr_array_index (files, 0);
  const char *section = target->row->section, *prefix = bg_config_section_prefix (section),
             *name = prefix ? target->group + strlen (prefix) : NULL;
  g_autofree char *before = NULL;

  if (g_str_equal (section, "service"))
    return bg_service_name_is_valid (name)
           || bg_config_refuse (error, name, BG_SAY_BAD_SERVICE_NAME);
  if (g_str_equal (section, "peer") && !g_key_file_has_group (file->keys, target->group))
    return bg_device_name_check (name, error);
  if (!target->row->check_new || !*text)
    return TRUE;
  before = g_key_file_get_string (file->keys, target->group, target->row->key, NULL);
  return g_strcmp0 (before, text) == 0 || target->row->check_new (text, error);
}

static gboolean
apply_change (const GPtrArray *files, const char *name, GVariant *value, GError **error)
{
  BgConfigFile *file = g_ptr_array_index (files, 0);
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
    return bg_config_file_set_text (
      file, bg_config_text_set (file->text, target.group, target.row->key, text), error);
  bg_error_set (error, BG_ERROR_INVALID_ARGUMENT, ABOUT, name, cause);
  return FALSE;
}

static gboolean
begin_file (BgConfigFile *file, GError **error)
{
  return *file->text
         || bg_config_file_set_text (
           file, g_strdup ("# Settings of bamgate, see bamgate.conf(5).\n"), error);
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
  files = bg_config_files_load_after (before, path, error);
  if (!files || !begin_file (g_ptr_array_index (files, 0), error))
    return NULL;
  g_variant_iter_init (&iter, changes);
  while (g_variant_iter_loop (&iter, "{&sv}", &name, &value))
    if (!apply_change (files, name, value, error))
      {
        g_variant_unref (value);
        return NULL;
      }
  changed = bg_config_files_build (files, error);
  *out = g_steal_pointer (&files);
  return changed;
}

gboolean
bg_config_check_change (BgConfig *config, const char *path, GVariant *changes, GError **error)
{
  g_autoptr (GPtrArray) files = NULL;
  g_autoptr (BgConfig) changed = prepare_change (config, path, changes, &files, error);

  return changed
         && bg_whole_file_try (path, bg_config_files_get_text (files), BG_SAY_SETTINGS_NOT_SAVED,
                               error);
}

BgConfig *
bg_config_change (BgConfig *config, const char *path, GVariant *changes, GError **error)
{
  g_autoptr (GPtrArray) files = NULL;
  g_autoptr (BgConfig) changed = prepare_change (config, path, changes, &files, error);

  if (!changed
      || !bg_whole_file_write (path, bg_config_files_get_text (files), BG_SAY_SETTINGS_NOT_SAVED,
                               error))
    return NULL;
  bg_log (BG_TOPIC_CONFIG, INFO, NULL, "%s saved", path);
  return g_steal_pointer (&changed);
}
