/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Why a connection was not carried, and what that is called on the bus and among the metrics. */
typedef enum
{
  BG_FORWARD_DIAL,          /* "dial": no address answered */
  BG_FORWARD_TLS,           /* "tls": the handshake, or who the other side proved to be */
  BG_FORWARD_TIMEOUT,       /* "timeout" */
  BG_FORWARD_REJECTED,      /* "rejected": the ingress hung up before it answered: a certificate that it does not know */
  BG_FORWARD_UPGRADE,       /* "upgrade": the ingress said no, or what nobody can read */
  BG_FORWARD_REQUEST,       /* "request": one of HTTP that cannot be passed on as it must be */
  BG_FORWARD_LOCAL,         /* "local": this machine had no descriptors, or no memory */
  BG_FORWARD_ERRORS,
} BgForwardError;

const char *bg_forward_error_name (BgForwardError error);
