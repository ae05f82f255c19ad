/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* Symbols of an invite code, beside the dash in the middle: "ABCD-EFGH". */
#define BG_INVITE_CODE_SYMBOLS 8

/* What somebody typed, as stored: "ab12-cd34", "AB12CD34" and "AB-12CD-34" are all "AB12-CD34"; NULL where it cannot be a
 * code. Free with g_free(). */
char *bg_invite_code_tidy (const char *text);
/* The same, for one that has blanks in it, too. */
char *bg_invite_code_tidy_typed (const char *text);
