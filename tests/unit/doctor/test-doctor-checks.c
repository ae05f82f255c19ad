/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What every check says of which facts. */
#include "../net/network-text.h"
#include "doctor/checks.h"

#include <errno.h>
#include <sys/socket.h>

static BgFacts *
facts_of_networks (const char *text)
{
  g_autoptr (BgNetworkTables) tables = network_tables_of_text (text);
  BgFacts *facts = bg_facts_new ();

  facts->networks = bg_local_networks_new (tables, NULL);
  return facts;
}

static void
add_address (BgFacts *facts, const char *text)
{
  g_assert_true (bg_ip_prefix_parse (text, &facts->addresses[facts->n_addresses++]));
}

/* Whatever is not well says what that means; what is a problem, also what to do, but where it passes by itself. */
static void
assert_explained (const BgFinding *finding)
{
  if (finding->verdict == BG_FINDING_OK)
    {
      g_assert_null (finding->means);
      g_assert_null (finding->deed);
    }
  if (finding->verdict == BG_FINDING_PROBLEM)
    g_assert_nonnull (finding->means);
}

/* "verdict check: found" of each, a line each; "" for none. */
static char *
describe (GPtrArray *findings)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < findings->len; i++)
    {
      const BgFinding *finding = findings->pdata[i];

      assert_explained (finding);
      g_string_append_printf (text, "%s%s %s: %s", i > 0 ? "\n" : "",
                              bg_finding_verdict_name (finding->verdict), finding->check,
                              finding->found->text);
    }
  return g_string_free (text, FALSE);
}

static void
assert_found (void (*look) (const BgFacts *facts, GPtrArray *findings), const BgFacts *facts,
              const char *expected)
{
  g_autoptr (GPtrArray) findings = bg_findings_new ();
  g_autofree char *text = NULL;

  look (facts, findings);
  text = describe (findings);
  g_assert_cmpstr (text, ==, expected);
}

/* --- tunnel.state --- */

static void
assert_state (BgFactState state, gboolean has_network, const char *reason, const char *expected)
{
  g_autoptr (BgFacts) facts = bg_facts_new ();

  facts->state = state;
  facts->has_network = has_network;
  facts->reasons = reason ? bg_words_list_take (bg_words_new_text (reason)) : NULL;
  assert_found (bg_check_tunnel_state, facts, expected);
}

static void
test_tunnel_state (void)
{
  assert_state (BG_FACT_UP, TRUE, NULL, "ok tunnel.state: the tunnel is up");
  assert_state (BG_FACT_OFF, TRUE, NULL, "note tunnel.state: the tunnel is off");
  assert_state (BG_FACT_OFF, FALSE, NULL, "note tunnel.state: this machine is in no network");
  assert_state (BG_FACT_STARTING, TRUE, NULL, "note tunnel.state: the tunnel is coming up");
  assert_state (BG_FACT_STARTING, TRUE, "no bus; next attempt at 12:00",
                "problem tunnel.state: the tunnel is not up yet: no bus; next attempt at 12:00");
  assert_state (BG_FACT_STOPPING, TRUE, NULL, "note tunnel.state: the tunnel is going down");
  assert_state (BG_FACT_FAILED, TRUE, "no key",
                "problem tunnel.state: the tunnel could not come up: no key");
  assert_state (BG_FACT_FAILED, TRUE, NULL, "problem tunnel.state: the tunnel could not come up: ");
}

/* --- hub.line --- */

static void
assert_line (BgFactLine line, const char *reason, const char *expected)
{
  g_autoptr (BgFacts) facts = bg_facts_new ();

  facts->hub_url = g_strdup ("wss://hub.example");
  facts->line = line;
  facts->line_reason = reason ? bg_words_new_text (reason) : NULL;
  assert_found (bg_check_hub_line, facts, expected);
}

/* It does so by itself whenever something else is offered. */
static void
assert_found_joining (void)
{
  g_autoptr (BgFacts) facts = bg_facts_new ();

  facts->line = BG_FACT_LINE_TRYING;
  facts->line_reason = bg_words (JOINING_AGAIN);
  assert_found (bg_check_hub_line, facts, "note hub.line: joining the hub again");
}

static void
test_hub_line (void)
{
  assert_line (BG_FACT_LINE_ONLINE, NULL, "ok hub.line: the hub answers at wss://hub.example");
  assert_line (BG_FACT_LINE_TRYING, "connection refused", "problem hub.line: connection refused");
  assert_found_joining ();
  assert_line (BG_FACT_LINE_TRYING, NULL, "problem hub.line: connecting to the hub");
  assert_line (BG_FACT_LINE_OFFLINE, NULL, "");
  assert_line (BG_FACT_LINE_NONE, NULL, "");
}

/* --- net.overlap --- */

#define HOME "link 2 wlan0\naddr 10.77.3.20/16 dev 2\nroute 10.77.0.0/16 dev 2\n"

static void
test_overlap (void)
{
  g_autoptr (BgFacts) meets = facts_of_networks (HOME), apart = facts_of_networks (HOME),
                      unknown = bg_facts_new (), both = facts_of_networks (HOME);

  add_address (meets, "10.77.0.2/24");
  assert_found (
    bg_check_net_overlap, meets,
    "problem net.overlap: the tunnel's network 10.77.0.0/24 overlaps 10.77.0.0/16, which "
    "this machine is in on wlan0");
  add_address (apart, "10.78.0.2/24");
  add_address (apart, "fd00::2/64");
  assert_found (bg_check_net_overlap, apart,
                "ok net.overlap: the tunnel's network overlaps none that this machine is in");
  add_address (unknown, "10.77.0.2/24");
  assert_found (bg_check_net_overlap, unknown, "");
  assert_found (bg_check_net_overlap, both, ""); /* no address of its own */
}

/* --- net.offers --- */

static void
offer (BgFacts *facts, const char *network)
{
  BgIpPrefix prefix;

  g_assert_true (bg_ip_prefix_parse (network, &prefix));
  g_array_append_val (facts->offered, prefix);
}

static void
test_offers (void)
{
  g_autoptr (BgFacts) facts = facts_of_networks (HOME), unknown = bg_facts_new ();

  offer (facts, "10.77.3.0/24"); /* within */
  offer (facts, "10.0.0.0/8");   /* around */
  assert_found (bg_check_net_offers, facts, "");
  offer (facts, "192.168.10.0/24");
  assert_found (bg_check_net_offers, facts,
                "note net.offers: 192.168.10.0/24 is offered to peers, but this machine is not in "
                "it and has no route to it");
  offer (unknown, "192.168.10.0/24");
  assert_found (bg_check_net_offers, unknown, "");
}

/* --- tunnel.device, tunnel.settings --- */

static void
test_tunnel_device (void)
{
  static const char *const expected[] = {
    [BG_FACT_TUN_UNKNOWN] = "",
    [BG_FACT_TUN_FINE] = "ok tunnel.device: the daemon can make the tunnel's interface",
    [BG_FACT_TUN_NO_DEVICE] =
      "problem tunnel.device: /dev/net/tun is not there, or the kernel offers "
      "nothing behind it",
    [BG_FACT_TUN_NO_RIGHT] = "problem tunnel.device: the daemon lacks the capability CAP_NET_ADMIN",
    [BG_FACT_TUN_TAKEN] = "problem tunnel.device: another program has an interface bamgate0",
  };
  g_autoptr (BgFacts) facts = bg_facts_new ();

  facts->interface = g_strdup ("bamgate0");
  for (guint i = 0; i < G_N_ELEMENTS (expected); i++)
    {
      facts->tun = (BgFactTun) i;
      assert_found (bg_check_tunnel_device, facts, expected[i]);
    }
}

static void
test_tunnel_settings (void)
{
  g_autoptr (BgFacts) facts = bg_facts_new ();

  assert_found (bg_check_tunnel_settings, facts, "");
  facts->pending = g_strsplit ("", ",", -1);
  assert_found (bg_check_tunnel_settings, facts, "");
  g_strfreev (facts->pending);
  facts->pending = g_strsplit ("device.interface,device.mtu", ",", -1);
  assert_found (bg_check_tunnel_settings, facts,
                "note tunnel.settings: settings that were changed are not in effect yet: "
                "device.interface, device.mtu");
}

/* --- tunnel.secrets, tunnel.files --- */

static void
test_secrets (void)
{
  g_autoptr (BgFacts) facts = bg_facts_new ();

  assert_found (bg_check_secrets, facts, ""); /* no network, so no key either */
  facts->has_network = TRUE;
  assert_found (bg_check_secrets, facts,
                "problem tunnel.secrets: this machine is in a network, and its key is not there");
  facts->has_key = TRUE;
  assert_found (bg_check_secrets, facts,
                "ok tunnel.secrets: this machine's key is there and can be read");
  facts->asks_people = TRUE;
  assert_found (
    bg_check_secrets, facts,
    "note tunnel.secrets: a person has to be asked for a secret before the tunnel can come "
    "up");
  facts->secrets_error = bg_words_new_text ("open to others");
  assert_found (bg_check_secrets, facts, "problem tunnel.secrets: open to others");
}

static void
test_files (void)
{
  g_autoptr (BgFacts) facts = bg_facts_new ();

  assert_found (bg_check_files, facts, "");
  facts->state_dir = g_strdup ("/s");
  assert_found (bg_check_files, facts, "problem tunnel.files: /s is full");
  facts->state_free = 1024 * 1024;
  assert_found (bg_check_files, facts, "ok tunnel.files: /s can be written to");
  facts->state_errno = EROFS;
  assert_found (bg_check_files, facts,
                "problem tunnel.files: /s cannot be written to: Read-only file system");
}

/* --- hub.answers, hub.clock --- */

static void
assert_answer (BgFactLine line, const GError *error, gboolean has_clock, gint64 ahead_s,
               const char *expected)
{
  g_autoptr (BgFacts) facts = bg_facts_new ();
  g_autoptr (GPtrArray) findings = bg_findings_new ();
  g_autofree char *text = NULL;

  facts->hub_url = g_strdup ("wss://hub.example");
  facts->line = line;
  bg_check_hub_judge (facts, error, has_clock, ahead_s * G_TIME_SPAN_SECOND, findings);
  text = describe (findings);
  g_assert_cmpstr (text, ==, expected);
}

static void
test_hub_answers (void)
{
  g_autoptr (GError) error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED, "refused");

  assert_answer (BG_FACT_LINE_NONE, NULL, FALSE, 0,
                 "ok hub.answers: the hub answers at wss://hub.example");
  assert_answer (BG_FACT_LINE_OFFLINE, error, FALSE, 0,
                 "problem hub.answers: the hub does not answer: refused");
  assert_answer (BG_FACT_LINE_TRYING, error, FALSE, 0, "");
  assert_answer (BG_FACT_LINE_ONLINE, NULL, FALSE, 0, "");
  assert_answer (BG_FACT_LINE_ONLINE, NULL, TRUE, 60,
                 "ok hub.clock: this machine's clock agrees with the hub's");
  assert_answer (BG_FACT_LINE_ONLINE, NULL, TRUE, -60,
                 "ok hub.clock: this machine's clock agrees with the hub's");
  assert_answer (BG_FACT_LINE_ONLINE, NULL, TRUE, 61,
                 "problem hub.clock: this machine's clock is 61 s ahead of the hub's");
  assert_answer (BG_FACT_LINE_ONLINE, NULL, TRUE, -86400,
                 "problem hub.clock: this machine's clock is 86400 s behind the hub's");
}

/* --- net.uplink, net.mtu, net.rp-filter --- */

static void
test_uplink (void)
{
  g_autoptr (BgFacts) facts = facts_of_networks (HOME), unknown = bg_facts_new ();

  assert_found (bg_check_net_uplink, unknown, "");
  assert_found (bg_check_net_uplink, facts,
                "problem net.uplink: this machine has no way out: there is no default route");
  bg_facts_add_uplink (facts, "eth0", 1500, 0);
  bg_facts_add_uplink (facts, "wlan0", 1500, 0);
  assert_found (bg_check_net_uplink, facts,
                "ok net.uplink: this machine is connected by eth0, wlan0");
}

static void
test_mtu (void)
{
  g_autoptr (BgFacts) facts = bg_facts_new ();

  bg_facts_add_uplink (facts, "eth0", 1360, 0);
  bg_facts_add_uplink (facts, "ppp0", 1359, 0);
  bg_facts_add_uplink (facts, "odd0", 0, 0);
  bg_facts_add_peer (facts, "phone", BG_FACT_PEER_CONNECTED, NULL, FALSE, 1152);
  bg_facts_add_peer (facts, "attic", BG_FACT_PEER_CONNECTED, NULL, FALSE, 1280);
  bg_facts_add_peer (facts, "away", BG_FACT_PEER_RESTS, NULL, FALSE, 1152);
  assert_found (bg_check_net_mtu, facts,
                "ok net.mtu: packets out of eth0 have up to 1360 bytes\n"
                "note net.mtu: packets out of ppp0 have up to 1359 bytes");
  add_address (facts, "10.0.0.2/24");
  add_address (facts, "fd00::2/64");
  assert_found (bg_check_net_mtu, facts,
                "ok net.mtu: packets out of eth0 have up to 1360 bytes\n"
                "note net.mtu: packets out of ppp0 have up to 1359 bytes\n"
                "note net.mtu: packets on the path to phone have up to 1152 bytes");
}

static void
test_filter (void)
{
  g_autoptr (BgFacts) facts = bg_facts_new ();

  bg_facts_add_uplink (facts, "eth0", 1500, 1);
  assert_found (bg_check_net_filter, facts, ""); /* it is the best one */
  bg_facts_add_uplink (facts, "wlan0", 1500, 2);
  assert_found (
    bg_check_net_filter, facts,
    "note net.rp-filter: the kernel drops what comes in on eth0 and would be answered on "
    "another interface (rp_filter is strict)");
}

/* --- net.firewall, and what the tunnel says of itself --- */

static void
test_firewall (void)
{
  g_autoptr (BgFacts) facts = bg_facts_new ();
  BgWords *blocks = bg_words (FIREWALL_BLOCKS, "forward", "inet x", "bamgate0");

  facts->state = BG_FACT_UP;
  assert_found (bg_check_net_firewall, facts, ""); /* it offers nothing */
  facts->is_gateway = TRUE;
  assert_found (
    bg_check_net_firewall, facts,
    "ok net.firewall: nothing in this machine's firewall keeps peers from what is offered to "
    "them here");
  facts->says[BG_FACT_SAYS_GATEWAY] = bg_words_new_text ("no nf_tables");
  assert_found (bg_check_net_firewall, facts, "");
  assert_found (bg_check_concerns, facts, "problem net.gateway: no nf_tables");
  g_ptr_array_add (facts->obstacles, blocks);
  bg_words_take (&facts->says[BG_FACT_SAYS_GATEWAY], bg_words_ref (blocks));
  assert_found (
    bg_check_net_firewall, facts,
    "problem net.firewall: this machine's firewall drops what goes to and from the networks "
    "behind it: chain forward of table inet x, which no other table can overrule, has to "
    "accept what comes in and goes out by bamgate0");
  assert_found (bg_check_concerns, facts, ""); /* that was said */
}

static void
test_concerns (void)
{
  for (guint i = 0; i < BG_FACT_SAYS; i++)
    {
      g_autoptr (BgFacts) facts = bg_facts_new ();
      g_autoptr (GPtrArray) findings = bg_findings_new ();
      const BgFinding *finding;

      facts->says[i] = bg_words_new_text ("so it is");
      bg_check_concerns (facts, findings);
      g_assert_cmpuint (findings->len, ==, 1);
      finding = findings->pdata[0];
      g_assert_cmpstr (finding->found->text, ==, "so it is");
      g_assert_nonnull (finding->means);
      g_assert_cmpint (finding->verdict, !=, BG_FINDING_OK);
    }
}

/* --- exit --- */

static void
test_exit (void)
{
  g_autoptr (BgFacts) facts = bg_facts_new ();

  facts->state = BG_FACT_UP;
  assert_found (bg_check_exit, facts, "");
  facts->is_shut = TRUE;
  assert_found (
    bg_check_exit, facts,
    "problem exit.strict: packets are kept from leaving this machine as if there were a "
    "strict exit, and there is none");
  facts->is_shut = FALSE;
  facts->exit_id = g_strdup ("home");
  facts->exit = BG_FACT_EXIT_ACTIVE;
  assert_found (bg_check_exit, facts, "ok exit.state: everything goes out through home");
  facts->exit = BG_FACT_EXIT_CONNECTING;
  assert_found (bg_check_exit, facts,
                "problem exit.state: nothing goes out: the exit home is not connected");
  facts->exit = BG_FACT_EXIT_LOST;
  facts->exit_reason = bg_words_new_text ("home is away");
  assert_found (bg_check_exit, facts, "problem exit.state: home is away");
  facts->state = BG_FACT_OFF;
  assert_found (bg_check_exit, facts, "");
  facts->is_strict = TRUE;
  assert_found (
    bg_check_exit, facts,
    "problem exit.state: home is away\n"
    "problem exit.strict: what is to keep packets from leaving beside the exit is not in the "
    "packet filter");
  facts->is_shut = TRUE;
  assert_found (bg_check_exit, facts,
                "problem exit.state: home is away\n"
                "ok exit.strict: nothing can leave this machine but through the exit");
}

/* --- dns --- */

static void
test_dns_owner (void)
{
  g_autoptr (BgFacts) facts = bg_facts_new ();

  facts->own_name = g_strdup ("laptop.bamgate.internal");
  facts->dns.owner = BG_RESOLV_MISSING;
  assert_found (bg_check_dns_owner, facts,
                "problem dns.owner: there is no /etc/resolv.conf"); /* the tunnel is off */
  facts->dns.owner = BG_RESOLV_NOBODY;
  assert_found (
    bg_check_dns_owner, facts,
    "ok dns.owner: /etc/resolv.conf was written by hand, or by a program that is not known");
  facts->dns.owner = BG_RESOLV_STUB;
  facts->resolv_program = g_strdup ("systemd-resolved");
  facts->state = BG_FACT_UP;
  facts->wants_dns = TRUE;
  assert_found (bg_check_dns_owner, facts,
                "ok dns.owner: names are looked up as systemd-resolved says (/etc/resolv.conf)\n"
                "note dns.manager: nobody on this machine was told of the names of peers");
  facts->wants_dns = FALSE;
  assert_found (bg_check_dns_owner, facts,
                "ok dns.owner: names are looked up as systemd-resolved says (/etc/resolv.conf)");
  facts->dns_manager = "systemd-resolved";
  assert_found (bg_check_dns_owner, facts,
                "ok dns.owner: names are looked up as systemd-resolved says (/etc/resolv.conf)\n"
                "ok dns.manager: systemd-resolved was told of the names of peers");
  facts->dns.owner = BG_RESOLV_UPLINK;
  assert_found (
    bg_check_dns_owner, facts,
    "ok dns.owner: names are looked up as systemd-resolved says (/etc/resolv.conf)\n"
    "problem dns.manager: systemd-resolved knows the names of peers, but /etc/resolv.conf "
    "passes it by");
  facts->dns.has_nss_resolve = TRUE;
  assert_found (bg_check_dns_owner, facts,
                "ok dns.owner: names are looked up as systemd-resolved says (/etc/resolv.conf)\n"
                "ok dns.manager: systemd-resolved was told of the names of peers");
}

static void
assert_name (const char *address, const char *failure, const char *expected)
{
  g_autoptr (BgFacts) facts = bg_facts_new ();
  g_autoptr (GPtrArray) findings = bg_findings_new ();
  g_autoptr (GInetAddress) inet = address ? g_inet_address_new_from_string (address) : NULL;
  g_autoptr (GError) error = failure ? g_error_new_literal (G_RESOLVER_ERROR, 0, failure) : NULL;
  GList list = { .data = inet };
  g_autofree char *text = NULL;

  facts->own_name = g_strdup ("laptop.bamgate.internal");
  add_address (facts, "10.0.0.2/24");
  bg_check_dns_judge (facts, inet ? &list : NULL, error, findings);
  text = describe (findings);
  g_assert_cmpstr (text, ==, expected);
}

static void
test_dns_answers (void)
{
  assert_name ("10.0.0.2", NULL,
               "ok dns.answers: this machine finds itself by its name laptop.bamgate.internal");
  assert_name (
    "10.0.0.3", NULL,
    "problem dns.answers: this machine's own name laptop.bamgate.internal leads to 10.0.0.3, "
    "which is none of its addresses");
  assert_name (NULL, "unknown",
               "problem dns.answers: this machine's own name laptop.bamgate.internal is not found: "
               "unknown");
  assert_name (NULL, NULL, ""); /* nobody was asked */
}

/* --- peers --- */

static void
test_peers (void)
{
  g_autoptr (BgFacts) facts = bg_facts_new ();
  g_autoptr (BgWords) in_the_way = bg_words_new_text ("in the way");

  assert_found (bg_check_peers, facts, "");
  facts->state = BG_FACT_UP;
  assert_found (bg_check_peers, facts, "ok peers.connected: connected peers: 0 of 0");
  bg_facts_add_peer (facts, "home", BG_FACT_PEER_CONNECTED, NULL, FALSE, 1420);
  bg_facts_add_peer (facts, "phone", BG_FACT_PEER_CONNECTED, NULL, TRUE, 1420);
  bg_facts_add_peer (facts, "cafe", BG_FACT_PEER_CONNECTED,
                     bg_words (ROUTE_NOT_TAKEN, "192.168.1.0/24", in_the_way), FALSE, 1420);
  bg_facts_add_peer (facts, "left", BG_FACT_PEER_CONNECTED, bg_words (NOT_ONLINE), FALSE, 1420);
  bg_facts_add_peer (facts, "attic", BG_FACT_PEER_REFUSED, bg_words (PEER_KEY_TAKEN, "home"), FALSE,
                     0);
  bg_facts_add_peer (facts, "shed", BG_FACT_PEER_CONNECTING, bg_words (NO_WAY), FALSE, 0);
  bg_facts_add_peer (facts, "new", BG_FACT_PEER_CONNECTING, NULL, FALSE, 0);
  bg_facts_add_peer (facts, "away", BG_FACT_PEER_RESTS, bg_words (NOT_ONLINE), FALSE, 0);
  assert_found (
    bg_check_peers, facts,
    "note peers.routes: peer cafe: its route 192.168.1.0/24 is not taken: in the way\n"
    "problem peers.refused: peer attic: its key is in use by home\n"
    "note peers.connecting: there is no connection to shed yet: no way to it was found\n"
    "ok peers.connected: connected peers: 4 of 8\n"
    "note peers.relayed: connections that go through a relay: 1");
}

/* --- What others answered --- */

/* As above, and whether something is to be done. */
static void
assert_list (GPtrArray *findings, const char *expected)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < findings->len; i++)
    {
      const BgFinding *finding = findings->pdata[i];

      assert_explained (finding);
      g_string_append_printf (text, "%s%s %s: %s%s", i > 0 ? "\n" : "",
                              bg_finding_verdict_name (finding->verdict), finding->check,
                              finding->found->text, finding->deed ? " (!)" : "");
    }
  g_assert_cmpstr (text->str, ==, expected);
}

static void
assert_nat (const char *networks, BgFactLine line, int family, const BgNatFound *found,
            const char *expected)
{
  static const char *const servers[] = { "stun:stun.example:3478", NULL };
  g_autoptr (GPtrArray) findings = bg_findings_new ();
  g_autoptr (BgFacts) facts = networks ? facts_of_networks (networks) : bg_facts_new ();

  facts->stun_servers = g_strdupv ((char **) servers);
  facts->line = line;
  bg_check_nat_say (facts, family, found, findings);
  assert_list (findings, expected);
}

static void
assert_kind (BgNatDependence mapping, BgNatDependence filtering, gboolean translated,
             const char *expected)
{
  BgNatFound found = { .has_server = TRUE, .has_way = TRUE };
  g_autofree char *whole = g_strconcat (
    "ok net.udp4: UDP gets out over IPv4; others see this machine as 192.0.2.1\n", expected, NULL);

  found.report = (BgNatReport){
    .answered = TRUE, .translated = translated, .mapping = mapping, .filtering = filtering
  };
  g_assert_true (bg_ip_prefix_parse ("192.0.2.1", &found.report.mapped.host));
  assert_nat (NULL, BG_FACT_LINE_NONE, AF_INET, &found, whole);
}

#define TRANSLATED "net.nat4: addresses of IPv4 are translated: "
#define SAME "the same port for everybody (endpoint-independent mapping); "
#define ALL_IN "everybody gets in (endpoint-independent filtering)"
#define SOME_IN "addresses that were sent something get in (address-dependent filtering)"
#define FEW_IN                                                                                     \
  "only the address and port that were sent something get in (address-and-port-dependent filtering)"
#define WHO "who gets in is not known"

static void
test_nat_kinds (void)
{
  assert_kind (BG_NAT_INDEPENDENT, BG_NAT_INDEPENDENT, TRUE, "ok " TRANSLATED SAME ALL_IN);
  assert_kind (BG_NAT_INDEPENDENT, BG_NAT_BY_ADDRESS, TRUE, "ok " TRANSLATED SAME SOME_IN);
  assert_kind (BG_NAT_INDEPENDENT, BG_NAT_BY_ADDRESS_AND_PORT, TRUE, "ok " TRANSLATED SAME FEW_IN);
  assert_kind (BG_NAT_INDEPENDENT, BG_NAT_NOT_KNOWN, TRUE, "ok " TRANSLATED SAME WHO);
  assert_kind (BG_NAT_BY_ADDRESS, BG_NAT_INDEPENDENT, TRUE,
               "note " TRANSLATED
               "another port for each address (address-dependent mapping); " ALL_IN " (!)");
  assert_kind (BG_NAT_BY_ADDRESS_AND_PORT, BG_NAT_BY_ADDRESS_AND_PORT, TRUE,
               "note " TRANSLATED "another port for each address and port "
               "(address-and-port-dependent mapping); " FEW_IN " (!)");
  assert_kind (BG_NAT_DEPENDENT, BG_NAT_NOT_KNOWN, TRUE,
               "note " TRANSLATED "another port for each server (symmetric); " WHO " (!)");
  assert_kind (BG_NAT_NOT_KNOWN, BG_NAT_NOT_KNOWN, TRUE,
               "note " TRANSLATED "how ports are chosen is not known; " WHO " (!)");
  assert_kind (BG_NAT_INDEPENDENT, BG_NAT_INDEPENDENT, FALSE,
               "ok net.nat4: no address is translated over IPv4; " ALL_IN);
  assert_kind (BG_NAT_INDEPENDENT, BG_NAT_BY_ADDRESS_AND_PORT, FALSE,
               "ok net.nat4: no address is translated over IPv4; " FEW_IN);
}

#define UPLINK "link 2 wlan0\naddr 192.168.1.2/24 dev 2\nroute 0.0.0.0/0 via 192.168.1.1 dev 2\n"

static void
test_nat_silence (void)
{
  const BgNatFound nobody = { 0 }, no_way = { .has_server = TRUE },
                   silent = { .has_server = TRUE, .has_way = TRUE };
  g_autoptr (GPtrArray) findings = bg_findings_new ();
  g_autoptr (BgFacts) no_servers = bg_facts_new ();

  assert_nat (NULL, BG_FACT_LINE_ONLINE, AF_INET, &silent,
              "problem net.udp4: no STUN server answers by UDP over IPv4 (!)");
  assert_nat (NULL, BG_FACT_LINE_ONLINE, AF_INET6, &silent,
              "note net.udp6: no STUN server answers by UDP over IPv6 (!)");
  assert_nat (NULL, BG_FACT_LINE_TRYING, AF_INET, &silent,
              "note net.udp4: no STUN server answers by UDP over IPv4");
  assert_nat (NULL, BG_FACT_LINE_ONLINE, AF_INET, &no_way,
              "note net.udp4: this network has no way out over IPv4");
  assert_nat (NULL, BG_FACT_LINE_ONLINE, AF_INET6, &no_way,
              "ok net.udp6: this network has no way out over IPv6");
  assert_nat (UPLINK, BG_FACT_LINE_ONLINE, AF_INET, &nobody,
              "note net.udp4: no STUN server has an address of IPv4 (!)");
  assert_nat (UPLINK, BG_FACT_LINE_ONLINE, AF_INET6, &nobody,
              "ok net.udp6: this network has no way out over IPv6");
  bg_check_nat_say (no_servers, AF_INET, &nobody, findings);
  bg_check_nat_say (no_servers, AF_INET6, &nobody, findings);
  assert_list (findings, "note net.nat4: no STUN server is named in the settings (!)");
}

static void
assert_mapping (gboolean wanted, BgMappingOffer offer, const char *outside, const char *expected)
{
  g_autoptr (GPtrArray) findings = bg_findings_new ();
  g_autoptr (BgFacts) facts = bg_facts_new ();
  BgIpPrefix router;

  g_assert_true (bg_ip_prefix_parse ("192.168.1.1", &router));
  if (outside)
    g_assert_true (bg_ip_prefix_parse (outside, &offer.outside));
  facts->maps_ports = wanted;
  bg_check_mapping_say (facts, &router, &offer, findings);
  assert_list (findings, expected);
}

static void
test_mapping (void)
{
  const BgMappingOffer none = { 0 }, upnp = { .upnp = TRUE },
                       both = { .pcp = TRUE, .natpmp = TRUE };

  assert_mapping (TRUE, both, "192.0.2.1",
                  "ok net.mapping: the router 192.168.1.1 maps ports for who asks (PCP, NAT-PMP)");
  assert_mapping (TRUE, upnp, NULL,
                  "ok net.mapping: the router 192.168.1.1 maps ports for who asks (UPnP)");
  assert_mapping (TRUE, upnp, "100.64.0.9",
                  "note net.mapping: the router 192.168.1.1 maps ports for who asks (UPnP) (!)");
  assert_mapping (FALSE, upnp, "192.0.2.1",
                  "note net.mapping: the router 192.168.1.1 maps ports for who asks (UPnP) (!)");
  assert_mapping (TRUE, none, NULL,
                  "note net.mapping: the router 192.168.1.1 maps no ports by itself (!)");
}

static void
assert_portal (BgNmConnectivity nm, const char *portal, const char *expected)
{
  g_autoptr (GPtrArray) findings = bg_findings_new ();

  bg_check_portal_say (nm, portal, findings);
  assert_list (findings, expected);
}

static void
test_portal (void)
{
  const char *sign_in =
    "problem net.portal: this network wants a sign-in before it lets anything out (!)";

  assert_portal (BG_NM_NOT_KNOWN, NULL, "");
  assert_portal (BG_NM_FULL, NULL,
                 "ok net.portal: NetworkManager finds the way to the Internet open");
  assert_portal (BG_NM_PORTAL, NULL, sign_in);
  assert_portal (BG_NM_NOT_KNOWN, "", sign_in);
  assert_portal (BG_NM_LIMITED, "http://login.example",
                 "problem net.portal: this network answers in the hub's place, and leads to "
                 "http://login.example (!)");
  assert_portal (BG_NM_NONE, NULL, "note net.portal: NetworkManager finds no way to the Internet");
}

static void
assert_relay (const char *url, gint64 rtt_us, GIOErrorEnum code, const char *expected)
{
  g_autoptr (GPtrArray) findings = bg_findings_new ();
  g_autoptr (GError) error = rtt_us < 0 ? g_error_new_literal (G_IO_ERROR, code, "refused") : NULL;

  bg_check_relay_say (url, rtt_us, error, findings);
  assert_list (findings, expected);
}

static void
test_relay (void)
{
  assert_relay (NULL, 840, 0, "ok relay.latency: the hub's relay answers in 0.8 ms");
  assert_relay ("turn:t.example", 23999, 0,
                "ok relay.turn: the TURN server turn:t.example answers in 23 ms");
  assert_relay (NULL, 400000, 0, "note relay.latency: the hub's relay answers in 400 ms (!)");
  assert_relay (NULL, -1, G_IO_ERROR_TIMED_OUT,
                "note relay.latency: the hub's relay cannot be used: no answer (!)");
  assert_relay ("turn:t.example", -1, G_IO_ERROR_CONNECTION_REFUSED,
                "problem relay.turn: the TURN server turn:t.example cannot be used: refused (!)");
}

/* Ids are unique, and every check can be run. */
static void
test_table (void)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

  for (const BgCheck *check = bg_doctor_checks; check->id; check++)
    {
      g_assert_true (g_hash_table_add (seen, (gpointer) check->id));
      g_assert_true (check->look ? !check->start && !check->finish : check->start && check->finish);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/doctor/table", test_table);
  g_test_add_func ("/doctor/tunnel.state", test_tunnel_state);
  g_test_add_func ("/doctor/hub.line", test_hub_line);
  g_test_add_func ("/doctor/net.overlap", test_overlap);
  g_test_add_func ("/doctor/net.offers", test_offers);
  g_test_add_func ("/doctor/tunnel.device", test_tunnel_device);
  g_test_add_func ("/doctor/tunnel.settings", test_tunnel_settings);
  g_test_add_func ("/doctor/tunnel.secrets", test_secrets);
  g_test_add_func ("/doctor/tunnel.files", test_files);
  g_test_add_func ("/doctor/hub.answers", test_hub_answers);
  g_test_add_func ("/doctor/net.uplink", test_uplink);
  g_test_add_func ("/doctor/net.mtu", test_mtu);
  g_test_add_func ("/doctor/net.rp-filter", test_filter);
  g_test_add_func ("/doctor/net.firewall", test_firewall);
  g_test_add_func ("/doctor/concerns", test_concerns);
  g_test_add_func ("/doctor/exit", test_exit);
  g_test_add_func ("/doctor/dns.owner", test_dns_owner);
  g_test_add_func ("/doctor/dns.answers", test_dns_answers);
  g_test_add_func ("/doctor/peers", test_peers);
  g_test_add_func ("/doctor/nat/kinds", test_nat_kinds);
  g_test_add_func ("/doctor/nat/silence", test_nat_silence);
  g_test_add_func ("/doctor/net.mapping", test_mapping);
  g_test_add_func ("/doctor/net.portal", test_portal);
  g_test_add_func ("/doctor/relay", test_relay);
  return g_test_run ();
}
