/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "names/resolver-files.h"

#include "common/source.h"

#include <stdlib.h>

#define SETTLE_MS 300

enum
{
  LINK,
  TARGET,
  HOSTS,
  FILES,
};

struct _BgResolverFiles
{
  char *resolv, *hosts;
  char *target; /* of the link, as it was */
  GFileMonitor *monitors[FILES];
  GSource *settle;
  BgResolverFilesChanged changed;
  gpointer owner;
};

static void watch_target (BgResolverFiles *self);

static gboolean
on_settled (gpointer data)
{
  BgResolverFiles *self = data;

  bg_source_drop (&self->settle);
  watch_target (self);
  self->changed (self->owner);
  return G_SOURCE_REMOVE;
}

static void
on_file_changed (GFileMonitor *monitor, GFile *file, GFile *other, GFileMonitorEvent event,
                 BgResolverFiles *self)
{
  if (!self->settle)
    bg_source_arm (&self->settle, SETTLE_MS, on_settled, self);
}

static void
drop (BgResolverFiles *self, guint which)
{
  if (!self->monitors[which])
    return;
  g_signal_handlers_disconnect_by_data (self->monitors[which], self);
  g_file_monitor_cancel (self->monitors[which]);
  g_clear_object (&self->monitors[which]);
}

static void
watch (BgResolverFiles *self, guint which, const char *path)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);

  drop (self, which);
  self->monitors[which] = g_file_monitor_file (file, G_FILE_MONITOR_WATCH_MOVES, NULL, NULL);
  if (self->monitors[which])
    g_signal_connect (self->monitors[which], "changed", G_CALLBACK (on_file_changed), self);
}

static void
watch_target (BgResolverFiles *self)
{
  char *real = realpath (self->resolv, NULL);

  if (g_strcmp0 (real, self->target) == 0)
    {
      free (real);
      return;
    }
  g_free (self->target);
  self->target = g_strdup (real);
  free (real);
  if (self->target && !g_str_equal (self->target, self->resolv))
    watch (self, TARGET, self->target);
  else
    drop (self, TARGET);
}

BgResolverFiles *
bg_resolver_files_new (const char *etc, BgResolverFilesChanged changed, gpointer owner)
{
  BgResolverFiles *self = g_new0 (BgResolverFiles, 1);

  self->resolv = g_build_filename (etc, "resolv.conf", NULL);
  self->hosts = g_build_filename (etc, "hosts", NULL);
  self->changed = changed;
  self->owner = owner;
  watch (self, LINK, self->resolv);
  watch (self, HOSTS, self->hosts);
  watch_target (self);
  return self;
}

void
bg_resolver_files_free (BgResolverFiles *self)
{
  if (!self)
    return;
  for (guint i = 0; i < FILES; i++)
    drop (self, i);
  bg_source_drop (&self->settle);
  g_free (self->resolv);
  g_free (self->hosts);
  g_free (self->target);
  g_free (self);
}
