/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* STUN Binding requests and what comes back (RFC 8489, RFC 5780), in bytes: libnice's messages behind our types. No I/O, no clock. */

#include "common/ip-prefix.h"

#include <glib.h>
#include <sys/socket.h>

G_BEGIN_DECLS

enum
{
  BG_STUN_REQUEST_MAX = 64,
  BG_STUN_ID = 16,
  BG_STUN_TALK_MAX = 64, /* requests of one talk */
};

/* What a server is asked to answer from (RFC 5780, 7.2). */
typedef enum
{
  BG_STUN_SAME = 0,
  BG_STUN_OTHER_PORT = 0x2,
  BG_STUN_OTHER_ADDRESS = 0x4,
  BG_STUN_OTHER_BOTH = BG_STUN_OTHER_PORT | BG_STUN_OTHER_ADDRESS,
} BgStunChange;

typedef struct
{
  BgIpPrefix host;
  guint16 port;
} BgStunPlace;

typedef struct
{
  guint8 id[BG_STUN_ID];
  guint8 bytes[BG_STUN_REQUEST_MAX];
  gsize len;
} BgStunRequest;

typedef enum
{
  BG_STUN_NOTHING,      /* of ours */
  BG_STUN_REQUEST_BACK, /* a request; whose, `id` says */
  BG_STUN_ANSWERED,
  BG_STUN_REFUSED, /* an error, or an answer without an address */
} BgStunKind;

typedef struct
{
  BgStunKind kind;
  guint8 id[BG_STUN_ID];
  BgStunPlace mapped;
  gboolean has_other;
  BgStunPlace other; /* where else the server answers; not checked */
} BgStunAnswer;

/* Remembers what it wrote: an answer to nothing, or a second one, is BG_STUN_NOTHING. */
typedef struct _BgStunTalk BgStunTalk;

BgStunTalk *bg_stun_talk_new (void);
void bg_stun_talk_free (BgStunTalk *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgStunTalk, bg_stun_talk_free)

/* A new transaction. FALSE behind BG_STUN_TALK_MAX of them. */
gboolean bg_stun_talk_write (BgStunTalk *self, BgStunChange change, BgStunRequest *request);
/* `data`: a whole message. */
void bg_stun_talk_read (BgStunTalk *self, const guint8 *data, gsize len, BgStunAnswer *answer);

gboolean bg_stun_place_equal (const BgStunPlace *a, const BgStunPlace *b);
/* The address alone. */
gboolean bg_stun_place_is_at (const BgStunPlace *place, const BgIpPrefix *host);

/* As a socket takes it; its length. */
socklen_t bg_stun_place_to_native (const BgStunPlace *place, struct sockaddr_storage *native);
/* FALSE where it is neither IPv4 nor IPv6. */
gboolean bg_stun_place_from_native (const struct sockaddr_storage *native, BgStunPlace *place);

G_END_DECLS
