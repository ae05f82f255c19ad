/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "publish/forward-error.h"
#include "publish/reactor.h"
#include "publish/socket-address.h"
#include "publish/tls-client.h"

/* A connection to somewhere, up to the end of its TLS handshake; an address where that fails is followed by the next. */

typedef struct
{
  BgSocketAddress *addresses;
  guint            n;
  BgTlsClient     *tls;     /* NULL: none */
  guint            dial_ms, handshake_ms; /* at most */
} BgTarget;

typedef struct
{
  int            fd;        /* taken by who is told; -1: failed */
  SSL           *ssl;       /* taken too */
  BgForwardError error;
  const char    *reason;    /* why, until the call returns */
} BgConnected;

typedef struct _BgConnector BgConnector;
/* The connector is gone then. */
typedef void (*BgConnectedFunc) (gpointer data, const BgConnected *connected);

/* Calls `func` once, later, unless it is cancelled. `target` must outlive it. */
BgConnector *bg_connector_new (BgReactor *reactor, const BgTarget *target, BgConnectedFunc func, gpointer data);
void bg_connector_cancel (BgConnector *connector);
