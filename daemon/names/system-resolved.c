/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* systemd-resolved, by its bus API, org.freedesktop.resolve1(5): it forgets all of this by itself when the interface goes. */
#include "names/system-back-end.h"

#include "common/error.h"
#include "common/log.h"

#include <string.h>
#include <sys/socket.h>

#define RESOLVED "org.freedesktop.resolve1"
#define RESOLVED_PATH "/org/freedesktop/resolve1"
#define MANAGER RESOLVED ".Manager"
#define LINK RESOLVED ".Link"
#define PATIENCE_MS 10000

typedef struct
{
  GDBusConnection *bus;
  const BgDnsEvents *events;
  gpointer owner;
  GCancellable *cancellable;
  guint subscription;
  BgNamesPlan *plan;
  guint ifindex;
  guint calls;   /* not answered yet */
  GError *error; /* the first of them */
  gboolean is_set;
} Resolved;

/* --- What it is told --- */

static GVariant *
servers_of (const BgNamesPlan *plan)
{
  GVariantBuilder list;
  guint n;
  const BgIpPrefix *servers = bg_names_plan_get_servers (plan, &n);

  g_variant_builder_init (&list, G_VARIANT_TYPE ("a(iay)"));
  for (guint i = 0; i < n; i++)
    g_variant_builder_add (&list, "(i@ay)", servers[i].family,
                           g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, servers[i].addr,
                                                      servers[i].family == AF_INET ? 4 : 16, 1));
  return g_variant_builder_end (&list);
}

/* TRUE behind a domain: for routing alone, not for search. */
static GVariant *
domains_of (const BgNamesPlan *plan)
{
  GVariantBuilder list;
  const char *const *domains = bg_names_plan_get_domains (plan);

  g_variant_builder_init (&list, G_VARIANT_TYPE ("a(sb)"));
  for (guint i = 0; domains[i]; i++)
    g_variant_builder_add (&list, "(sb)", domains[i],
                           i > 0 || !bg_names_plan_get_search (plan)); /* the suffix is first */
  if (bg_names_plan_get_default_route (plan))
    g_variant_builder_add (&list, "(sb)", ".", TRUE);
  return g_variant_builder_end (&list);
}

/* --- Calls --- */

static void
on_bus_all_set (Resolved *self)
{
  g_autoptr (GError) error = g_steal_pointer (&self->error);

  self->is_set = !error;
  self->events->settled (self->owner, error);
}

static void
finish_call (Resolved *self, GError *error)
{
  if (error && !self->error)
    {
      g_dbus_error_strip_remote_error (error);
      self->error = error;
    }
  else
    g_clear_error (&error);
  if (--self->calls == 0)
    on_bus_all_set (self);
}

static void
on_bus_call_done (GObject *source, GAsyncResult *result, gpointer data)
{
  GError *error = NULL;
  g_autoptr (GVariant)
    answer = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    g_error_free (error);
  else
    finish_call (data, error);
}

/* An older or a leaner one may not know it: names work all the same. */
static void
on_bus_nicety_done (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant)
    answer = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (error)
    bg_log (BG_TOPIC_NET, INFO, NULL, "systemd-resolved: %s", error->message);
  finish_call (data, NULL);
}

static void
call (Resolved *self, const char *method, GVariant *arguments, GAsyncReadyCallback done)
{
  self->calls++;
  g_dbus_connection_call (self->bus, RESOLVED, RESOLVED_PATH, MANAGER, method, arguments, NULL,
                          G_DBUS_CALL_FLAGS_NO_AUTO_START, PATIENCE_MS, self->cancellable, done,
                          self);
}

static void
turn_off (Resolved *self, const char *method)
{
  call (self, method, g_variant_new ("(is)", (int) self->ifindex, "no"), on_bus_nicety_done);
}

/* In this order: the domains come last, so that no question is led to a link without a server. */
static void
tell (Resolved *self)
{
  int link = (int) self->ifindex;
  gboolean is_default = bg_names_plan_get_default_route (self->plan);

  turn_off (self, "SetLinkLLMNR");
  turn_off (self, "SetLinkMulticastDNS");
  turn_off (self, "SetLinkDNSSEC"); /* nobody signs our names */
  turn_off (self, "SetLinkDNSOverTLS");
  call (self, "SetLinkDNS", g_variant_new ("(i@a(iay))", link, servers_of (self->plan)),
        on_bus_call_done);
  call (self, "SetLinkDefaultRoute", g_variant_new ("(ib)", link, is_default), on_bus_call_done);
  call (self, "SetLinkDomains", g_variant_new ("(i@a(sb))", link, domains_of (self->plan)),
        on_bus_call_done);
}

static void
drop_calls (Resolved *self)
{
  g_cancellable_cancel (self->cancellable);
  g_object_unref (self->cancellable);
  self->cancellable = g_cancellable_new ();
  self->calls = 0;
  g_clear_error (&self->error);
}

static void
resolved_ask (gpointer data, BgNamesPlan *plan, guint ifindex)
{
  Resolved *self = data;

  drop_calls (self);
  bg_names_plan_ref (plan);
  bg_names_plan_unref (self->plan);
  self->plan = plan;
  self->ifindex = ifindex;
  self->is_set = FALSE;
  tell (self);
}

/* --- Who else tells it something --- */

/* In whatever order. */
static gboolean
have_equal_children (GVariant *a, GVariant *b)
{
  gsize n = g_variant_n_children (a), same = 0;

  for (gsize i = 0; i < n; i++)
    for (gsize k = 0; k < g_variant_n_children (b); k++)
      {
        g_autoptr (GVariant) x = g_variant_get_child_value (a, i);
        g_autoptr (GVariant) y = g_variant_get_child_value (b, k);

        if (g_variant_equal (x, y))
          same++;
      }
  return same == n && n == g_variant_n_children (b);
}

static gboolean
is_as_asked (Resolved *self, GVariant *properties)
{
  g_autoptr (GVariant) servers = g_variant_lookup_value (properties, "DNS", NULL),
                       domains = g_variant_lookup_value (properties, "Domains", NULL),
                       wanted_servers = g_variant_ref_sink (servers_of (self->plan)),
                       wanted_domains = g_variant_ref_sink (domains_of (self->plan));

  return servers && domains && have_equal_children (servers, wanted_servers)
         && have_equal_children (domains, wanted_domains);
}

static void
on_bus_properties (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant)
    answer = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error),
    properties = NULL;
  Resolved *self = data;

  if (!answer || !self->is_set)
    return; /* it is gone, or about to be told again */
  properties = g_variant_get_child_value (answer, 0);
  self->events->disturbed (self->owner, !is_as_asked (self, properties));
}

static void
on_bus_link (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant)
    answer = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);
  Resolved *self = data;
  const char *path;

  if (!answer)
    return;
  g_variant_get (answer, "(&o)", &path);
  g_dbus_connection_call (self->bus, RESOLVED, path, "org.freedesktop.DBus.Properties", "GetAll",
                          g_variant_new ("(s)", LINK), G_VARIANT_TYPE ("(a{sv})"),
                          G_DBUS_CALL_FLAGS_NO_AUTO_START, PATIENCE_MS, self->cancellable,
                          on_bus_properties, self);
}

/* Something about one of its links. */
static void
on_bus_manager_changed (GDBusConnection *bus, const char *sender, const char *path,
                        const char *interface, const char *member, GVariant *parameters,
                        gpointer data)
{
  Resolved *self = data;

  if (self->is_set)
    g_dbus_connection_call (self->bus, RESOLVED, RESOLVED_PATH, MANAGER, "GetLink",
                            g_variant_new ("(i)", (int) self->ifindex), G_VARIANT_TYPE ("(o)"),
                            G_DBUS_CALL_FLAGS_NO_AUTO_START, PATIENCE_MS, self->cancellable,
                            on_bus_link, self);
}

/* --- Life --- */

static gpointer
resolved_make (const BgDnsPlace *place, const BgDnsEvents *events, gpointer owner)
{
  Resolved *self = g_new0 (Resolved, 1);

  self->bus = g_object_ref (place->bus);
  self->events = events;
  self->owner = owner;
  self->cancellable = g_cancellable_new ();
  self->subscription = g_dbus_connection_signal_subscribe (
    self->bus, RESOLVED, "org.freedesktop.DBus.Properties", "PropertiesChanged", RESOLVED_PATH,
    MANAGER, G_DBUS_SIGNAL_FLAGS_NONE, on_bus_manager_changed, self, NULL);
  return self;
}

/* Without a wait for the answer the connection could end before the question left. */
static void
on_bus_reverted (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GVariant)
    answer = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, NULL);
}

static void
resolved_free (gpointer data)
{
  Resolved *self = data;

  drop_calls (self);
  g_object_unref (self->cancellable);
  g_dbus_connection_signal_unsubscribe (self->bus, self->subscription);
  if (self->plan && !g_dbus_connection_is_closed (self->bus))
    g_dbus_connection_call (self->bus, RESOLVED, RESOLVED_PATH, MANAGER, "RevertLink",
                            g_variant_new ("(i)", (int) self->ifindex), NULL,
                            G_DBUS_CALL_FLAGS_NO_AUTO_START, PATIENCE_MS, NULL, on_bus_reverted,
                            NULL);
  g_object_unref (self->bus);
  bg_names_plan_unref (self->plan);
  g_free (self);
}

const BgDnsBackEnd bg_dns_resolved = {
  .make = resolved_make,
  .ask = resolved_ask,
  .free = resolved_free,
};
