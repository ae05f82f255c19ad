/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "publish/endpoint.h"

#include "common/ip-prefix.h"

/* On what endpoints stand: addresses, sockets, doors and names, as the application has them. */

G_BEGIN_DECLS

enum { BG_ENDPOINT_HOSTS = 2 }; /* addresses of one endpoint, at most one of each family */

/* A name of endpoints that has addresses of its own. */
typedef struct
{
  const char *name;
  const BgIpPrefix *hosts;
  guint n_hosts;
} BgEndpointName;

/* Nothing here waits; errors are in words for people. */
typedef struct
{
  /* Makes `host` an address of this machine alone; fine where it is one already. And the other way round. */
  gboolean (*add_address) (gpointer ground, const BgIpPrefix *host, GError **error);
  void (*remove_address) (gpointer ground, const BgIpPrefix *host);
  /* The first address of an interface. */
  gboolean (*find_address) (gpointer ground, const char *link, BgIpPrefix *host, GError **error);
  /* A socket that listens; where `is_local`, to this machine alone, else beside others of ours at the same port (SO_REUSEPORT), so that an endpoint
   * can move from all addresses to one of them. -1, with errno in `*code`. */
  int (*listen) (gpointer ground, const BgIpPrefix *host, guint16 port, gboolean is_local, int *code);
  /* A door at `fd`, which is taken in any case, on the way to `endpoint`: its number; 0 where there is no way to it now. */
  guint64 (*open) (gpointer ground, int fd, const BgWantedEndpoint *endpoint, gboolean is_local, GError **error);
  /* A door's way is another. FALSE: there is none now, the door goes on with what it has. */
  gboolean (*lead) (gpointer ground, guint64 door, const BgWantedEndpoint *endpoint, gboolean is_local, GError **error);
  /* No new connections; those inside have so long. bg_endpoint_set_drained() is to be told of the end. */
  void (*close) (gpointer ground, guint64 door, gint64 drain_us);
  /* All names, in order; told where they are others than before. */
  void (*name) (gpointer ground, const BgEndpointName *names, guint n);
  /* The pools gave something out, or took it back. */
  void (*keep) (gpointer ground);
} BgEndpointGround;

G_END_DECLS
