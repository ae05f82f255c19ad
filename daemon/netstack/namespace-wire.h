/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Between the daemon and bamgate-namespace, its child: packets of a SOCK_SEQPACKET pair in this machine's byte order. Both are of one build
 * and of one user. The child speaks first, once; then each question has its answer. */

#include <stdint.h>

enum
{
  BG_NAMESPACE_FD = 3,       /* the child's end */
};

/* What the child was at when it failed. */
typedef enum
{
  BG_NAMESPACE_READY,     /* nothing failed */
  BG_NAMESPACE_USER,      /* a user namespace: the kernel, or what guards it, gives none */
  BG_NAMESPACE_NETWORK,   /* loopback */
  BG_NAMESPACE_TUN,       /* /dev/net/tun */
} BgNamespaceStage;

/* With the TUN's descriptor where nothing failed. */
typedef struct
{
  uint32_t stage;
  int32_t  error;         /* errno; 0 */
  int32_t  ifindex;
  uint32_t vnet_hdr, udp_super; /* as of BgTunDevice */
  char     name[16];
} BgNamespaceHello;

/* A socket in the namespace, as socket(2) makes it. */
typedef struct
{
  int32_t domain, type, protocol;
} BgNamespaceQuestion;

/* With the socket where `error` is 0. */
typedef struct
{
  int32_t error;          /* errno */
} BgNamespaceAnswer;
