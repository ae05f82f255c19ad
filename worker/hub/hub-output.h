/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* What goes out of a connection, and somebody who is told how much: libsoup keeps no count of what it could not write yet. */
#define BG_TYPE_HUB_OUTPUT (bg_hub_output_get_type ())
G_DECLARE_FINAL_TYPE (BgHubOutput, bg_hub_output, BG, HUB_OUTPUT, GFilterOutputStream)

typedef void (*BgHubOutputFunc) (gsize written, gpointer data);

BgHubOutput *bg_hub_output_new (GOutputStream *base);
/* Calls `on_written` from within every write; NULL: nobody. */
void bg_hub_output_watch (BgHubOutput *self, BgHubOutputFunc on_written, gpointer data);

G_END_DECLS
