/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a person chose about the exit beside its peer, whether there is one now or not. Another one after "changed". */

#include "app/application.h"

G_BEGIN_DECLS

/* Do the networks around this machine go on to be reached? */
gboolean bg_application_exit_leaves_lan (BgApplication *self);
/* Does nothing leave but through it? */
gboolean bg_application_exit_is_strict (BgApplication *self);

G_END_DECLS
