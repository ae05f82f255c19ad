/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "signaling/service-credential.h"

#include "common/error.h"
#include "common/invite-code.h"
#include "common/json-member.h"
#include "common/secret-text.h"
#include "signaling/service-request.h"

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

void
bg_service_register_async (const BgServiceHub *hub, const BgServiceNewcomer *newcomer,
                           GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (JsonBuilder) builder = json_builder_begin_object (json_builder_new ());
  g_autofree char *tidy = bg_invite_code_tidy_typed (newcomer->code);

  bg_json_add_text (builder, "device_name", newcomer->name);
  bg_json_add_text (builder, "public_key", newcomer->public_key);
  bg_json_add_text (builder, "address", newcomer->address);
  bg_json_add_text (builder, "invite", tidy);
  if (tidy || !newcomer->code)
    post (hub, "/auth/register", bg_service_body_new (builder), BG_SERVICE_LIMIT_S, cancellable,
          callback, data);
  else
    g_task_report_error (NULL, callback, data, bg_service_register_async,
                         bg_error (BG_ERROR_INVALID_ARGUMENT, INVITE_BAD));
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

static BgCredentialRefusal
refusal_of_registration (const BgServiceAnswer *answer)
{
  if (registers_nobody (answer))
    return BG_REFUSAL_ABSENT;
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

BgServiceCredential *
bg_service_register_finish (GAsyncResult *result, BgCredentialRefusal *refusal, GError **error)
{
  g_autoptr (BgServiceAnswer) answer = bg_service_request_finish (result, error);
  g_autoptr (BgServiceCredential) read = NULL;
  JsonObject *said;

  *refusal = BG_REFUSAL_LATER;
  if (!answer)
    return NULL;
  *refusal = refusal_of_registration (answer);
  said = bg_service_answer_read_invite (answer, error);
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
