/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names of machines: what our resolver answers, and what this machine's own is to be told of it. Whatever changes, all of it is
 * looked at together a moment later: peers come in crowds. */
#include "app/tunnel-private.h"

#include "app/own-description.h"
#include "common/log.h"
#include "common/service-item.h"
#include "membership/member-standing.h"
#include "names/dns-message.h"
#include "names/names-server.h"
#include "names/names-view.h"
#include "names/port-owner.h"
#include "names/system-choice.h"
#include "common/dns-suffix.h"
#include "peer/main-timer.h"

#include <errno.h>
#include <glib/gstdio.h>

/* Several things change together. */
#define SETTLE_MS 100

/* Somebody else may let go of the port. */
#define LISTEN_AGAIN_MS (30 * 1000)

/* Where no address of the tunnel can be had. */
#define LOOPBACK "127.98.71.53"

struct _BgTunnelNames
{
  BgNamesServer *server; /* NULL: the settings want none */
  BgNamesView *view;     /* as it was looked at last */
  BgNamesPlan *plan;
  guint32 serial;
  char *network_suffix; /* as the hub said; NULL */
  char *suffix;
  char *said; /* of the resolver, in the log last; NULL: nothing */
  GSource *due, *listen_again;
};

/* --- The suffix of the network --- */

static char *
suffix_path (BgTunnel *self)
{
  return g_build_filename (self->state_dir, BG_NETWORK_SUFFIX_FILE, NULL);
}

/* As it was when the hub was here last: names are the same before it is. */
static void
recall_suffix (BgTunnel *self)
{
  g_autofree char *path = suffix_path (self), *text = NULL;

  if (self->signaling && g_file_get_contents (path, &text, NULL, NULL))
    self->names->network_suffix = bg_suffix_normalize (g_strstrip (text));
}

static void
remember_suffix (BgTunnel *self)
{
  g_autofree char *path = suffix_path (self);
  g_autoptr (GError) error = NULL;

  if (!self->names->network_suffix)
    g_unlink (path);
  else if (!g_file_set_contents (path, self->names->network_suffix, -1, &error))
    bg_log (BG_TOPIC_NET, WARNING, NULL, "the suffix of the network is not kept: %s",
            error->message);
}

/* The network wants another one than it gets. */
static void
judge_suffix (BgTunnel *self)
{
  const char *network = self->names->network_suffix;
  gboolean is_refused = network && !g_str_equal (network, self->names->suffix);

  bg_health_set (self->health, BG_CONCERN_SUFFIX,
                 is_refused ? bg_words (SUFFIX_REFUSED, network, network) : NULL);
}

static void
on_signaling_message (BgSignalingClient *client, BgSignalMessage *message, BgTunnel *self)
{
  g_autofree char *suffix = NULL;

  if (message->type != BG_SIGNAL_PEERS)
    return;
  suffix = message->suffix ? bg_suffix_normalize (message->suffix) : NULL;
  if (g_strcmp0 (suffix, self->names->network_suffix) == 0)
    return;
  g_free (self->names->network_suffix);
  self->names->network_suffix = g_steal_pointer (&suffix);
  remember_suffix (self);
  bg_tunnel_look_at_names (self);
}

/* --- Who is there --- */

/* Each once: one may be there by TCP and by UDP. */
static char **
names_of_services (const char *const *items)
{
  GPtrArray *names = g_ptr_array_new ();
  BgServiceItem item;

  for (; items && *items; items++)
    if (bg_service_item_parse (*items, &item)
        && !g_ptr_array_find_with_equal_func (names, item.name, g_str_equal, NULL))
      g_ptr_array_add (names, g_strdup (item.name));
  g_ptr_array_add (names, NULL);
  return (char **) g_ptr_array_free (names, FALSE);
}

static char **
own_services (BgTunnel *self)
{
  g_autoptr (BgPeerOffer) offer = bg_own_offer_new (self->config, 0);

  return names_of_services ((const char *const *) offer->services);
}

static void
add_self (BgTunnel *self, BgNamesView *view)
{
  g_auto (GStrv) services = own_services (self);
  const BgNamedMachine machine = {
    .id = self->started->device_name ? self->started->device_name : "",
    .rank = BG_NAMED_SELF,
    .addresses = self->addresses,
    .n_addresses = self->n_addresses,
    .services = (const char *const *) services,
  };

  for (guint i = 0; i < self->n_addresses; i++)
    bg_names_view_add_network (view, &self->addresses[i]);
  bg_names_view_add_machine (view, &machine);
}

static BgNamedRank
rank_of (const BgPeerInfo *info, const BgPeerNamed *named)
{
  if (info->is_static)
    return BG_NAMED_FIXED;
  return named->is_proved ? BG_NAMED_PROVED : BG_NAMED_BY_HUB;
}

static void
add_peer (BgNamesView *view, BgPeer *peer)
{
  const BgPeerInfo *info = bg_peer_get_info (peer);
  g_auto (GStrv) services = names_of_services (info->services);
  BgPeerNamed named;

  bg_peer_get_named (peer, &named);
  bg_names_view_add_machine (view, &(BgNamedMachine){
                                     .id = info->id,
                                     .rank = rank_of (info, &named),
                                     .since = named.since,
                                     .addresses = named.addresses,
                                     .n_addresses = named.n_addresses,
                                     .dns = info->accepted_dns,
                                     .domains = info->accepted_search,
                                     .services = (const char *const *) services,
                                   });
}

/* Every other name is asked of the servers that the exit's peer offers, whether they can be reached or not. */
static void
add_exit (BgTunnel *self, BgNamesView *view)
{
  const char *id = self->config->exit_node;
  BgPeer *peer = id ? bg_peer_set_lookup (self->peers, id) : NULL;
  const char *const *servers = peer ? bg_peer_get_info (peer)->dns : NULL;
  gboolean is_mute = peer && !(servers && *servers);

  if (id)
    bg_names_view_set_default (view, servers);
  bg_health_set (self->health, BG_CONCERN_EXIT_NAMES,
                 is_mute ? bg_words (EXIT_WITHOUT_NAMES, id) : NULL);
}

static void
add_given (BgNamesView *view, const BgMembership *state, const BgMemberName *name)
{
  const BgMember *member = bg_membership_find_key (state, name->device);
  BgIpPrefix addresses[BG_ENTRY_MAX_ADDRESSES];
  guint n = 0;

  for (; member && n < member->record.n_addresses; n++)
    addresses[n] = bg_entry_prefix_get (&member->record.addresses[n]);
  bg_names_view_add_given (view, name->label, addresses, n);
}

/* They lead where the log says, whatever the hub does. */
static void
add_given_names (BgTunnel *self, BgNamesView *view)
{
  const BgMembership *state = bg_network_log_get_state (self->network_log);

  for (guint32 i = 0; state && i < bg_membership_n_names (state); i++)
    add_given (view, state, bg_membership_name (state, i));
}

static BgNamesView *
look (BgTunnel *self)
{
  BgNamesView *view = bg_names_view_new (self->names->suffix);
  g_autoptr (GPtrArray) peers = bg_peer_set_get_peers (self->peers);

  add_self (self, view);
  for (guint i = 0; i < peers->len; i++)
    add_peer (view, peers->pdata[i]);
  add_given_names (self, view);
  add_exit (self, view);
  return view;
}

static void
judge_labels (BgTunnel *self)
{
  const char *name, *other;

  bg_health_set (self->health, BG_CONCERN_NAMES,
                 bg_names_view_get_clash (self->names->view, &name, &other)
                   ? bg_words (NAMES_MEET_IN_DNS, name, other)
                   : NULL);
}

/* --- The resolver --- */

/* Addresses that the interface does not have are somebody else's here. */
static guint
own_addresses (BgTunnel *self, BgIpPrefix *addresses, guint max)
{
  const BgNetPlan *plan = bg_tunnel_link_get_plan (self->link);
  guint n = 0;

  for (guint i = 0; i < bg_net_plan_n_addresses (plan) && n < max; i++)
    if (bg_net_plan_get_address (plan, i)->tags & 1u << BG_TAG_DEVICE)
      addresses[n++] = bg_net_plan_get_address (plan, i)->address;
  return n;
}

/* A server of this machine's own, which the others are told of, answers at one of them. */
static gboolean
is_taken (BgTunnel *self)
{
  for (char *const *server = self->config->dns; *server; server++)
    {
      BgIpPrefix address;

      for (guint i = 0; i < self->n_addresses && bg_ip_prefix_parse (*server, &address); i++)
        {
          BgIpPrefix ours = bg_ip_prefix_host (&self->addresses[i]);

          if (bg_ip_prefix_equal (&address, &ours))
            return TRUE;
        }
    }
  return FALSE;
}

static gboolean
on_listen_again (gpointer data)
{
  BgTunnel *self = data;

  bg_clear_source (&self->names->listen_again);
  bg_tunnel_look_at_names (self);
  return G_SOURCE_REMOVE;
}

/* Once for every other text. */
static void
say (BgTunnel *self, const BgWords *words)
{
  if (words && g_strcmp0 (words->text, self->names->said) != 0)
    bg_log (BG_TOPIC_NET, WARNING, NULL, "%s", words->text);
  g_free (self->names->said);
  self->names->said = words ? g_strdup (words->text) : NULL;
}

static BgWords *
describe_failure (const BgIpPrefix *failed, int error)
{
  g_autofree char *who = error == EADDRINUSE ? bg_port_owner_describe (failed, BG_DNS_PORT, FALSE)
                                             : NULL;
  char text[BG_IP_PREFIX_TEXT];

  bg_ip_prefix_format_address (failed, text);
  return who ? bg_words (RESOLVER_PORT_TAKEN, text, who)
             : bg_words (RESOLVER_PORT, text, bg_arg_errno (error));
}

static BgWords *
describe_lack_of_tcp (const BgIpPrefix *address, int error)
{
  g_autofree char *who = error == EADDRINUSE ? bg_port_owner_describe (address, BG_DNS_PORT, TRUE)
                                             : NULL;
  char text[BG_IP_PREFIX_TEXT];

  bg_ip_prefix_format_address (address, text);
  return who ? bg_words (RESOLVER_TCP_TAKEN, text, who)
             : bg_words (RESOLVER_TCP, text, bg_arg_errno (error));
}

static void
judge_resolver (BgTunnel *self)
{
  BgNamesServer *server = self->names->server;
  g_autoptr (BgWords) words = NULL;
  BgIpPrefix address;
  int error;

  if (server && bg_names_server_get_failure (server, &address, &error))
    words = describe_failure (&address, error);
  else if (server && bg_names_server_lacks_tcp (server, &address, &error))
    words = describe_lack_of_tcp (&address, error);
  if (words && !self->names->listen_again)
    bg_arm_timer (&self->names->listen_again, LISTEN_AGAIN_MS, on_listen_again, self);
  say (self, words);
  bg_health_set (self->health, BG_CONCERN_RESOLVER, bg_words_ref (words));
}

static void
listen_now (BgTunnel *self)
{
  BgIpPrefix addresses[BG_NAMES_MAX_ADDRESSES], loopback;
  guint n = is_taken (self) ? 0 : own_addresses (self, addresses, BG_NAMES_MAX_ADDRESSES);

  bg_ip_prefix_parse (LOOPBACK, &loopback);
  bg_names_server_listen (self->names->server, addresses, n, TRUE, &loopback);
}

static void
want_server (BgTunnel *self)
{
  BgTunnelNames *names = self->names;

  if (!self->config->names_resolver)
    g_clear_pointer (&names->server, bg_names_server_free);
  else if (!names->server)
    names->server = bg_names_server_new (self->ifname, BG_DNS_PORT, BG_DNS_PORT);
  if (names->server)
    listen_now (self);
  judge_resolver (self);
}

/* --- What follows --- */

static BgNamesPlan *
make_plan (BgTunnel *self)
{
  BgNamesPlan *plan = bg_names_view_make_plan (self->names->view, self->ifname,
                                               self->config->names_search);
  const BgIpPrefix *servers = NULL;
  guint n = 0;

  if (self->names->server)
    servers = bg_names_server_get_addresses (self->names->server, &n);
  for (guint i = 0; i < n; i++)
    bg_names_plan_add_server (plan, &servers[i]);
  return bg_names_plan_seal (plan);
}

/* TRUE where it is another. */
static gboolean
take_plan (BgTunnel *self)
{
  BgTunnelNames *names = self->names;
  BgNamesPlan *plan = make_plan (self);
  gboolean is_news = !bg_names_plan_equal (plan, names->plan);

  bg_names_plan_unref (names->plan);
  names->plan = plan;
  if (is_news)
    names->serial = MAX (names->serial + 1, (guint32) (g_get_real_time () / G_USEC_PER_SEC));
  return is_news;
}

/* With these our resolver is in a list: after an error the C library asks the next one, which is somebody outside. */
static gboolean
is_one_of_many (BgTunnel *self)
{
  const char *manager = bg_tunnel_get_dns_manager (self);

  return self->link_managed /* by NetworkManager, whose way with names is not known */
         || g_str_equal (manager, bg_dns_kind_name (BG_DNS_RESOLVCONF))
         || g_str_equal (manager, bg_dns_kind_name (BG_DNS_NETWORKMANAGER));
}

static void
tell_server (BgTunnel *self)
{
  BgTunnelNames *names = self->names;
  g_autoptr (BgZone) zone = bg_names_view_make_zone (names->view, names->serial);
  g_autoptr (BgForwardTable) table = bg_names_view_make_table (names->view);

  bg_names_server_set_quiet (names->server, is_one_of_many (self));
  bg_names_server_set_zone (names->server, zone);
  bg_names_server_set_table (names->server, table);
}

static gboolean
on_due (gpointer data)
{
  BgTunnel *self = data;
  BgTunnelNames *names = self->names;
  BgNamesView *view;

  bg_clear_source (&names->due);
  g_free (names->suffix);
  names->suffix = bg_suffix_choose (self->config->names_suffix, names->network_suffix);
  judge_suffix (self);
  view = look (self); /* what is said meanwhile may ask for a name */
  bg_names_view_free (names->view);
  names->view = view;
  judge_labels (self);
  want_server (self);
  if (take_plan (self))
    self->events->names_changed (self->owner);
  if (names->server)
    tell_server (self);
  bg_tunnel_tell_system_dns (self, names->plan);
  bg_tunnel_look_at_services (self); /* certificates are for names */
  return G_SOURCE_REMOVE;
}

void
bg_tunnel_look_at_names (BgTunnel *self)
{
  bg_tunnel_look_at_services (self);
  if (self->names && !self->names->due)
    bg_arm_timer (&self->names->due, SETTLE_MS, on_due, self);
}

void
bg_tunnel_look_at_names_now (BgTunnel *self)
{
  if (self->names)
    on_due (self);
}

/* --- Step: names --- */

void
bg_tunnel_up_names (gpointer owner, BgBringUp *run)
{
  BgTunnel *self = owner;

  self->names = g_new0 (BgTunnelNames, 1);
  recall_suffix (self);
  if (self->signaling)
    g_signal_connect (self->signaling, "message", G_CALLBACK (on_signaling_message), self);
  on_due (self);
  bg_bring_up_step_done (run, NULL);
}

static void
forget (BgTunnelNames *names)
{
  bg_clear_source (&names->due);
  bg_clear_source (&names->listen_again);
  bg_names_server_free (names->server);
  bg_names_view_free (names->view);
  bg_names_plan_unref (names->plan);
  g_free (names->network_suffix);
  g_free (names->suffix);
  g_free (names->said);
  g_free (names);
}

void
bg_tunnel_down_names (gpointer owner, BgBringUp *run)
{
  static const BgConcern ours[] = { BG_CONCERN_NAMES, BG_CONCERN_RESOLVER, BG_CONCERN_SUFFIX,
                                    BG_CONCERN_EXIT_NAMES };
  BgTunnel *self = owner;

  if (self->signaling)
    g_signal_handlers_disconnect_by_func (self->signaling, on_signaling_message, self);
  bg_tunnel_drop_system_dns (self);
  g_clear_pointer (&self->names, forget);
  for (gsize i = 0; i < G_N_ELEMENTS (ours); i++)
    bg_health_set (self->health, ours[i], NULL);
  bg_bring_up_step_undone (run);
}

const char *
bg_tunnel_get_suffix (BgTunnel *self)
{
  return self->names ? self->names->suffix : "";
}

char *
bg_tunnel_dup_name_of (BgTunnel *self, const char *id)
{
  const BgNamesView *view = self->names ? self->names->view : NULL;
  const char *label = view ? bg_names_view_get_label (view, id) : NULL;

  return label ? g_strconcat (label, ".", self->names->suffix, NULL) : g_strdup ("");
}

const BgNamesPlan *
bg_tunnel_get_names_plan (BgTunnel *self)
{
  return self->names ? self->names->plan : NULL;
}

const BgResolverCounts *
bg_tunnel_get_names_counts (BgTunnel *self)
{
  return self->names && self->names->server ? bg_names_server_get_counts (self->names->server)
                                            : NULL;
}
