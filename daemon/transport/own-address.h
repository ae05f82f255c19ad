/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <sys/socket.h>

typedef enum
{
  BG_OWN_ADDRESS_NO,
  BG_OWN_ADDRESS_YES,
  BG_OWN_ADDRESS_UNKNOWN, /* no socket to ask with, or another failure */
} BgOwnAddress;

/* Is this, IPv4 or IPv6 and whatever the port, an address of this machine at the moment? */
BgOwnAddress bg_own_address_check (const struct sockaddr *address);
