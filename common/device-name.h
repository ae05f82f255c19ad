/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Names of devices and peers.
 *
 * What we create has 1 to 63 bytes: letters, digits, "-", "_" and ".", with a letter or digit at both ends; so it is never
 * an option, a hidden file or a way to another directory. As a DNS label it is written in lower case, and every run of
 * "-", "_" and "." becomes one "-" ("My.Laptop_2" is "my-laptop-2").
 *
 * What others bring (other implementations, settings of older versions) may be any text without control characters. It is
 * shown, escaped, and quoted wherever a person may paste it into a shell. */

#include <glib.h>

G_BEGIN_DECLS

/* Longest name that we create and that others may have, in bytes. */
#define BG_DEVICE_NAME_MAX 63
#define BG_DEVICE_NAME_FOREIGN_MAX 255

/* May we create this name? */
gboolean bg_device_name_is_valid (const char *name);
/* The same with the reason, BG_ERROR_INVALID_ARGUMENT: what a name looks like, and which one may have been meant. */
gboolean bg_device_name_check (const char *name, GError **error);
/* The valid name that is nearest to `text`; NULL where nothing of it can stay. Free with g_free(). */
char *bg_device_name_suggest (const char *text);

/* A valid name as a DNS label; NULL for any other. Free with g_free(). */
char *bg_device_name_to_label (const char *name);
/* Two names that DNS cannot tell apart. A name is no such thing to itself. */
gboolean bg_device_name_shares_label (const char *name, const char *other);

/* May a foreign device have this name? Non-empty UTF-8 without control characters, not too long. */
gboolean bg_device_name_is_tolerable (const char *name);

/* A valid name as it is; in others "\xNN" or "\u{NNNN}" stands for whatever a terminal or a shell's quotes could take for
 * something else (quotes, backslashes, a leading "-" or "~", marks of direction, …). No two names give the same text. Free with
 * g_free(). */
char *bg_device_name_escape (const char *name);
/* Is `word` what bg_device_name_escape() makes of the name? To be asked of all peers before it is asked whose name it is. */
gboolean bg_device_name_is_escaped_as (const char *name, const char *word);
/* One word for sh, bash, zsh and fish alike, that bamgatectl takes as the name: as it is where it is valid, else the escaped
 * name in single quotes. Free with g_free(). */
char *bg_device_name_quote_for_shell (const char *name);

G_END_DECLS
