/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Files of peers and for them, told of in the desktop's notifications: what is offered, with Accept and Decline, what is on its way, and
 * where it is then. Actions of the application: "accept-file", "decline-file", "cancel-file" (an id), "show-file" (a path). */

#include <bamgate.h>

typedef struct AppletFileTransfers AppletFileTransfers;

/* `application` outlives it. */
AppletFileTransfers *applet_file_transfers_new  (GApplication *application);
void                 applet_file_transfers_free (AppletFileTransfers *self);
/* The tunnel by which they go; NULL for none. What is on its way by another one goes on without us. */
void applet_file_transfers_set_client (AppletFileTransfers *self, BamgateClient *client);
/* Offers the file at `path` to a peer. */
void applet_file_transfers_send (AppletFileTransfers *self, const char *peer, const char *path);
