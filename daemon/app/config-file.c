/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/config-file.h"

#include "common/byte-order-mark.h"
#include "common/error.h"
#include "common/printable.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

#define MAX_FILE_BYTES (1024 * 1024)
#define MAX_DROP_INS 256

static void
file_free (gpointer data)
{
  BgConfigFile *file = data;

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

static BgConfigFile *
file_load (const char *path, GError **error)
{
  g_autofree char *text = NULL;
  GKeyFile *keys;
  BgConfigFile *file;
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
  file = g_new0 (BgConfigFile, 1);
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
  BgConfigFile *file = file_load (path, error);

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

const char *
bg_config_files_get_text (const GPtrArray *files)
{
  return ((const BgConfigFile *) g_ptr_array_index (files, 0))->text;
}

gboolean
bg_config_files_say_something (const GPtrArray *files)
{
  return *bg_config_files_get_text (files) != '\0';
}

/* A file that went, or was emptied, is somebody's mishap: what it says without it would take the network along. */
GPtrArray *
bg_config_files_load_after (BgConfig *before, const char *path, GError **error)
{
  g_autoptr (GPtrArray) files = load_files (path, error);

  if (!files || !before || !bg_config_get_settings (before)->has_file
      || bg_config_files_say_something (files))
    return g_steal_pointer (&files);
  bg_error_set (error, BG_ERROR_CONFIG, SETTINGS_GONE, path);
  return NULL;
}

gboolean
bg_config_file_set_text (BgConfigFile *file, char *text, GError **error)
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
