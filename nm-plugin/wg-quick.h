/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The text of a wg-quick(8) file, apart from its keys: the text is data of the connection, the keys are its secrets. Pure; what the
 * text means is read by bamgated. */

#include <glib.h>

G_BEGIN_DECLS

#define WG_QUICK_MAX_SIZE (64 * 1024)

/* Does it begin like one? */
gboolean wg_quick_is (const char *text);
/* The text without its keys; those go into `secrets` (char *name → char *key, of VPN_SECRET_…). Lines that nobody knows and that
 * may hold a key are left out. */
char *wg_quick_take_secrets (const char *text, GHashTable *secrets);
typedef const char *(*WgQuickFind) (gpointer data, const char *name);
/* 32 bytes as base64, and nothing around them. */
gboolean wg_quick_is_key (const char *text);
/* The other way round: `find` knows the secrets, NULL for those that there are not; what is no key, which may hold whole lines, is left
 * out. Free with wg_quick_free_text(). */
char *wg_quick_put_secrets (const char *text, WgQuickFind find, gpointer data);
/* Overwrites it first. */
void wg_quick_free_text (char *text);
/* Of the peers, in order. Free with g_strfreev(). */
char **wg_quick_list_peers (const char *text);
/* The words behind "DNS": servers and domains. Free with g_strfreev(). */
char **wg_quick_list_dns (const char *text);

G_END_DECLS
