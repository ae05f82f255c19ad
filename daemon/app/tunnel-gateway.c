/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is behind this machine: the networks that it offers, and the rest of the world where it is an exit. */
#include "app/tunnel-private.h"

#include "common/log.h"
#include "common/source.h"
#include "firewall/firewall.h"
#include "net/forwarding.h"

#include <sys/socket.h>

#define RECORD "forwarding"
/* Where the unit shows us what it hides of /proc. */
#define MOUNTED "sysctl"
#define SETTLE_MS 50

struct _BgTunnelGateway
{
  BgIpForwarding *forwarding;
  BgFirewall *firewall;
  BgWords *complaint; /* about forwarding */
  GSource *again;     /* somebody switches forwarding: many things at a time */
};

/* --- Where the switches are --- */

char *
bg_tunnel_find_switches (const char *runtime_dir, const char *family)
{
  g_autofree char *mounted = g_build_filename (runtime_dir, MOUNTED, family, NULL);
  g_autofree char *there = g_build_filename (mounted, "all", NULL);

  return g_file_test (there, G_FILE_TEST_EXISTS)
           ? g_steal_pointer (&mounted)
           : g_build_filename ("/proc/sys/net", family, "conf", NULL);
}

static char *
dup_boot_id (void)
{
  char *id = g_strdup (g_getenv ("BAMGATE_BOOT_ID"));

  if (!id && !g_file_get_contents ("/proc/sys/kernel/random/boot_id", &id, NULL, NULL))
    id = g_strdup ("");
  return g_strstrip (id);
}

static BgIpForwarding *
open_forwarding (BgTunnel *self, BgIpForwardingChanged changed, GError **error)
{
  g_autofree char *record = g_build_filename (self->state_dir, RECORD, NULL),
                  *conf4 = bg_tunnel_find_switches (self->runtime_dir, "ipv4"),
                  *conf6 = bg_tunnel_find_switches (self->runtime_dir, "ipv6"),
                  *boot_id = dup_boot_id ();
  BgIpForwardingPlaces places = {
    .record = record, .conf4 = conf4, .conf6 = conf6, .boot_id = boot_id
  };

  return bg_ip_forwarding_new (&places, changed, self, error);
}

/* --- What is wanted --- */

/* A plan, and what it borrows. */
typedef struct
{
  GArray *routes;             /* BgFirewallRoute */
  GPtrArray *names4, *names6; /* where packets come in that are to be forwarded */
  GPtrArray *tunnels, *uplinks;
  guint exit;
} Wanted;

static Wanted *
wanted_new (void)
{
  Wanted *self = g_new0 (Wanted, 1);

  self->routes = g_array_new (FALSE, FALSE, sizeof (BgFirewallRoute));
  self->names4 = g_ptr_array_new_with_free_func (g_free);
  self->names6 = g_ptr_array_new_with_free_func (g_free);
  self->tunnels = g_ptr_array_new_with_free_func (g_free);
  self->uplinks = g_ptr_array_new_with_free_func (g_free);
  return self;
}

static void
wanted_free (Wanted *self)
{
  g_array_unref (self->routes);
  g_ptr_array_unref (self->names4);
  g_ptr_array_unref (self->names6);
  g_ptr_array_unref (self->tunnels);
  g_ptr_array_unref (self->uplinks);
  g_free (self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Wanted, wanted_free)

static GPtrArray *
names_of (Wanted *self, int family)
{
  return family == AF_INET ? self->names4 : self->names6;
}

static void
add_name (GPtrArray *names, const char *name)
{
  if (!g_ptr_array_find_with_equal_func (names, name, g_str_equal, NULL))
    g_ptr_array_add (names, g_strdup (name));
}

static void
want_routes (BgTunnel *self, Wanted *wanted, const BgLocalNetworks *networks)
{
  for (guint i = 0; i < self->config->routes->len; i++)
    {
      const BgServedRoute *served = &g_array_index (self->config->routes, BgServedRoute, i);
      BgFirewallRoute route = { .inner = served->network, .shown = served->shown };
      GPtrArray *names = names_of (wanted, route.inner.family);

      g_array_append_val (wanted->routes, route);
      add_name (names, self->ifname);
      bg_local_networks_list_interfaces (networks, &route.inner, names);
    }
}

/* In the families of the tunnel in which this machine has a way out itself. */
static void
want_exit (BgTunnel *self, Wanted *wanted, const BgLocalNetworks *networks)
{
  for (guint i = 0; self->config->exit && i < self->n_addresses; i++)
    {
      BgIpPrefix everywhere = { .family = self->addresses[i].family };
      g_autoptr (GPtrArray) uplinks = g_ptr_array_new_with_free_func (g_free);

      bg_local_networks_list_interfaces (networks, &everywhere, uplinks);
      if (uplinks->len == 0)
        continue;
      wanted->exit |= bg_families_of (&everywhere);
      add_name (names_of (wanted, everywhere.family), self->ifname);
      for (guint j = 0; j < uplinks->len; j++)
        {
          add_name (names_of (wanted, everywhere.family), uplinks->pdata[j]);
          add_name (wanted->uplinks, uplinks->pdata[j]);
        }
    }
}

/* Where this machine's networks are not known, nothing is forwarded. */
static Wanted *
find_wanted (BgTunnel *self)
{
  Wanted *wanted = wanted_new ();
  const BgLocalNetworks *networks = self->networks ? bg_networks_watch_get (self->networks) : NULL;

  if (networks)
    {
      want_routes (self, wanted, networks);
      want_exit (self, wanted, networks);
      bg_local_networks_list_tunnels (networks, wanted->tunnels);
    }
  g_ptr_array_add (wanted->names4, NULL);
  g_ptr_array_add (wanted->names6, NULL);
  g_ptr_array_add (wanted->tunnels, NULL);
  g_ptr_array_add (wanted->uplinks, NULL);
  return wanted;
}

/* --- In effect --- */

static void
set_firewall (BgTunnel *self, const Wanted *wanted)
{
  BgIpForwarding *forwarding = self->gateway->forwarding;
  g_auto (GStrv) quiet4 = bg_ip_forwarding_list_quiet (forwarding, AF_INET),
                 quiet6 = bg_ip_forwarding_list_quiet (forwarding, AF_INET6);
  BgFirewallPlan plan = {
    .interface = self->ifname,
    .routes = (const BgFirewallRoute *) (gpointer) wanted->routes->data,
    .n_routes = wanted->routes->len,
    .nat = self->config->routes_nat,
    .exit = wanted->exit,
    .tunnels = (const char *const *) wanted->tunnels->pdata,
    .uplinks = (const char *const *) wanted->uplinks->pdata,
    .quiet4 = (const char *const *) quiet4,
    .quiet6 = (const char *const *) quiet6,
  };

  bg_firewall_set_plan (self->gateway->firewall, &plan);
}

/* Without our table more would get through than was offered: then nothing is switched on. */
static void
set_forwarding (BgTunnel *self, const Wanted *wanted)
{
  BgTunnelGateway *gateway = self->gateway;
  gboolean is_safe = !bg_firewall_get_complaint (gateway->firewall);
  g_autoptr (GError) error = NULL;

  if (!bg_ip_forwarding_set (gateway->forwarding,
                             is_safe ? (const char *const *) wanted->names4->pdata : NULL,
                             is_safe ? (const char *const *) wanted->names6->pdata : NULL, &error))
    bg_log (BG_TOPIC_NET, WARNING, NULL, "forwarding: %s", error->message);
  bg_words_take (&gateway->complaint, error ? bg_words (FORWARDING_FAILED, error) : NULL);
}

static void
say (BgTunnel *self)
{
  BgTunnelGateway *gateway = self->gateway;
  GPtrArray *obstacles = bg_firewall_list_obstacles (gateway->firewall);
  BgWords *words = bg_firewall_get_complaint (gateway->firewall);

  if (!words)
    words = gateway->complaint;
  if (!words && obstacles->len > 0)
    words = obstacles->pdata[0];
  bg_health_set (self->health, BG_CONCERN_GATEWAY, words ? bg_words_ref (words) : NULL);
}

void
bg_tunnel_serve_networks (BgTunnel *self)
{
  BgTunnelGateway *gateway = self->gateway;
  g_autoptr (Wanted) wanted = NULL;

  if (self->in_namespace)
    bg_tunnel_say_no_gateway (self);
  if (!gateway)
    return;
  bg_source_drop (&gateway->again);
  wanted = find_wanted (self);
  set_firewall (self, wanted);
  set_forwarding (self, wanted);
  say (self);
}

static gboolean
on_again (gpointer data)
{
  bg_tunnel_serve_networks (data);
  return G_SOURCE_REMOVE;
}

static void
on_forwarding_changed (gpointer data)
{
  BgTunnel *self = data;

  if (self->gateway && !self->gateway->again)
    bg_source_arm (&self->gateway->again, SETTLE_MS, on_again, self);
}

/* Its table came, or went: what is forwarded depends on it. */
static void
on_firewall_changed (gpointer data)
{
  on_forwarding_changed (data);
}

GPtrArray *
bg_tunnel_list_obstacles (BgTunnel *self)
{
  return self->gateway ? g_ptr_array_ref (bg_firewall_list_obstacles (self->gateway->firewall))
                       : bg_words_list_new ();
}

/* --- Step: gateway --- */

void
bg_tunnel_up_gateway (gpointer owner, BgBringUp *run)
{
  BgTunnel *self = owner;
  g_autoptr (GError) error = NULL;
  BgIpForwarding *forwarding = self->in_namespace
                                 ? NULL
                                 : open_forwarding (self, on_forwarding_changed, &error);

  if (self->in_namespace)
    bg_tunnel_say_no_gateway (self);
  else if (forwarding)
    {
      self->gateway = g_new0 (BgTunnelGateway, 1);
      self->gateway->forwarding = forwarding;
      self->gateway->firewall = bg_firewall_new (self->ifname, on_firewall_changed, self);
      bg_tunnel_serve_networks (self);
    }
  else
    bg_health_set (self->health, BG_CONCERN_GATEWAY, bg_words (FORWARDING_FAILED, error));
  bg_bring_up_step_done (run, NULL);
}

void
bg_tunnel_down_gateway (gpointer owner, BgBringUp *run)
{
  BgTunnel *self = owner;
  BgTunnelGateway *gateway = g_steal_pointer (&self->gateway);

  if (gateway)
    {
      bg_source_drop (&gateway->again);
      bg_ip_forwarding_free (
        gateway->forwarding); /* before the table that keeps it within bounds */
      bg_firewall_free (gateway->firewall);
      bg_words_unref (gateway->complaint);
      g_free (gateway);
    }
  bg_health_set (self->health, BG_CONCERN_GATEWAY, NULL);
  bg_bring_up_step_undone (run);
}

void
bg_tunnel_remove_gateway_leftovers (BgTunnel *self)
{
  g_autoptr (GError) error = NULL;
  guint n = bg_firewall_remove_leftovers (&error);

  bg_ip_forwarding_free (
    open_forwarding (self, NULL, NULL)); /* which takes over what a file says */
  if (error)
    bg_log (BG_TOPIC_NET, DEBUG, NULL, "leftovers: %s", error->message);
  else if (n > 0)
    bg_log (BG_TOPIC_NET, MESSAGE, NULL,
            "removed rules of the packet filter that a killed daemon had left");
}
