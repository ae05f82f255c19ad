/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sctp-probe.h"

#include "sctp-tsn.h"

typedef bool (*Rewrite) (BgSctpTsn *tsn, uint8_t *packet, size_t len);

static GstPadProbeReturn
rewrite_buffer (GstPadProbeInfo *info, BgSctpTsn *tsn, Rewrite rewrite)
{
  GstBuffer *buffer = gst_buffer_make_writable (GST_PAD_PROBE_INFO_BUFFER (info));
  GstMapInfo map;

  info->data = buffer;
  if (!gst_buffer_map (buffer, &map, GST_MAP_READWRITE))
    return GST_PAD_PROBE_DROP;
  rewrite (tsn, map.data, map.size);
  gst_buffer_unmap (buffer, &map);
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

static void
add_probe (GstElement *element, const char *name, GstPadProbeCallback callback, BgSctpTsn *tsn)
{
  g_autoptr (GstPad) pad = gst_element_get_static_pad (element, name);

  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, callback, g_atomic_rc_box_acquire (tsn),
                     g_atomic_rc_box_release);
}

static void
on_element (GstBin *webrtc, GstBin *bin, GstElement *element, BgSctpTsn *tsn)
{
  GstElementFactory *factory = gst_element_get_factory (element);
  const char *name = factory ? GST_OBJECT_NAME (factory) : NULL;

  if (g_strcmp0 (name, "sctpdec") == 0)
    add_probe (element, "sink", on_received, tsn);
  else if (g_strcmp0 (name, "sctpenc") == 0)
    add_probe (element, "src", on_sent, tsn);
}

static void
release_tsn (gpointer tsn, GClosure *closure)
{
  g_atomic_rc_box_release (tsn);
}

void
bg_sctp_probe_attach (GstElement *webrtc)
{
  g_signal_connect_data (webrtc, "deep-element-added", G_CALLBACK (on_element),
                         g_atomic_rc_box_new0 (BgSctpTsn), release_tsn, 0);
}
