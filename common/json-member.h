/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <json-glib/json-glib.h>

/* The object that `text` is (bg_json_shape_is_fine()); NULL for anything else, and for NULL. */
JsonObject *bg_json_object_parse (const char *text, gsize len);

/* Members of an object that somebody else wrote. */

/* Borrowed; NULL where the member is absent or no string in UTF-8. */
const char *bg_json_member_text (JsonObject *object, const char *name);
/* Whether the member is there and `true`. */
gboolean bg_json_member_is_true (JsonObject *object, const char *name);
/* Borrowed; NULL where the member is absent or something else. */
JsonArray *bg_json_member_list (JsonObject *object, const char *name);
/* FALSE, and `*number` stays as it was, where the member is absent or no whole number. */
gboolean bg_json_member_number (JsonObject *object, const char *name, gint64 *number);

/* Adds a member to the object that `builder` is at; nothing where `text` is NULL. */
void bg_json_add_text (JsonBuilder *builder, const char *name, const char *text);
void bg_json_add_boolean (JsonBuilder *builder, const char *name, gboolean value);
