/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The checks, a file per subject (check-*.c); docs/doctor.md says what each looks at. */

#include "doctor/diagnosis.h"

G_BEGIN_DECLS

/* All of them, in the order in which people read what they find; ends with a NULL id. */
extern const BgCheck bg_doctor_checks[];

/* check-tunnel.c */
void bg_check_tunnel_state (const BgFacts *facts, GPtrArray *findings);
/* check-hub.c */
void bg_check_hub_line (const BgFacts *facts, GPtrArray *findings);
/* check-net.c */
void bg_check_net_overlap (const BgFacts *facts, GPtrArray *findings);

G_END_DECLS
