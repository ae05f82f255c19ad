/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgate-client-private.h"

/**
 * bamgate_client_setup:
 * @options: a{sv}, see org.bamgate.Tunnel1
 * @cancellable: (nullable): ends the waiting, not the work
 * @callback: (scope async): called when it is done
 * @user_data: for @callback
 *
 * Makes this machine's key and settles its place in the network.
 */
void
bamgate_client_setup (BamgateClient *self, GVariant *options, GCancellable *cancellable,
                      GAsyncReadyCallback callback, gpointer user_data)
{
  bamgate_call (self, self->tunnel, "Setup", bamgate_call_options (options), cancellable, callback,
                user_data);
}

gboolean
bamgate_client_setup_finish (BamgateClient *self, GAsyncResult *result, GError **error)
{
  return bamgate_call_finish_void (self, result, error);
}

/**
 * bamgate_client_setup_sync:
 * @options: a{sv}, see org.bamgate.Tunnel1
 * @cancellable: (nullable): ends the waiting, not the work
 * @error: what went wrong
 *
 * Blocks until it is done.
 *
 * Returns: whether it worked
 */
gboolean
bamgate_client_setup_sync (BamgateClient *self, GVariant *options, GCancellable *cancellable,
                           GError **error)
{
  return bamgate_call_sync_void (self->tunnel, "Setup", bamgate_call_options (options), cancellable,
                                 error);
}

/**
 * bamgate_client_join:
 * @invite: the code
 * @options: (nullable): a{sv}, see org.bamgate.Tunnel1
 * @cancellable: (nullable): ends the waiting, not the work
 * @callback: (scope async): called when it is done
 * @user_data: for @callback
 *
 * Redeems an invite and settles this machine's place in the network.
 */
void
bamgate_client_join (BamgateClient *self, const char *invite, GVariant *options,
                     GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  GVariant *parameters = g_variant_new ("(s@a{sv})", invite,
                                        options ? options : g_variant_new ("a{sv}", NULL));

  bamgate_call (self, self->tunnel, "Join", parameters, cancellable, callback, user_data);
}

gboolean
bamgate_client_join_finish (BamgateClient *self, GAsyncResult *result, GError **error)
{
  return bamgate_call_finish_void (self, result, error);
}

/**
 * bamgate_client_join_sync:
 * @invite: the code
 * @options: (nullable): a{sv}, see org.bamgate.Tunnel1
 * @cancellable: (nullable): ends the waiting, not the work
 * @error: what went wrong
 *
 * Blocks until it is done.
 *
 * Returns: whether it worked
 */
gboolean
bamgate_client_join_sync (BamgateClient *self, const char *invite, GVariant *options,
                          GCancellable *cancellable, GError **error)
{
  GVariant *parameters = g_variant_new ("(s@a{sv})", invite,
                                        options ? options : g_variant_new ("a{sv}", NULL));

  return bamgate_call_sync_void (self->tunnel, "Join", parameters, cancellable, error);
}

/**
 * bamgate_client_invite:
 * @options: (nullable): a{sv}, none so far
 * @cancellable: (nullable): ends the waiting, not the work
 * @callback: (scope async): called when it is done
 * @user_data: for @callback
 *
 * Asks the hub for an invite.
 */
void
bamgate_client_invite (BamgateClient *self, GVariant *options, GCancellable *cancellable,
                       GAsyncReadyCallback callback, gpointer user_data)
{
  bamgate_call (self, self->tunnel, "Invite", bamgate_call_options (options), cancellable, callback,
                user_data);
}

/**
 * bamgate_client_invite_finish:
 * @result: what the callback got
 * @error: what went wrong
 *
 * Returns: (transfer full): a{sv} with code s, expires-in u, server-url s, join-command s
 */
GVariant *
bamgate_client_invite_finish (BamgateClient *self, GAsyncResult *result, GError **error)
{
  return bamgate_call_take_only (bamgate_call_finish (self, result, error));
}

/**
 * bamgate_client_invite_sync:
 * @options: (nullable): a{sv}, none so far
 * @cancellable: (nullable): ends the waiting, not the work
 * @error: what went wrong
 *
 * Blocks until it is done.
 *
 * Returns: (transfer full): a{sv} with code s, expires-in u, server-url s, join-command s
 */
GVariant *
bamgate_client_invite_sync (BamgateClient *self, GVariant *options, GCancellable *cancellable,
                            GError **error)
{
  return bamgate_call_take_only (
    bamgate_call_sync (self->tunnel, "Invite", bamgate_call_options (options), cancellable, error));
}

/**
 * bamgate_client_leave:
 * @options: (nullable): a{sv}, see org.bamgate.Tunnel1
 * @cancellable: (nullable): ends the waiting, not the work
 * @callback: (scope async): called when it is done
 * @user_data: for @callback
 *
 * Takes this machine out of its network and the tunnel down.
 */
void
bamgate_client_leave (BamgateClient *self, GVariant *options, GCancellable *cancellable,
                      GAsyncReadyCallback callback, gpointer user_data)
{
  bamgate_call (self, self->tunnel, "Leave", bamgate_call_options (options), cancellable, callback,
                user_data);
}

/**
 * bamgate_client_leave_finish:
 * @result: what the callback got
 * @error: what went wrong
 *
 * Returns: (transfer full): a{sv} with kept as, what stays for static peers
 */
GVariant *
bamgate_client_leave_finish (BamgateClient *self, GAsyncResult *result, GError **error)
{
  return bamgate_call_take_only (bamgate_call_finish (self, result, error));
}

/**
 * bamgate_client_leave_sync:
 * @options: (nullable): a{sv}, see org.bamgate.Tunnel1
 * @cancellable: (nullable): ends the waiting, not the work
 * @error: what went wrong
 *
 * Blocks until it is done.
 *
 * Returns: (transfer full): a{sv} with kept as, what stays for static peers
 */
GVariant *
bamgate_client_leave_sync (BamgateClient *self, GVariant *options, GCancellable *cancellable,
                           GError **error)
{
  return bamgate_call_take_only (
    bamgate_call_sync (self->tunnel, "Leave", bamgate_call_options (options), cancellable, error));
}

/**
 * bamgate_client_forget_peer:
 * @id: its name in the network
 * @cancellable: (nullable): ends the waiting, not the work
 * @callback: (scope async): called when it is done
 * @user_data: for @callback
 *
 * Forgets the pinned key of a peer, also while the tunnel is down and there are no peers to be listed.
 */
void
bamgate_client_forget_peer (BamgateClient *self, const char *id, GCancellable *cancellable,
                            GAsyncReadyCallback callback, gpointer user_data)
{
  bamgate_call (self, self->tunnel, "ForgetPeer", g_variant_new ("(s)", id), cancellable, callback,
                user_data);
}

gboolean
bamgate_client_forget_peer_finish (BamgateClient *self, GAsyncResult *result, GError **error)
{
  return bamgate_call_finish_void (self, result, error);
}

/**
 * bamgate_client_forget_peer_sync:
 * @id: its name in the network
 * @cancellable: (nullable): ends the waiting, not the work
 * @error: what went wrong
 *
 * Blocks until it is done.
 *
 * Returns: whether it worked
 */
gboolean
bamgate_client_forget_peer_sync (BamgateClient *self, const char *id, GCancellable *cancellable,
                                 GError **error)
{
  return bamgate_call_sync_void (self->tunnel, "ForgetPeer", g_variant_new ("(s)", id), cancellable,
                                 error);
}

static GVariant *
import_parameters (const char *file_text, GVariant *options)
{
  return g_variant_new ("(s@a{sv})", file_text, options ? options : g_variant_new ("a{sv}", NULL));
}

/**
 * bamgate_client_import_text:
 * @file_text: a wg-quick file, or the config.toml of the Go bamgate
 * @options: (nullable): a{sv}, see org.bamgate.Tunnel1
 * @cancellable: (nullable): ends the waiting, not the work
 * @callback: (scope async): called when it is done
 * @user_data: for @callback
 *
 * Takes over what the file of another program says.
 */
void
bamgate_client_import_text (BamgateClient *self, const char *file_text, GVariant *options,
                            GCancellable *cancellable, GAsyncReadyCallback callback,
                            gpointer user_data)
{
  bamgate_call (self, self->tunnel, "Import", import_parameters (file_text, options), cancellable,
                callback, user_data);
}

/**
 * bamgate_client_import_text_finish:
 * @result: what the callback got
 * @error: what went wrong
 *
 * Returns: (transfer full): a{sv} with format s, peers as, device-key s, skipped a(uss)
 */
GVariant *
bamgate_client_import_text_finish (BamgateClient *self, GAsyncResult *result, GError **error)
{
  return bamgate_call_take_only (bamgate_call_finish (self, result, error));
}

/**
 * bamgate_client_import_text_sync:
 * @file_text: a wg-quick file, or the config.toml of the Go bamgate
 * @options: (nullable): a{sv}, see org.bamgate.Tunnel1
 * @cancellable: (nullable): ends the waiting, not the work
 * @error: what went wrong
 *
 * Blocks until it is done.
 *
 * Returns: (transfer full): a{sv} with format s, peers as, device-key s, skipped a(uss)
 */
GVariant *
bamgate_client_import_text_sync (BamgateClient *self, const char *file_text, GVariant *options,
                                 GCancellable *cancellable, GError **error)
{
  return bamgate_call_take_only (bamgate_call_sync (
    self->tunnel, "Import", import_parameters (file_text, options), cancellable, error));
}
