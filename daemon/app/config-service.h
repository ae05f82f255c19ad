/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Sections [service NAME]: what of them has to hold together, and where targets are. Pure. */

#include "app/config.h"
#include "common/words.h"

G_BEGIN_DECLS

/* Why service `n` cannot be as it is, beside those before it; `*key` is the setting that is to blame. NULL: it is fine. */
BgWords *bg_config_service_refusal (const BgConfig *config, guint n, const char **key);
/* "127.0.0.1:8080", "[::1]:8080", "localhost:8080": at most two addresses as text, of the same port, NULL at the end. NULL where it
 * is none. Free with g_strfreev(). */
char **bg_service_target_addresses (const char *text, guint16 *port);

G_END_DECLS
