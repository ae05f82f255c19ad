/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What an access token says of the device that has it (RFC 7519). The hub alone can tell whether the token is good; to the device it is the hub's word. Pure. */

#include <glib.h>

G_BEGIN_DECLS

/* Its claim "owner"; FALSE for what is no token, or says nothing of it. */
gboolean bg_access_claim_is_owner (const char *token);

G_END_DECLS
