/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "files/file-sender.h"

#include "common/error.h"
#include "common/inner-socket.h"
#include "common/source.h"
#include "files/file-doors.h"
#include "files/file-piece.h"

#include <string.h>
#include <sys/socket.h>

/* Of a request, while nothing comes or goes. */
#define SILENCE_S 20

struct _BgFileSender
{
  BgFileTransfer *transfer;
  const BgFileSenderEvents *events;
  gpointer owner;
  GSource *again;
  SoupMessage *message; /* under way; NULL */
  void (*answered) (BgFileSender *self, guint status, const BgFileStatus *there);
  guint attempts; /* that reached nobody, in a row */
  guint piece;
  gint64 piece_began_us;
  BgFileStatus there;                 /* where the receiver goes on */
  grefcount refs;                     /* of the transfer's life, and of what is under way */
  char said[BG_FILE_MESSAGE_MAX + 1]; /* the answer that is being read */
  gboolean over;
};

static void offer (BgFileSender *self);
static void send_next (BgFileSender *self);

/* --- Life --- */

static void
unref_sender (BgFileSender *self)
{
  if (!g_ref_count_dec (&self->refs))
    return;
  bg_file_transfer_unref (self->transfer);
  g_free (self);
}

static BgFileSender *
ref_sender (BgFileSender *self)
{
  g_ref_count_inc (&self->refs);
  return self;
}

static void
on_transfer_over (gpointer data)
{
  BgFileSender *self = data;

  self->over = TRUE;
  bg_source_drop (&self->again);
  unref_sender (self);
}

static void
finish (BgFileSender *self, BgFileState state, BgWords *reason)
{
  bg_file_transfer_move (self->transfer, state, reason);
}

static gboolean
on_again (gpointer data)
{
  BgFileSender *self = data;

  bg_source_drop (&self->again);
  offer (self);
  return G_SOURCE_REMOVE;
}

static void
again_in (BgFileSender *self, guint ms)
{
  if (!self->over)
    bg_source_arm (&self->again, ms, on_again, self);
}

/* Nobody was reached, or nobody with room. */
static void
postpone (BgFileSender *self, BgWords *reason)
{
  bg_file_transfer_move (self->transfer, BG_FILE_WAITING, reason);
  again_in (self, bg_file_try_again_ms (self->attempts++));
}

/* --- Requests --- */

static GBytes *
bytes_of_text (char *take)
{
  return g_bytes_new_take (take, strlen (take));
}

/* `path` behind "/files", taken; NULL: no such peer now. */
static SoupMessage *
message_new (BgFileSender *self, const char *method, char *take)
{
  g_autofree char *path = take, *url = NULL;
  char host[BG_IP_PREFIX_TEXT];
  BgIpPrefix address;
  int takes;

  if (!self->events->find (self->owner, self->transfer->peer, &address, &takes))
    return NULL;
  bg_ip_prefix_format_address (&address, host);
  url = g_strdup_printf (strchr (host, ':') ? "http://[%s]:%d/files%s" : "http://%s:%d/files%s",
                         host, BG_FILE_PORT, path);
  return soup_message_new (method, url);
}

static gboolean
cannot_receive (BgFileSender *self)
{
  BgIpPrefix address;
  int takes = -1;

  return self->events->find (self->owner, self->transfer->peer, &address, &takes) && takes == 0;
}

static void
fail_to_reach (BgFileSender *self)
{
  const char *peer = self->transfer->peer;

  if (cannot_receive (self))
    finish (self, BG_FILE_FAILED, bg_words (FILES_PEER_CANNOT, peer));
  else
    postpone (self, bg_words (FILES_PEER_AWAY, peer));
}

/* `len` < 0: nothing came. */
static void
take_answer (BgFileSender *self, SoupMessage *message, gssize len)
{
  BgFileStatus there = { 0 };

  if (self->over)
    return;
  if (len < 0)
    {
      fail_to_reach (self);
      return;
    }
  self->attempts = 0;
  self->answered (self, soup_message_get_status (message),
                  bg_file_status_parse (self->said, (gsize) len, &there) ? &there : NULL);
}

static void
on_heard (GObject *source, GAsyncResult *result, gpointer data)
{
  BgFileSender *self = data;
  g_autoptr (SoupMessage) message = g_steal_pointer (&self->message);
  gsize len = 0;
  gboolean ok = g_input_stream_read_all_finish (G_INPUT_STREAM (source), result, &len, NULL);

  take_answer (self, message, ok ? (gssize) len : -1);
  unref_sender (self);
}

/* No more of it is read than an answer of ours can have. */
static void
on_answered (GObject *source, GAsyncResult *result, gpointer data)
{
  BgFileSender *self = data;
  g_autoptr (GInputStream) body = soup_session_send_finish (SOUP_SESSION (source), result, NULL);
  g_autoptr (SoupMessage) message = NULL;

  if (body)
    {
      g_input_stream_read_all_async (body, self->said, sizeof self->said, G_PRIORITY_DEFAULT,
                                     self->transfer->cancellable, on_heard, self);
      return;
    }
  message = g_steal_pointer (&self->message);
  take_answer (self, message, -1);
  unref_sender (self);
}

/* Takes `message` and `body`. */
static void
ask (BgFileSender *self, SoupMessage *message, GBytes *body,
     void (*answered) (BgFileSender *, guint, const BgFileStatus *))
{
  SoupSession *session = self->events->get_session (self->owner);

  self->message = message;
  self->answered = answered;
  if (message && body)
    soup_message_set_request_body_from_bytes (message, "application/octet-stream", body);
  g_clear_pointer (&body, g_bytes_unref);
  if (!message || !session)
    {
      g_clear_object (&self->message);
      fail_to_reach (self);
      return;
    }
  soup_message_add_flags (message, SOUP_MESSAGE_NO_REDIRECT);
  soup_session_send_async (session, message, G_PRIORITY_DEFAULT, self->transfer->cancellable,
                           on_answered, ref_sender (self));
}

/* --- What the receiver says --- */

static void
take_end (BgFileSender *self, BgFileState state)
{
  const char *peer = self->transfer->peer;

  switch (state)
    {
    case BG_FILE_DONE:
      self->transfer->done = self->transfer->size;
      finish (self, state, NULL);
      break;
    case BG_FILE_DECLINED:
      finish (self, state, bg_words (FILES_DECLINED, peer));
      break;
    case BG_FILE_CANCELLED:
      finish (self, state, bg_words (FILES_CANCELLED_THERE, peer));
      break;
    case BG_FILE_FAILED:
    case BG_FILE_OFFERED:
    case BG_FILE_WAITING:
    case BG_FILE_RUNNING:
    default:
      finish (self, BG_FILE_FAILED, bg_words (FILES_FAILED_THERE, peer));
    }
}

static void
fail (BgFileSender *self, const GError *error)
{
  finish (self, BG_FILE_FAILED, bg_error_dup_words (error));
}

/* Where the receiver says it is, as far as that is so. */
static void
resume (BgFileSender *self)
{
  BgFileTransfer *transfer = self->transfer;
  char digest[BG_FILE_DIGEST_LEN + 1];
  gboolean ours = bg_open_file_get_at (transfer->file) == self->there.have;

  if (ours)
    bg_open_file_get_digest (transfer->file, digest);
  transfer->done = self->there.have == 0 ? 0
                                         : bg_file_resume_at (&self->there, ours ? digest : NULL);
  send_next (self);
}

static void
on_found (GObject *source, GAsyncResult *result, gpointer data)
{
  BgFileSender *self = data;
  g_autoptr (GError) error = NULL;
  gboolean ok = bg_open_file_finish (result, &error);

  self->transfer->busy = FALSE;
  if (!self->over && ok)
    resume (self);
  else if (!self->over)
    fail (self, error);
  unref_sender (self);
}

/* What we have read and hashed is another part than what is there: it is looked at again. */
static void
find_place (BgFileSender *self)
{
  BgFileTransfer *transfer = self->transfer;

  if (self->there.have > transfer->size)
    self->there.have = 0;
  if (bg_open_file_get_at (transfer->file) == self->there.have)
    {
      resume (self);
      return;
    }
  transfer->busy = TRUE;
  bg_open_file_seek_async (transfer->file, self->there.have, transfer->cancellable, on_found,
                           ref_sender (self));
}

static void
take_status (BgFileSender *self, const BgFileStatus *there)
{
  if (bg_file_state_is_over (there->state))
    take_end (self, there->state);
  else if (there->state == BG_FILE_RUNNING)
    {
      self->there = *there;
      bg_file_transfer_move (self->transfer, BG_FILE_RUNNING, NULL);
      find_place (self);
    }
  else
    {
      bg_file_transfer_move (self->transfer, BG_FILE_OFFERED, NULL);
      again_in (self, bg_file_ask_again_ms (g_get_monotonic_time () - self->transfer->began_us));
    }
}

static void
on_offered (BgFileSender *self, guint status, const BgFileStatus *there)
{
  const char *peer = self->transfer->peer;

  if (there)
    take_status (self, there);
  else if (status == 429)
    postpone (self, bg_words (FILES_PEER_FULL, peer));
  else if (status == SOUP_STATUS_FORBIDDEN)
    postpone (self, bg_words (FILES_PEER_AWAY, peer)); /* it does not know our address yet */
  else if (status == SOUP_STATUS_REQUEST_ENTITY_TOO_LARGE)
    finish (self, BG_FILE_FAILED, bg_words (FILES_TOO_LARGE_THERE, peer));
  else
    finish (self, BG_FILE_FAILED, bg_words (FILES_PEER_STRANGE, peer, status));
}

static void
offer (BgFileSender *self)
{
  const BgFileTransfer *transfer = self->transfer;

  if (cannot_receive (self))
    fail_to_reach (self);
  else
    ask (self, message_new (self, "POST", g_strdup ("")),
         bytes_of_text (bg_file_offer_format (transfer->id, transfer->name, transfer->size)),
         on_offered);
}

/* --- Pieces --- */

static void
on_piece_answered (BgFileSender *self, guint status, const BgFileStatus *there)
{
  BgFileTransfer *transfer = self->transfer;

  if (!there || status != SOUP_STATUS_OK || there->have != bg_open_file_get_at (transfer->file))
    {
      again_in (self, bg_file_try_again_ms (0));
      return;
    }
  self->piece = bg_file_piece_next (self->piece, g_get_monotonic_time () - self->piece_began_us);
  transfer->done = there->have;
  send_next (self);
}

static void
on_end_answered (BgFileSender *self, guint status, const BgFileStatus *there)
{
  if (there && bg_file_state_is_over (there->state))
    take_end (self, there->state);
  else
    again_in (self, bg_file_try_again_ms (0));
}

static void
send_end (BgFileSender *self)
{
  char digest[BG_FILE_DIGEST_LEN + 1];

  bg_open_file_get_digest (self->transfer->file, digest);
  ask (self, message_new (self, "POST", g_strdup_printf ("/%s/end", self->transfer->id)),
       bytes_of_text (bg_file_end_format (digest)), on_end_answered);
}

static void
on_piece_read (GObject *source, GAsyncResult *result, gpointer data)
{
  BgFileSender *self = data;
  BgFileTransfer *transfer = self->transfer;
  g_autoptr (GError) error = NULL;
  GBytes *bytes = bg_open_file_read_finish (result, &error);

  transfer->busy = FALSE;
  if (self->over)
    g_clear_pointer (&bytes, g_bytes_unref);
  else if (!bytes)
    fail (self, error);
  else
    ask (self,
         message_new (self, "PUT",
                      g_strdup_printf ("/%s?at=%" G_GUINT64_FORMAT, transfer->id, transfer->done)),
         bytes, on_piece_answered);
  unref_sender (self);
}

static void
read_piece (BgFileSender *self)
{
  BgFileTransfer *transfer = self->transfer;

  self->piece_began_us = g_get_monotonic_time ();
  transfer->busy = TRUE;
  bg_open_file_read_async (transfer->file,
                           (guint) MIN (self->piece, transfer->size - transfer->done),
                           transfer->cancellable, on_piece_read, ref_sender (self));
}

static void
on_at_start (GObject *source, GAsyncResult *result, gpointer data)
{
  BgFileSender *self = data;

  bg_open_file_finish (result, NULL);
  self->transfer->busy = FALSE;
  if (!self->over)
    send_next (self);
  unref_sender (self);
}

/* From `done` on, which the file is at, or at its start. */
static void
send_next (BgFileSender *self)
{
  BgFileTransfer *transfer = self->transfer;

  if (bg_open_file_get_at (transfer->file) != transfer->done)
    {
      transfer->busy = TRUE;
      bg_open_file_seek_async (transfer->file, 0, transfer->cancellable, on_at_start,
                               ref_sender (self));
      return;
    }
  if (transfer->done == transfer->size)
    send_end (self);
  else
    read_piece (self);
}

/* --- Life, of all --- */

void
bg_file_sender_begin (BgFileTransfer *transfer, const BgFileSenderEvents *events, gpointer owner)
{
  BgFileSender *self = g_new0 (BgFileSender, 1);

  g_ref_count_init (&self->refs);
  self->transfer = bg_file_transfer_ref (transfer);
  self->events = events;
  self->owner = owner;
  self->piece = BG_FILE_PIECE_MIN;
  transfer->over = on_transfer_over;
  transfer->carrier = self;
  again_in (self, 0);
}

/* Where it cannot be the tunnel's it connects to nobody: outside, somebody else may have that address. */
static void
on_connecting (SoupMessage *message, GSocketClientEvent event, GIOStream *connection,
               const char *interface)
{
  GSocket *socket;
  int fd;

  if (event != G_SOCKET_CLIENT_CONNECTING || !G_IS_SOCKET_CONNECTION (connection))
    return;
  socket = g_socket_connection_get_socket (G_SOCKET_CONNECTION (connection));
  fd = g_socket_get_fd (socket);
  if (!bg_inner_socket_move (fd) || !bg_file_door_bind_to_link (fd, interface))
    g_socket_close (socket, NULL);
}

static void
on_request_queued (SoupSession *session, SoupMessage *message, const char *interface)
{
  g_signal_connect_data (message, "network-event", G_CALLBACK (on_connecting), g_strdup (interface),
                         (GClosureNotify) (void (*) (void)) g_free, 0);
}

SoupSession *
bg_file_sender_session_new (const char *interface)
{
  SoupSession *session = soup_session_new_with_options ("timeout", SILENCE_S, "idle-timeout",
                                                        SILENCE_S, "max-conns-per-host",
                                                        BG_FILE_CONNECTIONS, NULL);

  soup_session_set_proxy_resolver (session, NULL);
  g_signal_connect_data (session, "request-queued", G_CALLBACK (on_request_queued),
                         g_strdup (interface), (GClosureNotify) (void (*) (void)) g_free, 0);
  return session;
}

static void
on_withdrawn (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GInputStream) body = soup_session_send_finish (SOUP_SESSION (source), result, NULL);
}

void
bg_file_sender_withdraw (const BgFileTransfer *transfer, const BgFileSenderEvents *events,
                         gpointer owner)
{
  BgFileSender self = { .transfer = (BgFileTransfer *) transfer, .events = events, .owner = owner };
  SoupSession *session = events->get_session (owner);
  g_autoptr (SoupMessage)
    message = session ? message_new (&self, "DELETE", g_strdup_printf ("/%s", transfer->id)) : NULL;

  if (!message)
    return;
  soup_message_add_flags (message, SOUP_MESSAGE_NO_REDIRECT);
  soup_session_send_async (session, message, G_PRIORITY_DEFAULT, NULL, on_withdrawn, NULL);
}
