/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dataplane/reach.h"

#include "dataplane/access-rules.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

struct BgReach
{
  uint32_t offered_only;
  uint32_t n;
  BgAllowedIp offered[];
};

BgReach *
bg_reach_new (const BgAllowedIp *offered, uint32_t n, uint32_t offered_only)
{
  BgReach *self = calloc (1, sizeof *self + n * sizeof *offered);

  if (!self)
    abort ();
  self->offered_only = offered_only;
  self->n = n;
  if (n > 0)
    memcpy (self->offered, offered, n * sizeof *offered);
  return self;
}

void
bg_reach_free (BgReach *self)
{
  free (self);
}

/* Groups, the broadcast address, and link-local IPv6: no router passes them on. */
static bool
stays_here (int family, const uint8_t *dst)
{
  static const uint8_t broadcast[4] = { 255, 255, 255, 255 };

  if (family == AF_INET)
    return (dst[0] & 0xf0) == 224 || memcmp (dst, broadcast, sizeof broadcast) == 0;
  return dst[0] == 0xff || (dst[0] == 0xfe && (dst[1] & 0xc0) == 0x80);
}

static bool
is_own (const BgAllowedIp *own, uint32_t n, int family, const uint8_t *dst)
{
  for (uint32_t i = 0; i < n; i++)
    if (own[i].family == family && memcmp (own[i].addr, dst, family == AF_INET ? 4 : 16) == 0)
      return true;
  return false;
}

bool
bg_reach_admits (const BgReach *self, BgReachPeers of, const BgAllowedIp *own, uint32_t n_own,
                 int family, const uint8_t *dst)
{
  if (!self || !(self->offered_only & of) || is_own (own, n_own, family, dst)
      || stays_here (family, dst))
    return true;
  for (uint32_t i = 0; i < self->n; i++)
    if (bg_prefix_holds (&self->offered[i], family, dst))
      return true;
  return false;
}
