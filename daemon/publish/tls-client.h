/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <openssl/types.h>

/* TLS towards one name: TLS 1.2 or later, no ALPN; chain and name are always checked. An intermediate authority may be the anchor
 * (X509_V_FLAG_PARTIAL_CHAIN). Where nothing is trusted, no handshake succeeds. Sessions are resumed by all connections. Immutable but
 * for the sessions, which have a lock; any thread. */
typedef struct _BgTlsClient BgTlsClient;

typedef struct
{
  const char *name;         /* a host name, which is sent too (SNI), or an address */
  gboolean    system_store; /* trust what the system trusts */
  const char *directory;    /* and every PEM file in here; NULL or absent: none */
  const char *file;         /* and this one, which must be there; NULL: none */
  const char *certificate;  /* our own in PEM, its chain behind it; NULL: none */
  const char *key;          /* its key in PEM */
} BgTlsClientOptions;

enum { BG_TLS_SESSIONS_MAX = 128 };

BgTlsClient *bg_tls_client_new (const BgTlsClientOptions *options, GError **error);
BgTlsClient *bg_tls_client_ref (BgTlsClient *client);
void bg_tls_client_unref (BgTlsClient *client);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgTlsClient, bg_tls_client_unref)

/* A handshake that is to begin on `fd`, which stays the caller's; SSL_free(). NULL: no memory. */
SSL *bg_tls_client_begin (BgTlsClient *client, int fd);
/* What TLS of either end has in common: TLS 1.2 or later, no renegotiation, no compression; sockets that do not block. */
void bg_tls_set_manner (SSL_CTX *context);
/* What it shows of itself: a certificate in PEM with its chain behind it, and its key. */
gboolean bg_tls_set_identity (SSL_CTX *context, const char *certificate, const char *key, GError **error);
/* Why the handshake failed, of either end, for people. Free with g_free(). */
char *bg_tls_client_failure (SSL *ssl);
