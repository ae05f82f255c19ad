/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ice-session.h"

#include "common/error.h"
#include "common/log.h"
#include "common/source.h"
#include "candidate-set.h"
#include "dtls-fingerprint.h"
#include "ice-inlet.h"
#include "ice-interfaces.h"
#include "ice-pair.h"
#include "ice-servers.h"
#include "ice-thread.h"
#include "ice-watch.h"
#include "local-addresses.h"
#include "mdns-names.h"
#include "sdp-text.h"
#include "session-link.h"
#include "transport-datachannel.h"
#include "transport-ice.h"
#include "transport/direct-groups.h"
#include "webrtc-leg.h"

#define MID "0"

enum
{
  CHECKING_TIMEOUT_S =
    30, /* from the remote description to a pair: the Go program's limit (spec 2.2) */
  OPENING_TIMEOUT_S = 30, /* from the pair to the open channel */
  LATE_LEGS_MAX = 4,      /* at once: where all is down they would be many, and of no use */
  NAMES_MS = 250,         /* for servers whose names were never asked for before */
  NAMES_STEP_MS = 10,
  /* Once checks over UDP are at their end; a controlling agent takes none over TCP while some are under way, since with them
   * nomination is the regular one (RFC 6544, 8). */
  TCP_AFTER_MS = 4000,
  SCTP_PORT = 5000, /* webrtcbin takes no other (notes 3) */
  MAX_MESSAGE = 65536,
};

struct _BgIceSession
{
  GObject parent;

  BgSessionLink *link;
  NiceAgent *agent;
  guint stream;
  BgIceWatch *watch;
  BgIceInlet *inlet;
  BgWebrtcLeg *leg;
  gboolean leg_runs; /* it was started */
  gboolean is_late;  /* one that was added later */
  BgTransport *channel, *ice;
  BgDirectGroups *groups;

  /* configuration */
  gboolean offerer, plain, ice_tcp;
  guint32 path;
  BgPacketPool *pool;
  GPtrArray *exclude; /* GInetAddressMask, NULL-terminated */
  BgIceServers *servers;
  BgIceAddresses *addresses; /* NULL: not known */
  GPtrArray *gathered;       /* char: of this machine */
  gboolean on_loopback;      /* it gathers loopback addresses: the peer's may be such too */
  BgWatcher watcher;

  /* negotiation */
  BgSdp *local, *remote;
  char *local_text;
  GPtrArray *early;   /* BgIceCandidate from before the remote description */
  BgMdnsNames *names; /* of candidates that have one instead of an address */
  BgCandidateSet *local_candidates, *remote_candidates;
  BgCandidateSet *tcp_candidates; /* remote, that wait */
  GSource *tcp_time;
  GSource *gathering; /* waits for names of servers */
  guint names_ms;     /* as long as it still may */

  /* state */
  BgIceSessionState state;
  gboolean has_component; /* the agent has said something of it; before, it calls it failed */
  gboolean alone;         /* both sides do without a leg */
  gboolean was_connected, is_open, has_channel;
  gboolean uses_ice, uses_direct, is_busy;
  GSource *deadline;
  BgIcePair pair; /* its texts are NULL while none is selected */
};

G_DEFINE_FINAL_TYPE (BgIceSession, bg_ice_session, G_TYPE_OBJECT)

enum
{
  SIGNAL_LOCAL_DESCRIPTION,
  SIGNAL_LOCAL_CANDIDATE,
  SIGNAL_STATE_CHANGED,
  SIGNAL_PAIR_CHANGED,
  SIGNAL_CHANNEL_OPENED,
  SIGNAL_FAILED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

static const char *const state_words[] = {
  [BG_ICE_SESSION_NEW] = "new",
  [BG_ICE_SESSION_CHECKING] = "checking",
  [BG_ICE_SESSION_CONNECTED] = "connected",
  [BG_ICE_SESSION_OPEN] = "open",
  [BG_ICE_SESSION_DISCONNECTED] = "disconnected",
  [BG_ICE_SESSION_FAILED] = "failed",
  [BG_ICE_SESSION_CLOSED] = "closed",
};

/* State */

static gboolean
is_over (BgIceSession *self)
{
  return self->state == BG_ICE_SESSION_FAILED || self->state == BG_ICE_SESSION_CLOSED;
}

static void
set_state (BgIceSession *self, BgIceSessionState state)
{
  if (state == self->state || is_over (self))
    return;
  bg_log (BG_TOPIC_ICE, DEBUG, NULL, "path %u: session %s → %s", self->path,
          state_words[self->state], state_words[state]);
  self->state = state;
  g_signal_emit (self, signals[SIGNAL_STATE_CHANGED], 0);
}

/* Taking down. What receives lives until the leg, which may still say goodbye, is gone. */

typedef struct
{
  NiceAgent *agent;
  BgIceInlet *inlet;
} Remains;

static GMutex closing_lock;
static GCond closing_done;
static guint closing; /* sessions that may hold packets yet */

static void
note_closing (void)
{
  g_mutex_lock (&closing_lock);
  closing++;
  g_mutex_unlock (&closing_lock);
}

static void
note_closed (void)
{
  g_mutex_lock (&closing_lock);
  if (--closing == 0)
    g_cond_broadcast (&closing_done);
  g_mutex_unlock (&closing_lock);
}

static void
on_agent_closed (GObject *agent, GAsyncResult *result, gpointer data)
{
  g_object_unref (agent);
}

/* Gives relays back (RFC 8656, 3.5) before it lets go of the sockets. */
static void
close_agent (gpointer agent)
{
  nice_agent_close_async (agent, on_agent_closed, NULL);
}

static void
on_inlet_gone (gpointer data)
{
  note_closed ();
}

static void
free_remains (gpointer data)
{
  Remains *self = data;

  bg_ice_inlet_free (self->inlet, on_inlet_gone, NULL);
  bg_ice_thread_run (BG_ICE_CHECKS, close_agent, self->agent);
  g_free (self);
}

static guint late_legs;

static void
take_down_leg (BgIceSession *self, Remains *remains)
{
  if (self->is_late)
    late_legs--;
  if (self->leg_runs)
    bg_webrtc_leg_close (self->leg, free_remains, remains);
  else
    free_remains (remains);
  g_clear_pointer (&self->leg, bg_webrtc_leg_unref);
  bg_data_channel_transport_detach (self->channel);
}

static void
take_down (BgIceSession *self)
{
  Remains *remains;

  bg_source_drop (&self->deadline);
  bg_source_drop (&self->gathering);
  bg_source_drop (&self->tcp_time);
  if (!self->agent)
    return;
  if (self->alone && self->was_connected)
    bg_webrtc_leg_say_goodbye (self->agent, self->stream, self->local->pwd);
  g_clear_pointer (&self->watch, bg_ice_watch_free);
  bg_ice_transport_detach (self->ice);
  g_clear_pointer (&self->groups, bg_direct_groups_free);
  remains = g_new (Remains, 1);
  *remains = (Remains){ g_steal_pointer (&self->agent), g_steal_pointer (&self->inlet) };
  note_closing ();
  take_down_leg (self, remains);
}

void
bg_ice_session_wait_closed_all (void)
{
  g_mutex_lock (&closing_lock);
  while (closing > 0)
    g_cond_wait (&closing_done, &closing_lock);
  g_mutex_unlock (&closing_lock);
}

/* The session stops to be one; the owner still has to close it. */
static void
end_session (BgIceSession *self, BgIceSessionState state)
{
  if (is_over (self))
    return;
  take_down (self);
  set_state (self, state);
}

static void
fail (BgIceSession *self, const GError *error)
{
  if (is_over (self))
    return;
  end_session (self, BG_ICE_SESSION_FAILED);
  if (!bg_session_link_is_cut (self->link))
    g_signal_emit (self, signals[SIGNAL_FAILED], 0, error);
}

static void
fail_with (BgIceSession *self, BgError code, BgWords *take)
{
  g_autoptr (GError) error = bg_error_new_take (code, take);

  fail (self, error);
}

static gboolean
on_deadline (gpointer data)
{
  BgIceSession *self = data;

  fail_with (self, BG_ERROR_TIMEOUT,
             self->was_connected ? bg_words (SESSION_CHANNEL_LATE)
                                 : bg_words (SESSION_NO_WAY_FOUND));
  return G_SOURCE_REMOVE;
}

static void
set_deadline (BgIceSession *self, guint seconds)
{
  bg_source_drop (&self->deadline);
  self->deadline = g_timeout_source_new_seconds (seconds);
  g_source_set_callback (self->deadline, on_deadline, self, NULL);
  g_source_attach (self->deadline, bg_session_link_get_context (self->link));
}

static BgIceSessionState
state_of (BgIceSession *self, NiceComponentState component)
{
  if (!self->remote)
    return BG_ICE_SESSION_NEW;
  if (component == NICE_COMPONENT_STATE_CONNECTED || component == NICE_COMPONENT_STATE_READY)
    return self->is_open ? BG_ICE_SESSION_OPEN : BG_ICE_SESSION_CONNECTED;
  return self->was_connected ? BG_ICE_SESSION_DISCONNECTED : BG_ICE_SESSION_CHECKING;
}

static void
handle_channel_closed (gpointer owner, gpointer payload)
{
  BgIceSession *self = owner;

  if (self->alone)
    self->has_channel = FALSE;
  else if (self->is_open)
    end_session (self, BG_ICE_SESSION_CLOSED);
  else
    fail_with (self, BG_ERROR_FAILED, bg_words (SESSION_CLOSED_EARLY));
}

static void
unref_link (gpointer data)
{
  bg_session_link_unref (data);
}

static void
update_poll (BgIceSession *self)
{
  gboolean busy = self->leg_runs || (self->uses_ice && !self->uses_direct);

  if (busy == self->is_busy)
    return;
  self->is_busy = busy;
  bg_ice_inlet_poll_on (self->inlet, busy ? BG_ICE_DATA : BG_ICE_CHECKS);
}

static void
start_leg (BgIceSession *self)
{
  g_autofree char *remote = bg_sdp_format (self->remote);

  self->leg_runs = TRUE;
  bg_webrtc_leg_start (self->leg, self->agent, self->stream, self->local_text, remote);
  update_poll (self);
}

static void
note_connected (BgIceSession *self)
{
  if (self->was_connected)
    return;
  self->was_connected = TRUE;
  bg_source_drop (&self->deadline);
  self->is_open = self->alone;
  if (self->alone)
    return;
  start_leg (self);
  set_deadline (self, OPENING_TIMEOUT_S);
}

void
bg_ice_session_add_leg (BgIceSession *self)
{
  if (is_over (self) || !self->alone || !self->is_open || self->leg_runs
      || late_legs == LATE_LEGS_MAX)
    return;
  bg_log (BG_TOPIC_ICE, INFO, NULL, "path %u: a data channel is tried too", self->path);
  late_legs++;
  self->is_late = TRUE;
  bg_webrtc_leg_call (self->agent, self->stream);
  start_leg (self);
}

static void
update_state (BgIceSession *self)
{
  NiceComponentState component = NICE_COMPONENT_STATE_DISCONNECTED;

  if (is_over (self))
    return;
  if (self->has_component)
    component = nice_agent_get_component_state (self->agent, self->stream, BG_NICE_COMPONENT);
  if (component == NICE_COMPONENT_STATE_FAILED && self->was_connected
      && self->watcher == BG_WATCHED_BY_PATHS)
    return;
  if (component == NICE_COMPONENT_STATE_FAILED)
    {
      fail_with (self, BG_ERROR_FAILED,
                 self->was_connected ? bg_words (SESSION_WAY_LOST) : bg_words (SESSION_NO_WAY));
      return;
    }
  if (state_of (self, component) == BG_ICE_SESSION_CONNECTED)
    note_connected (self);
  set_state (self, state_of (self, component));
}

/* What the agent says */

static void
handle_component_state (gpointer owner, gpointer payload)
{
  BgIceSession *self = owner;

  self->has_component = TRUE;
  update_state (self);
}

static void
handle_pair (gpointer owner, gpointer payload)
{
  BgIceSession *self = owner;
  BgIcePair *pair = payload, old = self->pair;

  self->pair = *pair;
  *pair = old; /* freed with the payload */
  bg_log (BG_TOPIC_ICE, DEBUG, NULL, "path %u: pair selected: %s, %s", self->path, self->pair.local,
          self->pair.remote);
  g_signal_emit (self, signals[SIGNAL_PAIR_CHANGED], 0);
}

/* What the leg says */

/* DTLS proves that the peer has the certificate which signalling named; webrtcbin leaves the
 * comparison to us. */
static gboolean
is_peer_certificate_right (BgIceSession *self)
{
  g_autofree char *shown = bg_webrtc_leg_dup_peer_fingerprint (self->leg);

  return shown && g_str_equal (shown, self->remote->fingerprint);
}

static void
handle_channel_open (gpointer owner, gpointer payload)
{
  BgIceSession *self = owner;

  if (is_over (self) || self->has_channel || !self->leg_runs)
    return;
  if (!is_peer_certificate_right (self))
    {
      fail_with (self, BG_ERROR_FAILED, bg_words (SESSION_CERTIFICATE_DIFFERS));
      return;
    }
  self->has_channel = self->is_open = TRUE;
  bg_webrtc_leg_settle (self->leg);
  bg_source_drop (&self->deadline);
  update_state (self);
  if (self->alone)
    g_signal_emit (self, signals[SIGNAL_CHANNEL_OPENED], 0);
}

static void
on_channel_opened (gpointer data)
{
  bg_session_link_post (data, handle_channel_open, NULL, NULL);
}

static void
on_channel_closed (gpointer data)
{
  bg_session_link_post (data, handle_channel_closed, NULL, NULL);
}

static void
handle_leg_failed (gpointer owner, gpointer payload)
{
  BgIceSession *self = owner;
  const GError *error = payload;

  if (!self->alone)
    fail (self, error);
  else
    bg_log (BG_TOPIC_ICE, INFO, NULL, "path %u: %s", self->path, error->message);
}

static void
handle_leg_left (gpointer owner, gpointer payload)
{
  end_session (owner, BG_ICE_SESSION_CLOSED);
}

static void
handle_leg_wanted (gpointer owner, gpointer payload)
{
  bg_ice_session_add_leg (owner);
}

static const BgWebrtcLegNews leg_news = {
  .failed = handle_leg_failed,
  .closed = handle_channel_closed,
  .left = handle_leg_left,
  .wanted = handle_leg_wanted,
};

/* Gathering */

static void
gather (BgIceSession *self)
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
  BgIceSession *self = data;

  self->names_ms -= MIN (self->names_ms, NAMES_STEP_MS);
  if (self->names_ms > 0 && bg_ice_servers_are_pending (self->servers))
    return G_SOURCE_CONTINUE;
  bg_source_drop (&self->gathering);
  gather (self);
  return G_SOURCE_REMOVE;
}

/* Names of servers that were never asked for get a moment; those without an answer are left out. */
static void
start_gathering (BgIceSession *self)
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

static void
handle_local_candidate (gpointer owner, gpointer payload)
{
  BgIceSession *self = owner;
  g_autoptr (BgIceCandidate) candidate = bg_ice_candidate_parse (payload, NULL);
  g_autofree char *line = NULL;

  if (is_over (self) || !candidate || !candidate->address
      || candidate->component != BG_NICE_COMPONENT
      || bg_ice_address_is_unusable (candidate->address)
      || bg_ice_address_is_in (candidate->address,
                               (GInetAddressMask *const *) self->exclude->pdata))
    return;
  line = bg_ice_candidate_format (candidate, self->local->ufrag);
  if (!bg_candidate_set_add (self->local_candidates, g_steal_pointer (&candidate)))
    return;
  bg_ice_candidate_free (bg_candidate_set_take (self->local_candidates));
  g_signal_emit (self, signals[SIGNAL_LOCAL_CANDIDATE], 0, line);
}

static const BgIceNews ice_news = {
  .component_state = handle_component_state,
  .pair = handle_pair,
  .local_candidate = handle_local_candidate,
};

/* Negotiation */

/* What libnice gets is written from what was understood. */
static void
give_candidate (BgIceSession *self, const BgIceCandidate *candidate)
{
  g_autofree char *line = bg_ice_candidate_format (candidate, NULL);
  g_autofree char *attribute = g_strconcat ("a=", line, NULL);
  NiceCandidate *given = nice_agent_parse_remote_candidate_sdp (self->agent, self->stream,
                                                                attribute);
  g_autoptr (GSList) list = NULL;

  if (!given)
    return;
  list = g_slist_prepend (NULL, given);
  nice_agent_set_remote_candidates (self->agent, self->stream, BG_NICE_COMPONENT, list);
  nice_candidate_free (given);
}

static void
give_candidates (BgIceSession *self, BgCandidateSet *candidates)
{
  BgIceCandidate *candidate;

  while ((candidate = bg_candidate_set_take (candidates)))
    {
      give_candidate (self, candidate);
      bg_ice_candidate_free (candidate);
    }
}

static gboolean
is_of_remote_description (BgIceSession *self, const BgIceCandidate *candidate)
{
  return !candidate->ufrag || g_str_equal (candidate->ufrag, self->remote->ufrag);
}

static void
take_candidate (BgIceSession *self, BgIceCandidate *candidate)
{
  if (!is_of_remote_description (self, candidate))
    bg_ice_candidate_free (candidate);
  else
    bg_candidate_set_add (
      candidate->tcp && self->tcp_time ? self->tcp_candidates : self->remote_candidates, candidate);
}

static gboolean
on_tcp_time (gpointer data)
{
  BgIceSession *self = data;

  bg_source_drop (&self->tcp_time);
  if (!self->was_connected)
    give_candidates (self, self->tcp_candidates);
  return G_SOURCE_REMOVE;
}

static void
hold_tcp_candidates (BgIceSession *self)
{
  self->tcp_time = g_timeout_source_new (TCP_AFTER_MS);
  g_source_set_callback (self->tcp_time, on_tcp_time, self, NULL);
  g_source_attach (self->tcp_time, bg_session_link_get_context (self->link));
}

static void
take_early_candidates (BgIceSession *self)
{
  while (self->early->len > 0)
    take_candidate (self, g_ptr_array_steal_index (self->early, 0));
}

static void
announce_local (BgIceSession *self)
{
  g_signal_emit (self, signals[SIGNAL_LOCAL_DESCRIPTION], 0, self->offerer ? "offer" : "answer",
                 self->local_text);
}

/* The peer gets the description before any candidate. */
static void
handle_local_made (gpointer owner, gpointer payload)
{
  BgIceSession *self = owner;

  if (is_over (self))
    return;
  announce_local (self);
  if (!is_over (self))
    start_gathering (self);
}

static BgSdpSetup
role_beside (BgSdpSetup theirs)
{
  return theirs == BG_SDP_SETUP_ACTIVE ? BG_SDP_SETUP_PASSIVE : BG_SDP_SETUP_ACTIVE;
}

static void
make_local (BgIceSession *self, const char *mid, BgSdpSetup setup, gboolean marked)
{
  BgSdp *sdp = self->local;

  sdp->mid = g_strdup (mid);
  sdp->setup = setup;
  sdp->sctp_port = SCTP_PORT;
  sdp->max_message = MAX_MESSAGE;
  sdp->marked = marked;
  self->local_text = bg_sdp_format (sdp);
  bg_session_link_post (self->link, handle_local_made, NULL, NULL);
}

void
bg_ice_session_start (BgIceSession *self)
{
  g_return_if_fail (BG_IS_ICE_SESSION (self) && self->offerer);
  if (!is_over (self) && !self->local_text)
    make_local (self, MID, BG_SDP_SETUP_ACTPASS, !self->plain);
}

static gboolean
refuse (GError **error, BgError code, BgWords *take)
{
  bg_error_set_take (error, code, take);
  return FALSE;
}

static gboolean
check_type (BgIceSession *self, const char *type, GError **error)
{
  if (is_over (self))
    return refuse (error, BG_ERROR_WRONG_STATE, bg_words (SESSION_OVER));
  if (g_strcmp0 (type, self->offerer ? "answer" : "offer") != 0)
    return refuse (error, BG_ERROR_INVALID_ARGUMENT,
                   self->offerer ? bg_words (SDP_ANSWER_EXPECTED) : bg_words (SDP_OFFER_EXPECTED));
  if (self->offerer && !self->local_text)
    return refuse (error, BG_ERROR_WRONG_STATE, bg_words (SDP_TOO_EARLY));
  return TRUE;
}

static gboolean
check_remote (BgIceSession *self, const BgSdp *sdp, GError **error)
{
  if (self->offerer && sdp->setup == BG_SDP_SETUP_ACTPASS)
    return refuse (error, BG_ERROR_INVALID_ARGUMENT, bg_words (SDP_WITHOUT_ROLE));
  if (self->offerer && !g_str_equal (sdp->mid, self->local->mid))
    return refuse (error, BG_ERROR_INVALID_ARGUMENT, bg_words (SDP_OTHER_MID));
  if (sdp->max_message > 0 && sdp->max_message < BG_DATA_CHANNEL_MAX_MESSAGE)
    return refuse (error, BG_ERROR_INVALID_ARGUMENT, bg_words (SDP_SMALL_MESSAGES));
  return TRUE;
}

static gboolean
is_same_remote (BgIceSession *self, const BgSdp *sdp)
{
  return g_str_equal (sdp->ufrag, self->remote->ufrag) && g_str_equal (sdp->pwd, self->remote->pwd)
         && g_str_equal (sdp->fingerprint, self->remote->fingerprint);
}

static gboolean
set_same_remote (BgIceSession *self, const BgSdp *sdp, GError **error)
{
  if (!is_same_remote (self, sdp))
    return refuse (error, BG_ERROR_WRONG_STATE, bg_words (SDP_OTHER_SESSION));
  if (!self->offerer && self->local_text)
    announce_local (self);
  return TRUE;
}

static void
apply_remote (BgIceSession *self)
{
  nice_agent_set_remote_credentials (self->agent, self->stream, self->remote->ufrag,
                                     self->remote->pwd);
  g_object_set (self->agent, "keepalive-conncheck", self->watcher == BG_WATCHED_BY_ICE, NULL);
  self->alone = !self->plain && self->remote->marked && self->watcher == BG_WATCHED_BY_PATHS;
  if (self->alone)
    bg_webrtc_leg_expect_goodbye (self->leg, self->remote->pwd);
  if (!self->offerer)
    make_local (self, self->remote->mid, role_beside (self->remote->setup), self->alone);
  if (self->offerer)
    hold_tcp_candidates (self);
  take_early_candidates (self);
  for (guint i = 0; i < self->remote->candidates->len; i++)
    bg_ice_session_add_candidate (self, self->remote->candidates->pdata[i], NULL);
  give_candidates (self, self->remote_candidates);
}

gboolean
bg_ice_session_set_remote (BgIceSession *self, const char *type, const char *text, GError **error)
{
  g_autoptr (BgSdp) sdp = NULL;

  g_return_val_if_fail (BG_IS_ICE_SESSION (self), FALSE);
  if (!check_type (self, type, error) || !(sdp = bg_sdp_parse (text, error))
      || !check_remote (self, sdp, error))
    return FALSE;
  if (self->remote)
    return set_same_remote (self, sdp, error);
  self->remote = g_steal_pointer (&sdp);
  apply_remote (self);
  set_deadline (self, CHECKING_TIMEOUT_S);
  update_state (self);
  return TRUE;
}

/* Where two machines have the same address, each would talk to itself. */
static gboolean
check_surroundings (BgIceSession *self, const BgIceCandidate *candidate, GError **error)
{
  BgIceAddressVerdict verdict = self->addresses
                                  ? bg_ice_addresses_judge (self->addresses, candidate->address)
                                  : BG_ICE_ADDRESS_FINE;

  if (verdict == BG_ICE_ADDRESS_INSIDE)
    return refuse (error, BG_ERROR_INVALID_ARGUMENT, bg_words (CANDIDATE_IN_TUNNEL));
  if (verdict == BG_ICE_ADDRESS_OWN && candidate->type == BG_ICE_HOST && !self->on_loopback)
    return refuse (error, BG_ERROR_INVALID_ARGUMENT, bg_words (CANDIDATE_UNUSABLE));
  return TRUE;
}

static gboolean
check_address (BgIceSession *self, GInetAddress *address, GError **error)
{
  if (bg_ice_address_is_unusable (address))
    return refuse (error, BG_ERROR_INVALID_ARGUMENT, bg_words (CANDIDATE_UNUSABLE));
  if (bg_ice_address_is_in (address, (GInetAddressMask *const *) self->exclude->pdata))
    return refuse (error, BG_ERROR_INVALID_ARGUMENT, bg_words (CANDIDATE_IN_TUNNEL));
  if (g_inet_address_get_is_loopback (address) && !self->on_loopback)
    return refuse (error, BG_ERROR_INVALID_ARGUMENT, bg_words (CANDIDATE_LOOPBACK));
  return TRUE;
}

static gboolean
is_ignored (BgIceSession *self, const BgIceCandidate *candidate)
{
  return candidate->component != BG_NICE_COMPONENT || (candidate->tcp && !self->ice_tcp)
         || (self->remote && !is_of_remote_description (self, candidate));
}

/* A candidate that has an address; taken. */
static gboolean
keep_candidate (BgIceSession *self, BgIceCandidate *given, GError **error)
{
  g_autoptr (BgIceCandidate) candidate = given;

  if (!check_address (self, candidate->address, error)
      || !check_surroundings (self, candidate, error))
    return FALSE;
  if (!self->remote)
    {
      if (self->early->len < BG_SDP_CANDIDATES_MAX)
        g_ptr_array_add (self->early, g_steal_pointer (&candidate));
      return TRUE;
    }
  take_candidate (self, g_steal_pointer (&candidate));
  give_candidates (self, self->remote_candidates);
  return TRUE;
}

static void
on_name_found (BgIceCandidate *candidate, gpointer data)
{
  BgIceSession *self = data;

  if (is_over (self))
    bg_ice_candidate_free (candidate);
  else
    keep_candidate (self, candidate, NULL);
}

gboolean
bg_ice_session_add_candidate (BgIceSession *self, const char *line, GError **error)
{
  g_autoptr (BgIceCandidate) candidate = NULL;

  g_return_val_if_fail (BG_IS_ICE_SESSION (self), FALSE);
  if (is_over (self))
    return refuse (error, BG_ERROR_WRONG_STATE, bg_words (SESSION_OVER));
  if (*line == '\0') /* end of candidates (spec 2.3) */
    return TRUE;
  candidate = bg_ice_candidate_parse (line, error);
  if (!candidate)
    return FALSE;
  if (is_ignored (self, candidate))
    return TRUE;
  if (!candidate->address)
    {
      bg_mdns_names_ask_take (self->names, g_steal_pointer (&candidate));
      return TRUE;
    }
  return keep_candidate (self, g_steal_pointer (&candidate), error);
}

/* Questions */

BgIceSessionState
bg_ice_session_get_state (BgIceSession *self)
{
  return self->state;
}

gboolean
bg_ice_session_is_alone (BgIceSession *self)
{
  return self->alone && !self->leg_runs;
}

BgTransport *
bg_ice_session_dup_data_channel (BgIceSession *self)
{
  return self->has_channel && !is_over (self) ? bg_transport_ref (self->channel) : NULL;
}

BgTransport *
bg_ice_session_dup_ice (BgIceSession *self)
{
  if (!self->was_connected || is_over (self))
    return NULL;
  self->uses_ice = TRUE;
  update_poll (self);
  return bg_transport_ref (self->ice);
}

BgTransport *
bg_ice_session_dup_direct (BgIceSession *self, GError **error)
{
  BgTransport *direct;

  if (!self->was_connected || is_over (self))
    return NULL;
  direct = bg_direct_groups_make (self->groups, self->agent, self->stream, self->path, self->pool,
                                  &self->ice->sink, error);
  self->uses_direct = direct != NULL;
  update_poll (self);
  return direct;
}

gboolean
bg_ice_session_get_pair (BgIceSession *self, char **local, char **remote, gboolean *relayed)
{
  if (!self->pair.local)
    return FALSE;
  *local = g_strdup (self->pair.local);
  *remote = g_strdup (self->pair.remote);
  if (relayed)
    *relayed = self->pair.relayed;
  return TRUE;
}

/* Life */

void
bg_ice_session_set_watcher (BgIceSession *self, BgWatcher watcher)
{
  if (!self->remote)
    self->watcher = watcher;
}

void
bg_ice_session_close (BgIceSession *self)
{
  g_return_if_fail (BG_IS_ICE_SESSION (self));
  if (bg_session_link_is_cut (self->link))
    return;
  bg_session_link_cut (self->link);
  self->state = BG_ICE_SESSION_CLOSED;
  take_down (self);
}

/* The list ends with NULL. */
static void
unref_prefix (gpointer prefix)
{
  if (prefix)
    g_object_unref (prefix);
}

static void
add_excluded (BgIceSession *self, GInetAddressMask *const *exclude)
{
  for (; exclude && *exclude; exclude++)
    g_ptr_array_add (self->exclude, g_object_ref (*exclude));
  g_ptr_array_add (self->exclude, NULL);
}

/* An empty list would let libnice gather everything, our own tunnel included. */
static GPtrArray *
list_addresses (const BgIceSessionConfig *config)
{
  const char *const *texts = config->addresses ? bg_ice_addresses_get_texts (config->addresses)
                                               : NULL;
  GPtrArray *addresses;

  if (!texts || !*texts)
    return bg_local_addresses_list (config->exclude, config->exclude_interface,
                                    config->loopback_only || texts);
  addresses = g_ptr_array_new_with_free_func (g_free);
  for (; *texts; texts++)
    g_ptr_array_add (addresses, g_strdup (*texts));
  return addresses;
}

static void
choose_addresses (BgIceSession *self, const BgIceSessionConfig *config)
{
  self->addresses = config->addresses ? bg_ice_addresses_ref (config->addresses) : NULL;
  self->gathered = list_addresses (config);
  for (guint i = 0; i < self->gathered->len; i++)
    {
      g_autoptr (GInetAddress) address = g_inet_address_new_from_string (self->gathered->pdata[i]);

      self->on_loopback |= g_inet_address_get_is_loopback (address);
    }
  g_ptr_array_add (self->gathered, NULL);
  bg_ice_interfaces_rank ((const char *const *) self->gathered->pdata);
}

static void
make_transports (BgIceSession *self, const BgIceSessionConfig *config)
{
  const BgDataChannelEvents events = { on_channel_opened, on_channel_closed,
                                       bg_session_link_ref (self->link), unref_link };

  self->ice = bg_ice_transport_new (config->path, config->pool, &config->sink);
  self->channel = bg_data_channel_transport_new (config->path, config->offerer, config->pool,
                                                 &config->sink, &events);
}

static void
make_agent (BgIceSession *self, const BgIceSessionConfig *config)
{
  /* Nomination is aggressive (RFC 5245, 8.1.1.2): the first pair that answers carries packets, a better one takes over when it
   * does. The regular one waits until all others failed, and stays with what it chose: over the relay, where that answered
   * sooner than two NATs opened. */
  self->agent = nice_agent_new_full (bg_ice_thread_get_context (BG_ICE_CHECKS),
                                     NICE_COMPATIBILITY_RFC5245, NICE_AGENT_OPTION_ICE_TRICKLE);
  g_object_set (self->agent, "upnp", FALSE, "ice-tcp", config->ice_tcp, "max-connectivity-checks",
                BG_ICE_PAIRS_MAX, "controlling-mode", config->offerer, "force-relay",
                config->relay_only, NULL);
  self->stream = nice_agent_add_stream (self->agent, 1);
  nice_agent_get_local_credentials (self->agent, self->stream, &self->local->ufrag,
                                    &self->local->pwd);
  bg_ice_transport_attach (self->ice, self->agent, self->stream);
  self->watch = bg_ice_watch_new (self->link, self->agent, &ice_news);
  self->inlet = bg_ice_inlet_new (self->agent, self->stream, self->ice);
}

/* What the peer says before we know that it needs a leg is kept there. */
static void
make_leg (BgIceSession *self, const BgIceSessionConfig *config)
{
  self->leg = bg_webrtc_leg_new (
    &(BgWebrtcLegConfig){ config->name, config->offerer, self->channel, self->link, &leg_news });
  bg_ice_inlet_set_leg (self->inlet, self->leg);
}

BgIceSession *
bg_ice_session_new (const BgIceSessionConfig *config, GError **error)
{
  g_autoptr (BgIceSession) self = NULL;
  const char *fingerprint = bg_dtls_fingerprint_get_own (error);

  if (!fingerprint)
    return NULL;
  self = g_object_new (BG_TYPE_ICE_SESSION, NULL);
  self->offerer = config->offerer;
  self->plain = config->plain;
  self->ice_tcp = config->ice_tcp;
  self->path = config->path;
  self->pool = config->pool;
  self->local->fingerprint = g_strdup (fingerprint);
  self->servers = bg_ice_servers_new (config->stun_server, config->turn_servers);
  choose_addresses (self, config);
  add_excluded (self, config->exclude);
  make_transports (self, config);
  make_agent (self, config);
  make_leg (self, config);
  return g_steal_pointer (&self);
}

static gpointer
prepare (gpointer data)
{
  bg_dtls_fingerprint_get_own (NULL);
  note_closed ();
  return NULL;
}

/* Nobody is to exit in the midst of it. */
void
bg_ice_session_prepare (void)
{
  note_closing ();
  g_thread_unref (g_thread_new ("dtls-prepare", prepare, NULL));
}

static void
bg_ice_session_dispose (GObject *object)
{
  bg_ice_session_close (BG_ICE_SESSION (object));
  G_OBJECT_CLASS (bg_ice_session_parent_class)->dispose (object);
}

static void
bg_ice_session_finalize (GObject *object)
{
  BgIceSession *self = BG_ICE_SESSION (object);

  bg_transport_unref (self->channel);
  bg_transport_unref (self->ice);
  bg_session_link_unref (self->link);
  g_clear_pointer (&self->exclude, g_ptr_array_unref);
  g_clear_pointer (&self->gathered, g_ptr_array_unref);
  g_clear_pointer (&self->servers, bg_ice_servers_free);
  g_clear_pointer (&self->local, bg_sdp_free);
  g_clear_pointer (&self->remote, bg_sdp_free);
  g_free (self->local_text);
  g_clear_pointer (&self->early, g_ptr_array_unref);
  bg_mdns_names_free (self->names);
  g_clear_pointer (&self->local_candidates, bg_candidate_set_free);
  g_clear_pointer (&self->remote_candidates, bg_candidate_set_free);
  g_clear_pointer (&self->tcp_candidates, bg_candidate_set_free);
  bg_ice_addresses_unref (self->addresses);
  bg_ice_pair_clear (&self->pair);
  G_OBJECT_CLASS (bg_ice_session_parent_class)->finalize (object);
}

static guint
new_signal (GObjectClass *klass, const char *name, guint n_params, GType first, GType second)
{
  return g_signal_new (name, G_OBJECT_CLASS_TYPE (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                       G_TYPE_NONE, n_params, first, second);
}

static void
bg_ice_session_class_init (BgIceSessionClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = bg_ice_session_dispose;
  object_class->finalize = bg_ice_session_finalize;
  signals[SIGNAL_LOCAL_DESCRIPTION] = new_signal (object_class, "local-description", 2,
                                                  G_TYPE_STRING, G_TYPE_STRING);
  signals[SIGNAL_LOCAL_CANDIDATE] = new_signal (object_class, "local-candidate", 1, G_TYPE_STRING,
                                                G_TYPE_NONE);
  signals[SIGNAL_STATE_CHANGED] = new_signal (object_class, "state-changed", 0, G_TYPE_NONE,
                                              G_TYPE_NONE);
  signals[SIGNAL_PAIR_CHANGED] = new_signal (object_class, "pair-changed", 0, G_TYPE_NONE,
                                             G_TYPE_NONE);
  signals[SIGNAL_CHANNEL_OPENED] = new_signal (object_class, "channel-opened", 0, G_TYPE_NONE,
                                               G_TYPE_NONE);
  signals[SIGNAL_FAILED] = new_signal (object_class, "failed", 1, G_TYPE_ERROR, G_TYPE_NONE);
}

static void
bg_ice_session_init (BgIceSession *self)
{
  self->link = bg_session_link_new (G_OBJECT (self));
  self->exclude = g_ptr_array_new_with_free_func (unref_prefix);
  self->groups = bg_direct_groups_new ();
  self->local = g_new0 (BgSdp, 1);
  self->early = g_ptr_array_new_with_free_func ((GDestroyNotify) bg_ice_candidate_free);
  self->names = bg_mdns_names_new (on_name_found, self);
  self->local_candidates = bg_candidate_set_new ();
  self->remote_candidates = bg_candidate_set_new ();
  self->tcp_candidates = bg_candidate_set_new ();
}
