/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Tells when the settings' file or one of its drop-ins was changed, by whoever and however: written in place, replaced by another, removed and
 * made again, at the end of symbolic links that are changed themselves, in directories that are not there yet. Main thread only. */

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _BgSettingsWatch BgSettingsWatch;

/* Something changed, and nothing has since: after BG_SETTINGS_QUIET_MS, or where a file seems to be still written, BG_SETTINGS_WRITING_MS. Whether
 * what the files say is other than before is not known here. */
typedef void (*BgSettingsWatchChanged) (gpointer owner);

enum
{
  BG_SETTINGS_QUIET_MS   = 200,
  BG_SETTINGS_WRITING_MS = 2000,
};

/* `path` and what is in `path`.d/; neither need be there. */
BgSettingsWatch *bg_settings_watch_new (const char *path, BgSettingsWatchChanged changed, gpointer owner);
void bg_settings_watch_free (BgSettingsWatch *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgSettingsWatch, bg_settings_watch_free)
/* It could not be looked at now: tells once more, in a second. */
void bg_settings_watch_repeat (BgSettingsWatch *self);
/* The places that say where `path` leads, as absolute paths without a link before their last part: each symbolic link on the way, and then where it
 * ends, or the first part that is not there. GPtrArray of char * (transfer full). */
GPtrArray *bg_settings_watch_trace (const char *path);

G_END_DECLS
