/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "files/files.h"

#include "common/error.h"
#include "common/inner-socket.h"
#include "common/printable.h"
#include "common/source.h"
#include "files/file-doors.h"
#include "files/file-name.h"
#include "files/file-sender.h"
#include "files/file-server.h"

#include <net/if.h>
#include <string.h>
#include <unistd.h>

#define SWEEP_MS 10000
#define TELL_MS 50

#define MIB (1024 * 1024)

struct _BgFiles
{
  const BgFilesEvents *events;
  gpointer owner;
  BgFileShelf *shelf;
  char *interface; /* NULL: the tunnel is down, as are the next four */
  guint ifindex;
  SoupSession *session;
  BgFileServer *server;
  BgFileDoors *doors;
  GArray *addresses; /* BgIpPrefix, at which there are doors */
  GSource *sweep, *tell;
};

/* --- Telling --- */

static gboolean
on_tell (gpointer data)
{
  BgFiles *self = data;

  bg_source_drop (&self->tell);
  self->events->changed (self->owner);
  return G_SOURCE_REMOVE;
}

static gboolean
on_sweep (gpointer data)
{
  BgFiles *self = data;

  if (bg_file_shelf_sweep (self->shelf, g_get_monotonic_time ()) && !self->tell)
    bg_source_arm (&self->tell, TELL_MS, on_tell, self);
  if (bg_file_shelf_is_empty (self->shelf))
    bg_source_drop (&self->sweep);
  return G_SOURCE_CONTINUE;
}

/* Several change together, and a hostile peer may change things all the time. */
static void
on_changed (gpointer data)
{
  BgFiles *self = data;

  if (!self->tell)
    bg_source_arm (&self->tell, TELL_MS, on_tell, self);
  if (!self->sweep)
    bg_source_arm (&self->sweep, SWEEP_MS, on_sweep, self);
}

/* --- Peers --- */

static const char *
whose (gpointer data, GSocketAddress *address)
{
  BgFiles *self = data;
  BgIpPrefix host;

  return bg_file_door_remote (address, &host) ? self->events->whose (self->owner, &host) : NULL;
}

static gboolean
is_peer (gpointer data, const BgIpPrefix *host)
{
  BgFiles *self = data;

  return self->events->whose (self->owner, host) != NULL;
}

static void
on_came (gpointer data, GSocketConnection *connection)
{
  BgFiles *self = data;

  bg_file_server_take_in (self->server, connection);
}

static gboolean
find (gpointer data, const char *peer, BgIpPrefix *address, int *takes_files)
{
  BgFiles *self = data;

  return self->interface && self->events->find (self->owner, peer, address, takes_files);
}

static SoupSession *
get_session (gpointer data)
{
  return ((BgFiles *) data)->session;
}

static const BgFileServerEvents server_events = { whose, on_changed };
static const BgFileDoorsEvents doors_events = { is_peer, on_came };
static const BgFileSenderEvents sender_events = { find, get_session };

/* --- The tunnel --- */

static gboolean
is_open_so (const BgFiles *self, const char *interface, const BgIpPrefix *addresses, guint n)
{
  return g_strcmp0 (self->interface, interface) == 0
         && self->ifindex == bg_inner_ifindex (interface)
         && bg_ip_prefixes_equal ((const BgIpPrefix *) (const void *) self->addresses->data,
                                  self->addresses->len, addresses, n);
}

static void
end_offers (BgFiles *self)
{
  g_autoptr (GPtrArray) list = bg_file_shelf_list (self->shelf);

  for (guint i = 0; i < list->len; i++)
    if (((BgFileTransfer *) list->pdata[i])->incoming)
      bg_file_transfer_move (list->pdata[i], BG_FILE_CANCELLED, NULL);
}

void
bg_files_open (BgFiles *self, const char *interface, const BgIpPrefix *addresses, guint n_addresses,
               guint64 quota)
{
  bg_file_shelf_set_quota (self->shelf, quota);
  if (is_open_so (self, interface, addresses, n_addresses))
    return;
  bg_files_close (self);
  self->interface = g_strdup (interface);
  self->ifindex = bg_inner_ifindex (interface);
  self->session = bg_file_sender_session_new (interface);
  self->server = bg_file_server_new (self->shelf, &server_events, self);
  g_array_append_vals (self->addresses, addresses, n_addresses);
  self->doors = bg_file_doors_new (interface, addresses, n_addresses, &doors_events, self);
  if (n_addresses == 0)
    end_offers (self);
}

void
bg_files_close (BgFiles *self)
{
  g_clear_pointer (&self->doors, bg_file_doors_free);
  g_clear_pointer (&self->server, bg_file_server_free);
  if (self->session)
    soup_session_abort (self->session);
  g_clear_object (&self->session);
  g_clear_pointer (&self->interface, g_free);
  g_array_set_size (self->addresses, 0);
}

/* --- Sending --- */

static char *
make_id (void)
{
  g_autofree char *uuid = g_uuid_string_random (), *other = g_uuid_string_random ();
  g_autofree char *text = g_strconcat (uuid, other, NULL);

  return g_compute_checksum_for_string (G_CHECKSUM_SHA256, text, -1);
}

static gboolean
may_send (BgFiles *self, const char *peer, const char *name, const char *id, GError **error)
{
  g_autofree char *shown = bg_printable (peer);
  BgIpPrefix address;
  int takes = -1;

  if (!self->interface)
    bg_error_set (error, BG_ERROR_WRONG_STATE, FILES_DOWN);
  else if (!self->events->find (self->owner, peer, &address, &takes))
    bg_error_set (error, BG_ERROR_NOT_FOUND, FILES_NO_PEER, shown);
  else if (takes == 0)
    bg_error_set (error, BG_ERROR_WRONG_STATE, FILES_PEER_CANNOT, shown);
  else if (!*name || strchr (name, '/'))
    bg_error_set (error, BG_ERROR_INVALID_ARGUMENT, FILES_BAD_NAME);
  else if (!bg_file_shelf_has_room_to_send (self->shelf))
    bg_error_set (error, BG_ERROR_WRONG_STATE, FILES_TOO_MANY);
  else if (id && (!bg_file_id_is_valid (id) || bg_file_shelf_find (self->shelf, id)))
    bg_error_set (error, BG_ERROR_EXISTS, FILES_TAKEN);
  else
    return TRUE;
  return FALSE;
}

char *
bg_files_send (BgFiles *self, const char *peer, const char *name, int fd, const char *id,
               guint32 uid, GError **error)
{
  BgOpenFile *file = bg_open_file_new_take (fd, FALSE, error);
  g_autofree char *clean = bg_file_name_clean (name), *made = id ? g_strdup (id) : make_id ();
  BgFileTransfer *transfer;

  if (!file || !may_send (self, peer, name, id, error))
    {
      bg_open_file_unref (file);
      return NULL;
    }
  transfer = bg_file_transfer_new (made, peer, clean, bg_open_file_get_size (file), on_changed,
                                   self);
  transfer->uid = uid;
  transfer->file = file;
  bg_file_shelf_add (self->shelf, transfer);
  bg_file_sender_begin (transfer, &sender_events, self);
  on_changed (self);
  return g_strdup (transfer->id);
}

/* --- Receiving --- */

static BgFileTransfer *
find_transfer (BgFiles *self, const char *id, GError **error)
{
  BgFileTransfer *transfer = bg_file_shelf_find (self->shelf, id);
  g_autofree char *shown = bg_printable (id);

  if (!transfer)
    bg_error_set (error, BG_ERROR_NOT_FOUND, FILES_NO_OFFER, shown);
  return transfer;
}

static BgFileTransfer *
find_offer (BgFiles *self, const char *id, GError **error)
{
  BgFileTransfer *transfer = find_transfer (self, id, error);

  if (!transfer || bg_file_transfer_is_free (transfer))
    return transfer;
  bg_error_set (error, BG_ERROR_WRONG_STATE, FILES_TAKEN);
  return NULL;
}

static guint64
part_of (const BgFileTransfer *transfer, BgOpenFile *file)
{
  guint64 size = bg_open_file_get_size (file);

  return size <= transfer->size ? size : 0;
}

static gboolean
has_space (const BgFileTransfer *transfer, BgOpenFile *file, GError **error)
{
  guint64 needed = transfer->size - part_of (transfer, file),
          is_free = bg_open_file_get_free (file);

  if (needed <= is_free)
    return TRUE;
  bg_error_set (error, BG_ERROR_FAILED, FILES_NO_SPACE, (needed + MIB - 1) / MIB, is_free / MIB);
  return FALSE;
}

static void
on_looked_at (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (BgFileTransfer) transfer = data;
  g_autoptr (GError) error = NULL;
  gboolean ok = bg_open_file_finish (result, &error);

  transfer->busy = FALSE;
  if (bg_file_transfer_is_over (transfer) || !transfer->file)
    return;
  if (!ok)
    {
      bg_file_transfer_move (transfer, BG_FILE_FAILED, bg_error_dup_words (error));
      return;
    }
  bg_file_transfer_note_progress (transfer);
  bg_file_transfer_move (transfer, BG_FILE_RUNNING, NULL);
}

gboolean
bg_files_accept (BgFiles *self, const char *id, int fd, guint32 uid, GError **error)
{
  g_autoptr (BgOpenFile) file = bg_open_file_new_take (fd, TRUE, error);
  BgFileTransfer *transfer = file ? find_offer (self, id, error) : NULL;

  if (!transfer || !has_space (transfer, file, error))
    return FALSE;
  transfer->uid = uid;
  transfer->file = g_steal_pointer (&file);
  transfer->busy = TRUE;
  bg_open_file_seek_async (transfer->file, part_of (transfer, transfer->file),
                           transfer->cancellable, on_looked_at, bg_file_transfer_ref (transfer));
  return TRUE;
}

gboolean
bg_files_decline (BgFiles *self, const char *id, GError **error)
{
  BgFileTransfer *transfer = find_offer (self, id, error);

  if (transfer)
    bg_file_transfer_move (transfer, BG_FILE_DECLINED, NULL);
  return transfer != NULL;
}

/* --- Both --- */

static BgFileTransfer *
find_own (BgFiles *self, const char *id, guint32 uid, GError **error)
{
  BgFileTransfer *transfer = find_transfer (self, id, error);

  if (!transfer || bg_file_transfer_is_of (transfer, uid))
    return transfer;
  bg_error_set (error, BG_ERROR_WRONG_STATE, FILES_NOT_YOURS);
  return NULL;
}

gboolean
bg_files_cancel (BgFiles *self, const char *id, guint32 uid, GError **error)
{
  BgFileTransfer *transfer = find_own (self, id, uid, error);

  if (!transfer)
    return FALSE;
  if (bg_file_transfer_is_over (transfer))
    bg_file_shelf_remove (self->shelf, transfer);
  else
    {
      if (!transfer->incoming)
        bg_file_sender_withdraw (transfer, &sender_events, self);
      bg_file_transfer_move (transfer, BG_FILE_CANCELLED, NULL);
    }
  on_changed (self);
  return TRUE;
}

static GVariant *
describe (BgFiles *self, gboolean (*is_meant) (const BgFileTransfer *transfer, guint32 uid),
          guint32 uid)
{
  g_autoptr (GPtrArray) list = bg_file_shelf_list (self->shelf);
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < list->len; i++)
    if (is_meant (list->pdata[i], uid))
      bg_file_transfer_describe (list->pdata[i], &builder);
  return g_variant_builder_end (&builder);
}

GVariant *
bg_files_list (BgFiles *self, guint32 uid)
{
  return describe (self, bg_file_transfer_is_of, uid);
}

static gboolean
is_free (const BgFileTransfer *transfer, guint32 uid)
{
  return bg_file_transfer_is_free (transfer);
}

GVariant *
bg_files_list_offers (BgFiles *self)
{
  return describe (self, is_free, 0);
}

/* --- Life --- */

BgFiles *
bg_files_new (const BgFilesEvents *events, gpointer owner)
{
  BgFiles *self = g_new0 (BgFiles, 1);

  self->events = events;
  self->owner = owner;
  self->shelf = bg_file_shelf_new ();
  self->addresses = g_array_new (FALSE, FALSE, sizeof (BgIpPrefix));
  return self;
}

void
bg_files_free (BgFiles *self)
{
  if (!self)
    return;
  bg_files_close (self);
  bg_file_shelf_free (self->shelf);
  bg_source_drop (&self->sweep);
  bg_source_drop (&self->tell);
  g_array_unref (self->addresses);
  g_free (self);
}
