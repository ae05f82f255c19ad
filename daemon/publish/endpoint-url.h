/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Where an endpoint is, as the account that has it writes it: scheme, name and port. Pure. */

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  BG_SCHEME_HTTP,
  BG_SCHEME_HTTPS,
  BG_SCHEME_TCP,
  BG_SCHEME_TLS,
  BG_SCHEMES,
} BgScheme;

typedef struct
{
  BgScheme scheme;
  char *host; /* lower case, no dot at the end, no brackets */
  guint16 port;
  gboolean is_literal; /* `host` is an IP address */
} BgEndpointUrl;

/* Longest text that is looked at, in bytes. */
#define BG_ENDPOINT_URL_MAX 2048

/* Reads "SCHEME://HOST:PORT" from `url`, else from `public_url`; where it has no scheme, `proto` is one, else https (each may be
 * NULL or ""). Names have labels of letters, digits and "-" (RFC 1123, 2.1). User, path, query and fragment are left out; http, https
 * and tls have their usual port, tcp needs one. BG_ERROR_INVALID_ARGUMENT with words for people where it is nothing of the kind, and
 * for what means this machine or no single machine (localhost, addresses of loopback, of a link, of groups). */
BgEndpointUrl *bg_endpoint_url_parse (const char *url, const char *public_url, const char *proto, GError **error);
void bg_endpoint_url_free (BgEndpointUrl *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgEndpointUrl, bg_endpoint_url_free)

/* "http" */
const char *bg_scheme_get_name (BgScheme scheme);
/* FALSE, and `*scheme` stays as it was, for what is no name of one, in whatever case. */
gboolean bg_scheme_parse (const char *name, BgScheme *scheme);
/* The port without which it is written; 0 for tcp. */
guint16 bg_scheme_get_port (BgScheme scheme);

G_END_DECLS
