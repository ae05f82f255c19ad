/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dataplane/data-thread.h"

#include "transport/own-address.h"
#include "transport/transport-udp.h"

#include <string.h>
#include <sys/socket.h>

/* A router that rewrites the source of one packet must not turn our own outer packets into the tunnel: there each would be
 * wrapped again, and again. */

static bool
is_in (const BgAllowedIp *network, const uint8_t *address)
{
  uint8_t whole = network->prefix / 8, rest = network->prefix % 8;

  return memcmp (network->addr, address, whole) == 0
         && (rest == 0 || (network->addr[whole] ^ address[whole]) >> (8 - rest) == 0);
}

static bool
is_in_tunnel (const BgDataThread *self, int family, const void *address)
{
  for (uint32_t i = 0; i < self->n_addresses; i++)
    if (self->addresses[i].family == family && is_in (&self->addresses[i], address))
      return true;
  return wg_allowed_ips_hold (self->dev, family, address);
}

static in_port_t
port_of (const BgEndpoint *endpoint)
{
  return endpoint->addr.sa.sa_family == AF_INET ? endpoint->addr.in4.sin_port
                                                : endpoint->addr.in6.sin6_port;
}

/* The port that the peer's packets leave by. */
static in_port_t
own_port (const BgDataThread *self, const BgDataPeer *peer)
{
  const BgTransport *transport = peer->path.links[BG_TRANSPORT_DIRECT].transport;
  BgEndpoint own = { 0 };
  socklen_t len = sizeof own.addr;

  if (!peer->path_id)
    return self->udp ? htons (bg_transport_udp_port (self->udp)) : 0;
  if (!transport || getsockname (transport->fd, &own.addr.sa, &len) < 0)
    return 0;
  return port_of (&own);
}

bool
bg_roaming_may_move (void *data, WgPeer *wg, const BgEndpoint *to)
{
  BgDataThread *self = data;
  BgDataPeer *peer = wg_peer_data (wg);
  int family = to->addr.sa.sa_family;
  const void *address = family == AF_INET ? (const void *) &to->addr.in4.sin_addr
                                          : (const void *) &to->addr.in6.sin6_addr;

  if (!is_in_tunnel (self, family, address)
      && (port_of (to) != own_port (self, peer)
          || bg_own_address_check (&to->addr.sa) != BG_OWN_ADDRESS_YES))
    return true;
  bg_data_thread_count_drop (self, peer, BG_DROP_ENDPOINT_INSIDE, 1);
  return false;
}
