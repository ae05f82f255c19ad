/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The signalling messages of the bamgate protocol, to and from JSON: one object per text frame,
 * told apart by "type" (docs/protocol.md). Used by the daemon and the hub. A strict reader: a known
 * field of a wrong JSON type drops the whole message; unknown keys are ignored; null lists count as
 * empty. */

#include "common/peer-offer.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* Largest frame either side takes (spec 1.5). */
#define BG_SIGNAL_MAX_FRAME (32 * 1024)
/* A join that every relay can keep (spec 1.5). */
#define BG_SIGNAL_MAX_JOIN 1500

/* What one message may carry; what is above is cut off, so that one noisy peer cannot spoil a
 * list. */
#define BG_SIGNAL_MAX_PEERS 1024
#define BG_SIGNAL_MAX_ROUTES 64
#define BG_SIGNAL_MAX_METADATA 32
#define BG_SIGNAL_MAX_PATHS 16

/* Version of what a device understands of presence: lists that say who left. */
#define BG_SIGNAL_PRESENCE_LEFT 1

/* Keys of the metadata whose values are JSON arrays of strings (json-list.h). */
#define BG_SIGNAL_METADATA_ROUTES "routes"
#define BG_SIGNAL_METADATA_DNS "dns"
#define BG_SIGNAL_METADATA_SEARCH "dns_search"
#define BG_SIGNAL_METADATA_EXIT "exit"
#define BG_SIGNAL_METADATA_SERVICES "services"

typedef enum
{
  BG_SIGNAL_UNKNOWN, /* a type of somebody newer: ignore */
  BG_SIGNAL_JOIN,
  BG_SIGNAL_PEERS,
  BG_SIGNAL_PEER_LEFT,
  BG_SIGNAL_OFFER,
  BG_SIGNAL_ANSWER,
  BG_SIGNAL_CANDIDATE,
  BG_SIGNAL_NETWORK, /* how the network itself is (docs/devices.md, On the WebSocket) */
  BG_SIGNAL_MOVED,   /* it is at another hub (docs/devices.md, Moving) */
} BgSignalType;

typedef struct
{
  char *id;         /* peerId; passes bg_device_name_is_tolerable() */
  char *public_key; /* base64 as received, "" where absent; checked by whoever uses it */
  char *address;    /* "10.0.0.2/24", NULL where absent */
  char **routes;    /* NULL-terminated; NULL counts as empty when writing, never NULL when read */
  GHashTable *metadata; /* string → string, NULL where absent */
} BgSignalPeer;

typedef struct
{
  BgSignalType type;
  GPtrArray *peers; /* BgSignalPeer; PEERS: all, JOIN: the one */
  char **left;      /* PEERS: who is not here any more, which goes before `peers`; NULL where absent */
  char *suffix;     /* PEERS: the domain of names that the hub chose, as received; NULL where absent */
  char *peer_id;    /* PEER_LEFT */
  char *from, *to;  /* OFFER, ANSWER, CANDIDATE */
  char *sdp;
  char *public_key; /* NULL where absent */
  char *candidate;
  guint presence; /* JOIN: "bamgate": {"presence": 1}, 0 where absent */
  /* Addition of ours in offer and answer, ignored by others: key "bamgate", an object. */
  gboolean is_bamgate;  /* the key was there */
  char *implementation; /* "bamgate": {"implementation": "bamgated 0.1.0", …} */
  char *
    *paths; /* … "paths": ["ice", "direct"]: ways that the sender takes beside the data channel */
  guint control; /* … "control": version of the in-tunnel control messages, 0 for none */
  gint64 time; /* … "time": when it was made, Unix milliseconds by the sender's clock; 0 unknown */
  char *mac; /* … "mac": proof of the sender's key, base64; NULL where absent */
  BgPeerOffer *offer; /* … "routes", "dns", "search", "exit", "services"; NULL where nobody said anything */
  guint32 log, pending, revoked; /* NETWORK: entries that its log has, devices that wait, keys that were revoked */
  char *url, *pin; /* MOVED: as received; `pin` is "" where it is absent */
  char *proof; /* … "proof": as "mac", of the lists but "services" too; NULL where absent */
  char *seal;  /* … "seal": as "mac", of all that stands here; NULL where absent */
} BgSignalMessage;

/* An empty message of a type, to be filled in; free with bg_signal_message_free(). */
BgSignalMessage *bg_signal_message_new (BgSignalType type);
/* Of an offer, an answer or a candidate. */
BgSignalMessage *bg_signal_message_copy (const BgSignalMessage *message);
void bg_signal_message_free (BgSignalMessage *message);
BgSignalPeer *bg_signal_peer_copy (const BgSignalPeer *peer);
void bg_signal_peer_free (BgSignalPeer *peer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgSignalPeer, bg_signal_peer_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgSignalMessage, bg_signal_message_free)

/* Reads one frame. `len` above BG_SIGNAL_MAX_FRAME, bad UTF-8, NUL, no object, a wrong field:
 * error, said in a way fit for a log line (never the content). List entries without a usable id are
 * left out. */
BgSignalMessage *bg_signal_message_parse (const char *text, gsize len, GError **error);
/* Writes a message; keys in alphabetical order, absent fields left out. Never fails. */
char *bg_signal_message_to_json (const BgSignalMessage *message);
/* The object of one peer as it stands in the list of PEERS. */
char *bg_signal_peer_to_json (const BgSignalPeer *peer);

/* What the entry says that it offers; never NULL. Free with bg_peer_offer_free(). */
BgPeerOffer *bg_signal_peer_get_offer (const BgSignalPeer *peer);
/* Puts it into the entry, beside what stands in its metadata. */
void bg_signal_peer_set_offer (BgSignalPeer *peer, const BgPeerOffer *offer);

G_END_DECLS
