/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Where one mesh peer stands: a pure table of states, events and actions (docs/peers.md). No main loop, no I/O, no clock:
 * events go in, the actions to perform come out, and the caller arms one timer with bg_peer_fsm_deadline_ms(). */

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  BG_PEER_ABSENT,     /* not in the room */
  BG_PEER_WAITING,    /* in the room; the next offer is theirs to make */
  BG_PEER_OFFERING,   /* our offer is out, the answer is awaited */
  BG_PEER_ANSWERING,  /* their offer was taken, our answer is being made */
  BG_PEER_CONNECTING, /* both descriptions are known: ICE, DTLS, SCTP */
  BG_PEER_OPEN,       /* the data channel is open */
  BG_PEER_CHECKING,   /* open, but the peer joined anew: proof of life is demanded */
  BG_PEER_LINGERING,  /* the peer left the room, its connection lives on */
  BG_PEER_RELINKING,  /* ICE lost its pair, which may come back */
  BG_PEER_RESTARTING, /* ICE is being restarted, by us or by the peer; the session goes on meanwhile */
  BG_PEER_RESTING,    /* in the room, and to be connected when there is traffic for it */
  BG_PEER_BACKOFF,    /* failed; the next attempt waits */
  BG_PEER_REFUSED,    /* what is said of the peer is not acceptable */
  BG_PEER_CLOSED,     /* removed; final */
  BG_PEER_STATES,
} BgPeerState;

typedef enum
{
  BG_PEER_EVENT_APPEARED,       /* a peers message names it (again), acceptably */
  BG_PEER_EVENT_LEFT,           /* peer-left, or missing from a whole list */
  BG_PEER_EVENT_REFUSE,         /* a peers message names it, not acceptably */
  BG_PEER_EVENT_OFFER,          /* an offer of a DTLS endpoint that is not the one in use */
  BG_PEER_EVENT_OFFER_REPEATED, /* the very offer that the session was made from */
  BG_PEER_EVENT_OFFER_RESTART,  /* an offer of the DTLS endpoint in use with new ICE credentials */
  BG_PEER_EVENT_ANSWER,
  BG_PEER_EVENT_ANSWER_OTHER, /* another one, when one was taken: that was for an offer of before */
  BG_PEER_EVENT_ANSWERED, /* our answer went out */
  BG_PEER_EVENT_BEGUN,  /* who answered our restart has another session: ours begins anew with it */
  BG_PEER_EVENT_OPENED, /* data channel open */
  BG_PEER_EVENT_LOST,   /* no path is alive; with a foreign peer, ICE has no pair */
  BG_PEER_EVENT_FOUND,  /* one is again */
  BG_PEER_EVENT_RESTARTED,      /* a restart of ICE found another way, which is used now */
  BG_PEER_EVENT_RESTART_FAILED, /* it found none */
  BG_PEER_EVENT_FAILED,  /* the session ended for good, or WireGuard finds no answer through it */
  BG_PEER_EVENT_FRESH,   /* the check was answered */
  BG_PEER_EVENT_STALE,   /* the check was not answered */
  BG_PEER_EVENT_DOUBTED, /* our network is another one */
  BG_PEER_EVENT_MOVED,   /* our address of its path is gone, or will be soon */
  BG_PEER_EVENT_STRANDED, /* the peer takes no offer while it does not know that, and there is a shorter way than to wait */
  BG_PEER_EVENT_BETTER,  /* it is one of a worse uplink than there is now */
  BG_PEER_EVENT_WANTED, /* there is traffic for it, or a person asks, or it is to be connected always */
  BG_PEER_EVENT_IDLE,      /* there was none for long; counts where it may rest */
  BG_PEER_EVENT_RESTED,    /* the peer lets the connection rest */
  BG_PEER_EVENT_RECONNECT, /* somebody asks for a new session */
  BG_PEER_EVENT_TIMEOUT,   /* the deadline of the state passed */
  BG_PEER_EVENT_PUT_OUT,   /* it is in the network no more, whatever works */
  BG_PEER_EVENT_CLOSE,
  BG_PEER_EVENTS,
} BgPeerEvent;

/* What to do, in the order of the bits. */
typedef enum
{
  BG_PEER_DROP = 1 << 0,           /* end the session, take its transports away */
  BG_PEER_UNLINK = 1 << 1,         /* take the peer out of the data plane */
  BG_PEER_REJOIN = 1 << 2,         /* ask for a leave and join (spec 2.9, rule 4) */
  BG_PEER_NEW_OFFER = 1 << 3,      /* a new session that offers */
  BG_PEER_NEW_ANSWER = 1 << 4,     /* a new session that answers the offer at hand */
  BG_PEER_RESTART = 1 << 5,        /* offer a restart of ICE in the session at hand */
  BG_PEER_ANSWER_RESTART = 1 << 6, /* answer the one at hand */
  BG_PEER_TAKE_ANSWER = 1 << 7,    /* give the answer at hand to the session */
  BG_PEER_RESEND = 1 << 8,         /* the same description and candidates once more */
  BG_PEER_ATTACH = 1 << 9,         /* give peer and transports to the data plane */
  BG_PEER_CHECK = 1 << 10,         /* demand proof of life through the tunnel */
  BG_PEER_HOLD_OFFER =
    1 << 11, /* the offer at hand waits for its outcome, in place of another that waits */
  BG_PEER_REST =
    1 << 12, /* in the data plane, without transports, which tells the peer: packets for it wait */
  BG_PEER_DETACH_CHANNEL = 1 << 13, /* take the data channel away; another one is being made */
} BgPeerActions;

typedef struct
{
  BgPeerState state;
  gboolean smaller;       /* our id is the smaller one: initial offers are ours */
  gboolean foreign;       /* the peer is known to be something else than a bamgate of this code */
  gboolean offer_is_ours; /* "bamgate" stood in the offer at hand; matters to OFFER only */
  gboolean offline;       /* the hub is away: what we have is better than nothing */
  gboolean proved;        /* a path is alive, and WireGuard works through it */
  gboolean offer_is_proved; /* the offer at hand proves the peer's key, and is new; matters to OFFER and OFFER_RESTART */
  gboolean held,
    held_is_restart; /* an offer waits for the outcome of the check; one of the endpoint in use */
  gboolean ended; /* the last session ended by itself when it was live: the peer holds nothing of it */
  gboolean may_rest; /* it is connected on demand, and nothing demands it */
  gboolean due;      /* our restart waits for its turn: the peer knows nothing of it */
  gboolean answered; /* both descriptions of the restart under way are known */
  guint restarts;    /* offers of one that were sent, since the peer was heard last */
  guint resends;     /* of the current offer */
  guint failures;    /* in a row, without an open channel between */
  guint rejoins;     /* asked for on its account, the same */
} BgPeerFsm;

enum
{
  BG_PEER_ANSWER_TIMEOUT_MS = 15 * 1000,
  BG_PEER_CONNECT_TIMEOUT_MS = 30 * 1000,
  BG_PEER_WAIT_TIMEOUT_MS = 15 * 1000,
  BG_PEER_FOREIGN_WAIT_MAX_MS = 3600 * 1000,
  BG_PEER_CHECK_TIMEOUT_MS = 3500,
  BG_PEER_RELINK_MS = 200,               /* longer than it takes to go from one pair to another */
  BG_PEER_OFFLINE_RELINK_MS = 15 * 1000, /* whoever is there when the hub is back appears */
  BG_PEER_PROOF_TIMEOUT_MS = 60 * 1000,
  BG_PEER_LINGER_MS = 60 * 1000,        /* then the next check */
  BG_PEER_FOREIGN_RELINK_MS = 5 * 1000, /* the time that Go peers give themselves (spec 2.7) */
  BG_PEER_STRANDED_MS = 1500,           /* for versions that begin anew when we are back at the hub */
  BG_PEER_ENDED_WAIT_MS = 1500,         /* for the offer of a peer that ended its session */
  BG_PEER_ENDED_TRIES = 2,              /* one for the end itself */
  BG_PEER_MAX_RESENDS = 2,
  BG_PEER_MAX_RESTARTS = 3, /* what Go peers try (spec 2.7) */
  BG_PEER_BACKOFF_MIN_MS = 500,
  BG_PEER_BACKOFF_MAX_MS = 30 * 1000,
};

void bg_peer_fsm_init (BgPeerFsm *fsm, gboolean smaller);
/* Feeds one event; the only writer of the state. TRUE where the event means something here (then `actions` is set,
 * perhaps to 0), FALSE where it is ignored. A move is logged with `peer`, old and new state. */
gboolean bg_peer_fsm_feed (BgPeerFsm *fsm, BgPeerEvent event, const char *peer,
                           BgPeerActions *actions);
/* How long the state may last, without jitter; 0 for as long as it likes. */
guint bg_peer_fsm_deadline_ms (const BgPeerFsm *fsm);
/* An offer of ours is out, the answer is awaited. */
gboolean bg_peer_fsm_awaits_answer (const BgPeerFsm *fsm);
/* Is the move written down? */
gboolean bg_peer_state_may_become (BgPeerState from, BgPeerState to);
/* A session with an open channel is there: open, checking, lingering, restarting. */
gboolean bg_peer_state_is_live (BgPeerState state);
/* A session of some kind is there. */
gboolean bg_peer_state_has_session (BgPeerState state);
const char *bg_peer_state_name (BgPeerState state);
const char *bg_peer_event_name (BgPeerEvent event);

G_END_DECLS
