/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* An invitation with which a machine can still come, as a row. */

#include <adwaita.h>

/* `invite`: of ListInvites. Its button activates "invite.cancel" with the id. */
GtkWidget *applet_invite_row_new (GVariant *invite);
