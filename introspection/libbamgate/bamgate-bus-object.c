/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgate-bus-object-private.h"

/**
 * BamgateBusObject:
 *
 * Something that the daemon tells of beside the tunnel.
 *
 * Such objects are in lists of the [class@Client], and come and go as the daemon says. A program may keep one that has gone: it
 * stays as it was last, and [property@BusObject:client] is %NULL.
 *
 * Since: 0.1
 */
G_DEFINE_ABSTRACT_TYPE (BamgateBusObject, bamgate_bus_object, G_TYPE_OBJECT)

enum
{
  PROP_CLIENT = 1,
  PROP_OBJECT_PATH
};

gpointer
bamgate_bus_object_new (GType type, BamgateClient *client, const char *path, const char *interface,
                        GVariant *dict)
{
  BamgateBusObject *self = g_object_new (type, NULL);

  g_set_weak_pointer (&self->client, client);
  self->target = (BamgateTarget){
    .connection = g_object_ref (bamgate_client_get_connection (client)),
    .path = g_strdup (path),
    .interface = interface,
    .flags = G_DBUS_CALL_FLAGS_NO_AUTO_START,
  };
  bamgate_properties_update (&self->properties, dict);
  return self;
}

void
bamgate_bus_object_detach (BamgateBusObject *self)
{
  g_clear_weak_pointer (&self->client);
  g_object_notify (G_OBJECT (self), "client");
}

static void
bamgate_bus_object_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  BamgateBusObject *self = BAMGATE_BUS_OBJECT (object);

  if (id == PROP_CLIENT)
    g_value_set_object (value, self->client);
  else
    g_value_set_string (value, self->target.path);
}

/* Of a class below, whose ids are those of its table. */
static void
get_bus_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  if (!bamgate_properties_get (&BAMGATE_BUS_OBJECT (object)->properties, id, value))
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

void
bamgate_bus_object_class_install (BamgateBusObjectClass *klass, const BamgateProperty *table)
{
  klass->table = table;
  G_OBJECT_CLASS (klass)->get_property = get_bus_property;
  bamgate_properties_install (G_OBJECT_CLASS (klass), table);
}

static void
bamgate_bus_object_constructed (GObject *object)
{
  BamgateBusObject *self = BAMGATE_BUS_OBJECT (object);
  BamgateBusObjectClass *klass = G_TYPE_INSTANCE_GET_CLASS (self, BAMGATE_TYPE_BUS_OBJECT,
                                                            BamgateBusObjectClass);

  bamgate_properties_init (&self->properties, object, klass->table);
  G_OBJECT_CLASS (bamgate_bus_object_parent_class)->constructed (object);
}

static void
bamgate_bus_object_finalize (GObject *object)
{
  BamgateBusObject *self = BAMGATE_BUS_OBJECT (object);

  g_clear_weak_pointer (&self->client);
  bamgate_target_clear (&self->target);
  bamgate_properties_clear (&self->properties);
  G_OBJECT_CLASS (bamgate_bus_object_parent_class)->finalize (object);
}

static void
bamgate_bus_object_class_init (BamgateBusObjectClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->get_property = bamgate_bus_object_get_property;
  object_class->constructed = bamgate_bus_object_constructed;
  object_class->finalize = bamgate_bus_object_finalize;

  /**
   * BamgateBusObject:client: (getter get_client)
   *
   * The client that lists it; %NULL once it has gone.
   *
   * Since: 0.1
   */
  g_object_class_install_property (
    object_class, PROP_CLIENT,
    g_param_spec_object ("client", NULL, NULL, BAMGATE_TYPE_CLIENT, flags));
  /**
   * BamgateBusObject:object-path: (getter get_object_path)
   *
   * Its path on the bus.
   *
   * Since: 0.1
   */
  g_object_class_install_property (object_class, PROP_OBJECT_PATH,
                                   g_param_spec_string ("object-path", NULL, NULL, NULL, flags));
}

static void
bamgate_bus_object_init (BamgateBusObject *self)
{
}

/**
 * bamgate_bus_object_get_client: (get-property client)
 * @self: the object
 *
 * The client that lists it; %NULL once it has gone.
 *
 * Returns: (transfer none) (nullable): the client
 *
 * Since: 0.1
 */
BamgateClient *
bamgate_bus_object_get_client (BamgateBusObject *self)
{
  g_return_val_if_fail (BAMGATE_IS_BUS_OBJECT (self), NULL);
  return self->client;
}

/**
 * bamgate_bus_object_get_object_path: (get-property object-path)
 * @self: the object
 *
 * Its path on the bus.
 *
 * Returns: the path
 *
 * Since: 0.1
 */
const char *
bamgate_bus_object_get_object_path (BamgateBusObject *self)
{
  g_return_val_if_fail (BAMGATE_IS_BUS_OBJECT (self), NULL);
  return self->target.path;
}
