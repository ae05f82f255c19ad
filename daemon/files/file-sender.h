/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Carries one outgoing transfer to its end (docs/files.md): offers it, asks until somebody takes it, and sends it piece by piece from where
 * the receiver is, again and again over whatever breaks. Main thread only. */

#include "common/ip-prefix.h"
#include "files/file-transfer.h"

#include <libsoup/soup.h>

G_BEGIN_DECLS

typedef struct _BgFileSender BgFileSender;

typedef struct
{
  /* Where the peer is, and whether it takes files (-1: not known yet). FALSE: it cannot be reached. */
  gboolean (*find) (gpointer owner, const char *peer, BgIpPrefix *address, int *takes_files);
  /* The session to reach it by, borrowed; NULL: none, while the tunnel is down. */
  SoupSession *(*get_session) (gpointer owner);
} BgFileSenderEvents;

/* Begins at once, and lasts until `transfer`, which is referenced, is over or disowned. */
void bg_file_sender_begin (BgFileTransfer *transfer, const BgFileSenderEvents *events, gpointer owner);
/* A session for that whose connections go by the tunnel's link. */
SoupSession *bg_file_sender_session_new (const char *interface);
/* Lets the peer know that the transfer is over, if it can be reached. */
void bg_file_sender_withdraw (const BgFileTransfer *transfer, const BgFileSenderEvents *events, gpointer owner);

G_END_DECLS
