/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The line to bamgate-system-dns, which writes what is root's (dns-request.h): a socket that systemd keeps, and that starts it. What was
 * asked for lasts as long as the line does. Main thread only. */

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _BgDnsLine BgDnsLine;

typedef struct
{
  /* To the last request: it is done (NULL), or what was wrong. */
  void (*answered) (gpointer owner, const GError *error);
  /* The other end is gone, and with it what was asked for. The next request dials again. */
  void (*lost) (gpointer owner);
} BgDnsLineEvents;

/* Dials with the first request. `path` of the socket. */
BgDnsLine *bg_dns_line_new (const char *path, const BgDnsLineEvents *events, gpointer owner);
/* Takes `request`, in place of one that was not sent yet. */
void bg_dns_line_ask (BgDnsLine *self, char *request);
/* Hangs up: what was asked for is taken back. No event comes any more. */
void bg_dns_line_free (BgDnsLine *self);

G_END_DECLS
