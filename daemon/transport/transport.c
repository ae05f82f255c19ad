/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "transport/transport.h"

#include <string.h>

static const char *const names[BG_TRANSPORT_KINDS] = {
  [BG_TRANSPORT_NONE] = "",   [BG_TRANSPORT_DATA_CHANNEL] = "data-channel",
  [BG_TRANSPORT_ICE] = "ice", [BG_TRANSPORT_DIRECT] = "direct",
  [BG_TRANSPORT_UDP] = "udp",
};

const uint8_t bg_transport_wrapper[BG_WRAPPER_LEN] = { 4, 1, 0, 0 };

const char *
bg_transport_kind_name (BgTransportKind kind)
{
  return (unsigned) kind < BG_TRANSPORT_KINDS ? names[kind] : "";
}

BgTransportKind
bg_transport_kind_from_name (const char *name)
{
  for (int kind = BG_TRANSPORT_NONE + 1; kind < BG_TRANSPORT_KINDS; kind++)
    if (!strcmp (name, names[kind]))
      return (BgTransportKind) kind;
  return BG_TRANSPORT_NONE;
}
