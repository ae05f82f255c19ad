/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "packet/packet-pool.h"

#include <glib.h>

/* Inner packets for tests. Addresses of IPv4 are host numbers in 10.9.0.0/16, of IPv6 in fd09::/64. */

typedef struct
{
  int      family;
  guint16  src, dst;
  guint8   protocol;
  gboolean dont_fragment;
  gsize    payload; /* bytes behind the IP header */
  guint32  tag;     /* written at the start of the payload, which is then counted up */
} TestPacket;

gsize test_ip_build (const TestPacket *packet, guint8 *bytes);
/* A SYN with the given TCP options; `options_len` a multiple of 4. */
gsize test_ip_build_syn (int family, const guint8 *options, gsize options_len, guint8 *bytes);
guint32 test_ip_tag (const guint8 *bytes);
void test_ip_address (int family, guint16 host, guint8 *out);
/* Checks all that can be: IP header, and TCP, UDP or ICMP checksum of an unfragmented packet. */
void test_ip_assert_checksums (const guint8 *bytes, gsize len);
