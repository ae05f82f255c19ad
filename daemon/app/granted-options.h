/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "membership/member-standing.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* Takes "any-route" b, "routes" as and "exit" as ("4", "6") out of the options of a bus method. FALSE and BG_ERROR_INVALID_ARGUMENT for what is no
 * such thing. */
gboolean bg_granted_options_take (GVariantDict *options, BgGrantedOffer *granted, GError **error);
/* What `routes` and `families` (BG_FAMILY_*) amount to: one by one as far as there is room, else any network. */
BgGrantedOffer bg_granted_of_offer (const char *const *routes, guint families);
/* The texts of the networks that it names; free with g_strfreev(). */
char **bg_granted_dup_routes (const BgGrantedOffer *granted);

G_END_DECLS
