/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Answers of Cloudflare's API: an envelope with "success", "errors" and "result", and what it comes to. Bytes go in; nothing here
 * asks anybody. */

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

#define CLOUDFLARE_ERROR (cloudflare_error_quark ())
GQuark cloudflare_error_quark (void);

typedef enum
{
  CLOUDFLARE_ERROR_REFUSED, /* the message says why, in Cloudflare's words */
  CLOUDFLARE_ERROR_NOT_AUTHORIZED,
  CLOUDFLARE_ERROR_NOT_FOUND,
  CLOUDFLARE_ERROR_NO_SUBDOMAIN,
  CLOUDFLARE_ERROR_CHANGED, /* it is not any more as it was when we looked */
  CLOUDFLARE_ERROR_UNSURE,  /* no answer, or none that can be read */
  CLOUDFLARE_ERROR_BUSY,    /* too many requests, and it would be waited too long */
} CloudflareError;

/* The object that `text` is; NULL: it is none. Free with json_object_unref(). */
JsonObject *cloudflare_answer_read (const char *text);
/* What an answer with this HTTP status comes to; `envelope` may be NULL, where none could be read. NULL: it worked. */
GError *cloudflare_answer_judge (guint status, JsonObject *envelope);

/* A member of this kind; NULL: it is not there, or another. Borrowed. */
JsonArray *cloudflare_answer_array (JsonObject *object, const char *member);
JsonObject *cloudflare_answer_object (JsonObject *object, const char *member);
/* The object at `i`, NULL where it is none; borrowed. */
JsonObject *cloudflare_answer_object_at (JsonArray *array, guint i);
/* 0 where it is no number. */
gint64 cloudflare_answer_number (JsonObject *object, const char *member);

G_END_DECLS
