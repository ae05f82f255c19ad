/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A line on standard error that says what is waited for, where that takes longer than a moment; only on a terminal that obeys,
 * and gone at the end. It lives in the main loop. */

#include <glib.h>

typedef struct _Progress Progress;

/* NULL where nobody would see it. One at a time. */
Progress *progress_new (const char *what);
/* Something else is waited for now. Fine on NULL, as the next. */
void progress_say (Progress *self, const char *what);
/* Why it takes so long; "" for nothing to say. */
void progress_explain (Progress *self, const char *reason);
void progress_free (Progress *self);

/* Nobody is to see any from now on. */
void progress_forbid (void);
/* Somebody else writes on the terminal until the second; from any thread. */
void progress_pause (void);
void progress_resume (void);
