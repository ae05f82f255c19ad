/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

/* The bearer token: whoever has it is in the network. */

/* Reads the token of a file: one word of 16 to 256 printable ASCII characters. Where `may_make`, a
 * missing file is made with a new token, "bg_" and 48 hexadecimal digits, mode 0600. */
char *bg_hub_token_load (const char *path, gboolean may_make, GError **error);
/* Is `header`, the value of Authorization or NULL, "Bearer " and the token? In a time that tells
 * nothing about it. */
gboolean bg_hub_token_matches (const char *token, const char *header);
