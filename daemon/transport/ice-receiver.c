/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ice-receiver.h"

#include "packet/packet-pool.h"
#include "transport-ice.h"

struct BgIceReceiver
{
  NiceAgent *agent;
  GstPad *pad;
  BgTransport *transport;
  GMainContext *context;
  GMainLoop *loop;
  GThread *thread;

  /* its thread */
  GSource *flush;
  BgPacket *pkts[BG_BATCH_MAX / 2];
  guint n;
};

static void
flush (BgIceReceiver *self)
{
  bg_ice_transport_hand_over (self->transport, self->pkts, (int) self->n);
  self->n = 0;
}

/* libnice came to the end of what there was to read. */
static gboolean
on_flush (gpointer data)
{
  BgIceReceiver *self = data;

  g_source_set_ready_time (self->flush, -1);
  flush (self);
  return G_SOURCE_CONTINUE;
}

static gboolean
dispatch_flush (GSource *source, GSourceFunc callback, gpointer data)
{
  return callback (data);
}

static GSourceFuncs flush_funcs = { .dispatch = dispatch_flush };

static void
on_agent_message (NiceAgent *agent, guint stream, guint component, guint len, gchar *data,
                  gpointer user_data)
{
  BgIceReceiver *self = user_data;
  BgPacket *pkt;

  if (!bg_ice_transport_is_ours (data, len))
    {
      gst_pad_push (self->pad, gst_buffer_new_memdup (data, len));
      return;
    }
  pkt = bg_ice_transport_copy_in (self->transport, data, len);
  if (!pkt)
    return;
  if (self->n == 0)
    g_source_set_ready_time (self->flush, 0);
  self->pkts[self->n++] = pkt;
  if (self->n == G_N_ELEMENTS (self->pkts))
    flush (self);
}

static gpointer
receiver_thread (gpointer data)
{
  BgIceReceiver *self = data;

  g_main_context_push_thread_default (self->context);
  g_main_loop_run (self->loop);
  g_main_context_pop_thread_default (self->context);
  return NULL;
}

BgIceReceiver *
bg_ice_receiver_new (NiceAgent *agent, GstElement *nicesrc, BgTransport *transport)
{
  BgIceReceiver *self = g_new0 (BgIceReceiver, 1);

  self->agent = g_object_ref (agent);
  self->pad = gst_element_get_static_pad (nicesrc, "src");
  self->transport = bg_transport_ref (transport);
  self->context = g_main_context_new ();
  self->loop = g_main_loop_new (self->context, FALSE);
  self->flush = g_source_new (&flush_funcs, sizeof (GSource));
  g_source_set_callback (self->flush, on_flush, self, NULL);
  g_source_attach (self->flush, self->context);
  self->thread = g_thread_new ("ice-receiver", receiver_thread, self);
  nice_agent_attach_recv (agent, BG_NICE_STREAM, BG_NICE_COMPONENT, self->context, on_agent_message,
                          self);
  return self;
}

static gboolean
on_quit (gpointer data)
{
  g_main_loop_quit (data);
  return G_SOURCE_REMOVE;
}

void
bg_ice_receiver_free (BgIceReceiver *self)
{
  g_autoptr (GSource) quit = g_idle_source_new ();

  nice_agent_attach_recv (self->agent, BG_NICE_STREAM, BG_NICE_COMPONENT, NULL, NULL, NULL);
  /* From inside, so that it is not lost where the loop does not run yet. */
  g_source_set_callback (quit, on_quit, self->loop, NULL);
  g_source_attach (quit, self->context);
  g_thread_join (self->thread);
  flush (self);
  g_source_destroy (self->flush);
  g_source_unref (self->flush);
  g_main_loop_unref (self->loop);
  g_main_context_unref (self->context);
  gst_object_unref (self->pad);
  g_object_unref (self->agent);
  bg_transport_unref (self->transport);
  g_free (self);
}
