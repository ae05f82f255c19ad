/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

/* This machine's addresses that ICE may gather, as texts, at most 32: of interfaces that are up,
 * without link-local ones, those in `exclude` and those of `exclude_interface` (both may be NULL).
 * Loopback only where there is nothing else, or where `loopback_only` asks for it. */
GPtrArray *bg_local_addresses_list (GInetAddressMask *const *exclude, const char *exclude_interface,
                                    gboolean loopback_only);
