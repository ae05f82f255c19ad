/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One ICE session with one peer: a NiceAgent of its own on the thread that all agents share (ice-way.h), and a leg of
 * DTLS with the data channel "bamgate" on it where the peer needs one (webrtc-leg.h). It writes and takes SDP and candidates;
 * the peer's negotiator carries them. Main thread only; signals arrive on the main context it was made in, and none after
 * bg_ice_session_close(). A session without leg costs 30 KiB, a socket per local address, and no thread.
 *
 * Our SDP is one that every WebRTC implementation takes. Two bamgates know each other by an attribute in it, and do without
 * the leg. */

#include "transport.h"
#include "transport/ice-settings.h"
#include "transport/sdp-text.h"

#include <gio/gio.h>

G_BEGIN_DECLS

#define BG_TYPE_ICE_SESSION (bg_ice_session_get_type ())
G_DECLARE_FINAL_TYPE (BgIceSession, bg_ice_session, BG, ICE_SESSION, GObject)

typedef struct
{
  const char     *name;     /* of the peer, for the log; NULL */
  gboolean        offerer;  /* we create the offer, and the channel */
  gboolean        plain;    /* nothing in our SDP says that we can do without DTLS */
  guint32         path;     /* path id for the transports made here */
  BgIceSettings   ice;
  BgPacketPool   *pool;     /* received packets come from here */
  BgTransportSink sink;
} BgIceSessionConfig;

/* Signals (all G_SIGNAL_RUN_LAST, no return value):
 *   "local-description" (const char *type, const char *sdp)   "offer" or "answer", to be sent before any candidate
 *   "local-candidate"   (const char *candidate)               a candidate line with "candidate:" prefix
 *   "state-changed"     ()                                    see bg_ice_session_get_state()
 *   "pair-changed"      ()                                    the selected pair is another one
 *   "channel-opened"    ()                                    an added data channel
 *   "restarted"         ()                                    packets go by the way that a restart of ICE found
 *   "restart-failed"    ()                                    it found none; what was before goes on
 *   "failed"            (const GError *error)                 for good: throw the session away */

typedef enum
{
  BG_ICE_SESSION_NEW, /* no remote description yet */
  BG_ICE_SESSION_CHECKING,
  BG_ICE_SESSION_CONNECTED, /* ICE ready; DTLS, SCTP or channel still under way */
  BG_ICE_SESSION_OPEN, /* packets can go: ICE is ready and nothing else is wanted, or the data channel is open */
  BG_ICE_SESSION_DISCONNECTED, /* ICE lost its pair, may come back */
  BG_ICE_SESSION_FAILED,
  BG_ICE_SESSION_CLOSED,
} BgIceSessionState;

/* Who finds out that the peer is gone. */
typedef enum
{
  BG_WATCHED_BY_ICE, /* keepalives that are checks (RFC 8445, 11): lost after some 50 s without an answer */
  BG_WATCHED_BY_PATHS, /* the caller's own probes, from the first packet on: ICE is not to call it lost */
} BgWatcher;

/* Fails where no certificate can be made; where GStreamer is missing, only those do that need it. */
BgIceSession *bg_ice_session_new (const BgIceSessionConfig *config, GError **error);
/* Offerer: starts; "local-description" follows. */
void bg_ice_session_start (BgIceSession *self);
/* Before the remote description; BG_WATCHED_BY_ICE if it is not said. Only a peer that is watched by paths is believed that
 * it does without DTLS. */
void bg_ice_session_set_watcher (BgIceSession *self, BgWatcher watcher);
/* Takes the peer's offer (then "local-description" brings the answer) or answer; `sdp` is the session's from here on, whatever comes
 * of it. What is of no use is an error, and changes nothing (BG_ERROR_INVALID_ARGUMENT); so is a description of another ufrag or
 * fingerprint than the one in use (BG_ERROR_WRONG_STATE). The same offer again brings the same answer again. */
gboolean bg_ice_session_set_remote_take (BgIceSession *self, const char *type, BgSdp *sdp,
                                         GError **error);
/* Restarts ICE in place (RFC 8445, 9): an offer with new credentials follows as "local-description", and then the same with
 * candidates gathered by `ice`. What there is carries packets until the new way does; DTLS and the data channel live on. One that
 * is under way is given up. Where the answer is another DTLS endpoint's, the session begins anew with that: CHECKING, and another
 * data channel. Nothing before the first remote description. */
void bg_ice_session_restart (BgIceSession *self, const BgIceSettings *ice);
/* The same, begun by the peer: `sdp`, the session's from here on, is its offer with new credentials; the answer follows.
 * BG_ERROR_WRONG_STATE where it is another session's. */
gboolean bg_ice_session_answer_restart_take (BgIceSession *self, const BgIceSettings *ice,
                                             BgSdp *sdp, GError **error);
/* Takes a remote candidate line, with or without "candidate:". Before the remote description it is
 * kept, and used where its ufrag (if it has one) turns out to be the description's. Ignored with
 * TRUE: components above 1, names (".local"), TCP where the settings have none, another ufrag, what finds no
 * place (candidate-set.h). Refused: rubbish, addresses inside `exclude` or otherwise unusable, or
 * that `addresses` has an objection to. */
gboolean bg_ice_session_add_candidate (BgIceSession *self, const char *candidate, GError **error);
BgIceSessionState bg_ice_session_get_state (BgIceSession *self);
/* Both sides do without DTLS: there is no data channel, while none is added, and whether the peer is who it should be is WireGuard's to say.
 * Known with the remote description. */
gboolean bg_ice_session_is_alone (BgIceSession *self);
/* One that is alone gets a data channel all the same ("channel-opened" follows, if it opens): where packets of other kinds do
 * not get through, or a description was changed on its way. The peer's side follows. It goes again where it does not open
 * within a minute. Nothing where a few others are being helped so. */
void bg_ice_session_add_leg (BgIceSession *self);
/* It runs one that was added, without which it goes on. */
gboolean bg_ice_session_has_spare_leg (BgIceSession *self);
/* So does the peer's session: it said so. False where it may be one that has nothing else. */
gboolean bg_ice_session_is_leg_spare_to_peer (BgIceSession *self);
/* Takes that one down, once its data channel's transport is of no use to anybody: threads go, the session stays. The peer's side
 * follows. Another can be added later, and is when that is asked for meanwhile. */
void bg_ice_session_drop_leg (BgIceSession *self);
/* Full references, or NULL while there is none. The data channel once OPEN, the ICE transport once
 * CONNECTED (it is for peers that announced it; webrtc peers drop what it sends). Both stay valid
 * after close: they then only refuse. */
BgTransport *bg_ice_session_dup_data_channel (BgIceSession *self);
BgTransport *bg_ice_session_dup_ice (BgIceSession *self);
/* The direct path beside the selected pair, for peers that announced it. NULL without error where the
 * pair allows none (relayed, TCP), with one where the kernel does not. Another pair needs another. */
BgTransport *bg_ice_session_dup_direct (BgIceSession *self, GError **error);
/* The selected pair for people, "host udp 192.0.2.1:50123"; NULL while there is none. `relayed`
 * (out, optional). */
gboolean bg_ice_session_get_pair (BgIceSession *self, char **local, char **remote,
                                  gboolean *relayed);
/* Our address that the packets of the pair leave from, as a text; NULL where there is none, or a relay in between. Borrowed. */
const char *bg_ice_session_get_base (BgIceSession *self);
/* Stops everything; no signal after it, and no sink call but BgTransportSink.closed during it. The peer
 * learns it. Idempotent; dispose does it too. A leg is taken down on a thread of its own, which may take a
 * second and more where the peer is dead. */
void bg_ice_session_close (BgIceSession *self);
/* Blocks until nothing of all closed sessions holds packets any more: before the packet pool is destroyed, and before exit. */
void bg_ice_session_wait_closed_all (void);

G_END_DECLS
