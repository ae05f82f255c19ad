/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Why a connection was not carried. */
typedef enum
{
  BG_FORWARD_DIAL,          /* no address answered */
  BG_FORWARD_TLS,           /* the handshake, or who the other side proved to be */
  BG_FORWARD_TIMEOUT,
  BG_FORWARD_REJECTED,      /* the ingress hung up before it answered: a certificate that it does not know */
  BG_FORWARD_UPGRADE,       /* the ingress said no, or what nobody can read */
  BG_FORWARD_REQUEST,       /* a request of HTTP that cannot be passed on as it must be */
  BG_FORWARD_LOCAL,         /* this machine: no descriptors, no memory */
  BG_FORWARD_ERRORS,
} BgForwardError;
