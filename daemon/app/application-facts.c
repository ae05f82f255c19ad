/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a diagnosis is told: settings, tunnel, hub, peers and this machine, as they are now. */
#include "app/application-private.h"

#include "common/log.h"
#include "doctor/facts-system.h"
#include "firewall/kill-switch.h"
#include "firewall/nft.h"

/* --- The tunnel --- */

static BgFactState
fact_state (BgState state)
{
  static const BgFactState states[] = {
    [BG_STATE_OFF] = BG_FACT_OFF,           [BG_STATE_STARTING] = BG_FACT_STARTING,
    [BG_STATE_ONLINE] = BG_FACT_UP,         [BG_STATE_DEGRADED] = BG_FACT_UP,
    [BG_STATE_STOPPING] = BG_FACT_STOPPING, [BG_STATE_FAILED] = BG_FACT_FAILED,
  };

  return states[state];
}

static void
fill_tunnel (BgApplication *self, BgFacts *facts)
{
  const char *interface = bg_tunnel_get_interface (self->tunnel);

  facts->has_network = bg_tunnel_is_configured (self->config);
  facts->state = fact_state (self->state);
  facts->reasons = self->reasons ? g_ptr_array_ref (self->reasons) : NULL;
  facts->interface = g_strdup (*interface ? interface : self->config->interface);
  if (!*interface && !bg_tunnel_is_in_namespace (self->tunnel))
    bg_facts_read_tun (facts);
  if (bg_application_is_up (self))
    facts->pending = g_strdupv ((char **) bg_tunnel_get_pending (self->tunnel));
}

/* Those that have a check of their own are not among them. */
static void
fill_health (BgApplication *self, BgFacts *facts)
{
  static const BgConcern concerns[] = {
    [BG_FACT_SAYS_INTERFACE] = BG_CONCERN_INTERFACE,
    [BG_FACT_SAYS_SETTINGS] = BG_CONCERN_SETTINGS,
    [BG_FACT_SAYS_ROUTES] = BG_CONCERN_ROUTES,
    [BG_FACT_SAYS_HUB] = BG_CONCERN_HUB,
    [BG_FACT_SAYS_RELAY] = BG_CONCERN_RELAY,
    [BG_FACT_SAYS_READABLE] = BG_CONCERN_READABLE,
    [BG_FACT_SAYS_GATEWAY] = BG_CONCERN_GATEWAY,
    [BG_FACT_SAYS_STRICT] = BG_CONCERN_STRICT,
    [BG_FACT_SAYS_BLOCKED] = BG_CONCERN_BLOCKED,
    [BG_FACT_SAYS_EXIT_NAMES] = BG_CONCERN_EXIT_NAMES,
    [BG_FACT_SAYS_RESOLVER] = BG_CONCERN_RESOLVER,
    [BG_FACT_SAYS_SYSTEM_DNS] = BG_CONCERN_SYSTEM_DNS,
    [BG_FACT_SAYS_NAMES] = BG_CONCERN_NAMES,
    [BG_FACT_SAYS_SUFFIX] = BG_CONCERN_SUFFIX,
  };

  for (guint i = 0; i < BG_FACT_SAYS; i++)
    facts->says[i] = bg_words_ref (bg_health_get (self->health, concerns[i]));
}

static void
fill_files (BgApplication *self, BgFacts *facts)
{
  g_autoptr (GError) error = NULL;

  facts->has_key = *self->public_key != '\0';
  facts->asks_people = !bg_application_is_up (self) && bg_secret_keeper_lacks (self->keeper);
  if (g_file_test (self->secrets_dir, G_FILE_TEST_EXISTS)) /* else opening would make it */
    bg_secret_store_free (bg_secret_keeper_open_files (self->keeper, &error));
  facts->secrets_error = error ? bg_error_dup_words (error) : NULL;
  facts->state_dir = g_strdup (self->state_dir);
  bg_facts_read_files (facts);
}

/* --- The hub --- */

static BgFactLine
fact_line (BgSignalingState state)
{
  static const BgFactLine lines[] = {
    [BG_SIGNALING_OFFLINE] = BG_FACT_LINE_OFFLINE,
    [BG_SIGNALING_CONNECTING] = BG_FACT_LINE_TRYING,
    [BG_SIGNALING_ONLINE] = BG_FACT_LINE_ONLINE,
    [BG_SIGNALING_WAITING] = BG_FACT_LINE_TRYING,
  };

  return lines[state];
}

static void
fill_hub (BgApplication *self, BgFacts *facts)
{
  BgSignalingClient *line = bg_tunnel_get_signaling (self->tunnel);

  facts->hub_url = g_strdup (self->config->server_url);
  facts->hub_pin = g_strdup (self->config->server_pin);
  facts->is_own_hub = bg_config_meets_own_hub (self->config);
  facts->line = line ? fact_line (bg_signaling_client_get_state (line)) : BG_FACT_LINE_NONE;
  facts->line_reason = line ? bg_words_ref (bg_signaling_client_get_reason (line)) : NULL;
}

/* --- Networks --- */

static void
fill_ways (BgApplication *self, BgFacts *facts)
{
  BgRelayServer *relay = bg_tunnel_get_relay_server (self->tunnel);

  facts->stun_servers = g_strdupv (self->config->stun_servers);
  facts->turn_servers = g_strdupv (self->config->turn_servers);
  facts->maps_ports = self->config->port_mapping;
  if (relay && facts->line == BG_FACT_LINE_ONLINE)
    facts->relay = bg_relay_server_ref (relay);
}

static void
fill_networks (BgApplication *self, BgFacts *facts)
{
  const char *interface = bg_tunnel_get_interface (self->tunnel);
  g_autofree char *conf = bg_tunnel_find_switches (self->runtime_dir, "ipv4");
  g_autoptr (GError) error = NULL;

  if (self->config->has_address)
    facts->addresses[facts->n_addresses++] = self->config->address;
  if (self->config->has_address6)
    facts->addresses[facts->n_addresses++] = self->config->address6;
  facts->networks = bg_local_networks_load (*interface ? interface : NULL, &error);
  if (error)
    bg_log (BG_TOPIC_NET, DEBUG, NULL, "diagnosis: %s", error->message);
  bg_facts_read_uplinks (facts, conf);
}

static void
fill_gateway (BgApplication *self, BgFacts *facts)
{
  facts->is_gateway = self->config->routes->len > 0 || self->config->exit;
  for (guint i = 0; i < self->config->routes->len; i++)
    g_array_append_val (facts->offered,
                        g_array_index (self->config->routes, BgServedRoute, i).network);
  g_ptr_array_unref (facts->obstacles);
  facts->obstacles = bg_tunnel_list_obstacles (self->tunnel);
}

static BgFactExit
fact_exit (BgExitState state)
{
  static const BgFactExit exits[] = {
    [BG_EXIT_NONE] = BG_FACT_EXIT_NONE,
    [BG_EXIT_CONNECTING] = BG_FACT_EXIT_CONNECTING,
    [BG_EXIT_ACTIVE] = BG_FACT_EXIT_ACTIVE,
    [BG_EXIT_LOST] = BG_FACT_EXIT_LOST,
  };

  return exits[state];
}

static void
fill_exit (BgApplication *self, BgFacts *facts)
{
  g_autofree char *table = bg_nft_list ("list table inet " BG_KILL_SWITCH_TABLE, NULL);
  const BgWords *reason = bg_tunnel_get_exit_reason (self->tunnel);

  facts->membership = self->info.membership;
  facts->is_owner = self->info.is_owner;
  facts->pending_devices = self->info.pending_devices;
  facts->exit_id = g_strdup (self->config->exit_node);
  facts->exit = fact_exit (bg_tunnel_get_exit_state (self->tunnel));
  facts->exit_reason = bg_words_ref (self->shut ? self->shut : (BgWords *) reason);
  facts->is_strict = bg_strictness_is_wanted (self->config);
  facts->is_shut = table != NULL;
}

/* --- Names and peers --- */

static void
fill_names (BgApplication *self, BgFacts *facts)
{
  const char *own = self->config->device_name;
  BgDnsWish wish = BG_DNS_AUTO;

  (void) bg_dns_wish_parse (self->config->names_manage, &wish); /* checked when it was loaded */
  facts->own_name = own ? bg_tunnel_dup_name_of (self->tunnel, own) : g_strdup ("");
  facts->dns_manager = bg_tunnel_get_dns_manager (self->tunnel);
  facts->wants_dns = wish != BG_DNS_OFF && !self->link_manager
                     && bg_secret_keeper_own (self->keeper).kind == BG_SECRET_SYSTEM;
  bg_facts_read_dns (facts, "/etc");
}

/* One that is away is no problem. */
static gboolean
is_away (const BgPeerInfo *info)
{
  g_autoptr (BgWords) away = bg_words (NOT_ONLINE);

  return !info->reasons || info->reasons->len == 0
         || bg_words_equal (info->reasons->pdata[0], away);
}

static BgFactPeerState
fact_peer (const BgPeerInfo *info)
{
  switch (info->state)
    {
    case BG_PEER_PUBLIC_CONNECTED:
      return BG_FACT_PEER_CONNECTED;
    case BG_PEER_PUBLIC_REFUSED:
      return BG_FACT_PEER_REFUSED;
    case BG_PEER_PUBLIC_CONNECTING:
      return BG_FACT_PEER_CONNECTING;
    case BG_PEER_PUBLIC_DISCONNECTED:
      return is_away (info) ? BG_FACT_PEER_RESTS : BG_FACT_PEER_CONNECTING;
    case BG_PEER_PUBLIC_IDLE:
    default:
      return BG_FACT_PEER_RESTS;
    }
}

/* The first, or of one that is connected that of a route. */
static BgWords *
reason_of (const BgPeerInfo *info)
{
  const GPtrArray *reasons = info->reasons;

  if (!reasons || reasons->len == 0)
    return NULL;
  for (guint i = 0; info->state == BG_PEER_PUBLIC_CONNECTED && i < reasons->len; i++)
    if (bg_words_is (reasons->pdata[i], BG_SAY_ROUTE_NOT_TAKEN))
      return reasons->pdata[i];
  return reasons->pdata[0];
}

static void
fill_peers (BgApplication *self, BgFacts *facts)
{
  g_autoptr (GPtrArray) peers = bg_application_get_peers (self);

  for (guint i = 0; i < peers->len; i++)
    {
      const BgPeerInfo *info = bg_peer_get_info (peers->pdata[i]);

      bg_facts_add_peer (facts, info->id, fact_peer (info), bg_words_ref (reason_of (info)),
                         info->relayed, info->mtu);
    }
}

BgFacts *
bg_application_collect_facts (BgApplication *self)
{
  BgFacts *facts = bg_facts_new ();

  fill_tunnel (self, facts);
  fill_health (self, facts);
  fill_files (self, facts);
  fill_hub (self, facts);
  fill_ways (self, facts);
  fill_networks (self, facts);
  fill_gateway (self, facts);
  fill_exit (self, facts);
  fill_names (self, facts);
  fill_peers (self, facts);
  return facts;
}
