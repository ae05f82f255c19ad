/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Keeps the kill switch (firewall/kill-switch.h) what the settings say, whether the tunnel is up or not: in the kernel, and in
 * a file of the state directory that bamgated-strict.service loads when the machine starts. What others take out comes back. It goes
 * when the settings say so, and not with the daemon. What an exit that is in no file adds (bg_config_with_exit()) is in the kernel
 * alone, and another file says so: the next daemon leaves it for BG_STRICTNESS_ABSENCE_S, in which whoever chose that exit may come back.
 * Main thread only. */

#include "app/config.h"
#include "common/words.h"

G_BEGIN_DECLS

/* As long as NetworkManager's plugin awaits a daemon that was restarted. */
#define BG_STRICTNESS_ABSENCE_S 20

typedef struct _BgStrictness BgStrictness;

/* bg_strictness_get_complaint() is another one. */
typedef void (*BgStrictnessChanged) (gpointer owner);

BgStrictness *bg_strictness_new (const char *state_dir, BgStrictnessChanged changed, gpointer owner);
/* Leaves kernel and file as they are. Fine on NULL. */
void bg_strictness_free (BgStrictness *self);
/* At once. */
void bg_strictness_set_config (BgStrictness *self, BgConfig *config);
/* Nobody will choose an exit again who did before this daemon ran: what was left for that goes now, unless it is wanted. */
void bg_strictness_await_nobody (BgStrictness *self);
/* Do the settings want it? */
gboolean bg_strictness_is_wanted (const BgConfig *config);
/* Could it be set here? For settings that are about to be saved. */
gboolean bg_strictness_check (const BgConfig *config, GError **error);
/* Why it is not in effect, or not at the next start; NULL: all is well. Borrowed. */
BgWords *bg_strictness_get_complaint (BgStrictness *self);

G_END_DECLS
