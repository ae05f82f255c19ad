/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What both kinds of rtt-probe.h have in common: requests with the times at which they were sent, and the one answer. */

#include "doctor/rtt-probe.h"
#include "doctor/stun-talk.h"

enum
{
  BG_RTT_SENDS = 4,
};

typedef struct
{
  GTask *task;               /* which owns it */
  GCancellable *cancellable; /* ours: the caller and the time limit end it */
  GSource *limit, *cancelled;
  gboolean is_late;

  BgStunTalk *talk;
  BgStunRequest requests[BG_RTT_SENDS];
  gint64 sent_us[BG_RTT_SENDS];
  guint n_sent;
} BgRtt;

/* Its time begins. `free_rtt` frees what it is the beginning of. */
void bg_rtt_begin (BgRtt *self, GDestroyNotify free_rtt, GCancellable *cancellable,
                   GAsyncReadyCallback callback, gpointer data);
/* Another request, to be sent now; NULL: enough were. */
const BgStunRequest *bg_rtt_next (BgRtt *self);
/* Is that the answer? Then it is over. */
gboolean bg_rtt_take (BgRtt *self, const guint8 *data, gsize len);
/* It is over, once: with a time, or with `error` (taken; NULL where it was cancelled or is late). The owner may be gone behind it. */
void bg_rtt_end (BgRtt *self, gint64 rtt_us, GError *error);
/* For the owner's own end. */
void bg_rtt_clear (BgRtt *self);
