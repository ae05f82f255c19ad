/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Which names a device has a certificate for, by the log (docs/services.md, TLS): whoever signs and whoever asks read it here. Pure. */

#include "membership/membership-log.h"

G_BEGIN_DECLS

/* Active devices that have this label by themselves. */
guint bg_certified_names_count_own (const BgMembership *state, const char *label);
/* Names below `suffix` of the active device with this WireGuard key: its own, `*.` in front of that, and the first that owners gave it, as many as a
 * certificate takes (BG_NAME_CERTIFICATE_NAMES, BG_NAME_CERTIFICATE_TEXT). NULL: it has none that is its alone. g_strfreev(). */
char **bg_certified_names_of (const BgMembership *state, const guint8 key[BG_ENTRY_KEY], const char *suffix);

G_END_DECLS
