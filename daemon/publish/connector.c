/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "publish/connector.h"

#include "publish/dialer.h"
#include "publish/side.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <unistd.h>

struct _BgConnector
{
  BgReactor *reactor;
  const BgTarget *target;
  BgDialer *dialer; /* until a socket is connected */
  guint index;      /* the address that is shaking hands */
  BgSide side;      /* while it does */
  BgDeadline limit;
  BgConnectedFunc func;
  gpointer data;
};

static void dial (BgConnector *connector, guint first);

void
bg_connector_cancel (BgConnector *connector)
{
  g_clear_pointer (&connector->dialer, bg_dialer_cancel);
  bg_side_close (&connector->side, connector->reactor, FALSE);
  bg_reactor_disarm (connector->reactor, &connector->limit);
  bg_reactor_bury (connector->reactor, connector, g_free);
}

static void
succeed (BgConnector *connector, int fd, SSL *ssl)
{
  const BgConnected connected = { .fd = fd, .ssl = ssl };

  bg_connector_cancel (connector);
  connector->func (connector->data, &connected);
}

static void
fail (BgConnector *connector, BgForwardError error, const char *reason)
{
  const BgConnected failed = { .fd = -1, .error = error, .reason = reason };

  bg_connector_cancel (connector);
  connector->func (connector->data, &failed);
}

static void
hand_failed (BgConnector *connector, char *reason_taken)
{
  g_autofree char *reason = reason_taken;

  bg_side_close (&connector->side, connector->reactor, FALSE);
  if (connector->index + 1 < connector->target->n)
    dial (connector, connector->index + 1);
  else
    fail (connector, BG_FORWARD_TLS, reason);
}

static void
shake_hands (BgConnector *connector)
{
  SSL *ssl = connector->side.ssl;
  int result, fd;

  ERR_clear_error ();
  result = SSL_do_handshake (ssl);
  if (result == 1)
    {
      fd = bg_side_steal (&connector->side, connector->reactor, &ssl);
      succeed (connector, fd, ssl);
      return;
    }
  result = SSL_get_error (ssl, result);
  if (result != SSL_ERROR_WANT_READ && result != SSL_ERROR_WANT_WRITE)
    hand_failed (connector, bg_tls_client_failure (ssl));
}

static void
on_side_ready (gpointer data, guint32 events)
{
  shake_hands (data);
}

static void
limit (BgConnector *connector, guint ms)
{
  gint64 now = bg_reactor_now (connector->reactor);

  bg_reactor_arm (connector->reactor, &connector->limit, now + (gint64) ms * 1000);
}

static void
begin_tls (BgConnector *connector, int fd)
{
  SSL *ssl = bg_tls_client_begin (connector->target->tls, fd);

  if (!ssl)
    {
      close (fd);
      fail (connector, BG_FORWARD_LOCAL, "no memory for TLS");
      return;
    }
  limit (connector, connector->target->handshake_ms);
  if (!bg_side_open (&connector->side, connector->reactor, fd, ssl, on_side_ready, connector))
    fail (connector, BG_FORWARD_LOCAL, g_strerror (errno));
}

static void
on_dialled (gpointer data, int fd, guint index, int error)
{
  BgConnector *connector = data;

  connector->dialer = NULL;
  connector->index = index;
  if (fd < 0)
    fail (connector, error == EMFILE || error == ENFILE ? BG_FORWARD_LOCAL : BG_FORWARD_DIAL,
          g_strerror (error));
  else if (connector->target->tls)
    begin_tls (connector, fd);
  else
    succeed (connector, fd, NULL);
}

static void
dial (BgConnector *connector, guint first)
{
  const BgTarget *target = connector->target;

  limit (connector, target->dial_ms);
  connector->dialer = bg_dialer_new (connector->reactor, target->addresses, target->n, first,
                                     on_dialled, connector);
}

static void
on_limit_due (gpointer data)
{
  BgConnector *connector = data;

  if (connector->dialer)
    fail (connector, BG_FORWARD_TIMEOUT, "no address answered in time");
  else if (connector->index + 1 < connector->target->n)
    hand_failed (connector, NULL);
  else
    fail (connector, BG_FORWARD_TIMEOUT, "the TLS handshake took too long");
}

BgConnector *
bg_connector_new (BgReactor *reactor, const BgTarget *target, BgConnectedFunc func, gpointer data)
{
  BgConnector *connector = g_new0 (BgConnector, 1);

  connector->reactor = reactor;
  connector->target = target;
  connector->func = func;
  connector->data = data;
  connector->limit = (BgDeadline){ .due = on_limit_due, .data = connector };
  bg_side_init (&connector->side);
  dial (connector, 0);
  return connector;
}
