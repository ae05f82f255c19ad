/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* How many connections each who has come in has. Pure. */

typedef struct _BgGuests BgGuests;

BgGuests *bg_guests_new (void);
void bg_guests_free (BgGuests *guests);
/* One more of who is counted under `account` (bg_callers_account()); FALSE, and none more, where there are `most` already. */
gboolean bg_guests_enter (BgGuests *guests, const char *account, guint most, gpointer connection);
/* That one has ended; fine where it never entered. */
void bg_guests_leave (BgGuests *guests, gpointer connection);
