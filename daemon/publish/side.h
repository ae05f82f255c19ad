/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "publish/reactor.h"

#include <openssl/types.h>

/* One end of a connection: a socket that does not block, and TLS over it where there is some. Watched edge by edge, so that what a
 * call could not do is not asked for again before the kernel has said that it can be. */

typedef struct
{
  BgReactorWatch  watch;
  int      fd;              /* -1: none */
  SSL     *ssl;             /* owned; NULL: plain */
  gboolean is_readable, is_writable; /* as far as is known: both until a call says otherwise */
  gboolean is_ending;       /* the kernel has told of an end, behind what can still be read */
} BgSide;

enum
{
  BG_SIDE_AGAIN = -1,       /* not now: wait for the next event */
  BG_SIDE_BROKEN = -2,      /* nothing more of this kind: reset, or TLS that ended without saying so */
};

void bg_side_init (BgSide *side);
/* Takes `fd` and `ssl`, also where it fails; `ready` is called for every edge, after bg_side_note(). */
gboolean bg_side_open (BgSide *side, BgReactor *reactor, int fd, SSL *ssl, BgReactorFunc ready, gpointer data);
/* An event came: what had to wait is worth trying. */
void bg_side_note (BgSide *side, guint32 events);
/* Lets go of the socket and of TLS, which the caller takes; the side is as after bg_side_init(). */
int bg_side_steal (BgSide *side, BgReactor *reactor, SSL **ssl);

/* The handshake of TLS: 0 when it is done, BG_SIDE_AGAIN or BG_SIDE_BROKEN. */
int bg_side_shake_hands (BgSide *side);
/* Bytes (more than 0), 0 for the end that the other side has told, BG_SIDE_AGAIN or BG_SIDE_BROKEN. */
gssize bg_side_read (BgSide *side, guint8 *out, gsize max);
/* Bytes taken, BG_SIDE_AGAIN or BG_SIDE_BROKEN. */
gssize bg_side_write (BgSide *side, const guint8 *bytes, gsize len);
/* Says that nothing more will be written: FIN, or TLS's close_notify (RFC 8446 6.1), after which reading goes on. 0,
 * BG_SIDE_AGAIN or BG_SIDE_BROKEN. */
int bg_side_end (BgSide *side);
/* Closes a socket with a reset (RST): whoever is there does not take for an orderly end what was none. */
void bg_socket_abort (int fd);
/* Fine on one that is closed. `reset`: what was sent may be incomplete, and the other side is to know (RST). */
void bg_side_close (BgSide *side, BgReactor *reactor, gboolean reset);
