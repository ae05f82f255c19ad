/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What an account's API answers: its status, and a JSON object. Pure. */

#include <json-glib/json-glib.h>

#include "common/words.h"
#include "publish/operator-pace.h"

G_BEGIN_DECLS

typedef struct
{
  BgAnswerKind kind;
  guint status;     /* of HTTP; 0: there was none */
  guint asked_ms;   /* how long it asks to be left alone (Retry-After), of at most 15 minutes; 0: it does not */
  BgWords *reason;  /* why it is not good; NULL where it is */
  JsonObject *body; /* of a good one, NULL where it said nothing */
} BgOperatorAnswer;

/* Of `len` bytes that came with `status`; `text` may be NULL. A good status with something else than an object is an answer that nobody
 * can read, and not a good one. */
BgOperatorAnswer *bg_operator_answer_new (guint status, const char *retry_after, const char *text, gsize len, gint64 now);
/* That there was none, or none of use. Takes `reason`. */
BgOperatorAnswer *bg_operator_answer_new_none (BgWords *reason);
void bg_operator_answer_free (BgOperatorAnswer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgOperatorAnswer, bg_operator_answer_free)

/* What an account says of one machine; texts are "" or NULL as noted. */
typedef struct
{
  char *id;           /* fit for a path */
  char *certificate;  /* PEM; "" for none */
  char *ingress;      /* "" for none */
  char **selectors;   /* never NULL */
} BgOperatorRecord;

/* NULL where it has no usable id. */
BgOperatorRecord *bg_operator_record_read (JsonObject *object);
void bg_operator_record_free (BgOperatorRecord *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgOperatorRecord, bg_operator_record_free)

/* Of a page of machines: the id of the newest that has `instance` in its metadata; NULL for none. Free with g_free(). */
char *bg_operator_page_find (JsonObject *page, const char *instance);
/* Adds the endpoints of a page to `list`, as `source`'s; those that are not bound to this kind of machine are left out. */
void bg_operator_page_add_endpoints (JsonObject *page, const char *source, GPtrArray *list);
/* Where the list goes on, as it stands there (borrowed); NULL where it ends, as it does where the array `name` is empty. FALSE where
 * there is no such array. */
gboolean bg_operator_page_get_next (JsonObject *page, const char *name, const char **next);
/* May `id` stand in a path? */
gboolean bg_operator_id_is_usable (const char *id);

G_END_DECLS
