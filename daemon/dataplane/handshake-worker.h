/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "wg/wg.h"

/* A thread for the Diffie-Hellman of handshake messages that come in, so that whoever sends them takes no time from data.
 * Jobs are run one after the other and come back in order. Everything here is called by the owner (the data thread), and
 * never waits, but for bg_handshake_worker_free(). */

enum { BG_HANDSHAKE_JOBS_MAX = 64 }; /* under way; a few milliseconds of work */

typedef struct BgHandshakeWorker BgHandshakeWorker;

/* NULL and `*error` = errno where the thread or a cipher cannot be had. */
BgHandshakeWorker *bg_handshake_worker_new (int *error);
/* Joins the thread; discards what is under way, and frees its packets. NULL is fine. */
void bg_handshake_worker_free (BgHandshakeWorker *self);
/* An eventfd, readable while jobs can be taken; stays the worker's. */
int bg_handshake_worker_fd (const BgHandshakeWorker *self);
/* Jobs that were put and not yet taken; put no more than BG_HANDSHAKE_JOBS_MAX. */
uint32_t bg_handshake_worker_pending (const BgHandshakeWorker *self);
/* Takes `job`. */
void bg_handshake_worker_put_take (BgHandshakeWorker *self, WgHandshakeJob *job);
/* The next job that was run, or NULL; `ns` is the processor time it took. */
WgHandshakeJob *bg_handshake_worker_pop (BgHandshakeWorker *self, uint64_t *ns);
