/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* bamgate-hub as a child, where no systemd starts it for us: without a capability, as the user bamgate-hub where the daemon
 * is root and there is one, and dead when the daemon is. It puts a fence around itself (worker/hub/hub-fence.h). */

#include <gio/gio.h>

G_BEGIN_DECLS

/* The program that would be started: it is looked for beside our own, then in ../worker/hub from there (a build
 * directory), then in the directory that programs are installed to. (transfer full), NULL and an error where there is
 * none. */
char *bg_hub_child_find_program (GError **error);

/* Starts it on `state_dir`, which is made. `*fd` becomes our end of the connection to it. */
GSubprocess *bg_hub_child_spawn (const char *state_dir, int *fd, GError **error);

G_END_DECLS
