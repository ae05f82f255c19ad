/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "files/file-server.h"

#include "common/error.h"
#include "common/log.h"
#include "files/file-piece.h"

#include <libsoup/soup.h>
#include <string.h>

#define ROOT "/files"

/* Of a body that nobody wants; whoever says more is hung up on. */
#define UNWANTED_MAX (64 * 1024)

struct _BgFileServer
{
  BgFileShelf *shelf;
  SoupServer *soup;
  const BgFileServerEvents *events;
  gpointer owner;
};

/* One request, from its head to its answer. */
typedef struct
{
  BgFileServer *server; /* NULL: gone */
  SoupServerMessage *message;
  BgFileTransfer *transfer; /* NULL: none yet */
  gsize unwanted;
  gboolean finished; /* nobody waits for the answer any more */
  guint64 at;
} Request;

typedef struct
{
  const char *method;
  gboolean has_id;
  const char *ending; /* behind the id */
  gsize body_max;
  guint (*enter) (Request *request, GHashTable *query); /* before the body; 0: go on */
  void (*answer) (Request *request);
} Action;

/* --- Answers --- */

static void
answer_text (Request *request, guint status, const char *text)
{
  soup_server_message_set_status (request->message, status, NULL);
  soup_server_message_set_response (request->message, "application/json", SOUP_MEMORY_COPY, text,
                                    strlen (text));
}

static void
answer_status (Request *request, guint code)
{
  BgFileStatus status;
  g_autofree char *text = NULL;

  bg_file_transfer_get_status (request->transfer, &status);
  text = bg_file_status_format (&status);
  answer_text (request, code, text);
}

static const char *
peer_of (Request *request)
{
  GSocketAddress *address = soup_server_message_get_remote_address (request->message);

  return address ? request->server->events->whose (request->server->owner, address) : NULL;
}

static GBytes *
body_of (Request *request)
{
  return soup_message_body_flatten (soup_server_message_get_request_body (request->message));
}

/* --- Offers --- */

static guint
add_offer (Request *request, const BgFileOffer *offer, const char *peer)
{
  BgFileServer *self = request->server;

  switch (bg_file_shelf_judge (self->shelf, peer, offer->size, g_get_monotonic_time ()))
    {
    case BG_FILE_PLACE_NO_ROOM:
      return 429;
    case BG_FILE_PLACE_TOO_LARGE:
      return SOUP_STATUS_REQUEST_ENTITY_TOO_LARGE;
    case BG_FILE_PLACE_FINE:
    default:
      break;
    }
  request->transfer = bg_file_transfer_new (offer->id, peer, offer->name, offer->size,
                                            self->events->changed, self->owner);
  request->transfer->incoming = TRUE;
  bg_file_shelf_add (self->shelf, bg_file_transfer_ref (request->transfer));
  bg_log (BG_TOPIC_APP, MESSAGE, peer, "file %.8s offered: %" G_GUINT64_FORMAT " bytes", offer->id,
          offer->size);
  self->events->changed (self->owner);
  return SOUP_STATUS_CREATED;
}

static gboolean
is_same (const BgFileTransfer *transfer, const BgFileOffer *offer, const char *peer)
{
  return transfer->incoming && g_str_equal (transfer->peer, peer) && transfer->size == offer->size
         && g_str_equal (transfer->name, offer->name);
}

static guint
find_or_add (Request *request, const BgFileOffer *offer, const char *peer)
{
  BgFileTransfer *known = bg_file_shelf_find (request->server->shelf, offer->id);

  if (!known)
    return add_offer (request, offer, peer);
  if (!is_same (known, offer, peer))
    return SOUP_STATUS_CONFLICT;
  known->heard_us = g_get_monotonic_time ();
  request->transfer = bg_file_transfer_ref (known);
  return SOUP_STATUS_OK;
}

static void
answer_offer (Request *request)
{
  g_autoptr (GBytes) body = body_of (request);
  gsize len;
  const char *text = g_bytes_get_data (body, &len), *peer = peer_of (request);
  g_autoptr (BgFileOffer) offer = text ? bg_file_offer_parse (text, len) : NULL;
  guint code = SOUP_STATUS_BAD_REQUEST;

  if (offer && peer)
    code = find_or_add (request, offer, peer);
  if (request->transfer)
    answer_status (request, code);
  else
    soup_server_message_set_status (request->message, code, NULL);
}

/* --- Pieces --- */

static gboolean
read_at (GHashTable *query, guint64 *at)
{
  const char *text = query ? g_hash_table_lookup (query, "at") : NULL;

  return text && g_ascii_string_to_unsigned (text, 10, 0, BG_FILE_SIZE_MAX, at, NULL);
}

static guint
enter_piece (Request *request, GHashTable *query)
{
  BgFileTransfer *transfer = request->transfer;
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (request->message);
  guint64 len = (guint64) soup_message_headers_get_content_length (headers);

  if (!read_at (query, &request->at) || len == 0)
    return SOUP_STATUS_BAD_REQUEST;
  if (transfer->busy || transfer->state != BG_FILE_RUNNING
      || (request->at != 0 && request->at != transfer->done))
    return SOUP_STATUS_CONFLICT;
  if (request->at + len > transfer->size)
    return SOUP_STATUS_REQUEST_ENTITY_TOO_LARGE;
  transfer->holder = request; /* one that a broken connection left is of no use */
  return 0;
}

static void
fail (Request *request, const GError *error)
{
  bg_file_transfer_move (request->transfer, BG_FILE_FAILED, bg_error_dup_words (error));
}

/* The work is done. */
static void
go_on (Request *request)
{
  BgFileState state = request->transfer->state;

  if (!request->finished)
    {
      answer_status (request, state == BG_FILE_RUNNING || state == BG_FILE_DONE
                                ? SOUP_STATUS_OK
                                : SOUP_STATUS_CONFLICT);
      soup_server_message_unpause (request->message);
    }
  g_object_unref (request->message); /* the last may free the request */
}

static void
on_written (GObject *source, GAsyncResult *result, gpointer data)
{
  Request *request = data;
  BgFileTransfer *transfer = request->transfer;
  g_autoptr (GError) error = NULL;
  gboolean ok = bg_open_file_finish (result, &error);

  transfer->busy = FALSE;
  transfer->heard_us = g_get_monotonic_time ();
  if (!ok && !bg_file_transfer_is_over (transfer))
    fail (request, error);
  else if (ok && transfer->file)
    bg_file_transfer_note_progress (transfer);
  go_on (request);
}

static void
pause_for (Request *request)
{
  request->transfer->busy = TRUE;
  g_object_ref (request->message);
  soup_server_message_pause (request->message);
}

static void
answer_piece (Request *request)
{
  BgFileTransfer *transfer = request->transfer;
  g_autoptr (GBytes) body = body_of (request);

  if (!transfer->file || transfer->busy || transfer->holder != request)
    {
      answer_status (request, SOUP_STATUS_CONFLICT);
      return;
    }
  pause_for (request);
  bg_open_file_write_async (transfer->file, request->at, body, NULL, on_written, request);
}

/* --- The end --- */

static guint
enter_end (Request *request, GHashTable *query)
{
  const BgFileTransfer *transfer = request->transfer;

  return transfer->busy || transfer->state != BG_FILE_RUNNING || transfer->done != transfer->size
           ? SOUP_STATUS_CONFLICT
           : 0;
}

static void
on_settled (GObject *source, GAsyncResult *result, gpointer data)
{
  Request *request = data;
  g_autoptr (GError) error = NULL;
  gboolean ok = bg_open_file_finish (result, &error);

  request->transfer->busy = FALSE;
  if (ok)
    bg_file_transfer_move (request->transfer, BG_FILE_DONE, NULL);
  else if (!bg_file_transfer_is_over (request->transfer))
    fail (request, error);
  go_on (request);
}

static gboolean
is_what_was_sent (Request *request, const char *digest)
{
  char own[BG_FILE_DIGEST_LEN + 1];

  bg_open_file_get_digest (request->transfer->file, own);
  return g_str_equal (own, digest);
}

static void
answer_end (Request *request)
{
  BgFileTransfer *transfer = request->transfer;
  g_autoptr (GBytes) body = body_of (request);
  gsize len;
  const char *text = g_bytes_get_data (body, &len);
  char digest[BG_FILE_DIGEST_LEN + 1];

  if (!text || !bg_file_end_parse (text, len, digest))
    {
      soup_server_message_set_status (request->message, SOUP_STATUS_BAD_REQUEST, NULL);
      return;
    }
  if (enter_end (request, NULL) == 0 && is_what_was_sent (request, digest))
    {
      pause_for (request);
      bg_open_file_settle_async (transfer->file, NULL, on_settled, request);
      return;
    }
  if (enter_end (request, NULL) == 0)
    bg_file_transfer_move (transfer, BG_FILE_FAILED, bg_words (FILES_CONTENT));
  answer_status (request, SOUP_STATUS_CONFLICT);
}

/* --- Withdrawal --- */

static void
answer_withdrawal (Request *request)
{
  BgFileTransfer *transfer = request->transfer;

  if (transfer->uid == BG_FILE_NOBODY && !bg_file_transfer_is_over (transfer))
    {
      bg_file_shelf_remove (request->server->shelf, transfer);
      request->server->events->changed (request->server->owner);
    }
  else
    bg_file_transfer_move (transfer, BG_FILE_CANCELLED, bg_words (FILES_WITHDRAWN, transfer->peer));
  soup_server_message_set_status (request->message, SOUP_STATUS_NO_CONTENT, NULL);
}

/* --- Which it is --- */

static const Action actions[] = {
  { "POST", FALSE, "", BG_FILE_MESSAGE_MAX, NULL, answer_offer },
  { "PUT", TRUE, "", BG_FILE_PIECE_MAX, enter_piece, answer_piece },
  { "POST", TRUE, "/end", BG_FILE_MESSAGE_MAX, enter_end, answer_end },
  { "DELETE", TRUE, "", 0, NULL, answer_withdrawal },
};

/* `path` behind ROOT; `id` stays empty where there is none. */
static const Action *
find_action (const char *method, const char *path, char id[BG_FILE_ID_LEN + 1])
{
  gboolean has_id = *path == '/';
  const char *ending = path;

  if (has_id && strlen (path) > BG_FILE_ID_LEN)
    {
      g_strlcpy (id, path + 1, BG_FILE_ID_LEN + 1);
      ending = path + 1 + BG_FILE_ID_LEN;
    }
  if (has_id && !bg_file_id_is_valid (id))
    return NULL;
  for (gsize i = 0; i < G_N_ELEMENTS (actions); i++)
    if (g_str_equal (actions[i].method, method) && actions[i].has_id == has_id
        && g_str_equal (actions[i].ending, ending))
      return &actions[i];
  return NULL;
}

static BgFileTransfer *
find_transfer (BgFileServer *self, const char *id, const char *peer)
{
  BgFileTransfer *transfer = bg_file_shelf_find (self->shelf, id);

  return transfer && transfer->incoming && g_str_equal (transfer->peer, peer)
           ? bg_file_transfer_ref (transfer)
           : NULL;
}

/* A length that is said before, and not too much of it. */
static guint
judge_body (Request *request, const Action *action)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (request->message);
  SoupEncoding encoding = soup_message_headers_get_encoding (headers);

  if (encoding == SOUP_ENCODING_NONE)
    return 0;
  if (encoding != SOUP_ENCODING_CONTENT_LENGTH)
    return SOUP_STATUS_LENGTH_REQUIRED;
  return (guint64) soup_message_headers_get_content_length (headers) > action->body_max
           ? SOUP_STATUS_REQUEST_ENTITY_TOO_LARGE
           : 0;
}

static guint
judge (Request *request, const char *path, GHashTable *query, const Action **action)
{
  char id[BG_FILE_ID_LEN + 1] = "";
  const char *peer = peer_of (request);
  guint code;

  *action = find_action (soup_server_message_get_method (request->message), path + strlen (ROOT),
                         id);
  if (!peer)
    return SOUP_STATUS_FORBIDDEN;
  if (!*action)
    return SOUP_STATUS_NOT_FOUND;
  code = judge_body (request, *action);
  if (code || !(*action)->has_id)
    return code;
  request->transfer = find_transfer (request->server, id, peer);
  if (!request->transfer)
    return SOUP_STATUS_NOT_FOUND;
  request->transfer->heard_us = g_get_monotonic_time ();
  return (*action)->enter ? (*action)->enter (request, query) : 0;
}

/* --- Life of a request --- */

static void
request_free (gpointer data)
{
  Request *request = data;

  if (request->transfer && request->transfer->holder == request)
    request->transfer->holder = NULL;
  g_clear_pointer (&request->transfer, bg_file_transfer_unref);
  g_free (request);
}

static void
hang_up (SoupServerMessage *message)
{
  GSocketAddress *remote = soup_server_message_get_remote_address (message);
  GSocketConnection *connection = remote ? g_object_get_data (G_OBJECT (remote), "connection")
                                         : NULL;

  if (connection)
    g_socket_shutdown (g_socket_connection_get_socket (connection), TRUE, TRUE, NULL);
}

static void
on_unwanted (SoupServerMessage *message, GBytes *chunk, Request *request)
{
  request->unwanted += g_bytes_get_size (chunk);
  if (request->unwanted > UNWANTED_MAX)
    hang_up (message);
}

static void
refuse (Request *request, guint code)
{
  SoupServerMessage *message = request->message;

  soup_message_body_set_accumulate (soup_server_message_get_request_body (message), FALSE);
  g_signal_connect (message, "got-chunk", G_CALLBACK (on_unwanted), request);
  if (request->transfer && code == SOUP_STATUS_CONFLICT && !request->transfer->busy)
    answer_status (request, code);
  else
    soup_server_message_set_status (message, code, NULL);
}

static void
on_finished (SoupServerMessage *message, Request *request)
{
  request->finished = TRUE;
}

/* Before the body. */
static void
on_head (SoupServer *soup, SoupServerMessage *message, const char *path, GHashTable *query,
         gpointer data)
{
  Request *request = g_new0 (Request, 1);
  const Action *action = NULL;
  guint code;

  request->server = data;
  request->message = message;
  g_object_set_data_full (G_OBJECT (message), "request", request, request_free);
  g_signal_connect (message, "finished", G_CALLBACK (on_finished), request);
  code = judge (request, path, query, &action);
  if (code != 0)
    refuse (request, code);
  else
    g_object_set_data (G_OBJECT (message), "action", (gpointer) action);
}

/* With the body. */
static void
on_request (SoupServer *soup, SoupServerMessage *message, const char *path, GHashTable *query,
            gpointer data)
{
  Request *request = g_object_get_data (G_OBJECT (message), "request");
  const Action *action = g_object_get_data (G_OBJECT (message), "action");

  if (action)
    action->answer (request);
  else
    soup_server_message_set_status (message, SOUP_STATUS_NOT_FOUND, NULL);
}

/* --- Life --- */

BgFileServer *
bg_file_server_new (BgFileShelf *shelf, const BgFileServerEvents *events, gpointer owner)
{
  BgFileServer *self = g_new0 (BgFileServer, 1);

  self->shelf = shelf;
  self->events = events;
  self->owner = owner;
  self->soup = soup_server_new (NULL, NULL);
  soup_server_add_early_handler (self->soup, ROOT, on_head, self, NULL);
  soup_server_add_handler (self->soup, ROOT, on_request, self, NULL);
  return self;
}

void
bg_file_server_free (BgFileServer *self)
{
  soup_server_disconnect (self->soup);
  g_object_unref (self->soup);
  g_free (self);
}

void
bg_file_server_take_in (BgFileServer *self, GSocketConnection *connection)
{
  g_autoptr (GSocketAddress) local = g_socket_connection_get_local_address (connection, NULL);
  g_autoptr (GSocketAddress) remote = g_socket_connection_get_remote_address (connection, NULL);
  g_autoptr (GError) error = NULL;

  if (!local || !remote)
    return;
  g_object_set_data (G_OBJECT (remote), "connection", connection);
  if (!soup_server_accept_iostream (self->soup, G_IO_STREAM (connection), local, remote, &error))
    bg_log (BG_TOPIC_APP, DEBUG, NULL, "a connection for files: %s", error->message);
}
