/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgatectl/worker-door.h"

#include "common/printable.h"

enum
{
  STEP_MS = 2000,
  PATIENCE_S = 120,
  SHORT_PATIENCE_S = 10,
};

void
worker_door_look (WorkerStatus *self, Cloudflare *cloudflare, const char *host, const char *token)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  guint status = 0;

  worker_status_clear (self);
  text = cloudflare_visit (cloudflare, host, "/status", token, &status, &error);
  if (text)
    worker_status_read (self, status, text);
  else
    self->trouble = bg_printable (error->message);
}

static gboolean
is_as_wanted (const WorkerStatus *self, const char *token, const char *version)
{
  return self->answers
         && (!token || (self->knows_token && g_strcmp0 (self->version, version) == 0));
}

static gint64
patience_us (const WorkerStatus *self, gboolean is_new)
{
  gboolean is_settled = self->is_refusing || (self->answers && !is_new);

  return (is_settled ? SHORT_PATIENCE_S : PATIENCE_S) * G_USEC_PER_SEC;
}

gboolean
worker_door_wait (WorkerStatus *self, Cloudflare *cloudflare, const char *host, const char *token,
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
