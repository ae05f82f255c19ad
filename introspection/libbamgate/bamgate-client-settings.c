/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgate-client-private.h"

/**
 * bamgate_client_configure:
 * @settings: a{sv} of "section.key" to value, which may be text as in the file; an empty a{sv} removes
 * @cancellable: (nullable): ends the waiting, not the work
 * @callback: (scope async): called when it is done
 * @user_data: for @callback
 *
 * Changes settings, all or none.
 */
void
bamgate_client_configure (BamgateClient *self, GVariant *settings, GCancellable *cancellable,
                          GAsyncReadyCallback callback, gpointer user_data)
{
  bamgate_call (self, self->tunnel, "Configure", bamgate_call_options (settings), cancellable,
                callback, user_data);
}

gboolean
bamgate_client_configure_finish (BamgateClient *self, GAsyncResult *result, GError **error)
{
  return bamgate_call_finish_void (self, result, error);
}

/**
 * bamgate_client_configure_sync:
 * @settings: a{sv} of "section.key" to value, which may be text as in the file; an empty a{sv} removes
 * @cancellable: (nullable): ends the waiting, not the work
 * @error: what went wrong
 *
 * Blocks until it is done.
 *
 * Returns: whether it worked
 */
gboolean
bamgate_client_configure_sync (BamgateClient *self, GVariant *settings, GCancellable *cancellable,
                               GError **error)
{
  return bamgate_call_sync_void (self->tunnel, "Configure", bamgate_call_options (settings),
                                 cancellable, error);
}

/**
 * bamgate_client_reload:
 * @cancellable: (nullable): ends the waiting, not the work
 * @callback: (scope async): called when it is done
 * @user_data: for @callback
 *
 * Makes the daemon read its files again.
 */
void
bamgate_client_reload (BamgateClient *self, GCancellable *cancellable, GAsyncReadyCallback callback,
                       gpointer user_data)
{
  bamgate_call (self, self->tunnel, "Reload", NULL, cancellable, callback, user_data);
}

gboolean
bamgate_client_reload_finish (BamgateClient *self, GAsyncResult *result, GError **error)
{
  return bamgate_call_finish_void (self, result, error);
}

/**
 * bamgate_client_reload_sync:
 * @cancellable: (nullable): ends the waiting, not the work
 * @error: what went wrong
 *
 * Blocks until it is done.
 *
 * Returns: whether it worked
 */
gboolean
bamgate_client_reload_sync (BamgateClient *self, GCancellable *cancellable, GError **error)
{
  return bamgate_call_sync_void (self->tunnel, "Reload", NULL, cancellable, error);
}

/**
 * bamgate_client_get_configuration:
 * @cancellable: (nullable): ends the waiting, not the work
 * @callback: (scope async): called when it is done
 * @user_data: for @callback
 *
 * Asks for all settings.
 */
void
bamgate_client_get_configuration (BamgateClient *self, GCancellable *cancellable,
                                  GAsyncReadyCallback callback, gpointer user_data)
{
  bamgate_call (self, self->tunnel, "GetConfiguration", NULL, cancellable, callback, user_data);
}

/**
 * bamgate_client_get_configuration_finish:
 * @result: what the callback got
 * @error: what went wrong
 *
 * Returns: (transfer full): a{sv} of "section.key" to value
 */
GVariant *
bamgate_client_get_configuration_finish (BamgateClient *self, GAsyncResult *result, GError **error)
{
  return bamgate_call_take_only (bamgate_call_finish (self, result, error));
}

/**
 * bamgate_client_get_configuration_sync:
 * @cancellable: (nullable): ends the waiting, not the work
 * @error: what went wrong
 *
 * Blocks until it is done.
 *
 * Returns: (transfer full): a{sv} of "section.key" to value
 */
GVariant *
bamgate_client_get_configuration_sync (BamgateClient *self, GCancellable *cancellable,
                                       GError **error)
{
  return bamgate_call_take_only (
    bamgate_call_sync (self->tunnel, "GetConfiguration", NULL, cancellable, error));
}
