/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "publish/post.h"

#include <errno.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct _BgPost
{
  int fd;
  pthread_mutex_t lock;
  BgPostItem *first, **last; /* under the lock */
};

BgPost *
bg_post_new (GError **error)
{
  int fd = eventfd (0, EFD_NONBLOCK | EFD_CLOEXEC);
  BgPost *post;

  if (fd < 0)
    {
      g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (errno), "eventfd: %s",
                   g_strerror (errno));
      return NULL;
    }
  post = g_new0 (BgPost, 1);
  post->fd = fd;
  post->last = &post->first;
  pthread_mutex_init (&post->lock, NULL);
  return post;
}

void
bg_post_free (BgPost *post, GDestroyNotify drop)
{
  for (BgPostItem *item = bg_post_take_all (post), *next; item; item = next)
    {
      next = item->next;
      drop ? drop (item) : g_free (item);
    }
  pthread_mutex_destroy (&post->lock);
  close (post->fd);
  g_free (post);
}

int
bg_post_fd (const BgPost *post)
{
  return post->fd;
}

void
bg_post_put (BgPost *post, BgPostItem *item)
{
  gboolean was_empty;

  item->next = NULL;
  pthread_mutex_lock (&post->lock);
  was_empty = !post->first;
  *post->last = item;
  post->last = &item->next;
  if (was_empty)
    eventfd_write (post->fd, 1);
  pthread_mutex_unlock (&post->lock);
}

BgPostItem *
bg_post_take_all (BgPost *post)
{
  BgPostItem *items;
  eventfd_t n;

  pthread_mutex_lock (&post->lock);
  items = post->first;
  post->first = NULL;
  post->last = &post->first;
  if (items)
    eventfd_read (post->fd, &n);
  pthread_mutex_unlock (&post->lock);
  return items;
}
