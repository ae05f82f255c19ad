/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* An endpoint that a source wants this machine to have: a name and a port here, and what it is to be connected with. A value that
 * never changes, counted. Main thread only. */

#include "common/words.h"
#include "publish/endpoint-url.h"

G_BEGIN_DECLS

typedef struct
{
  char *source;        /* name of the source that wants it */
  char *url;           /* as people read it: "tcp://db.prod:5432", or what was not understood, without control characters */
  BgScheme scheme;
  char *host;          /* as in BgEndpointUrl; NULL where `refused` says why there is none */
  guint16 port;        /* 0 then */
  gboolean is_literal; /* `host` is an IP address: nobody needs a name for it */
  char **ids;          /* of the account, sorted, each once: several share an address where the account pools them */
  BgWords *refused;    /* why it cannot be had; NULL where it can */

  /*< private >*/
  gatomicrefcount refs;
} BgWantedEndpoint;

/* What stands at `url`, `public_url` and `proto` (bg_endpoint_url_parse()); never NULL: what cannot be read is one that is refused. */
BgWantedEndpoint *bg_endpoint_new (const char *source, const char *id, const char *url, const char *public_url, const char *proto);
/* The same, but it cannot be had, for this reason (taken). */
BgWantedEndpoint *bg_endpoint_new_refused (const BgWantedEndpoint *like, BgWords *why);
BgWantedEndpoint *bg_endpoint_ref (BgWantedEndpoint *self);
void bg_endpoint_unref (BgWantedEndpoint *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgWantedEndpoint, bg_endpoint_unref)

/* An empty list of BgWantedEndpoint. */
GPtrArray *bg_endpoint_list_new (void);
/* Sorts by name, port and text, and makes one endpoint of those that share name and port, with the ids of all. Where they do not
 * agree on the scheme, it is one whose bytes are passed on as they are. */
void bg_endpoint_list_merge (GPtrArray *list);
/* Both merged: the same endpoints, with the same ids? */
gboolean bg_endpoint_list_equal (const GPtrArray *a, const GPtrArray *b);
/* Order of name and port, those that are refused last. */
int bg_endpoint_compare (const BgWantedEndpoint *a, const BgWantedEndpoint *b);

G_END_DECLS
