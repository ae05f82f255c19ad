/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Files that users of this machine send peers and take from them, as the bus says them. "files-changed" of the application tells
 * that a transfer came, went, or has another state. */

#include "app/application.h"

G_BEGIN_DECLS

/* Each for the user `uid`; descriptors are taken, whatever comes of it. As of org.bamgate.Tunnel1.Files. */
/* options: "id" s. → the id, to be freed. */
char *bg_application_send_file (BgApplication *self, const char *peer, const char *name, int fd, GVariant *options, guint32 uid,
                                GError **error);
/* options: none yet */
gboolean bg_application_accept_file (BgApplication *self, const char *id, int fd, GVariant *options, guint32 uid, GError **error);
gboolean bg_application_cancel_file (BgApplication *self, const char *id, guint32 uid, GError **error);
/* aa{sv}, floating. */
GVariant *bg_application_list_files (BgApplication *self, guint32 uid);
/* For whoever may know what is offered. */
gboolean bg_application_decline_file (BgApplication *self, const char *id, GError **error);
GVariant *bg_application_list_file_offers (BgApplication *self);

G_END_DECLS
