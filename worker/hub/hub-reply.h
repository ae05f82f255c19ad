/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "worker/hub/hub-writer.h"

#include <json-glib/json-glib.h>
#include <libsoup/soup.h>

G_BEGIN_DECLS

/* What the hub answers over HTTP. Every answer ends its connection. */

/* A plain-text answer. */
void bg_hub_reply_text (SoupServerMessage *message, guint status, const char *text);
/* What was built, which is complete. Takes `builder`. */
void bg_hub_reply_json (SoupServerMessage *message, guint status, JsonBuilder *builder);
/* {"ok": true} */
void bg_hub_reply_ok (SoupServerMessage *message);
/* {"error": …} */
void bg_hub_reply_error (SoupServerMessage *message, guint status, const char *error);
/* The same with 429, and when to come again. */
void bg_hub_reply_patience (SoupServerMessage *message, guint wait_s, const char *error);
/* A promise is given once it is on the disk: the answer that was set waits for that, a quarter of a second at most. */
void bg_hub_reply_when_written (SoupServerMessage *message, BgHubWriter *writer);
/* The same for as long as it takes, and it is given up (503) where nothing can be written. */
void bg_hub_reply_once_written (SoupServerMessage *message, BgHubWriter *writer);

/* An object that is open, and its members; `text` NULL is null. */
JsonBuilder *bg_hub_object_new (void);
void bg_hub_object_add_text (JsonBuilder *object, const char *key, const char *text);
void bg_hub_object_add_number (JsonBuilder *object, const char *key, guint64 number);
void bg_hub_object_add_flag (JsonBuilder *object, const char *key, gboolean flag);

G_END_DECLS
