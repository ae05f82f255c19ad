/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "publish/forward-way-private.h"

/* Connections to an ingress whose handshake is done and which have not said what they want (BE-31): for whoever comes next. It keeps
 * them ready while they are asked for, and for BG_POOL_WARM_MS after that; it makes them anew when they grow old or the ingress ends
 * them. Where BG_POOL_PATIENCE in a row were of no use, the ingress does not want them to wait: none for BG_POOL_PAUSE_MS. */

enum
{
  BG_POOL_WARM_MS = 10 * 60 * 1000,
  BG_POOL_PATIENCE = 3,
  BG_POOL_PAUSE_MS = 10 * 60 * 1000,
};

typedef struct _BgIdlePool BgIdlePool;

/* Dials nobody before the first bg_idle_pool_take(). */
BgIdlePool *bg_idle_pool_new (BgReactor *reactor, BgIngress *ingress);
void bg_idle_pool_free (BgIdlePool *pool);
/* One that is alive as far as can be told, TRUE, both taken by the caller; FALSE: make one. */
gboolean bg_idle_pool_take (BgIdlePool *pool, int *fd, SSL **ssl);
/* What became of one that was taken. */
void bg_idle_pool_was_good (BgIdlePool *pool);
void bg_idle_pool_was_dead (BgIdlePool *pool);
