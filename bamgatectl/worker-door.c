/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgatectl/worker-door.h"

#include "common/json-member.h"
#include "common/printable.h"
#include "common/signal-message.h"

#include <string.h>

enum
{
  STEP_MS = 2000,
  PATIENCE_S = 120,
  SHORT_PATIENCE_S = 10,
  MAX_TROUBLE = 300,
};

void
worker_door_clear (WorkerDoor *self)
{
  g_free (self->version);
  g_free (self->trouble);
  *self = (WorkerDoor){ 0 };
}

/* As worker/cloudflare/worker.js says it. */
static void
read_status (WorkerDoor *self, JsonObject *said)
{
  JsonNode *room = json_object_get_member (said, "room");
  JsonNode *members = room && JSON_NODE_HOLDS_OBJECT (room)
                        ? json_object_get_member (json_node_get_object (room), "members")
                        : NULL;

  self->answers = g_strcmp0 (bg_json_member_text (said, "status"), "ok") == 0;
  self->knows_token = self->answers && members && JSON_NODE_HOLDS_VALUE (members);
  self->members = self->knows_token ? json_node_get_int (members) : 0;
  self->version = g_strdup (bg_json_member_text (said, "version"));
}

void
worker_door_read (WorkerDoor *self, guint status, const char *text)
{
  g_autoptr (JsonParser) parser = json_parser_new ();

  if (status == SOUP_STATUS_OK && bg_json_shape_is_fine (text, strlen (text), NULL)
      && json_parser_load_from_data (parser, text, -1, NULL))
    read_status (self, json_node_get_object (json_parser_get_root (parser)));
  self->is_refusing = status == SOUP_STATUS_INTERNAL_SERVER_ERROR
                      && g_str_has_prefix (text, "This Worker is not set up");
  if (self->is_refusing)
    self->trouble = bg_printable_start (text, MAX_TROUBLE);
  else if (!self->answers)
    self->trouble = g_strdup_printf (_ ("what answers there is no hub (HTTP %u)"), status);
}

void
worker_door_look (WorkerDoor *self, Cloudflare *cloudflare, const char *host, const char *token)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  guint status = 0;

  worker_door_clear (self);
  text = cloudflare_visit (cloudflare, host, "/status", token, &status, &error);
  if (text)
    worker_door_read (self, status, text);
  else
    self->trouble = bg_printable (error->message);
}

static gboolean
is_as_wanted (const WorkerDoor *self, const char *token, const char *version)
{
  return self->answers
         && (!token || (self->knows_token && g_strcmp0 (self->version, version) == 0));
}

static gint64
patience_us (const WorkerDoor *self, gboolean is_new)
{
  gboolean is_settled = self->is_refusing || (self->answers && !is_new);

  return (is_settled ? SHORT_PATIENCE_S : PATIENCE_S) * G_USEC_PER_SEC;
}

gboolean
worker_door_wait (WorkerDoor *self, Cloudflare *cloudflare, const char *host, const char *token,
                  const char *version, gboolean is_new)
{
  gint64 since = g_get_monotonic_time ();

  for (;;)
    {
      worker_door_look (self, cloudflare, host, token);
      if (is_as_wanted (self, token, version))
        return TRUE;
      if (g_get_monotonic_time () - since >= patience_us (self, is_new)
          || !cloudflare_pause (cloudflare, STEP_MS))
        return FALSE;
    }
}
