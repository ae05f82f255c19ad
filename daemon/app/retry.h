/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Something that is tried again: after 1 s, then 2 s and so on up to 30 s, spread so that machines that fail together do
 * not try together (signaling/backoff.h). Main thread only. */

#include "common/words.h"

G_BEGIN_DECLS

typedef struct _BgRetry BgRetry;

/* It is time for the next attempt. */
typedef void (*BgRetryDue) (gpointer owner);

BgRetry *bg_retry_new (BgRetryDue due, gpointer owner);
void bg_retry_free (BgRetry *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgRetry, bg_retry_free)

/* The first attempt is due as soon as the main loop runs. */
void bg_retry_soon (BgRetry *self);
/* An attempt is made now: none is waited for. */
void bg_retry_begin (BgRetry *self);
/* An attempt failed: the next one is due later, the later the more failed in a row. */
void bg_retry_failed (BgRetry *self);
/* An attempt succeeded. What holds for less than half a minute counts as a failure when it fails. */
void bg_retry_succeeded (BgRetry *self);
/* Something happened that may help: an attempt that is waited for is due at once. FALSE where none is. */
gboolean bg_retry_now (BgRetry *self);
/* Nobody wants it any more: no attempt is due, and earlier failures are forgotten. */
void bg_retry_cancel (BgRetry *self);
gboolean bg_retry_is_waiting (BgRetry *self);
/* "next attempt at 13:05:07"; NULL while none is waited for. */
BgWords *bg_retry_describe (BgRetry *self);

G_END_DECLS
