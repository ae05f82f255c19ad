/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "packet/counters.h"

#include <stddef.h>

static const char *const names[BG_DROP_REASONS] = {
  [BG_DROP_NO_BUFFER] = "no-buffer",
  [BG_DROP_MALFORMED] = "malformed",
  [BG_DROP_BAD_INNER] = "bad-inner",
  [BG_DROP_NO_PEER] = "no-peer",
  [BG_DROP_NO_PATH] = "no-path",
  [BG_DROP_STAGED_FULL] = "staged-full",
  [BG_DROP_UNKNOWN_INDEX] = "unknown-index",
  [BG_DROP_UNAUTHENTIC] = "unauthentic",
  [BG_DROP_REPLAY] = "replay",
  [BG_DROP_EXPIRED] = "expired",
  [BG_DROP_SOURCE_NOT_ALLOWED] = "source-not-allowed",
  [BG_DROP_RATE_LIMITED] = "rate-limited",
  [BG_DROP_HANDSHAKE_QUEUE] = "handshake-queue",
  [BG_DROP_TOO_BIG] = "too-big",
  [BG_DROP_IPV6_DATA_CHANNEL] = "ipv6-on-data-channel",
  [BG_DROP_SEND_QUEUE] = "send-queue",
  [BG_DROP_SEND_FAILED] = "send-failed",
  [BG_DROP_INBOX_FULL] = "inbox-full",
  [BG_DROP_TUN_WRITE] = "tun-write",
  [BG_DROP_CONGESTION] = "congestion",
  [BG_DROP_NOT_OFFERED] = "not-offered",
  [BG_DROP_REFUSED] = "refused",
  [BG_DROP_ENDPOINT_INSIDE] = "endpoint-inside",
};

const char *
bg_drop_name (BgDrop why)
{
  return (unsigned) why < BG_DROP_REASONS ? names[why] : "unknown";
}
