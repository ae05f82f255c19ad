/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Whether the exit that a person chose works, and if not, why. Pure. */

#include "common/words.h"
#include "peer/peer-set.h"

G_BEGIN_DECLS

typedef enum
{
  BG_EXIT_NONE,       /* "": none is chosen */
  BG_EXIT_CONNECTING, /* "connecting": it has not worked since it was chosen */
  BG_EXIT_ACTIVE,     /* "active" */
  BG_EXIT_LOST,       /* "lost": it worked before */
} BgExitState;

/* The word of the bus. */
const char *bg_exit_state_name (BgExitState state);
/* The state after `was`, for the peer that is chosen; `info` NULL: nobody of the name is known. `families` (BG_FAMILY_*): in which
 * this machine has addresses. `why`: for people, NULL for nothing to say; with BG_EXIT_ACTIVE what does not go through it. */
BgExitState bg_exit_state_judge (BgExitState was, const char *id, const BgPeerInfo *info, guint families, BgWords **why);

G_END_DECLS
