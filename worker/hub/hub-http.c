/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/hub/hub-http.h"
#include "worker/hub/hub-request.h"
#include "worker/hub/hub-token.h"
#include "common/error.h"
#include "common/key-text.h"
#include "common/log.h"

#include <json-glib/json-glib.h>
#include <string.h>

#define KEY_HEADER "Bamgate-Public-Key"

enum
{
  STATUS_TOO_MANY_REQUESTS = 429,
};

static gint64
now_s (void)
{
  return g_get_real_time () / G_USEC_PER_SEC;
}

/* Answers */

void
bg_hub_http_reply_text (SoupServerMessage *message, guint status, const char *text)
{
  soup_server_message_set_status (message, status, NULL);
  soup_server_message_set_response (message, "text/plain; charset=utf-8", SOUP_MEMORY_COPY, text,
                                    strlen (text));
  soup_message_headers_replace (soup_server_message_get_response_headers (message), "Connection",
                                "close");
}

/* Takes `builder`. */
static void
reply_json (SoupServerMessage *message, guint status, JsonBuilder *builder)
{
  g_autoptr (JsonBuilder) keep = builder;
  g_autoptr (JsonNode) root = json_builder_get_root (builder);
  char *text = json_to_string (root, FALSE);
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (message);

  soup_server_message_set_status (message, status, NULL);
  soup_server_message_set_response (message, "application/json", SOUP_MEMORY_TAKE, text,
                                    strlen (text));
  soup_message_headers_replace (headers, "Cache-Control", "no-store");
  soup_message_headers_replace (headers, "Connection", "close");
}

static JsonBuilder *
object_new (void)
{
  return json_builder_begin_object (json_builder_new ());
}

static void
add_text (JsonBuilder *builder, const char *key, const char *text)
{
  json_builder_set_member_name (builder, key);
  if (text != NULL)
    json_builder_add_string_value (builder, text);
  else
    json_builder_add_null_value (builder);
}

static void
reply_error (SoupServerMessage *message, guint status, const char *error)
{
  JsonBuilder *builder = object_new ();

  add_text (builder, "error", error);
  reply_json (message, status, json_builder_end_object (builder));
}

static void
reply_patience (SoupServerMessage *message, guint wait_s, const char *error)
{
  g_autofree char *wait = g_strdup_printf ("%u", wait_s);

  reply_error (message, STATUS_TOO_MANY_REQUESTS, error);
  soup_message_headers_replace (soup_server_message_get_response_headers (message), "Retry-After",
                                wait);
}

/* Where the hub is, as its clients see it */

static char *
base_url (const BgHubHttp *http, SoupServerMessage *message)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);
  char *url = http->public_base != NULL
                ? g_strdup (http->public_base)
                : bg_hub_request_base_url (http->is_tls ? "https" : "http",
                                           soup_message_headers_get_one (headers, "Host"));

  return url != NULL ? url : g_strdup (http->local_base);
}

/* A promise is given once it is on the disk: the message waits meanwhile. */

typedef struct
{
  SoupServerMessage *message;
  gboolean is_over; /* the client has left meanwhile */
} Promise;

static void
on_message_over (SoupServerMessage *message, Promise *promise)
{
  promise->is_over = TRUE;
}

static void
on_written (gpointer data)
{
  Promise *promise = data;

  g_signal_handlers_disconnect_by_data (promise->message, promise);
  if (!promise->is_over)
    soup_server_message_unpause (promise->message);
  g_object_unref (promise->message);
  g_free (promise);
}

static void
send_when_written (const BgHubHttp *http, SoupServerMessage *message)
{
  Promise *promise = g_new0 (Promise, 1);

  promise->message = g_object_ref (message);
  g_signal_connect (message, "finished", G_CALLBACK (on_message_over), promise);
  g_signal_connect (message, "disconnected", G_CALLBACK (on_message_over), promise);
  soup_server_message_pause (message);
  bg_hub_writer_wait (http->writer, on_written, promise);
}

/* The key that the device names, NULL for none; FALSE, and an answer, where it is no key. */
static gboolean
public_key_of (SoupServerMessage *message, const char **public_key)
{
  uint8_t key[BG_KEY_BYTES];

  *public_key = soup_message_headers_get_one (soup_server_message_get_request_headers (message),
                                              KEY_HEADER);
  if (*public_key == NULL || bg_key_from_base64 (*public_key, key))
    return TRUE;
  reply_error (message, SOUP_STATUS_BAD_REQUEST, "the public key is none");
  return FALSE;
}

/* The endpoints */

static void
add_number (JsonBuilder *builder, const char *key, guint64 number)
{
  json_builder_set_member_name (builder, key);
  json_builder_add_int_value (builder, (gint64) number);
}

static void
add_relay (JsonBuilder *builder, BgHubRelay *relay)
{
  BgHubRelayFigures figures;

  bg_hub_relay_get_figures (relay, &figures);
  json_builder_set_member_name (builder, "relay");
  json_builder_begin_object (builder);
  add_number (builder, "allocations", figures.turn.live);
  add_number (builder, "bytes", figures.turn.bytes);
  add_number (builder, "dropped_over_rate", figures.turn.dropped_over_rate);
  add_number (builder, "dropped_slow", figures.dropped_slow);
  add_number (builder, "dropped_unreachable", figures.turn.dropped_unreachable);
  add_number (builder, "malformed", figures.turn.malformed);
  add_number (builder, "messages", figures.turn.messages);
  add_number (builder, "over_quota", figures.turn.over_quota);
  add_number (builder, "sockets", figures.sockets);
  add_number (builder, "unauthorized", figures.turn.unauthorized);
  json_builder_end_object (builder);
}

/* Whoever is in the network learns more. */
static void
answer_status (const BgHubHttp *http, SoupServerMessage *message, const char *rest)
{
  const char *trouble = bg_hub_writer_get_trouble (http->writer);
  JsonBuilder *builder = object_new ();

  if (trouble != NULL)
    add_text (builder, "reason", trouble);
  if (http->relay != NULL && bg_hub_http_is_authorized (http, message))
    add_relay (builder, http->relay);
  add_text (builder, "status", trouble != NULL ? "degraded" : "ok");
  reply_json (message, SOUP_STATUS_OK, json_builder_end_object (builder));
}

static void
answer_new_invite (const BgHubHttp *http, SoupServerMessage *message, const char *rest)
{
  g_autofree char *code = bg_hub_invite_code_new ();
  g_autofree char *base = base_url (http, message);
  JsonBuilder *builder;

  if (code == NULL)
    {
      reply_error (message, SOUP_STATUS_INTERNAL_SERVER_ERROR, "no random numbers");
      return;
    }
  if (!bg_hub_invites_add (http->invites, code, base, now_s (), http->invite_lifetime_s))
    {
      reply_patience (message, http->invite_lifetime_s, "too many invites are open");
      return;
    }
  bg_log (BG_TOPIC_HUB, MESSAGE, NULL, "invite made, good for %u s", http->invite_lifetime_s);
  builder = object_new ();
  add_text (builder, "code", code);
  json_builder_set_member_name (builder, "expires_in");
  json_builder_add_int_value (builder, http->invite_lifetime_s);
  reply_json (message, SOUP_STATUS_OK, json_builder_end_object (builder));
  send_when_written (http, message);
}

static const char *
turn_secret_of (const BgHubHttp *http)
{
  return http->turn_secret != NULL ? http->turn_secret : "";
}

static void
reply_grant (const BgHubHttp *http, SoupServerMessage *message, const char *address,
             const char *server_url)
{
  JsonBuilder *builder = object_new ();
  char subnet[BG_IP_PREFIX_TEXT];

  bg_ip_prefix_format (bg_hub_network_get_subnet (http->network), subnet);
  add_text (builder, "address", address);
  add_text (builder, "auth_token", http->token);
  add_text (builder, "server_url", server_url);
  add_text (builder, "subnet", subnet);
  add_text (builder, "turn_secret", turn_secret_of (http));
  reply_json (message, SOUP_STATUS_OK, json_builder_end_object (builder));
  send_when_written (http, message);
}

/* (transfer full) */
static GInetAddress *
source_of (const BgHubHttp *http, SoupServerMessage *message)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);
  GInetSocketAddress *remote = G_INET_SOCKET_ADDRESS (
    soup_server_message_get_remote_address (message));
  GInetAddress *forwarded = NULL;

  if (http->is_behind_proxy)
    forwarded = bg_hub_request_forwarded_for (
      soup_message_headers_get_list (headers, "X-Forwarded-For"));
  return forwarded != NULL ? forwarded : g_object_ref (g_inet_socket_address_get_address (remote));
}

static void
redeem (const BgHubHttp *http, SoupServerMessage *message, const char *code, const char *public_key,
        GInetAddress *source)
{
  g_autofree char *address = NULL, *server_url = NULL;
  BgHubRedeem verdict = BG_HUB_REDEEM_UNKNOWN;

  if (code != NULL)
    verdict = bg_hub_invites_redeem (http->invites, code, public_key, now_s (), &address,
                                     &server_url);
  if (verdict != BG_HUB_REDEEM_UNKNOWN && verdict != BG_HUB_REDEEM_EXPIRED)
    bg_hub_guard_forgive (http->guard, source);

  switch (verdict)
    {
    case BG_HUB_REDEEM_DONE:
      bg_log (BG_TOPIC_HUB, MESSAGE, NULL, "invite redeemed, %s reserved", address);
      reply_grant (http, message, address, server_url);
      break;
    case BG_HUB_REDEEM_EXPIRED:
      reply_error (message, SOUP_STATUS_GONE, "invite code has expired");
      break;
    case BG_HUB_REDEEM_NO_ADDRESS:
      reply_error (message, SOUP_STATUS_INSUFFICIENT_STORAGE, "no addresses available in subnet");
      break;
    case BG_HUB_REDEEM_UNKNOWN:
    default:
      bg_hub_guard_note_wrong (http->guard, g_get_monotonic_time ());
      reply_error (message, SOUP_STATUS_NOT_FOUND, "invalid or expired invite code");
      break;
    }
}

static void
answer_redeem (const BgHubHttp *http, SoupServerMessage *message, const char *text)
{
  g_autofree char *code = bg_hub_invite_code_read (text);
  g_autoptr (GInetAddress) source = source_of (http, message);
  const char *public_key;
  guint wait_s;

  if (!public_key_of (message, &public_key))
    return;
  if (bg_hub_guard_may_try (http->guard, source, g_get_monotonic_time (), &wait_s))
    redeem (http, message, code, public_key, source);
  else
    reply_patience (message, wait_s, "too many attempts");
}

static void
add_devices (JsonBuilder *builder, GPtrArray *devices)
{
  json_builder_set_member_name (builder, "devices");
  json_builder_begin_array (builder);
  for (guint i = 0; i < devices->len; i++)
    {
      const BgHubLease *device = g_ptr_array_index (devices, i);

      json_builder_begin_object (builder);
      add_text (builder, "address", device->address);
      add_text (builder, "device_name", device->name);
      add_text (builder, "public_key", *device->name != '\0' ? device->public_key : "");
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
}

static void
answer_network_info (const BgHubHttp *http, SoupServerMessage *message, const char *rest)
{
  g_autoptr (GPtrArray) devices = bg_hub_network_list_leases (http->network, BG_HUB_MAIN_ROOM);
  g_autofree char *next = NULL;
  const char *public_key;
  char subnet[BG_IP_PREFIX_TEXT];
  JsonBuilder *builder;

  if (!public_key_of (message, &public_key))
    return;
  bg_ip_prefix_format (bg_hub_network_get_subnet (http->network), subnet);
  builder = object_new ();
  add_devices (builder, devices);
  next = bg_hub_network_reserve (http->network, public_key, BG_ASKED, now_s ());
  add_text (builder, "next_address", next);
  add_text (builder, "subnet", subnet);
  add_text (builder, "turn_secret", turn_secret_of (http));
  reply_json (message, SOUP_STATUS_OK, json_builder_end_object (builder));
  send_when_written (http, message);
}

/* Dispatch */

static const struct
{
  const char *path;
  const char *method; /* NULL: any */
  gboolean has_rest;  /* letters, digits and dashes follow the path */
  gboolean needs_token;
  void (*answer) (const BgHubHttp *http, SoupServerMessage *message, const char *rest);
} endpoints[] = {
  { "/status", NULL, FALSE, FALSE, answer_status },
  { "/invite", "POST", FALSE, TRUE, answer_new_invite },
  { "/invite/", "GET", TRUE, FALSE, answer_redeem },
  { "/network-info", "GET", FALSE, TRUE, answer_network_info },
};

static gboolean
is_rest (const char *rest)
{
  return *rest != '\0'
         && strspn (rest, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-")
              == strlen (rest);
}

gboolean
bg_hub_http_is_authorized (const BgHubHttp *http, SoupServerMessage *message)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);

  return bg_hub_token_matches (http->token,
                               soup_message_headers_get_one (headers, "Authorization"));
}

void
bg_hub_http_answer (const BgHubHttp *http, SoupServerMessage *message, const char *path)
{
  const char *method = soup_server_message_get_method (message);

  for (gsize i = 0; i < G_N_ELEMENTS (endpoints); i++)
    {
      const char *rest = g_str_has_prefix (path, endpoints[i].path)
                           ? path + strlen (endpoints[i].path)
                           : NULL;

      if (rest == NULL || (endpoints[i].has_rest ? !is_rest (rest) : *rest != '\0')
          || (endpoints[i].method != NULL && !g_str_equal (endpoints[i].method, method)))
        continue;
      if (endpoints[i].needs_token && !bg_hub_http_is_authorized (http, message))
        bg_hub_http_reply_text (message, SOUP_STATUS_UNAUTHORIZED, "Unauthorized");
      else
        endpoints[i].answer (http, message, rest);
      return;
    }
  bg_hub_http_reply_text (message, SOUP_STATUS_NOT_FOUND, "Not Found");
}
