/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/hub/hub-http-endpoints.h"
#include "worker/hub/hub-body.h"
#include "worker/hub/hub-reply.h"
#include "common/log.h"

#include <libsoup/soup.h>

enum
{
  MAX_POSTED = 16,
};

/* --- Reading --- */

static void
add_entries (JsonBuilder *object, GPtrArray *entries)
{
  json_builder_set_member_name (object, "entries");
  json_builder_begin_array (object);
  for (guint i = 0; i < entries->len; i++)
    {
      gsize len;
      const guchar *data = g_bytes_get_data (entries->pdata[i], &len);
      g_autofree char *text = g_base64_encode (data, len);

      json_builder_add_string_value (object, text);
    }
  json_builder_end_array (object);
}

void
bg_hub_http_answer_read_log (const BgHubHttp *http, SoupServerMessage *message, const char *rest)
{
  g_autoptr (GPtrArray) entries = NULL;
  JsonBuilder *object;
  guint from;

  if (!bg_hub_http_read_number (message, "from", &from))
    {
      bg_hub_reply_error (message, SOUP_STATUS_BAD_REQUEST, "from is no number of an entry");
      return;
    }
  entries = bg_hub_log_list (http->memory.log, from);
  object = bg_hub_object_new ();
  bg_hub_object_add_number (object, "count", bg_hub_log_count (http->memory.log));
  add_entries (object, entries);
  bg_hub_reply_json (message, SOUP_STATUS_OK, json_builder_end_object (object));
}

/* --- Writing --- */

/* The error, and how far the log has come. */
static void
reply_refusal (const BgHubHttp *http, SoupServerMessage *message, BgHubLogAnswer answer,
               const char *why)
{
  static const guint statuses[] = {
    [BG_HUB_LOG_TAKEN] = SOUP_STATUS_OK,
    [BG_HUB_LOG_WRONG] = SOUP_STATUS_BAD_REQUEST,
    [BG_HUB_LOG_NOT_ALLOWED] = SOUP_STATUS_FORBIDDEN,
    [BG_HUB_LOG_CONTRADICTS] = SOUP_STATUS_CONFLICT,
    [BG_HUB_LOG_FULL] = SOUP_STATUS_INSUFFICIENT_STORAGE,
  };
  JsonBuilder *object = bg_hub_object_new ();

  bg_hub_object_add_number (object, "count", bg_hub_log_count (http->memory.log));
  bg_hub_object_add_text (object, "error", why);
  bg_hub_reply_json (message, statuses[answer], json_builder_end_object (object));
}

static void
reply_taken (const BgHubHttp *http, SoupServerMessage *message)
{
  JsonBuilder *object = bg_hub_object_new ();

  bg_hub_object_add_number (object, "count", bg_hub_log_count (http->memory.log));
  bg_hub_reply_json (message, SOUP_STATUS_OK, json_builder_end_object (object));
  bg_hub_reply_when_written (message, http->memory.writer);
}

/* The network becomes signed by whoever manages it, and by a record of its own device. */
static gboolean
may_begin (const BgHubHttp *http, const BgHubDevice *device, GBytes *genesis)
{
  gsize len;
  const guint8 *bytes = g_bytes_get_data (genesis, &len);
  BgEntry entry;

  return bg_hub_devices_is_owner (http->memory.devices, device)
         && bg_entry_read ((BgBytes){ bytes, len }, &entry)
         && bg_hub_devices_has_key (device, entry.record.key);
}

/* Only what nobody who has the log would write counts as an attempt: to come too late is no fault. */
static void
note_attempt (const BgHubHttp *http, SoupServerMessage *message, BgHubLogAnswer answer)
{
  g_autoptr (GInetAddress) source = bg_hub_http_source (http, message);

  if (answer == BG_HUB_LOG_WRONG || answer == BG_HUB_LOG_NOT_ALLOWED)
    bg_hub_guard_note_wrong (http->credential_guard, g_get_monotonic_time ());
  else
    bg_hub_guard_forgive (http->credential_guard, source);
}

static void
append (const BgHubHttp *http, SoupServerMessage *message, const BgHubDevice *device,
        GPtrArray *entries)
{
  const char *why = "only an owner's device begins the log, with a record of itself";
  gint64 now = bg_hub_http_now ();
  BgHubLogAnswer answer = BG_HUB_LOG_NOT_ALLOWED;

  if (bg_hub_log_count (http->memory.log) > 0 || may_begin (http, device, entries->pdata[0]))
    answer = bg_hub_log_append (http->memory.log, entries, now, &why);
  note_attempt (http, message, answer);
  if (answer != BG_HUB_LOG_TAKEN)
    {
      reply_refusal (http, message, answer, why);
      return;
    }
  bg_log (BG_TOPIC_HUB, MESSAGE, device->name, "put %u entries into the log, it has %u",
          entries->len, bg_hub_log_count (http->memory.log));
  bg_hub_devices_follow_log (http->memory.devices, now);
  reply_taken (http, message);
}

void
bg_hub_http_answer_write_log (const BgHubHttp *http, SoupServerMessage *message, const char *rest)
{
  g_autoptr (JsonNode) node = bg_hub_http_body (message);
  g_autoptr (GInetAddress) source = bg_hub_http_source (http, message);
  g_autoptr (GPtrArray) entries = NULL;
  const BgHubDevice *device = bg_hub_http_caller (http, message).device;
  guint wait_s;

  if (node == NULL)
    return;
  entries = bg_hub_body_get_bytes (json_node_get_object (node), "entries", MAX_POSTED,
                                   BG_ENTRY_MAX);
  if (device == NULL) /* its token ended meanwhile */
    bg_hub_reply_text (message, SOUP_STATUS_UNAUTHORIZED, "Unauthorized");
  else if (entries == NULL)
    bg_hub_reply_error (message, SOUP_STATUS_BAD_REQUEST,
                        "entries is no list of 1 to 16 entries in base64");
  else if (!bg_hub_guard_may_try (http->credential_guard, source, g_get_monotonic_time (), &wait_s))
    bg_hub_reply_patience (message, wait_s, "too many attempts");
  else
    append (http, message, device, entries);
}
