/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "firewall/kill-switch.h"

#include "firewall/nft.h"

#include <sys/socket.h>

#define REMOVAL                                                                                    \
  "table inet " BG_KILL_SWITCH_TABLE "\n"                                                          \
  "delete table inet " BG_KILL_SWITCH_TABLE "\n"                                                   \
  "table arp " BG_KILL_SWITCH_TABLE "\n"                                                           \
  "delete table arp " BG_KILL_SWITCH_TABLE "\n"

/* Chains stay where they are while their rules are exchanged: the kernel takes those of a table in the same moment, but takes the
 * policy of a new chain, and lets an old one go, later. So what is refused at the end is a rule, too. */
#define CHAINS                                                                                     \
  "table inet " BG_KILL_SWITCH_TABLE " {\n"                                                        \
  "  chain out {\n    type filter hook postrouting priority 300; policy drop;\n  }\n"              \
  "  chain in {\n    type filter hook prerouting priority -300; policy accept;\n  }\n"             \
  "}\n"                                                                                            \
  "flush table inet " BG_KILL_SWITCH_TABLE "\n"                                                    \
  "table arp " BG_KILL_SWITCH_TABLE " {\n"                                                         \
  "  chain in {\n    type filter hook input priority 0; policy accept;\n  }\n"                     \
  "  chain out {\n    type filter hook output priority 0; policy accept;\n  }\n"                   \
  "}\n"                                                                                            \
  "flush table arp " BG_KILL_SWITCH_TABLE "\n"

/* What it takes to have an address at all: DHCP (RFC 2131, RFC 8415) with servers nearby, neighbours and routers (RFC 4861), groups
 * (RFC 3376, RFC 3810). */
#define CONFIGURATION                                                                              \
  "    udp sport 68 udp dport 67 ip daddr { 255.255.255.255, 10.0.0.0/8, 100.64.0.0/10, "          \
  "172.16.0.0/12, 192.168.0.0/16, 169.254.0.0/16 } accept\n"                                       \
  "    udp sport 546 udp dport 547 ip6 daddr { fe80::/10, ff02::1:2 } accept\n"                    \
  "    icmpv6 type { nd-router-solicit, nd-neighbor-solicit, nd-neighbor-advert } ip6 hoplimit "   \
  "255 accept\n"                                                                                   \
  "    icmpv6 type { mld-listener-report, mld-listener-done, mld2-listener-report } accept\n"

/* Names are asked for inside alone, whoever answers. */
#define NEARBY                                                                                     \
  "    meta l4proto { tcp, udp } th dport { 53, 853 } drop\n"                                      \
  "    ip daddr { 10.0.0.0/8, 100.64.0.0/10, 172.16.0.0/12, 192.168.0.0/16, 169.254.0.0/16, "      \
  "224.0.0.0/4, 255.255.255.255 } accept\n"                                                        \
  "    ip6 daddr { fe80::/10, fc00::/7, ff00::/8 } accept\n"

static const char *
keyword (const BgIpPrefix *prefix)
{
  return prefix->family == AF_INET ? "ip" : "ip6";
}

/* A network of the tunnel, which no router outside is asked for while the interface is gone. */
static void
add_own_networks (GString *text, const BgKillSwitch *self)
{
  for (guint i = 0; i < self->n_addresses; i++)
    {
      BgIpPrefix network = self->addresses[i];
      char shown[BG_IP_PREFIX_TEXT];

      bg_ip_prefix_mask (&network);
      bg_ip_prefix_format (&network, shown);
      g_string_append_printf (text, "    %s daddr %s drop\n", keyword (&network), shown);
    }
}

/* The last hook that a packet passes, whoever made it. */
static void
add_out (GString *text, const BgKillSwitch *self, const char *interface)
{
  g_string_append_printf (text,
                          "  chain out {\n"
                          "    oifname { \"lo\", \"%s\" } accept\n"
                          "    meta mark 0x%x meta skuid %u accept\n",
                          interface, self->mark, self->uid);
  g_string_append (text, CONFIGURATION);
  add_own_networks (text, self);
  if (self->lan)
    g_string_append (text, NEARBY);
  g_string_append (text, "    drop\n  }\n");
}

/* A neighbour that sends to the tunnel's address beside it learns nothing (CVE-2019-14899). */
static void
add_in (GString *text, const BgKillSwitch *self, const char *interface)
{
  g_string_append_printf (text,
                          "  chain in {\n"
                          "    iifname { \"lo\", \"%s\" } accept\n",
                          interface);
  for (guint i = 0; i < self->n_addresses; i++)
    {
      char shown[BG_IP_PREFIX_TEXT];

      bg_ip_prefix_format_address (&self->addresses[i], shown);
      g_string_append_printf (text, "    %s daddr %s drop\n", keyword (&self->addresses[i]), shown);
    }
  g_string_append (text, "  }\n");
}

static void
add_arp (GString *text, const BgKillSwitch *self)
{
  char shown[BG_IP_PREFIX_TEXT];

  for (guint i = 0; i < self->n_addresses; i++)
    if (self->addresses[i].family == AF_INET)
      {
        bg_ip_prefix_format_address (&self->addresses[i], shown);
        g_string_append_printf (text,
                                "  chain in {\n"
                                "    arp daddr ip %s drop\n"
                                "  }\n"
                                "  chain out {\n"
                                "    arp saddr ip %s drop\n"
                                "  }\n",
                                shown, shown);
      }
}

char *
bg_kill_switch_text (const BgKillSwitch *self)
{
  g_autofree char *interface = bg_nft_quote (self->interface);
  GString *text = g_string_new (CHAINS);

  g_string_append (text, "table inet " BG_KILL_SWITCH_TABLE " {\n");
  add_out (text, self, interface);
  add_in (text, self, interface);
  g_string_append (text, "}\ntable arp " BG_KILL_SWITCH_TABLE " {\n");
  add_arp (text, self);
  g_string_append (text, "}\n");
  return g_string_free (text, FALSE);
}

const char *
bg_kill_switch_removal (void)
{
  return REMOVAL;
}
