/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <json-glib/json-glib.h>

/* Members of an object that somebody else wrote. */

/* Borrowed; NULL where the member is absent or no string in UTF-8. */
const char *bg_json_member_text (JsonObject *object, const char *name);
/* Whether the member is there and `true`. */
gboolean bg_json_member_is_true (JsonObject *object, const char *name);
