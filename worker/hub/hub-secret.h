/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* Random words and their digests. */

/* `n` random bytes in hexadecimal, behind `prefix`; NULL where there are no random numbers. */
char *bg_hub_secret_new (const char *prefix, gsize n);
/* The SHA-256 of a text in hexadecimal, which may be kept where the text may not. */
char *bg_hub_secret_hash (const char *text);
/* Are they equal? In a time that tells nothing but their lengths. */
gboolean bg_hub_secret_equal (const char *a, const char *b);
