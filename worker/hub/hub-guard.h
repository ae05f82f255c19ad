/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Who may try an invite code, or credentials: 10 wrong ones at once and one more every 6 s from one source (an IPv4 address, an IPv6 /64),
 * and shares of the networks around it, so that a whole network is not a source without end. There is no limit over all:
 * whoever used that up would keep everybody out. */
typedef struct _BgHubGuard BgHubGuard;

/* `what`, for the log: what is tried (static). */
BgHubGuard *bg_hub_guard_new (const char *what);
void bg_hub_guard_free (BgHubGuard *guard);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgHubGuard, bg_hub_guard_free)
/* Takes one attempt; otherwise FALSE and the seconds to wait. */
gboolean bg_hub_guard_may_try (BgHubGuard *guard, GInetAddress *source, gint64 now_us,
                               guint *wait_s);
/* The attempt was a good one and does not count. */
void bg_hub_guard_forgive (BgHubGuard *guard, GInetAddress *source);
/* The attempt was a wrong one: the log hears of it where there are many. */
void bg_hub_guard_note_wrong (BgHubGuard *guard, gint64 now_us);
guint bg_hub_guard_count_sources (BgHubGuard *guard);

G_END_DECLS
