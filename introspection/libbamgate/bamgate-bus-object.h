/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "bamgate-types.h"

G_BEGIN_DECLS

/* What all objects below the tunnel have; documented in the .c file, where the GIR scanner reads it. */
BamgateClient *bamgate_bus_object_get_client      (BamgateBusObject *self);
const char    *bamgate_bus_object_get_object_path (BamgateBusObject *self);

G_END_DECLS
