/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ice-watch.h"

#include "ice-pair.h"
#include "transport-ice.h"

struct BgIceWatch
{
  BgSessionLink *link;
  NiceAgent *agent; /* owner's thread */
  const BgIceNews *news;
};

static void
on_agent_component_state (NiceAgent *agent, guint stream, guint component, guint state,
                          BgIceWatch *self)
{
  bg_session_link_post (self->link, self->news->component_state, NULL, NULL);
}

static void
on_agent_gathering_done (NiceAgent *agent, guint stream, BgIceWatch *self)
{
  bg_ice_raise_socket_buffers (agent, stream);
}

static void
on_agent_pair (NiceAgent *agent, guint stream, guint component, NiceCandidate *local,
               NiceCandidate *remote, BgIceWatch *self)
{
  bg_ice_raise_socket_buffers (agent, stream);
  bg_session_link_post (self->link, self->news->pair, bg_ice_pair_new (local, remote),
                        (GDestroyNotify) bg_ice_pair_free);
}

static void
on_agent_candidate (NiceAgent *agent, NiceCandidate *candidate, BgIceWatch *self)
{
  char *line = nice_agent_generate_local_candidate_sdp (agent, candidate);

  if (line)
    bg_session_link_post (self->link, self->news->local_candidate, line, g_free);
}

static void
watch_clear (gpointer data)
{
  BgIceWatch *self = data;

  bg_session_link_unref (self->link);
}

static void
unref_closure (gpointer data, GClosure *closure)
{
  g_atomic_rc_box_release_full (data, watch_clear);
}

static void
listen_to (BgIceWatch *self, const char *signal, GCallback callback)
{
  g_signal_connect_data (self->agent, signal, callback, g_atomic_rc_box_acquire (self),
                         unref_closure, 0);
}

BgIceWatch *
bg_ice_watch_new (BgSessionLink *link, NiceAgent *agent, const BgIceNews *news)
{
  BgIceWatch *self = g_atomic_rc_box_new0 (BgIceWatch);

  self->link = bg_session_link_ref (link);
  self->agent = g_object_ref (agent);
  self->news = news;
  listen_to (self, "component-state-changed", G_CALLBACK (on_agent_component_state));
  listen_to (self, "candidate-gathering-done", G_CALLBACK (on_agent_gathering_done));
  listen_to (self, "new-selected-pair-full", G_CALLBACK (on_agent_pair));
  listen_to (self, "new-candidate-full", G_CALLBACK (on_agent_candidate));
  return self;
}

void
bg_ice_watch_free (BgIceWatch *self)
{
  g_signal_handlers_disconnect_by_data (self->agent, self);
  g_clear_object (&self->agent);
  g_atomic_rc_box_release_full (self, watch_clear);
}
