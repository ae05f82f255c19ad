/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One ICE candidate line (RFC 8839, 5.1) as a checked value: what comes from a peer is taken apart
 * here, and libnice gets only lines written from the checked parts. */

#include <gio/gio.h>

G_BEGIN_DECLS

typedef enum
{
  BG_ICE_HOST,
  BG_ICE_SERVER_REFLEXIVE,
  BG_ICE_PEER_REFLEXIVE,
  BG_ICE_RELAYED,
} BgIceCandidateType;

typedef struct
{
  char               *foundation;
  guint               component;
  gboolean            tcp;
  char               *tcp_type;        /* "active", "passive", "so"; NULL with UDP */
  guint32             priority;
  GInetAddress       *address;         /* NULL where the line has a name */
  char               *name;            /* "….local", of multicast DNS; NULL where the line has an address */
  guint16             port;
  BgIceCandidateType  type;
  GInetAddress       *related_address; /* NULL where absent; relays may hide it (spec 2.3) */
  guint16             related_port;
  char               *ufrag;           /* NULL where absent */
} BgIceCandidate;

/* Longest line taken. */
#define BG_ICE_CANDIDATE_MAX 512

/* Reads a line with or without "a=" and "candidate:"; unknown extensions are ignored.
 * BG_ERROR_INVALID_ARGUMENT says what is wrong with it. */
BgIceCandidate *bg_ice_candidate_parse (const char *line, GError **error);
/* "candidate:…", for libnice and for the wire; `ufrag` (NULL: none) is written as extension. */
char *bg_ice_candidate_format (const BgIceCandidate *candidate, const char *ufrag);
void bg_ice_candidate_free (BgIceCandidate *candidate);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgIceCandidate, bg_ice_candidate_free)

/* Is it an address that no peer is ever reached at: unspecified, multicast, link-local, or IPv4 in
 * IPv6's clothes (which would pass a list of IPv4 prefixes by)? */
gboolean bg_ice_address_is_unusable (GInetAddress *address);
/* Is `address` in one of the NULL-terminated `prefixes` (NULL: none)? */
gboolean bg_ice_address_is_in (GInetAddress *address, GInetAddressMask *const *prefixes);

G_END_DECLS
