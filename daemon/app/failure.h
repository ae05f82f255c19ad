/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Why the tunnel did not come up, or broke: does it help to try again, or has somebody to act first? */

#include <glib.h>

G_BEGIN_DECLS

gboolean bg_failure_is_final (const GError *error);

G_END_DECLS
