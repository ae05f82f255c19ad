/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgatectl/worker-status.h"
#include "bamgatectl/cloudflare-answer.h"

#include "common/json-member.h"
#include "common/printable.h"

#include <glib/gi18n.h>

enum
{
  HTTP_OK = 200,
  HTTP_BROKEN = 500,
  MAX_TROUBLE = 300,
};

void
worker_status_clear (WorkerStatus *self)
{
  g_free (self->version);
  g_free (self->trouble);
  *self = (WorkerStatus){ 0 };
}

/* As worker/cloudflare/worker.js says it. */
static void
take (WorkerStatus *self, JsonObject *said)
{
  JsonObject *room = cloudflare_answer_object (said, "room");

  self->answers = g_strcmp0 (bg_json_member_text (said, "status"), "ok") == 0;
  self->knows_token = self->answers && room && json_object_has_member (room, "members");
  self->members = self->knows_token ? cloudflare_answer_number (room, "members") : 0;
  self->version = g_strdup (bg_json_member_text (said, "version"));
}

void
worker_status_read (WorkerStatus *self, guint http_status, const char *text)
{
  g_autoptr (JsonObject) said = http_status == HTTP_OK ? cloudflare_answer_read (text) : NULL;

  worker_status_clear (self);
  if (said)
    take (self, said);
  self->is_refusing = http_status == HTTP_BROKEN
                      && g_str_has_prefix (text, "This Worker is not set up");
  if (self->is_refusing)
    self->trouble = bg_printable_start (text, MAX_TROUBLE);
  else if (!self->answers)
    self->trouble = g_strdup_printf (_ ("what answers there is no hub (HTTP %u)"), http_status);
}
