/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgate-client-private.h"

/**
 * bamgate_client_up:
 * @options: (nullable): a{sv}: manage-link b, this program sets the interface up until
 *   bamgate_client_release_link()
 * @cancellable: (nullable): ends the waiting, not the work
 * @callback: (scope async): called when it is done
 * @user_data: for @callback
 *
 * Brings the tunnel up. Done when the link is configured and the hub is being called.
 */
void
bamgate_client_up (BamgateClient *self, GVariant *options, GCancellable *cancellable,
                   GAsyncReadyCallback callback, gpointer user_data)
{
  bamgate_call (self, self->tunnel, "Up", bamgate_call_options (options), cancellable, callback,
                user_data);
}

gboolean
bamgate_client_up_finish (BamgateClient *self, GAsyncResult *result, GError **error)
{
  return bamgate_call_finish_void (self, result, error);
}

/**
 * bamgate_client_up_sync:
 * @options: (nullable): a{sv}: manage-link b, this program sets the interface up until
 *   bamgate_client_release_link()
 * @cancellable: (nullable): ends the waiting, not the work
 * @error: what went wrong
 *
 * Blocks until it is done.
 *
 * Returns: whether it worked
 */
gboolean
bamgate_client_up_sync (BamgateClient *self, GVariant *options, GCancellable *cancellable,
                        GError **error)
{
  return bamgate_call_sync_void (self->tunnel, "Up", bamgate_call_options (options), cancellable,
                                 error);
}

/**
 * bamgate_client_down:
 * @cancellable: (nullable): ends the waiting, not the work
 * @callback: (scope async): called when it is done
 * @user_data: for @callback
 *
 * Takes the tunnel down.
 */
void
bamgate_client_down (BamgateClient *self, GCancellable *cancellable, GAsyncReadyCallback callback,
                     gpointer user_data)
{
  bamgate_call (self, self->tunnel, "Down", NULL, cancellable, callback, user_data);
}

gboolean
bamgate_client_down_finish (BamgateClient *self, GAsyncResult *result, GError **error)
{
  return bamgate_call_finish_void (self, result, error);
}

/**
 * bamgate_client_down_sync:
 * @cancellable: (nullable): ends the waiting, not the work
 * @error: what went wrong
 *
 * Blocks until it is done.
 *
 * Returns: whether it worked
 */
gboolean
bamgate_client_down_sync (BamgateClient *self, GCancellable *cancellable, GError **error)
{
  return bamgate_call_sync_void (self->tunnel, "Down", NULL, cancellable, error);
}

/**
 * bamgate_client_set_statistics_interval:
 * @milliseconds: between two refreshes, 0: no more
 * @cancellable: (nullable): ends the waiting, not the work
 * @callback: (scope async): called when it is done
 * @user_data: for @callback
 *
 * Asks for byte counters for as long as this program is on the bus.
 */
void
bamgate_client_set_statistics_interval (BamgateClient *self, guint milliseconds,
                                        GCancellable *cancellable, GAsyncReadyCallback callback,
                                        gpointer user_data)
{
  bamgate_call (self, self->tunnel, "SetStatisticsInterval", g_variant_new ("(u)", milliseconds),
                cancellable, callback, user_data);
}

gboolean
bamgate_client_set_statistics_interval_finish (BamgateClient *self, GAsyncResult *result,
                                               GError **error)
{
  return bamgate_call_finish_void (self, result, error);
}

/**
 * bamgate_client_set_statistics_interval_sync:
 * @milliseconds: between two refreshes, 0: no more
 * @cancellable: (nullable): ends the waiting, not the work
 * @error: what went wrong
 *
 * Blocks until it is done.
 *
 * Returns: whether it worked
 */
gboolean
bamgate_client_set_statistics_interval_sync (BamgateClient *self, guint milliseconds,
                                             GCancellable *cancellable, GError **error)
{
  return bamgate_call_sync_void (self->tunnel, "SetStatisticsInterval",
                                 g_variant_new ("(u)", milliseconds), cancellable, error);
}

/**
 * bamgate_client_release_link:
 * @cancellable: (nullable): ends the waiting, not the work
 * @callback: (scope async): called when it is done
 * @user_data: for @callback
 *
 * Of whoever brought the tunnel up with manage-link: all is as it was before.
 */
void
bamgate_client_release_link (BamgateClient *self, GCancellable *cancellable,
                             GAsyncReadyCallback callback, gpointer user_data)
{
  bamgate_call (self, self->tunnel, "ReleaseLink", NULL, cancellable, callback, user_data);
}

gboolean
bamgate_client_release_link_finish (BamgateClient *self, GAsyncResult *result, GError **error)
{
  return bamgate_call_finish_void (self, result, error);
}

/**
 * bamgate_client_release_link_sync:
 * @cancellable: (nullable): ends the waiting, not the work
 * @error: what went wrong
 *
 * Blocks until it is done.
 *
 * Returns: whether it worked
 */
gboolean
bamgate_client_release_link_sync (BamgateClient *self, GCancellable *cancellable, GError **error)
{
  return bamgate_call_sync_void (self->tunnel, "ReleaseLink", NULL, cancellable, error);
}
