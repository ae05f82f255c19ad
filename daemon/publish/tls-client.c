/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "publish/tls-client.h"

#include "publish/counted.h"

#include <gio/gio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <string.h>

struct _BgTlsClient
{
  guint refs;
  SSL_CTX *context;
  char *name;
  gboolean is_address;
  pthread_mutex_t lock;
  GQueue sessions; /* SSL_SESSION, the newest last; under the lock */
};

static gboolean
fail (GError **error, const char *what)
{
  unsigned long code = ERR_peek_last_error ();
  const char *reason = ERR_reason_error_string (code);

  g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "%s: %s", what,
               reason ? reason : "not usable");
  ERR_clear_error ();
  return FALSE;
}

/* TLS 1.3's tickets are for one use (RFC 8446 C.4), so each goes in by itself. */
static int
on_session_new (SSL *ssl, SSL_SESSION *session)
{
  BgTlsClient *client = SSL_CTX_get_app_data (SSL_get_SSL_CTX (ssl));
  SSL_SESSION *oldest = NULL;

  pthread_mutex_lock (&client->lock);
  g_queue_push_tail (&client->sessions, session);
  if (client->sessions.length > BG_TLS_SESSIONS_MAX)
    oldest = g_queue_pop_head (&client->sessions);
  pthread_mutex_unlock (&client->lock);
  SSL_SESSION_free (oldest);
  return 1;
}

static SSL_SESSION *
take_session (BgTlsClient *client)
{
  SSL_SESSION *session;

  pthread_mutex_lock (&client->lock);
  session = g_queue_pop_tail (&client->sessions);
  if (session && SSL_SESSION_get_protocol_version (session) < TLS1_3_VERSION
      && SSL_SESSION_up_ref (session))
    g_queue_push_tail (&client->sessions, session);
  pthread_mutex_unlock (&client->lock);
  return session;
}

static gboolean
trust_pem (X509_STORE *store, const char *path)
{
  BIO *bio = BIO_new_file (path, "r");
  X509 *certificate;
  guint n = 0;

  while (bio && (certificate = PEM_read_bio_X509_AUX (bio, NULL, NULL, NULL)))
    {
      n += X509_STORE_add_cert (store, certificate) == 1;
      X509_free (certificate);
    }
  BIO_free (bio);
  ERR_clear_error ();
  return n > 0;
}

/* What is no PEM, as a README, says nothing. */
static void
trust_directory (X509_STORE *store, const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir && (name = g_dir_read_name (dir)))
    {
      g_autofree char *file = g_build_filename (path, name, NULL);

      trust_pem (store, file);
    }
}

static gboolean
set_trust (SSL_CTX *context, const BgTlsClientOptions *options, GError **error)
{
  X509_STORE *store = SSL_CTX_get_cert_store (context);

  if (options->system_store && SSL_CTX_set_default_verify_paths (context) != 1)
    return fail (error, "system's certificates");
  if (options->directory)
    trust_directory (store, options->directory);
  if (options->file && !trust_pem (store, options->file))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "no certificate in %s",
                   options->file);
      return FALSE;
    }
  X509_STORE_set_flags (store, X509_V_FLAG_PARTIAL_CHAIN);
  SSL_CTX_set_verify (context, SSL_VERIFY_PEER, NULL);
  return TRUE;
}

static gboolean
use_certificates (SSL_CTX *context, BIO *bio, GError **error)
{
  X509 *certificate = PEM_read_bio_X509 (bio, NULL, NULL, NULL);
  gboolean is_used = certificate && SSL_CTX_use_certificate (context, certificate) == 1;

  X509_free (certificate);
  if (!is_used)
    return fail (error, "certificate");
  while ((certificate = PEM_read_bio_X509 (bio, NULL, NULL, NULL)))
    if (SSL_CTX_add0_chain_cert (context, certificate) != 1)
      {
        X509_free (certificate);
        return fail (error, "certificate's chain");
      }
  ERR_clear_error ();
  return TRUE;
}

static gboolean
use_key (SSL_CTX *context, BIO *bio, GError **error)
{
  EVP_PKEY *key = PEM_read_bio_PrivateKey (bio, NULL, NULL, (gpointer) "");
  gboolean is_used = key && SSL_CTX_use_PrivateKey (context, key) == 1
                     && SSL_CTX_check_private_key (context) == 1;

  EVP_PKEY_free (key);
  return is_used || fail (error, "key of the certificate");
}

gboolean
bg_tls_set_identity (SSL_CTX *context, const char *certificate, const char *key, GError **error)
{
  BIO *bio = BIO_new_mem_buf (certificate, -1);
  gboolean is_set;

  is_set = use_certificates (context, bio, error);
  BIO_free (bio);
  if (!is_set)
    return FALSE;
  bio = BIO_new_mem_buf (key ? key : "", -1);
  is_set = use_key (context, bio, error);
  BIO_free (bio);
  return is_set;
}

void
bg_tls_set_manner (SSL_CTX *context)
{
  SSL_CTX_set_min_proto_version (context, TLS1_2_VERSION);
  SSL_CTX_set_mode (context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER
                               | SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_options (context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
}

static void
set_manner (BgTlsClient *client)
{
  SSL_CTX *context = client->context;

  bg_tls_set_manner (context);
  SSL_CTX_set_app_data (context, client);
  SSL_CTX_set_session_cache_mode (context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb (context, on_session_new);
}

BgTlsClient *
bg_tls_client_new (const BgTlsClientOptions *options, GError **error)
{
  g_autoptr (BgTlsClient) client = g_new0 (BgTlsClient, 1);

  bg_counted_begin (&client->refs);
  pthread_mutex_init (&client->lock, NULL);
  g_queue_init (&client->sessions);
  client->name = g_strdup (options->name);
  client->is_address = g_hostname_is_ip_address (options->name);
  client->context = SSL_CTX_new (TLS_client_method ());
  if (!client->context)
    {
      fail (error, "TLS");
      return NULL;
    }
  set_manner (client);
  if (!set_trust (client->context, options, error)
      || (options->certificate
          && !bg_tls_set_identity (client->context, options->certificate, options->key, error)))
    return NULL;
  return g_steal_pointer (&client);
}

BgTlsClient *
bg_tls_client_ref (BgTlsClient *client)
{
  bg_counted_ref (&client->refs);
  return client;
}

void
bg_tls_client_unref (BgTlsClient *client)
{
  if (!bg_counted_unref (&client->refs))
    return;
  SSL_CTX_free (client->context);
  g_queue_clear_full (&client->sessions, (GDestroyNotify) SSL_SESSION_free);
  pthread_mutex_destroy (&client->lock);
  g_free (client->name);
  g_free (client);
}

static gboolean
expect_name (BgTlsClient *client, SSL *ssl)
{
  X509_VERIFY_PARAM *param = SSL_get0_param (ssl);

  if (client->is_address)
    return X509_VERIFY_PARAM_set1_ip_asc (param, client->name) == 1;
  X509_VERIFY_PARAM_set_hostflags (param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  return X509_VERIFY_PARAM_set1_host (param, client->name, 0) == 1
         && SSL_set_tlsext_host_name (ssl, client->name) == 1;
}

SSL *
bg_tls_client_begin (BgTlsClient *client, int fd)
{
  SSL *ssl = SSL_new (client->context);
  SSL_SESSION *session;

  if (!ssl || !expect_name (client, ssl) || SSL_set_fd (ssl, fd) != 1)
    {
      SSL_free (ssl);
      return NULL;
    }
  session = take_session (client);
  if (session)
    SSL_set_session (ssl, session);
  SSL_SESSION_free (session);
  SSL_set_connect_state (ssl);
  return ssl;
}

char *
bg_tls_client_failure (SSL *ssl)
{
  long verdict = SSL_get_verify_result (ssl);
  const char *reason = ERR_reason_error_string (ERR_peek_last_error ());

  ERR_clear_error ();
  if (verdict != X509_V_OK)
    return g_strdup_printf ("certificate: %s", X509_verify_cert_error_string (verdict));
  return g_strdup_printf ("TLS handshake: %s", reason ? reason : "the connection ended");
}
