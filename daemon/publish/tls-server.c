/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "publish/tls-server.h"

#include "publish/counted.h"
#include "publish/tls-client.h"

#include <gio/gio.h>
#include <openssl/ssl.h>
#include <string.h>

struct _BgTlsServer
{
  guint refs;
  SSL_CTX *context;
};

/* Whoever speaks HTTP/2 as well speaks HTTP/1.1 then; what else there is, goes on as if nothing had been asked. */
static int
on_alpn (SSL *ssl, const guint8 **out, guint8 *out_len, const guint8 *in, guint in_len, void *data)
{
  static const char http[] = "http/1.1";

  for (guint at = 0; at < in_len && in[at] < in_len - at; at += 1u + in[at])
    if (in[at] == sizeof http - 1 && memcmp (in + at + 1, http, sizeof http - 1) == 0)
      {
        *out = in + at + 1;
        *out_len = in[at];
        return SSL_TLSEXT_ERR_OK;
      }
  return SSL_TLSEXT_ERR_NOACK;
}

BgTlsServer *
bg_tls_server_new (const char *certificate, const char *key, GError **error)
{
  g_autoptr (BgTlsServer) server = g_new0 (BgTlsServer, 1);

  bg_counted_begin (&server->refs);
  server->context = SSL_CTX_new (TLS_server_method ());
  if (!server->context)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, "TLS");
      return NULL;
    }
  bg_tls_set_manner (server->context);
  SSL_CTX_set_session_cache_mode (server->context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_alpn_select_cb (server->context, on_alpn, NULL);
  if (!bg_tls_set_identity (server->context, certificate, key, error))
    return NULL;
  return g_steal_pointer (&server);
}

BgTlsServer *
bg_tls_server_ref (BgTlsServer *server)
{
  bg_counted_ref (&server->refs);
  return server;
}

void
bg_tls_server_unref (BgTlsServer *server)
{
  if (!bg_counted_unref (&server->refs))
    return;
  SSL_CTX_free (server->context);
  g_free (server);
}

SSL *
bg_tls_server_begin (BgTlsServer *server, int fd)
{
  SSL *ssl = SSL_new (server->context);

  if (!ssl || SSL_set_fd (ssl, fd) != 1)
    {
      SSL_free (ssl);
      return NULL;
    }
  SSL_set_accept_state (ssl);
  return ssl;
}
