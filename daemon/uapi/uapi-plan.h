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
  BgPeerConfig config; /* only the key where `remove`; an endpoint only where it moves; allowed_ips point into `allowed_ips` */
  GArray *allowed_ips; /* BgAllowedIp */
} BgUapiChange;

/* BgUapiChange, removals first and nothing that changes nothing; wiped when freed. NULL with `*code`: EPERM for another
 * private key and for a change of a mesh peer, which signalling looks after (also where one of their addresses would be
 * taken away); EOPNOTSUPP for another port, a firewall mark, and a new peer without a plain UDP transport. A whole file
 * that says nothing of key and port leaves them. replace_peers removes the static ones, and those that are named begin
 * anew, as in the kernel; mesh peers stay, and a removal of one is passed over in a request that sets peers too (“wg
 * syncconf”). Our own key as a peer is ignored, as in every WireGuard. Time grows with peers and addresses, not with their
 * square. */
GPtrArray *bg_uapi_plan (const BgUapiRequest *request, const BgUapiDevice *device,
                         const BgPeerStats *peers, guint n_peers, int *code);

G_END_DECLS
