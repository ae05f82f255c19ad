/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/hub/hub-http-endpoints.h"
#include "worker/hub/hub-body.h"
#include "worker/hub/hub-reply.h"
#include "common/device-name.h"
#include "common/json-member.h"
#include "common/key-text.h"
#include "common/log.h"

/* --- Registering --- */

typedef struct
{
  const BgHubHttp *http;
  SoupServerMessage *message;
  const char *name, *public_key;
  const char *code;         /* as it is kept; NULL: with the token that all share */
  const char *address;      /* that it has, with the token; NULL: none */
  guint8 key[BG_KEY_BYTES]; /* of `public_key` */
  const char *challenge, *proof, *host, *pin; /* NULL: not said */
  gint64 now;
} Registration;

static void
reply_device (const Registration *self, const BgHubDevice *device, const char *refresh_token,
              const char *access_token, const char *server_url)
{
  const BgHubHttp *http = self->http;
  g_autofree char *subnet6 = bg_hub_ula_get_subnet (http->memory.ula);
  JsonBuilder *object = bg_hub_object_new ();
  char subnet[BG_IP_PREFIX_TEXT];

  bg_ip_prefix_format (bg_hub_network_get_subnet (http->memory.network), subnet);
  bg_hub_object_add_text (object, "access_token", access_token);
  bg_hub_object_add_text (object, "address", device->address);
  bg_hub_object_add_text (object, "address6", device->address6);
  bg_hub_object_add_text (object, "device_id", device->id);
  bg_hub_object_add_text (object, "device_name", device->name);
  bg_hub_object_add_number (object, "expires_in", BG_ACCESS_LIFETIME_S);
  bg_hub_object_add_number (object, "log", bg_hub_log_count (http->memory.log));
  bg_hub_object_add_text (object, "refresh_token", refresh_token);
  bg_hub_object_add_text (object, "server_url", server_url);
  bg_hub_object_add_text (object, "state",
                          bg_hub_devices_get_state_name (http->memory.devices, device));
  bg_hub_object_add_text (object, "subnet", subnet);
  bg_hub_object_add_text (object, "subnet6", subnet6);
  bg_hub_object_add_text (object, "turn_secret", bg_hub_http_turn_secret (http));
  bg_hub_reply_json (self->message, SOUP_STATUS_OK, json_builder_end_object (object));
  bg_hub_reply_when_written (self->message, http->memory.writer);
}

static void
register_device (const Registration *self, const char *address, const char *server_url)
{
  const BgHubHttp *http = self->http;
  const BgHubDevice *device = bg_hub_devices_register (http->memory.devices, self->name,
                                                       self->public_key, address, self->now);
  g_autofree char *refresh_token = NULL, *access_token = NULL;

  if (device != NULL)
    {
      refresh_token = bg_hub_credentials_issue (http->memory.credentials, device->id, self->now);
      access_token = bg_hub_access_tokens_make (
        http->memory.access_tokens, device->id,
        bg_hub_devices_is_owner (http->memory.devices, device), self->now);
    }
  if (refresh_token != NULL && access_token != NULL)
    reply_device (self, device, refresh_token, access_token, server_url);
  else
    bg_hub_reply_error (self->message, SOUP_STATUS_INTERNAL_SERVER_ERROR, "no random numbers");
}

/* FALSE, and an answer, where it cannot. Nothing is used up yet. */
static gboolean
may_register (const Registration *self)
{
  switch (bg_hub_devices_judge_register (self->http->memory.devices, self->public_key, self->now))
    {
    case BG_HUB_REGISTERED:
      return TRUE;
    case BG_HUB_REGISTER_REVOKED:
      bg_hub_reply_error (self->message, SOUP_STATUS_FORBIDDEN,
                          "this device was revoked: its key is never taken again");
      return FALSE;
    case BG_HUB_REGISTER_FULL:
    default:
      bg_hub_reply_error (self->message, SOUP_STATUS_INSUFFICIENT_STORAGE,
                          "too many devices are registered, or wait for an owner's word");
      return FALSE;
    }
}

static void
reply_no_address (SoupServerMessage *message)
{
  bg_hub_reply_error (message, SOUP_STATUS_INSUFFICIENT_STORAGE,
                      "no addresses available in subnet");
}

/* --- The proof of the key --- */

/* What the hub has of the key; another text once it has registered. Free with g_free(). */
static char *
known_of (const Registration *self)
{
  const BgHubMemory *memory = &self->http->memory;
  const BgHubDevice *device = bg_hub_devices_find_key (memory->devices, self->public_key);
  const BgHubCredential *credential;

  if (device == NULL)
    return g_strdup ("");
  credential = bg_hub_credentials_find (memory->credentials, device->id);
  return g_strconcat (device->id, " ", credential != NULL ? credential->hash : "", NULL);
}

/* Ours, as whoever asks should know it. Free with g_free(). */
static char *
host_of (const Registration *self)
{
  g_autofree char *base = bg_hub_http_base_url (self->http, self->message);

  return bg_key_proof_host (base);
}

static void
reply_challenge (const Registration *self, const char *known, const char *host)
{
  g_autofree char *challenge = bg_hub_challenges_make (self->http->challenges, self->key, known,
                                                       self->now);
  JsonBuilder *object = bg_hub_object_new ();

  bg_hub_object_add_text (object, "challenge", challenge);
  bg_hub_object_add_text (object, "error",
                          "answer the challenge with a proof that the key is yours");
  bg_hub_object_add_text (object, "host", host);
  bg_hub_reply_json (self->message, SOUP_STATUS_UNAUTHORIZED, json_builder_end_object (object));
}

/* Was it us whom the device meant, or did somebody hand on to it what we asked? */
static gboolean
is_meant_for_us (const Registration *self, const char *host)
{
  if (self->pin != NULL && g_strcmp0 (self->pin, self->http->pin) == 0)
    return TRUE;
  return host != NULL && g_strcmp0 (self->host, host) == 0;
}

static gboolean
answers_challenge (const Registration *self, const char *known)
{
  const BgKeyClaim claim = {
    .public_key = self->key, .name = self->name, .host = self->host, .pin = self->pin
  };

  return bg_hub_challenges_check (self->http->challenges, self->challenge, self->proof, &claim,
                                  known, self->now);
}

/* FALSE, and an answer, where whoever asks has not shown that the key is its own. Nothing of the key is said before. */
static gboolean
is_proved (const Registration *self)
{
  g_autofree char *known = known_of (self), *host = host_of (self);

  if (self->challenge != NULL && self->proof != NULL && is_meant_for_us (self, host)
      && answers_challenge (self, known))
    return TRUE;
  reply_challenge (self, known, host);
  return FALSE;
}

static void
redeem (const Registration *self)
{
  g_autofree char *address = NULL, *server_url = NULL;

  if (bg_hub_invites_redeem (self->http->memory.invites, self->code, self->public_key, self->now,
                             &address, &server_url)
      == BG_HUB_REDEEM_DONE)
    register_device (self, address, server_url);
  else
    reply_no_address (self->message);
}

static void
register_with_code (const Registration *self, GInetAddress *source)
{
  const BgHubHttp *http = self->http;
  BgHubRedeem verdict = self->code != NULL ? bg_hub_invites_judge (http->memory.invites, self->code,
                                                                   self->public_key, self->now)
                                           : BG_HUB_REDEEM_UNKNOWN;

  if (verdict == BG_HUB_REDEEM_UNKNOWN)
    {
      bg_hub_guard_note_wrong (http->guard, g_get_monotonic_time ());
      bg_hub_reply_error (self->message, SOUP_STATUS_NOT_FOUND, "invalid or expired invite code");
      return;
    }
  if (verdict == BG_HUB_REDEEM_EXPIRED)
    {
      bg_hub_reply_error (self->message, SOUP_STATUS_GONE, "invite code has expired");
      return;
    }
  bg_hub_guard_forgive (http->guard, source);
  if (is_proved (self) && may_register (self))
    redeem (self);
}

/* One that was in the network before there were devices keeps its address, or stays as it is. */
static gboolean
keeps_address (const Registration *self)
{
  BgRecord verdict = bg_hub_network_record_device (self->http->memory.network, BG_HUB_MAIN_ROOM,
                                                   self->address, self->name, self->public_key,
                                                   self->now);

  if (verdict == BG_RECORD_KEPT || verdict == BG_RECORD_WRITE)
    return TRUE;
  bg_hub_reply_error (self->message, SOUP_STATUS_CONFLICT,
                      "the address is none of this network, or another device's");
  return FALSE;
}

static void
register_with_token (const Registration *self, GInetAddress *source)
{
  const BgHubHttp *http = self->http;
  BgHubCaller caller = bg_hub_http_caller (http, self->message);
  g_autofree char *base = bg_hub_http_base_url (http, self->message), *address = NULL;

  if (!caller.has_token)
    {
      bg_hub_guard_note_wrong (http->credential_guard, g_get_monotonic_time ());
      bg_hub_reply_error (self->message, SOUP_STATUS_UNAUTHORIZED,
                          "neither an invite code nor the token");
      return;
    }
  bg_hub_guard_forgive (http->credential_guard, source);
  if (!bg_hub_devices_token_registers (http->memory.devices))
    {
      bg_hub_reply_error (self->message, SOUP_STATUS_FORBIDDEN,
                          "the shared token opens nothing here: ask for an invite code");
      return;
    }
  if (!is_proved (self) || !may_register (self))
    return;
  if (self->address != NULL && !keeps_address (self))
    return;
  address = bg_hub_network_reserve (http->memory.network, self->public_key, BG_INVITED, self->now);
  if (address != NULL)
    register_device (self, address, base);
  else
    reply_no_address (self->message);
}

/* What is missing in the body; NULL: nothing. */
static const char *
complaint_about (Registration *self)
{
  if (self->name == NULL || !bg_device_name_is_valid (self->name))
    return "device_name is missing, or no name: 1 to 63 letters, digits, “-”, “_” and “.”";
  if (self->public_key == NULL || !bg_key_from_base64 (self->public_key, self->key)
      || !bg_key_is_fine ((BgBytes){ (const guint8 *) self->public_key, BG_KEY_TEXT_LEN }))
    return "public_key is missing, or no key";
  return NULL;
}

static void
register_by (Registration *self, JsonObject *body)
{
  const char *invite = bg_json_member_text (body, "invite"), *complaint;
  g_autofree char *code = invite != NULL ? bg_hub_invite_code_read (invite) : NULL;
  g_autoptr (GInetAddress) source = bg_hub_http_source (self->http, self->message);
  BgHubGuard *guard = invite != NULL ? self->http->guard : self->http->credential_guard;
  guint wait_s;

  self->name = bg_json_member_text (body, "device_name");
  self->public_key = bg_json_member_text (body, "public_key");
  self->address = invite == NULL ? bg_json_member_text (body, "address") : NULL;
  self->code = code;
  self->challenge = bg_json_member_text (body, "challenge");
  self->proof = bg_json_member_text (body, "proof");
  self->host = bg_json_member_text (body, "host");
  self->pin = bg_json_member_text (body, "pin");
  if ((complaint = complaint_about (self)) != NULL)
    bg_hub_reply_error (self->message, SOUP_STATUS_BAD_REQUEST, complaint);
  else if (!bg_hub_guard_may_try (guard, source, g_get_monotonic_time (), &wait_s))
    bg_hub_reply_patience (self->message, wait_s, "too many attempts");
  else if (invite != NULL)
    register_with_code (self, source);
  else
    register_with_token (self, source);
}

void
bg_hub_http_answer_register (const BgHubHttp *http, SoupServerMessage *message, const char *rest)
{
  g_autoptr (JsonNode) node = bg_hub_http_body (message);
  Registration registration = { .http = http, .message = message, .now = bg_hub_http_now () };
  JsonObject *body = node != NULL ? json_node_get_object (node) : NULL;

  if (body == NULL)
    return;
  if (json_object_has_member (body, "github_token"))
    bg_hub_reply_error (message, SOUP_STATUS_FORBIDDEN,
                        "this hub knows no accounts at GitHub: join with an invite code");
  else
    register_by (&registration, body);
}

/* --- Refreshing --- */

static void
reply_refusal (const BgHubHttp *http, SoupServerMessage *message, const BgHubDevice *device,
               BgRefreshVerdict verdict)
{
  static const char *const words[] = {
    [BG_REFRESH_REFUSED_DEVICE] = "device not found or revoked",
    [BG_REFRESH_REFUSED_OLD] = "refresh_token_expired",
    [BG_REFRESH_REFUSED_TOKEN] = "invalid refresh token",
    [BG_REFRESH_REUSED] = "invalid refresh token",
  };

  if (verdict == BG_REFRESH_REUSED)
    bg_log (BG_TOPIC_HUB, WARNING, device->name,
            "a refresh token was used that has been replaced: somebody may have a copy of it");
  bg_hub_guard_note_wrong (http->credential_guard, g_get_monotonic_time ());
  bg_hub_reply_error (message, SOUP_STATUS_UNAUTHORIZED, words[verdict]);
}

static void
reply_refreshed (const BgHubHttp *http, SoupServerMessage *message, const BgHubDevice *device,
                 const char *refresh_token, gint64 age)
{
  g_autofree char *access_token = bg_hub_access_tokens_make (
    http->memory.access_tokens, device->id, bg_hub_devices_is_owner (http->memory.devices, device),
    bg_hub_http_now ());
  JsonBuilder *object = bg_hub_object_new ();

  bg_hub_object_add_text (object, "access_token", access_token);
  bg_hub_object_add_text (object, "address", device->address);
  bg_hub_object_add_text (object, "address6", device->address6);
  bg_hub_object_add_text (object, "device_name", device->name);
  bg_hub_object_add_number (object, "expires_in", BG_ACCESS_LIFETIME_S);
  bg_hub_object_add_number (object, "refresh_age", (guint64) age);
  bg_hub_object_add_text (object, "refresh_token", refresh_token);
  bg_hub_object_add_text (object, "state",
                          bg_hub_devices_get_state_name (http->memory.devices, device));
  bg_hub_reply_json (message, SOUP_STATUS_OK, json_builder_end_object (object));
  bg_hub_reply_when_written (message, http->memory.writer);
}

static void
refresh (const BgHubHttp *http, SoupServerMessage *message, const char *id, const char *token,
         gboolean rotate, GInetAddress *source)
{
  const BgHubDevice *device = bg_hub_devices_find (http->memory.devices, id);
  BgRefreshVerdict verdict = BG_REFRESH_REFUSED_DEVICE;
  g_autofree char *next = NULL;
  gint64 now = bg_hub_http_now (), age = 0;

  if (device != NULL)
    /* while nothing can be written, a new token would be lost with the hub */
    verdict = bg_hub_credentials_refresh (http->memory.credentials, id,
                                          bg_hub_devices_get_state (http->memory.devices, device),
                                          token, rotate, now, &next, &age);
  if (next == NULL)
    {
      reply_refusal (http, message, device, verdict);
      return;
    }
  bg_hub_guard_forgive (http->credential_guard, source);
  bg_hub_devices_see (http->memory.devices, id, now);
  reply_refreshed (http, message, device, next, age);
}

void
bg_hub_http_answer_refresh (const BgHubHttp *http, SoupServerMessage *message, const char *rest)
{
  g_autoptr (JsonNode) node = bg_hub_http_body (message);
  g_autoptr (GInetAddress) source = bg_hub_http_source (http, message);
  JsonObject *body = node != NULL ? json_node_get_object (node) : NULL;
  const char *id = body != NULL ? bg_json_member_text (body, "device_id") : NULL;
  const char *token = body != NULL ? bg_json_member_text (body, "refresh_token") : NULL;
  gboolean rotate;
  guint wait_s;

  if (body == NULL)
    return;
  if (id == NULL || token == NULL || !bg_hub_body_get_flag (body, "rotate", TRUE, &rotate))
    bg_hub_reply_error (message, SOUP_STATUS_BAD_REQUEST,
                        "device_id or refresh_token is missing, or rotate is no boolean");
  else if (!bg_hub_guard_may_try (http->credential_guard, source, g_get_monotonic_time (), &wait_s))
    bg_hub_reply_patience (message, wait_s, "too many attempts");
  else
    refresh (http, message, id, token, rotate && bg_hub_move_get_url (http->memory.move) == NULL,
             source); /* where the network is by now, what it has is good */
}

/* --- Leaving --- */

void
bg_hub_http_answer_leave (const BgHubHttp *http, SoupServerMessage *message, const char *rest)
{
  BgHubCaller caller = bg_hub_http_caller (http, message);

  if (caller.device == NULL) /* its token ended meanwhile */
    {
      bg_hub_reply_text (message, SOUP_STATUS_UNAUTHORIZED, "Unauthorized");
      return;
    }
  bg_hub_devices_leave (http->memory.devices, caller.device->id);
  bg_hub_reply_ok (message);
  bg_hub_reply_when_written (message, http->memory.writer);
}
