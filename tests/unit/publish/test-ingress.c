/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "test-ingress.h"

#include "forward-world.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

struct _TestIngress
{
  SSL_CTX *context;
  int listener;
  guint16 port;
  GThread *acceptor;
  pthread_mutex_t lock; /* what is below; one that ThreadSanitizer sees */
  pthread_cond_t changed;
  TestIngressSeen seen;
  GPtrArray *threads;
  GHashTable *idle; /* descriptors of those who have not asked */
  gboolean ends_idle;
};

typedef struct
{
  TestIngress *ingress;
  SSL *ssl;
  int fd;
} Connection;

typedef struct
{
  const char *host;
  void (*serve) (Connection *);
} Manner;

static const guint8 ok[] = "\x0b\0\x0a\x04"
                           "ep_1\x12\x03"
                           "tcp";
static const guint8 refusal[] = "\x1e\0\x1a\x0a"
                                "ERR_TEST_1\x22\x10"
                                "no such endpoint";

static void
say (Connection *c, const void *bytes, gsize len)
{
  g_assert_cmpint (SSL_write (c->ssl, bytes, (int) len), ==, (int) len);
}

static void
echo_rest (Connection *c)
{
  char some[16384];
  int n;

  while ((n = SSL_read (c->ssl, some, sizeof some)) > 0)
    if (SSL_write (c->ssl, some, n) != n)
      return;
  if (SSL_get_error (c->ssl, n) == SSL_ERROR_ZERO_RETURN)
    SSL_write (c->ssl, "end", 3);
  SSL_shutdown (c->ssl);
}

static void
serve_echo (Connection *c)
{
  say (c, ok, sizeof ok - 1);
  echo_rest (c);
}

static void
serve_early (Connection *c)
{
  g_autoptr (GByteArray) both = g_byte_array_new ();

  g_byte_array_append (both, ok, sizeof ok - 1);
  g_byte_array_append (both, (const guint8 *) "hello", 5);
  say (c, both->data, both->len);
  echo_rest (c);
}

static void
serve_split (Connection *c)
{
  for (guint i = 0; i < sizeof ok - 1; i++)
    say (c, ok + i, 1);
  echo_rest (c);
}

static void
serve_refuse (Connection *c)
{
  say (c, refusal, sizeof refusal - 1);
  SSL_shutdown (c->ssl);
}

static void
serve_garbage (Connection *c)
{
  say (c,
       "\x03\0\x0a\x04"
       "e",
       5);
  SSL_shutdown (c->ssl);
}

static void
serve_hang_up (Connection *c)
{
  SSL_shutdown (c->ssl);
}

static void
serve_silent (Connection *c)
{
  char byte;

  SSL_read (c->ssl, &byte, 1);
}

static void
serve_cut (Connection *c)
{
  say (c, ok, sizeof ok - 1);
  say (c, "half", 4);
}

static const Manner manners[] = {
  { "echo", serve_echo },     { "early", serve_early },     { "split", serve_split },
  { "refuse", serve_refuse }, { "garbage", serve_garbage }, { "hang-up", serve_hang_up },
  { "silent", serve_silent }, { "cut", serve_cut },
};

static gboolean
read_whole (Connection *c, guint8 *out, gsize len)
{
  for (gsize at = 0; at < len;)
    {
      int n = SSL_read (c->ssl, out + at, (int) (len - at));

      if (n <= 0)
        return FALSE;
      at += (gsize) n;
    }
  return TRUE;
}

/* The host of a request, whose port may be anything. */
static char *
read_host (Connection *c)
{
  guint8 head[2], message[1024];
  gsize len;

  if (!read_whole (c, head, sizeof head))
    return NULL;
  len = head[0] + 256u * head[1];
  g_assert_cmpuint (len, <, sizeof message);
  if (!read_whole (c, message, len))
    return NULL;
  g_assert_cmpuint (message[0], ==, 0x0a);
  return g_strndup ((const char *) message + 2, message[1]);
}

static void
note_handshake (Connection *c)
{
  TestIngress *self = c->ingress;
  const guchar *protocols;
  guint len;

  SSL_get0_alpn_selected (c->ssl, &protocols, &len);
  pthread_mutex_lock (&self->lock);
  self->seen.connections++;
  self->seen.resumed += SSL_session_reused (c->ssl) ? 1 : 0;
  self->seen.with_alpn += len > 0;
  g_free (self->seen.sni);
  self->seen.sni = g_strdup (SSL_get_servername (c->ssl, TLSEXT_NAMETYPE_host_name));
  g_hash_table_add (self->idle, GINT_TO_POINTER (c->fd));
  if (self->ends_idle)
    shutdown (c->fd, SHUT_RDWR);
  pthread_cond_broadcast (&self->changed);
  pthread_mutex_unlock (&self->lock);
}

static void
note_asked (Connection *c, gboolean has_asked)
{
  pthread_mutex_lock (&c->ingress->lock);
  c->ingress->seen.asked += has_asked ? 1 : 0;
  g_hash_table_remove (c->ingress->idle, GINT_TO_POINTER (c->fd));
  pthread_mutex_unlock (&c->ingress->lock);
}

static void
converse (Connection *c)
{
  g_autofree char *host = NULL;

  if (SSL_accept (c->ssl) != 1)
    return;
  note_handshake (c);
  host = read_host (c);
  note_asked (c, host != NULL);
  for (guint i = 0; host && i < G_N_ELEMENTS (manners); i++)
    if (g_str_equal (host, manners[i].host))
      manners[i].serve (c);
}

static gpointer
run_connection (gpointer data)
{
  Connection *c = data;

  converse (c);
  SSL_free (c->ssl);
  close (c->fd);
  g_free (c);
  return NULL;
}

static gpointer
run_acceptor (gpointer data)
{
  TestIngress *self = data;
  const int yes = 1;
  sigset_t broken_pipe;
  int fd;

  sigemptyset (&broken_pipe);
  sigaddset (&broken_pipe, SIGPIPE);
  pthread_sigmask (SIG_BLOCK, &broken_pipe, NULL);
  while ((fd = accept (self->listener, NULL, NULL)) >= 0)
    {
      Connection *c = g_new0 (Connection, 1);

      setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
      *c = (Connection){ self, SSL_new (self->context), fd };
      SSL_set_fd (c->ssl, fd);
      g_ptr_array_add (self->threads, g_thread_new ("connection", run_connection, c));
    }
  return NULL;
}

static SSL_CTX *
context_new (const TestIdentity *leaf, const TestIdentity *chain, const TestIdentity *clients)
{
  SSL_CTX *context = SSL_CTX_new (TLS_server_method ());

  g_assert_cmpint (SSL_CTX_use_certificate (context, leaf->certificate), ==, 1);
  g_assert_cmpint (SSL_CTX_use_PrivateKey (context, leaf->key), ==, 1);
  SSL_CTX_set_session_id_context (context, (const guchar *) "test", 4);
  if (chain)
    SSL_CTX_add1_chain_cert (context, chain->certificate);
  if (clients)
    {
      X509_STORE_add_cert (SSL_CTX_get_cert_store (context), clients->certificate);
      SSL_CTX_set_verify (context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    }
  return context;
}

TestIngress *
test_ingress_new (const TestIdentity *leaf, const TestIdentity *chain, const TestIdentity *clients)
{
  TestIngress *self = g_new0 (TestIngress, 1);

  pthread_mutex_init (&self->lock, NULL);
  pthread_cond_init (&self->changed, NULL);
  self->context = context_new (leaf, chain, clients);
  self->listener = world_listen (&self->port);
  self->threads = g_ptr_array_new ();
  self->idle = g_hash_table_new (NULL, NULL);
  world_wait_for_ever (self->listener);
  self->acceptor = g_thread_new ("ingress", run_acceptor, self);
  return self;
}

/* Everybody who was connected must have let go. */
void
test_ingress_free (TestIngress *self)
{
  shutdown (self->listener, SHUT_RDWR);
  g_thread_join (self->acceptor);
  test_ingress_end_idle (self, TRUE);
  for (guint i = 0; i < self->threads->len; i++)
    g_thread_join (g_ptr_array_index (self->threads, i));
  g_ptr_array_unref (self->threads);
  g_hash_table_unref (self->idle);
  close (self->listener);
  SSL_CTX_free (self->context);
  g_free (self->seen.sni);
  pthread_mutex_destroy (&self->lock);
  pthread_cond_destroy (&self->changed);
  g_free (self);
}

guint16
test_ingress_port (const TestIngress *self)
{
  return self->port;
}

TestIngressSeen
test_ingress_seen (TestIngress *self)
{
  TestIngressSeen seen;

  pthread_mutex_lock (&self->lock);
  seen = self->seen;
  seen.sni = g_strdup (seen.sni);
  pthread_mutex_unlock (&self->lock);
  return seen;
}

void
test_ingress_wait (TestIngress *self, guint n)
{
  struct timespec until;

  clock_gettime (CLOCK_REALTIME, &until);
  until.tv_sec += WORLD_PATIENCE_S;

  pthread_mutex_lock (&self->lock);
  while (self->seen.connections < n)
    g_assert_cmpint (pthread_cond_timedwait (&self->changed, &self->lock, &until), ==, 0);
  pthread_mutex_unlock (&self->lock);
}

void
test_ingress_end_idle (TestIngress *self, gboolean at_once)
{
  GHashTableIter iter;
  gpointer fd;

  pthread_mutex_lock (&self->lock);
  self->ends_idle = at_once;
  g_hash_table_iter_init (&iter, self->idle);
  while (g_hash_table_iter_next (&iter, &fd, NULL))
    shutdown (GPOINTER_TO_INT (fd), SHUT_RDWR);
  pthread_mutex_unlock (&self->lock);
}
