/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "peer/peer-fsm.h"

#include "common/log.h"

static const char *const state_names[BG_PEER_STATES] = {
  [BG_PEER_ABSENT] = "absent",         [BG_PEER_WAITING] = "waiting",
  [BG_PEER_OFFERING] = "offering",     [BG_PEER_ANSWERING] = "answering",
  [BG_PEER_CONNECTING] = "connecting", [BG_PEER_OPEN] = "open",
  [BG_PEER_CHECKING] = "checking",     [BG_PEER_LINGERING] = "lingering",
  [BG_PEER_RELINKING] = "relinking",   [BG_PEER_RESTARTING] = "restarting",
  [BG_PEER_RESTING] = "resting",       [BG_PEER_BACKOFF] = "backoff",
  [BG_PEER_REFUSED] = "refused",       [BG_PEER_CLOSED] = "closed",
};

static const char *const event_names[BG_PEER_EVENTS] = {
  [BG_PEER_EVENT_APPEARED] = "appeared",
  [BG_PEER_EVENT_LEFT] = "left",
  [BG_PEER_EVENT_REFUSE] = "refuse",
  [BG_PEER_EVENT_OFFER] = "offer",
  [BG_PEER_EVENT_OFFER_REPEATED] = "offer repeated",
  [BG_PEER_EVENT_OFFER_RESTART] = "offer restart",
  [BG_PEER_EVENT_ANSWER] = "answer",
  [BG_PEER_EVENT_ANSWER_OTHER] = "other answer",
  [BG_PEER_EVENT_ANSWERED] = "answered",
  [BG_PEER_EVENT_BEGUN] = "begun",
  [BG_PEER_EVENT_OPENED] = "opened",
  [BG_PEER_EVENT_LOST] = "lost",
  [BG_PEER_EVENT_FOUND] = "found",
  [BG_PEER_EVENT_RESTARTED] = "restarted",
  [BG_PEER_EVENT_RESTART_FAILED] = "restart failed",
  [BG_PEER_EVENT_FAILED] = "failed",
  [BG_PEER_EVENT_FRESH] = "fresh",
  [BG_PEER_EVENT_STALE] = "stale",
  [BG_PEER_EVENT_DOUBTED] = "doubted",
  [BG_PEER_EVENT_MOVED] = "moved",
  [BG_PEER_EVENT_STRANDED] = "stranded",
  [BG_PEER_EVENT_BETTER] = "better",
  [BG_PEER_EVENT_WANTED] = "wanted",
  [BG_PEER_EVENT_IDLE] = "idle",
  [BG_PEER_EVENT_RESTED] = "rested",
  [BG_PEER_EVENT_RECONNECT] = "reconnect",
  [BG_PEER_EVENT_TIMEOUT] = "timeout",
  [BG_PEER_EVENT_PUT_OUT] = "put out",
  [BG_PEER_EVENT_CLOSE] = "close",
};

/* clang-format off: tables */
#define TO(state) (1u << BG_PEER_##state)
#define ENDS (TO (ABSENT) | TO (REFUSED) | TO (CLOSED))

static const guint may_become[BG_PEER_STATES] = {
  [BG_PEER_ABSENT] = TO (RESTING) | TO (WAITING) | TO (OFFERING) | TO (ANSWERING) | TO (REFUSED)
                     | TO (CLOSED),
  [BG_PEER_WAITING] = TO (RESTING) | TO (OFFERING) | TO (ANSWERING) | ENDS,
  [BG_PEER_OFFERING] = TO (WAITING) | TO (ANSWERING) | TO (CONNECTING) | TO (BACKOFF) | ENDS,
  [BG_PEER_ANSWERING] = TO (CONNECTING) | TO (BACKOFF) | ENDS,
  [BG_PEER_CONNECTING] = TO (OFFERING) | TO (ANSWERING) | TO (OPEN) | TO (BACKOFF) | ENDS,
  [BG_PEER_OPEN] = TO (RESTARTING) | TO (WAITING) | TO (OFFERING) | TO (ANSWERING) | TO (CHECKING)
                   | TO (LINGERING) | TO (RELINKING) | TO (RESTING) | TO (BACKOFF) | TO (REFUSED)
                   | TO (CLOSED),
  [BG_PEER_CHECKING] = TO (RESTARTING) | TO (WAITING) | TO (OFFERING) | TO (ANSWERING) | TO (OPEN)
                       | TO (LINGERING) | TO (RELINKING) | TO (RESTING) | TO (BACKOFF)
                       | TO (REFUSED) | TO (CLOSED),
  [BG_PEER_LINGERING] = TO (RESTARTING) | TO (ANSWERING) | TO (CHECKING) | ENDS,
  [BG_PEER_RELINKING] = TO (RESTARTING) | TO (WAITING) | TO (OFFERING) | TO (ANSWERING) | TO (OPEN)
                        | TO (LINGERING) | TO (RESTING) | TO (BACKOFF) | ENDS,
  [BG_PEER_RESTARTING] = TO (WAITING) | TO (OFFERING) | TO (ANSWERING) | TO (CONNECTING) | TO (OPEN)
                         | TO (CHECKING) | TO (LINGERING) | TO (RESTING) | TO (BACKOFF) | ENDS,
  [BG_PEER_RESTING] = TO (WAITING) | TO (OFFERING) | TO (ANSWERING) | ENDS,
  [BG_PEER_BACKOFF] = TO (RESTING) | TO (WAITING) | TO (OFFERING) | TO (ANSWERING) | ENDS,
  [BG_PEER_REFUSED] = TO (RESTING) | TO (WAITING) | TO (OFFERING) | TO (ANSWERING) | TO (ABSENT)
                      | TO (CLOSED),
  [BG_PEER_CLOSED] = 0,
};
/* clang-format on */

/* Conditions of a rule. */
enum
{
  SMALLER = 1 << 0,   /* our id is the smaller */
  FOREIGN = 1 << 1,   /* the peer is of another make */
  OURS = 1 << 2,      /* the offer at hand is of a bamgate */
  EXHAUSTED = 1 << 3, /* the offer was sent often enough */
  OFFLINE = 1 << 4,   /* no offer reaches anybody */
  PROVED = 1 << 5,    /* WireGuard works through the session */
  SURE = 1 << 6,      /* the offer at hand proves its key, and is no old one */
  HELD = 1 << 7,      /* an offer waits for the check */
  ENDED = 1 << 8,     /* the peer ended the last session itself: it holds nothing of it */
  TRIED = 1 << 9,     /* offers after that led to nothing */
  RESTART = 1 << 10,  /* the offer that waits is an ICE restart */
  REST = 1 << 11,     /* nothing demands a connection */
  ANSWERED = 1 << 12, /* the restart was answered */
  SPENT = 1 << 13,    /* restarts were offered often enough */
  DUE = 1 << 14,      /* our restart waits for its turn */
};

typedef struct
{
  BgPeerState state;
  BgPeerEvent event;
  guint when, unless;
  BgPeerState next;
  BgPeerActions actions;
} Rule;

#define END (BG_PEER_DROP | BG_PEER_UNLINK)

/* clang-format off: a table */
/* The first rule that fits counts; no rule: the event is ignored. */
static const Rule rules[] = {
#define R(state, event, when, unless, next, actions)                                               \
  {                                                                                                \
    BG_PEER_##state, BG_PEER_EVENT_##event, when, unless, BG_PEER_##next, actions                  \
  }
  R (ABSENT, APPEARED, REST, 0, RESTING, BG_PEER_REST),
  R (ABSENT, APPEARED, SMALLER, 0, OFFERING, BG_PEER_NEW_OFFER),
  R (ABSENT, APPEARED, 0, 0, WAITING, 0),
  R (ABSENT, OFFER, 0, 0, ANSWERING, BG_PEER_NEW_ANSWER),
  R (ABSENT, REFUSE, 0, 0, REFUSED, BG_PEER_UNLINK),

  R (WAITING, APPEARED, REST, 0, RESTING, BG_PEER_REST),
  R (WAITING, APPEARED, SMALLER, 0, OFFERING, BG_PEER_NEW_OFFER),
  R (WAITING, APPEARED, 0, 0, WAITING, 0),
  R (WAITING, OFFER, 0, 0, ANSWERING, BG_PEER_NEW_ANSWER),
  R (WAITING, LEFT, 0, 0, ABSENT, BG_PEER_UNLINK),
  R (WAITING, REFUSE, 0, 0, REFUSED, BG_PEER_UNLINK),
  R (WAITING, RECONNECT, 0, FOREIGN, OFFERING, BG_PEER_NEW_OFFER),
  R (WAITING, RECONNECT, FOREIGN, 0, WAITING, BG_PEER_REJOIN),
  R (WAITING, TIMEOUT, REST, 0, RESTING, BG_PEER_REST),
  R (WAITING, TIMEOUT, FOREIGN | ENDED, TRIED, OFFERING, BG_PEER_NEW_OFFER),
  R (WAITING, TIMEOUT, FOREIGN, 0, WAITING, BG_PEER_REJOIN),
  R (WAITING, TIMEOUT, 0, 0, OFFERING, BG_PEER_NEW_OFFER),

  R (OFFERING, ANSWER, 0, 0, CONNECTING, BG_PEER_TAKE_ANSWER),
  /* Glare between two of us: the smaller id's offer stands. Anybody else's offer wins (spec 2.9, rule 3). */
  R (OFFERING, OFFER, SMALLER | OURS, 0, OFFERING, 0),
  R (OFFERING, OFFER, 0, 0, ANSWERING, BG_PEER_DROP | BG_PEER_NEW_ANSWER),
  /* It joined anew, or we did: the offer may have met nobody. */
  R (OFFERING, APPEARED, 0, EXHAUSTED, OFFERING, BG_PEER_RESEND),
  R (OFFERING, LEFT, 0, 0, ABSENT, END),
  R (OFFERING, REFUSE, 0, 0, REFUSED, END),
  R (OFFERING, FAILED, 0, 0, BACKOFF, BG_PEER_DROP),
  /* Here and below: what goes on by addresses that are gone. */
  R (OFFERING, DOUBTED, 0, 0, OFFERING, BG_PEER_DROP | BG_PEER_NEW_OFFER),
  R (OFFERING, MOVED, 0, 0, OFFERING, BG_PEER_DROP | BG_PEER_NEW_OFFER),
  R (OFFERING, RECONNECT, 0, 0, OFFERING, BG_PEER_DROP | BG_PEER_NEW_OFFER),
  R (OFFERING, TIMEOUT, FOREIGN | ENDED, 0, WAITING, BG_PEER_DROP | BG_PEER_REJOIN),
  R (OFFERING, TIMEOUT, 0, EXHAUSTED, OFFERING, BG_PEER_RESEND),
  R (OFFERING, TIMEOUT, 0, 0, BACKOFF, BG_PEER_DROP),

  R (ANSWERING, ANSWERED, 0, 0, CONNECTING, 0),
  R (ANSWERING, OFFER, 0, 0, ANSWERING, BG_PEER_DROP | BG_PEER_NEW_ANSWER),
  R (ANSWERING, OFFER_RESTART, 0, 0, ANSWERING, BG_PEER_DROP | BG_PEER_NEW_ANSWER),
  R (ANSWERING, OFFER_REPEATED, 0, 0, ANSWERING, 0),
  R (ANSWERING, APPEARED, 0, 0, ANSWERING, 0),
  R (ANSWERING, LEFT, 0, 0, ABSENT, END),
  R (ANSWERING, REFUSE, 0, 0, REFUSED, END),
  R (ANSWERING, FAILED, 0, 0, BACKOFF, BG_PEER_DROP),
  R (ANSWERING, TIMEOUT, 0, 0, BACKOFF, BG_PEER_DROP),

  R (CONNECTING, OPENED, 0, 0, OPEN, BG_PEER_ATTACH),
  R (CONNECTING, OFFER, 0, 0, ANSWERING, BG_PEER_DROP | BG_PEER_NEW_ANSWER),
  R (CONNECTING, OFFER_REPEATED, 0, EXHAUSTED, CONNECTING, BG_PEER_RESEND),
  R (CONNECTING, OFFER_RESTART, 0, 0, CONNECTING, BG_PEER_ANSWER_RESTART),
  R (CONNECTING, APPEARED, 0, 0, CONNECTING, 0),
  R (CONNECTING, LEFT, 0, 0, ABSENT, END),
  R (CONNECTING, REFUSE, 0, 0, REFUSED, END),
  R (CONNECTING, FAILED, 0, 0, BACKOFF, BG_PEER_DROP),
  R (CONNECTING, DOUBTED, 0, FOREIGN, OFFERING, BG_PEER_DROP | BG_PEER_NEW_OFFER),
  R (CONNECTING, MOVED, 0, FOREIGN, OFFERING, BG_PEER_DROP | BG_PEER_NEW_OFFER),
  R (CONNECTING, RECONNECT, 0, FOREIGN, OFFERING, BG_PEER_DROP | BG_PEER_NEW_OFFER),
  R (CONNECTING, TIMEOUT, 0, 0, BACKOFF, BG_PEER_DROP),

  R (OPEN, APPEARED, 0, 0, CHECKING, BG_PEER_CHECK),
  R (OPEN, LEFT, 0, 0, LINGERING, BG_PEER_CHECK),
  R (OPEN, IDLE, REST, 0, OPEN, BG_PEER_REST), /* LOST follows */
  R (OPEN, RESTED, 0, FOREIGN, RESTING, BG_PEER_DROP | BG_PEER_REST),
  /* Its word may have been lost. */
  R (OPEN, LOST, REST, 0, RESTING, BG_PEER_DROP | BG_PEER_REST),
  R (OPEN, LOST, 0, 0, RELINKING, 0),
  /* None ever was. */
  R (OPEN, TIMEOUT, 0, FOREIGN, RELINKING, 0),
  R (OPEN, FAILED, 0, 0, BACKOFF, BG_PEER_DROP),
  /* What may be forged does not end what works: first it is asked whether it still does. */
  R (OPEN, OFFER, PROVED, SURE, CHECKING, BG_PEER_HOLD_OFFER | BG_PEER_CHECK),
  R (OPEN, OFFER_RESTART, PROVED, SURE, CHECKING, BG_PEER_HOLD_OFFER | BG_PEER_CHECK),
  R (OPEN, REFUSE, 0, PROVED, REFUSED, END),
  R (OPEN, OFFER, 0, 0, ANSWERING, BG_PEER_DROP | BG_PEER_NEW_ANSWER),
  R (OPEN, OFFER_REPEATED, 0, EXHAUSTED, OPEN, BG_PEER_RESEND),
  R (OPEN, OFFER_RESTART, 0, 0, RESTARTING, BG_PEER_ANSWER_RESTART),
  R (OPEN, FRESH, 0, 0, OPEN, 0),
  R (OPEN, DOUBTED, 0, 0, CHECKING, BG_PEER_CHECK),
  /* Here and below: one of the smaller id that still believes in the connection would lose our key with it (spec 2.9, rule 8). It
   * notices by itself, and its session is kept for that. */
  R (OPEN, MOVED, FOREIGN, SMALLER, RELINKING, 0),
  R (OPEN, MOVED, 0, 0, RESTARTING, BG_PEER_RESTART),
  /* A foreign peer would leave what works before it has another (spec 2.7). */
  R (OPEN, BETTER, 0, FOREIGN | OFFLINE | REST, RESTARTING, BG_PEER_RESTART),
  R (OPEN, RECONNECT, FOREIGN, 0, WAITING, BG_PEER_DROP | BG_PEER_REJOIN),
  R (OPEN, RECONNECT, 0, 0, OFFERING, BG_PEER_DROP | BG_PEER_NEW_OFFER),

  R (CHECKING, FRESH, 0, 0, OPEN, 0),
  R (CHECKING, RESTED, 0, FOREIGN, RESTING, BG_PEER_DROP | BG_PEER_REST),
  R (CHECKING, STALE, REST, 0, RESTING, BG_PEER_DROP | BG_PEER_REST),
  R (CHECKING, TIMEOUT, REST, 0, RESTING, BG_PEER_DROP | BG_PEER_REST),
  R (CHECKING, LOST, REST, 0, RESTING, BG_PEER_DROP | BG_PEER_REST),
  R (CHECKING, STALE, OFFLINE, 0, RELINKING, 0),
  R (CHECKING, STALE, HELD | RESTART, 0, RESTARTING, BG_PEER_ANSWER_RESTART),
  R (CHECKING, STALE, HELD, 0, ANSWERING, BG_PEER_DROP | BG_PEER_NEW_ANSWER),
  R (CHECKING, STALE, FOREIGN, SMALLER | SPENT, RELINKING, 0),
  R (CHECKING, STALE, 0, SPENT, RESTARTING, BG_PEER_RESTART),
  R (CHECKING, STALE, FOREIGN, 0, WAITING, BG_PEER_DROP | BG_PEER_REJOIN),
  R (CHECKING, STALE, 0, 0, OFFERING, BG_PEER_DROP | BG_PEER_NEW_OFFER),
  R (CHECKING, TIMEOUT, OFFLINE, 0, RELINKING, 0),
  R (CHECKING, TIMEOUT, HELD | RESTART, 0, RESTARTING, BG_PEER_ANSWER_RESTART),
  R (CHECKING, TIMEOUT, HELD, 0, ANSWERING, BG_PEER_DROP | BG_PEER_NEW_ANSWER),
  R (CHECKING, TIMEOUT, FOREIGN, SMALLER | SPENT, RELINKING, 0),
  R (CHECKING, TIMEOUT, 0, SPENT, RESTARTING, BG_PEER_RESTART),
  R (CHECKING, TIMEOUT, FOREIGN, 0, WAITING, BG_PEER_DROP | BG_PEER_REJOIN),
  R (CHECKING, TIMEOUT, 0, 0, OFFERING, BG_PEER_DROP | BG_PEER_NEW_OFFER),
  R (CHECKING, APPEARED, 0, 0, CHECKING, BG_PEER_CHECK),
  R (CHECKING, LEFT, 0, 0, LINGERING, 0),
  R (CHECKING, LOST, HELD | RESTART, OFFLINE, RESTARTING, BG_PEER_ANSWER_RESTART),
  R (CHECKING, LOST, HELD, OFFLINE, ANSWERING, BG_PEER_DROP | BG_PEER_NEW_ANSWER),
  R (CHECKING, LOST, FOREIGN, 0, RELINKING, 0),
  R (CHECKING, LOST, OFFLINE, 0, RELINKING, 0),
  R (CHECKING, LOST, 0, SPENT, RESTARTING, BG_PEER_RESTART),
  R (CHECKING, LOST, 0, 0, OFFERING, BG_PEER_DROP | BG_PEER_NEW_OFFER),
  R (CHECKING, MOVED, FOREIGN, SMALLER, RELINKING, 0),
  R (CHECKING, MOVED, 0, 0, RESTARTING, BG_PEER_RESTART),
  R (CHECKING, FAILED, HELD | RESTART | FOREIGN, 0, WAITING, BG_PEER_DROP | BG_PEER_REJOIN),
  R (CHECKING, FAILED, HELD, 0, ANSWERING, BG_PEER_DROP | BG_PEER_NEW_ANSWER),
  R (CHECKING, FAILED, 0, 0, BACKOFF, BG_PEER_DROP),
  R (CHECKING, OFFER, PROVED, SURE, CHECKING, BG_PEER_HOLD_OFFER),
  R (CHECKING, OFFER_RESTART, PROVED, SURE, CHECKING, BG_PEER_HOLD_OFFER),
  R (CHECKING, OFFER, 0, 0, ANSWERING, BG_PEER_DROP | BG_PEER_NEW_ANSWER),
  R (CHECKING, OFFER_REPEATED, 0, EXHAUSTED, CHECKING, BG_PEER_RESEND),
  R (CHECKING, OFFER_RESTART, 0, 0, RESTARTING, BG_PEER_ANSWER_RESTART),
  R (CHECKING, RECONNECT, FOREIGN, 0, WAITING, BG_PEER_DROP | BG_PEER_REJOIN),
  R (CHECKING, RECONNECT, 0, 0, OFFERING, BG_PEER_DROP | BG_PEER_NEW_OFFER),

  /* Its paths died with it: it is another process, which has nothing of the session. */
  R (LINGERING, APPEARED, 0, PROVED | FOREIGN | SPENT, RESTARTING, BG_PEER_RESTART),
  R (LINGERING, APPEARED, 0, 0, CHECKING, BG_PEER_CHECK),
  R (LINGERING, FRESH, 0, 0, LINGERING, 0),
  R (LINGERING, RESTED, 0, 0, ABSENT, END),
  R (LINGERING, STALE, 0, 0, ABSENT, END),
  R (LINGERING, LOST, FOREIGN, 0, ABSENT, END),
  R (LINGERING, FAILED, 0, 0, ABSENT, END),
  R (LINGERING, TIMEOUT, 0, 0, LINGERING, BG_PEER_CHECK),
  R (LINGERING, OFFER, PROVED, SURE, CHECKING, BG_PEER_HOLD_OFFER | BG_PEER_CHECK),
  R (LINGERING, OFFER_RESTART, PROVED, SURE, CHECKING, BG_PEER_HOLD_OFFER | BG_PEER_CHECK),
  R (LINGERING, OFFER, 0, 0, ANSWERING, BG_PEER_DROP | BG_PEER_NEW_ANSWER),
  R (LINGERING, OFFER_REPEATED, 0, EXHAUSTED, LINGERING, BG_PEER_RESEND),
  R (LINGERING, OFFER_RESTART, 0, 0, RESTARTING, BG_PEER_ANSWER_RESTART),
  R (LINGERING, MOVED, 0, 0, LINGERING, BG_PEER_CHECK),

  R (RELINKING, FOUND, 0, 0, OPEN, 0),
  R (RELINKING, APPEARED, REST, 0, RESTING, BG_PEER_DROP | BG_PEER_REST),
  R (RELINKING, TIMEOUT, REST, 0, RESTING, BG_PEER_DROP | BG_PEER_REST),
  /* It offers by itself, if it has nothing left of the session. */
  R (RELINKING, APPEARED, FOREIGN, SMALLER, RELINKING, 0),
  R (RELINKING, APPEARED, 0, SPENT, RESTARTING, BG_PEER_RESTART),
  R (RELINKING, APPEARED, 0, 0, OFFERING, BG_PEER_DROP | BG_PEER_NEW_OFFER),
  R (RELINKING, LEFT, FOREIGN, 0, ABSENT, END),
  R (RELINKING, LEFT, 0, 0, LINGERING, 0),
  R (RELINKING, FAILED, 0, 0, BACKOFF, BG_PEER_DROP),
  R (RELINKING, STRANDED, FOREIGN, SMALLER | OFFLINE, WAITING, BG_PEER_DROP | BG_PEER_REJOIN),
  R (RELINKING, STRANDED, 0, 0, RELINKING, 0),
  R (RELINKING, TIMEOUT, OFFLINE, 0, RELINKING, 0),
  R (RELINKING, TIMEOUT, 0, SPENT, RESTARTING, BG_PEER_RESTART),
  R (RELINKING, TIMEOUT, 0, 0, BACKOFF, BG_PEER_DROP),
  R (RELINKING, OFFER, 0, 0, ANSWERING, BG_PEER_DROP | BG_PEER_NEW_ANSWER),
  R (RELINKING, OFFER_RESTART, 0, 0, RESTARTING, BG_PEER_ANSWER_RESTART),
  R (RELINKING, DOUBTED, 0, FOREIGN | OFFLINE, RESTARTING, BG_PEER_RESTART),
  R (RELINKING, MOVED, FOREIGN, SMALLER, RELINKING, 0),
  R (RELINKING, MOVED, 0, 0, RESTARTING, BG_PEER_RESTART),
  R (RELINKING, RECONNECT, FOREIGN, 0, WAITING, BG_PEER_DROP | BG_PEER_REJOIN),
  R (RELINKING, RECONNECT, 0, 0, OFFERING, BG_PEER_DROP | BG_PEER_NEW_OFFER),

  /* The old way carries packets, if it can, until the new one does. */
  R (RESTARTING, ANSWER, 0, ANSWERED | DUE, RESTARTING, BG_PEER_TAKE_ANSWER),
  /* Two offers of ours crossed their answers: the way goes by the wrong one, and nothing is under way that could cross a third. */
  R (RESTARTING, ANSWER_OTHER, ANSWERED, FOREIGN, RESTARTING, BG_PEER_RESTART),
  R (RESTARTING, BEGUN, 0, 0, CONNECTING, BG_PEER_DETACH_CHANNEL),
  /* After seconds without a way SCTP may take some more to try again: whoever finds no answer says so (DOUBTED). */
  R (RESTARTING, RESTARTED, FOREIGN, 0, OPEN, BG_PEER_CHECK),
  R (RESTARTING, RESTARTED, 0, 0, CHECKING, BG_PEER_CHECK),
  R (RESTARTING, FOUND, 0, ANSWERED, OPEN, 0),
  R (RESTARTING, RESTART_FAILED, REST, PROVED, RESTING, BG_PEER_DROP | BG_PEER_REST),
  R (RESTARTING, RESTART_FAILED, 0, 0, CHECKING, BG_PEER_CHECK),
  R (RESTARTING, TIMEOUT, REST, PROVED, RESTING, BG_PEER_DROP | BG_PEER_REST),
  R (RESTARTING, TIMEOUT, 0, SPENT | ANSWERED, RESTARTING, BG_PEER_RESEND),
  R (RESTARTING, TIMEOUT, 0, 0, CHECKING, BG_PEER_CHECK),
  R (RESTARTING, APPEARED, 0, SPENT | ANSWERED | DUE, RESTARTING, BG_PEER_RESEND),
  R (RESTARTING, APPEARED, 0, 0, RESTARTING, 0),
  R (RESTARTING, LEFT, FOREIGN, PROVED, ABSENT, END),
  R (RESTARTING, LEFT, 0, 0, LINGERING, 0),
  R (RESTARTING, REFUSE, 0, PROVED, REFUSED, END),
  R (RESTARTING, FAILED, 0, 0, BACKOFF, BG_PEER_DROP),
  R (RESTARTING, RESTED, 0, FOREIGN, RESTING, BG_PEER_DROP | BG_PEER_REST),
  R (RESTARTING, MOVED, 0, 0, RESTARTING, BG_PEER_RESTART),
  R (RESTARTING, RECONNECT, FOREIGN, 0, WAITING, BG_PEER_DROP | BG_PEER_REJOIN),
  R (RESTARTING, RECONNECT, 0, 0, OFFERING, BG_PEER_DROP | BG_PEER_NEW_OFFER),
  /* Glare, as above: ours is sent again to who cannot have heard it. */
  R (RESTARTING, OFFER, SMALLER | OURS, SPENT | ANSWERED | DUE, RESTARTING, BG_PEER_RESEND),
  R (RESTARTING, OFFER, PROVED, SURE | FOREIGN, CHECKING, BG_PEER_HOLD_OFFER | BG_PEER_CHECK),
  R (RESTARTING, OFFER, 0, 0, ANSWERING, BG_PEER_DROP | BG_PEER_NEW_ANSWER),
  R (RESTARTING, OFFER_RESTART, SMALLER | OURS, ANSWERED | DUE, RESTARTING, 0),
  R (RESTARTING, OFFER_RESTART, PROVED, SURE | FOREIGN, RESTARTING, 0),
  R (RESTARTING, OFFER_RESTART, 0, 0, RESTARTING, BG_PEER_ANSWER_RESTART),
  R (RESTARTING, OFFER_REPEATED, ANSWERED, 0, RESTARTING, BG_PEER_RESEND),
  /* Our answer did not come through, and its way gave way to an offer of ours. */
  R (RESTARTING, OFFER_REPEATED, SMALLER | OURS, DUE, RESTARTING, 0),
  R (RESTARTING, OFFER_REPEATED, PROVED, SURE | FOREIGN, RESTARTING, 0),
  R (RESTARTING, OFFER_REPEATED, 0, 0, RESTARTING, BG_PEER_ANSWER_RESTART),

  /* Whoever of the two has traffic offers; glare is judged as ever. */
  R (RESTING, WANTED, 0, 0, OFFERING, BG_PEER_NEW_OFFER),
  R (RESTING, RECONNECT, 0, 0, OFFERING, BG_PEER_NEW_OFFER),
  R (RESTING, OFFER, 0, 0, ANSWERING, BG_PEER_NEW_ANSWER),
  R (RESTING, APPEARED, REST, 0, RESTING, 0),
  R (RESTING, APPEARED, SMALLER, 0, OFFERING, BG_PEER_NEW_OFFER),
  R (RESTING, APPEARED, 0, 0, WAITING, 0),
  R (RESTING, LEFT, 0, 0, ABSENT, BG_PEER_UNLINK),
  R (RESTING, REFUSE, 0, 0, REFUSED, BG_PEER_UNLINK),

  R (BACKOFF, APPEARED, REST, 0, RESTING, BG_PEER_REST),
  R (BACKOFF, TIMEOUT, REST, 0, RESTING, BG_PEER_REST),
  R (BACKOFF, APPEARED, SMALLER, 0, OFFERING, BG_PEER_NEW_OFFER),
  R (BACKOFF, APPEARED, 0, 0, WAITING, 0),
  R (BACKOFF, OFFER, 0, 0, ANSWERING, BG_PEER_NEW_ANSWER),
  R (BACKOFF, LEFT, 0, 0, ABSENT, BG_PEER_UNLINK),
  R (BACKOFF, REFUSE, 0, 0, REFUSED, BG_PEER_UNLINK),
  /* Never a new object for a Go peer that may hold the old one (spec 2.9, rule 4). */
  R (BACKOFF, TIMEOUT, FOREIGN | ENDED | SMALLER, TRIED, OFFERING, BG_PEER_NEW_OFFER),
  R (BACKOFF, TIMEOUT, FOREIGN, 0, WAITING, 0),
  R (BACKOFF, TIMEOUT, SMALLER, 0, OFFERING, BG_PEER_NEW_OFFER),
  R (BACKOFF, TIMEOUT, 0, 0, WAITING, 0),
  R (BACKOFF, DOUBTED, SMALLER, FOREIGN, OFFERING, BG_PEER_NEW_OFFER),
  R (BACKOFF, RECONNECT, FOREIGN, 0, WAITING, BG_PEER_REJOIN),
  R (BACKOFF, RECONNECT, 0, 0, OFFERING, BG_PEER_NEW_OFFER),

  R (REFUSED, APPEARED, REST, 0, RESTING, BG_PEER_REST),
  R (REFUSED, APPEARED, SMALLER, 0, OFFERING, BG_PEER_NEW_OFFER),
  R (REFUSED, APPEARED, 0, 0, WAITING, 0),
  R (REFUSED, OFFER, 0, 0, ANSWERING, BG_PEER_NEW_ANSWER),
  R (REFUSED, LEFT, 0, 0, ABSENT, 0),
  R (REFUSED, REFUSE, 0, 0, REFUSED, 0),
#undef R
};
/* clang-format on */

void
bg_peer_fsm_init (BgPeerFsm *fsm, gboolean smaller)
{
  *fsm = (BgPeerFsm){ .state = BG_PEER_ABSENT, .smaller = smaller };
}

gboolean
bg_peer_state_may_become (BgPeerState from, BgPeerState to)
{
  return from < BG_PEER_STATES && to < BG_PEER_STATES && (may_become[from] & 1u << to) != 0;
}

static const Rule *
find_rule (const BgPeerFsm *fsm, BgPeerEvent event)
{
  static const Rule close_rule = { BG_PEER_STATES, BG_PEER_EVENT_CLOSE, 0, 0, BG_PEER_CLOSED, END },
                    put_out_rule = {
                      BG_PEER_STATES, BG_PEER_EVENT_PUT_OUT, 0, 0, BG_PEER_REFUSED, END
                    };
  guint facts = (fsm->smaller ? SMALLER : 0) | (fsm->foreign ? FOREIGN : 0)
                | (fsm->offer_is_ours ? OURS : 0) | (fsm->offline ? OFFLINE : 0)
                | (fsm->resends >= BG_PEER_MAX_RESENDS ? EXHAUSTED : 0) | (fsm->proved ? PROVED : 0)
                | (fsm->offer_is_proved ? SURE : 0) | (fsm->held ? HELD : 0)
                | (fsm->held_is_restart ? RESTART : 0) | (fsm->ended ? ENDED : 0)
                | (fsm->failures >= BG_PEER_ENDED_TRIES ? TRIED : 0) | (fsm->may_rest ? REST : 0)
                | (fsm->answered ? ANSWERED : 0) | (fsm->due ? DUE : 0)
                | (fsm->restarts >= BG_PEER_MAX_RESTARTS ? SPENT : 0);

  if (event == BG_PEER_EVENT_CLOSE && fsm->state != BG_PEER_CLOSED)
    return &close_rule;
  if (event == BG_PEER_EVENT_PUT_OUT && fsm->state != BG_PEER_CLOSED)
    return &put_out_rule;
  for (gsize i = 0; i < G_N_ELEMENTS (rules); i++)
    {
      const Rule *rule = &rules[i];

      if (rule->state == fsm->state && rule->event == event && (rule->when & facts) == rule->when
          && (rule->unless & facts) == 0)
        return rule;
    }
  return NULL;
}

static gboolean
move (BgPeerFsm *fsm, BgPeerState next, BgPeerEvent event, const char *peer)
{
  if (next == fsm->state)
    return TRUE;
  if (!bg_peer_state_may_become (fsm->state, next))
    {
      bg_log (BG_TOPIC_PEER, CRITICAL, peer, "refused move %s -> %s (%s)", state_names[fsm->state],
              state_names[next], event_names[event]);
      return FALSE;
    }
  bg_log (BG_TOPIC_PEER, INFO, peer, "%s -> %s (%s)", state_names[fsm->state], state_names[next],
          event_names[event]);
  fsm->state = next;
  return TRUE;
}

static void
count_restarts (BgPeerFsm *fsm, BgPeerActions actions)
{
  if (actions & BG_PEER_RESTART)
    fsm->answered = FALSE;
  if (actions & (BG_PEER_TAKE_ANSWER | BG_PEER_ANSWER_RESTART))
    fsm->answered = TRUE;
  if (actions & (BG_PEER_RESTART | BG_PEER_RESEND) && fsm->state == BG_PEER_RESTARTING)
    fsm->restarts++;
  if (actions & BG_PEER_ATTACH)
    fsm->restarts = 0;
}

static void
count (BgPeerFsm *fsm, BgPeerActions actions)
{
  if (actions & (BG_PEER_NEW_OFFER | BG_PEER_NEW_ANSWER))
    fsm->resends = 0;
  if (actions & BG_PEER_RESEND)
    fsm->resends++;
  if (actions & BG_PEER_REJOIN)
    fsm->rejoins++;
  if (fsm->state == BG_PEER_BACKOFF)
    fsm->failures++;
  if (actions & BG_PEER_ATTACH)
    fsm->failures = fsm->rejoins = 0;
  if (actions & (BG_PEER_ATTACH | BG_PEER_REJOIN))
    fsm->ended = FALSE;
  count_restarts (fsm, actions);
  if (actions & BG_PEER_HOLD_OFFER)
    fsm->held = TRUE;
  else if (fsm->state != BG_PEER_CHECKING)
    fsm->held = fsm->held_is_restart = FALSE;
}

gboolean
bg_peer_fsm_feed (BgPeerFsm *fsm, BgPeerEvent event, const char *peer, BgPeerActions *actions)
{
  const Rule *rule = find_rule (fsm, event);
  gboolean was_live = bg_peer_state_is_live (fsm->state);

  *actions = 0;
  if (!rule)
    {
      bg_log (BG_TOPIC_PEER, DEBUG, peer, "%s while %s: ignored", event_names[event],
              state_names[fsm->state]);
      return FALSE;
    }
  if (!move (fsm, rule->next, event, peer))
    return FALSE;
  *actions = rule->actions;
  if (event == BG_PEER_EVENT_FRESH || event == BG_PEER_EVENT_FOUND
      || event == BG_PEER_EVENT_ANSWER_OTHER)
    fsm->restarts = 0;
  if (was_live && event == BG_PEER_EVENT_FAILED)
    fsm->ended = TRUE;
  if (rule->actions & BG_PEER_HOLD_OFFER)
    fsm->held_is_restart = event == BG_PEER_EVENT_OFFER_RESTART;
  count (fsm, rule->actions);
  return TRUE;
}

static guint
backoff_ms (guint failures)
{
  guint doublings = MIN (failures > 0 ? failures - 1 : 0, 6);

  return MIN ((guint) BG_PEER_BACKOFF_MIN_MS << doublings, (guint) BG_PEER_BACKOFF_MAX_MS);
}

/* A rejoin troubles everybody: one peer that never comes does not get it every minute. */
static guint
wait_ms (const BgPeerFsm *fsm)
{
  if (fsm->ended && fsm->failures < BG_PEER_ENDED_TRIES)
    return BG_PEER_ENDED_WAIT_MS;
  if (!fsm->foreign)
    return BG_PEER_WAIT_TIMEOUT_MS;
  return MIN ((guint) BG_PEER_WAIT_TIMEOUT_MS << 2 * MIN (fsm->rejoins, 4u),
              (guint) BG_PEER_FOREIGN_WAIT_MAX_MS);
}

/* A restart of ICE ends nothing that may still come back, so there is nothing to wait for. */
static guint
relink_ms (const BgPeerFsm *fsm)
{
  if (fsm->foreign)
    return BG_PEER_FOREIGN_RELINK_MS;
  return fsm->offline ? BG_PEER_OFFLINE_RELINK_MS : BG_PEER_RELINK_MS;
}

guint
bg_peer_fsm_deadline_ms (const BgPeerFsm *fsm)
{
  switch (fsm->state)
    {
    case BG_PEER_WAITING:
      return wait_ms (fsm);
    case BG_PEER_OFFERING:
    case BG_PEER_ANSWERING:
      return BG_PEER_ANSWER_TIMEOUT_MS;
    case BG_PEER_CONNECTING:
      return BG_PEER_CONNECT_TIMEOUT_MS;
    case BG_PEER_CHECKING:
      return BG_PEER_CHECK_TIMEOUT_MS;
    case BG_PEER_LINGERING:
      return BG_PEER_LINGER_MS;
    case BG_PEER_RESTARTING:
      return fsm->answered ? BG_PEER_CONNECT_TIMEOUT_MS : BG_PEER_ANSWER_TIMEOUT_MS;
    case BG_PEER_RELINKING:
      return relink_ms (fsm);
    case BG_PEER_OPEN:
      return fsm->foreign ? 0 : BG_PEER_PROOF_TIMEOUT_MS;
    case BG_PEER_BACKOFF:
      return backoff_ms (fsm->failures);
    case BG_PEER_ABSENT:
    case BG_PEER_RESTING:
    case BG_PEER_REFUSED:
    case BG_PEER_CLOSED:
    case BG_PEER_STATES:
      break;
    }
  return 0;
}

gboolean
bg_peer_fsm_awaits_answer (const BgPeerFsm *fsm)
{
  return fsm->state == BG_PEER_OFFERING || (fsm->state == BG_PEER_RESTARTING && !fsm->answered);
}

gboolean
bg_peer_state_is_live (BgPeerState state)
{
  return state == BG_PEER_OPEN || state == BG_PEER_CHECKING || state == BG_PEER_LINGERING
         || state == BG_PEER_RESTARTING;
}

gboolean
bg_peer_state_has_session (BgPeerState state)
{
  return bg_peer_state_is_live (state) || state == BG_PEER_OFFERING || state == BG_PEER_ANSWERING
         || state == BG_PEER_CONNECTING || state == BG_PEER_RELINKING;
}

const char *
bg_peer_state_name (BgPeerState state)
{
  return state_names[state];
}

const char *
bg_peer_event_name (BgPeerEvent event)
{
  return event_names[event];
}
