/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <libsoup/soup.h>

G_BEGIN_DECLS

/* The proxy between this machine and the hub, for every connection to it. One for the process. */

#define BG_PROXY_SYSTEM "system" /* as the system says: its settings, or https_proxy in the environment */
#define BG_PROXY_NONE "none"

/* One of these words, or "SCHEME://HOST:PORT" (http, https, socks4, socks4a, socks5)? A user and a password are refused: settings
 * are for everybody to read. */
gboolean bg_proxy_is_valid (const char *proxy);
/* From the next connection on; `proxy` is valid. Any thread. */
void bg_proxy_set (const char *proxy);
/* Follows what bg_proxy_set() says, but goes straight to this machine's own addresses of loopback. (transfer full). Any thread. */
GProxyResolver *bg_proxy_resolver_new (void);
/* Answers a proxy that asks who we are, for the signal "authenticate" of a message, with what its URL has; FALSE where there is
 * nothing to say, or it was said already (`retrying`). Any thread. */
gboolean bg_proxy_log_in (SoupAuth *auth, gboolean retrying);

G_END_DECLS
