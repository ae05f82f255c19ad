/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Descriptions and candidates of a session: which of its ways they belong to, and what they change. */
#include "ice-session-private.h"

#include "common/error.h"
#include "dtls-fingerprint.h"
#include "ice-candidate.h"
#include "transport-datachannel.h"

#define MID "0"

enum
{
  SCTP_PORT = 5000, /* webrtcbin takes no other */
  MAX_MESSAGE = 65536,
};

static BgSdpSetup
role_beside (BgSdpSetup theirs)
{
  return theirs == BG_SDP_SETUP_ACTIVE ? BG_SDP_SETUP_PASSIVE : BG_SDP_SETUP_ACTIVE;
}

static void
describe (BgIceSession *self, BgIceWay *way, const char *mid, BgSdpSetup setup, gboolean marked)
{
  BgSdp *sdp = g_new0 (BgSdp, 1);

  *sdp = (BgSdp){ .origin = g_strdup (self->origin),
                  .version = self->version++,
                  .mid = g_strdup (mid),
                  .fingerprint = g_strdup (bg_dtls_fingerprint_get_own (NULL)),
                  .setup = setup,
                  .sctp_port = SCTP_PORT,
                  .max_message = MAX_MESSAGE,
                  .marked = marked };
  bg_ice_way_describe_take (way, sdp);
}

void
bg_ice_session_start (BgIceSession *self)
{
  g_return_if_fail (BG_IS_ICE_SESSION (self) && self->offerer);
  if (!bg_ice_session_is_over (self) && !bg_ice_way_get_local (self->way))
    describe (self, self->way, MID, BG_SDP_SETUP_ACTPASS, !self->plain);
}

void
bg_ice_session_restart (BgIceSession *self, const BgIceSettings *ice)
{
  g_return_if_fail (BG_IS_ICE_SESSION (self));
  if (bg_ice_session_is_over (self) || !bg_ice_way_get_remote (self->way))
    return;
  bg_ice_session_drop_next (self);
  self->next = bg_ice_session_make_way (self, TRUE, ice);
  describe (self, self->next, bg_ice_way_get_local (self->way)->mid, BG_SDP_SETUP_ACTPASS,
            !self->plain);
}

static gboolean
refuse (GError **error, BgError code, BgWords *take)
{
  bg_error_set_take (error, code, take);
  return FALSE;
}

/* Whose offer or answer it is that a description of this type belongs to. */
static BgIceWay *
find_way (BgIceSession *self, gboolean offers)
{
  if (self->next && bg_ice_way_offers (self->next) == offers)
    return self->next;
  return bg_ice_way_offers (self->way) == offers ? self->way : NULL;
}

static gboolean
check_type (BgIceSession *self, const char *type, BgIceWay **way, GError **error)
{
  gboolean offers = g_strcmp0 (type, "answer") == 0;

  if (bg_ice_session_is_over (self))
    return refuse (error, BG_ERROR_WRONG_STATE, bg_words (SESSION_OVER));
  *way = offers || g_strcmp0 (type, "offer") == 0 ? find_way (self, offers) : NULL;
  if (!*way)
    return refuse (error, BG_ERROR_INVALID_ARGUMENT,
                   self->offerer ? bg_words (SDP_ANSWER_EXPECTED) : bg_words (SDP_OFFER_EXPECTED));
  if (offers && !bg_ice_way_get_local (*way))
    return refuse (error, BG_ERROR_WRONG_STATE, bg_words (SDP_TOO_EARLY));
  return TRUE;
}

static gboolean
check_remote (BgIceWay *way, const BgSdp *sdp, GError **error)
{
  if (bg_ice_way_offers (way) && sdp->setup == BG_SDP_SETUP_ACTPASS)
    return refuse (error, BG_ERROR_INVALID_ARGUMENT, bg_words (SDP_WITHOUT_ROLE));
  if (bg_ice_way_offers (way) && !g_str_equal (sdp->mid, bg_ice_way_get_local (way)->mid))
    return refuse (error, BG_ERROR_INVALID_ARGUMENT, bg_words (SDP_OTHER_MID));
  if (sdp->max_message > 0 && sdp->max_message < BG_DATA_CHANNEL_MAX_MESSAGE)
    return refuse (error, BG_ERROR_INVALID_ARGUMENT, bg_words (SDP_SMALL_MESSAGES));
  return TRUE;
}

static gboolean
is_same (const BgSdp *a, const BgSdp *b)
{
  return g_str_equal (a->ufrag, b->ufrag) && g_str_equal (a->pwd, b->pwd)
         && g_str_equal (a->fingerprint, b->fingerprint);
}

static gboolean
set_same_remote (BgIceSession *self, BgIceWay *way, const BgSdp *sdp, GError **error)
{
  if (!is_same (sdp, bg_ice_way_get_remote (way)))
    return refuse (error, BG_ERROR_WRONG_STATE, bg_words (SDP_OTHER_SESSION));
  if (!bg_ice_way_offers (way) && bg_ice_way_get_local (way))
    bg_ice_session_announce (self, way);
  return TRUE;
}

static gboolean
may_be_alone (BgIceSession *self, const BgSdp *sdp)
{
  return !self->plain && sdp->marked && self->watcher == BG_WATCHED_BY_PATHS;
}

/* The first description, or that of another peer in the place of the first. */
static void
begin_with_take (BgIceSession *self, BgSdp *sdp)
{
  self->role = role_beside (sdp->setup);
  self->alone = may_be_alone (self, sdp);
  if (self->alone)
    bg_webrtc_leg_expect_goodbye (self->leg, sdp->pwd);
  else
    bg_webrtc_leg_prepare ();
  if (!bg_ice_way_offers (self->way))
    describe (self, self->way, sdp->mid, self->role, self->alone);
  bg_ice_way_set_remote_take (self->way, sdp, self->watcher == BG_WATCHED_BY_ICE);
  bg_ice_session_await_pair (self);
  bg_ice_session_update (self);
}

/* What is the same through restarts of ICE. Certificates of a bamgate serve all its sessions. */
static gboolean
is_same_peer (BgIceSession *self, const BgSdp *sdp)
{
  const BgSdp *known = bg_ice_way_get_remote (self->way);

  return g_str_equal (sdp->fingerprint, known->fingerprint)
         && (self->watcher == BG_WATCHED_BY_ICE || bg_sdp_is_same_session (sdp, known));
}

/* Whoever answered our restart knows nothing of what was before. */
static void
begin_anew_take (BgIceSession *self, BgSdp *sdp)
{
  bg_ice_session_begin_anew (self);
  begin_with_take (self, sdp);
}

static void
take_restart_answer (BgIceSession *self, BgSdp *sdp)
{
  if (may_be_alone (self, sdp) != self->alone || self->leg_ended
      || (self->leg_runs && !is_same_peer (self, sdp)))
    {
      begin_anew_take (self, sdp);
      return;
    }
  bg_ice_way_set_leg (self->next, self->leg);
  bg_ice_way_set_remote_take (self->next, sdp, self->watcher == BG_WATCHED_BY_ICE);
  bg_ice_session_await_next (self);
  bg_ice_session_update_next (self);
}

gboolean
bg_ice_session_set_remote_take (BgIceSession *self, const char *type, BgSdp *taken, GError **error)
{
  g_autoptr (BgSdp) sdp = taken;
  BgIceWay *way;

  g_return_val_if_fail (BG_IS_ICE_SESSION (self), FALSE);
  if (!check_type (self, type, &way, error) || !check_remote (way, sdp, error))
    return FALSE;
  if (bg_ice_way_get_remote (way))
    return set_same_remote (self, way, sdp, error);
  if (way == self->next)
    take_restart_answer (self, g_steal_pointer (&sdp));
  else
    begin_with_take (self, g_steal_pointer (&sdp));
  return TRUE;
}

static void
answer_restart_take (BgIceSession *self, const BgIceSettings *ice, BgSdp *sdp)
{
  bg_ice_session_drop_next (self);
  self->next = bg_ice_session_make_way (self, FALSE, ice);
  bg_ice_way_set_leg (self->next, self->leg);
  describe (self, self->next, sdp->mid, self->role, self->alone);
  bg_ice_way_set_remote_take (self->next, sdp, self->watcher == BG_WATCHED_BY_ICE);
  bg_ice_session_await_next (self);
  if (!self->was_connected)
    bg_ice_session_await_pair (self);
}

gboolean
bg_ice_session_answer_restart_take (BgIceSession *self, const BgIceSettings *ice, BgSdp *taken,
                                    GError **error)
{
  g_autoptr (BgSdp) sdp = taken;

  g_return_val_if_fail (BG_IS_ICE_SESSION (self), FALSE);
  if (bg_ice_session_is_over (self))
    return refuse (error, BG_ERROR_WRONG_STATE, bg_words (SESSION_OVER));
  if (!bg_ice_way_get_remote (self->way) || !is_same_peer (self, sdp))
    return refuse (error, BG_ERROR_WRONG_STATE, bg_words (SDP_OTHER_SESSION));
  answer_restart_take (self, ice, g_steal_pointer (&sdp));
  return TRUE;
}

/* Without an ufrag it is taken for one of the description that is awaited. */
static BgIceWay *
way_of_candidate (BgIceSession *self, const char *line)
{
  g_autoptr (BgIceCandidate) candidate = self->next ? bg_ice_candidate_parse (line, NULL) : NULL;
  const BgSdp *remote = bg_ice_way_get_remote (self->way);

  if (!self->next || !candidate)
    return self->way;
  return candidate->ufrag && g_str_equal (candidate->ufrag, remote->ufrag) ? self->way : self->next;
}

gboolean
bg_ice_session_add_candidate (BgIceSession *self, const char *line, GError **error)
{
  g_return_val_if_fail (BG_IS_ICE_SESSION (self), FALSE);
  if (bg_ice_session_is_over (self))
    return refuse (error, BG_ERROR_WRONG_STATE, bg_words (SESSION_OVER));
  return bg_ice_way_add_candidate (way_of_candidate (self, line), line, error);
}

void
bg_ice_session_set_watcher (BgIceSession *self, BgWatcher watcher)
{
  BgIceWay *way = self->next ? self->next : self->way;

  if (way && !bg_ice_way_get_remote (way))
    self->watcher = watcher;
}
