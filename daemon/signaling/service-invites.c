/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "signaling/service-invites.h"

#include "common/device-name.h"
#include "common/error.h"
#include "common/json-member.h"
#include "common/key-text.h"
#include "common/printable.h"
#include "signaling/service-request.h"

#include <string.h>

#define INVITES "/auth/invites"

enum
{
  ID_DIGITS = 16,
};

static const char *const end_names[] = {
  [BG_INVITE_CANCELLED] = "cancelled",
  [BG_INVITE_WAS_USED] = "used",
  [BG_INVITE_HAD_EXPIRED] = "expired",
};

const char *
bg_invite_end_name (BgInviteEnd end)
{
  return end_names[end];
}

gboolean
bg_service_invite_id_is_fine (const char *id)
{
  return id && strlen (id) == ID_DIGITS && strspn (id, "0123456789abcdef") == ID_DIGITS;
}

void
bg_service_invite_free (BgServiceInvite *invite)
{
  if (!invite)
    return;
  g_free (invite->id);
  g_free (invite->signing_key);
  g_free (invite->made_by);
  g_free (invite);
}

/* A hub of before has none of these paths; an invite that is not there is an answer of ours. */
static JsonObject *
read_answer (const BgServiceAnswer *answer, GError **error)
{
  switch (answer->status)
    {
    case SOUP_STATUS_NOT_FOUND:
      if (answer->body)
        bg_error_set (error, BG_ERROR_NOT_FOUND, NO_SUCH_INVITE);
      else
        bg_error_set (error, BG_ERROR_NOT_FOUND, HUB_WITHOUT_INVITES);
      return NULL;
    case SOUP_STATUS_FORBIDDEN:
      bg_error_set (error, BG_ERROR_NOT_AUTHORIZED, NOT_AN_OWNER);
      return NULL;
    default:
      return bg_service_answer_read (answer, error);
    }
}

/* --- The list --- */

static BgServiceInvite *
read_invite (JsonObject *said, const char *id)
{
  BgServiceInvite *invite = g_new0 (BgServiceInvite, 1);
  const char *key = bg_json_member_text (said, "signing_key");
  const char *maker = bg_json_member_text (said, "made_by_name");
  guint8 bytes[BG_KEY_BYTES];

  invite->id = g_strdup (id);
  invite->signing_key = g_strdup (key && bg_key_from_base64 (key, bytes) ? key : "");
  invite->made_by = bg_printable_start (maker ? maker : "", BG_DEVICE_NAME_FOREIGN_MAX);
  bg_json_member_number (said, "created_at", &invite->created_at_s);
  bg_json_member_number (said, "expires_at", &invite->expires_at_s);
  return invite;
}

static void
take_invite (JsonArray *array, guint index, JsonNode *node, gpointer data)
{
  GPtrArray *invites = data;
  JsonObject *said = JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
  const char *id = said ? bg_json_member_text (said, "invite_id") : NULL;

  if (invites->len < BG_SERVICE_INVITES_MAX && bg_service_invite_id_is_fine (id))
    g_ptr_array_add (invites, read_invite (said, id));
}

void
bg_service_invites_async (const BgServiceHub *hub, GCancellable *cancellable,
                          GAsyncReadyCallback callback, gpointer data)
{
  const BgServiceRequest request = { .method = SOUP_METHOD_GET,
                                     .path = INVITES,
                                     .limit_s = BG_SERVICE_LIMIT_S,
                                     .body_limit = BG_SERVICE_LONG_BODY };

  bg_service_request_async (hub, &request, cancellable, callback, data);
}

GPtrArray *
bg_service_invites_finish (GAsyncResult *result, GError **error)
{
  g_autoptr (BgServiceAnswer) answer = bg_service_request_finish (result, error);
  JsonObject *object = answer ? read_answer (answer, error) : NULL;
  JsonArray *list = bg_service_answer_list (object, "invites", error);
  GPtrArray *invites;

  if (!list)
    return NULL;
  invites = g_ptr_array_new_with_free_func ((GDestroyNotify) bg_service_invite_free);
  json_array_foreach_element (list, take_invite, invites);
  return invites;
}

/* --- Cancelling one --- */

void
bg_service_invite_cancel_async (const BgServiceHub *hub, const char *id, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer data)
{
  g_autofree char *path = g_strconcat (INVITES "/", id, NULL);
  const BgServiceRequest request = { .method = SOUP_METHOD_DELETE,
                                     .path = path,
                                     .limit_s = BG_SERVICE_LIMIT_S };

  if (bg_service_invite_id_is_fine (id))
    bg_service_request_async (hub, &request, cancellable, callback, data);
  else
    g_task_report_error (NULL, callback, data, bg_service_invite_cancel_async,
                         bg_error (BG_ERROR_NOT_FOUND, NO_SUCH_INVITE));
}

gboolean
bg_service_invite_cancel_finish (GAsyncResult *result, BgInviteEnd *end, GError **error)
{
  g_autoptr (BgServiceAnswer) answer = bg_service_request_finish (result, error);
  JsonObject *object = answer ? read_answer (answer, error) : NULL;
  const char *state = object ? bg_json_member_text (object, "state") : NULL;

  for (guint i = 0; state && i < G_N_ELEMENTS (end_names); i++)
    if (g_str_equal (state, end_names[i]))
      {
        *end = (BgInviteEnd) i;
        return TRUE;
      }
  return object ? bg_service_answer_lacks ("state", error) : FALSE;
}
