/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "bamgatectl/doctor-local.h"

/* Asks polkit on `bus` what this person may do, and whether somebody in this session could ask for a password: `control`, `configure`,
 * `agent`. Nobody is asked for anything. */
void doctor_rights_ask (GDBusConnection *bus, DoctorFacts *facts);
