/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What is said of a peer, read and judged. Nothing of it is believed: a peer may name any address, route or key.
 * Pure; what depends on other peers is asked of the caller. */

#include "common/ip-prefix.h"
#include "common/signal-message.h"
#include "common/words.h"
#include "wg/wg.h"

G_BEGIN_DECLS

/* Key of the metadata in join, address with prefix. */
#define BG_PEER_METADATA_ADDRESS6 "address6"
#define BG_PEER_MAX_ROUTES 64

/* Our side, as far as judging needs it. */
typedef struct
{
  const char       *id;
  const WgKey      *key;
  const BgIpPrefix *addresses;
  guint             n_addresses;
  const GArray     *routes;    /* BgIpPrefix that we offer ourselves, as others see them and as they are; NULL: none */
} BgPeerSelf;

typedef struct
{
  WgKey      key;
  gboolean   has_key;
  BgIpPrefix address;     /* /32 or /128 */
  gboolean   has_address;
  BgIpPrefix address6;    /* /128; an addition of ours to the metadata, which not every hub hands on */
  gboolean   has_address6;
  GArray    *routes;      /* BgIpPrefix, masked: what can be taken of the advertised ones */
  char     **route_texts; /* all advertised ones, for people */
  char     **dns;         /* addresses of name servers */
  char     **dns_search;  /* domains, as bg_dns_name_normalize() has them */
  guint      exits;       /* BG_FAMILY_4 | BG_FAMILY_6 */
  char     **services;    /* as bg_service_item_format() has them */
  BgWords   *refusal;     /* why the peer is not taken, for people; NULL: it is fine */
  BgWords   *key_refusal; /* the same about the key in the list; a better one may stand in an offer */
  BgWords   *complaint;   /* why some of its routes are not taken; NULL */
} BgPeerFacts;

/* Bytewise order of ids (spec 2.1): TRUE where `a` comes first. */
gboolean bg_peer_id_is_smaller (const char *a, const char *b);
/* Reads and judges; never fails, see `refusal`. `offer`: what it offers; NULL: what `said` says of that. */
BgPeerFacts *bg_peer_facts_new (const BgSignalPeer *said, const BgPeerOffer *offer, const BgPeerSelf *self);
void bg_peer_facts_free (BgPeerFacts *facts);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgPeerFacts, bg_peer_facts_free)
/* Why a route that a peer offers is taken by nobody ("it is too broad"); NULL: it is fine, and read
 * into `route`, masked. */
BgWords *bg_peer_route_refusal (const char *text, const BgPeerSelf *self, BgIpPrefix *route);
/* The addresses and domains of an offer that can be one, each once; free with g_strfreev(). */
char **bg_peer_read_dns (const BgPeerOffer *offer);
/* The same of its domains. */
char **bg_peer_read_dns_search (const BgPeerOffer *offer);
/* And of its published services; those of a protocol that nobody here knows are left out. */
char **bg_peer_read_services (const BgPeerOffer *offer);
/* Its routes as people may see them. */
char **bg_peer_read_route_texts (const BgPeerOffer *offer);
/* Why no peer may have this key (ours, or none at all); NULL where one may. */
BgWords *bg_peer_key_refusal (const WgKey *key, const BgPeerSelf *self);

G_END_DECLS
