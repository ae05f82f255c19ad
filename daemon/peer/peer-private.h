/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the files of one peer and its set know of each other; nobody else includes this. */

#include "common/prefix-set.h"
#include "membership/member-standing.h"
#include "peer/data-commands.h"
#include "peer/negotiator.h"
#include "peer/offer-mac.h"
#include "peer/path-history.h"
#include "peer/peer-claims.h"
#include "peer/peer-facts.h"
#include "peer/peer-fsm.h"
#include "peer/peer-pins.h"
#include "peer/peer-set.h"
#include "peer/route-choice.h"
#include "peer/route-judge.h"
#include "peer/static-endpoint.h"

G_BEGIN_DECLS

typedef struct _BgPeerTurns BgPeerTurns;

/* What all peers of a set share; lives as long as the set is open. */
typedef struct
{
  BgPeerSet         *set;
  char              *self_id;
  WgKey              self_key;
  char              *self_key_text;
  BgOfferMac        *mac;             /* NULL: descriptions are not signed */
  BgIpPrefix        *addresses;
  guint              n_addresses;
  BgPeerSelf         self;            /* borrows the four above, and `own_routes` */
  BgPeerOffer       *offer;           /* ours */
  BgPeerOfferFor     offer_for;       /* NULL: for all the same */
  gpointer           offer_owner;
  GArray            *own_routes;      /* BgIpPrefix of it */
  char              *interface;
  guint              paths;
  char             **announced;       /* names of `paths` beside the data channel */
  gboolean           accept_routes;
  GPtrArray         *accepts;         /* BgPeerAccept: of those peers they say what is taken */
  BgRouteChoice     *choice;          /* of BgPeer */
  char             **stun_servers;
  char             **turn_servers;
  char              *turn_secret;
  BgRelay           *relay;           /* borrowed; NULL: not used */
  BgPortMapper      *mapper;          /* the same */
  gboolean           relay_only, ice_tcp;
  BgConnectWhen      connect;
  char             **connect_always;  /* names */
  char              *exit_id;         /* of the peer that everything goes through; NULL for none */
  guint              idle_s;
  GInetAddressMask **exclude;
  BgLocalNetworks   *networks;        /* NULL: not known */
  BgIceAddresses    *ice_addresses;   /* made of them; NULL: not known */
  GArray            *outside;         /* BgOutsideHost that are no peers; NULL for none */
  GArray            *listed;          /* all of them, while all peers are judged; else NULL */
  BgDataplane       *dataplane;
  BgDataCommands    *commands;
  BgSignalingClient *signaling;       /* NULL: no mesh */
  BgPeerPins        *pins;
  BgMembershipLog   *log;             /* borrowed; NULL: the network is not signed */
  BgRevokedKeys     *revoked;         /* the same, as the hub says; NULL: none are */
  BgPeerClaims      *claims;          /* of BgPeer */
  BgPeerTurns       *turns;
  guint              n_early;         /* candidates without an offer, of all peers */
  guint32            last_path;
  guint64            last_cookie;
  gint64             last_signed_ms;
} BgPeerContext;

typedef struct
{
  BgPeerEvent event;
  guint session; /* 0, or the number of the session that it is about */
} BgQueuedEvent;

typedef struct
{
  double tokens;
  gint64 refill_us; /* bg_main_now_us(); 0: it is full */
} BgPeerBudget;

/* What the peer is asked through the tunnel (peer-check.c). */
typedef struct
{
  guint64     cookie; /* of the question whose answer proves that it is there; 0: none is out */
  guint       left;   /* so often it is asked yet, the one that is out included */
  guint       try_ms; /* for one answer */
  gboolean    soon;   /* one that begins now has something waiting for it */
  GHashTable *pings;  /* cookie -> GTask: for people */
} BgPeerCheck;

/* Whether the connection is used (peer-demand.c). */
typedef struct
{
  gint64   wanted_us;  /* monotonic: the last traffic, or who asked for it; 0: never */
  gint64   rested_us;  /* when we let it go last; 0: never */
  gboolean linked;     /* the data plane has it as one on demand */
  gboolean letting_go; /* the data plane was told, and ends it */
  guint    came_back;  /* at once, so many times in a row: it wants to be connected */
  guint64  packets;    /* so far, of what the tunnel carries */
} BgPeerDemand;

/* Its descriptions that wait, and how much of them is heard (peer-descriptions.c). */
typedef struct
{
  const BgSignalMessage *at_hand;       /* offer or answer being handled */
  BgSdp                 *at_hand_sdp;   /* what it says; NULL: it is yet to be read */
  BgSignalMessage       *waiting;       /* an offer that waits for its turn */
  gboolean               waiting_is_proved;
  BgSignalMessage       *held;          /* an offer that waits for the outcome of a check */
  GPtrArray             *early;         /* candidates whose offer is still to come */
  BgPeerBudget           budgets[2];    /* without, and with a proof of its key */
  BgSignalMessage       *postponed[2];  /* the newest of them that was too much, until there is budget for it */
  GSource               *door;
  gint64                 last_proof_ms; /* the newest `time` that was proved */
  BgWords               *distrust;      /* why its last one was not taken for its own */
} BgPeerDescriptions;

/* What it understands beside WireGuard, as its last description said. */
typedef struct
{
  gboolean control; /* our control messages */
  gboolean rests;   /* connections that rest */
  gboolean offers;  /* what is offered in descriptions */
  gboolean heads;   /* what our log is */
  gboolean log;     /* parts of ours, and it gives us parts of its own */
  gboolean certificates; /* it asks for them, or signs them */
  int      files;   /* bg_peer_takes_files() */
} BgPeerAbilities;

/* What it was told of our log (peer-heads.c). */
typedef struct
{
  GSource *due; /* it was told, and has not answered */
  guint    tries;
  gint64   answered_us;
} BgPeerHeads;

/* Its place in the data plane (peer-link.c). */
typedef struct
{
  guint32         path;
  gboolean        is_up;
  WgKey           key;
  BgTransport    *transports[BG_TRANSPORT_KINDS];
  BgTransportKind kind;
  guint           theirs;         /* 1 << BgTransportKind that it has too */
  guint           mtu;
  GSource        *handover;       /* to another direct path; NULL: none is under way */
  gboolean        direct_refused; /* the kernel has no direct path for it, and the log says so */
  gboolean        leg_is_spare;   /* the one that was added later, because paths had died */
  GSource        *leg_time;       /* until it goes */
  guint           exit;           /* BG_FAMILY_* that go out through it */
} BgPeerLink;

/* What is routed through it (peer-routes.c), and what stands in the way. */
typedef struct
{
  GArray      *accepted;  /* BgIpPrefix */
  GArray      *bids;      /* BgRouteBid: what could be; NULL while it is not linked */
  BgRouteState state;     /* as the choice knows it */
  gboolean     dirty;
  BgWords     *shadow;    /* why its address is not reached through the tunnel here */
  BgIpPrefix   outer;     /* where its packets were sent last, beside the tunnel */
  gboolean     has_outer;
} BgPeerRoutes;

typedef struct
{
  gint64         latency_us, last_handshake_us, connected_since_us;
  guint64        rx_bytes, tx_bytes;
  guint64        drops[BG_DROP_REASONS];
  gboolean       wanted;      /* its path is another: the next ones are announced, whatever it did */
  char          *local_candidate, *remote_candidate;
  gboolean       relayed;
  BgPathHistory *paths;
  BgEndpoint     sent_to;     /* of a static peer, as far as the last ones say */
  gboolean       has_sent_to;
} BgPeerFigures;

/* What others see of it; rebuilt when asked for (peer-info.c). */
typedef struct
{
  BgPeerInfo info; /* of the rest */
  gboolean   is_fresh;
  char     **addresses, **routes, **accepted, **dns, **search, **services;
  char     **accepted_dns, **accepted_search;
  GPtrArray *reasons;
  char      *reason;
} BgPeerShown;

struct _BgPeer
{
  GObject            parent;
  BgPeerContext     *context;            /* NULL once closed */
  char              *id;

  /* what is said of it, and what is thought of that */
  BgSignalPeer      *said;               /* the last entry in a peers message */
  BgPeerFacts       *facts;              /* read from it; NULL while only the pin is known */
  WgKey              key;
  gboolean           has_key;
  gboolean           counts_as_unproved; /* to the set */
  gboolean           is_listed;          /* in the room, as the hub said last */
  gboolean           is_put_out;         /* refused for what the hub says of its key */
  BgPeerOffer       *offer;              /* what it offers, as it proved; NULL: the hub's word counts */
  BgWords           *refusal;            /* why it is refused, or will be once its session ends */
  BgWords           *failure;            /* why the last attempt failed */
  GPtrArray         *complaints;         /* why some routes are not accepted, or it cannot be reached */

  /* negotiation */
  BgPeerFsm          fsm;
  GSource           *deadline;
  GArray            *events;             /* BgQueuedEvent */
  guint              holds;              /* > 0: events wait */
  BgNegotiator      *negotiator;
  guint              session;            /* its number */
  gboolean           offer_due;          /* offering, but the session waits for its turn */
  BgPeerDescriptions descriptions;
  char              *implementation;
  BgPeerAbilities    speaks;
  BgPeerHeads        heads;
  gboolean           news_due;           /* it is to be told what we offer */

  BgPeerLink         link;
  gboolean           has_session;        /* WireGuard works */
  BgPeerCheck        check;
  BgPeerDemand       demand;
  BgPeerRoutes       routes;

  /* static peers */
  gboolean           is_static;
  BgPeerConfig       fixed;              /* allowed_ips: own copy */
  BgStaticEndpoint  *endpoint;
  gboolean           lost;               /* nobody is where it was last */

  BgPeerFigures      figures;
  BgPeerShown        shown;
};

/* peer.c */
BgPeer *bg_peer_new (BgPeerContext *context, const char *id);
void bg_peer_take_left (BgPeer *self);
/* It is refused from now on, with `take` as the reason, and what it has ends at once. */
void bg_peer_put_out (BgPeer *self, BgWords *take);
void bg_peer_flush (BgPeer *self);
/* Its turn has come; see bg_peer_turns_wait(). */
void bg_peer_start_due (BgPeer *self);
void bg_peer_feed (BgPeer *self, BgPeerEvent event);
/* What happens in between is handled when it is let go. */
void bg_peer_hold (BgPeer *self);
void bg_peer_let_go (BgPeer *self);
/* Ends it; the context is not used any more. */
void bg_peer_close (BgPeer *self);
/* In the room, as far as we know. */
gboolean bg_peer_is_present (BgPeer *self);
/* WireGuard works through its session. */
gboolean bg_peer_is_proved (BgPeer *self);
/* May be forgotten: not here, and never was connected. */
gboolean bg_peer_is_gone (BgPeer *self);
/* Says "changed", and to the set that the routes did, if they did. */
void bg_peer_announce (BgPeer *self);

/* peer-judge.c: what is said of it, against what others hold */
/* An entry of a peers message, for the peer to judge. */
void bg_peer_take_entry (BgPeer *self, const BgSignalPeer *said);
/* Others hold something else now: the last entry once more. */
void bg_peer_judge_again (BgPeer *self);
/* `offer` is another one: what it offers counts anew. */
void bg_peer_renew_offer (BgPeer *self);
/* Why no description with this key (base64, NULL for the one that is known) is taken of it; NULL: it is, and has this key. */
BgWords *bg_peer_judge_description (BgPeer *self, const char *key);
void bg_peer_set_refusal (BgPeer *self, BgWords *take);
/* What it holds goes by its state and its pin; to be said after either changed. */
void bg_peer_update_claims (BgPeer *self);
gboolean bg_peer_has_own_address6 (BgPeer *self);
/* Why it does not have the IPv6 address that it names, which costs it no more than that; NULL where it has it, or names none. */
BgWords *bg_peer_judge_address6 (BgPeer *self);
gboolean bg_peer_may_route (BgPeer *self, const BgIpPrefix *route);

/* peer-standing.c: what the network's log says of it */
BgStanding bg_peer_get_standing (BgPeer *self);
/* Why the log does not have it with this key; NULL: it does, and its pin is that, or the network is not signed. */
BgWords *bg_peer_judge_standing (BgPeer *self, const WgKey *key);
/* The log has it, with this key (NULL: not). */
gboolean bg_peer_is_member (BgPeer *self, const WgKey *key);
/* Why it may not have an address that the log gives to another device; NULL: it may. */
BgWords *bg_peer_judge_signed_address (BgPeer *self, const BgIpPrefix *address);
/* What is said of it, with the log's word on its addresses and offers. */
BgPeerFacts *bg_peer_read_facts (BgPeer *self);
/* The log says something else: it goes at once where that has put it out. */
void bg_peer_follow_log (BgPeer *self);
/* The hub says that other keys were revoked: it ends at once where its own is among them, and may be back where it is not. */
void bg_peer_follow_revoked (BgPeer *self);

/* peer-heads.c: what it is told of our log, and tells of its own */
/* It has a session, or our log has grown. */
void bg_peer_say_head (BgPeer *self);
/* It has a path. */
void bg_peer_note_way (BgPeer *self);
void bg_peer_drop_head (BgPeer *self);
void bg_peer_take_head (BgPeer *self, const BgLogHead *head);
void bg_peer_take_part (BgPeer *self, const BgLogPart *part);
/* It says that it leaves the network. */
void bg_peer_take_leave (BgPeer *self);
void bg_peer_say_leave (BgPeer *self);

/* peer-descriptions.c: offers, answers and candidates at the door */
void bg_peer_take_offer (BgPeer *self, const BgSignalMessage *message);
void bg_peer_take_answer (BgPeer *self, const BgSignalMessage *message);
void bg_peer_take_candidate (BgPeer *self, const char *candidate);
/* Candidates that came before their offer. */
void bg_peer_take_early_candidates (BgPeer *self);
void bg_peer_drop_early_candidates (BgPeer *self);
void bg_peer_drop_postponed (BgPeer *self);
/* The offer that waited for its turn. */
void bg_peer_take_waiting_offer (BgPeer *self);
/* A description of ours proves our key to it. */
void bg_peer_sign (BgPeer *self, BgSignalMessage *description);
/* We offer something else: it is told, now or when the hub is there again. */
void bg_peer_tell_offer (BgPeer *self);
/* The hub is there. */
void bg_peer_tell_what_is_due (BgPeer *self);
/* What the message at hand says, once: (transfer full), NULL with a reason where it is of no use. */
BgSdp *bg_peer_read_at_hand (BgPeer *self, GError **error);
/* What the sender of a description that is taken can do. */
void bg_peer_learn_abilities (BgPeer *self, const BgSignalMessage *message);

/* peer-link.c: the place in the data plane */
void bg_peer_link (BgPeer *self); /* puts it there, or brings it up to date */
void bg_peer_unlink (BgPeer *self);
void bg_peer_attach (BgPeer *self);         /* the session's transports */
void bg_peer_attach_channel (BgPeer *self); /* the data channel, which may come later: */
void bg_peer_note_channel (BgPeer *self);
/* The direct path of the pair that is selected now, in place of the one before. */
void bg_peer_attach_direct (BgPeer *self);
gboolean bg_peer_has_transport (BgPeer *self);
/* The session begins anew, and will have another one. */
void bg_peer_detach_channel (BgPeer *self);
/* A leg for a session without, if data channels may be used. One that is `spare` goes again when another path has been alive for a
 * while. */
void bg_peer_add_leg (BgPeer *self, gboolean spare);
/* Is it there? Where a peer fell silent it may be our own network that is dead, and nobody else asks so soon. */
void bg_peer_ask_hub (BgPeer *self);
/* ICE found another way for the session. */
void bg_peer_note_restarted (BgPeer *self);
/* Our address of its path is gone, as far as is known of this machine's networks, or goes soon. Of a foreign peer with the smaller
 * id only the former counts: it takes a restart badly while it believes in the connection (spec 2.9, rule 8). */
gboolean bg_peer_has_moved (BgPeer *self);
/* That address is one of a worse uplink than this machine has by now, or its packets are relayed. */
gboolean bg_peer_may_do_better (BgPeer *self);
/* Its path is dead for certain, since our address is gone, and it takes no offer while it believes in it: to leave and join the hub, which
 * may be done now, is the short way, and ends nothing that lives. */
gboolean bg_peer_is_stranded (BgPeer *self);
/* Another pair is selected: the direct path is to follow, at once or when what it replaces is not needed any more. That is soon where
 * either side is elsewhere now, and may not be any more where it was; on both sides then, so that each still hears the other. */
void bg_peer_note_pair (BgPeer *self, gboolean is_elsewhere);
void bg_peer_detach (BgPeer *self);
void bg_peer_take_event (BgPeer *self, const BgEvent *event);
void bg_peer_take_stats (BgPeer *self, const BgPeerStats *stats, gboolean is_routine);
void bg_peer_add_to_plan (BgPeer *self, const BgPrefixSet *outer_hosts, struct _BgNetPlan *plan);

/* peer-check.c: proof of life, and pings */
void bg_peer_check_init (BgPeerCheck *check);
void bg_peer_check_clear (BgPeerCheck *check);
/* BG_PEER_CHECK: BG_PEER_EVENT_FRESH or _STALE follows, three seconds later at most. */
void bg_peer_check (BgPeer *self);
/* A peer of another make owes an answer: it is asked as fast as it is known to answer. */
void bg_peer_check_soon (BgPeer *self);
/* A handshake was answered, which proves it also of who answers no pings. */
void bg_peer_take_proof (BgPeer *self);
/* BG_EVENT_PING. */
void bg_peer_take_pong (BgPeer *self, const BgEvent *event);
void bg_peer_fail_pings (BgPeer *self);

/* peer-routes.c */
/* Which of its routes are taken, as things are: `bids`, `accepted` and `complaints`. */
void bg_peer_choose_routes (BgPeer *self);
/* It carries nothing any more. */
void bg_peer_drop_routes (BgPeer *self);
/* It may be up now, or not any more. */
void bg_peer_note_route_state (BgPeer *self);
/* Who carries what may be another: puts it right in the data plane, where it has gained something, or (FALSE) lost. */
void bg_peer_follow_choice (BgPeer *self, gboolean gains);
gboolean bg_peer_is_carrier (BgPeer *self, const BgIpPrefix *route);
/* The section of the settings about it; NULL. */
const BgPeerAccept *bg_peer_get_accept (BgPeer *self);
/* What the person wants of an offered route, added to `wanted` (BgIpPrefix); FALSE for nothing. */
gboolean bg_peer_add_wanted (BgPeer *self, const BgIpPrefix *offered, GArray *wanted);
/* Why some of them are not taken, or it cannot be reached; TRUE where that is news. NULL: nothing to say. */
gboolean bg_peer_take_complaints (BgPeer *self, GPtrArray *take);

/* peer-context.c */
/* What a set shares, with its pins to be loaded; then by its settings. */
void bg_peer_context_init (BgPeerContext *context);
void bg_peer_context_fill (BgPeerContext *context, const BgPeerSetConfig *config);
void bg_peer_context_clear (BgPeerContext *context);
void bg_peer_context_set_ice (BgPeerContext *context, const BgPeerSetConfig *config);
void bg_peer_context_set_offer (BgPeerContext *context, const BgPeerOffer *offer);

/* peer-surroundings.c */
/* Its endpoint may be another one. */
void bg_peer_note_endpoint (BgPeer *self);
/* A static peer's packets are sent there now. */
void bg_peer_note_roamed (BgPeer *self, const BgEndpoint *endpoint);
/* Whether its address is reached through the tunnel here: `shadow`. */
void bg_peer_judge_address (BgPeer *self);
/* BgOutsideHost of all that is around: names are borrowed. */
GArray *bg_peer_context_list_outside (const BgPeerContext *context);
/* The hosts that outer packets of any peer are sent to; (transfer full). */
BgPrefixSet *bg_peer_context_list_outer_hosts (const BgPeerContext *context);
void bg_peer_context_take_networks (BgPeerContext *context, BgLocalNetworks *networks);
void bg_peer_context_rejudge (BgPeerContext *context);
void bg_peer_context_add_outside (const BgPeerContext *context, struct _BgNetPlan *plan);

/* Why a route that was judged fine for itself may not be taken here; NULL where it may. Free with g_free(). */
BgWords *bg_peer_judge_route (BgPeer *self, const GArray *outside, const BgIpPrefix *route);

/* peer-demand.c: connections that rest while there is no traffic */
/* It is connected when there is traffic for it. */
gboolean bg_peer_is_on_demand (BgPeer *self);
/* And there is none now. */
gboolean bg_peer_may_rest (BgPeer *self);
/* BG_PEER_REST. */
void bg_peer_rest (BgPeer *self);
/* There is traffic, or somebody asks for it. */
void bg_peer_want (BgPeer *self);
/* The peer let the connection go. */
void bg_peer_take_rested (BgPeer *self);
/* Its session is open. */
void bg_peer_note_open (BgPeer *self);
/* Figures that say whether there is traffic. */
void bg_peer_note_traffic (BgPeer *self, const BgPeerStats *stats);
/* Figures that say when there was some last. */
void bg_peer_note_used (BgPeer *self, const BgPeerStats *stats);
/* Others are on demand now: by settings, or because there are more of them. */
void bg_peer_reconsider (BgPeer *self);

/* peer-exit.c: the one peer that everything goes through */
/* BG_FAMILY_* that it offers to carry. */
guint bg_peer_exit_families (BgPeer *self);
/* Those that it may carry: it is chosen, and proved its key. */
guint bg_peer_exit_allowed (BgPeer *self);
/* Appends what the data plane is to give to it. */
void bg_peer_add_exit (guint families, GArray *allowed);

/* peer-details.c */
/* Where its packets go. */
void bg_peer_note_place (BgPeer *self, const BgEndpoint *at);
void bg_peer_note_stats (BgPeer *self, const BgPeerStats *stats);
void bg_peer_note_path (BgPeer *self);

/* peer-info.c */
BgPeerPublicState bg_peer_public_state (BgPeer *self);
void bg_peer_info_clear (BgPeer *self);

/* peer-turn.c */
/* The TURN servers of one gathering, the hub's relay among them, with credentials made now; free with g_strfreev(). */
char **bg_peer_turn_urls (BgPeerContext *context);
/* What the next gathering goes by: borrows all, `turn` (of bg_peer_turn_urls()) too. */
BgIceSettings bg_peer_ice_settings (const BgPeerContext *context, char **turn);

/* static-peer.c */
BgPeer *bg_peer_new_static (BgPeerContext *context, const char *name, const BgPeerConfig *config,
                            const char *host, guint16 port);
/* Handshakes find no answer where it is: its name is asked for again. */
void bg_peer_static_unanswered (BgPeer *self);
/* Nor for long: it is looked for where its name says, wherever it has roamed to. */
void bg_peer_static_silent (BgPeer *self);
/* Other settings for the same key: session and endpoint stay, unless they name another endpoint. */
void bg_peer_static_change (BgPeer *self, const BgPeerConfig *config, const char *host,
                            guint16 port);
void bg_peer_static_close (BgPeer *self);

/* peer-restart.c */
/* BG_PEER_RESTART: at once, or when its turn comes. */
void bg_peer_restart (BgPeer *self);
/* That has come. */
void bg_peer_start_restart (BgPeer *self);
/* The offer at hand is one of the peer's. */
void bg_peer_answer_restart (BgPeer *self);

/* peer-turns.c */
BgPeerTurns *bg_peer_turns_new (BgPeerContext *context);
/* No timer any more. */
void bg_peer_turns_stop (BgPeerTurns *self);
void bg_peer_turns_free (BgPeerTurns *self);
/* Those that proved themselves before always may. */
gboolean bg_peer_turns_may_attempt (BgPeerTurns *self, BgPeer *peer);
/* Nobody's turn comes while it is held. */
void bg_peer_turns_hold (BgPeerTurns *self, gboolean held);
/* How long a step of an attempt may last, that may last `ms` where nobody else waits. */
guint bg_peer_turns_limit_ms (BgPeerTurns *self, BgPeer *peer, guint ms);
/* bg_peer_start_due() comes when it is its turn. */
void bg_peer_turns_wait (BgPeerTurns *self, BgPeer *peer);
/* Its state is another one, or its session. */
void bg_peer_turns_note (BgPeerTurns *self, BgPeer *peer);
/* A session gives way to another of the same peer. */
void bg_peer_turns_note_replaced (BgPeerTurns *self, BgPeer *peer);
void bg_peer_turns_forget (BgPeerTurns *self, BgPeer *peer);
/* So many are going to restart ICE: who had traffic last is asked of the data plane before any begins. */
void bg_peer_turns_expect_restarts (BgPeerTurns *self, guint n);
/* The answer, once each peer has taken its part of it. */
void bg_peer_turns_take_figures (BgPeerTurns *self);
/* TRUE: it is its turn to restart ICE; else bg_peer_start_restart() comes. */
gboolean bg_peer_turns_may_restart (BgPeerTurns *self, BgPeer *peer);
gboolean bg_peer_turns_awaits_restart (BgPeerTurns *self, BgPeer *peer);
/* May it cause that now? */
gboolean bg_peer_turns_may_rejoin (BgPeerTurns *self, BgPeer *peer);
/* We leave and join the hub on its account, as soon as it may cause that. */
void bg_peer_turns_request_rejoin (BgPeerTurns *self, BgPeer *peer);

/* peer-set.c */
BgPeerContext *bg_peer_set_context (BgPeerSet *self);
/* Of a request for the figures that bg_peer_turns_take_figures() waits for: "turns". */
#define BG_PEER_TURNS_COOKIE ((guint64) 0x7475726e << 32)
/* How many there are that signalling made known. */
guint bg_peer_set_count_mesh (BgPeerSet *self);
/* One on demand is connected: somebody has to look whether it is used. */
void bg_peer_set_watch_idle (BgPeerSet *self);
void bg_peer_set_routes_changed (BgPeerSet *self);
/* Endpoints, or what is around us, are others: routes are judged again soon, and the plan is another. */
void bg_peer_set_surroundings_changed (BgPeerSet *self);
/* The choice of carriers has news, and some are others now (`moved`). */
void bg_peer_set_note_routes (BgPeerSet *self, gboolean moved);
/* The peer is gone: out of the set with it. */
void bg_peer_set_remove (BgPeerSet *self, BgPeer *peer);
/* A peer lost its path; see bg_peer_room_hurry(). */
void bg_peer_set_hurry (BgPeerSet *self);
/* Out of the set as well; where it is present it is learnt anew at once. */
void bg_peer_set_forget (BgPeerSet *self, BgPeer *peer);
/* All that the peer claims from now on (BgClaim). Who is affected is judged again soon. */
void bg_peer_set_claim (BgPeerSet *self, BgPeer *peer, const GArray *claims);
/* It is refused for what another holds: it is judged again when that changes. */
void bg_peer_set_await_claim (BgPeerSet *self, BgPeer *peer);
/* It says what its log of the network is. */
void bg_peer_set_note_head (BgPeerSet *self, BgPeer *peer, const BgLogHead *head);
void bg_peer_set_note_part (BgPeerSet *self, BgPeer *peer, const BgLogPart *part);
void bg_peer_set_note_leave (BgPeerSet *self, BgPeer *peer);
/* It is in the data plane, under `linked_key`; or no longer. */
void bg_peer_set_note_linked (BgPeerSet *self, BgPeer *peer);
void bg_peer_set_note_unlinked (BgPeerSet *self, BgPeer *peer);
/* Its pin is confirmed. */
void bg_peer_set_note_confirmed (BgPeerSet *self, BgPeer *peer);

G_END_DECLS
