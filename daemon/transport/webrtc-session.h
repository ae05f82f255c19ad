/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One ICE session with one peer: a webrtcbin with the data channel "bamgate" on its NiceAgent. It
 * makes and takes SDP and candidates; the peer's negotiator carries them. Main thread only; signals
 * arrive on the main context it was made in, whatever thread GStreamer raised them on, and none
 * after bg_webrtc_session_close(). A session costs ten threads of GStreamer and libnice (webrtcbin,
 * ICE, nicesrc, queues, SCTP, RTP session), and an eleventh once its ICE transport is used;
 * GStreamer's SCTP timer is one more for all. */

#include "transport.h"
#include "transport/ice-addresses.h"

#include <gio/gio.h>

G_BEGIN_DECLS

#define BG_TYPE_WEBRTC_SESSION (bg_webrtc_session_get_type ())
G_DECLARE_FINAL_TYPE (BgWebrtcSession, bg_webrtc_session, BG, WEBRTC_SESSION, GObject)

typedef struct
{
  const char         *name;            /* of the peer, for the log; NULL */
  gboolean            offerer;         /* we create the offer and the channel */
  guint32             path;            /* path id for the transports made here */
  const char         *stun_server;     /* "stun://host:port" or NULL */
  const char *const  *turn_servers;    /* "turn(s)://user:pass@host:port?transport=…", credentials percent-encoded; NULL */
  gboolean            relay_only;
  gboolean            ice_tcp;         /* gather TCP candidates too */
  GInetAddressMask  **exclude;         /* NULL-terminated: addresses never gathered (tunnel subnets); NULL */
  const char         *exclude_interface; /* our TUN's name: none of its addresses is gathered; NULL */
  BgIceAddresses     *addresses;       /* to gather, and to judge the peer's by; NULL: all but those excluded */
  gboolean            loopback_only;   /* gather loopback addresses and nothing else: tests on one machine */
  BgPacketPool       *pool;            /* received packets come from here */
  BgTransportSink     sink;
} BgWebrtcSessionConfig;

/* Signals (all G_SIGNAL_RUN_LAST, no return value):
 *   "local-description" (const char *type, const char *sdp)   "offer" or "answer", to be sent before any candidate
 *   "local-candidate"   (const char *candidate)               a candidate line with "candidate:" prefix
 *   "state-changed"     ()                                    see bg_webrtc_session_get_state()
 *   "pair-changed"      ()                                    the selected pair is another one
 *   "failed"            (const GError *error)                 for good: throw the session away */

typedef enum
{
  BG_WEBRTC_NEW,           /* no remote description yet */
  BG_WEBRTC_CHECKING,
  BG_WEBRTC_CONNECTED,     /* ICE ready; DTLS, SCTP or channel still under way */
  BG_WEBRTC_OPEN,          /* data channel open */
  BG_WEBRTC_DISCONNECTED,  /* ICE lost its pair, may come back */
  BG_WEBRTC_FAILED,
  BG_WEBRTC_CLOSED,
} BgWebrtcState;

/* Builds the pipeline; fails where a GStreamer plugin is missing, naming its package. */
BgWebrtcSession *bg_webrtc_session_new (const BgWebrtcSessionConfig *config, GError **error);
/* Offerer: starts; "local-description" follows. */
void bg_webrtc_session_start (BgWebrtcSession *self);
/* Takes the peer's offer (then "local-description" brings the answer) or answer. Rubbish is an
 * error, and changes nothing (BG_ERROR_INVALID_ARGUMENT); so is a description of another ufrag or
 * fingerprint than the one in use (BG_ERROR_WRONG_STATE: that is a restart, and needs a new
 * session). The same offer again brings the same answer again. */
gboolean bg_webrtc_session_set_remote (BgWebrtcSession *self, const char *type, const char *sdp, GError **error);
/* Takes a remote candidate line, with or without "candidate:". Before the remote description it is
 * kept, and used where its ufrag (if it has one) turns out to be the description's. Ignored with
 * TRUE: components above 1, names (".local"), TCP without `ice_tcp`, another ufrag, what finds no
 * place (candidate-set.h). Refused: rubbish, addresses inside `exclude` or otherwise unusable, or
 * that `addresses` has an objection to. */
gboolean bg_webrtc_session_add_candidate (BgWebrtcSession *self, const char *candidate, GError **error);
BgWebrtcState bg_webrtc_session_get_state (BgWebrtcSession *self);
/* Full references, or NULL while there is none. The data channel once OPEN, the ICE transport once
 * CONNECTED (it is for peers that announced it; webrtc peers drop what it sends). Both stay valid
 * after close: they then only refuse. */
BgTransport *bg_webrtc_session_dup_data_channel (BgWebrtcSession *self);
BgTransport *bg_webrtc_session_dup_ice (BgWebrtcSession *self);
/* The direct path beside the selected pair, for peers that announced it. NULL without error where the
 * pair allows none (relayed, TCP), with one where the kernel does not. Another pair needs another. */
BgTransport *bg_webrtc_session_dup_direct (BgWebrtcSession *self, GError **error);
/* The selected pair for people, "host udp 192.0.2.1:50123"; NULL while there is none. `relayed`
 * (out, optional). */
gboolean bg_webrtc_session_get_pair (BgWebrtcSession *self, char **local, char **remote, gboolean *relayed);
/* The caller watches the peer itself, from the first packet on: ICE's keepalives are not to call it lost. To be said before
 * the remote description. */
void bg_webrtc_session_set_watched (BgWebrtcSession *self);
/* Something of the caller's keeps the selected pair alive now (`rest`), or no longer: ICE's keepalives stop while the
 * session is watched and the pair is not relayed. */
void bg_webrtc_session_rest (BgWebrtcSession *self, gboolean rest);
/* SHA-256 fingerprint in an SDP text, "AB:CD:…", or NULL: same fingerprint means same DTLS endpoint
 * (spec 2.9). */
char *bg_sdp_get_fingerprint (const char *sdp);
/* ICE ufrag in an SDP text, or NULL. */
char *bg_sdp_get_ufrag (const char *sdp);
/* Stops everything; no signal after it, and no sink call but BgTransportSink.closed during it. The
 * peer learns it from the channel. Idempotent; dispose does it too. The pipeline is taken down on a
 * thread of its own, which may take a second and more where the peer is dead. */
void bg_webrtc_session_close (BgWebrtcSession *self);
/* Blocks until the pipelines of all closed sessions are gone: before the packet pool is destroyed,
 * and before exit. */
void bg_webrtc_session_wait_closed_all (void);

G_END_DECLS
