/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One request to the HTTP side of the hub, from the message to the whole answer, within its time. Main thread only. */

#include <json-glib/json-glib.h>
#include <libsoup/soup.h>

#include "signaling/service-hub.h"

G_BEGIN_DECLS

enum
{
  BG_SERVICE_LIMIT_S = 15, /* of what somebody waits for */
  BG_SERVICE_SHORT_BODY = 64 * 1024,
  BG_SERVICE_LONG_BODY = 2 * 1024 * 1024, /* lists of all devices */
  BG_SERVICE_MISDIRECTED = 421,           /* RFC 9110, 15.5.20: the network is elsewhere */
};

typedef struct
{
  const char *method, *path;
  const char *public_key; /* ours in base64, as a header: hubs that do not know it ignore it; NULL: none */
  const char *invite_key; /* the log's half of an invite, as a header in the same way */
  GBytes *body;           /* JSON; NULL: none */
  guint limit_s;
  gsize body_limit; /* what is longer is none; 0: BG_SERVICE_SHORT_BODY */
  gboolean headers_only;  /* nobody reads what the answer says */
} BgServiceRequest;

typedef struct
{
  guint status;
  gint64 came_at_us;           /* realtime, when its head was there */
  SoupMessageHeaders *headers;
  JsonObject *body;            /* NULL where it is no object within the limits, or was not to be read */
} BgServiceAnswer;

void bg_service_answer_free (BgServiceAnswer *answer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgServiceAnswer, bg_service_answer_free)

/* Takes all that it needs of both now. */
void bg_service_request_async (const BgServiceHub *hub, const BgServiceRequest *request, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer data);
/* Whatever the hub answered, also that it refuses. NULL with an error for people where there was no answer: BG_ERROR_TIMEOUT,
 * BG_ERROR_FAILED; BG_ERROR_INVALID_ARGUMENT where `hub` is none, G_IO_ERROR_CANCELLED. */
BgServiceAnswer *bg_service_request_finish (GAsyncResult *result, GError **error);

/* What a good answer says (borrowed). NULL with an error for people for any status but 200 (BG_ERROR_NOT_AUTHORIZED, BG_ERROR_NOT_FOUND,
 * BG_ERROR_SERVICE) and where it says nothing that can be read. */
JsonObject *bg_service_answer_read (const BgServiceAnswer *answer, GError **error);
/* The same for what a code was sent with: says of the code what 404 and 410 mean. */
JsonObject *bg_service_answer_read_invite (const BgServiceAnswer *answer, GError **error);
/* The hub's own word for why it refuses ("error"); "" for none. Borrowed. */
const char *bg_service_answer_why_not (const BgServiceAnswer *answer);
/* The list that is a member of what an answer says (borrowed). NULL with an error where it has none; NULL alone where `said` is. */
JsonArray *bg_service_answer_list (JsonObject *said, const char *member, GError **error);
/* Sets the error that the answer has no usable `member`; FALSE. */
gboolean bg_service_answer_lacks (const char *member, GError **error);

/* The object that `builder` has begun, and not ended, as a body; wiped when it is freed. */
GBytes *bg_service_body_new (JsonBuilder *builder);

G_END_DECLS
