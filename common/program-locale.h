/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <locale.h>

/* Takes the locale of the environment, first thing in main(); `category` as of setlocale(3): LC_CTYPE for programs whose
 * words are not for one person. Where there is no locale (C, POSIX, or one that is not installed, as over ssh or in a
 * container) text is UTF-8 all the same, as in C.UTF-8: what people read here has quotes, dashes and names that plain
 * ASCII has not. */
void bg_locale_init (int category);
/* Words of `domain` come from `directory`, or from $BAMGATE_LOCALEDIR where a program runs out of the folder in which it was built. */
void bg_locale_bind (const char *domain, const char *directory);
