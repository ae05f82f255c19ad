/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Keeps the kill switch (firewall/kill-switch.h) what the settings say, whether the tunnel is up or not: in the kernel, and in
 * a file of the state directory that bamgated-strict.service loads when the machine starts. What others take out comes back. It goes
 * when the settings say so, and not with the daemon. Main thread only. */

#include "app/config.h"
#include "common/words.h"

G_BEGIN_DECLS

typedef struct _BgStrictness BgStrictness;

/* bg_strictness_get_complaint() is another one. */
typedef void (*BgStrictnessChanged) (gpointer owner);

BgStrictness *bg_strictness_new (const char *state_dir, BgStrictnessChanged changed, gpointer owner);
/* Leaves kernel and file as they are. Fine on NULL. */
void bg_strictness_free (BgStrictness *self);
/* At once. */
void bg_strictness_set_config (BgStrictness *self, const BgConfig *config);
/* Do the settings want it? */
gboolean bg_strictness_is_wanted (const BgConfig *config);
/* Could it be set here? For settings that are about to be saved. */
gboolean bg_strictness_check (const BgConfig *config, GError **error);
/* Why it is not in effect, or not at the next start; NULL: all is well. Borrowed. */
BgWords *bg_strictness_get_complaint (BgStrictness *self);

G_END_DECLS
