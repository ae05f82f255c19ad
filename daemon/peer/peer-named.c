/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a peer's name may lead to, whether it is here or not. */
#include "peer/peer-private.h"

#include <sys/socket.h>

static void
add (BgPeerNamed *named, const BgIpPrefix *address)
{
  if (named->n_addresses < BG_PEER_MAX_NAMED && address->family != 0)
    named->addresses[named->n_addresses++] = bg_ip_prefix_host (address);
}

static void
fill_static (BgPeer *self, BgPeerNamed *named)
{
  for (guint i = 0; i < self->fixed.n_allowed_ips; i++)
    {
      BgIpPrefix prefix = bg_allowed_ip_prefix (&self->fixed.allowed_ips[i]);

      if (prefix.len == (prefix.family == AF_INET ? 32 : 128))
        add (named, &prefix);
    }
}

/* One that is away, or whose name somebody claims for another key, is where it proved itself last. */
static void
fill_mesh (BgPeer *self, BgPeerNamed *named)
{
  const BgPeerPin *pin = bg_peer_pins_get (self->context->pins, self->id);
  const BgPeerFacts *facts = self->refusal || (self->facts && self->facts->refusal) ? NULL
                                                                                    : self->facts;

  named->is_proved = pin && pin->confirmed;
  named->since = pin ? pin->first_seen : 0;
  if (facts && facts->has_address)
    add (named, &facts->address);
  else if (named->is_proved)
    add (named, &pin->address);
  if (facts && bg_peer_has_own_address6 (self))
    add (named, &facts->address6);
  else if (!facts && named->is_proved)
    add (named, &pin->address6);
}

void
bg_peer_get_named (BgPeer *self, BgPeerNamed *named)
{
  *named = (BgPeerNamed){ 0 };
  if (self->is_static)
    fill_static (self, named);
  else if (self->context)
    fill_mesh (self, named);
}
