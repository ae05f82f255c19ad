/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a session asks of its webrtcbin, which does everything on a thread of its own and answers there: the replies come
 * back over the session's link. */

#include "session-link.h"

#include <gst/gst.h>
#include <gst/webrtc/webrtc.h>

typedef struct BgWebrtcQuestions BgWebrtcQuestions;

/* The payload of a reply; borrowed. */
typedef struct
{
  GstWebRTCSessionDescription *description; /* where one was asked for and there is no error */
  GError *error;
} BgWebrtcReply;

BgWebrtcQuestions *bg_webrtc_questions_new (BgSessionLink *link);
void bg_webrtc_questions_free (BgWebrtcQuestions *self);
/* A promise (stays its own) to hand over with the question; `func` gets the BgWebrtcReply. `field` (literal) names the
 * description in it, NULL where the question has none. */
GstPromise *bg_webrtc_questions_ask (BgWebrtcQuestions *self, BgSessionFunc func, const char *field);
/* A webrtcbin that is taken down forgets to answer, and a promise must not be freed while it is pending. */
void bg_webrtc_questions_withdraw (BgWebrtcQuestions *self);
