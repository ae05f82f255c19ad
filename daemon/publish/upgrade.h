/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "publish/ingress-frame.h"
#include "publish/side.h"

/* The question to the ingress and its answer, over a connection that is ready. */

typedef enum
{
  BG_UPGRADE_WAITS,
  BG_UPGRADE_DONE,          /* from here on bytes are the application's */
  BG_UPGRADE_HUNG_UP,       /* it ended before the answer was whole */
  BG_UPGRADE_REFUSED,       /* `answer` says why, or is NULL where it cannot be read */
} BgUpgradeVerdict;

typedef struct
{
  GBytes          *request;
  gsize            sent;
  BgIngressReader  reader;
  BgIngressAnswer *answer;
} BgUpgrade;

BgUpgrade *bg_upgrade_new (GBytes *request);
void bg_upgrade_free (BgUpgrade *upgrade);
/* Goes on as far as `side` lets it. */
BgUpgradeVerdict bg_upgrade_run (BgUpgrade *upgrade, BgSide *side);
