/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the generated part of the class needs. Private. */

#include "bamgate-bus-object-private.h"
#include "bamgate-endpoint.h"

G_BEGIN_DECLS

#define BAMGATE_ENDPOINT_INTERFACE "org.bamgate.Tunnel1.Endpoint"

struct _BamgateEndpoint
{
  BamgateBusObject object;
};

extern const BamgateProperty bamgate_endpoint_bus_properties[];

G_END_DECLS
