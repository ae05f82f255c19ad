/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* The Host of the requests on one connection (RFC 9112), bytes in and bytes out: what is no Host is given on as it came. Whatever
 * cannot be followed (no HTTP/1, a head above BG_HTTP_HEAD_MAX, framing that two readers may read differently) is raw from there
 * on, and nothing of it is lost. */

typedef enum
{
  BG_REWRITE_AUTO,          /* where it names another host */
  BG_REWRITE_ALWAYS,
  BG_REWRITE_NEVER,
} BgRewrite;

typedef struct
{
  BgRewrite when;
  char     *name;           /* the endpoint's host name */
  char     *value;          /* what Host becomes: the name, with a port where it is not the scheme's own */
  gboolean  forwarded;      /* add X-Forwarded-Host with the old value */
} BgHttpHostRule;

typedef struct
{
  const guint8 *bytes;
  gsize         len;
} BgSpan;

enum { BG_HTTP_HEAD_MAX = 64 * 1024 };

typedef struct _BgHttpHost BgHttpHost;

/* `rule` must outlive it. */
BgHttpHost *bg_http_host_new (const BgHttpHostRule *rule);
void bg_http_host_free (BgHttpHost *host);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgHttpHost, bg_http_host_free)

/* Says in every head who calls (http-caller.h), with these lines; what cannot be followed is not passed on any more. Before anything else. */
void bg_http_host_tell_caller (BgHttpHost *host, const char *lines);
/* Nothing more is taken for that reason. */
gboolean bg_http_host_refuses (const BgHttpHost *host);
/* Takes some of what the client sent; gives how much, and in `out` what is to be sent on (in `bytes`, or the scanner's until the
 * next call). Taking nothing and giving nothing: wait for the answer to an Upgrade, and ask again. */
gsize bg_http_host_next (BgHttpHost *host, const guint8 *bytes, gsize len, BgSpan *out);
/* What the server sent, in order; it decides what an Upgrade came to. */
void bg_http_host_answer (BgHttpHost *host, const guint8 *bytes, gsize len);
/* The client is done: the start of a head that never ended. */
BgSpan bg_http_host_end (BgHttpHost *host);
/* Bytes that were taken and not given yet. */
gsize bg_http_host_held (const BgHttpHost *host);
