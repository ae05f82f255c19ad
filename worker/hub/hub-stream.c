/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/hub/hub-stream.h"
#include "common/signal-message.h"
#include "common/source.h"

#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>

/* What may come in before a message is whole: its payload, the masks and headers of its fragments,
 * pings between them. */
enum
{
  METER_LIMIT = 2 * BG_SIGNAL_MAX_FRAME,
  GOODBYE_LIMIT = 64 * 1024,
  RELAY_SEND_BUFFER = 4 * 1024 * 1024,
  RELAY_UNSENT = 64 * 1024,
};

#ifndef SO_BUF_LOCK
#define SO_BUF_LOCK 72 /* Linux 5.16 */
#endif

struct _BgHubStream
{
  GIOStream parent;
  GIOStream *base;
  GSocket *socket;
  BgHubInput *input;
  BgHubOutput *output;
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
  return G_OUTPUT_STREAM (BG_HUB_STREAM (stream)->output);
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
  bg_source_arm (&self->clock, ms, on_clock, self);
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
  bg_hub_input_reset (self->input);
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

/* A share of the kernel's that is fixed would cap a long way at 128 KiB each round trip; what waits is to wait with us, who
 * know what to drop. */
void
bg_hub_stream_carry (BgHubStream *self, BgHubOutputFunc on_written, BgHubInputFunc on_done,
                     gpointer data)
{
  bg_hub_input_read_ahead (self->input);
  bg_hub_input_watch (self->input, on_done, data);
  bg_hub_output_watch (self->output, on_written, data);
  if (!g_socket_set_option (self->socket, SOL_SOCKET, SO_BUF_LOCK, 0, NULL))
    g_socket_set_option (self->socket, SOL_SOCKET, SO_SNDBUF, RELAY_SEND_BUFFER, NULL);
  g_socket_set_option (self->socket, IPPROTO_TCP, TCP_NOTSENT_LOWAT, RELAY_UNSENT, NULL);
}

void
bg_hub_stream_carry_no_more (BgHubStream *self)
{
  bg_hub_input_watch (self->input, NULL, NULL);
  bg_hub_output_watch (self->output, NULL, NULL);
}

BgHubStream *
bg_hub_stream_new (GIOStream *base, GSocket *socket)
{
  BgHubStream *self = g_object_new (BG_TYPE_HUB_STREAM, NULL);

  self->base = g_object_ref (base);
  self->socket = g_object_ref (socket);
  self->input = bg_hub_input_new (g_io_stream_get_input_stream (base), METER_LIMIT);
  self->output = bg_hub_output_new (g_io_stream_get_output_stream (base));
  return self;
}

static void
bg_hub_stream_finalize (GObject *object)
{
  BgHubStream *self = BG_HUB_STREAM (object);

  bg_source_drop (&self->clock);
  g_clear_object (&self->input);
  g_clear_object (&self->output);
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
