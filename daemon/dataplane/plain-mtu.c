/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dataplane/plain-mtu.h"

#include <string.h>

static const uint8_t mark[BG_PLAIN_MARK_LEN] = { 0xb0, 'b', 'a', 'm', 'g', 'a', 't', 'e' };

void
bg_plain_mtu_init (BgPlainMtu *plain)
{
  memset (plain, 0, sizeof *plain);
  bg_path_mtu_init (&plain->mtu, 0, 0);
}

void
bg_plain_mtu_session (BgPlainMtu *plain)
{
  plain->silent = plain->marked ? 0 : plain->silent + 1;
  if (!plain->known)
    plain->silent = 0;
  else if (plain->silent == BG_PLAIN_SILENT)
    bg_plain_mtu_init (plain);
  plain->marked = false;
  plain->marks = BG_PLAIN_MARKS;
}

void
bg_plain_mtu_mark (BgPlainMtu *plain, BgPacket *pkt, uint32_t tun_mtu)
{
  uint32_t proved = bg_plain_mtu_proved (plain);

  if (plain->marks == 0 || pkt->len + BG_PLAIN_MARK_LEN > (proved > 0 ? proved : tun_mtu))
    return;
  plain->marks--;
  memcpy (pkt->data + pkt->len, mark, sizeof mark);
  pkt->len += BG_PLAIN_MARK_LEN;
}

bool
bg_plain_mtu_heard (BgPlainMtu *plain, const uint8_t *pad, uint32_t len, uint32_t floor,
                    uint32_t ceiling, uint64_t now_ns)
{
  if (len < sizeof mark || memcmp (pad, mark, sizeof mark) != 0)
    return false;
  plain->marked = true;
  if (plain->known)
    return false;
  plain->known = true;
  bg_path_mtu_init (&plain->mtu, floor, ceiling);
  bg_path_mtu_start (&plain->mtu, now_ns);
  return true;
}
