/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "dataplane/dataplane.h"

/* Where packets of peers may go here: to this machine's own addresses inside the tunnel, and to what it offers; whatever else the
 * kernel would forward, or answer for at another address. Immutable. */

/* Copies `n` prefixes, which are masked; one of length 0 stands for all addresses of its family. `offered_only`: bits of BgReachPeers. */
BgReach *bg_reach_new (const BgAllowedIp *offered, uint32_t n, uint32_t offered_only);
/* Fine on NULL. */
void bg_reach_free (BgReach *self);

/* May a packet to `dst` of this family pass? `self` NULL: all may. Groups and what is never forwarded always may. */
bool bg_reach_admits (const BgReach *self, BgReachPeers of, const BgAllowedIp *own, uint32_t n_own,
                      int family, const uint8_t *dst);
