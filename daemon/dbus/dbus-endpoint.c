/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dbus/dbus-endpoint.h"

#include "dbus/dbus-errors.h"

struct _BgDBusEndpoint
{
  BgDBusTunnel1EndpointSkeleton parent;
  BgApplication *app; /* NULL once detached */
};

static void endpoint_iface_init (BgDBusTunnel1EndpointIface *iface);
G_DEFINE_FINAL_TYPE_WITH_CODE (BgDBusEndpoint, bg_dbus_endpoint,
                               BG_DBUS_TYPE_TUNNEL1_ENDPOINT_SKELETON,
                               G_IMPLEMENT_INTERFACE (BG_DBUS_TYPE_TUNNEL1_ENDPOINT,
                                                      endpoint_iface_init))

/* --- What is so --- */

static const char *
state_of (const BgEndpointInfo *info)
{
  if (*info->host == '\0')
    return "refused";
  if (!info->conditions[BG_CONDITION_LISTENING].holds)
    return "failed";
  return info->conditions[BG_CONDITION_READY].holds ? "ready" : "degraded";
}

/* Of the first condition that does not hold, from which the next ones follow; where all do, what is not as it should be all the same. */
static const BgWords *
reason_of (const BgEndpointInfo *info)
{
  const BgWords *reason = NULL;

  for (guint i = 0; i < BG_CONDITIONS; i++)
    if (!info->conditions[i].holds && info->conditions[i].reason)
      return info->conditions[i].reason;
  for (guint i = 0; !reason && i < BG_CONDITIONS; i++)
    reason = info->conditions[i].reason;
  return reason;
}

static void
refresh_reason (BgDBusTunnel1Endpoint *bus, const BgEndpointInfo *info)
{
  const BgWords *reason = reason_of (info);
  g_autoptr (GPtrArray) reasons = reason ? bg_words_list_take (bg_words_ref ((BgWords *) reason))
                                         : NULL;

  bg_dbus_tunnel1_endpoint_set_state_reason (bus, bg_words_get_text (reason));
  bg_dbus_tunnel1_endpoint_set_reasons (bus, bg_words_list_to_variant (reasons));
}

void
bg_dbus_endpoint_refresh (BgDBusEndpoint *self, const BgEndpointInfo *info)
{
  BgDBusTunnel1Endpoint *bus = BG_DBUS_TUNNEL1_ENDPOINT (self);

  bg_dbus_tunnel1_endpoint_set_key (bus, info->key);
  bg_dbus_tunnel1_endpoint_set_host (bus, info->host);
  bg_dbus_tunnel1_endpoint_set_port (bus, info->port);
  bg_dbus_tunnel1_endpoint_set_protocol (bus, info->scheme);
  bg_dbus_tunnel1_endpoint_set_url (bus, info->url);
  bg_dbus_tunnel1_endpoint_set_ids (bus, info->ids);
  bg_dbus_tunnel1_endpoint_set_source (bus, info->source);
  bg_dbus_tunnel1_endpoint_set_mode (bus, info->mode);
  bg_dbus_tunnel1_endpoint_set_addresses (bus, info->addresses);
  bg_dbus_tunnel1_endpoint_set_listen_port (bus, info->listen_port);
  bg_dbus_tunnel1_endpoint_set_local_only (bus, info->is_local);
  bg_dbus_tunnel1_endpoint_set_named (bus, info->is_named);
  bg_dbus_tunnel1_endpoint_set_state (bus, state_of (info));
  refresh_reason (bus, info);
  bg_dbus_tunnel1_endpoint_set_listening (bus, info->conditions[BG_CONDITION_LISTENING].holds);
  bg_dbus_tunnel1_endpoint_set_connected (bus, info->conditions[BG_CONDITION_CONNECTED].holds);
  bg_dbus_tunnel1_endpoint_set_ready (bus, info->conditions[BG_CONDITION_READY].holds);
}

/* Those that occurred; floating. */
static GVariant *
errors_of (const BgDoorCounters *counters)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{st}"));
  for (guint i = 0; i < BG_FORWARD_ERRORS; i++)
    if (counters->errors[i] > 0)
      g_variant_builder_add (&builder, "{st}", bg_forward_error_name ((BgForwardError) i),
                             counters->errors[i]);
  return g_variant_builder_end (&builder);
}

static gboolean
read_counters (BgDBusEndpoint *self, BgDoorCounters *counters)
{
  const char *key = bg_dbus_tunnel1_endpoint_get_key (BG_DBUS_TUNNEL1_ENDPOINT (self));

  *counters = (BgDoorCounters){ 0 };
  return bg_endpoints_read_counters (bg_application_get_endpoints (self->app), key, counters);
}

void
bg_dbus_endpoint_count (BgDBusEndpoint *self)
{
  BgDBusTunnel1Endpoint *bus = BG_DBUS_TUNNEL1_ENDPOINT (self);
  BgDoorCounters counters;

  if (!self->app || !read_counters (self, &counters))
    return;
  bg_dbus_tunnel1_endpoint_set_connections (bus, counters.open);
  bg_dbus_tunnel1_endpoint_set_total_connections (bus, counters.total);
  bg_dbus_tunnel1_endpoint_set_rx_bytes (bus, counters.bytes_down);
  bg_dbus_tunnel1_endpoint_set_tx_bytes (bus, counters.bytes_up);
  bg_dbus_tunnel1_endpoint_set_last_activity (bus, counters.active_at);
  bg_dbus_tunnel1_endpoint_set_errors (bus, errors_of (&counters));
  g_dbus_interface_skeleton_flush (G_DBUS_INTERFACE_SKELETON (self));
}

/* --- Calls --- */

static gboolean
answered_gone (BgDBusEndpoint *self, GDBusMethodInvocation *invocation, BgEndpointInfo *info)
{
  const char *key = bg_dbus_tunnel1_endpoint_get_key (BG_DBUS_TUNNEL1_ENDPOINT (self));

  if (self->app && bg_endpoints_find (bg_application_get_endpoints (self->app), key, info))
    return FALSE;
  bg_dbus_return (invocation, BG_ERROR_NOT_FOUND, bg_words (ENDPOINT_HAS_GONE));
  return TRUE;
}

static void
add_conditions (GVariantDict *details, const BgEndpointInfo *info)
{
  g_autoptr (GPtrArray) reasons = bg_words_list_new ();
  GVariantBuilder rows;

  g_variant_builder_init (&rows, G_VARIANT_TYPE ("a(sbxs)"));
  for (guint i = 0; i < BG_CONDITIONS; i++)
    {
      const BgCondition *condition = &info->conditions[i];
      BgWords *reason = condition->reason ? bg_words_ref ((BgWords *) condition->reason)
                                          : bg_words_new_text ("");

      g_variant_builder_add (&rows, "(sbxs)", bg_condition_name ((BgConditionKind) i),
                             condition->holds, condition->since_us, bg_words_get_text (reason));
      g_ptr_array_add (reasons, reason);
    }
  g_variant_dict_insert_value (details, "conditions", g_variant_builder_end (&rows));
  g_variant_dict_insert_value (details, "condition-reasons", bg_words_list_to_variant (reasons));
}

static gboolean
handle_get_details (BgDBusTunnel1Endpoint *bus, GDBusMethodInvocation *invocation)
{
  BgDBusEndpoint *self = BG_DBUS_ENDPOINT (bus);
  g_auto (GVariantDict) details = G_VARIANT_DICT_INIT (NULL);
  BgEndpointInfo info;
  BgDoorCounters counters;

  if (answered_gone (self, invocation, &info))
    return G_DBUS_METHOD_INVOCATION_HANDLED;
  add_conditions (&details, &info);
  read_counters (self, &counters);
  g_variant_dict_insert (&details, "last-error", "s", counters.last_error);
  g_variant_dict_insert (&details, "refused", "t", counters.refused);
  bg_dbus_endpoint_count (self);
  bg_dbus_tunnel1_endpoint_complete_get_details (bus, invocation, g_variant_dict_end (&details));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

/* "mode" and nothing else; NULL with an error. */
static char *
mode_in (GVariant *settings, GError **error)
{
  GVariantIter iter;
  const char *name;
  char *mode = NULL;

  g_variant_iter_init (&iter, settings);
  while (g_variant_iter_next (&iter, "{&sv}", &name, NULL))
    if (!g_str_equal (name, "mode"))
      {
        bg_error_set (error, BG_ERROR_INVALID_ARGUMENT, NO_SUCH_OPTION_OF_TYPE, name);
        return NULL;
      }
  if (!g_variant_lookup (settings, "mode", "s", &mode))
    bg_error_set (error, BG_ERROR_INVALID_ARGUMENT, NO_SUCH_OPTION_OF_TYPE, "mode");
  return mode;
}

static gboolean
handle_configure (BgDBusTunnel1Endpoint *bus, GDBusMethodInvocation *invocation, GVariant *settings)
{
  BgDBusEndpoint *self = BG_DBUS_ENDPOINT (bus);
  g_autoptr (GError) error = NULL;
  g_autofree char *mode = NULL;
  BgEndpointInfo info;

  if (answered_gone (self, invocation, &info))
    return G_DBUS_METHOD_INVOCATION_HANDLED;
  mode = mode_in (settings, &error);
  if (mode && bg_application_set_endpoint_mode (self->app, info.key, mode, &error))
    bg_dbus_tunnel1_endpoint_complete_configure (bus, invocation);
  else
    bg_dbus_return_error (invocation, error);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

/* --- Life --- */

BgDBusEndpoint *
bg_dbus_endpoint_new (BgApplication *app, const BgEndpointInfo *info, BgDBusRights *rights)
{
  BgDBusEndpoint *self = g_object_new (BG_TYPE_DBUS_ENDPOINT, NULL);

  self->app = g_object_ref (app);
  bg_dbus_rights_guard (G_DBUS_INTERFACE_SKELETON (self), rights);
  bg_dbus_endpoint_refresh (self, info);
  bg_dbus_endpoint_count (self);
  return self;
}

void
bg_dbus_endpoint_detach (BgDBusEndpoint *self)
{
  g_clear_object (&self->app);
}

static void
bg_dbus_endpoint_dispose (GObject *object)
{
  bg_dbus_endpoint_detach (BG_DBUS_ENDPOINT (object));
  G_OBJECT_CLASS (bg_dbus_endpoint_parent_class)->dispose (object);
}

static void
bg_dbus_endpoint_class_init (BgDBusEndpointClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = bg_dbus_endpoint_dispose;
  bg_dbus_rights_guard_class (G_DBUS_INTERFACE_SKELETON_CLASS (klass));
}

static void
endpoint_iface_init (BgDBusTunnel1EndpointIface *iface)
{
  iface->handle_get_details = handle_get_details;
  iface->handle_configure = handle_configure;
}

static void
bg_dbus_endpoint_init (BgDBusEndpoint *self)
{
}
