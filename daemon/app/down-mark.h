/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A file in the state directory, there while the tunnel is down because somebody took it down: it stays down over restarts
 * and reboots, whatever autostart says, until somebody brings it up. */

#include <glib.h>

G_BEGIN_DECLS

gboolean bg_down_mark_is_set (const char *state_dir);
/* Fine where it is so already. */
gboolean bg_down_mark_set (const char *state_dir, GError **error);
gboolean bg_down_mark_clear (const char *state_dir, GError **error);

G_END_DECLS
