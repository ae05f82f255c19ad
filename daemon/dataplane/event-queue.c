/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dataplane/event-queue.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

typedef struct Node
{
  struct Node *next;
  BgEvent event;
} Node;

struct BgEventQueue
{
  int fd;
  pthread_mutex_t lock; /* what is below */
  Node *head, **tail;
  uint32_t len;
  bool is_readable; /* `fd` */
};

BgEventQueue *
bg_event_queue_new (void)
{
  BgEventQueue *queue = calloc (1, sizeof *queue);

  if (!queue)
    abort ();
  queue->tail = &queue->head;
  queue->fd = eventfd (0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (queue->fd < 0)
    abort ();
  pthread_mutex_init (&queue->lock, NULL);
  return queue;
}

void
bg_event_queue_free (BgEventQueue *queue)
{
  BgEvent event;

  while (bg_event_queue_pop (queue, &event))
    bg_dataplane_event_clear (&event);
  pthread_mutex_destroy (&queue->lock);
  close (queue->fd);
  free (queue);
}

int
bg_event_queue_fd (const BgEventQueue *queue)
{
  return queue->fd;
}

static bool
is_answer (BgEventType type)
{
  return type == BG_EVENT_PING || type == BG_EVENT_STATS;
}

static bool
is_same_news (const BgEvent *a, const BgEvent *b)
{
  return a->type == b->type && (a->type != BG_EVENT_TRANSPORT_CLOSED || a->kind == b->kind)
         && wg_key_equal (&a->key, &b->key);
}

/* With the queue full: true where the event found its place, or was dropped. */
static bool
put_in_full_queue (BgEventQueue *queue, const BgEvent *event)
{
  if (is_answer (event->type))
    {
      BgEvent dropped = *event;

      bg_dataplane_event_clear (&dropped);
      return true;
    }
  for (Node *node = queue->head; node; node = node->next)
    if (is_same_news (&node->event, event))
      {
        node->event = *event;
        return true;
      }
  return false;
}

static void
append (BgEventQueue *queue, const BgEvent *event)
{
  Node *node = malloc (sizeof *node);

  if (!node)
    abort ();
  *node = (Node){ .event = *event };
  *queue->tail = node;
  queue->tail = &node->next;
  queue->len++;
}

static void
push (BgEventQueue *queue, const BgEvent *event, bool wakes)
{
  pthread_mutex_lock (&queue->lock);
  if (queue->len < BG_EVENTS_MAX || !put_in_full_queue (queue, event))
    append (queue, event);
  if (wakes && !queue->is_readable)
    {
      queue->is_readable = true;
      eventfd_write (queue->fd, 1);
    }
  pthread_mutex_unlock (&queue->lock);
}

void
bg_event_queue_push_take (BgEventQueue *queue, const BgEvent *event)
{
  push (queue, event, true);
}

void
bg_event_queue_push_patient (BgEventQueue *queue, const BgEvent *event)
{
  push (queue, event, false);
}

bool
bg_event_queue_pop (BgEventQueue *queue, BgEvent *out)
{
  Node *node;
  eventfd_t ignored;

  pthread_mutex_lock (&queue->lock);
  node = queue->head;
  if (node)
    {
      queue->head = node->next;
      if (!queue->head)
        queue->tail = &queue->head;
      if (--queue->len == 0 && queue->is_readable)
        {
          queue->is_readable = false;
          eventfd_read (queue->fd, &ignored);
        }
    }
  pthread_mutex_unlock (&queue->lock);
  if (!node)
    return false;
  *out = node->event;
  free (node);
  return true;
}
