/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "signaling/service-credential.h"

#include "common/error.h"
#include "common/invite-code.h"
#include "common/json-member.h"
#include "common/key-proof.h"
#include "common/secret-text.h"
#include "signaling/service-request.h"

#include <string.h>

enum
{
  LONGEST_HOST = 253, /* RFC 1035, 2.3.4 */
};

void
bg_service_credential_free (BgServiceCredential *credential)
{
  if (!credential)
    return;
  g_free (credential->device_id);
  bg_secret_free (credential->access_token);
  bg_secret_free (credential->refresh_token);
  g_free (credential->address);
  g_free (credential->address6);
  bg_secret_free (credential->turn_secret);
  g_free (credential);
}

BgCredentialGrant
bg_service_credential_as_grant (const BgServiceCredential *credential)
{
  return (BgCredentialGrant){ .device_id = credential->device_id,
                              .access_token = credential->access_token,
                              .refresh_token = credential->refresh_token,
                              .expires_in_s = credential->expires_in_s,
                              .refresh_age_s = credential->refresh_age_s,
                              .is_pending = credential->is_pending };
}

/* Takes `body`. */
static void
post (const BgServiceHub *hub, const char *path, GBytes *body, guint limit_s,
      GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GBytes) taken = body;
  const BgServiceRequest request = {
    .method = SOUP_METHOD_POST, .path = path, .body = body, .limit_s = limit_s
  };

  bg_service_request_async (hub, &request, cancellable, callback, data);
}

/* --- What both answers say --- */

static gint64
number_of (JsonObject *said, const char *member, gint64 otherwise)
{
  bg_json_member_number (said, member, &otherwise);
  return otherwise;
}

static BgServiceCredential *
read_credential (JsonObject *said, GError **error)
{
  g_autoptr (BgServiceCredential) read = g_new0 (BgServiceCredential, 1);
  const char *state = bg_json_member_text (said, "state");

  read->access_token = g_strdup (bg_json_member_text (said, "access_token"));
  read->refresh_token = g_strdup (bg_json_member_text (said, "refresh_token"));
  read->expires_in_s = (guint) CLAMP (number_of (said, "expires_in", 0), 0, G_MAXINT);
  read->refresh_age_s = number_of (said, "refresh_age", -1);
  read->is_pending = g_strcmp0 (state, "pending") == 0;
  if (read->access_token)
    return g_steal_pointer (&read);
  bg_service_answer_lacks ("access_token", error);
  return NULL;
}

/* --- Registering --- */

typedef struct
{
  char *url, *pin, *bearer;
  char *code, *name, *public_key, *address;
  guint8 private_key[BG_KEY_BYTES];
  gboolean can_prove;          /* and has not yet */
  char *moved_url, *moved_pin; /* the hub says that the network is there; NULL: it does not */
} Registration;

static void
registration_free (gpointer data)
{
  Registration *self = data;

  g_free (self->url);
  g_free (self->pin);
  bg_secret_free (self->bearer);
  bg_secret_free (self->code);
  g_free (self->name);
  g_free (self->public_key);
  g_free (self->address);
  explicit_bzero (self->private_key, sizeof self->private_key);
  g_free (self->moved_url);
  g_free (self->moved_pin);
  g_free (self);
}

static Registration *
registration_new (const BgServiceHub *hub, const BgServiceNewcomer *newcomer)
{
  Registration *self = g_new0 (Registration, 1);

  self->url = g_strdup (hub->url);
  self->pin = g_strdup (hub->pin);
  self->bearer = g_strdup (hub->bearer);
  self->code = bg_invite_code_tidy_typed (newcomer->code);
  self->name = g_strdup (newcomer->name);
  self->public_key = g_strdup (newcomer->public_key);
  self->address = g_strdup (newcomer->address);
  self->can_prove = newcomer->private_key != NULL;
  if (self->can_prove)
    memcpy (self->private_key, newcomer->private_key, sizeof self->private_key);
  return self;
}

static JsonBuilder *
begin_body (const Registration *self)
{
  JsonBuilder *builder = json_builder_begin_object (json_builder_new ());

  bg_json_add_text (builder, "device_name", self->name);
  bg_json_add_text (builder, "public_key", self->public_key);
  bg_json_add_text (builder, "address", self->address);
  bg_json_add_text (builder, "invite", self->code);
  return builder;
}

static void on_answered (GObject *source, GAsyncResult *result, gpointer data);

static void
send_registration (GTask *task, JsonBuilder *body)
{
  Registration *self = g_task_get_task_data (task);
  const BgServiceHub hub = { self->url, self->pin, self->bearer };

  post (&hub, "/auth/register", bg_service_body_new (body), BG_SERVICE_LIMIT_S,
        g_task_get_cancellable (task), on_answered, g_object_ref (task));
}

/* NULL: it asks for no proof. */
static const char *
challenge_of (const BgServiceAnswer *answer)
{
  if (answer->status != SOUP_STATUS_UNAUTHORIZED || !answer->body)
    return NULL;
  return bg_json_member_text (answer->body, "challenge");
}

/* FALSE where the challenge is none. */
static gboolean
add_proof (const Registration *self, JsonBuilder *body, const char *challenge)
{
  guint8 asked[BG_KEY_CHALLENGE_BYTES], key[BG_KEY_BYTES], proof[BG_KEY_PROOF_BYTES];
  g_autofree char *host = bg_key_proof_host (self->url);
  const BgKeyClaim claim = { asked, key, self->name, host, self->pin };
  char text[BG_KEY_TEXT_LEN + 1];

  if (!bg_key_challenge_parse (challenge, asked) || !bg_key_from_base64 (self->public_key, key)
      || !bg_key_proof_make (&claim, self->private_key, asked + BG_KEY_CHALLENGE_TIME, proof))
    return FALSE;
  bg_key_to_base64 (proof, text);
  bg_json_add_text (body, "challenge", challenge);
  bg_json_add_text (body, "proof", text);
  bg_json_add_text (body, "host", host);
  bg_json_add_text (body, "pin", self->pin);
  return TRUE;
}

/* FALSE: the answer is the last word. */
static gboolean
prove (GTask *task, const BgServiceAnswer *answer)
{
  Registration *self = g_task_get_task_data (task);
  const char *challenge = self->can_prove ? challenge_of (answer) : NULL;
  g_autoptr (JsonBuilder) body = challenge ? begin_body (self) : NULL;

  if (!challenge || !add_proof (self, body, challenge))
    return FALSE;
  self->can_prove = FALSE;
  send_registration (task, body);
  return TRUE;
}

static void
note_where (Registration *self, const BgServiceAnswer *answer)
{
  const char *pin;

  if (answer->status != BG_SERVICE_MISDIRECTED || !answer->body)
    return;
  pin = bg_json_member_text (answer->body, "pin");
  self->moved_url = g_strdup (bg_json_member_text (answer->body, "url"));
  self->moved_pin = g_strdup (pin && *pin ? pin : NULL);
}

static void
on_answered (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  GError *error = NULL;
  g_autoptr (BgServiceAnswer) answer = bg_service_request_finish (result, &error);

  if (!answer)
    g_task_return_error (task, error);
  else if (!prove (task, answer))
    {
      note_where (g_task_get_task_data (task), answer);
      g_task_return_pointer (task, g_steal_pointer (&answer),
                             (GDestroyNotify) bg_service_answer_free);
    }
}

void
bg_service_register_async (const BgServiceHub *hub, const BgServiceNewcomer *newcomer,
                           GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, data);
  Registration *self = registration_new (hub, newcomer);
  g_autoptr (JsonBuilder) body = begin_body (self);

  g_task_set_source_tag (task, bg_service_register_async);
  g_task_set_task_data (task, self, registration_free);
  if (self->code || !newcomer->code)
    send_registration (task, body);
  else
    bg_task_return_error (task, BG_ERROR_INVALID_ARGUMENT, INVITE_BAD);
}

/* A hub of before has no such path; the Go program's asks for something else. */
static gboolean
registers_nobody (const BgServiceAnswer *answer)
{
  switch (answer->status)
    {
    case SOUP_STATUS_NOT_FOUND:
      return !answer->body;
    case SOUP_STATUS_METHOD_NOT_ALLOWED:
    case SOUP_STATUS_NOT_IMPLEMENTED:
      return TRUE;
    case SOUP_STATUS_BAD_REQUEST:
      return g_str_has_prefix (bg_service_answer_why_not (answer), "github_token");
    default:
      return FALSE;
    }
}

/* What the hub goes by; NULL where it does not say. */
static const char *
host_of (const BgServiceAnswer *answer)
{
  const char *host = bg_json_member_text (answer->body, "host");
  gsize fine = host ? strspn (host, "abcdefghijklmnopqrstuvwxyz0123456789.:-_") : 0;

  return fine > 0 && fine <= LONGEST_HOST && host[fine] == '\0' ? host : NULL;
}

/* Does it take us for somebody who meant another hub? */
static gboolean
is_elsewhere (const Registration *self, const BgServiceAnswer *answer)
{
  g_autofree char *host = bg_key_proof_host (self->url);

  return host_of (answer) && g_strcmp0 (host, host_of (answer)) != 0;
}

static BgCredentialRefusal
refusal_of_registration (const Registration *self, const BgServiceAnswer *answer)
{
  if (registers_nobody (answer))
    return BG_REFUSAL_ABSENT;
  if (challenge_of (answer) && is_elsewhere (self, answer))
    return BG_REFUSAL_BARRED;
  if (challenge_of (answer)) /* ours was over, or there was none to give */
    return BG_REFUSAL_LATER;
  return answer->status >= 400 && answer->status < 500 && answer->status != 429 ? BG_REFUSAL_BARRED
                                                                                : BG_REFUSAL_LATER;
}

static gboolean
read_place (BgServiceCredential *read, JsonObject *said, GError **error)
{
  read->device_id = g_strdup (bg_json_member_text (said, "device_id"));
  read->address = g_strdup (bg_json_member_text (said, "address"));
  read->address6 = g_strdup (bg_json_member_text (said, "address6"));
  read->turn_secret = g_strdup (bg_json_member_text (said, "turn_secret"));
  read->log_entries = (guint) CLAMP (number_of (said, "log", 0), 0, G_MAXINT);
  if (!read->turn_secret)
    read->turn_secret = g_strdup ("");
  if (!read->device_id)
    return bg_service_answer_lacks ("device_id", error);
  if (!read->refresh_token)
    return bg_service_answer_lacks ("refresh_token", error);
  return read->address || bg_service_answer_lacks ("address", error);
}

/* By the token; with a code it would be the key that is not taken. */
static gboolean
registers_by_code_alone (const Registration *self, const BgServiceAnswer *answer)
{
  return !self->code && answer->status == SOUP_STATUS_FORBIDDEN
         && !g_str_has_prefix (bg_service_answer_why_not (answer), "this device was revoked");
}

static void
set_unproved (const Registration *self, const BgServiceAnswer *answer, GError **error)
{
  if (is_elsewhere (self, answer))
    bg_error_set (error, BG_ERROR_SERVICE, HUB_IS_ELSEWHERE, host_of (answer));
  else
    bg_error_set (error, BG_ERROR_NOT_AUTHORIZED, KEY_NOT_PROVED);
}

/* Of the key and the address the hub says in words what is wrong with them. FALSE: it is something else. */
static gboolean
set_refused_device (const Registration *self, const BgServiceAnswer *answer, GError **error)
{
  const char *why = bg_service_answer_why_not (answer);

  if (answer->status == SOUP_STATUS_FORBIDDEN && g_str_has_prefix (why, "this device was revoked"))
    bg_error_set (error, BG_ERROR_NOT_AUTHORIZED, KEY_PUT_OUT);
  else if (answer->status == SOUP_STATUS_CONFLICT && self->address)
    bg_error_set (error, BG_ERROR_EXISTS, ADDRESS_OF_ANOTHER, self->address);
  else if (answer->status == SOUP_STATUS_INSUFFICIENT_STORAGE
           && g_str_has_prefix (why, "too many devices"))
    bg_error_set (error, BG_ERROR_SERVICE, TOO_MANY_DEVICES);
  else
    return FALSE;
  return TRUE;
}

static JsonObject *
read_registration (const Registration *self, const BgServiceAnswer *answer, GError **error)
{
  if (challenge_of (answer))
    set_unproved (self, answer, error);
  else if (registers_by_code_alone (self, answer))
    bg_error_set (error, BG_ERROR_NOT_AUTHORIZED, TOKEN_REGISTERS_NOBODY);
  else if (!set_refused_device (self, answer, error))
    return bg_service_answer_read_invite (answer, error);
  return NULL;
}

gboolean
bg_service_register_is_sent_on (GAsyncResult *result, const char **url, const char **pin)
{
  const Registration *self = g_task_get_task_data (G_TASK (result));

  *url = self->moved_url;
  *pin = self->moved_pin;
  return *url != NULL;
}

BgServiceCredential *
bg_service_register_finish (GAsyncResult *result, BgCredentialRefusal *refusal, GError **error)
{
  const Registration *self = g_task_get_task_data (G_TASK (result));
  g_autoptr (BgServiceAnswer) answer = g_task_propagate_pointer (G_TASK (result), error);
  g_autoptr (BgServiceCredential) read = NULL;
  JsonObject *said;

  *refusal = BG_REFUSAL_LATER;
  if (!answer)
    return NULL;
  *refusal = refusal_of_registration (self, answer);
  said = read_registration (self, answer, error);
  read = said ? read_credential (said, error) : NULL;
  return read && read_place (read, said, error) ? g_steal_pointer (&read) : NULL;
}

/* --- Renewing --- */

void
bg_service_refresh_async (const BgServiceHub *hub, const char *device_id, const char *refresh_token,
                          gboolean rotate, GCancellable *cancellable, GAsyncReadyCallback callback,
                          gpointer data)
{
  g_autoptr (JsonBuilder) builder = json_builder_begin_object (json_builder_new ());
  const BgServiceHub bare = { hub->url, hub->pin, NULL };

  bg_json_add_text (builder, "device_id", device_id);
  bg_json_add_text (builder, "refresh_token", refresh_token);
  bg_json_add_boolean (builder, "rotate", rotate);
  post (&bare, "/auth/refresh", bg_service_body_new (builder), BG_SERVICE_LIMIT_S, cancellable,
        callback, data);
}

/* Only a hub's own word is for good: a 401 of whoever stands before it is none. */
static BgCredentialRefusal
refusal_of_refresh (const BgServiceAnswer *answer)
{
  static const struct
  {
    const char *why;
    BgCredentialRefusal refusal;
  } words[] = {
    { "device not found or revoked", BG_REFUSAL_REVOKED },
    { "refresh_token_expired", BG_REFUSAL_EXPIRED },
    { "invalid refresh token", BG_REFUSAL_TOKEN },
  };

  if (answer->status == SOUP_STATUS_NOT_FOUND)
    return BG_REFUSAL_ABSENT;
  for (gsize i = 0; answer->status == SOUP_STATUS_UNAUTHORIZED && i < G_N_ELEMENTS (words); i++)
    if (g_str_equal (words[i].why, bg_service_answer_why_not (answer)))
      return words[i].refusal;
  return BG_REFUSAL_LATER;
}

BgServiceCredential *
bg_service_refresh_finish (GAsyncResult *result, BgCredentialRefusal *refusal, GError **error)
{
  g_autoptr (BgServiceAnswer) answer = bg_service_request_finish (result, error);
  JsonObject *said;

  *refusal = BG_REFUSAL_LATER;
  if (!answer)
    return NULL;
  *refusal = refusal_of_refresh (answer);
  said = bg_service_answer_read (answer, error);
  return said ? read_credential (said, error) : NULL;
}

/* --- Leaving --- */

void
bg_service_leave_async (const BgServiceHub *hub, GCancellable *cancellable,
                        GAsyncReadyCallback callback, gpointer data)
{
  post (hub, "/auth/leave", NULL, BG_SERVICE_LEAVE_S, cancellable, callback, data);
}

gboolean
bg_service_leave_finish (GAsyncResult *result, GError **error)
{
  g_autoptr (BgServiceAnswer) answer = bg_service_request_finish (result, error);

  return answer && bg_service_answer_read (answer, error);
}
