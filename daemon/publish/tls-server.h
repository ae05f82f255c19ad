/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <openssl/types.h>

/* TLS of who comes in at a door: TLS 1.2 or later, one certificate whatever name is asked for, no certificate of the client's. Of protocols
 * (ALPN, RFC 7301) it agrees to http/1.1 alone. Immutable and counted, so that connections keep the one that they began with; any thread. */
typedef struct _BgTlsServer BgTlsServer;

/* PEM: the certificate, its chain behind it, and its key. */
BgTlsServer *bg_tls_server_new (const char *certificate, const char *key, GError **error);
BgTlsServer *bg_tls_server_ref (BgTlsServer *server);
void bg_tls_server_unref (BgTlsServer *server);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgTlsServer, bg_tls_server_unref)

/* A handshake that is to begin on `fd`, which stays the caller's; SSL_free(). NULL: no memory. */
SSL *bg_tls_server_begin (BgTlsServer *server, int fd);
