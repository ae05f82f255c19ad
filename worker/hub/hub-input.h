/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* What comes in of a connection, with a meter on it: so much, and no more, until it is reset. Where much comes it reads ahead,
 * as libsoup takes a KiB at a time. */
#define BG_TYPE_HUB_INPUT (bg_hub_input_get_type ())
G_DECLARE_FINAL_TYPE (BgHubInput, bg_hub_input, BG, HUB_INPUT, GFilterInputStream)

typedef void (*BgHubInputFunc) (gpointer data);

BgHubInput *bg_hub_input_new (GInputStream *base, gsize limit);
/* The meter starts again. */
void bg_hub_input_reset (BgHubInput *self);
/* From now on it reads in large pieces, and after some of them says that there is nothing for the moment, so that others have
 * their turn. */
void bg_hub_input_read_ahead (BgHubInput *self);
/* Calls `on_done` whenever what came is done with, and more is waited for; NULL: nobody. */
void bg_hub_input_watch (BgHubInput *self, BgHubInputFunc on_done, gpointer data);

G_END_DECLS
