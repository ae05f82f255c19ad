/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* NetworkManager, where it looks after the machine's resolver by itself. It has no place for the servers of an interface that it did
 * not set up, but it has a profile in memory for each ("connected (externally)"), and takes a changed one by Reapply, without
 * touching the addresses and routes of others (flag of 1.42). The profile goes with the interface. */
#include "names/system-back-end.h"

#include "common/error.h"

#include <string.h>
#include <sys/socket.h>

#define NM "org.freedesktop.NetworkManager"
#define NM_PATH "/org/freedesktop/NetworkManager"
#define DEVICE NM ".Device"
#define PATIENCE_MS 10000
#define WAITS                                                                                      \
  2 /* for a family that our resolver has an address of, and NetworkManager does not know */

#define PRESERVE_EXTERNAL_IP 1u

enum
{
  PRIORITY = 50,        /* as NetworkManager gives a VPN: in front of networks */
  PRIORITY_ALONE = -50, /* below 0: and no others */
};

/* Of the network of our address, which NetworkManager gives a route too: behind everybody's. */
#define LAST_METRIC G_GINT64_CONSTANT (0x7fffffff)

typedef struct
{
  GDBusConnection *bus;
  const BgDnsEvents *events;
  gpointer owner;
  GCancellable *cancellable;
  BgNamesPlan *plan; /* NULL: nothing is wanted any more */
  char *interface;
  char *device; /* its path, once known */
  guint waits;
  gboolean is_leaving; /* and goes with the last answer */
} Manager;

static void manager_end (Manager *self);

static GVariant *
finish_call (GObject *source, GAsyncResult *result, GError **error)
{
  GVariant *answer = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, error);

  if (error && *error && !g_error_matches (*error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    g_dbus_error_strip_remote_error (*error);
  return answer;
}

static gboolean
is_over (const GError *error)
{
  return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
call (Manager *self, const char *path, const char *interface, const char *method,
      GVariant *arguments, const char *type, GAsyncReadyCallback done)
{
  g_dbus_connection_call (self->bus, NM, path, interface, method, arguments,
                          type ? G_VARIANT_TYPE (type) : NULL, G_DBUS_CALL_FLAGS_NO_AUTO_START,
                          PATIENCE_MS, self->cancellable, done, self);
}

/* --- The profile --- */

static gboolean
has_method (GVariant *profile, const char *section, const char *wanted)
{
  g_autoptr (GVariant)
    settings = g_variant_lookup_value (profile, section, G_VARIANT_TYPE ("a{sv}"));
  const char *method = "";

  if (settings)
    g_variant_lookup (settings, "method", "&s", &method);
  return g_str_equal (method, wanted);
}

static GVariant *
servers_of (const BgNamesPlan *plan, int family)
{
  GVariantBuilder list;
  guint n;
  const BgIpPrefix *servers = bg_names_plan_get_servers (plan, &n);

  g_variant_builder_init (&list, G_VARIANT_TYPE (family == AF_INET ? "au" : "aay"));
  for (guint i = 0; i < n; i++)
    {
      guint32 number;

      if (servers[i].family != family)
        continue;
      memcpy (&number, servers[i].addr, sizeof number);
      if (family == AF_INET)
        g_variant_builder_add (&list, "u", number); /* in network order */
      else
        g_variant_builder_add_value (
          &list, g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, servers[i].addr, 16, 1));
    }
  return g_variant_builder_end (&list);
}

/* "~" in front of a domain: for routing alone, not for search. */
static GVariant *
domains_of (const BgNamesPlan *plan)
{
  GVariantBuilder list;
  const char *const *domains = bg_names_plan_get_domains (plan);

  g_variant_builder_init (&list, G_VARIANT_TYPE ("as"));
  for (guint i = 0; domains[i]; i++)
    {
      gboolean is_search = i == 0 && bg_names_plan_get_search (plan); /* the suffix is first */
      g_autofree char *domain = g_strconcat (is_search ? "" : "~", domains[i], NULL);

      g_variant_builder_add (&list, "s", domain);
    }
  return g_variant_builder_end (&list);
}

static void
remove_dns (GVariantDict *dict)
{
  static const char *const keys[] = { "dns", "dns-search", "dns-priority", "route-metric",
                                      "dns-data" /* the same as "dns" in newer words */ };

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    g_variant_dict_remove (dict, keys[i]);
}

static void
add_dns (GVariantDict *dict, const BgNamesPlan *plan, int family)
{
  gboolean alone = bg_names_plan_get_default_route (plan);

  g_variant_dict_insert_value (dict, "dns", servers_of (plan, family));
  g_variant_dict_insert_value (dict, "dns-search", domains_of (plan));
  g_variant_dict_insert (dict, "dns-priority", "i", alone ? PRIORITY_ALONE : PRIORITY);
  g_variant_dict_insert (dict, "route-metric", "x", LAST_METRIC);
}

/* What it takes for a family that it saw no address of, "disabled", would take our addresses away. */
static GVariant *
change_ip (GVariant *settings, const BgNamesPlan *plan, int family)
{
  GVariantDict dict;
  const char *method = "";

  g_variant_lookup (settings, "method", "&s", &method);
  g_variant_dict_init (&dict, settings);
  remove_dns (&dict);
  if (plan && (g_str_equal (method, "manual") || g_str_equal (method, "auto")))
    add_dns (&dict, plan, family);
  if (family == AF_INET6 && g_str_equal (method, "disabled"))
    g_variant_dict_insert (&dict, "method", "s", "ignore");
  return g_variant_dict_end (&dict);
}

/* `profile` is a{sa{sv}}, as is the result. */
static GVariant *
change_profile (GVariant *profile, const BgNamesPlan *plan)
{
  GVariantBuilder changed;
  GVariantIter iter;
  const char *section;
  GVariant *settings;

  g_variant_builder_init (&changed, G_VARIANT_TYPE ("a{sa{sv}}"));
  g_variant_iter_init (&iter, profile);
  while (g_variant_iter_next (&iter, "{&s@a{sv}}", &section, &settings))
    {
      g_autoptr (GVariant) old = settings;
      int family = g_str_equal (section, "ipv4")   ? AF_INET
                   : g_str_equal (section, "ipv6") ? AF_INET6
                                                   : 0;

      g_variant_builder_add (&changed, "{s@a{sv}}", section,
                             family ? change_ip (old, plan, family) : old);
    }
  return g_variant_builder_end (&changed);
}

/* --- Calls --- */

/* NULL: it is done. */
static void
settle (Manager *self, const GError *error)
{
  if (self->is_leaving)
    manager_end (self);
  else
    self->events->settled (self->owner, error);
}

static void
on_bus_reapplied (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) answer = finish_call (source, result, &error);

  if (!is_over (error))
    settle (data, error);
}

/* Of a family that it does not know yet it would take our addresses away. One that it never comes to know is done without,
 * but for that of our best server. */
static gboolean
knows_addresses (Manager *self, GVariant *profile)
{
  guint n;
  const BgIpPrefix *servers = bg_names_plan_get_servers (self->plan, &n);

  if (self->waits >= WAITS)
    n = MIN (n, 1);
  for (guint i = 0; i < n; i++)
    if (!has_method (profile, servers[i].family == AF_INET ? "ipv4" : "ipv6", "manual"))
      return FALSE;
  return n > 0;
}

static void
on_bus_profile (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) answer = finish_call (source, result, &error), profile = NULL;
  Manager *self = data;
  guint64 version;

  if (is_over (error))
    return;
  if (answer)
    g_variant_get (answer, "(@a{sa{sv}}t)", &profile, &version);
  if (profile && self->plan && !knows_addresses (self, profile))
    {
      self->waits++;
      bg_error_set (&error, BG_ERROR_WRONG_STATE, DNS_ADDRESS_UNSEEN, self->interface);
    }
  if (error)
    settle (self, error);
  else
    call (self, self->device, DEVICE, "Reapply",
          g_variant_new ("(@a{sa{sv}}tu)", change_profile (profile, self->plan), version,
                         PRESERVE_EXTERNAL_IP),
          NULL, on_bus_reapplied);
}

static void
on_bus_device (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) answer = finish_call (source, result, &error);
  Manager *self = data;

  if (is_over (error))
    return;
  if (!answer)
    {
      settle (self, error);
      return;
    }
  g_free (self->device);
  g_variant_get (answer, "(o)", &self->device);
  call (self, self->device, DEVICE, "GetAppliedConnection", g_variant_new ("(u)", 0),
        "(a{sa{sv}}t)", on_bus_profile);
}

static void
drop_calls (Manager *self)
{
  g_cancellable_cancel (self->cancellable);
  g_object_unref (self->cancellable);
  self->cancellable = g_cancellable_new ();
}

static void
begin (Manager *self)
{
  drop_calls (self);
  call (self, NM_PATH, NM, "GetDeviceByIpIface", g_variant_new ("(s)", self->interface), "(o)",
        on_bus_device);
}

static void
manager_ask (gpointer data, BgNamesPlan *plan, guint ifindex)
{
  Manager *self = data;

  bg_names_plan_ref (plan);
  bg_names_plan_unref (self->plan);
  self->plan = plan;
  g_free (self->interface);
  self->interface = g_strdup (bg_names_plan_get_interface (plan));
  begin (self);
}

/* --- Life --- */

static gpointer
manager_make (const BgDnsPlace *place, const BgDnsEvents *events, gpointer owner)
{
  Manager *self = g_new0 (Manager, 1);

  self->bus = g_object_ref (place->bus);
  self->events = events;
  self->owner = owner;
  self->cancellable = g_cancellable_new ();
  return self;
}

static void
manager_end (Manager *self)
{
  g_cancellable_cancel (self->cancellable);
  g_object_unref (self->cancellable);
  g_object_unref (self->bus);
  bg_names_plan_unref (self->plan);
  g_free (self->interface);
  g_free (self->device);
  g_free (self);
}

/* The interface may stay, and its profile with it. */
static void
manager_free (gpointer data)
{
  Manager *self = data;

  g_clear_pointer (&self->plan, bg_names_plan_unref);
  self->is_leaving = TRUE;
  if (self->interface && !g_dbus_connection_is_closed (self->bus))
    begin (self);
  else
    manager_end (self);
}

const BgDnsBackEnd bg_dns_networkmanager = {
  .make = manager_make,
  .ask = manager_ask,
  .free = manager_free,
};
