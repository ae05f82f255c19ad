/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "uapi/uapi-queue.h"

#include "common/log.h"
#include "common/source.h"

#include <errno.h>

/* The data thread empties its mailbox within a turn or two. */
#define RETRY_MS 5

/* Cookies of ours among those of the application: "uapi" in the upper half. */
#define COOKIE_MARK ((guint64) 0x75617069 << 32)
#define COOKIE_MASK ((guint64) G_MAXUINT32 << 32)

/* A get asks for the peers and is done. A set asks for the peers it is merged into, posts its changes, and asks once more:
 * when that answer comes, they have happened. */
typedef enum
{
  ASKS,
  WAITS,
  POSTS,
} Stage;

typedef struct
{
  BgUapiRequest *request;
  BgUapiDone done;
  gpointer data;
  Stage stage;
  GPtrArray *changes; /* of a set, once it is planned */
  guint posted;
} Job;

struct _BgUapiQueue
{
  BgDataplane *dataplane;
  BgUapiDevice device;
  char *ifname;
  GQueue jobs; /* the head is under way */
  guint64 cookie;
  GSource *retry;
};

static void
job_free (Job *job)
{
  bg_uapi_request_free (job->request);
  g_clear_pointer (&job->changes, g_ptr_array_unref);
  g_free (job);
}

static gboolean
post_change (BgUapiQueue *self, const BgUapiChange *change)
{
  return change->remove ? bg_dataplane_remove_peer (self->dataplane, &change->config.key)
                        : bg_dataplane_set_peer (self->dataplane, &change->config);
}

static gboolean
post_changes (BgUapiQueue *self, Job *job)
{
  while (job->posted < job->changes->len
         && post_change (self, g_ptr_array_index (job->changes, job->posted)))
    job->posted++;
  return job->posted == job->changes->len;
}

static gboolean
ask (BgUapiQueue *self, Job *job)
{
  guint64 cookie = COOKIE_MARK | (guint32) (self->cookie + 1);

  if (!bg_dataplane_request_stats (self->dataplane, cookie))
    return FALSE;
  self->cookie = cookie;
  job->stage = WAITS;
  return TRUE;
}

static gboolean on_retry (gpointer data);

/* As far as there is room. */
static void
go_on (BgUapiQueue *self)
{
  Job *job = g_queue_peek_head (&self->jobs);

  bg_source_drop (&self->retry);
  if (!job || job->stage == WAITS)
    return;
  if ((job->stage == POSTS && !post_changes (self, job)) || !ask (self, job))
    bg_source_arm (&self->retry, RETRY_MS, on_retry, self);
}

static gboolean
on_retry (gpointer data)
{
  go_on (data);
  return G_SOURCE_REMOVE;
}

static void
finish (BgUapiQueue *self, char *answer)
{
  Job *job = g_queue_pop_head (&self->jobs);

  job->done (job->data, answer);
  job_free (job);
  go_on (self);
}

static void
finish_set (BgUapiQueue *self, const Job *job, int code)
{
  if (code == 0)
    bg_log (BG_TOPIC_UAPI, INFO, NULL, "%s: %u changes made through the WireGuard socket",
            self->ifname, job->changes->len);
  else
    bg_log (BG_TOPIC_UAPI, INFO, NULL, "%s: a change through the WireGuard socket was refused: %s",
            self->ifname, g_strerror (code));
  finish (self, bg_uapi_format_result (BG_UAPI_SET, code));
}

static void
plan (BgUapiQueue *self, Job *job, const BgEvent *event)
{
  int code;

  self->device.listen_port = bg_dataplane_udp_port (self->dataplane);
  job->changes = bg_uapi_plan (job->request, &self->device, event->stats, event->n_stats, &code);
  if (code != 0 || job->changes->len == 0)
    {
      finish_set (self, job, code);
      return;
    }
  job->stage = POSTS;
  go_on (self);
}

gboolean
bg_uapi_queue_take_event (BgUapiQueue *self, const BgEvent *event)
{
  Job *job = g_queue_peek_head (&self->jobs);

  if (event->type != BG_EVENT_STATS || (event->cookie & COOKIE_MASK) != COOKIE_MARK)
    return FALSE;
  if (!job || job->stage != WAITS || event->cookie != self->cookie)
    return TRUE;
  if (job->request->operation == BG_UAPI_GET)
    finish (self, bg_uapi_format_device (&self->device.private_key,
                                         bg_dataplane_udp_port (self->dataplane), event->stats,
                                         event->n_stats));
  else if (job->changes)
    finish_set (self, job, 0);
  else
    plan (self, job, event);
  return TRUE;
}

void
bg_uapi_queue_push_take (BgUapiQueue *self, BgUapiRequest *request, BgUapiDone done, gpointer data)
{
  Job *job = g_new0 (Job, 1);

  *job = (Job){ .request = request, .done = done, .data = data };
  g_queue_push_tail (&self->jobs, job);
  if (g_queue_get_length (&self->jobs) == 1)
    go_on (self);
}

BgUapiQueue *
bg_uapi_queue_new (BgDataplane *dataplane, const char *ifname)
{
  BgUapiQueue *self = g_new0 (BgUapiQueue, 1);

  self->dataplane = dataplane;
  self->ifname = g_strdup (ifname);
  self->cookie = COOKIE_MARK;
  g_queue_init (&self->jobs);
  return self;
}

void
bg_uapi_queue_set_private_key (BgUapiQueue *self, const WgKey *private_key)
{
  self->device.private_key = *private_key;
  if (!wg_key_public (private_key, &self->device.public_key))
    self->device.public_key = (WgKey){ 0 };
}

void
bg_uapi_queue_free (BgUapiQueue *self)
{
  Job *job;

  if (!self)
    return;
  bg_source_drop (&self->retry);
  while ((job = g_queue_pop_head (&self->jobs)))
    {
      job->done (job->data, NULL);
      job_free (job);
    }
  wg_wipe (&self->device, sizeof self->device);
  g_free (self->ifname);
  g_free (self);
}
