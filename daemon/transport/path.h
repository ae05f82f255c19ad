/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "transport/path-mtu.h"
#include "transport/transport.h"
#include "transport/watch.h"

/* A mesh peer's path: its live transports, at most one of a kind, and which of them carries the traffic: the best proved
 * one, in the order of BgTransportKind. Logic only: no clock, no I/O; one thread.
 *
 * Between two bamgates a transport is proved by an answer that came back on it: to a probe, or to a handshake message.
 *   proving  probes from 250 ms apart, slowly rarer, until one is answered
 *   proved   may carry traffic; the live one is watched: 500 ms after something went out that found no authentic echo, and
 *            750 ms after something went out in any case (what comes in shows the way in, not the way out), it is probed,
 *            from then on every 110 ms, and unproved when the sixteenth probe had its 110 ms too, and four of the last round trips are over. With the first of these
 *            those below it are looked at as well, so that all that share its fate fall together. When idle, one probe
 *            in 24 s from the side that leads, all of its peers in the same moment; the other side probes when a leader
 *            falls silent, and beside its reply once in 100 s, for its own measure of latency. A peer that is watched
 *            (watch.h) is probed by who watches it every 750 ms, and again as soon as the answer is late
 *   dead     was proved once; a probe brings it back, after 500 ms, then slowly rarer, up to 5 s
 * While there is no traffic but a live transport, those that are not proved are probed ever more rarely, down to once in
 * 100 s.
 * The direct transport, which never lets a packet be fragmented, carries traffic only once a size is proved too, and its
 * probes come in that size (path-mtu.h).
 * For other peers every transport counts as proved from the start and is never probed. */

#define BG_PATH_NEVER UINT64_MAX

enum
{
  BG_PATH_PROBE_MS = 250,
  BG_PATH_WATCH_MS = 500,
  BG_PATH_VERIFY_MS = 750,
  BG_PATH_MISS_MS = 110,
  BG_PATH_DEAD_MS = 500,
  BG_PATH_RETRY_MS = 5000,
  BG_PATH_RETRY_MAX_MS = 100000, /* while another one is live, and idle */
  BG_PATH_QUIET_MS = 30000,      /* without traffic: idle */
  BG_PATH_IDLE_MS = 24000,       /* common NATs forget UDP after 30 s, and persistent keepalives come after 25 */
  BG_PATH_SILENT_LEADER_MS = 36000,
  BG_PATH_MEASURE_MS = 100000,
  BG_PATH_MISSES = 16,
  BG_PATH_DOUBTS = 4,          /* misses after which it may be dead, */
  BG_PATH_DOUBT_ROUND_TRIPS = 2, /* where these are over too */
  BG_PATH_ROUND_TRIPS = 4,      /* that an answer may take, where that is longer than all of these */
  BG_PATH_PATIENCE_MS = 10000,  /* and no longer */
};

typedef enum
{
  BG_LINK_ABSENT,
  BG_LINK_PROVING,
  BG_LINK_PROVED,
  BG_LINK_DEAD,
} BgLinkState;

/* One transport of a path. */
typedef struct
{
  BgTransport *transport;       /* a reference */
  BgLinkState  state;
  bool         handshake_sent;  /* on this transport, since the last session */
  bool asked;     /* a probe went out while all was quiet: its answer comes at once or not at all */
  uint8_t      missed;          /* watch probes since one was answered */
  uint32_t     first_probe;     /* ids of this attachment: first_probe .. next_probe - 1 */
  uint32_t     next_probe;
  uint64_t     probed_ns;       /* the last probe went out */
  uint64_t     attended_ns;     /* the peer's last came in */
  uint64_t     spacing_ns;      /* to the next one, while it is not proved */
  uint64_t     due_ns;          /* the next one, where the watch does not want it before */
  uint64_t     unanswered_ns;   /* the first packet out since the last one in; BG_PATH_NEVER: all is answered */
  uint64_t     unverified_ns;   /* the first packet out since a probe was answered */
  int64_t      latency_ns;      /* of the last probe, -1: none yet */
  bool answered,
    attended; /* here, where it leads now: a probe of ours was answered, one of the peer's came */
} BgLink;

typedef struct
{
  bool            control;        /* the peer is a bamgate: it answers probes */
  bool            leads;          /* of the two sides, we are the one that probes while all is quiet */
  bool            session;        /* WireGuard can carry a probe now */
  BgWatch watch;
  BgTransportKind live;
  BgTransportKind received_on;    /* the last authentic packet */
  BgTransportKind initiation_on;  /* the peer's last handshake initiation */
  uint32_t        initiations;    /* ours since the last session */
  uint64_t        sent_ns;        /* the last inner packet */
  bool            suspected;     /* the live one did not answer, and that was told */
  bool            doubted;       /* since it was asked last */
  BgLink          links[BG_TRANSPORT_KINDS];
  BgPathMtu       mtu;            /* of the direct transport */
  uint32_t        pair_size;      /* that it proved last on the pair that ICE has too; 0: none */
} BgPath;

typedef struct
{
  BgTransportKind kind;
  uint32_t        id;
  uint32_t        size;           /* of the inner packet; 0: as small as can be */
} BgProbe;

void bg_path_init (BgPath *path, bool control);
/* The two sides must not both lead; where neither does, an idle path is probed by both, later. */
void bg_path_set_leads (BgPath *path, bool leads);
/* How soon its loss must be noticed. */
void bg_path_set_watch (BgPath *path, BgWatch watch, uint64_t now_ns);
/* Inner packets of which sizes the direct transport is of use for. Forgets what was proved where the ceiling is another. */
void bg_path_set_sizes (BgPath *path, uint32_t floor, uint32_t ceiling, uint64_t now_ns);
/* The peer turned out to be a bamgate, or not: what is attached starts anew. */
void bg_path_set_control (BgPath *path, bool control, uint64_t now_ns);

/* Takes over the caller's reference. Returns the transport of this kind that it replaces, to be closed, or NULL. */
BgTransport *bg_path_attach_take (BgPath *path, BgTransport *transport, uint64_t now_ns);
/* Returns the reference of `kind`, or NULL. */
BgTransport *bg_path_detach (BgPath *path, BgTransportKind kind);
bool bg_path_is_empty (const BgPath *path);
bool bg_path_has (const BgPath *path, const BgTransport *transport);

/* Picks the live kind anew; true where it is another one than before. Call it after anything below. */
bool bg_path_choose (BgPath *path, uint64_t now_ns);

/* An inner packet of `size` bytes left on `kind` (not a reply, report or keepalive: those expect no echo). */
void bg_path_sent (BgPath *path, BgTransportKind kind, uint32_t size, uint64_t now_ns);
/* The kernel refused to send it as too large. */
void bg_path_too_big (BgPath *path, BgTransportKind kind, uint32_t size, uint64_t now_ns);
/* No route leads to where `kind` goes: it is dead until a probe is answered. */
void bg_path_unreachable (BgPath *path, BgTransportKind kind, uint64_t now_ns);
/* An authentic packet of the peer arrived on `kind`. */
void bg_path_received (BgPath *path, BgTransportKind kind, uint64_t now_ns);
/* `kind` leads to another address from now on: whether that hears us is asked at once. Where it is not live, what was proved of the
 * one before is worth nothing. */
void bg_path_moved (BgPath *path, BgTransportKind kind, uint64_t now_ns);
/* The peer's probe arrived on `kind`. */
void bg_path_probe_received (BgPath *path, BgTransportKind kind, uint64_t now_ns);
/* A reply arrived on `kind`. False where this attachment sent no such probe. */
bool bg_path_probe_answered (BgPath *path, BgTransportKind kind, uint32_t id, uint64_t latency_ns, uint64_t now_ns);

/* Which transport carries our handshake initiation. Where one is live, that one, so that a rekey wakes nothing else; its
 * retries alternate with the others. Where none is: the data channel first, the ICE one, and the direct one,
 * in turn; ICE before the data channel while that is dead. NONE without any. */
BgTransportKind bg_path_initiation_kind (BgPath *path);
/* And our answer to the peer's: the transport it came on, else as above. */
BgTransportKind bg_path_response_kind (const BgPath *path);
void bg_path_handshake_sent (BgPath *path, BgTransportKind kind);
void bg_path_initiation_received (BgPath *path, BgTransportKind kind);
/* The engine confirmed a session: proves the transport that a handshake message went out on and the last packet came in on. */
void bg_path_session_confirmed (BgPath *path, uint64_t now_ns);
/* There is none: nothing is proved any more, and probes wait for the next one. */
void bg_path_session_lost (BgPath *path, uint64_t now_ns);

/* The session was ended because the machine sleeps: what is proved stays so until the next one, with which all of it is
 * probed at once. */
void bg_path_suspend (BgPath *path);

/* True once each time that the live transport, which carries traffic, or is watched, missed some answers, and no other one has its
 * own: there may soon be none. */
bool bg_path_take_doubt (BgPath *path);

/* True once after it was attached, or moved: it is not the live one, and both sides know that it could be. */
bool bg_path_take_standby (BgPath *path, BgTransportKind kind);

/* When bg_path_pop_probe() has something to do; BG_PATH_NEVER while nothing is pending. */
uint64_t bg_path_next (const BgPath *path);
/* The next probe to send now; false for none. */
bool bg_path_pop_probe (BgPath *path, uint64_t now_ns, BgProbe *out);
