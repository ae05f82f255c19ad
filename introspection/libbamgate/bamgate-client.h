/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "bamgate-enums.h"
#include "bamgate-peer.h"

G_BEGIN_DECLS

#define BAMGATE_TYPE_CLIENT (bamgate_client_get_type ())
G_DECLARE_FINAL_TYPE (BamgateClient, bamgate_client, BAMGATE, CLIENT, GObject)

/* The functions are documented in the .c file, where the GIR scanner reads it.
 *
 * Signals: "peer-added" (BamgatePeer), "peer-removed" (BamgatePeer), "state-changed" (BamgateState old, new, reason); changes of
 * everything else are property notifications. */

/* Making one on the system bus, where the daemon is started if need be. */
BamgateClient *bamgate_client_new_sync   (GCancellable *cancellable, GError **error);
void           bamgate_client_new        (GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
BamgateClient *bamgate_client_new_finish (GAsyncResult *result, GError **error);
/* On any bus. */
BamgateClient *bamgate_client_new_for_connection_sync   (GDBusConnection *connection, gboolean autostart,
                                                         GCancellable *cancellable, GError **error);
void           bamgate_client_new_for_connection        (GDBusConnection *connection, gboolean autostart,
                                                         GCancellable *cancellable, GAsyncReadyCallback callback,
                                                         gpointer user_data);
BamgateClient *bamgate_client_new_for_connection_finish (GAsyncResult *result, GError **error);

GDBusConnection   *bamgate_client_get_connection          (BamgateClient *self);
gboolean           bamgate_client_get_running             (BamgateClient *self);
const char        *bamgate_client_get_version             (BamgateClient *self);
BamgateState       bamgate_client_get_state               (BamgateClient *self);
const char        *bamgate_client_get_state_reason        (BamgateClient *self);
const char        *bamgate_client_get_name                (BamgateClient *self);
const char *const *bamgate_client_get_addresses           (BamgateClient *self);
const char        *bamgate_client_get_public_key          (BamgateClient *self);
const char        *bamgate_client_get_interface           (BamgateClient *self);
const char *const *bamgate_client_get_link_addresses      (BamgateClient *self);
const char *const *bamgate_client_get_link_routes         (BamgateClient *self);
guint              bamgate_client_get_link_mtu            (BamgateClient *self);
const char        *bamgate_client_get_link_manager        (BamgateClient *self);
const char        *bamgate_client_get_server_url          (BamgateClient *self);
BamgateSignalingState
                   bamgate_client_get_signaling_state     (BamgateClient *self);
const char *const *bamgate_client_get_routes              (BamgateClient *self);
gboolean           bamgate_client_get_accept_routes       (BamgateClient *self);
const char *const *bamgate_client_get_pending_restart     (BamgateClient *self);
gint64             bamgate_client_get_up_since            (BamgateClient *self);
guint64            bamgate_client_get_rx_bytes            (BamgateClient *self);
guint64            bamgate_client_get_tx_bytes            (BamgateClient *self);
GVariant          *bamgate_client_dup_drops               (BamgateClient *self);
guint              bamgate_client_get_statistics_interval (BamgateClient *self);

/* The other machines, by name. */
GListModel  *bamgate_client_get_peers  (BamgateClient *self);
GPtrArray   *bamgate_client_list_peers (BamgateClient *self);
BamgatePeer *bamgate_client_find_peer  (BamgateClient *self, const char *id);

void     bamgate_client_up        (BamgateClient *self, GVariant *options, GCancellable *cancellable,
                                   GAsyncReadyCallback callback, gpointer user_data);
gboolean bamgate_client_up_finish (BamgateClient *self, GAsyncResult *result, GError **error);
gboolean bamgate_client_up_sync   (BamgateClient *self, GVariant *options, GCancellable *cancellable, GError **error);

void     bamgate_client_down        (BamgateClient *self, GCancellable *cancellable, GAsyncReadyCallback callback,
                                     gpointer user_data);
gboolean bamgate_client_down_finish (BamgateClient *self, GAsyncResult *result, GError **error);
gboolean bamgate_client_down_sync   (BamgateClient *self, GCancellable *cancellable, GError **error);

void     bamgate_client_release_link        (BamgateClient *self, GCancellable *cancellable,
                                             GAsyncReadyCallback callback, gpointer user_data);
gboolean bamgate_client_release_link_finish (BamgateClient *self, GAsyncResult *result, GError **error);
gboolean bamgate_client_release_link_sync   (BamgateClient *self, GCancellable *cancellable, GError **error);

void     bamgate_client_setup        (BamgateClient *self, GVariant *options, GCancellable *cancellable,
                                      GAsyncReadyCallback callback, gpointer user_data);
gboolean bamgate_client_setup_finish (BamgateClient *self, GAsyncResult *result, GError **error);
gboolean bamgate_client_setup_sync   (BamgateClient *self, GVariant *options, GCancellable *cancellable,
                                      GError **error);

void     bamgate_client_join        (BamgateClient *self, const char *invite, GVariant *options,
                                     GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
gboolean bamgate_client_join_finish (BamgateClient *self, GAsyncResult *result, GError **error);
gboolean bamgate_client_join_sync   (BamgateClient *self, const char *invite, GVariant *options,
                                     GCancellable *cancellable, GError **error);

void      bamgate_client_invite        (BamgateClient *self, GVariant *options, GCancellable *cancellable,
                                        GAsyncReadyCallback callback, gpointer user_data);
GVariant *bamgate_client_invite_finish (BamgateClient *self, GAsyncResult *result, GError **error);
GVariant *bamgate_client_invite_sync   (BamgateClient *self, GVariant *options, GCancellable *cancellable,
                                        GError **error);

void      bamgate_client_import_text        (BamgateClient *self, const char *file_text, GVariant *options,
                                             GCancellable *cancellable, GAsyncReadyCallback callback,
                                             gpointer user_data);
GVariant *bamgate_client_import_text_finish (BamgateClient *self, GAsyncResult *result, GError **error);
GVariant *bamgate_client_import_text_sync   (BamgateClient *self, const char *file_text, GVariant *options,
                                             GCancellable *cancellable, GError **error);

void      bamgate_client_leave        (BamgateClient *self, GVariant *options, GCancellable *cancellable,
                                       GAsyncReadyCallback callback, gpointer user_data);
GVariant *bamgate_client_leave_finish (BamgateClient *self, GAsyncResult *result, GError **error);
GVariant *bamgate_client_leave_sync   (BamgateClient *self, GVariant *options, GCancellable *cancellable,
                                       GError **error);

void     bamgate_client_forget_peer        (BamgateClient *self, const char *id, GCancellable *cancellable,
                                            GAsyncReadyCallback callback, gpointer user_data);
gboolean bamgate_client_forget_peer_finish (BamgateClient *self, GAsyncResult *result, GError **error);
gboolean bamgate_client_forget_peer_sync   (BamgateClient *self, const char *id, GCancellable *cancellable,
                                            GError **error);

void     bamgate_client_configure        (BamgateClient *self, GVariant *settings, GCancellable *cancellable,
                                          GAsyncReadyCallback callback, gpointer user_data);
gboolean bamgate_client_configure_finish (BamgateClient *self, GAsyncResult *result, GError **error);
gboolean bamgate_client_configure_sync   (BamgateClient *self, GVariant *settings, GCancellable *cancellable,
                                          GError **error);

void      bamgate_client_get_configuration        (BamgateClient *self, GCancellable *cancellable,
                                                   GAsyncReadyCallback callback, gpointer user_data);
GVariant *bamgate_client_get_configuration_finish (BamgateClient *self, GAsyncResult *result, GError **error);
GVariant *bamgate_client_get_configuration_sync   (BamgateClient *self, GCancellable *cancellable, GError **error);

void     bamgate_client_reload        (BamgateClient *self, GCancellable *cancellable, GAsyncReadyCallback callback,
                                       gpointer user_data);
gboolean bamgate_client_reload_finish (BamgateClient *self, GAsyncResult *result, GError **error);
gboolean bamgate_client_reload_sync   (BamgateClient *self, GCancellable *cancellable, GError **error);

void     bamgate_client_set_statistics_interval        (BamgateClient *self, guint milliseconds,
                                                        GCancellable *cancellable, GAsyncReadyCallback callback,
                                                        gpointer user_data);
gboolean bamgate_client_set_statistics_interval_finish (BamgateClient *self, GAsyncResult *result, GError **error);
gboolean bamgate_client_set_statistics_interval_sync   (BamgateClient *self, guint milliseconds,
                                                        GCancellable *cancellable, GError **error);

G_END_DECLS
