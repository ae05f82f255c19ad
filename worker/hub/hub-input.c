/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/hub/hub-input.h"

#include <string.h>

enum
{
  AHEAD = 16 * 1024 + 512, /* more than a record of TLS: none is left half read */
  TURN = 8 * AHEAD,
};

struct _BgHubInput
{
  GFilterInputStream parent;
  gsize limit, metered;
  BgHubInputFunc on_done;
  gpointer data;

  /* what was read ahead; `ahead` NULL: nothing is */
  guint8 *ahead;
  gsize start, end;
  gsize turn; /* bytes since there was nothing for the moment */
};

static void bg_hub_input_pollable_init (GPollableInputStreamInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (BgHubInput, bg_hub_input, G_TYPE_FILTER_INPUT_STREAM,
                               G_IMPLEMENT_INTERFACE (G_TYPE_POLLABLE_INPUT_STREAM,
                                                      bg_hub_input_pollable_init))

static GInputStream *
base_of (gpointer self)
{
  return g_filter_input_stream_get_base_stream (G_FILTER_INPUT_STREAM (self));
}

static gssize
meter (BgHubInput *self, gssize n, GError **error)
{
  if (n <= 0)
    return n;
  self->metered += (gsize) n;
  if (self->metered <= self->limit)
    return n;
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_MESSAGE_TOO_LARGE,
                       "too much without a whole message");
  return -1;
}

static gssize
take_ahead (BgHubInput *self, void *buffer, gsize count)
{
  gsize n = MIN (count, self->end - self->start);

  memcpy (buffer, self->ahead + self->start, n);
  self->start += n;
  return (gssize) n;
}

static gssize
bg_hub_input_read (GInputStream *stream, void *buffer, gsize count, GCancellable *cancellable,
                   GError **error)
{
  BgHubInput *self = BG_HUB_INPUT (stream);

  if (self->start < self->end)
    return meter (self, take_ahead (self, buffer, count), error);
  return meter (self, g_input_stream_read (base_of (stream), buffer, count, cancellable, error),
                error);
}

/* --- GPollableInputStream --- */

static gboolean
bg_hub_input_can_poll (GPollableInputStream *stream)
{
  return TRUE;
}

static gboolean
bg_hub_input_is_readable (GPollableInputStream *stream)
{
  BgHubInput *self = BG_HUB_INPUT (stream);

  return self->start < self->end
         || g_pollable_input_stream_is_readable (G_POLLABLE_INPUT_STREAM (base_of (stream)));
}

/* Of the base stream: whoever reads until there is nothing for the moment has read all that is ahead. libsoup makes one anew each
 * time, when it is done with what it read. Nobody runs a loop within a loop here, so GLib need not take the descriptor out of the set
 * while the source is dispatched, which wakes it once for each stream that lies upon another. */
static GSource *
bg_hub_input_create_source (GPollableInputStream *stream, GCancellable *cancellable)
{
  g_autoptr (GSource) child = g_pollable_input_stream_create_source (
    G_POLLABLE_INPUT_STREAM (base_of (stream)), cancellable);
  GSource *source = g_pollable_source_new_full (stream, child, cancellable);
  BgHubInput *self = BG_HUB_INPUT (stream);

  g_source_set_can_recurse (source, TRUE);
  if (self->on_done != NULL)
    self->on_done (self->data);
  return source;
}

static gssize
read_base (BgHubInput *self, void *buffer, gsize count, GError **error)
{
  GPollableInputStream *base = G_POLLABLE_INPUT_STREAM (base_of (self));

  return g_pollable_input_stream_read_nonblocking (base, buffer, count, NULL, error);
}

/* As a read does: bytes, 0 at the end, or an error. */
static gssize
fill (BgHubInput *self, GError **error)
{
  gssize n;

  if (self->turn >= TURN)
    {
      self->turn = 0;
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK, "others have their turn");
      return -1;
    }
  n = read_base (self, self->ahead, AHEAD, error);
  self->start = 0;
  self->end = n > 0 ? (gsize) n : 0;
  self->turn = n > 0 ? self->turn + (gsize) n : 0;
  return n;
}

static gssize
bg_hub_input_read_nonblocking (GPollableInputStream *stream, void *buffer, gsize count,
                               GError **error)
{
  BgHubInput *self = BG_HUB_INPUT (stream);
  gssize n;

  if (self->ahead == NULL)
    return meter (self, read_base (self, buffer, count, error), error);
  if (self->start == self->end && (n = fill (self, error)) <= 0)
    return n;
  return meter (self, take_ahead (self, buffer, count), error);
}

static void
bg_hub_input_pollable_init (GPollableInputStreamInterface *iface)
{
  iface->can_poll = bg_hub_input_can_poll;
  iface->is_readable = bg_hub_input_is_readable;
  iface->create_source = bg_hub_input_create_source;
  iface->read_nonblocking = bg_hub_input_read_nonblocking;
}

/* --- Life --- */

void
bg_hub_input_reset (BgHubInput *self)
{
  self->metered = 0;
}

void
bg_hub_input_read_ahead (BgHubInput *self)
{
  if (self->ahead == NULL)
    self->ahead = g_malloc (AHEAD);
}

void
bg_hub_input_watch (BgHubInput *self, BgHubInputFunc on_done, gpointer data)
{
  self->on_done = on_done;
  self->data = data;
}

BgHubInput *
bg_hub_input_new (GInputStream *base, gsize limit)
{
  BgHubInput *self = g_object_new (BG_TYPE_HUB_INPUT, "base-stream", base, "close-base-stream",
                                   FALSE, NULL);

  self->limit = limit;
  return self;
}

static void
bg_hub_input_finalize (GObject *object)
{
  g_free (BG_HUB_INPUT (object)->ahead);
  G_OBJECT_CLASS (bg_hub_input_parent_class)->finalize (object);
}

static void
bg_hub_input_class_init (BgHubInputClass *class)
{
  G_OBJECT_CLASS (class)->finalize = bg_hub_input_finalize;
  G_INPUT_STREAM_CLASS (class)->read_fn = bg_hub_input_read;
}

static void
bg_hub_input_init (BgHubInput *self)
{
}
