/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files that go from one machine to another. By hand, since a descriptor goes along. */
#include "bamgate-client-private.h"

static BamgateTarget
files_of (BamgateClient *self)
{
  BamgateTarget target = self->target;

  target.interface = BAMGATE_FILES_INTERFACE;
  return target;
}

/**
 * bamgate_client_send_file:
 * @self: the client
 * @peer: the name of the peer
 * @name: what the file is called, without a folder
 * @fd: a regular file, open for reading
 * @options: (nullable): `a{sv}`: `id` (`s`) of an earlier call for the same file, whose daemon has gone since
 * @cancellable: (nullable): ends the waiting, not the work
 * @callback: (scope async): called when the file is offered, or could not be
 * @user_data: for @callback
 *
 * Offers a file to a peer, and has it sent once somebody there takes it. How it goes on is in [method@Client.list_files].
 *
 * Since: 0.1
 */
void
bamgate_client_send_file (BamgateClient *self, const char *peer, const char *name, int fd,
                          GVariant *options, GCancellable *cancellable,
                          GAsyncReadyCallback callback, gpointer user_data)
{
  BamgateTarget target = files_of (self);

  bamgate_call_with_file (self, &target, "Send", "(s)",
                          g_variant_new ("(ssh@a{sv})", peer, name, 0, bamgate_call_dict (options)),
                          fd, cancellable, callback, user_data);
}

/**
 * bamgate_client_send_file_finish:
 * @self: the client
 * @result: what the callback got
 * @error: what went wrong
 *
 * Ends [method@Client.send_file].
 *
 * Returns: (transfer full): the id of the transfer
 *
 * Since: 0.1
 */
char *
bamgate_client_send_file_finish (BamgateClient *self, GAsyncResult *result, GError **error)
{
  g_autoptr (GVariant) answer = bamgate_call_finish (self, result, error);
  char *id = NULL;

  if (answer)
    g_variant_get (answer, "(s)", &id);
  return id;
}

/**
 * bamgate_client_accept_file:
 * @self: the client
 * @id: of the offer
 * @fd: a regular file, open for reading and writing
 * @options: (nullable): `a{sv}`, none yet
 * @cancellable: (nullable): ends the waiting, not the work
 * @callback: (scope async): called when the daemon has taken the file
 * @user_data: for @callback
 *
 * Takes a file that a peer offers. What @fd has already is gone on from where it is the beginning of what comes.
 *
 * Since: 0.1
 */
void
bamgate_client_accept_file (BamgateClient *self, const char *id, int fd, GVariant *options,
                            GCancellable *cancellable, GAsyncReadyCallback callback,
                            gpointer user_data)
{
  BamgateTarget target = files_of (self);

  bamgate_call_with_file (self, &target, "Accept", NULL,
                          g_variant_new ("(sh@a{sv})", id, 0, bamgate_call_dict (options)), fd,
                          cancellable, callback, user_data);
}

/**
 * bamgate_client_accept_file_finish:
 * @self: the client
 * @result: what the callback got
 * @error: what went wrong
 *
 * Ends [method@Client.accept_file].
 *
 * Returns: whether it was taken
 *
 * Since: 0.1
 */
gboolean
bamgate_client_accept_file_finish (BamgateClient *self, GAsyncResult *result, GError **error)
{
  return bamgate_call_take_nothing (bamgate_call_finish (self, result, error));
}

/**
 * bamgate_client_cancel_file:
 * @self: the client
 * @id: of the transfer
 * @cancellable: (nullable): ends the waiting, not the work
 * @callback: (scope async): called when that is done
 * @user_data: for @callback
 *
 * Ends a file of this user's that is on its way, or forgets one that has ended.
 *
 * Since: 0.1
 */
void
bamgate_client_cancel_file (BamgateClient *self, const char *id, GCancellable *cancellable,
                            GAsyncReadyCallback callback, gpointer user_data)
{
  BamgateTarget target = files_of (self);

  bamgate_call (self, &target, "Cancel", NULL, g_variant_new ("(s)", id), cancellable, callback,
                user_data);
}

/**
 * bamgate_client_cancel_file_finish:
 * @self: the client
 * @result: what the callback got
 * @error: what went wrong
 *
 * Ends [method@Client.cancel_file].
 *
 * Returns: whether it worked
 *
 * Since: 0.1
 */
gboolean
bamgate_client_cancel_file_finish (BamgateClient *self, GAsyncResult *result, GError **error)
{
  return bamgate_call_take_nothing (bamgate_call_finish (self, result, error));
}

/**
 * bamgate_client_decline_file:
 * @self: the client
 * @id: of the offer
 * @cancellable: (nullable): ends the waiting, not the work
 * @callback: (scope async): called when that is done
 * @user_data: for @callback
 *
 * Says that nobody here wants a file that a peer offers.
 *
 * Since: 0.1
 */
void
bamgate_client_decline_file (BamgateClient *self, const char *id, GCancellable *cancellable,
                             GAsyncReadyCallback callback, gpointer user_data)
{
  BamgateTarget target = files_of (self);

  bamgate_call (self, &target, "Decline", NULL, g_variant_new ("(s)", id), cancellable, callback,
                user_data);
}

/**
 * bamgate_client_decline_file_finish:
 * @self: the client
 * @result: what the callback got
 * @error: what went wrong
 *
 * Ends [method@Client.decline_file].
 *
 * Returns: whether it worked
 *
 * Since: 0.1
 */
gboolean
bamgate_client_decline_file_finish (BamgateClient *self, GAsyncResult *result, GError **error)
{
  return bamgate_call_take_nothing (bamgate_call_finish (self, result, error));
}

/**
 * bamgate_client_list_files:
 * @self: the client
 * @cancellable: (nullable): ends the waiting
 * @callback: (scope async): called when the list is there
 * @user_data: for @callback
 *
 * Asks for the files of this user that are on their way or have ended lately. Each has `id` (`s`), `peer` (`s`), `incoming`
 * (`b`), `name` (`s`), `size` and `done` (`t`, bytes), `state` (`s`): `offered`, `waiting`, `running`, `done`, `declined`,
 * `cancelled` or `failed`, and `reason` (`s`), in words for people.
 *
 * Since: 0.1
 */
void
bamgate_client_list_files (BamgateClient *self, GCancellable *cancellable,
                           GAsyncReadyCallback callback, gpointer user_data)
{
  BamgateTarget target = files_of (self);

  bamgate_call (self, &target, "List", "(aa{sv})", NULL, cancellable, callback, user_data);
}

/**
 * bamgate_client_list_files_finish:
 * @self: the client
 * @result: what the callback got
 * @error: what went wrong
 *
 * Ends [method@Client.list_files].
 *
 * Returns: (transfer full): `aa{sv}`, see there
 *
 * Since: 0.1
 */
GVariant *
bamgate_client_list_files_finish (BamgateClient *self, GAsyncResult *result, GError **error)
{
  return bamgate_call_take_only (bamgate_call_finish (self, result, error));
}

/**
 * bamgate_client_list_file_offers:
 * @self: the client
 * @ask: whether a person may be asked for a password, where polkit wants one
 * @cancellable: (nullable): ends the waiting
 * @callback: (scope async): called when the list is there
 * @user_data: for @callback
 *
 * Asks for the files that peers offer and that nobody has taken yet; each as of [method@Client.list_files].
 *
 * Since: 0.1
 */
void
bamgate_client_list_file_offers (BamgateClient *self, gboolean ask, GCancellable *cancellable,
                                 GAsyncReadyCallback callback, gpointer user_data)
{
  BamgateTarget target = files_of (self);

  target.unattended = !ask;
  bamgate_call (self, &target, "ListOffers", "(aa{sv})", NULL, cancellable, callback, user_data);
}

/**
 * bamgate_client_list_file_offers_finish:
 * @self: the client
 * @result: what the callback got
 * @error: what went wrong
 *
 * Ends [method@Client.list_file_offers].
 *
 * Returns: (transfer full): `aa{sv}`, see there
 *
 * Since: 0.1
 */
GVariant *
bamgate_client_list_file_offers_finish (BamgateClient *self, GAsyncResult *result, GError **error)
{
  return bamgate_call_take_only (bamgate_call_finish (self, result, error));
}
