/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/hub/hub-output.h"

struct _BgHubOutput
{
  GFilterOutputStream parent;
  BgHubOutputFunc on_written;
  gpointer data;
};

static void bg_hub_output_pollable_init (GPollableOutputStreamInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (BgHubOutput, bg_hub_output, G_TYPE_FILTER_OUTPUT_STREAM,
                               G_IMPLEMENT_INTERFACE (G_TYPE_POLLABLE_OUTPUT_STREAM,
                                                      bg_hub_output_pollable_init))

static GOutputStream *
base_of (gpointer self)
{
  return g_filter_output_stream_get_base_stream (G_FILTER_OUTPUT_STREAM (self));
}

static gssize
count (BgHubOutput *self, gssize n)
{
  if (n > 0 && self->on_written != NULL)
    self->on_written ((gsize) n, self->data);
  return n;
}

static gssize
bg_hub_output_write (GOutputStream *stream, const void *buffer, gsize len,
                     GCancellable *cancellable, GError **error)
{
  return count (BG_HUB_OUTPUT (stream),
                g_output_stream_write (base_of (stream), buffer, len, cancellable, error));
}

static gboolean
bg_hub_output_can_poll (GPollableOutputStream *stream)
{
  return TRUE;
}

static gboolean
bg_hub_output_is_writable (GPollableOutputStream *stream)
{
  return g_pollable_output_stream_is_writable (G_POLLABLE_OUTPUT_STREAM (base_of (stream)));
}

static GSource *
bg_hub_output_create_source (GPollableOutputStream *stream, GCancellable *cancellable)
{
  g_autoptr (GSource) child = g_pollable_output_stream_create_source (
    G_POLLABLE_OUTPUT_STREAM (base_of (stream)), cancellable);

  return g_pollable_source_new_full (stream, child, cancellable);
}

static gssize
bg_hub_output_write_nonblocking (GPollableOutputStream *stream, const void *buffer, gsize len,
                                 GError **error)
{
  GPollableOutputStream *base = G_POLLABLE_OUTPUT_STREAM (base_of (stream));

  return count (BG_HUB_OUTPUT (stream),
                g_pollable_output_stream_write_nonblocking (base, buffer, len, NULL, error));
}

static void
bg_hub_output_pollable_init (GPollableOutputStreamInterface *iface)
{
  iface->can_poll = bg_hub_output_can_poll;
  iface->is_writable = bg_hub_output_is_writable;
  iface->create_source = bg_hub_output_create_source;
  iface->write_nonblocking = bg_hub_output_write_nonblocking;
}

void
bg_hub_output_watch (BgHubOutput *self, BgHubOutputFunc on_written, gpointer data)
{
  self->on_written = on_written;
  self->data = data;
}

BgHubOutput *
bg_hub_output_new (GOutputStream *base)
{
  return g_object_new (BG_TYPE_HUB_OUTPUT, "base-stream", base, "close-base-stream", FALSE, NULL);
}

static void
bg_hub_output_class_init (BgHubOutputClass *class)
{
  G_OUTPUT_STREAM_CLASS (class)->write_fn = bg_hub_output_write;
}

static void
bg_hub_output_init (BgHubOutput *self)
{
}
