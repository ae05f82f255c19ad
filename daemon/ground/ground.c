/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ground/ground.h"

#include "common/error.h"
#include "common/log.h"
#include "ground/ground-socket.h"
#include "ground/pool-files.h"
#include "net/networks-watch.h"
#include "net/own-hosts.h"

#include <glib/gstdio.h>
#include <sys/random.h>
#include <sys/socket.h>

struct _BgGround
{
  const BgGroundEvents *events;
  gpointer owner;
  BgNetlink *netlink;
  BgForwarding *forwarding;
  BgNetworksWatch *watch;
  BgPoolFiles *files;
  BgAddressPool *addresses;
  BgPortPool *ports;
  BgVirtualSubnet subnet;
  BgIpPrefix mirror, subnet6; /* family 0: none */
  BgIpPrefix *from, *avoid;
  guint n_from, n_avoid;
  gboolean has_met;  /* somebody else has the subnet, and the owner was told */
  GHashTable *added; /* addresses that are ours to take away, as texts */
};

/* --- Addresses --- */

static char *
text_of (const BgIpPrefix *host)
{
  char text[BG_IP_PREFIX_TEXT];

  bg_ip_prefix_format_address (host, text);
  return g_strdup (text);
}

static gboolean
is_of_loopback (const BgIpPrefix *host)
{
  return host->family == AF_INET && host->addr[0] == 127;
}

static gboolean
add_address (gpointer data, const BgIpPrefix *host, GError **error)
{
  BgGround *self = data;
  gboolean added;

  if (is_of_loopback (host))
    return TRUE;
  if (!bg_own_hosts_add (self->netlink, host, &added, error))
    return FALSE;
  if (added)
    g_hash_table_add (self->added, text_of (host));
  return TRUE;
}

static void
remove_address (gpointer data, const BgIpPrefix *host)
{
  BgGround *self = data;
  g_autofree char *text = text_of (host);
  g_autoptr (GError) error = NULL;

  if (g_hash_table_remove (self->added, text) && !bg_own_hosts_remove (self->netlink, host, &error))
    bg_log (BG_TOPIC_NET, WARNING, NULL, "%s", error->message);
}

static gboolean
find_address (gpointer data, const char *link, BgIpPrefix *host, GError **error)
{
  if (bg_ground_socket_find_address (link, host))
    return TRUE;
  bg_error_set (error, BG_ERROR_NOT_FOUND, ENDPOINT_LINK_BARE, link);
  return FALSE;
}

/* --- Doors --- */

static int
listen_at (gpointer data, const BgIpPrefix *host, guint16 port, gboolean is_local, int *code)
{
  return bg_ground_socket_listen (host, port, is_local, code);
}

static guint64
open_door (gpointer data, int fd, const BgWantedEndpoint *endpoint, gboolean is_local,
           GError **error)
{
  BgGround *self = data;
  BgForwardWay *way = self->events->find_way (self->owner, endpoint, error);
  BgDoorRules rules = { .local_only = is_local,
                        .from = is_local ? NULL : self->from,
                        .n_from = is_local ? 0 : self->n_from };
  guint64 door;

  if (!way)
    {
      g_close (fd, NULL);
      return 0;
    }
  door = bg_forwarding_open (self->forwarding, fd, &rules, way);
  bg_forward_way_unref (way);
  return door;
}

static gboolean
lead (gpointer data, guint64 door, const BgWantedEndpoint *endpoint, gboolean is_local,
      GError **error)
{
  BgGround *self = data;
  g_autoptr (BgForwardWay) way = self->events->find_way (self->owner, endpoint, error);

  if (way)
    bg_forwarding_set_way (self->forwarding, door, way);
  return way != NULL;
}

static void
close_door (gpointer data, guint64 door, gint64 drain_us)
{
  bg_forwarding_close (((BgGround *) data)->forwarding, door, drain_us);
}

static void
name (gpointer data, const BgEndpointName *names, guint n)
{
  BgGround *self = data;

  self->events->name (self->owner, names, n);
}

static void
keep (gpointer data)
{
  bg_pool_files_keep (((BgGround *) data)->files);
}

static const BgEndpointGround operations = { add_address, remove_address, find_address,
                                             listen_at,   open_door,      lead,
                                             close_door,  name,           keep };

const BgEndpointGround *
bg_ground_get_operations (void)
{
  return &operations;
}

/* --- The subnet --- */

typedef struct
{
  BgLocalNetworks *networks;
  const BgIpPrefix *avoid;
  guint n_avoid;
} Others;

static gboolean
meets (const BgIpPrefix *a, const BgIpPrefix *b)
{
  return bg_ip_prefix_contains (a, b) || bg_ip_prefix_contains (b, a);
}

static gboolean
is_taken (gpointer data, const BgIpPrefix *subnet)
{
  const Others *others = data;

  for (guint i = 0; i < others->n_avoid; i++)
    if (meets (&others->avoid[i], subnet))
      return TRUE;
  return others->networks
         && bg_local_networks_meet (others->networks, subnet, BG_LOCAL_RULED) != NULL;
}

static void
say_subnet (const BgVirtualSubnet *subnet)
{
  char wanted[BG_IP_PREFIX_TEXT], chosen[BG_IP_PREFIX_TEXT];

  bg_ip_prefix_format (&subnet->wanted, wanted);
  bg_ip_prefix_format (&subnet->chosen, chosen);
  if (subnet->chosen.family == 0)
    bg_log (BG_TOPIC_NET, WARNING, NULL,
            "endpoints have addresses of loopback: %s and all others are taken", wanted);
  else if (!bg_ip_prefix_equal (&subnet->wanted, &subnet->chosen))
    bg_log (BG_TOPIC_NET, MESSAGE, NULL, "endpoints have addresses of %s: %s meets another network",
            chosen, wanted);
}

static void
invent6 (BgIpPrefix *subnet6)
{
  guint8 chance[5];

  if (getrandom (chance, sizeof chance, 0) == sizeof chance)
    *subnet6 = bg_virtual_subnet_invent6 (chance);
}

/* What was chosen before stays while nobody else has it: programs and people remember addresses. */
static void
choose_subnet (BgGround *self, const BgGroundOptions *options)
{
  g_autoptr (BgLocalNetworks) networks = bg_local_networks_load (NULL, NULL);
  Others others = { networks, options->avoid, options->n_avoid };
  BgVirtualSubnet before = { 0 };
  gboolean was = bg_pool_files_load_subnet (self->files, &before);

  self->subnet = (BgVirtualSubnet){ .wanted = options->subnet, .chosen6 = before.chosen6 };
  if (!bg_virtual_subnet_choose (&options->subnet, was ? &before : NULL, is_taken, &others,
                                 &self->subnet.chosen))
    self->subnet.chosen = (BgIpPrefix){ 0 };
  if (self->subnet.chosen6.family == 0)
    invent6 (&self->subnet.chosen6);
  say_subnet (&self->subnet);
  bg_pool_files_save_subnet (self->files, &self->subnet);
}

/* May this machine have addresses there? Its own one is given to nobody. */
static gboolean
may_have_addresses (BgGround *self, const BgIpPrefix *own)
{
  g_autoptr (GError) error = NULL;
  gboolean added;

  if (!self->netlink || !bg_own_hosts_add (self->netlink, own, &added, &error))
    {
      bg_log (BG_TOPIC_NET, MESSAGE, NULL, "endpoints have addresses of loopback%s%s",
              error ? ": " : "", error ? error->message : "");
      return FALSE;
    }
  if (added)
    bg_own_hosts_remove (self->netlink, own, NULL);
  return TRUE;
}

static void
choose_places (BgGround *self, const BgGroundOptions *options)
{
  BgIpPrefix own = bg_address_to_prefix (bg_address_pool_get_own (self->addresses));

  if (self->subnet.chosen.family == 0 || !may_have_addresses (self, &own))
    self->mirror = bg_virtual_subnet_loopback ();
  else if (options->has_subnet6)
    self->subnet6 = options->subnet6.family != 0 ? options->subnet6 : self->subnet.chosen6;
}

/* --- Life --- */

static void
on_drained (gpointer owner, guint64 door)
{
  BgGround *self = owner;

  self->events->drained (self->owner, door);
}

static void
on_rejected (gpointer owner, guint64 door)
{
  BgGround *self = owner;

  self->events->rejected (self->owner, door);
}

static const BgForwardingEvents forwarding_events = { on_drained, on_rejected };

/* Addresses of loopback are in nobody's way. */
static gboolean
has_met (BgGround *self)
{
  Others others = { bg_networks_watch_get (self->watch), self->avoid, self->n_avoid };

  return self->mirror.family == 0 && self->subnet.chosen.family != 0
         && is_taken (&others, &self->subnet.chosen);
}

static void
on_networks (gpointer data, gboolean changed)
{
  BgGround *self = data;
  gboolean had_met = self->has_met;

  self->has_met = has_met (self);
  if (self->has_met && !had_met)
    self->events->met (self->owner);
  else
    self->events->moved (self->owner);
}

void
bg_ground_configure (BgGround *self, const BgGroundOptions *options)
{
  g_free (self->from);
  self->from = g_memdup2 (options->from, options->n_from * sizeof *options->from);
  self->n_from = options->n_from;
  g_free (self->avoid);
  self->avoid = g_memdup2 (options->avoid, options->n_avoid * sizeof *options->avoid);
  self->n_avoid = options->n_avoid;
  bg_port_pool_set_range (self->ports, options->first_port, options->last_port);
}

static void
make_pools (BgGround *self, const BgGroundOptions *options)
{
  self->files = bg_pool_files_new (options->directory);
  choose_subnet (self, options);
  self->addresses = bg_address_pool_new (self->subnet.chosen.family != 0 ? &self->subnet.chosen
                                                                         : &options->subnet);
  self->ports = bg_port_pool_new (options->first_port, options->last_port);
  bg_pool_files_restore (self->files, self->addresses, self->ports);
}

void
bg_ground_remove_leftovers (void)
{
  g_autoptr (BgNetlink) netlink = bg_netlink_new (NULL);
  guint n = netlink ? bg_own_hosts_remove_all (netlink, NULL) : 0;

  if (n > 0)
    bg_log (BG_TOPIC_NET, MESSAGE, NULL,
            "%u addresses of endpoints that a killed daemon left are gone", n);
}

BgGround *
bg_ground_new (const BgGroundOptions *options, const BgGroundEvents *events, gpointer owner,
               GError **error)
{
  g_autoptr (BgGround) self = g_new0 (BgGround, 1);

  self->events = events;
  self->owner = owner;
  self->added = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->forwarding = bg_forwarding_new (options->engine, &forwarding_events, self, error);
  if (!self->forwarding)
    return NULL;
  bg_ground_remove_leftovers ();
  self->netlink = bg_netlink_new (NULL);
  make_pools (self, options);
  choose_places (self, options);
  bg_ground_configure (self, options);
  self->watch = bg_networks_watch_new (NULL, on_networks, self, NULL);
  return g_steal_pointer (&self);
}

void
bg_ground_free (BgGround *self)
{
  if (!self)
    return;
  g_clear_pointer (&self->watch, bg_networks_watch_free);
  g_clear_pointer (&self->files, bg_pool_files_free);
  g_clear_pointer (&self->forwarding, bg_forwarding_free);
  g_clear_pointer (&self->addresses, bg_address_pool_free);
  g_clear_pointer (&self->ports, bg_port_pool_free);
  g_clear_pointer (&self->netlink, bg_netlink_free);
  g_hash_table_unref (self->added);
  g_free (self->from);
  g_free (self->avoid);
  g_free (self);
}

BgAddressPool *
bg_ground_get_addresses (BgGround *self)
{
  return self->addresses;
}

BgPortPool *
bg_ground_get_ports (BgGround *self)
{
  return self->ports;
}

void
bg_ground_get_places (BgGround *self, BgIpPrefix *mirror, BgIpPrefix *subnet6)
{
  *mirror = self->mirror;
  *subnet6 = self->subnet6;
}

const BgIpPrefix *
bg_ground_get_subnet (BgGround *self)
{
  return self->mirror.family != 0 ? &self->mirror : &self->subnet.chosen;
}

gboolean
bg_ground_read_counters (BgGround *self, guint64 door, BgDoorCounters *counters)
{
  return bg_forwarding_counters (self->forwarding, door, counters);
}
