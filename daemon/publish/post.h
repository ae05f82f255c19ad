/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* A queue from one thread to another, in order, with a descriptor that is readable while something waits. What goes in begins with
 * a BgPostItem and came from g_malloc(). */

typedef struct _BgPostItem BgPostItem;
struct _BgPostItem { BgPostItem *next; };

typedef struct _BgPost BgPost;

/* NULL: the kernel gives no descriptor. */
BgPost *bg_post_new (GError **error);
/* Drops what waits: `drop` may be NULL for g_free(). */
void bg_post_free (BgPost *post, GDestroyNotify drop);
int bg_post_fd (const BgPost *post);
void bg_post_put (BgPost *post, BgPostItem *item);
/* All that waits, the first first; the taker's, one by one. */
BgPostItem *bg_post_take_all (BgPost *post);
