/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

#include "bamgate-enums.h"

G_BEGIN_DECLS

#define BAMGATE_TYPE_PEER (bamgate_peer_get_type ())
G_DECLARE_FINAL_TYPE (BamgatePeer, bamgate_peer, BAMGATE, PEER, GObject)

/* The functions are documented in the .c file, where the GIR scanner reads it. Every getter is a property too, with
 * its notification. */
const char        *bamgate_peer_get_object_path      (BamgatePeer *self);
const char        *bamgate_peer_get_id               (BamgatePeer *self);
BamgatePeerKind    bamgate_peer_get_kind             (BamgatePeer *self);
const char        *bamgate_peer_get_public_key       (BamgatePeer *self);
const char *const *bamgate_peer_get_addresses        (BamgatePeer *self);
BamgatePeerState   bamgate_peer_get_state            (BamgatePeer *self);
const char        *bamgate_peer_get_state_reason     (BamgatePeer *self);
BamgatePath        bamgate_peer_get_path             (BamgatePeer *self);
gboolean           bamgate_peer_get_relayed          (BamgatePeer *self);
const char        *bamgate_peer_get_local_candidate  (BamgatePeer *self);
const char        *bamgate_peer_get_remote_candidate (BamgatePeer *self);
const char *const *bamgate_peer_get_routes           (BamgatePeer *self);
const char *const *bamgate_peer_get_accepted_routes  (BamgatePeer *self);
gint64             bamgate_peer_get_latency          (BamgatePeer *self);
gint64             bamgate_peer_get_last_handshake   (BamgatePeer *self);
gint64             bamgate_peer_get_connected_since  (BamgatePeer *self);
guint64            bamgate_peer_get_rx_bytes         (BamgatePeer *self);
guint64            bamgate_peer_get_tx_bytes         (BamgatePeer *self);
const char        *bamgate_peer_get_implementation   (BamgatePeer *self);

void      bamgate_peer_get_details        (BamgatePeer *self, GCancellable *cancellable, GAsyncReadyCallback callback,
                                           gpointer user_data);
GVariant *bamgate_peer_get_details_finish (BamgatePeer *self, GAsyncResult *result, GError **error);
GVariant *bamgate_peer_get_details_sync   (BamgatePeer *self, GCancellable *cancellable, GError **error);

void     bamgate_peer_ping        (BamgatePeer *self, GCancellable *cancellable, GAsyncReadyCallback callback,
                                   gpointer user_data);
gboolean bamgate_peer_ping_finish (BamgatePeer *self, GAsyncResult *result, guint64 *latency, GError **error);
gboolean bamgate_peer_ping_sync   (BamgatePeer *self, guint64 *latency, GCancellable *cancellable, GError **error);

void     bamgate_peer_configure        (BamgatePeer *self, GVariant *settings, GCancellable *cancellable,
                                        GAsyncReadyCallback callback, gpointer user_data);
gboolean bamgate_peer_configure_finish (BamgatePeer *self, GAsyncResult *result, GError **error);
gboolean bamgate_peer_configure_sync   (BamgatePeer *self, GVariant *settings, GCancellable *cancellable,
                                        GError **error);

void     bamgate_peer_reconnect        (BamgatePeer *self, GCancellable *cancellable, GAsyncReadyCallback callback,
                                        gpointer user_data);
gboolean bamgate_peer_reconnect_finish (BamgatePeer *self, GAsyncResult *result, GError **error);
gboolean bamgate_peer_reconnect_sync   (BamgatePeer *self, GCancellable *cancellable, GError **error);

void     bamgate_peer_forget        (BamgatePeer *self, GCancellable *cancellable, GAsyncReadyCallback callback,
                                     gpointer user_data);
gboolean bamgate_peer_forget_finish (BamgatePeer *self, GAsyncResult *result, GError **error);
gboolean bamgate_peer_forget_sync   (BamgatePeer *self, GCancellable *cancellable, GError **error);

G_END_DECLS
