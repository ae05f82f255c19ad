/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Properties and methods are those of the bus, beside what bamgate-bus-object.h has. */

#include "bamgate-bus-object.h"
#include "bamgate-account-bus.h"
