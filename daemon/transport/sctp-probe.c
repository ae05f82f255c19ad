/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sctp-probe.h"

#include "sctp-skip.h"
#include "sctp-stall.h"
#include "sctp-tsn.h"

/* One association, as its elements see it. The pads hold it; it holds none of them. */
typedef struct
{
  BgSctpTsn tsn;
  GMutex lock; /* skip, stall */
  BgSctpSkip skip;
  BgSctpStall stall;
  GWeakRef to_sctp; /* where packets come in */
  GWeakRef to_peer; /* where they go out */
  BgSctpProbeFunc stalled;
  gpointer data;
  GDestroyNotify destroy;
} Probe;

typedef bool (*Rewrite) (BgSctpTsn *tsn, uint8_t *packet, size_t len);

static void
probe_clear (gpointer data)
{
  Probe *self = data;

  g_weak_ref_clear (&self->to_sctp);
  g_weak_ref_clear (&self->to_peer);
  g_mutex_clear (&self->lock);
  self->destroy (self->data);
}

static void
probe_release (gpointer data)
{
  g_atomic_rc_box_release_full (data, probe_clear);
}

static Probe *
probe_new (BgSctpProbeFunc stalled, gpointer data, GDestroyNotify destroy)
{
  Probe *self = g_atomic_rc_box_new0 (Probe);

  self->stalled = stalled;
  self->data = data;
  self->destroy = destroy;
  g_mutex_init (&self->lock);
  g_weak_ref_init (&self->to_sctp, NULL);
  g_weak_ref_init (&self->to_peer, NULL);
  return self;
}

/* What waits too long */

static void
tell_peer (Probe *self)
{
  g_autoptr (GstPad) pad = g_weak_ref_get (&self->to_peer);
  guint8 packet[BG_SCTP_FORWARD_LEN];

  g_mutex_lock (&self->lock);
  bg_sctp_skip_write_forward (&self->skip, packet);
  g_mutex_unlock (&self->lock);
  if (pad)
    gst_pad_push (pad, gst_buffer_new_memdup (packet, sizeof packet));
}

static void
tell_sctp (Probe *self)
{
  g_autoptr (GstPad) pad = g_weak_ref_get (&self->to_sctp);
  guint8 packet[BG_SCTP_SACK_LEN];

  g_mutex_lock (&self->lock);
  bg_sctp_skip_write_sack (&self->skip, packet);
  g_mutex_unlock (&self->lock);
  if (pad)
    gst_pad_chain (pad, gst_buffer_new_memdup (packet, sizeof packet));
}

/* A message is to be sent: the one time when it matters that those before it are stuck. */
static GstPadProbeReturn
on_message (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  Probe *self = data;
  gboolean gave_up;

  g_mutex_lock (&self->lock);
  gave_up = bg_sctp_skip_give_up (&self->skip, g_get_monotonic_time ());
  g_mutex_unlock (&self->lock);
  if (gave_up)
    {
      tell_peer (self);
      tell_sctp (self);
    }
  return GST_PAD_PROBE_OK;
}

/* Packets */

static GstPadProbeReturn
on_delivered (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  Probe *self = data;
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  bg_sctp_stall_delivered (&self->stall);
  return GST_PAD_PROBE_OK;
}

/* Has the peer not heard of what was given up? */
static gboolean
note_received (Probe *self, const GstMapInfo *map)
{
  gint64 now = g_get_monotonic_time ();
  gboolean is_behind, stalls;

  g_mutex_lock (&self->lock);
  is_behind = bg_sctp_skip_received (&self->skip, map->data, map->size, now);
  stalls = bg_sctp_stall_received (&self->stall, map->data, map->size, now);
  g_mutex_unlock (&self->lock);
  if (stalls)
    self->stalled (self->data);
  return is_behind;
}

static void
note_sent (Probe *self, const GstMapInfo *map)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  bg_sctp_skip_sent (&self->skip, map->data, map->size, g_get_monotonic_time ());
}

static GstPadProbeReturn
rewrite_buffer (GstPadProbeInfo *info, Probe *self, Rewrite rewrite)
{
  GstBuffer *buffer = gst_buffer_make_writable (GST_PAD_PROBE_INFO_BUFFER (info));
  gboolean is_behind = FALSE;
  GstMapInfo map;

  info->data = buffer;
  if (!gst_buffer_map (buffer, &map, GST_MAP_READWRITE))
    return GST_PAD_PROBE_DROP;
  rewrite (&self->tsn, map.data, map.size);
  if (rewrite == bg_sctp_tsn_receive)
    is_behind = note_received (self, &map);
  else
    note_sent (self, &map);
  gst_buffer_unmap (buffer, &map);
  if (is_behind)
    tell_peer (self);
  return GST_PAD_PROBE_OK;
}

static GstPadProbeReturn
on_received (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  return rewrite_buffer (info, data, bg_sctp_tsn_receive);
}

static GstPadProbeReturn
on_sent (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  return rewrite_buffer (info, data, bg_sctp_tsn_send);
}

/* Elements and pads */

static void
add_probe (GstPad *pad, GstPadProbeCallback callback, Probe *self)
{
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, callback, g_atomic_rc_box_acquire (self),
                     probe_release);
}

static void
add_static_probe (GstElement *element, const char *name, GstPadProbeCallback callback, Probe *self,
                  GWeakRef *place)
{
  g_autoptr (GstPad) pad = gst_element_get_static_pad (element, name);

  g_weak_ref_set (place, pad);
  add_probe (pad, callback, self);
}

static void
on_encoder_pad (GstElement *encoder, GstPad *pad, Probe *self)
{
  if (gst_pad_get_direction (pad) == GST_PAD_SINK)
    add_probe (pad, on_message, self);
}

static void
on_decoder_pad (GstElement *decoder, GstPad *pad, Probe *self)
{
  if (gst_pad_get_direction (pad) == GST_PAD_SRC)
    add_probe (pad, on_delivered, self);
}

static void
release_closure (gpointer self, GClosure *closure)
{
  probe_release (self);
}

static void
listen_to (gpointer element, const char *signal, GCallback callback, Probe *self)
{
  g_signal_connect_data (element, signal, callback, g_atomic_rc_box_acquire (self), release_closure,
                         0);
}

static void
on_element (GstBin *webrtc, GstBin *bin, GstElement *element, Probe *self)
{
  GstElementFactory *factory = gst_element_get_factory (element);
  const char *name = factory ? GST_OBJECT_NAME (factory) : NULL;

  if (g_strcmp0 (name, "sctpdec") == 0)
    {
      add_static_probe (element, "sink", on_received, self, &self->to_sctp);
      listen_to (element, "pad-added", G_CALLBACK (on_decoder_pad), self);
    }
  else if (g_strcmp0 (name, "sctpenc") == 0)
    {
      add_static_probe (element, "src", on_sent, self, &self->to_peer);
      listen_to (element, "pad-added", G_CALLBACK (on_encoder_pad), self);
    }
}

void
bg_sctp_probe_attach (GstElement *webrtc, BgSctpProbeFunc stalled, gpointer data,
                      GDestroyNotify destroy)
{
  Probe *self = probe_new (stalled, data, destroy);

  listen_to (webrtc, "deep-element-added", G_CALLBACK (on_element), self);
  probe_release (self);
}
