/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Names in the DNS that lead to machines. Others may be so after "changed". */

#include "app/application.h"

G_BEGIN_DECLS

/* Of a peer, "attic.bamgate.internal"; "" where it has none, and while the tunnel is down. Free with g_free(). */
char *bg_application_dup_name_of (BgApplication *self, const char *id);
/* Of this machine. */
char *bg_application_dup_own_name (BgApplication *self);

G_END_DECLS
