/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The endpoints by which a network goes to another hub, and comes from one (docs/devices.md, Moving). */
#include "worker/hub/hub-http-endpoints.h"
#include "worker/hub/hub-body.h"
#include "worker/hub/hub-reply.h"
#include "worker/hub/hub-rows.h"
#include "common/json-member.h"
#include "common/key-text.h"
#include "common/log.h"

#include <string.h>

enum
{
  VERSION = 1,
  STATUS_MOVED = 421, /* RFC 9110, 15.5.20 */
};

#define MOVED_HEADER "Bamgate-Moved"

struct _BgHubComing
{
  BgHubArrival *arrival; /* NULL: nothing has come */
};

BgHubComing *
bg_hub_coming_new (void)
{
  return g_new0 (BgHubComing, 1);
}

void
bg_hub_coming_free (BgHubComing *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->arrival, bg_hub_arrival_free);
  g_free (self);
}

/* --- Being read --- */

static void
reply_page (SoupServerMessage *message, GPtrArray *rows, const char *digest, guint from)
{
  JsonBuilder *object = bg_hub_object_new ();
  guint n;

  bg_hub_object_add_number (object, "count", rows->len);
  bg_hub_object_add_text (object, "digest", digest);
  json_builder_set_member_name (object, "rows");
  json_builder_begin_array (object);
  n = bg_hub_rows_add_page (object, rows, from);
  json_builder_end_array (object);
  bg_hub_object_add_number (object, "next", from + n);
  bg_hub_object_add_number (object, "version", VERSION);
  bg_hub_reply_json (message, SOUP_STATUS_OK, json_builder_end_object (object));
}

static void
begin_reading (const BgHubHttp *http)
{
  GPtrArray *rows = bg_hub_rows_export (&http->memory);

  bg_hub_move_show (http->memory.move, rows, bg_hub_rows_digest (rows), g_get_monotonic_time ());
}

void
bg_hub_http_answer_export (const BgHubHttp *http, SoupServerMessage *message, const char *rest)
{
  GPtrArray *rows;
  const char *digest;
  guint from;

  if (!bg_hub_http_read_number (message, "from", &from))
    {
      bg_hub_reply_error (message, SOUP_STATUS_BAD_REQUEST, "from is no number of a row");
      return;
    }
  if (from == 0)
    begin_reading (http);
  rows = bg_hub_move_look (http->memory.move, g_get_monotonic_time (), &digest);
  if (rows == NULL || from >= rows->len)
    bg_hub_reply_error (message, SOUP_STATUS_CONFLICT, "nobody reads that: begin at row 0");
  else
    reply_page (message, rows, digest, from);
}

/* --- Coming --- */

static gboolean
is_empty (const BgHubHttp *http)
{
  g_autoptr (GPtrArray)
    leases = bg_hub_network_list_leases (http->memory.network, BG_HUB_MAIN_ROOM);
  g_autoptr (GPtrArray) devices = bg_hub_devices_list (http->memory.devices);

  return leases->len == 0 && devices->len == 0 && bg_hub_log_count (http->memory.log) == 0;
}

/* What came and was never used, and what has gone, may be replaced; nothing else. */
static gboolean
may_come (const BgHubHttp *http)
{
  return is_empty (http) || bg_hub_move_is_unused (http->memory.move)
         || bg_hub_move_get_url (http->memory.move) != NULL;
}

static void
reply_next (SoupServerMessage *message, guint next, gboolean is_done)
{
  JsonBuilder *object = bg_hub_object_new ();

  bg_hub_object_add_flag (object, "done", is_done);
  bg_hub_object_add_number (object, "next", next);
  bg_hub_reply_json (message, SOUP_STATUS_OK, json_builder_end_object (object));
}

static void
give_up (const BgHubHttp *http, SoupServerMessage *message, guint status, const char *why)
{
  g_clear_pointer (&http->coming->arrival, bg_hub_arrival_free);
  bg_hub_reply_error (message, status, why);
}

static void
take_over (const BgHubHttp *http, SoupServerMessage *message)
{
  guint n = bg_hub_arrival_count (http->coming->arrival);
  g_autoptr (GError) error = NULL;
  BgHubRows *rows;
  BgIpPrefix subnet;

  rows = bg_hub_arrival_end (http->coming->arrival, &subnet);
  if (rows == NULL)
    give_up (http, message, SOUP_STATUS_BAD_REQUEST, "the row of the network is missing");
  else if (!http->adopt (rows, &subnet, http->data, &error))
    give_up (http, message, SOUP_STATUS_CONFLICT, error->message);
  else
    {
      g_clear_pointer (&http->coming->arrival, bg_hub_arrival_free);
      bg_log (BG_TOPIC_HUB, MESSAGE, NULL, "a network came from another hub, %u rows", n);
      reply_next (message, n, TRUE);
      bg_hub_reply_once_written (message, http->memory.writer);
    }
}

static BgHubArrival *
arrival_at (const BgHubHttp *http, SoupServerMessage *message, gint64 from)
{
  g_autofree char *base = NULL;

  if (from == 0)
    {
      base = bg_hub_http_base_url (http, message);
      g_clear_pointer (&http->coming->arrival, bg_hub_arrival_free);
      http->coming->arrival = bg_hub_arrival_new (base);
    }
  if (http->coming->arrival == NULL || bg_hub_arrival_count (http->coming->arrival) != from)
    return NULL;
  return http->coming->arrival;
}

static void
take_page (const BgHubHttp *http, SoupServerMessage *message, JsonArray *rows, gint64 from,
           gint64 count)
{
  BgHubArrival *arrival = arrival_at (http, message, from);
  const char *why = arrival != NULL ? bg_hub_arrival_take (arrival, rows) : NULL;

  if (arrival == NULL)
    bg_hub_reply_error (message, SOUP_STATUS_CONFLICT, "these rows do not follow: begin at row 0");
  else if (why != NULL)
    give_up (http, message, SOUP_STATUS_BAD_REQUEST, why);
  else if (bg_hub_arrival_count (arrival) > count)
    give_up (http, message, SOUP_STATUS_BAD_REQUEST, "there are more rows than was said");
  else if (bg_hub_arrival_count (arrival) == count)
    take_over (http, message);
  else
    reply_next (message, bg_hub_arrival_count (arrival), FALSE);
}

static void
read_page (const BgHubHttp *http, SoupServerMessage *message, JsonObject *body)
{
  gint64 version = 0, from = -1, count = -1;
  JsonArray *rows = bg_json_member_list (body, "rows");

  if (!bg_json_member_number (body, "version", &version) || version != VERSION)
    bg_hub_reply_error (message, SOUP_STATUS_BAD_REQUEST, "this hub reads version 1 of the rows");
  else if (!bg_json_member_number (body, "from", &from) || from < 0
           || !bg_json_member_number (body, "count", &count) || count <= 0
           || count > BG_HUB_ROWS_MAX || rows == NULL || json_array_get_length (rows) == 0)
    bg_hub_reply_error (message, SOUP_STATUS_BAD_REQUEST,
                        "from, count or rows is missing, or cannot be");
  else
    take_page (http, message, rows, from, count);
}

/* Only with the token that the new hub's owner has; nobody guesses it, but wrong ones have shares like all others. */
static gboolean
is_owner_of_hub (const BgHubHttp *http, SoupServerMessage *message)
{
  g_autoptr (GInetAddress) source = bg_hub_http_source (http, message);
  guint wait_s;

  if (!bg_hub_guard_may_try (http->credential_guard, source, g_get_monotonic_time (), &wait_s))
    {
      bg_hub_reply_patience (message, wait_s, "too many attempts");
      return FALSE;
    }
  if (bg_hub_http_caller (http, message).has_token)
    {
      bg_hub_guard_forgive (http->credential_guard, source);
      return TRUE;
    }
  bg_hub_guard_note_wrong (http->credential_guard, g_get_monotonic_time ());
  bg_hub_reply_error (message, SOUP_STATUS_UNAUTHORIZED, "this takes the hub's own token");
  return FALSE;
}

void
bg_hub_http_answer_import (const BgHubHttp *http, SoupServerMessage *message, const char *rest)
{
  g_autoptr (JsonNode) node = NULL;

  if (!is_owner_of_hub (http, message))
    return;
  if (!may_come (http))
    bg_hub_reply_error (message, SOUP_STATUS_CONFLICT,
                        "this hub has a network of its own: only an empty one takes another");
  else if ((node = bg_hub_http_body (message)) != NULL)
    read_page (http, message, json_node_get_object (node));
}

/* --- Going --- */

static gboolean
is_url (const char *text)
{
  g_autoptr (GUri)
    uri = strlen (text) <= BG_ENTRY_MAX_URL ? g_uri_parse (text, G_URI_FLAGS_NONE, NULL) : NULL;
  const char *scheme = uri != NULL ? g_uri_get_scheme (uri) : "";

  for (const char *c = text; *c != '\0'; c++)
    if (!g_ascii_isgraph (*c))
      return FALSE;
  return uri != NULL && g_uri_get_host (uri) != NULL && *g_uri_get_host (uri) != '\0'
         && g_uri_get_userinfo (uri) == NULL
         && (g_str_equal (scheme, "https") || g_str_equal (scheme, "wss")
             || g_str_equal (scheme, "http") || g_str_equal (scheme, "ws"));
}

typedef struct
{
  const char *url, *pin, *digest;
  guint8 key[BG_ENTRY_HASH]; /* the pin; zeroes: none */
  GPtrArray *entries;        /* NULL: none */
} Departure;

/* What the body says; NULL, or what is wrong with it. */
static const char *
read_departure (JsonObject *body, Departure *self)
{
  self->url = bg_json_member_text (body, "url");
  self->pin = bg_json_member_text (body, "pin");
  self->digest = bg_json_member_text (body, "digest");
  if (json_object_has_member (body, "entries"))
    self->entries = bg_hub_body_get_bytes (body, "entries", 1, BG_ENTRY_MAX);
  if (self->url == NULL || !is_url (self->url))
    return "url is missing, or no URL of a hub";
  if (self->pin == NULL || (*self->pin != '\0' && !bg_key_from_base64 (self->pin, self->key)))
    return "pin is missing, or neither empty nor the SHA-256 of a key";
  if (json_object_has_member (body, "entries") && self->entries == NULL)
    return "entries is no list of one entry in base64";
  return self->digest != NULL ? NULL : "digest is missing";
}

/* Does the entry say the same? */
static gboolean
says_so (const Departure *departure)
{
  gsize len;
  const guint8 *bytes = g_bytes_get_data (departure->entries->pdata[0], &len);
  BgEntry entry;

  return bg_entry_read ((BgBytes){ bytes, len }, &entry) && entry.type == BG_ENTRY_MOVE
         && g_str_equal (entry.url, departure->url)
         && memcmp (entry.pin, departure->key, sizeof entry.pin) == 0;
}

static void
reply_conflict (SoupServerMessage *message, const char *why)
{
  bg_hub_reply_error (message, SOUP_STATUS_CONFLICT, why);
}

/* In a signed network its owners say where it is, and the hub alone moves nobody. */
static gboolean
sign_departure (const BgHubHttp *http, SoupServerMessage *message, const Departure *departure)
{
  gboolean is_signed = bg_hub_devices_is_signed (http->memory.devices);
  const char *why = NULL;

  if (is_signed != (departure->entries != NULL))
    why = is_signed ? "the network is signed: its log has to say where it goes"
                    : "the network is not signed, and has no log";
  else if (is_signed && !says_so (departure))
    why = "the entry does not say what the request says";
  else if (is_signed
           && bg_hub_log_append (http->memory.log, departure->entries, bg_hub_http_now (), &why)
                == BG_HUB_LOG_TAKEN)
    why = NULL;
  if (why == NULL)
    return TRUE;
  reply_conflict (message, why);
  return FALSE;
}

static gboolean
is_as_it_was_read (const BgHubHttp *http, const char *digest)
{
  g_autoptr (GPtrArray) rows = bg_hub_rows_export (&http->memory);
  g_autofree char *now = bg_hub_rows_digest (rows);

  return g_str_equal (now, digest);
}

/* Nobody is told before it is so, nor where it cannot be. */
static void
on_departure_written (gpointer data)
{
  const BgHubHttp *http = data;
  gboolean has_gone;

  if (http->memory.move == NULL) /* the hub ends */
    return;
  has_gone = bg_hub_move_end_going (http->memory.move,
                                    bg_hub_writer_get_trouble (http->memory.writer) == NULL);
  bg_hub_devices_follow_log (http->memory.devices, bg_hub_http_now ());
  if (has_gone)
    http->tell_moved (http->data);
}

static void
go (const BgHubHttp *http, SoupServerMessage *message, const Departure *departure)
{
  if (bg_hub_move_is_going (http->memory.move))
    reply_conflict (message, "the network is being moved: read it again");
  else if (!is_as_it_was_read (http, departure->digest))
    reply_conflict (message, "the network has changed since it was read: read it again");
  else if (sign_departure (http, message, departure))
    {
      bg_hub_move_begin_going (http->memory.move, departure->url, departure->pin);
      bg_hub_writer_wait_firmly (http->memory.writer, on_departure_written, (gpointer) http);
      bg_hub_reply_ok (message);
      bg_hub_reply_once_written (message, http->memory.writer);
    }
}

static void
go_again (const BgHubHttp *http, SoupServerMessage *message, const Departure *departure)
{
  if (!g_str_equal (bg_hub_move_get_url (http->memory.move), departure->url)
      || !g_str_equal (bg_hub_move_get_pin (http->memory.move), departure->pin))
    {
      bg_hub_http_reply_moved (http, message);
      return;
    }
  bg_hub_reply_ok (message);
  bg_hub_reply_once_written (message, http->memory.writer);
}

void
bg_hub_http_answer_moved (const BgHubHttp *http, SoupServerMessage *message, const char *rest)
{
  g_autoptr (JsonNode) node = bg_hub_http_body (message);
  Departure departure = { NULL };
  const char *wrong;

  if (node == NULL)
    return;
  wrong = read_departure (json_node_get_object (node), &departure);
  if (wrong != NULL)
    bg_hub_reply_error (message, SOUP_STATUS_BAD_REQUEST, wrong);
  else if (bg_hub_move_get_url (http->memory.move) != NULL)
    go_again (http, message, &departure);
  else
    go (http, message, &departure);
  g_clear_pointer (&departure.entries, g_ptr_array_unref);
}

/* --- Having gone --- */

static void
add_whereabouts (JsonBuilder *object, const BgHubHttp *http)
{
  bg_hub_object_add_text (object, "pin", bg_hub_move_get_pin (http->memory.move));
}

void
bg_hub_http_reply_moved (const BgHubHttp *http, SoupServerMessage *message)
{
  const char *url = bg_hub_move_get_url (http->memory.move),
             *pin = bg_hub_move_get_pin (http->memory.move);
  g_autofree char *value = *pin != '\0' ? g_strconcat (url, "#sha256=", pin, NULL) : g_strdup (url);
  JsonBuilder *object = bg_hub_object_new ();

  bg_hub_object_add_text (object, "error", "the network has moved to another hub");
  add_whereabouts (object, http);
  bg_hub_object_add_text (object, "url", url);
  bg_hub_reply_json (message, STATUS_MOVED, json_builder_end_object (object));
  soup_message_headers_replace (soup_server_message_get_response_headers (message), MOVED_HEADER,
                                value);
}

char *
bg_hub_http_moved_frame (const BgHubHttp *http)
{
  g_autoptr (JsonBuilder) object = bg_hub_object_new ();
  g_autoptr (JsonNode) root = NULL;

  add_whereabouts (object, http);
  bg_hub_object_add_text (object, "type", "moved");
  bg_hub_object_add_text (object, "url", bg_hub_move_get_url (http->memory.move));
  root = json_builder_get_root (json_builder_end_object (object));
  return json_to_string (root, FALSE);
}
