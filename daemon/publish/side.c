/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "publish/side.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

void
bg_side_init (BgSide *side)
{
  *side = (BgSide){ .watch.fd = -1, .fd = -1 };
}

gboolean
bg_side_open (BgSide *side, BgReactor *reactor, int fd, SSL *ssl, BgReactorFunc ready,
              gpointer data)
{
  *side = (BgSide){
    .watch = { -1, ready, data }, .fd = fd, .ssl = ssl, .is_readable = TRUE, .is_writable = TRUE
  };
  if (bg_reactor_watch (reactor, &side->watch, fd, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET))
    return TRUE;
  bg_side_close (side, reactor, TRUE);
  return FALSE;
}

void
bg_side_note (BgSide *side, guint32 events)
{
  gboolean is_over = (events & (EPOLLERR | EPOLLHUP)) != 0;

  /* TLS reads in order to write, and the other way round. */
  if (side->ssl || is_over)
    side->is_readable = side->is_writable = TRUE;
  if (is_over || (events & EPOLLRDHUP))
    side->is_ending = TRUE;
  if (events & (EPOLLIN | EPOLLRDHUP))
    side->is_readable = TRUE;
  if (events & EPOLLOUT)
    side->is_writable = TRUE;
}

int
bg_side_steal (BgSide *side, BgReactor *reactor, SSL **ssl)
{
  int fd = side->fd;

  bg_reactor_unwatch (reactor, &side->watch);
  *ssl = side->ssl;
  bg_side_init (side);
  return fd;
}

/* What TLS says to a call that did not succeed. */
static int
tls_refusal (BgSide *side, int result)
{
  switch (SSL_get_error (side->ssl, result))
    {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
      return BG_SIDE_AGAIN;
    case SSL_ERROR_ZERO_RETURN:
      return 0;
    default:
      return BG_SIDE_BROKEN;
    }
}

int
bg_side_shake_hands (BgSide *side)
{
  int result;

  ERR_clear_error ();
  result = SSL_do_handshake (side->ssl);
  if (result == 1)
    return 0;
  return tls_refusal (side, result) == BG_SIDE_AGAIN ? BG_SIDE_AGAIN : BG_SIDE_BROKEN;
}

static gssize
read_tls (BgSide *side, guint8 *out, gsize max)
{
  int n;

  ERR_clear_error ();
  n = SSL_read (side->ssl, out, (int) MIN (max, G_MAXINT));
  return n > 0 ? n : tls_refusal (side, n);
}

static gssize
read_plain (BgSide *side, guint8 *out, gsize max)
{
  gssize n = TEMP_FAILURE_RETRY (recv (side->fd, out, max, 0));

  return n < 0 && errno == EAGAIN ? BG_SIDE_AGAIN : n < 0 ? BG_SIDE_BROKEN : n;
}

gssize
bg_side_read (BgSide *side, guint8 *out, gsize max)
{
  gssize n = side->ssl ? read_tls (side, out, max) : read_plain (side, out, max);

  /* A socket that gave less than asked for is empty (epoll(7)); whether its end is behind that is known, or the next edge. */
  side->is_readable = n != BG_SIDE_AGAIN
                      && (side->ssl || side->is_ending || n <= 0 || (gsize) n == max);
  return n;
}

static gssize
write_tls (BgSide *side, const guint8 *bytes, gsize len)
{
  int n, refusal;

  ERR_clear_error ();
  n = SSL_write (side->ssl, bytes, (int) MIN (len, G_MAXINT));
  if (n > 0)
    return n;
  refusal = tls_refusal (side, n);
  return refusal == 0 ? BG_SIDE_BROKEN : refusal;
}

static gssize
write_plain (BgSide *side, const guint8 *bytes, gsize len)
{
  gssize n = TEMP_FAILURE_RETRY (send (side->fd, bytes, len, MSG_NOSIGNAL));

  return n < 0 && errno == EAGAIN ? BG_SIDE_AGAIN : n < 0 ? BG_SIDE_BROKEN : n;
}

gssize
bg_side_write (BgSide *side, const guint8 *bytes, gsize len)
{
  gssize n = side->ssl ? write_tls (side, bytes, len) : write_plain (side, bytes, len);

  side->is_writable = n != BG_SIDE_AGAIN;
  return n;
}

static int
end_tls (BgSide *side)
{
  int result;

  ERR_clear_error ();
  result = SSL_shutdown (side->ssl);
  if (result >= 0)
    return 0;
  return tls_refusal (side, result);
}

int
bg_side_end (BgSide *side)
{
  int result;

  if (!side->ssl)
    return shutdown (side->fd, SHUT_WR) == 0 ? 0 : BG_SIDE_BROKEN;
  result = end_tls (side);
  side->is_writable = result != BG_SIDE_AGAIN;
  return result;
}

void
bg_socket_abort (int fd)
{
  const struct linger none = { .l_onoff = 1, .l_linger = 0 };

  setsockopt (fd, SOL_SOCKET, SO_LINGER, &none, sizeof none);
  close (fd);
}

void
bg_side_close (BgSide *side, BgReactor *reactor, gboolean reset)
{
  if (side->fd < 0)
    return;
  bg_reactor_unwatch (reactor, &side->watch);
  g_clear_pointer (&side->ssl, SSL_free);
  if (reset)
    bg_socket_abort (side->fd);
  else
    close (side->fd);
  bg_side_init (side);
}
