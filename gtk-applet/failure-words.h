/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* Why something failed and what to do, for people: the daemon's own words are theirs already, those of the bus are not. Free
 * with g_free(). */
char *applet_failure_words (const GError *error);
