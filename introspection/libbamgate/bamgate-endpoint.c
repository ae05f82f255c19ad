/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgate-endpoint-private.h"

/**
 * BamgateEndpoint:
 *
 * Something that runs elsewhere and is to be had on this machine, under a name and a port.
 *
 * Endpoints are in the list that [method@Client.get_endpoints] returns, whether the tunnel is up or not.
 *
 * Since: 0.1
 */
G_DEFINE_FINAL_TYPE (BamgateEndpoint, bamgate_endpoint, BAMGATE_TYPE_BUS_OBJECT)

static void
bamgate_endpoint_class_init (BamgateEndpointClass *klass)
{
  bamgate_bus_object_class_install (&klass->parent_class, bamgate_endpoint_bus_properties);
}

static void
bamgate_endpoint_init (BamgateEndpoint *self)
{
}
