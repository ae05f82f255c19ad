/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* What the readers of all sockets have left waiting: the more it is, the less may wait for each, so that memory has a bound
 * that does not grow with the number of those that do not read. */
typedef struct
{
  gsize bytes;
} BgHubBacklog;

/* What waits for one socket, `*own`, becomes `bytes`. */
void bg_hub_backlog_set (BgHubBacklog *backlog, gsize *own, gsize bytes);
/* How much may wait for one. */
gsize bg_hub_backlog_allowance (const BgHubBacklog *backlog);
