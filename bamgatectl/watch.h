/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Shows how things are, and again whenever something of it changes: drawn in place on a terminal, else a block or a line of
 * JSON each. It sleeps while nothing changes. */

#include "bamgatectl/ctl.h"
#include "bamgatectl/out.h"

/* Until Ctrl-C, SIGTERM or, at a terminal, “q”. */
CtlExit watch_run (Ctl *ctl, void (*show) (Ctl *ctl, Out *out));
