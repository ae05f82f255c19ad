/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One attempt at a connection: an ICE session and the messages that make it. Sends its description before any candidate,
 * keeps what cannot be sent yet, keeps remote candidates until they can be used. Main thread only. */

#include "mapping/port-mapper.h"
#include "signaling/signaling-client.h"
#include "transport/ice-session.h"

G_BEGIN_DECLS

/* Kept candidates, each way. */
#define BG_NEGOTIATOR_MAX_CANDIDATES 64
#define BG_NEGOTIATOR_MAX_CANDIDATE_LEN 1024

/* Versions of the in-tunnel control messages: the least of use, those that brought something, and the one that we speak. */
#define BG_CONTROL_VERSION 1
#define BG_CONTROL_VERSION_REST 2
#define BG_CONTROL_VERSION_OFFERS 3
#define BG_CONTROL_VERSION_HEADS 4
#define BG_CONTROL_VERSION_LOGS 5
#define BG_CONTROL_VERSION_SERVICES 6
#define BG_CONTROL_VERSION_CERTIFICATES 7
#define BG_CONTROL_VERSION_OURS BG_CONTROL_VERSION_CERTIFICATES

typedef struct _BgNegotiator BgNegotiator;

typedef struct
{
  const char        *self_id, *peer_id;
  const char        *public_key;  /* ours, base64 */
  const char *const *paths; /* ways that we take beside the data channel */
  BgSignalingClient *signaling;
  BgPortMapper      *mapper;      /* NULL: no ports are mapped */
  BgIceSessionConfig session;
} BgNegotiatorConfig;

/* Each but the first may free the negotiator: it does nothing behind the call. */
typedef struct
{
  void (*sign) (gpointer data,
                BgSignalMessage *description); /* our description goes out; frees nothing */
  void (*answered) (gpointer data, BgNegotiator *from);      /* our answer went out */
  void (*state_changed) (gpointer data, BgNegotiator *from); /* bg_ice_session_get_state() */
  void (*pair_changed) (gpointer data, BgNegotiator *from);
  void (*channel_opened) (gpointer data,
                          BgNegotiator *from); /* one that was added to the session */
  void (*restarted) (gpointer data,
                     BgNegotiator *from); /* by another way than before, in the same session */
  void (*restart_failed) (gpointer data, BgNegotiator *from); /* the session goes on as it was */
  void (*failed) (gpointer data, BgNegotiator *from, const GError *error);
} BgNegotiatorEvents;

BgNegotiator *bg_negotiator_new (const BgNegotiatorConfig *config, const BgNegotiatorEvents *events,
                                 gpointer data, GError **error);
/* Ends the session; no event after it. Fine on NULL. */
void bg_negotiator_free (BgNegotiator *self);

/* Offerer: makes the offer and sends it. */
void bg_negotiator_offer (BgNegotiator *self);
/* Restarts ICE of the session in place: another offer, with candidates gathered by `ice`. */
void bg_negotiator_restart (BgNegotiator *self, const BgIceSettings *ice);
/* The same, begun by the peer with this offer, which is taken; the answer follows. */
gboolean bg_negotiator_answer_restart (BgNegotiator *self, const BgIceSettings *ice,
                                       BgSdp *take_sdp, GError **error);
/* The peer's description, the offer (then the answer follows) or the answer: the message that brought it, and what it says, which is
 * taken. */
gboolean bg_negotiator_take_description (BgNegotiator *self, const BgSignalMessage *message,
                                         BgSdp *take_sdp, GError **error);
/* FALSE where the candidate belongs to another description than the one taken. */
gboolean bg_negotiator_take_candidate (BgNegotiator *self, const char *candidate);
/* The same description and candidates once more. */
/* The same description once more, without its candidates; FALSE where it cannot be sent now, or there is none yet. */
gboolean bg_negotiator_repeat (BgNegotiator *self);
void bg_negotiator_resend (BgNegotiator *self);
/* The last description of ours is an offer. */
gboolean bg_negotiator_offered (BgNegotiator *self);
/* Our description has candidates of ours beside it by now. */
gboolean bg_negotiator_has_candidates (BgNegotiator *self);
/* Signalling is back: sends what could not be sent. */
void bg_negotiator_flush (BgNegotiator *self);

BgIceSession *bg_negotiator_session (BgNegotiator *self);
/* Is it the peer's last description once more? */
gboolean bg_negotiator_is_known (BgNegotiator *self, const BgSdp *sdp);
/* Is it an offer of the peer's end of this session, with other ICE credentials? */
gboolean bg_negotiator_is_restart (BgNegotiator *self, const BgSdp *offer, gboolean of_bamgate);
/* The "ufrag" extension of a candidate line (spec 2.3): (transfer full), NULL where there is none. */
char *bg_candidate_get_ufrag (const char *candidate);

G_END_DECLS
