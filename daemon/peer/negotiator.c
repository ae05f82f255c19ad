/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "peer/negotiator.h"
#include "peer/mapped-candidates.h"

#include "common/log.h"

#include <string.h>

#define IMPLEMENTATION "bamgated " BG_VERSION

struct _BgNegotiator
{
  char *self_id, *peer_id, *public_key;
  char **paths;
  BgSignalingClient *signaling;
  const BgNegotiatorEvents *events;
  gpointer data;
  BgIceSession *session;

  BgSignalType type;  /* of our description */
  char *local_sdp;    /* NULL until it is made */
  gboolean described; /* it was sent */
  GPtrArray *local;   /* our candidates, all of them */
  guint n_sent;       /* of `local` */
  BgMappedCandidates *mapped;

  BgSdp *known;      /* of the last remote description that was taken: origin, ufrag, fingerprint */
  GPtrArray *remote; /* candidates from before the remote description */
};

char *
bg_candidate_get_ufrag (const char *candidate)
{
  g_auto (GStrv) words = g_strsplit_set (candidate, " \r\n", -1);

  for (guint i = 0; words[i] && words[i + 1]; i++)
    if (g_str_equal (words[i], "ufrag"))
      return g_strdup (words[i + 1]);
  return NULL;
}

static BgSignalMessage *
message_new (BgNegotiator *self, BgSignalType type)
{
  BgSignalMessage *message = g_new0 (BgSignalMessage, 1);

  message->type = type;
  message->from = g_strdup (self->self_id);
  message->to = g_strdup (self->peer_id);
  return message;
}

static gboolean
send_description (BgNegotiator *self)
{
  g_autoptr (BgSignalMessage) message = message_new (self, self->type);
  g_autoptr (GError) error = NULL;

  message->sdp = g_strdup (self->local_sdp);
  message->public_key = g_strdup (self->public_key);
  message->is_bamgate = TRUE;
  message->implementation = g_strdup (IMPLEMENTATION);
  message->paths = g_strdupv (self->paths);
  message->control = BG_CONTROL_VERSION_OURS;
  self->events->sign (self->data, message);
  if (bg_signaling_client_send (self->signaling, message, &error))
    return TRUE;
  bg_log (BG_TOPIC_PEER, DEBUG, self->peer_id, "description waits: %s", error->message);
  return FALSE;
}

static gboolean
send_candidate (BgNegotiator *self, const char *candidate)
{
  g_autoptr (BgSignalMessage) message = message_new (self, BG_SIGNAL_CANDIDATE);

  message->candidate = g_strdup (candidate);
  return bg_signaling_client_send (self->signaling, message, NULL);
}

void
bg_negotiator_flush (BgNegotiator *self)
{
  if (!self->local_sdp)
    return;
  if (!self->described)
    {
      if (!send_description (self))
        return;
      self->described = TRUE;
      while (self->n_sent < self->local->len
             && send_candidate (self, self->local->pdata[self->n_sent]))
        self->n_sent++;
      if (self->type == BG_SIGNAL_ANSWER)
        self->events->answered (self->data, self); /* may free us */
      return;
    }
  while (self->n_sent < self->local->len && send_candidate (self, self->local->pdata[self->n_sent]))
    self->n_sent++;
}

gboolean
bg_negotiator_repeat (BgNegotiator *self)
{
  return self->described && send_description (self);
}

void
bg_negotiator_resend (BgNegotiator *self)
{
  if (!self->local_sdp || !send_description (self))
    return;
  self->described = TRUE;
  self->n_sent = 0;
  bg_negotiator_flush (self);
}

gboolean
bg_negotiator_offered (BgNegotiator *self)
{
  return self->local_sdp && self->type == BG_SIGNAL_OFFER;
}

gboolean
bg_negotiator_has_candidates (BgNegotiator *self)
{
  return self->local->len > 0;
}

/* Another one is being made, and comes later: to the peer this one is what it was, not to be sent in the other's place. */
static void
forget_description (BgNegotiator *self)
{
  g_clear_pointer (&self->local_sdp, g_free);
  g_ptr_array_set_size (self->local, 0);
  self->described = FALSE;
  self->n_sent = 0;
}

static void
begin_round (BgNegotiator *self, const char *sdp)
{
  if (self->local_sdp)
    forget_description (self);
  self->local_sdp = g_strdup (sdp);
}

static void
on_session_local_description (BgIceSession *session, const char *type, const char *sdp,
                              BgNegotiator *self)
{
  if (g_strcmp0 (sdp, self->local_sdp) != 0)
    begin_round (self, sdp);
  self->type = g_str_equal (type, "offer") ? BG_SIGNAL_OFFER : BG_SIGNAL_ANSWER;
  bg_negotiator_flush (self);
}

static void
add_local_candidate (gpointer data, const char *candidate)
{
  BgNegotiator *self = data;

  if (self->local->len >= BG_NEGOTIATOR_MAX_CANDIDATES)
    return;
  g_ptr_array_add (self->local, g_strdup (candidate));
  if (self->described)
    bg_negotiator_flush (self);
}

static void
on_session_local_candidate (BgIceSession *session, const char *candidate, BgNegotiator *self)
{
  add_local_candidate (self, candidate);
  bg_mapped_candidates_follow (self->mapped, candidate);
}

static void
on_session_state_changed (BgIceSession *session, BgNegotiator *self)
{
  self->events->state_changed (self->data, self);
}

static void
on_session_pair_changed (BgIceSession *session, BgNegotiator *self)
{
  self->events->pair_changed (self->data, self);
}

static void
on_session_channel_opened (BgIceSession *session, BgNegotiator *self)
{
  self->events->channel_opened (self->data, self);
}

static void
on_session_restarted (BgIceSession *session, BgNegotiator *self)
{
  self->events->restarted (self->data, self);
}

static void
on_session_restart_failed (BgIceSession *session, BgNegotiator *self)
{
  self->events->restart_failed (self->data, self);
}

static void
on_session_failed (BgIceSession *session, const GError *error, BgNegotiator *self)
{
  self->events->failed (self->data, self, error);
}

BgNegotiator *
bg_negotiator_new (const BgNegotiatorConfig *config, const BgNegotiatorEvents *events,
                   gpointer data, GError **error)
{
  BgIceSession *session = bg_ice_session_new (&config->session, error);
  BgNegotiator *self;

  if (!session)
    return NULL;
  self = g_new0 (BgNegotiator, 1);
  self->self_id = g_strdup (config->self_id);
  self->peer_id = g_strdup (config->peer_id);
  self->public_key = g_strdup (config->public_key);
  self->paths = g_strdupv ((char **) config->paths);
  self->signaling = g_object_ref (config->signaling);
  self->events = events;
  self->data = data;
  self->session = session;
  self->local = g_ptr_array_new_with_free_func (g_free);
  self->remote = g_ptr_array_new_with_free_func (g_free);
  self->mapped = bg_mapped_candidates_new (config->mapper, add_local_candidate, self);
  g_signal_connect (session, "local-description", G_CALLBACK (on_session_local_description), self);
  g_signal_connect (session, "local-candidate", G_CALLBACK (on_session_local_candidate), self);
  g_signal_connect (session, "state-changed", G_CALLBACK (on_session_state_changed), self);
  g_signal_connect (session, "pair-changed", G_CALLBACK (on_session_pair_changed), self);
  g_signal_connect (session, "channel-opened", G_CALLBACK (on_session_channel_opened), self);
  g_signal_connect (session, "restarted", G_CALLBACK (on_session_restarted), self);
  g_signal_connect (session, "restart-failed", G_CALLBACK (on_session_restart_failed), self);
  g_signal_connect (session, "failed", G_CALLBACK (on_session_failed), self);
  return self;
}

void
bg_negotiator_free (BgNegotiator *self)
{
  if (!self)
    return;
  g_signal_handlers_disconnect_by_data (self->session, self);
  bg_mapped_candidates_free (self->mapped);
  bg_ice_session_close (self->session);
  g_object_unref (self->session);
  g_object_unref (self->signaling);
  g_ptr_array_unref (self->local);
  g_ptr_array_unref (self->remote);
  g_strfreev (self->paths);
  g_free (self->self_id);
  g_free (self->peer_id);
  g_free (self->public_key);
  g_free (self->local_sdp);
  g_clear_pointer (&self->known, bg_sdp_free);
  g_free (self);
}

void
bg_negotiator_offer (BgNegotiator *self)
{
  bg_ice_session_start (self->session);
}

static gboolean
candidate_is_ours (BgNegotiator *self, const char *candidate)
{
  g_autofree char *ufrag = bg_candidate_get_ufrag (candidate);

  return !ufrag || !self->known || g_str_equal (ufrag, self->known->ufrag);
}

static void
add_candidate (BgNegotiator *self, const char *candidate)
{
  g_autoptr (GError) error = NULL;

  if (!bg_ice_session_add_candidate (self->session, candidate, &error))
    bg_log (BG_TOPIC_ICE, DEBUG, self->peer_id, "candidate refused: %s", error->message);
}

gboolean
bg_negotiator_take_candidate (BgNegotiator *self, const char *candidate)
{
  if (strlen (candidate) > BG_NEGOTIATOR_MAX_CANDIDATE_LEN)
    return TRUE;
  if (!self->known)
    {
      if (self->remote->len < BG_NEGOTIATOR_MAX_CANDIDATES)
        g_ptr_array_add (self->remote, g_strdup (candidate));
      return TRUE;
    }
  if (!candidate_is_ours (self, candidate))
    return FALSE;
  add_candidate (self, candidate);
  return TRUE;
}

static BgSdp *
identity_of (const BgSdp *sdp)
{
  BgSdp *identity = g_new0 (BgSdp, 1);

  identity->origin = g_strdup (sdp->origin);
  identity->ufrag = g_strdup (sdp->ufrag);
  identity->fingerprint = g_strdup (sdp->fingerprint);
  return identity;
}

/* What the description says is known now: candidates that waited for it go on. */
static void
note_taken (BgNegotiator *self, BgSdp *take_known)
{
  g_autoptr (GPtrArray) waiting = g_steal_pointer (&self->remote);

  g_clear_pointer (&self->known, bg_sdp_free);
  self->known = take_known;
  self->remote = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < waiting->len; i++)
    if (candidate_is_ours (self, waiting->pdata[i]))
      add_candidate (self, waiting->pdata[i]);
}

gboolean
bg_negotiator_take_description (BgNegotiator *self, const BgSignalMessage *message, BgSdp *take_sdp,
                                GError **error)
{
  g_autoptr (BgSdp) known = identity_of (take_sdp);

  /* Both sides probe (data plane, path.h), which finds out sooner than ICE. */
  bg_ice_session_set_watcher (self->session,
                              message->is_bamgate && message->control >= BG_CONTROL_VERSION
                                ? BG_WATCHED_BY_PATHS
                                : BG_WATCHED_BY_ICE);
  if (!bg_ice_session_set_remote_take (
        self->session, message->type == BG_SIGNAL_OFFER ? "offer" : "answer", take_sdp, error))
    return FALSE;
  note_taken (self, g_steal_pointer (&known));
  return TRUE;
}

/* --- Restarts --- */

void
bg_negotiator_restart (BgNegotiator *self, const BgIceSettings *ice)
{
  bg_ice_session_restart (self->session, ice);
  if (self->known) /* else the first offer goes on */
    forget_description (self);
}

gboolean
bg_negotiator_answer_restart (BgNegotiator *self, const BgIceSettings *ice, BgSdp *take_sdp,
                              GError **error)
{
  g_autoptr (BgSdp) known = identity_of (take_sdp);

  if (!bg_ice_session_answer_restart_take (self->session, ice, take_sdp, error))
    return FALSE;
  forget_description (self);
  note_taken (self, g_steal_pointer (&known));
  return TRUE;
}

gboolean
bg_negotiator_is_known (BgNegotiator *self, const BgSdp *sdp)
{
  return self->known && g_str_equal (sdp->fingerprint, self->known->fingerprint)
         && g_str_equal (sdp->ufrag, self->known->ufrag);
}

/* A bamgate's certificate serves all its sessions, anybody else's one. */
gboolean
bg_negotiator_is_restart (BgNegotiator *self, const BgSdp *offer, gboolean of_bamgate)
{
  return self->known && g_str_equal (offer->fingerprint, self->known->fingerprint)
         && (!of_bamgate || bg_sdp_is_same_session (offer, self->known));
}

BgIceSession *
bg_negotiator_session (BgNegotiator *self)
{
  return self->session;
}
