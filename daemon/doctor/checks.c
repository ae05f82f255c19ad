/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "doctor/checks.h"

const BgCheck bg_doctor_checks[] = {
  { "tunnel.state", bg_check_tunnel_state, NULL, NULL },
  { "tunnel.device", bg_check_tunnel_device, NULL, NULL },
  { "tunnel.settings", bg_check_tunnel_settings, NULL, NULL },
  { "tunnel.secrets", bg_check_secrets, NULL, NULL },
  { "tunnel.files", bg_check_files, NULL, NULL },
  { "hub.line", bg_check_hub_line, NULL, NULL },
  { "hub.answers", NULL, bg_check_hub_ask, bg_check_hub_asked },
  { "net.uplink", bg_check_net_uplink, NULL, NULL },
  { "net.mtu", bg_check_net_mtu, NULL, NULL },
  { "net.rp-filter", bg_check_net_filter, NULL, NULL },
  { "net.overlap", bg_check_net_overlap, NULL, NULL },
  { "net.offers", bg_check_net_offers, NULL, NULL },
  { "net.firewall", bg_check_net_firewall, NULL, NULL },
  { "exit", bg_check_exit, NULL, NULL },
  { "dns.owner", bg_check_dns_owner, NULL, NULL },
  { "dns.answers", NULL, bg_check_dns_ask, bg_check_dns_asked },
  { "concerns", bg_check_concerns, NULL, NULL },
  { "peers", bg_check_peers, NULL, NULL },
  { "net.portal", NULL, bg_check_portal_start, bg_check_portal_finish },
  { "net.nat4", NULL, bg_check_nat4_start, bg_check_nat4_finish },
  { "net.nat6", NULL, bg_check_nat6_start, bg_check_nat6_finish },
  { "net.mapping", NULL, bg_check_mapping_start, bg_check_mapping_finish },
  { "relay.latency", NULL, bg_check_relay_start, bg_check_relay_finish },
  { NULL, NULL, NULL, NULL },
};
