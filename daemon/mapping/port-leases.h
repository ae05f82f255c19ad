/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The ports that one router maps for us, from the first question to when they are given back. Without I/O and clock: datagrams
 * and time go in, what is to be sent and what became of a port come out by the owner's calls, which change nothing here. One
 * router is asked in PCP, with NAT-PMP beside it from the second time on, then by UPnP, which somebody else speaks; what it
 * answered in is kept. Times are milliseconds that go on during a sleep. */

#include <glib.h>

G_BEGIN_DECLS

enum
{
  BG_PORT_LEASES_MAX = 64,   /* at once; there is no mapping for more */
  BG_PORT_LEASE_S = 3600,    /* as asked for */
  BG_PORT_LEASE_MIN_S = 120, /* what a router grants less is counted as (RFC 6887, 11.2.1) */
};

typedef struct _BgPortLeases BgPortLeases;

typedef struct
{
  guint8 address[4]; /* of the router, outside */
  guint16 port;
} BgOutside;

typedef enum
{
  BG_ROUTER_UNKNOWN,
  BG_ROUTER_PCP,
  BG_ROUTER_NATPMP,
  BG_ROUTER_UPNP,
  BG_ROUTER_SILENT, /* in no language; asked anew after a while */
} BgRouterLanguage;

typedef struct
{
  void (*send) (gpointer owner, const guint8 *data, gsize len); /* to BG_MAPPING_SERVER_PORT */
  /* Maps `port`, or gives it back with a lifetime of 0. bg_port_leases_take_upnp() is to follow, later. */
  void (*ask_upnp) (gpointer owner, guint16 port, guint32 lifetime_s);
  /* `port` is at `outside` from now on, or nowhere (NULL). */
  void (*moved) (gpointer owner, guint16 port, const BgOutside *outside);
} BgPortLeasesCalls;

/* `client`: our address, as the router sees it. */
BgPortLeases *bg_port_leases_new (const guint8 client[4], const BgPortLeasesCalls *calls,
                                  gpointer owner);
/* Gives nothing back. */
void bg_port_leases_free (BgPortLeases *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgPortLeases, bg_port_leases_free)

/* Maps a UDP port of ours. FALSE where there are too many. */
gboolean bg_port_leases_add (BgPortLeases *self, guint16 port, gint64 now_ms);
/* Gives it back. */
void bg_port_leases_drop (BgPortLeases *self, guint16 port, gint64 now_ms);
void bg_port_leases_drop_all (BgPortLeases *self, gint64 now_ms);

/* What came from the router's port. */
void bg_port_leases_take (BgPortLeases *self, const guint8 *data, gsize len, gint64 now_ms);
/* Nobody listens there (ICMP). */
void bg_port_leases_take_unreachable (BgPortLeases *self, gint64 now_ms);
/* UPnP's answer; `outside` NULL: none, or a refusal. `lifetime_s` as granted. */
void bg_port_leases_take_upnp (BgPortLeases *self, guint16 port, const BgOutside *outside,
                               guint32 lifetime_s, gint64 now_ms);

/* When bg_port_leases_run() has something to do; G_MAXINT64: never. */
gint64 bg_port_leases_next (const BgPortLeases *self);
void bg_port_leases_run (BgPortLeases *self, gint64 now_ms);

/* What it answered in; BG_ROUTER_UNKNOWN while it has not. */
BgRouterLanguage bg_port_leases_get_language (const BgPortLeases *self);
/* Nothing is mapped, asked for or on its way back. */
gboolean bg_port_leases_is_empty (const BgPortLeases *self);
/* Is there anything that the router may have mapped, as far as it ever answered? */
gboolean bg_port_leases_owe (const BgPortLeases *self);
/* Where a port is outside; FALSE where it is not mapped. */
gboolean bg_port_leases_find (const BgPortLeases *self, guint16 port, BgOutside *outside);

G_END_DECLS
