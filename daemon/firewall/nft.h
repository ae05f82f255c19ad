/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The kernel's packet filter (nf_tables) in the words of nft(8), through libnftables: the one place that uses it. Acts on the
 * network namespace of the calling thread, and needs CAP_NET_ADMIN there. Main thread only; the kernel answers at once. */

#include <glib.h>

G_BEGIN_DECLS

/* Runs `text` as one transaction: all of it is in effect, or nothing. "destroy" is not known to all that we run on: to have a
 * table anew, write "table inet x", "delete table inet x", "table inet x { … }", a line each. The error keeps the line in which
 * nft says what is wrong: BG_ERROR_NOT_FOUND where something that is named is not there, BG_ERROR_EXISTS where it is already,
 * BG_ERROR_NOT_AUTHORIZED where the right is missing or the table has an owner that is not us, BG_ERROR_FAILED for everything
 * else, also a kernel without nf_tables. */
gboolean bg_nft_run (const char *text, GError **error);
/* Says whether `text` would run, and changes nothing; the same errors. */
gboolean bg_nft_check (const char *text, GError **error);
/* What a command such as "list ruleset" says, as JSON (libnftables-json(5)). The same errors; free with g_free(). */
char *bg_nft_list (const char *command, GError **error);
/* `text` for use between double quotes: the name of an interface, a comment. What would end the quotes becomes "_". Free with g_free(). */
char *bg_nft_quote (const char *text);

G_END_DECLS
