/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "ice-addresses.h"

G_BEGIN_DECLS

/* What one gathering goes by. Borrowed while it is handed over, and copied. */
typedef struct
{
  const char *const *stun_servers; /* "stun://host:port", the first that answers; NULL */
  const char *const *
    turn_servers; /* "turn(s)://user:pass@host:port?transport=…", credentials percent-encoded; NULL */
  gboolean relay_only;
  gboolean tcp;                  /* TCP candidates too, of both sides */
  GInetAddressMask **exclude;    /* NULL-terminated: addresses never used (tunnel subnets); NULL */
  const char *exclude_interface; /* our TUN's name: none of its addresses is gathered; NULL */
  BgIceAddresses
    *addresses;           /* to gather, and to judge the peer's by; NULL: all but those excluded */
  gboolean loopback_only; /* gather loopback addresses and nothing else: tests on one machine */
} BgIceSettings;

G_END_DECLS
