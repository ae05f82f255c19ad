/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/hub/hub-http-endpoints.h"
#include "worker/hub/hub-reply.h"
#include "common/key-text.h"
#include "common/log.h"

#define INVITE_KEY_HEADER "Bamgate-Invite-Key"

/* --- Making one --- */

/* "" for none; FALSE, and an answer, where it is no key. */
static gboolean
signing_key_of (SoupServerMessage *message, const char **signing_key)
{
  uint8_t key[BG_KEY_BYTES];

  *signing_key = soup_message_headers_get_one (soup_server_message_get_request_headers (message),
                                               INVITE_KEY_HEADER);
  if (*signing_key == NULL)
    *signing_key = "";
  if (**signing_key == '\0' || bg_key_from_base64 (*signing_key, key))
    return TRUE;
  bg_hub_reply_error (message, SOUP_STATUS_BAD_REQUEST, "the key of the invite is none");
  return FALSE;
}

static void
reply_code (const BgHubHttp *http, SoupServerMessage *message, const char *code)
{
  JsonBuilder *builder = bg_hub_object_new ();

  bg_hub_object_add_text (builder, "code", code);
  bg_hub_object_add_number (builder, "expires_in", http->invite_lifetime_s);
  bg_hub_reply_json (message, SOUP_STATUS_OK, json_builder_end_object (builder));
  bg_hub_reply_when_written (message, http->memory.writer);
}

void
bg_hub_http_answer_new_invite (const BgHubHttp *http, SoupServerMessage *message, const char *rest)
{
  g_autofree char *code = bg_hub_invite_code_new ();
  g_autofree char *base = bg_hub_http_base_url (http, message);
  const BgHubDevice *maker = bg_hub_http_caller (http, message).device;
  const char *signing_key;

  if (!signing_key_of (message, &signing_key))
    return;
  if (code == NULL)
    bg_hub_reply_error (message, SOUP_STATUS_INTERNAL_SERVER_ERROR, "no random numbers");
  else if (!bg_hub_invites_add (http->memory.invites, code, base, signing_key,
                                maker != NULL ? maker->id : "", bg_hub_http_now (),
                                http->invite_lifetime_s))
    bg_hub_reply_patience (message, http->invite_lifetime_s, "too many invites are open");
  else
    {
      bg_log (BG_TOPIC_HUB, MESSAGE, NULL, "invite made, good for %u s", http->invite_lifetime_s);
      reply_code (http, message, code);
    }
}

/* --- The list --- */

static void
add_invite (const BgHubMemory *memory, JsonBuilder *object, const BgHubInvite *invite)
{
  g_autofree char *id = bg_hub_invites_id (memory->invites, invite);
  const BgHubDevice *maker = bg_hub_devices_find (memory->devices, invite->made_by);

  json_builder_begin_object (object);
  bg_hub_object_add_number (object, "created_at", (guint64) invite->created_at);
  bg_hub_object_add_number (object, "expires_at", (guint64) invite->expires_at);
  bg_hub_object_add_text (object, "invite_id", id);
  bg_hub_object_add_text (object, "made_by", invite->made_by);
  bg_hub_object_add_text (object, "made_by_name", maker != NULL ? maker->name : "");
  bg_hub_object_add_text (object, "signing_key", invite->signing_key);
  json_builder_end_object (object);
}

void
bg_hub_http_answer_invites (const BgHubHttp *http, SoupServerMessage *message, const char *rest)
{
  g_autoptr (GPtrArray) open = bg_hub_invites_list_open (http->memory.invites, bg_hub_http_now ());
  JsonBuilder *object = bg_hub_object_new ();

  json_builder_set_member_name (object, "invites");
  json_builder_begin_array (object);
  for (guint i = 0; i < open->len; i++)
    add_invite (&http->memory, object, open->pdata[i]);
  json_builder_end_array (object);
  bg_hub_reply_json (message, SOUP_STATUS_OK, json_builder_end_object (object));
}

/* --- Cancelling one --- */

void
bg_hub_http_answer_cancel_invite (const BgHubHttp *http, SoupServerMessage *message, const char *id)
{
  static const char *const states[] = {
    [BG_HUB_CANCEL_DONE] = "cancelled",
    [BG_HUB_CANCEL_USED] = "used",
    [BG_HUB_CANCEL_EXPIRED] = "expired",
  };
  BgHubCancel verdict = bg_hub_invites_cancel (http->memory.invites, id, bg_hub_http_now ());
  JsonBuilder *object;

  if (verdict == BG_HUB_CANCEL_UNKNOWN)
    {
      bg_hub_reply_error (message, SOUP_STATUS_NOT_FOUND, "invite not found");
      return;
    }
  bg_log (BG_TOPIC_HUB, MESSAGE, NULL, "invite %s: %s", id, states[verdict]);
  object = bg_hub_object_new ();
  bg_hub_object_add_text (object, "state", states[verdict]);
  bg_hub_reply_json (message, SOUP_STATUS_OK, json_builder_end_object (object));
  bg_hub_reply_when_written (message, http->memory.writer);
}
