/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* DNS messages on a TCP connection, each behind its length (RFC 1035, 4.2.2; RFC 7766), over a socket that does not block. Both
 * directions are bounded. Main thread only. */

#include <glib.h>

G_BEGIN_DECLS

/* Bytes that wait for the other side; more, and the stream ends. */
#define BG_DNS_STREAM_MAX_UNSENT (256 * 1024)

typedef struct
{
  /* A whole message. The stream may be freed in the call. */
  void (*message) (gpointer owner, const guint8 *data, gsize len);
  /* The other side ended it, or does not read; the owner frees the stream. */
  void (*ended) (gpointer owner);
} BgDnsStreamEvents;

typedef struct _BgDnsStream BgDnsStream;

/* Takes `fd`, which may be about to connect. A message of more than `max` bytes ends the stream. */
BgDnsStream *bg_dns_stream_new (int fd, gsize max, const BgDnsStreamEvents *events, gpointer owner);
void bg_dns_stream_free (BgDnsStream *self);
/* Sends it, or keeps it until it can be sent. No event comes during the call: what fails is said in the next turn. */
void bg_dns_stream_send (BgDnsStream *self, GBytes *message);
/* Reads nothing more until it is said otherwise. */
void bg_dns_stream_set_paused (BgDnsStream *self, gboolean paused);

G_END_DECLS
