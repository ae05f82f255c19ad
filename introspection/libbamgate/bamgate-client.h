/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "bamgate-types.h"

G_BEGIN_DECLS

/* Beside what bamgate-client-bus.h declares: the properties of the bus and its methods. The functions are documented in the .c
 * files, where the GIR scanner reads it. */

/* Making one: on the system bus, where the daemon is started if need be. */
void           bamgate_client_new        (GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
BamgateClient *bamgate_client_new_finish (GAsyncResult *result, GError **error);
BamgateClient *bamgate_client_new_sync   (GCancellable *cancellable, GError **error);
/* On the bus of the machine or of the session. */
void           bamgate_client_new_for_bus        (GBusType bus_type, gboolean autostart, GCancellable *cancellable,
                                                  GAsyncReadyCallback callback, gpointer user_data);
BamgateClient *bamgate_client_new_for_bus_finish (GAsyncResult *result, GError **error);
BamgateClient *bamgate_client_new_for_bus_sync   (GBusType bus_type, gboolean autostart, GCancellable *cancellable,
                                                  GError **error);
/* On any bus. */
void           bamgate_client_new_for_connection        (GDBusConnection *connection, gboolean autostart,
                                                         GCancellable *cancellable, GAsyncReadyCallback callback,
                                                         gpointer user_data);
BamgateClient *bamgate_client_new_for_connection_finish (GAsyncResult *result, GError **error);
BamgateClient *bamgate_client_new_for_connection_sync   (GDBusConnection *connection, gboolean autostart,
                                                         GCancellable *cancellable, GError **error);

GDBusConnection *bamgate_client_get_connection (BamgateClient *self);
GBusType         bamgate_client_get_bus_type   (BamgateClient *self);
gboolean         bamgate_client_get_running    (BamgateClient *self);

/* The other machines, by name. */
GListModel  *bamgate_client_get_peers  (BamgateClient *self);
GPtrArray   *bamgate_client_list_peers (BamgateClient *self);
BamgatePeer *bamgate_client_find_peer  (BamgateClient *self, const char *id);
/* What runs elsewhere and is to be had here, and the accounts that want it here. */
GListModel     *bamgate_client_get_endpoints  (BamgateClient *self);
GPtrArray      *bamgate_client_list_endpoints (BamgateClient *self);
GListModel     *bamgate_client_get_accounts   (BamgateClient *self);
BamgateAccount *bamgate_client_find_account   (BamgateClient *self, const char *name);

/* Files, as of org.bamgate.Tunnel1.Files; descriptors stay the caller's. */
void      bamgate_client_send_file          (BamgateClient *self, const char *peer, const char *name, int fd, GVariant *options,
                                             GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
char     *bamgate_client_send_file_finish   (BamgateClient *self, GAsyncResult *result, GError **error);
void      bamgate_client_accept_file        (BamgateClient *self, const char *id, int fd, GVariant *options,
                                             GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
gboolean  bamgate_client_accept_file_finish (BamgateClient *self, GAsyncResult *result, GError **error);
void      bamgate_client_cancel_file        (BamgateClient *self, const char *id, GCancellable *cancellable,
                                             GAsyncReadyCallback callback, gpointer user_data);
gboolean  bamgate_client_cancel_file_finish (BamgateClient *self, GAsyncResult *result, GError **error);
void      bamgate_client_decline_file       (BamgateClient *self, const char *id, GCancellable *cancellable,
                                             GAsyncReadyCallback callback, gpointer user_data);
gboolean  bamgate_client_decline_file_finish (BamgateClient *self, GAsyncResult *result, GError **error);
void      bamgate_client_list_files         (BamgateClient *self, GCancellable *cancellable, GAsyncReadyCallback callback,
                                             gpointer user_data);
GVariant *bamgate_client_list_files_finish  (BamgateClient *self, GAsyncResult *result, GError **error);
void      bamgate_client_list_file_offers   (BamgateClient *self, gboolean ask, GCancellable *cancellable,
                                             GAsyncReadyCallback callback, gpointer user_data);
GVariant *bamgate_client_list_file_offers_finish (BamgateClient *self, GAsyncResult *result, GError **error);

G_END_DECLS

#include "bamgate-client-bus.h"
