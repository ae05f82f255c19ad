/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/settings-watch.h"

#include "common/source.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#define MAX_LINKS 40
#define REPEAT_MS 1000

struct _BgSettingsWatch
{
  char *path, *drop_ins;
  GPtrArray *monitors; /* GFileMonitor */
  GSource *due;
  BgSettingsWatchChanged changed;
  gpointer owner;
};

/* --- Where a path leads --- */

/* What is left of a path that is walked, part by part. */
typedef struct
{
  GString *done; /* without links; "" for the root */
  char *rest;
  guint links;
  GPtrArray *places;
} Walk;

static void
go_up (Walk *walk)
{
  const char *slash = strrchr (walk->done->str, '/');

  g_string_truncate (walk->done, slash ? (gsize) (slash - walk->done->str) : 0);
}

/* The link that `done` is gives way to what it says. */
static gboolean
follow (Walk *walk)
{
  g_autofree char *target = g_file_read_link (walk->done->str, NULL), *rest = walk->rest;

  g_ptr_array_add (walk->places, g_strdup (walk->done->str));
  walk->rest = target ? g_strconcat (target, "/", rest, NULL) : NULL;
  if (target && g_path_is_absolute (target))
    g_string_truncate (walk->done, 0);
  else
    go_up (walk);
  return target && ++walk->links < MAX_LINKS;
}

/* FALSE where it ends. */
static gboolean
step (Walk *walk, const char *part)
{
  struct stat info;

  if (!*part || g_str_equal (part, "."))
    return TRUE;
  if (g_str_equal (part, ".."))
    {
      go_up (walk);
      return TRUE;
    }
  g_string_append_printf (walk->done, "/%s", part);
  if (lstat (walk->done->str, &info) != 0)
    return FALSE;
  return !S_ISLNK (info.st_mode) || follow (walk);
}

static gboolean
take_part (Walk *walk)
{
  g_auto (GStrv) parts = g_strsplit (walk->rest, "/", 2);

  g_free (walk->rest);
  walk->rest = g_strdup (parts[0] && parts[1] ? parts[1] : "");
  return !parts[0] || step (walk, parts[0]);
}

GPtrArray *
bg_settings_watch_trace (const char *path)
{
  Walk walk = { .done = g_string_new (NULL) };

  walk.places = g_ptr_array_new_with_free_func (g_free);
  walk.rest = g_canonicalize_filename (path, NULL);
  while (walk.rest && *walk.rest && take_part (&walk))
    ;
  if (!walk.places->len || !g_str_equal (walk.places->pdata[walk.places->len - 1], walk.done->str))
    g_ptr_array_add (walk.places, g_strdup (walk.done->str));
  g_string_free (walk.done, TRUE);
  g_free (walk.rest);
  return walk.places;
}

/* --- What is watched --- */

static void look_again (BgSettingsWatch *self);

static gboolean
on_due (gpointer data)
{
  BgSettingsWatch *self = data;

  bg_source_drop (&self->due);
  look_again (self);
  self->changed (self->owner);
  return G_SOURCE_REMOVE;
}

/* Whoever has begun to write ends with CHANGES_DONE_HINT, or does not look as if. */
static void
on_event (GFileMonitor *monitor, GFile *file, GFile *other, GFileMonitorEvent event,
          BgSettingsWatch *self)
{
  gboolean is_written = event == G_FILE_MONITOR_EVENT_CHANGED
                        || event == G_FILE_MONITOR_EVENT_CREATED;

  bg_source_arm (&self->due, is_written ? BG_SETTINGS_WRITING_MS : BG_SETTINGS_QUIET_MS, on_due,
                 self);
}

/* What cannot be watched is read when somebody says so. */
static void
watch_place (BgSettingsWatch *self, const char *place)
{
  g_autoptr (GFile) file = g_file_new_for_path (*place ? place : "/");
  gboolean is_folder = g_file_test (place, G_FILE_TEST_IS_DIR)
                       && !g_file_test (place, G_FILE_TEST_IS_SYMLINK);
  GFileMonitor *monitor =
    is_folder ? g_file_monitor_directory (file, G_FILE_MONITOR_WATCH_MOVES, NULL, NULL)
              : g_file_monitor_file (file, G_FILE_MONITOR_WATCH_MOVES, NULL, NULL);

  if (!monitor)
    return;
  g_signal_connect (monitor, "changed", G_CALLBACK (on_event), self);
  g_ptr_array_add (self->monitors, monitor);
}

static void
watch_trace (BgSettingsWatch *self, const char *path)
{
  g_autoptr (GPtrArray) places = bg_settings_watch_trace (path);

  for (guint i = 0; i < places->len; i++)
    watch_place (self, places->pdata[i]);
}

/* Their own links; the directory says of all else. */
static void
watch_linked_drop_ins (BgSettingsWatch *self)
{
  g_autoptr (GDir) dir = g_dir_open (self->drop_ins, 0, NULL);
  const char *name;

  while (dir && (name = g_dir_read_name (dir)))
    {
      g_autofree char *path = g_build_filename (self->drop_ins, name, NULL);

      if (g_file_test (path, G_FILE_TEST_IS_SYMLINK))
        watch_trace (self, path);
    }
}

static void
monitor_free (gpointer data)
{
  g_signal_handlers_disconnect_matched (data, G_SIGNAL_MATCH_FUNC, 0, 0, NULL, on_event, NULL);
  g_file_monitor_cancel (data);
  g_object_unref (data);
}

/* The new ones first, so that nothing falls between. */
static void
look_again (BgSettingsWatch *self)
{
  g_autoptr (GPtrArray) before = g_steal_pointer (&self->monitors);

  self->monitors = g_ptr_array_new_with_free_func (monitor_free);
  watch_trace (self, self->path);
  watch_trace (self, self->drop_ins);
  watch_linked_drop_ins (self);
}

BgSettingsWatch *
bg_settings_watch_new (const char *path, BgSettingsWatchChanged changed, gpointer owner)
{
  BgSettingsWatch *self = g_new0 (BgSettingsWatch, 1);

  self->path = g_strdup (path);
  self->drop_ins = g_strconcat (path, ".d", NULL);
  self->changed = changed;
  self->owner = owner;
  look_again (self);
  return self;
}

void
bg_settings_watch_free (BgSettingsWatch *self)
{
  if (!self)
    return;
  bg_source_drop (&self->due);
  g_clear_pointer (&self->monitors, g_ptr_array_unref);
  g_free (self->path);
  g_free (self->drop_ins);
  g_free (self);
}

void
bg_settings_watch_repeat (BgSettingsWatch *self)
{
  bg_source_arm (&self->due, REPEAT_MS, on_due, self);
}
