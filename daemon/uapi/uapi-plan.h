/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* From a set request and the peers as they are to what is asked of the data plane: all of it, or an error number and
 * nothing. Pure. */

#include "uapi/uapi-text.h"

G_BEGIN_DECLS

/* Ourselves. */
typedef struct
{
  WgKey private_key, public_key;
  guint16 listen_port; /* 0: no plain UDP transport, and so no new static peers */
} BgUapiDevice;

typedef struct
{
  gboolean remove;
  BgPeerConfig config; /* only the key where `remove`; allowed_ips point into `allowed_ips` */
  GArray *allowed_ips; /* BgAllowedIp */
} BgUapiChange;

/* BgUapiChange, removals first; wiped when freed. NULL with `*code`: EPERM for another private key and for mesh peers,
 * which signalling looks after (also where one of their addresses would be taken away); EOPNOTSUPP for another port, a
 * firewall mark, and a new peer without a plain UDP transport. replace_peers replaces the static ones; mesh peers stay. Our
 * own key as a peer is ignored, as in every WireGuard. */
GPtrArray *bg_uapi_plan (const BgUapiRequest *request, const BgUapiDevice *device,
                         const BgPeerStats *peers, guint n_peers, int *code);

G_END_DECLS
