/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* How GStreamer's threads reach an object of the main thread: they hold a reference to its link and
 * post. After the owner has cut the link what was posted is freed, not run. */

#include <glib-object.h>

typedef struct BgSessionLink BgSessionLink;
/* Runs on the owner's main context; a reference to the owner is held meanwhile. */
typedef void (*BgSessionFunc) (gpointer owner, gpointer payload);

/* A link to `owner` (not referenced) for the thread-default main context. */
BgSessionLink *bg_session_link_new (GObject *owner);
/* Owner's thread: nothing reaches the owner any more. Idempotent. */
void bg_session_link_cut (BgSessionLink *link);
gboolean bg_session_link_is_cut (BgSessionLink *link);
GMainContext *bg_session_link_get_context (BgSessionLink *link);
/* Any thread: in order of posting, never at once. `payload` is freed with `destroy` (may be NULL)
 * in any case. */
void bg_session_link_post (BgSessionLink *link, BgSessionFunc func, gpointer payload, GDestroyNotify destroy);
BgSessionLink *bg_session_link_ref (BgSessionLink *link);
void bg_session_link_unref (BgSessionLink *link);
