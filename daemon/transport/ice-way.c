/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ice-way.h"

#include "candidate-set.h"
#include "common/error.h"
#include "common/log.h"
#include "common/source.h"
#include "direct-groups.h"
#include "ice-candidate.h"
#include "ice-closing.h"
#include "ice-interfaces.h"
#include "ice-servers.h"
#include "ice-thread.h"
#include "ice-watch.h"
#include "local-addresses.h"
#include "remote-candidates.h"
#include "transport-ice.h"

enum
{
  NAMES_MS = 250, /* for servers that were never asked for before */
  NAMES_STEP_MS = 10,
  CONNECTED_IDLE_MS = 200, /* of checks, once there is a pair: what comes later starts them anew */
};

struct _BgIceWay
{
  GObject parent;

  const BgIceWayEvents *events;
  gpointer data;
  gboolean offers;
  guint32 path;
  gboolean stopped;

  BgSessionLink *link;
  NiceAgent *agent;
  GMainContext *context; /* the agent's */
  guint stream;
  BgIceWatch *watch;
  BgIceInlet *inlet;
  BgDirectGroups *groups;
  gboolean has_component; /* the agent has said something of it; before, it calls it failed */
  BgIceInletPlace place;
  BgIcePair pair;

  /* gathering */
  GPtrArray *exclude;  /* GInetAddressMask, NULL-terminated */
  GPtrArray *gathered; /* char: of this machine, NULL-terminated */
  BgIceServers *servers;
  GSource *gathering; /* waits for names of servers */
  guint names_ms;     /* as long as it still may */

  /* negotiation */
  char *ufrag, *pwd;
  BgSdp *local, *remote;
  char *local_text;
  BgCandidateSet *local_candidates;
  BgRemoteCandidates *remote_candidates;
};

G_DEFINE_FINAL_TYPE (BgIceWay, bg_ice_way, G_TYPE_OBJECT)

/* What the agent says */

static void
handle_component_state (gpointer owner, gpointer payload)
{
  BgIceWay *self = owner;

  self->has_component = TRUE;
  if (bg_ice_way_is_connected (self))
    {
      g_object_set (self->agent, "idle-timeout", CONNECTED_IDLE_MS, NULL);
      bg_remote_candidates_settle (self->remote_candidates);
    }
  self->events->changed (self->data, self);
}

static void
handle_pair (gpointer owner, gpointer payload)
{
  BgIceWay *self = owner;
  BgIcePair *pair = payload, old = self->pair;

  self->pair = *pair;
  *pair = old; /* freed with the payload */
  bg_log (BG_TOPIC_ICE, DEBUG, NULL, "path %u: pair selected: %s, %s", self->path, self->pair.local,
          self->pair.remote);
  self->events->paired (self->data, self);
}

static void
handle_local_candidate (gpointer owner, gpointer payload)
{
  BgIceWay *self = owner;
  g_autoptr (BgIceCandidate) candidate = bg_ice_candidate_parse (payload, NULL);
  g_autofree char *line = NULL;

  if (!candidate || !candidate->address || candidate->component != BG_NICE_COMPONENT
      || bg_ice_address_is_unusable (candidate->address)
      || bg_ice_address_is_in (candidate->address,
                               (GInetAddressMask *const *) self->exclude->pdata))
    return;
  line = bg_ice_candidate_format (candidate, self->ufrag);
  if (!bg_candidate_set_add (self->local_candidates, g_steal_pointer (&candidate)))
    return;
  bg_ice_candidate_free (bg_candidate_set_take (self->local_candidates));
  self->events->candidate (self->data, self, line);
}

static const BgIceNews news = {
  .component_state = handle_component_state,
  .pair = handle_pair,
  .local_candidate = handle_local_candidate,
};

/* Gathering */

static void
gather (BgIceWay *self)
{
  for (guint i = 0; self->gathered->pdata[i]; i++)
    {
      NiceAddress local;

      nice_address_init (&local);
      if (nice_address_set_from_string (&local, self->gathered->pdata[i]))
        nice_agent_add_local_address (self->agent, &local);
    }
  bg_ice_servers_give (self->servers, self->agent, self->stream);
  if (!nice_agent_gather_candidates (self->agent, self->stream))
    bg_log (BG_TOPIC_ICE, WARNING, NULL, "path %u: no candidates of our own", self->path);
}

static gboolean
on_gathering_time (gpointer data)
{
  BgIceWay *self = data;

  self->names_ms -= MIN (self->names_ms, NAMES_STEP_MS);
  if (self->names_ms > 0 && bg_ice_servers_are_pending (self->servers))
    return G_SOURCE_CONTINUE;
  bg_source_drop (&self->gathering);
  gather (self);
  return G_SOURCE_REMOVE;
}

/* Servers that were never asked for get a moment; those without an answer are left out. */
static void
start_gathering (BgIceWay *self)
{
  if (!bg_ice_servers_are_pending (self->servers))
    {
      gather (self);
      return;
    }
  self->names_ms = NAMES_MS;
  self->gathering = g_timeout_source_new (NAMES_STEP_MS);
  g_source_set_callback (self->gathering, on_gathering_time, self, NULL);
  g_source_attach (self->gathering, bg_session_link_get_context (self->link));
}

/* Descriptions */

/* The peer gets the description before any candidate. */
static void
handle_described (gpointer owner, gpointer payload)
{
  BgIceWay *self = owner;

  self->events->described (self->data, self);
  if (!self->stopped)
    start_gathering (self);
}

void
bg_ice_way_describe_take (BgIceWay *self, BgSdp *sdp)
{
  sdp->ufrag = g_strdup (self->ufrag);
  sdp->pwd = g_strdup (self->pwd);
  self->local = sdp;
  self->local_text = bg_sdp_format (sdp);
  bg_session_link_post (self->link, handle_described, NULL, NULL);
}

void
bg_ice_way_set_controls (BgIceWay *self, gboolean controls)
{
  g_object_set (self->agent, "controlling-mode", controls, NULL);
}

void
bg_ice_way_set_remote_take (BgIceWay *self, BgSdp *sdp, gboolean checked)
{
  self->remote = sdp;
  nice_agent_set_remote_credentials (self->agent, self->stream, sdp->ufrag, sdp->pwd);
  g_object_set (self->agent, "keepalive-conncheck", checked, NULL);
  bg_remote_candidates_set_description (self->remote_candidates, sdp, self->offers);
}

gboolean
bg_ice_way_add_candidate (BgIceWay *self, const char *line, GError **error)
{
  return bg_remote_candidates_add (self->remote_candidates, line, error);
}

/* Questions */

gboolean
bg_ice_way_offers (BgIceWay *self)
{
  return self->offers;
}

const BgSdp *
bg_ice_way_get_local (BgIceWay *self)
{
  return self->local;
}

const char *
bg_ice_way_get_local_text (BgIceWay *self)
{
  return self->local_text;
}

const BgSdp *
bg_ice_way_get_remote (BgIceWay *self)
{
  return self->remote;
}

NiceComponentState
bg_ice_way_get_component (BgIceWay *self)
{
  return self->has_component
           ? nice_agent_get_component_state (self->agent, self->stream, BG_NICE_COMPONENT)
           : NICE_COMPONENT_STATE_DISCONNECTED;
}

gboolean
bg_ice_way_is_connected (BgIceWay *self)
{
  NiceComponentState state = bg_ice_way_get_component (self);

  return state == NICE_COMPONENT_STATE_CONNECTED || state == NICE_COMPONENT_STATE_READY;
}

const BgIcePair *
bg_ice_way_get_pair (BgIceWay *self)
{
  return &self->pair;
}

NiceAgent *
bg_ice_way_get_agent (BgIceWay *self)
{
  return self->agent;
}

guint
bg_ice_way_get_stream (BgIceWay *self)
{
  return self->stream;
}

/* Packets */

void
bg_ice_way_set_leg (BgIceWay *self, BgWebrtcLeg *leg)
{
  bg_ice_inlet_set_leg (self->inlet, leg);
}

void
bg_ice_way_poll_on (BgIceWay *self, BgIceInletPlace place)
{
  if (place == self->place || self->stopped)
    return;
  self->place = place;
  bg_ice_inlet_poll_on (self->inlet, place);
}

BgTransport *
bg_ice_way_make_direct (BgIceWay *self, BgPacketPool *pool, const BgTransportSink *sink,
                        GError **error)
{
  return bg_direct_groups_make (self->groups, self->agent, self->stream, self->path, pool, sink,
                                error);
}

/* Life */

/* The list ends with NULL. */
static void
unref_prefix (gpointer prefix)
{
  if (prefix)
    g_object_unref (prefix);
}

static void
exclude (BgIceWay *self, GInetAddressMask *const *prefixes)
{
  self->exclude = g_ptr_array_new_with_free_func (unref_prefix);
  for (; prefixes && *prefixes; prefixes++)
    g_ptr_array_add (self->exclude, g_object_ref (*prefixes));
  g_ptr_array_add (self->exclude, NULL);
}

/* An empty list would let libnice gather everything, our own tunnel included. */
static GPtrArray *
list_addresses (const BgIceSettings *ice)
{
  const char *const *texts = ice->addresses ? bg_ice_addresses_get_texts (ice->addresses) : NULL;
  GPtrArray *addresses;

  if (!texts || !*texts)
    return bg_local_addresses_list (ice->exclude, ice->exclude_interface,
                                    ice->loopback_only || texts);
  addresses = g_ptr_array_new_with_free_func (g_free);
  for (; *texts; texts++)
    g_ptr_array_add (addresses, g_strdup (*texts));
  return addresses;
}

/* Whether loopback addresses are among them. */
static gboolean
choose_addresses (BgIceWay *self, const BgIceSettings *ice)
{
  gboolean on_loopback = FALSE;

  self->gathered = list_addresses (ice);
  for (guint i = 0; i < self->gathered->len; i++)
    {
      g_autoptr (GInetAddress) address = g_inet_address_new_from_string (self->gathered->pdata[i]);

      on_loopback |= g_inet_address_get_is_loopback (address);
    }
  g_ptr_array_add (self->gathered, NULL);
  bg_ice_interfaces_rank ((const char *const *) self->gathered->pdata);
  return on_loopback;
}

static void
make_agent (BgIceWay *self, const BgIceWayConfig *config)
{
  /* Nomination is aggressive (RFC 5245, 8.1.1.2): the first pair that answers carries packets, a better one takes over when it
   * does. The regular one waits until all others failed, and stays with what it chose: over the relay, where that answered
   * sooner than two NATs opened. */
  self->context = bg_ice_thread_new_context ();
  self->agent = nice_agent_new_full (self->context, NICE_COMPATIBILITY_RFC5245,
                                     NICE_AGENT_OPTION_ICE_TRICKLE);
  g_object_set (self->agent, "upnp", FALSE, "ice-tcp", config->ice->tcp, "max-connectivity-checks",
                BG_ICE_PAIRS_MAX, "controlling-mode", config->controls, "force-relay",
                config->ice->relay_only, NULL);
  self->stream = nice_agent_add_stream (self->agent, 1);
  nice_agent_get_local_credentials (self->agent, self->stream, &self->ufrag, &self->pwd);
  self->watch = bg_ice_watch_new (self->link, self->agent, &news);
  self->inlet = bg_ice_inlet_new (self->agent, self->context, self->stream, config->transport);
}

static void
make_candidates (BgIceWay *self, const BgIceSettings *ice, gboolean on_loopback)
{
  self->remote_candidates = bg_remote_candidates_new (&(BgRemoteCandidatesConfig){
    self->agent, self->stream, (GInetAddressMask *const *) self->exclude->pdata, ice->addresses,
    on_loopback, ice->tcp });
}

BgIceWay *
bg_ice_way_new (const BgIceWayConfig *config)
{
  BgIceWay *self = g_object_new (BG_TYPE_ICE_WAY, NULL);
  gboolean on_loopback = choose_addresses (self, config->ice);

  self->events = config->events;
  self->data = config->data;
  self->offers = config->offers;
  self->path = config->path;
  self->servers = bg_ice_servers_new (config->ice->relay_only ? NULL : config->ice->stun_servers,
                                      config->ice->turn_servers);
  exclude (self, config->ice->exclude);
  make_agent (self, config);
  make_candidates (self, config->ice, on_loopback);
  return self;
}

void
bg_ice_way_stop (BgIceWay *self)
{
  if (self->stopped)
    return;
  self->stopped = TRUE;
  bg_session_link_cut (self->link);
  bg_source_drop (&self->gathering);
  g_clear_pointer (&self->remote_candidates, bg_remote_candidates_free);
  g_clear_pointer (&self->watch, bg_ice_watch_free);
  g_clear_pointer (&self->groups, bg_direct_groups_free);
  bg_ice_closing_begin (BG_ENDING_WAY);
}

static void
on_inlet_gone (gpointer data)
{
  bg_ice_closing_end (BG_ENDING_WAY);
}

void
bg_ice_way_end (BgIceWay *self)
{
  bg_ice_inlet_free (g_steal_pointer (&self->inlet), on_inlet_gone, NULL);
  bg_ice_closing_take_agent (g_steal_pointer (&self->agent), g_steal_pointer (&self->context));
}

static void
bg_ice_way_finalize (GObject *object)
{
  BgIceWay *self = BG_ICE_WAY (object);

  g_assert (!self->agent);
  bg_session_link_unref (self->link);
  g_ptr_array_unref (self->exclude);
  g_ptr_array_unref (self->gathered);
  bg_ice_servers_free (self->servers);
  g_free (self->ufrag);
  g_free (self->pwd);
  g_clear_pointer (&self->local, bg_sdp_free);
  g_clear_pointer (&self->remote, bg_sdp_free);
  g_free (self->local_text);
  bg_candidate_set_free (self->local_candidates);
  bg_ice_pair_clear (&self->pair);
  G_OBJECT_CLASS (bg_ice_way_parent_class)->finalize (object);
}

static void
bg_ice_way_class_init (BgIceWayClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = bg_ice_way_finalize;
}

static void
bg_ice_way_init (BgIceWay *self)
{
  self->link = bg_session_link_new (G_OBJECT (self));
  self->groups = bg_direct_groups_new ();
  self->local_candidates = bg_candidate_set_new ();
}
