/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* An object of the bus below the tunnel, as the client makes it and keeps it. A class of them has the interface's properties and
 * methods, which are made from the XML. Private. */

#include "bamgate-bus-object.h"
#include "bamgate-client.h"

#include "bamgate-call.h"
#include "bamgate-properties.h"

G_BEGIN_DECLS

struct _BamgateBusObject
{
  GObject parent;
  BamgateClient *client; /* weak; NULL: not in its list any more */
  BamgateTarget target;
  BamgateProperties properties;
};

/* For the class_init of a class: what its interface has. */
void bamgate_bus_object_class_install (BamgateBusObjectClass *klass, const BamgateProperty *table);
/* Of `type`, which is of such a class; `dict` (a{sv}) is what the bus says of it. */
gpointer bamgate_bus_object_new (GType type, BamgateClient *client, const char *path, const char *interface,
                                 GVariant *dict);
/* It has left the list. */
void bamgate_bus_object_detach (BamgateBusObject *self);

G_END_DECLS
