/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "worker/core/membership-entry.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* A device as the network's log is to have it: a valid name, its WireGuard key in base64, addresses with or without prefix (`address6` NULL or "": none); no grant. FALSE
 * where one of them is none. */
gboolean bg_own_record_make (const char *name, const char *key, const char *address, const char *address6, BgMemberRecord *record);
/* Another name; FALSE and BG_ERROR_INVALID_ARGUMENT for one that is none. */
gboolean bg_own_record_set_name (BgMemberRecord *record, const char *name, GError **error);

G_END_DECLS
