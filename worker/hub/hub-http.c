/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/hub/hub-http.h"
#include "worker/hub/hub-body.h"
#include "worker/hub/hub-http-endpoints.h"
#include "worker/hub/hub-reply.h"
#include "worker/hub/hub-spent.h"
#include "worker/hub/hub-request.h"
#include "common/error.h"
#include "common/key-text.h"
#include "common/log.h"

#include <json-glib/json-glib.h>
#include <string.h>

#define KEY_HEADER "Bamgate-Public-Key"
#define DEVICES_HEADER "Bamgate-Devices"
#define RELAY_HEADER "Bamgate-Relay"

enum
{
  MAX_DIGITS = 9,
};

gint64
bg_hub_http_now (void)
{
  return g_get_real_time () / G_USEC_PER_SEC;
}

/* Whoever asks, and where the hub is as its clients see it */

BgHubCaller
bg_hub_http_caller (const BgHubHttp *http, SoupServerMessage *message)
{
  const BgHubDoor door = { http->token, http->memory.access_tokens, http->memory.devices };
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);

  return bg_hub_caller_read (&door, soup_message_headers_get_one (headers, "Authorization"),
                             bg_hub_http_now ());
}

guint
bg_hub_http_refusal (const BgHubHttp *http, SoupServerMessage *message, BgDeviceRight right,
                     const char **why)
{
  const BgHubDoor door = { http->token, http->memory.access_tokens, http->memory.devices };
  BgHubCaller caller = bg_hub_http_caller (http, message);

  return bg_hub_caller_refusal (&door, &caller, right, why);
}

void
bg_hub_http_say_devices (SoupServerMessage *message)
{
  soup_message_headers_replace (soup_server_message_get_response_headers (message), DEVICES_HEADER,
                                "1");
}

void
bg_hub_http_say_relay (SoupServerMessage *message)
{
  soup_message_headers_replace (soup_server_message_get_response_headers (message), RELAY_HEADER,
                                "1");
}

gboolean
bg_hub_http_takes_relay (SoupServerMessage *message)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);

  return g_strcmp0 (soup_message_headers_get_one (headers, RELAY_HEADER), "1") == 0;
}

char *
bg_hub_http_base_url (const BgHubHttp *http, SoupServerMessage *message)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);
  char *url = http->public_base != NULL
                ? g_strdup (http->public_base)
                : bg_hub_request_base_url (http->is_tls ? "https" : "http",
                                           soup_message_headers_get_one (headers, "Host"));

  return url != NULL ? url : g_strdup (http->local_base);
}

JsonNode *
bg_hub_http_body (SoupServerMessage *message)
{
  g_autoptr (GBytes)
    bytes = soup_message_body_flatten (soup_server_message_get_request_body (message));
  gsize len;
  const char *text = g_bytes_get_data (bytes, &len);
  JsonNode *body = text != NULL ? bg_hub_body_read (text, len) : NULL;

  if (body == NULL)
    bg_hub_reply_error (message, SOUP_STATUS_BAD_REQUEST, "the body is no object of JSON");
  return body;
}

gboolean
bg_hub_http_read_number (SoupServerMessage *message, const char *name, guint *number)
{
  const char *query = g_uri_get_query (soup_server_message_get_uri (message));
  g_autoptr (GHashTable) params = query != NULL ? soup_form_decode (query) : NULL;
  const char *text = params != NULL ? g_hash_table_lookup (params, name) : NULL;

  *number = 0;
  if (text == NULL)
    return TRUE;
  if (*text == '\0' || strlen (text) > MAX_DIGITS || strspn (text, "0123456789") != strlen (text))
    return FALSE;
  *number = (guint) g_ascii_strtoull (text, NULL, 10);
  return TRUE;
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
  bg_hub_reply_error (message, SOUP_STATUS_BAD_REQUEST, "the public key is none");
  return FALSE;
}

/* The endpoints */

static void
add_relay (JsonBuilder *builder, BgHubRelay *relay)
{
  BgHubRelayFigures figures;

  bg_hub_relay_get_figures (relay, &figures);
  json_builder_set_member_name (builder, "relay");
  json_builder_begin_object (builder);
  bg_hub_object_add_number (builder, "allocations", figures.turn.live);
  bg_hub_object_add_number (builder, "bytes", figures.turn.bytes);
  bg_hub_object_add_number (builder, "dropped_over_rate", figures.turn.dropped_over_rate);
  bg_hub_object_add_number (builder, "dropped_slow", figures.dropped_slow);
  bg_hub_object_add_number (builder, "dropped_unreachable", figures.turn.dropped_unreachable);
  bg_hub_object_add_number (builder, "frames", figures.turn.frames);
  bg_hub_object_add_number (builder, "malformed", figures.turn.malformed);
  bg_hub_object_add_number (builder, "messages", figures.turn.messages);
  bg_hub_object_add_number (builder, "over_ceiling", figures.turn.over_ceiling);
  bg_hub_object_add_number (builder, "over_quota", figures.turn.over_quota);
  bg_hub_object_add_number (builder, "sockets", figures.sockets);
  bg_hub_object_add_number (builder, "unauthorized", figures.turn.unauthorized);
  bg_hub_spent_add (builder, &figures.ceiling, &figures.spent, figures.reached);
  json_builder_end_object (builder);
}

/* Whoever is in the network learns more. */
static void
answer_status (const BgHubHttp *http, SoupServerMessage *message, const char *rest)
{
  const char *trouble = bg_hub_writer_get_trouble (http->memory.writer);
  JsonBuilder *builder = bg_hub_object_new ();
  const char *why;

  if (trouble != NULL)
    bg_hub_object_add_text (builder, "reason", trouble);
  if (http->relay != NULL && bg_hub_http_refusal (http, message, BG_MAY_CONNECT, &why) == 0)
    add_relay (builder, http->relay);
  bg_hub_object_add_text (builder, "status", trouble != NULL ? "degraded" : "ok");
  bg_hub_reply_json (message, SOUP_STATUS_OK, json_builder_end_object (builder));
}

const char *
bg_hub_http_turn_secret (const BgHubHttp *http)
{
  return http->turn_secret != NULL ? http->turn_secret : "";
}

static void
reply_grant (const BgHubHttp *http, SoupServerMessage *message, const char *address,
             const char *server_url)
{
  JsonBuilder *builder = bg_hub_object_new ();
  char subnet[BG_IP_PREFIX_TEXT];

  bg_ip_prefix_format (bg_hub_network_get_subnet (http->memory.network), subnet);
  bg_hub_object_add_text (builder, "address", address);
  bg_hub_object_add_text (builder, "auth_token", http->token);
  bg_hub_object_add_text (builder, "server_url", server_url);
  bg_hub_object_add_text (builder, "subnet", subnet);
  bg_hub_object_add_text (builder, "turn_secret", bg_hub_http_turn_secret (http));
  bg_hub_reply_json (message, SOUP_STATUS_OK, json_builder_end_object (builder));
  bg_hub_reply_when_written (message, http->memory.writer);
}

GInetAddress *
bg_hub_http_source (const BgHubHttp *http, SoupServerMessage *message)
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
    verdict = bg_hub_invites_redeem (http->memory.invites, code, public_key, bg_hub_http_now (),
                                     &address, &server_url);
  if (verdict != BG_HUB_REDEEM_UNKNOWN && verdict != BG_HUB_REDEEM_EXPIRED)
    bg_hub_guard_forgive (http->guard, source);

  switch (verdict)
    {
    case BG_HUB_REDEEM_DONE:
      bg_log (BG_TOPIC_HUB, MESSAGE, NULL, "invite redeemed, %s reserved", address);
      reply_grant (http, message, address, server_url);
      break;
    case BG_HUB_REDEEM_EXPIRED:
      bg_hub_reply_error (message, SOUP_STATUS_GONE, "invite code has expired");
      break;
    case BG_HUB_REDEEM_NO_ADDRESS:
      bg_hub_reply_error (message, SOUP_STATUS_INSUFFICIENT_STORAGE,
                          "no addresses available in subnet");
      break;
    case BG_HUB_REDEEM_UNKNOWN:
    default:
      bg_hub_guard_note_wrong (http->guard, g_get_monotonic_time ());
      bg_hub_reply_error (message, SOUP_STATUS_NOT_FOUND, "invalid or expired invite code");
      break;
    }
}

static void
answer_redeem (const BgHubHttp *http, SoupServerMessage *message, const char *text)
{
  g_autofree char *code = bg_hub_invite_code_read (text);
  g_autoptr (GInetAddress) source = bg_hub_http_source (http, message);
  const char *public_key;
  guint wait_s;

  if (!public_key_of (message, &public_key))
    return;
  if (!bg_hub_devices_token_opens (http->memory.devices))
    bg_hub_reply_error (
      message, SOUP_STATUS_FORBIDDEN,
      "the shared token opens nothing here: register with this code, with bamgate "
      "1.0 or later");
  else if (!bg_hub_devices_codes_give_token (http->memory.devices))
    bg_hub_reply_error (
      message, SOUP_STATUS_FORBIDDEN,
      "every device waits for an owner's word here: register with this code, with "
      "bamgate 1.0 or later");
  else if (bg_hub_guard_may_try (http->guard, source, g_get_monotonic_time (), &wait_s))
    redeem (http, message, code, public_key, source);
  else
    bg_hub_reply_patience (message, wait_s, "too many attempts");
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
      bg_hub_object_add_text (builder, "address", device->address);
      bg_hub_object_add_text (builder, "device_name", device->name);
      bg_hub_object_add_text (builder, "public_key",
                              *device->name != '\0' ? device->public_key : "");
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
}

static void
answer_network_info (const BgHubHttp *http, SoupServerMessage *message, const char *rest)
{
  g_autoptr (GPtrArray)
    devices = bg_hub_network_list_leases (http->memory.network, BG_HUB_MAIN_ROOM);
  g_autofree char *next = NULL;
  const char *public_key;
  char subnet[BG_IP_PREFIX_TEXT];
  JsonBuilder *builder;

  if (!public_key_of (message, &public_key))
    return;
  bg_ip_prefix_format (bg_hub_network_get_subnet (http->memory.network), subnet);
  builder = bg_hub_object_new ();
  add_devices (builder, devices);
  next = bg_hub_network_reserve (http->memory.network, public_key, BG_ASKED, bg_hub_http_now ());
  bg_hub_object_add_text (builder, "next_address", next);
  bg_hub_object_add_text (builder, "subnet", subnet);
  bg_hub_object_add_text (builder, "turn_secret", bg_hub_http_turn_secret (http));
  bg_hub_reply_json (message, SOUP_STATUS_OK, json_builder_end_object (builder));
  bg_hub_reply_when_written (message, http->memory.writer);
}

/* Dispatch */

enum
{
  ANYBODY = -1,
};

/* What a network that moves has to do with it. */
enum
{
  CHANGES = 1 << 0, /* not while it is read for another hub */
  STAYS = 1 << 1,   /* also after it has gone there */
  APART = 1 << 2,   /* nobody uses a network that came by this */
};

typedef struct
{
  const char *path;
  const char *method; /* NULL: any */
  gboolean has_rest;  /* letters, digits and dashes follow the path */
  int right;          /* BgDeviceRight, or ANYBODY */
  guint moving;       /* of the above */
  BgHubEndpoint answer;
} Row;

static const Row endpoints[] = {
  { "/status", NULL, FALSE, ANYBODY, STAYS | APART, answer_status },
  { "/invite", "POST", FALSE, BG_MAY_CONNECT, CHANGES, bg_hub_http_answer_new_invite },
  { "/invite/", "GET", TRUE, ANYBODY, CHANGES, answer_redeem },
  { "/network-info", "GET", FALSE, BG_MAY_CONNECT, CHANGES, answer_network_info },
  { "/auth/register", "POST", FALSE, ANYBODY, CHANGES, bg_hub_http_answer_register },
  { "/auth/refresh", "POST", FALSE, ANYBODY, CHANGES | STAYS, bg_hub_http_answer_refresh },
  { "/auth/leave", "POST", FALSE, BG_MAY_READ_LOG, CHANGES, bg_hub_http_answer_leave },
  { "/auth/devices", "GET", FALSE, BG_MAY_LIST, 0, bg_hub_http_answer_devices },
  { "/auth/revoked", "GET", FALSE, BG_MAY_LIST, 0, bg_hub_http_answer_revoked },
  { "/auth/devices/", "PATCH", TRUE, BG_MAY_MANAGE, CHANGES, bg_hub_http_answer_change_device },
  { "/auth/devices/", "DELETE", TRUE, BG_MAY_MANAGE, CHANGES, bg_hub_http_answer_revoke },
  { "/auth/invites", "GET", FALSE, BG_MAY_MANAGE, 0, bg_hub_http_answer_invites },
  { "/auth/invites/", "DELETE", TRUE, BG_MAY_MANAGE, CHANGES, bg_hub_http_answer_cancel_invite },
  { "/network/log", "GET", FALSE, BG_MAY_READ_LOG, STAYS, bg_hub_http_answer_read_log },
  { "/network/log", "POST", FALSE, BG_MAY_READ_LOG, CHANGES, bg_hub_http_answer_write_log },
  { "/network/export", "GET", FALSE, BG_MAY_MANAGE, APART, bg_hub_http_answer_export },
  { "/network/import", "PUT", FALSE, ANYBODY, STAYS | APART, bg_hub_http_answer_import },
  { "/network/moved", "PUT", FALSE, BG_MAY_MANAGE, STAYS | APART, bg_hub_http_answer_moved },
};

static gboolean
is_rest (const char *rest)
{
  return *rest != '\0'
         && strspn (rest, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-")
              == strlen (rest);
}

static const char *
rest_of (const Row *row, const char *path, const char *method)
{
  const char *rest = g_str_has_prefix (path, row->path) ? path + strlen (row->path) : NULL;

  if (rest == NULL || (row->has_rest ? !is_rest (rest) : *rest != '\0')
      || (row->method != NULL && !g_str_equal (row->method, method)))
    return NULL;
  return rest;
}

/* In the words of whoever asks for the path. */
static void
reply_refusal (SoupServerMessage *message, const char *path, guint status, const char *why)
{
  if (g_str_has_prefix (path, "/auth/") || g_str_has_prefix (path, "/network/"))
    bg_hub_reply_error (message, status, why);
  else
    bg_hub_reply_text (message, status, why);
}

static void
reply_reading (SoupServerMessage *message)
{
  bg_hub_reply_error (message, SOUP_STATUS_SERVICE_UNAVAILABLE,
                      "the network is being moved: try again in a moment");
  soup_message_headers_replace (soup_server_message_get_response_headers (message), "Retry-After",
                                "5");
}

/* TRUE: it was answered, since the network is on its way. */
static gboolean
answer_moving (const BgHubHttp *http, SoupServerMessage *message, const Row *row)
{
  BgHubMove *move = http->memory.move;

  if (bg_hub_move_get_url (move) != NULL && (row->moving & STAYS) == 0)
    bg_hub_http_reply_moved (http, message);
  else if ((row->moving & CHANGES) != 0 && bg_hub_move_is_frozen (move, g_get_monotonic_time ()))
    reply_reading (message);
  else
    return FALSE;
  return TRUE;
}

static void
note_use (const BgHubHttp *http, SoupServerMessage *message, const Row *row)
{
  if ((row->moving & APART) == 0 && soup_server_message_get_status (message) == SOUP_STATUS_OK)
    bg_hub_move_use (http->memory.move);
}

static void
answer (const BgHubHttp *http, SoupServerMessage *message, const Row *row, const char *rest)
{
  const char *why;
  guint status;

  if (answer_moving (http, message, row))
    return;
  status = row->right == ANYBODY
             ? 0
             : bg_hub_http_refusal (http, message, (BgDeviceRight) row->right, &why);
  if (status != 0)
    reply_refusal (message, row->path, status, why);
  else
    row->answer (http, message, rest);
  note_use (http, message, row);
}

void
bg_hub_http_prepare (const BgHubHttp *http, SoupServerMessage *message, const char *path)
{
  gboolean has_body = g_str_has_prefix (path, "/auth/") || g_str_has_prefix (path, "/network/");

  soup_message_body_set_accumulate (soup_server_message_get_request_body (message), has_body);
}

void
bg_hub_http_answer (const BgHubHttp *http, SoupServerMessage *message, const char *path)
{
  const char *method = soup_server_message_get_method (message);

  bg_hub_http_say_devices (message);
  for (gsize i = 0; i < G_N_ELEMENTS (endpoints); i++)
    {
      const char *rest = rest_of (&endpoints[i], path, method);

      if (rest == NULL)
        continue;
      answer (http, message, &endpoints[i], rest);
      return;
    }
  bg_hub_reply_text (message, SOUP_STATUS_NOT_FOUND, "Not Found");
}
