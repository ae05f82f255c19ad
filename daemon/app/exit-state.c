/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/exit-state.h"

#include "common/printable.h"

const char *
bg_exit_state_name (BgExitState state)
{
  static const char *const names[] = {
    [BG_EXIT_NONE] = "",
    [BG_EXIT_CONNECTING] = "connecting",
    [BG_EXIT_ACTIVE] = "active",
    [BG_EXIT_LOST] = "lost",
  };

  return names[state];
}

static BgWords *
why_blocked (const char *id, guint carried)
{
  switch (carried)
    {
    case BG_FAMILY_4:
      return bg_words (EXIT_BLOCKS_IPV6, id);
    case BG_FAMILY_6:
      return bg_words (EXIT_BLOCKS_IPV4, id);
    default:
      return NULL;
    }
}

static BgWords *
why_not (const char *id, const BgPeerInfo *info, guint families)
{
  if (!info)
    return bg_words (EXIT_UNKNOWN, id);
  if (info->exit_families == 0)
    return bg_words (EXIT_NOT_OFFERED, id);
  if ((info->exit_families & families) == 0)
    return bg_words (EXIT_WITHOUT_ADDRESS, id);
  if (info->state == BG_PEER_PUBLIC_CONNECTED)
    return NULL;
  return info->reasons && info->reasons->len > 0
           ? bg_words (EXIT_AWAY, id, (BgWords *) info->reasons->pdata[0])
           : bg_words (EXIT_NOT_CONNECTED, id);
}

BgExitState
bg_exit_state_judge (BgExitState was, const char *id, const BgPeerInfo *info, guint families,
                     BgWords **why)
{
  g_autofree char *shown = bg_printable (id);

  *why = why_not (shown, info, families);
  if (*why)
    return was == BG_EXIT_ACTIVE || was == BG_EXIT_LOST ? BG_EXIT_LOST : BG_EXIT_CONNECTING;
  *why = why_blocked (shown, info->exit_families & families);
  return BG_EXIT_ACTIVE;
}
