/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The pair of candidates that ICE selected, in words for people. */

#include <nice/agent.h>

typedef struct
{
  char *local, *remote; /* "host udp 192.0.2.1:50123" */
  char *base; /* our address that packets leave from, "192.0.2.1"; NULL where that is a relay's business */
  gboolean relayed; /* either end */
} BgIcePair;

BgIcePair *bg_ice_pair_new (const NiceCandidate *local, const NiceCandidate *remote);
/* The same words in place of those that are in `to`. */
void bg_ice_pair_copy (const BgIcePair *from, BgIcePair *to);
void bg_ice_pair_free (BgIcePair *pair);
/* Frees what is in it. */
void bg_ice_pair_clear (BgIcePair *pair);
