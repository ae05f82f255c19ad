/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/ip-prefix.h"
#include "publish/socket-address.h"

/* Who comes in at a door, as a service behind it is told: in PROXY protocol version 2 (HAProxy's proxy-protocol.txt, 2.2), or in lines of a
 * request's head. Pure. */

typedef struct
{
  BgIpPrefix prefix;        /* who comes from here */
  const char *name;         /* is this peer */
} BgCaller;

/* Immutable, and owned by one. */
typedef struct _BgCallers BgCallers;

enum
{
  BG_CALLER_TLV_NAME = 0xe0, /* of the numbers that are for applications: the peer's name, UTF-8 */
  BG_CALLER_NAME_MAX = 255,
  BG_CALLER_PREFACE_MAX = 16 + 36 + 3 + BG_CALLER_NAME_MAX,
};

/* Copies all. */
BgCallers *bg_callers_new (const BgCaller *callers, guint n);
/* Fine on NULL. */
void bg_callers_free (BgCallers *callers);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgCallers, bg_callers_free)
/* The name of who comes from this address, by the longest prefix; NULL where nobody has it. Borrowed. */
const char *bg_callers_find (const BgCallers *callers, const BgSocketAddress *from);
/* Under what who comes from there is counted: the peer, else his IPv4 address or IPv6 /64. Free with g_free(). */
char *bg_callers_account (const BgCallers *callers, const BgSocketAddress *from);

/* The preface of a connection from `from` to `to`; gives its length. Where one is no address of the Internet, or they are of two
 * families, it says that nobody in particular comes (LOCAL). `name` may be NULL. */
gsize bg_caller_preface (const BgSocketAddress *from, const BgSocketAddress *to, const char *name,
                         guint8 out[BG_CALLER_PREFACE_MAX]);
/* "X-Forwarded-For: 10.0.0.2\r\nBamgate-Peer: laptop\r\n"; what of a name could not stand there is written %XX. Free with g_free(). */
char *bg_caller_lines (const BgSocketAddress *from, const char *name);
