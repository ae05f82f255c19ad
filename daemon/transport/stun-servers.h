/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Which STUN servers answer Binding requests (RFC 8489, 2). libnice takes one server, and does not say whether it was of use: so they
 * are asked beside it, from sockets of our own, and nobody waits. Main thread only. */

#include <gio/gio.h>

G_BEGIN_DECLS

typedef enum
{
  BG_STUN_SERVER_ASKED, /* for at most 600 ms */
  BG_STUN_SERVER_ANSWERS,
  BG_STUN_SERVER_SILENT, /* or there is no way to it, or too many are known */
} BgStunServerState;

/* What is known of the server at that UDP port. It is asked where that is a minute old; where it was silent, after five seconds, and
 * it counts as such until it answers. */
BgStunServerState bg_stun_servers_ask (GInetAddress *address, guint port);
/* This machine's networks are others: all that are known are asked anew. */
void bg_stun_servers_renew (void);

G_END_DECLS
