/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One HTTP request to an account's API, from the message to the whole answer, within 30 s. Main thread only. */

#include <libsoup/soup.h>

#include "publish/operator-answer.h"

G_BEGIN_DECLS

enum
{
  BG_OPERATOR_LIMIT_S = 30,
  BG_OPERATOR_BODY_MAX = 4 * 1024 * 1024, /* what is longer is an answer that nobody can read */
};

/* Takes `message`, whose redirections are not followed. */
void bg_operator_request_async (SoupSession *session, SoupMessage *message, GCancellable *cancellable, GAsyncReadyCallback callback,
                                gpointer data);
/* Never NULL, also where there was no answer, but for G_IO_ERROR_CANCELLED. `*size` grows by the bytes that were read. */
BgOperatorAnswer *bg_operator_request_finish (GAsyncResult *result, gsize *size, GError **error);

G_END_DECLS
