/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "publish/upgrade.h"

BgUpgrade *
bg_upgrade_new (GBytes *request)
{
  BgUpgrade *upgrade = g_new0 (BgUpgrade, 1);

  upgrade->request = g_bytes_ref (request);
  return upgrade;
}

void
bg_upgrade_free (BgUpgrade *upgrade)
{
  g_bytes_unref (upgrade->request);
  bg_ingress_reader_clear (&upgrade->reader);
  g_clear_pointer (&upgrade->answer, bg_ingress_answer_free);
  g_free (upgrade);
}

static BgUpgradeVerdict
judge (BgUpgrade *upgrade)
{
  upgrade->answer = bg_ingress_answer_parse (upgrade->reader.message, upgrade->reader.len);
  if (!upgrade->answer || upgrade->answer->is_refusal)
    return BG_UPGRADE_REFUSED;
  return BG_UPGRADE_DONE;
}

/* A request that cannot be written may still have an answer, which says why. */
static void
send_request (BgUpgrade *upgrade, BgSide *side)
{
  gsize len;
  const guint8 *bytes = g_bytes_get_data (upgrade->request, &len);

  while (upgrade->sent < len && side->is_writable)
    {
      gssize n = bg_side_write (side, bytes + upgrade->sent, len - upgrade->sent);

      if (n == BG_SIDE_BROKEN)
        upgrade->sent = len;
      else if (n > 0)
        upgrade->sent += (gsize) n;
    }
}

BgUpgradeVerdict
bg_upgrade_run (BgUpgrade *upgrade, BgSide *side)
{
  gsize room;
  guint8 *at;

  send_request (upgrade, side);
  while (side->is_readable)
    {
      gssize n;

      at = bg_ingress_reader_room (&upgrade->reader, &room);
      if (room == 0)
        return judge (upgrade);
      n = bg_side_read (side, at, room);
      if (n == 0 || n == BG_SIDE_BROKEN)
        return BG_UPGRADE_HUNG_UP;
      if (n > 0)
        bg_ingress_reader_took (&upgrade->reader, (gsize) n);
    }
  bg_ingress_reader_room (&upgrade->reader, &room);
  return room == 0 ? judge (upgrade) : BG_UPGRADE_WAITS;
}
