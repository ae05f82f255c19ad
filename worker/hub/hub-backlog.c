/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/hub/hub-backlog.h"

enum
{
  MOST = 1024 * 1024,
  LEAST = 64 * 1024, /* two frames, whatever others do */
  ALL = 128 * 1024 * 1024,
};

void
bg_hub_backlog_set (BgHubBacklog *backlog, gsize *own, gsize bytes)
{
  backlog->bytes += bytes - *own;
  *own = bytes;
}

gsize
bg_hub_backlog_allowance (const BgHubBacklog *backlog)
{
  return CLAMP (backlog->bytes < ALL ? ALL - backlog->bytes : 0, LEAST, MOST);
}
