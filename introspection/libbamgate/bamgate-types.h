/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

#include "bamgate-enums.h"

G_BEGIN_DECLS

#define BAMGATE_TYPE_CLIENT (bamgate_client_get_type ())
G_DECLARE_FINAL_TYPE (BamgateClient, bamgate_client, BAMGATE, CLIENT, GObject)

/* By hand, as nobody else derives from it and its structures are private. */
typedef struct _BamgateBusObject BamgateBusObject;
typedef struct
{
  GObjectClass parent_class;

  /*< private >*/
  gconstpointer table;
} BamgateBusObjectClass;

GType bamgate_bus_object_get_type (void) G_GNUC_CONST;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BamgateBusObject, g_object_unref)
#define BAMGATE_TYPE_BUS_OBJECT (bamgate_bus_object_get_type ())
#define BAMGATE_BUS_OBJECT(object) (G_TYPE_CHECK_INSTANCE_CAST ((object), BAMGATE_TYPE_BUS_OBJECT, BamgateBusObject))
#define BAMGATE_IS_BUS_OBJECT(object) (G_TYPE_CHECK_INSTANCE_TYPE ((object), BAMGATE_TYPE_BUS_OBJECT))

#define BAMGATE_TYPE_PEER (bamgate_peer_get_type ())
G_DECLARE_FINAL_TYPE (BamgatePeer, bamgate_peer, BAMGATE, PEER, BamgateBusObject)

#define BAMGATE_TYPE_ENDPOINT (bamgate_endpoint_get_type ())
G_DECLARE_FINAL_TYPE (BamgateEndpoint, bamgate_endpoint, BAMGATE, ENDPOINT, BamgateBusObject)

#define BAMGATE_TYPE_ACCOUNT (bamgate_account_get_type ())
G_DECLARE_FINAL_TYPE (BamgateAccount, bamgate_account, BAMGATE, ACCOUNT, BamgateBusObject)

G_END_DECLS
