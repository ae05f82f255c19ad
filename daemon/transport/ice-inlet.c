/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ice-inlet.h"

#include "packet/packet-pool.h"
#include "transport-ice.h"

struct BgIceInlet
{
  NiceAgent *agent;
  /* Where it was polled, if only for a while; else NULL, as the last. The first is the agent's. */
  GMainContext *contexts[BG_ICE_INLET_PLACES + 1];
  guint stream;
  BgTransport *ice;
  GMutex lock; /* leg, flush, pkts */
  BgWebrtcLeg *leg;
  GSource *flush; /* NULL: nothing is kept for a batch */
  BgPacket *pkts[BG_BATCH_MAX / 2];
  guint n;

  void (*done) (gpointer data);
  gpointer done_data;
};

static void
flush (BgIceInlet *self)
{
  bg_ice_transport_hand_over (self->ice, self->pkts, (int) self->n);
  self->n = 0;
}

/* libnice came to the end of what there was to read. */
static gboolean
on_flush (gpointer data)
{
  BgIceInlet *self = data;

  g_mutex_lock (&self->lock);
  if (self->flush)
    g_source_set_ready_time (self->flush, -1);
  flush (self);
  g_mutex_unlock (&self->lock);
  return G_SOURCE_CONTINUE;
}

static gboolean
dispatch_flush (GSource *source, GSourceFunc callback, gpointer data)
{
  return callback (data);
}

static GSourceFuncs flush_funcs = { .dispatch = dispatch_flush };

static void
keep (BgIceInlet *self, BgPacket *pkt)
{
  if (self->flush && self->n == 0)
    g_source_set_ready_time (self->flush, 0);
  self->pkts[self->n++] = pkt;
  if (!self->flush || self->n == G_N_ELEMENTS (self->pkts))
    flush (self);
}

static void
take_ours (BgIceInlet *self, gconstpointer data, gsize len)
{
  BgPacket *pkt = bg_ice_transport_copy_in (self->ice, data, len);

  if (!pkt)
    return;
  g_mutex_lock (&self->lock);
  keep (self, pkt);
  g_mutex_unlock (&self->lock);
}

static void
take_dtls (BgIceInlet *self, gconstpointer data, gsize len)
{
  BgWebrtcLeg *leg;

  g_mutex_lock (&self->lock);
  leg = self->leg ? bg_webrtc_leg_ref (self->leg) : NULL;
  g_mutex_unlock (&self->lock);
  if (!leg)
    return;
  bg_webrtc_leg_take (leg, data, len);
  bg_webrtc_leg_unref (leg);
}

static void
on_agent_message (NiceAgent *agent, guint stream, guint component, guint len, gchar *data,
                  gpointer user_data)
{
  if (bg_ice_transport_is_ours (data, len))
    take_ours (user_data, data, len);
  else if (bg_webrtc_leg_is_dtls (data, len))
    take_dtls (user_data, data, len);
}

BgIceInlet *
bg_ice_inlet_new (NiceAgent *agent, GMainContext *context, guint stream, BgTransport *ice)
{
  BgIceInlet *self = g_new0 (BgIceInlet, 1);

  self->agent = g_object_ref (agent);
  self->contexts[BG_ICE_INLET_RESTS] = g_main_context_ref (context);
  self->stream = stream;
  self->ice = bg_transport_ref (ice);
  g_mutex_init (&self->lock);
  nice_agent_attach_recv (agent, stream, BG_NICE_COMPONENT, context, on_agent_message, self);
  return self;
}

static GSource *
make_flush (BgIceInlet *self, GMainContext *context)
{
  GSource *source = g_source_new (&flush_funcs, sizeof (GSource));

  g_source_set_callback (source, on_flush, self, NULL);
  g_source_attach (source, context);
  return source;
}

static void
drop_flush (BgIceInlet *self)
{
  if (!self->flush)
    return;
  g_source_destroy (self->flush);
  g_clear_pointer (&self->flush, g_source_unref);
  flush (self);
}

static GMainContext *
context_at (BgIceInlet *self, BgIceInletPlace place)
{
  if (self->contexts[place])
    return self->contexts[place];
  if (place == BG_ICE_INLET_BUSY)
    self->contexts[place] = g_main_context_ref (bg_ice_thread_get_context (BG_ICE_DATA));
  else
    self->contexts[place] = bg_context_loop_add (
      bg_lent_loop_get_loop (bg_ice_thread_get_relayed ()));
  return self->contexts[place];
}

void
bg_ice_inlet_poll_on (BgIceInlet *self, BgIceInletPlace place)
{
  GMainContext *context = context_at (self, place);

  nice_agent_attach_recv (self->agent, self->stream, BG_NICE_COMPONENT, context, on_agent_message,
                          self);
  g_mutex_lock (&self->lock);
  drop_flush (self);
  if (place != BG_ICE_INLET_RESTS)
    self->flush = make_flush (self, context);
  g_mutex_unlock (&self->lock);
}

void
bg_ice_inlet_set_leg (BgIceInlet *self, BgWebrtcLeg *leg)
{
  BgWebrtcLeg *old;

  g_mutex_lock (&self->lock);
  old = self->leg;
  self->leg = leg ? bg_webrtc_leg_ref (leg) : NULL;
  g_mutex_unlock (&self->lock);
  if (old)
    bg_webrtc_leg_unref (old);
}

static void
finish (BgIceInlet *self)
{
  bg_ice_inlet_set_leg (self, NULL);
  g_mutex_clear (&self->lock);
  bg_ice_thread_let_go (self->agent);
  bg_transport_unref (self->ice);
  if (self->done)
    self->done (self->done_data);
  g_free (self);
}

static void
leave_context (BgIceInlet *self, BgIceInletPlace place)
{
  GMainContext *context = g_steal_pointer (&self->contexts[place]);

  if (place == BG_ICE_INLET_RELAYED)
    bg_context_loop_remove_take (bg_lent_loop_get_loop (bg_ice_thread_get_relayed ()), context);
  else
    g_main_context_unref (context);
}

/* The first that it was polled in and has not left; BG_ICE_INLET_PLACES: none. */
static BgIceInletPlace
first_place (const BgIceInlet *self)
{
  for (BgIceInletPlace place = 0; place < BG_ICE_INLET_PLACES; place++)
    if (self->contexts[place])
      return place;
  return BG_ICE_INLET_PLACES;
}

/* In each context where it was polled: a message that was read there before goes its way first. */
static void
pass_through (gpointer data)
{
  BgIceInlet *self = data;
  BgIceInletPlace next;

  g_mutex_lock (&self->lock);
  drop_flush (self);
  g_mutex_unlock (&self->lock);
  leave_context (self, first_place (self));
  next = first_place (self);
  if (next < BG_ICE_INLET_PLACES)
    bg_ice_thread_run_in (self->contexts[next], pass_through, self);
  else
    finish (self);
}

void
bg_ice_inlet_free (BgIceInlet *self, void (*done) (gpointer data), gpointer data)
{
  /* Without a context it would be the main thread that polls the sockets from here on. */
  nice_agent_attach_recv (self->agent, self->stream, BG_NICE_COMPONENT,
                          self->contexts[BG_ICE_INLET_RESTS], NULL, NULL);
  self->done = done;
  self->done_data = data;
  bg_ice_thread_run (BG_ICE_CHECKS, pass_through, self);
}
