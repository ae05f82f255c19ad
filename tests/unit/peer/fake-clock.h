/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The timers of peer/main-timer.h in virtual time. */

#include "peer/main-timer.h"

/* Fires what is due, in order. */
void fake_clock_advance (guint ms);
guint fake_clock_pending (void);
