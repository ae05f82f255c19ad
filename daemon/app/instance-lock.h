/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One daemon for one interface, or one user: a lock on RUNTIME_DIR/NAME.lock, which ends with the process. */

#include <glib.h>

G_BEGIN_DECLS

/* The fd that holds the lock, or -1: BG_ERROR_EXISTS names who has it. */
int bg_instance_lock_take (const char *runtime_dir, const char *ifname, GError **error);

G_END_DECLS
