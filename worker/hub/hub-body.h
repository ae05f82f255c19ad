/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>
#include <json-glib/json-glib.h>

/* The body of a request, which a stranger wrote: one object of JSON. */

/* (transfer full); NULL where it is anything else, larger than 64 KiB, or nested deeper than 16. */
JsonNode *bg_hub_body_read (const char *text, gsize len);
/* Whether the member is absent, or null, or a boolean; that, or `otherwise`. */
gboolean bg_hub_body_get_flag (JsonObject *body, const char *name, gboolean otherwise, gboolean *flag);
/* The member as bytes: a list of 1 to `most` texts in base64, each of at most `max` bytes. NULL for anything else. */
GPtrArray *bg_hub_body_get_bytes (JsonObject *body, const char *name, guint most, gsize max);
