/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The few plugins of GStreamer that a data channel is made of. They are loaded by their files: to look at all that are
 * installed takes seconds on a machine that has no registry of them yet. */

#include <glib.h>

G_BEGIN_DECLS

/* To be called in a program's first lines, before there are threads: GStreamer neither reads nor writes a registry here. */
void bg_leg_plugins_begin (void);
/* Initialises GStreamer and loads them, the first time; for any thread. They are looked for in GST_PLUGIN_PATH_1_0, in
 * GST_PLUGIN_SYSTEM_PATH_1_0, and where GStreamer's own are. Error: BG_ERROR_FAILED with the package to install, or
 * GStreamer's own. */
gboolean bg_leg_plugins_load (GError **error);

G_END_DECLS
