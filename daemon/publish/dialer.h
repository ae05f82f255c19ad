/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "publish/reactor.h"
#include "publish/socket-address.h"

/* Connects to the first of some addresses that answers, in their order: the next one when one fails, or beside it after
 * BG_DIAL_STAGGER_MS (RFC 8305, section 5). It has no limit of its own: cancel it. */

enum
{
  BG_DIAL_STAGGER_MS = 250,
  BG_DIAL_MAX = 16,         /* addresses; later ones are not tried */
};

typedef struct _BgDialer BgDialer;
/* A connected socket (taken) of address `index`, or -1 with the last errno. The dialer is gone then. */
typedef void (*BgDialFunc) (gpointer data, int fd, guint index, int error);

/* Calls `func` once, later, unless it is cancelled. `addresses` must outlive it; `first` is the one to begin with. */
BgDialer *bg_dialer_new (BgReactor *reactor, const BgSocketAddress *addresses, guint n, guint first, BgDialFunc func,
                         gpointer data);
void bg_dialer_cancel (BgDialer *dialer);
