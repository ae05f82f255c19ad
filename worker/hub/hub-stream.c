/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/hub/hub-stream.h"
#include "common/signal-message.h"
#include "common/source.h"

#include <linux/sockios.h>
#include <sys/ioctl.h>

/* What may come in before a message is whole: its payload, the masks and headers of its fragments,
 * pings between them. */
enum
{
  METER_LIMIT = 2 * BG_SIGNAL_MAX_FRAME,
  GOODBYE_LIMIT = 64 * 1024,
};

/* The metered input */

#define BG_TYPE_HUB_INPUT (bg_hub_input_get_type ())
G_DECLARE_FINAL_TYPE (BgHubInput, bg_hub_input, BG, HUB_INPUT, GFilterInputStream)

struct _BgHubInput
{
  GFilterInputStream parent;
  gsize metered;
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
  if (self->metered <= METER_LIMIT)
    return n;
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_MESSAGE_TOO_LARGE,
                       "too much without a whole message");
  return -1;
}

static gssize
bg_hub_input_read (GInputStream *stream, void *buffer, gsize count, GCancellable *cancellable,
                   GError **error)
{
  return meter (BG_HUB_INPUT (stream),
                g_input_stream_read (base_of (stream), buffer, count, cancellable, error), error);
}

static gboolean
bg_hub_input_can_poll (GPollableInputStream *stream)
{
  return TRUE;
}

static gboolean
bg_hub_input_is_readable (GPollableInputStream *stream)
{
  return g_pollable_input_stream_is_readable (G_POLLABLE_INPUT_STREAM (base_of (stream)));
}

static GSource *
bg_hub_input_create_source (GPollableInputStream *stream, GCancellable *cancellable)
{
  g_autoptr (GSource) child = g_pollable_input_stream_create_source (
    G_POLLABLE_INPUT_STREAM (base_of (stream)), cancellable);

  return g_pollable_source_new_full (stream, child, cancellable);
}

static gssize
bg_hub_input_read_nonblocking (GPollableInputStream *stream, void *buffer, gsize count,
                               GError **error)
{
  GPollableInputStream *base = G_POLLABLE_INPUT_STREAM (base_of (stream));

  return meter (BG_HUB_INPUT (stream),
                g_pollable_input_stream_read_nonblocking (base, buffer, count, NULL, error), error);
}

static void
bg_hub_input_pollable_init (GPollableInputStreamInterface *iface)
{
  iface->can_poll = bg_hub_input_can_poll;
  iface->is_readable = bg_hub_input_is_readable;
  iface->create_source = bg_hub_input_create_source;
  iface->read_nonblocking = bg_hub_input_read_nonblocking;
}

static void
bg_hub_input_class_init (BgHubInputClass *class)
{
  G_INPUT_STREAM_CLASS (class)->read_fn = bg_hub_input_read;
}

static void
bg_hub_input_init (BgHubInput *self)
{
}

/* The stream */

struct _BgHubStream
{
  GIOStream parent;
  GIOStream *base;
  GSocket *socket;
  BgHubInput *input;
  GSource *clock;
  gboolean is_settled;
};

G_DEFINE_FINAL_TYPE (BgHubStream, bg_hub_stream, G_TYPE_IO_STREAM)

static GInputStream *
bg_hub_stream_get_input (GIOStream *stream)
{
  return G_INPUT_STREAM (BG_HUB_STREAM (stream)->input);
}

static GOutputStream *
bg_hub_stream_get_output (GIOStream *stream)
{
  return g_io_stream_get_output_stream (BG_HUB_STREAM (stream)->base);
}

static gboolean
bg_hub_stream_close (GIOStream *stream, GCancellable *cancellable, GError **error)
{
  return g_io_stream_close (BG_HUB_STREAM (stream)->base, cancellable, error);
}

static void
on_base_closed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  GError *error = NULL;

  if (g_io_stream_close_finish (G_IO_STREAM (source), result, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
bg_hub_stream_close_async (GIOStream *stream, int priority, GCancellable *cancellable,
                           GAsyncReadyCallback callback, gpointer data)
{
  GTask *task = g_task_new (stream, cancellable, callback, data);

  /* GIO says goodbye in TLS from a thread, of which there are few, and which would wait for a reader that does not read. */
  if (bg_hub_stream_get_unsent (BG_HUB_STREAM (stream)) > GOODBYE_LIMIT)
    bg_hub_stream_cut (BG_HUB_STREAM (stream));

  g_io_stream_close_async (BG_HUB_STREAM (stream)->base, priority, cancellable, on_base_closed,
                           task);
}

static gboolean
bg_hub_stream_close_finish (GIOStream *stream, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static gboolean
on_clock (gpointer data)
{
  bg_hub_stream_cut (data);
  return G_SOURCE_REMOVE;
}

void
bg_hub_stream_expire (BgHubStream *self, guint ms)
{
  bg_source_drop (&self->clock);
  self->clock = bg_source_attach (g_timeout_source_new (ms), on_clock, self);
}

void
bg_hub_stream_settle (BgHubStream *self)
{
  bg_source_drop (&self->clock);
  self->is_settled = TRUE;
  bg_hub_stream_reset_meter (self);
}

gboolean
bg_hub_stream_is_settled (BgHubStream *self)
{
  return self->is_settled;
}

void
bg_hub_stream_reset_meter (BgHubStream *self)
{
  self->input->metered = 0;
}

void
bg_hub_stream_cut (BgHubStream *self)
{
  g_socket_shutdown (self->socket, TRUE, TRUE, NULL);
}

gsize
bg_hub_stream_get_unsent (BgHubStream *self)
{
  int unsent = 0;

  if (ioctl (g_socket_get_fd (self->socket), SIOCOUTQ, &unsent) != 0)
    return 0;
  return (gsize) MAX (unsent, 0);
}

BgHubStream *
bg_hub_stream_new (GIOStream *base, GSocket *socket)
{
  BgHubStream *self = g_object_new (BG_TYPE_HUB_STREAM, NULL);

  self->base = g_object_ref (base);
  self->socket = g_object_ref (socket);
  self->input = g_object_new (BG_TYPE_HUB_INPUT, "base-stream", g_io_stream_get_input_stream (base),
                              "close-base-stream", FALSE, NULL);
  return self;
}

static void
bg_hub_stream_finalize (GObject *object)
{
  BgHubStream *self = BG_HUB_STREAM (object);

  bg_source_drop (&self->clock);
  g_clear_object (&self->input);
  g_clear_object (&self->base);
  g_clear_object (&self->socket);
  G_OBJECT_CLASS (bg_hub_stream_parent_class)->finalize (object);
}

static void
bg_hub_stream_class_init (BgHubStreamClass *class)
{
  GIOStreamClass *stream = G_IO_STREAM_CLASS (class);

  G_OBJECT_CLASS (class)->finalize = bg_hub_stream_finalize;
  stream->get_input_stream = bg_hub_stream_get_input;
  stream->get_output_stream = bg_hub_stream_get_output;
  stream->close_fn = bg_hub_stream_close;
  stream->close_async = bg_hub_stream_close_async;
  stream->close_finish = bg_hub_stream_close_finish;
}

static void
bg_hub_stream_init (BgHubStream *self)
{
}
