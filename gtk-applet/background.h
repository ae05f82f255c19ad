/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What goes on without a window: tray item, notifications, rules for networks, files. */

#include <bamgate.h>

typedef struct AppletBackground AppletBackground;

/* `application`, which is registered and outlives it, has the actions that clicks activate. */
AppletBackground *applet_background_new  (GApplication *application, GSettings *settings);
void              applet_background_free (AppletBackground *self);
/* The tunnel that it is about; NULL for none. */
void applet_background_set_client (AppletBackground *self, BamgateClient *client);
/* Offers the file at `path` to a peer. */
void applet_background_send_file (AppletBackground *self, const char *peer, const char *path);
/* Whether the tray item is to be seen somewhere. */
gboolean applet_background_has_tray (AppletBackground *self);
/* The right to raise a window that came with the last click on the tray item, for once; or NULL. Free with g_free(). */
char *applet_background_take_token (AppletBackground *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AppletBackground, applet_background_free)
