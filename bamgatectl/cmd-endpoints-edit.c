/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The settings of endpoints in an editor: what was changed there goes to the daemon as any other change, so that no editor runs with its rights, and a
 * wrong value changes nothing. */
#include "bamgatectl/cmd-endpoints.h"

#include "bamgatectl/commands.h"
#include "bamgatectl/input.h"

#include <glib/gstdio.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *const sections[] = { "publish", "ngrok", NULL };

static gboolean
is_of (const char *name, const char *section)
{
  gsize n = strlen (section);

  return g_str_has_prefix (name, section) && name[n] == '.';
}

/* As in the file, a section after the other. */
static char *
text_of_settings (GVariant *settings)
{
  g_autoptr (GPtrArray) names = cmd_config_sorted_names (settings);
  GString *text = g_string_new (
    _ ("# What is deleted here gets its default. See bamgate.conf(5).\n"));

  for (const char *const *section = sections; *section; section++)
    {
      g_string_append_printf (text, "\n[%s]\n", *section);
      for (guint i = 0; i < names->len; i++)
        if (is_of (names->pdata[i], *section))
          {
            g_autoptr (GVariant) value = g_variant_lookup_value (settings, names->pdata[i], NULL);
            g_autofree char *shown = cmd_config_text_of (value);

            g_string_append_printf (text, "%s = %s\n",
                                    (char *) names->pdata[i] + strlen (*section) + 1, shown);
          }
    }
  return g_string_free (text, FALSE);
}

/* --- The editor --- */

static const char *
choose_editor (void)
{
  const char *editor = g_getenv ("VISUAL");

  if (!editor || !*editor)
    editor = g_getenv ("EDITOR");
  return editor && *editor ? editor : "vi";
}

/* As a shell takes it: "code --wait". */
static gboolean
run_editor (const char *path, GError **error)
{
  const char *argv[] = { "/bin/sh", "-c", "exec $0 \"$1\"", choose_editor (), path, NULL };
  int status = 0;

  return g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_CHILD_INHERITS_STDIN, NULL, NULL, NULL,
                       NULL, &status, error)
         && g_spawn_check_wait_status (status, error);
}

/* --- What was changed --- */

static void
add_changed (GVariantDict *changes, GKeyFile *before, GKeyFile *after, const char *section)
{
  g_auto (GStrv) keys = g_key_file_get_keys (after, section, NULL, NULL);

  for (char **key = keys; key && *key; key++)
    {
      g_autofree char *old = g_key_file_get_value (before, section, *key, NULL),
                      *now = g_key_file_get_value (after, section, *key, NULL),
                      *name = g_strconcat (section, ".", *key, NULL);

      if (g_strcmp0 (old, now) != 0)
        g_variant_dict_insert (changes, name, "s", now);
    }
}

static void
add_deleted (GVariantDict *changes, GKeyFile *before, GKeyFile *after, const char *section)
{
  g_auto (GStrv) keys = g_key_file_get_keys (before, section, NULL, NULL);

  for (char **key = keys; key && *key; key++)
    if (!g_key_file_has_key (after, section, *key, NULL))
      {
        g_autofree char *name = g_strconcat (section, ".", *key, NULL);

        g_variant_dict_insert_value (changes, name, g_variant_new ("a{sv}", NULL));
      }
}

/* What may be changed elsewhere is told by its name, as every setting that does not exist. */
static GVariant *
find_changes (const char *before_text, const char *after_text, GError **error)
{
  g_autoptr (GKeyFile) before = g_key_file_new (), after = g_key_file_new ();
  g_auto (GVariantDict) changes = G_VARIANT_DICT_INIT (NULL);
  g_auto (GStrv) groups = NULL;

  if (!g_key_file_load_from_data (before, before_text, (gsize) -1, G_KEY_FILE_NONE, error)
      || !g_key_file_load_from_data (after, after_text, (gsize) -1, G_KEY_FILE_NONE, error))
    return NULL;
  groups = g_key_file_get_groups (after, NULL);
  for (char **group = groups; *group; group++)
    add_changed (&changes, before, after, *group);
  for (const char *const *section = sections; *section; section++)
    add_deleted (&changes, before, after, *section);
  return g_variant_ref_sink (g_variant_dict_end (&changes));
}

static gboolean
apply (Ctl *ctl, const char *before, const char *path, guint *n, GError **error)
{
  g_autofree char *after = input_read_text (path, CMD_IMPORT_MAX, error);
  g_autoptr (GVariant) changes = after ? find_changes (before, after, error) : NULL;

  if (!changes)
    return FALSE;
  *n = (guint) g_variant_n_children (changes);
  return *n == 0 || bamgate_client_configure_sync (ctl->client, changes, NULL, error);
}

/* Again and again until it will do, or the person has enough. */
static CtlExit
edit (Ctl *ctl, const char *before, const char *path)
{
  GError *error = NULL;
  guint n = 0;

  for (;;)
    {
      g_autoptr (Out) out = NULL;

      if (!run_editor (path, &error))
        return ctl_fail (choose_editor (), error);
      if (apply (ctl, before, path, &n, &error))
        {
          ctl_catch_up (ctl);
          out = out_new (ctl->json, FALSE);
          out_count (out, "changed", NULL, n);
          out_note (out, ngettext ("%u setting changed", "%u settings changed", n), n);
          cmd_config_show_pending (ctl, out);
          return CTL_OK;
        }
      if (!isatty (STDIN_FILENO))
        return ctl_fail (NULL, error);
      g_printerr ("%s\n", error->message);
      if (!input_confirm (_ ("Edit it again? [y/N] ")))
        return ctl_fail (NULL, error);
      g_clear_error (&error);
    }
}

CtlExit
endpoints_edit (Ctl *ctl, char **words)
{
  GError *error = NULL;
  g_autoptr (GVariant) settings = bamgate_client_get_configuration_sync (ctl->client, NULL, &error);
  g_autofree char *before = settings ? text_of_settings (settings) : NULL, *path = NULL;
  CtlExit code;
  int fd;

  if (!settings)
    return ctl_fail (NULL, error);
  fd = g_file_open_tmp ("bamgate-endpoints-XXXXXX.conf", &path, &error);
  if (fd >= 0)
    close (fd);
  if (fd < 0
      || !g_file_set_contents_full (path, before, -1, G_FILE_SET_CONTENTS_NONE, 0600, &error))
    return ctl_fail (NULL, error);
  code = edit (ctl, before, path);
  g_unlink (path);
  return code;
}
