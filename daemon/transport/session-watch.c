/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "session-watch.h"

#include "ice-pair.h"
#include "transport-datachannel.h"
#include "transport-ice.h"

#include <gst/webrtc/webrtc.h>

struct BgSessionWatch
{
  BgSessionLink *link;
  BgTransport *channel, *ice;
  const BgSessionNews *news;
  GObject *sctp, *dtls; /* owner's thread; NULL while they are not watched */
};

static void
watch_clear (gpointer data)
{
  BgSessionWatch *self = data;

  bg_session_link_unref (self->link);
  bg_transport_unref (self->channel);
  bg_transport_unref (self->ice);
}

void
bg_session_watch_unref (BgSessionWatch *self)
{
  g_atomic_rc_box_release_full (self, watch_clear);
}

BgSessionWatch *
bg_session_watch_new (BgSessionLink *link, BgTransport *channel, BgTransport *ice,
                      const BgSessionNews *news)
{
  BgSessionWatch *self = g_atomic_rc_box_new0 (BgSessionWatch);

  self->link = bg_session_link_ref (link);
  self->channel = bg_transport_ref (channel);
  self->ice = bg_transport_ref (ice);
  self->news = news;
  return self;
}

/* What the agent says, on its thread, and on whatever thread changes it */

static void
on_agent_component_state (NiceAgent *agent, guint stream, guint component, guint state,
                          BgSessionWatch *self)
{
  bg_session_link_post (self->link, self->news->component_state, NULL, NULL);
}

static void
on_agent_gathering_done (NiceAgent *agent, guint stream, BgSessionWatch *self)
{
  bg_ice_raise_socket_buffers (agent);
}

static void
on_agent_pair (NiceAgent *agent, guint stream, guint component, NiceCandidate *local,
               NiceCandidate *remote, BgSessionWatch *self)
{
  bg_ice_raise_socket_buffers (agent);
  bg_session_link_post (self->link, self->news->pair, bg_ice_pair_new (local, remote),
                        (GDestroyNotify) bg_ice_pair_free);
}

/* What webrtcbin says */

static void
on_webrtc_ice_candidate (GstElement *webrtc, guint m_line, const char *candidate,
                         BgSessionWatch *self)
{
  if (candidate && *candidate)
    bg_session_link_post (self->link, self->news->local_candidate, g_strdup (candidate), g_free);
}

/* webrtcbin's locks are held. */
static void
on_webrtc_prepare_data_channel (GstElement *webrtc, GstWebRTCDataChannel *channel,
                                gboolean is_local, BgSessionWatch *self)
{
  if (!bg_data_channel_transport_attach (self->channel, channel))
    bg_session_link_post (self->link, self->news->foreign_channel, g_object_ref (channel),
                          g_object_unref);
}

static void
on_webrtc_element_added (GstBin *bin, GstBin *sub_bin, GstElement *element, BgSessionWatch *self)
{
  GstElementFactory *factory = gst_element_get_factory (element);
  const char *name = factory ? GST_OBJECT_NAME (factory) : "";

  if (g_str_equal (name, "nicesrc"))
    bg_ice_transport_watch (self->ice, element);
  else if (g_str_equal (name, "sctpdec"))
    bg_data_channel_transport_watch (self->channel, element);
}

static void
on_dtls_state (GObject *dtls, GParamSpec *pspec, BgSessionWatch *self)
{
  GstWebRTCDTLSTransportState state;

  g_object_get (dtls, "state", &state, NULL);
  if (state == GST_WEBRTC_DTLS_TRANSPORT_STATE_CLOSED
      || state == GST_WEBRTC_DTLS_TRANSPORT_STATE_FAILED)
    bg_session_link_post (self->link, self->news->closed, NULL, NULL);
}

static void
on_sctp_state (GObject *sctp, GParamSpec *pspec, BgSessionWatch *self)
{
  GstWebRTCSCTPTransportState state;

  g_object_get (sctp, "state", &state, NULL);
  if (state == GST_WEBRTC_SCTP_TRANSPORT_STATE_CLOSED)
    bg_session_link_post (self->link, self->news->closed, NULL, NULL);
}

/* Where it listens */

static void
unref_closure (gpointer data, GClosure *closure)
{
  bg_session_watch_unref (data);
}

static void
listen_to (BgSessionWatch *self, gpointer instance, const char *signal, GCallback callback)
{
  g_signal_connect_data (instance, signal, callback, g_atomic_rc_box_acquire (self), unref_closure,
                         0);
}

void
bg_session_watch_connect (BgSessionWatch *self, GstElement *webrtc, NiceAgent *agent)
{
  listen_to (self, webrtc, "deep-element-added", G_CALLBACK (on_webrtc_element_added));
  listen_to (self, webrtc, "prepare-data-channel", G_CALLBACK (on_webrtc_prepare_data_channel));
  listen_to (self, webrtc, "on-ice-candidate", G_CALLBACK (on_webrtc_ice_candidate));
  listen_to (self, agent, "component-state-changed", G_CALLBACK (on_agent_component_state));
  listen_to (self, agent, "candidate-gathering-done", G_CALLBACK (on_agent_gathering_done));
  listen_to (self, agent, "new-selected-pair-full", G_CALLBACK (on_agent_pair));
}

void
bg_session_watch_connect_transports (BgSessionWatch *self, GstElement *webrtc)
{
  g_object_get (webrtc, "sctp-transport", &self->sctp, NULL);
  if (!self->sctp)
    return;
  listen_to (self, self->sctp, "notify::state", G_CALLBACK (on_sctp_state));
  g_object_get (self->sctp, "transport", &self->dtls, NULL);
  if (self->dtls)
    listen_to (self, self->dtls, "notify::state", G_CALLBACK (on_dtls_state));
}

static void
stop_listening (BgSessionWatch *self, GObject **instance)
{
  if (*instance)
    g_signal_handlers_disconnect_by_data (*instance, self);
  g_clear_object (instance);
}

void
bg_session_watch_disconnect (BgSessionWatch *self, GstElement *webrtc, NiceAgent *agent)
{
  g_signal_handlers_disconnect_by_data (webrtc, self);
  g_signal_handlers_disconnect_by_data (agent, self);
  stop_listening (self, &self->sctp);
  stop_listening (self, &self->dtls);
}
