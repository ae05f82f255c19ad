/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Invite codes: 8 symbols of 32, 40 bits, which nobody may have time to guess (spec 5.1). */

/* A new code, "ABCD-EFGH", from the system's random numbers; NULL where there are none. */
char *bg_hub_invite_code_new (void);

/* Who may try a code: 10 wrong ones at once and one more every 6 s from one source (an IPv4
 * address, an IPv6 /64), 100 and 10/s from all together. With one open invite a guesser of the
 * whole Internet hits it within its 10 minutes with a probability of 6e-9. */
typedef struct _BgHubGuard BgHubGuard;

BgHubGuard *bg_hub_guard_new (void);
void bg_hub_guard_free (BgHubGuard *guard);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgHubGuard, bg_hub_guard_free)
/* Takes one attempt; otherwise FALSE and the seconds to wait. */
gboolean bg_hub_guard_may_try (BgHubGuard *guard, GInetAddress *source, gint64 now_us,
                               guint *wait_s);
/* The attempt was a good one and does not count. */
void bg_hub_guard_forgive (BgHubGuard *guard, GInetAddress *source);
guint bg_hub_guard_count_sources (BgHubGuard *guard);

G_END_DECLS
