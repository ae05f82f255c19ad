/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The names of our machines as an immutable snapshot: NAME.SUFFIX has a machine's addresses in the tunnel and nothing else, and its
 * addresses have its name. What is neither in the suffix nor an address of the tunnel is not ours. Pure; main thread only, but for
 * references. */

#include "common/ip-prefix.h"

#include <glib.h>

G_BEGIN_DECLS

typedef struct _BgZone BgZone;

typedef enum
{
  BG_ZONE_FOREIGN, /* not ours */
  BG_ZONE_MISSING, /* there is no such name */
  BG_ZONE_EMPTY,   /* there is, without anything; names below it may have something */
  BG_ZONE_APEX,    /* the suffix, or the domain of the addresses of a network */
  BG_ZONE_HOST,
  BG_ZONE_POINTER, /* the name of an address */
} BgZoneKind;

/* Borrowed from the zone. */
typedef struct
{
  BgZoneKind kind;
  const char *apex;            /* but for FOREIGN: the domain that the name is in */
  const BgIpPrefix *addresses; /* HOST */
  guint n_addresses;
  const char *target;          /* POINTER: the host's name */
} BgZoneFind;

/* `serial` is greater than that of the zone before. */
BgZone *bg_zone_new (const char *suffix, guint32 serial);
/* Addresses of this network have their names here: in its domains below in-addr.arpa or ip6.arpa, of which there are several where
 * its length is none of theirs (RFC 1035, 3.5; RFC 3596, 2.5). */
void bg_zone_add_network (BgZone *zone, const BgIpPrefix *network);
/* The first host with a label, or with an address, has it. `is_self`: it is this machine, the server of the zone. */
void bg_zone_add_host (BgZone *zone, const char *label, const BgIpPrefix *addresses, guint n_addresses, gboolean is_self);
/* What a host has under a name of its own, "web.laptop": the same addresses, whose name stays the host's. */
void bg_zone_add_service (BgZone *zone, const char *labels, const BgIpPrefix *addresses, guint n_addresses);
/* No change after this. */
BgZone *bg_zone_seal (BgZone *zone);
BgZone *bg_zone_ref (BgZone *zone);
void bg_zone_unref (BgZone *zone);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgZone, bg_zone_unref)

/* `name` as bg_dns_query_get_name() gives it. */
BgZoneFind bg_zone_find (const BgZone *zone, const char *name);
guint32 bg_zone_get_serial (const BgZone *zone);
/* The name of the server: this machine's, or the suffix where it has none. */
const char *bg_zone_get_primary (const BgZone *zone);
/* The domains of addresses, NULL at the end. */
const char *const *bg_zone_get_reverse_domains (const BgZone *zone);

G_END_DECLS
