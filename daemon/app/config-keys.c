/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/config-keys.h"

#include "app/config-checks.h"
#include "app/config-types.h"
#include "common/device-name.h"
#include "common/dns-suffix.h"
#include "common/error.h"
#include "common/listen-address.h"
#include "ground/ingress-route.h"
#include "publish/operator-api.h"
#include "signaling/proxy.h"

#include <string.h>
#include <sys/socket.h>

/* --- The table --- */

#define OF(field) G_STRUCT_OFFSET (BgConfig, field)
#define OF_PEER(field) G_STRUCT_OFFSET (BgStaticPeer, field)
#define OF_ACCEPT(field) G_STRUCT_OFFSET (BgPeerAccept, field)
#define OF_SERVICE(field) G_STRUCT_OFFSET (BgService, field)

const BgConfigKey bg_config_keys[] = {
  { "network", "name", &bg_config_type_text, OF (network_name), .fallback = "default",
    .check = bg_config_check_name, .doc = "A label for the network, shown to people." },
  { "network", "server-url", &bg_config_type_url, OF (server_url),
    .doc =
      "The URL of the hub, as in wss://hub.example.org/connect. Without it there are only static peers. One by http or ws on another machine works, and is said in the status: the token travels readable." },
  { "network", "server-pin", &bg_config_type_text, OF (server_pin), .check = bg_config_check_pin,
    .doc =
      "SHA-256 of the hub's public key info in base64. With it only a hub with that key is trusted, whatever "
      "certificate it shows." },
  { "network", "proxy", &bg_config_type_text, OF (proxy), .fallback = BG_PROXY_SYSTEM,
    .check = bg_config_check_proxy,
    .doc =
      "The web proxy between this machine and the hub: system for the one of the system's settings, or of https_proxy in the "
      "daemon's environment, none, or a URL as in http://proxy.example.org:3128. Only https_proxy may hold a user and a "
      "password." },
  { "network", "host-hub", &bg_config_type_boolean, OF (host_hub), .fallback = "false",
    .doc = "Runs the hub of the network on this machine, as long as the daemon runs." },
  { "network", "hub-listen", &bg_config_type_text, OF (hub_listen), .fallback = BG_LISTEN_DEFAULT,
    .check = bg_config_check_listen,
    .doc = "Where that hub listens: an address and a port, or * and a port for every address." },
  { "network", "hub-shared-token", &bg_config_type_boolean, OF (hub_shared_token),
    .fallback = "true",
    .doc =
      "Lets whoever has that hub's token in, registered or not, while the network is not signed. Go programs up to 1.7 need it." },
  { "network", "hub-approve-devices", &bg_config_type_boolean, OF (hub_approve_devices),
    .fallback = "false", .doc = "Lets every new machine wait at that hub for an owner's word." },
  { "network", "moved-from", &bg_config_type_text, OF (moved_from),
    .doc =
      "Where others reached that hub before the network moved to another one, which is that of server-url then: this machine's "
      "own runs on to tell whoever was away. Written by a move." },

  { "device", "name", &bg_config_type_text, OF (device_name), .when = BG_CONFIG_NEXT_UP,
    .check = bg_config_check_name, .check_new = bg_device_name_check,
    .doc = "The name of this machine in the network. Written by setup and join." },
  { "device", "interface", &bg_config_type_text, OF (interface), .fallback = "bamgate0",
    .when = BG_CONFIG_NEXT_UP, .check = bg_config_check_interface,
    .doc = "The name of the TUN interface." },
  { "device", "address", &bg_config_type_address, OF (address), .has = OF (has_address),
    .family = AF_INET, .when = BG_CONFIG_NEXT_UP,
    .doc =
      "Our IPv4 address in the network with the length of the network's prefix. Written by setup and join." },
  { "device", "address6", &bg_config_type_address, OF (address6), .has = OF (has_address6),
    .family = AF_INET6, .when = BG_CONFIG_NEXT_UP,
    .doc =
      "An IPv6 address of our own beside it. Needs an mtu of at least 1280, and reaches bamgate peers only over paths "
      "other than the data channel." },
  { "device", "mtu", &bg_config_type_number, OF (mtu), .min = 576, .max = 9000, .fallback = "1420",
    .doc =
      "The largest packet that the interface takes. Smaller limits of single paths are set as route MTUs." },
  { "device", "listen-port", &bg_config_type_number, OF (listen_port), .max = 65535,
    .fallback = "0", .doc = "The UDP port for static peers; 0 takes any free one." },
  { "device", "threads", &bg_config_type_number, OF (threads), .max = 16, .fallback = "0",
    .doc =
      "How many threads encrypt and decrypt; 1 for the data thread alone, 0 for one less than there are CPUs, at most 4." },
  { "device", "routes", &bg_config_type_served, OF (routes), .fallback = "",
    .doc =
      "Networks behind this machine that others may reach through it. 192.168.1.0/24@10.77.1.0/24 offers a network under other "
      "addresses, one to one, where others have the same network themselves." },
  { "device", "routes-nat", &bg_config_type_boolean, OF (routes_nat), .fallback = "true",
    .doc =
      "Lets others come to those networks with this machine's address there, so that the hosts in them need no route back." },
  { "device", "forward", &bg_config_type_text, OF (forward), .check = bg_config_check_forward,
    .fallback = "auto",
    .doc =
      "Where peers get to beside this machine's own addresses in the tunnel: offered for what it offers, by routes, dns or exit; all for "
      "whatever it forwards by rules of its own, and its other addresses; or auto: offered for the peers of the network, and all for "
      "static ones." },
  { "device", "dns", &bg_config_type_texts, OF (dns), .check = bg_config_check_dns_server,
    .fallback = "",
    .doc =
      "Addresses of name servers behind this machine that others may ask, for the domains of dns-search." },
  { "device", "dns-search", &bg_config_type_domains, OF (dns_search), .fallback = "",
    .doc = "The domains whose names those servers know, as in corp.example.org." },
  { "device", "exit", &bg_config_type_boolean, OF (exit), .fallback = "false",
    .doc = "Offers the others to reach everything through this machine, as an exit." },
  { "device", "accept-routes", &bg_config_type_boolean, OF (accept_routes), .fallback = "false",
    .doc = "Sets the routes that other peers offer." },
  { "device", "allow", &bg_config_type_texts, OF (allow), .check = bg_config_check_access,
    .fallback = "",
    .doc =
      "What peers may begin to reach at this machine and behind it, as in “tcp 22 8000-8100 from laptop to 192.168.1.0/24”: all, tcp, udp or "
      "icmp, ports, a peer or its addresses, our side; all but the first may be left out. With at least one such rule everything "
      "else is refused. What this machine begins is answered in any case." },
  { "device", "deny", &bg_config_type_texts, OF (deny), .check = bg_config_check_access,
    .fallback = "", .doc = "What peers may not reach, written alike. It goes before allow." },
  { "device", "exit-node", &bg_config_type_text, OF (exit_node), .check = bg_config_check_name,
    .doc =
      "The peer that everything goes through which no other peer takes; it must offer to be an exit. Written by bamgatectl exit." },
  { "device", "exit-lan", &bg_config_type_boolean, OF (exit_lan), .fallback = "true",
    .doc = "While an exit is used, the networks around this machine go on to be reached." },
  { "device", "exit-strict", &bg_config_type_boolean, OF (exit_strict), .fallback = "false",
    .doc =
      "While an exit is chosen nothing leaves this machine but through it, also while the tunnel or the daemon is down, and at boot." },
  { "device", "autostart", &bg_config_type_boolean, OF (autostart), .fallback = "true",
    .doc =
      "Brings the tunnel up when the daemon starts, unless it was taken down before: that holds "
      "until it is brought up." },

  { "ice", "stun-servers", &bg_config_type_texts, OF (stun_servers),
    .check = bg_config_check_stun_server,
    .fallback = "stun:stun.cloudflare.com:3478;stun:stun.l.google.com:19302",
    .doc =
      "Servers that tell this machine its address as seen from outside, the first one that answers; empty for none." },
  { "ice", "turn-servers", &bg_config_type_texts, OF (turn_servers),
    .check = bg_config_check_turn_server, .fallback = "",
    .doc =
      "Servers that relay where peers cannot reach each other, as in turn:turn.example.org:3478?transport=udp. User "
      "name and password for them are made of the secret turn-secret, which the servers share (coturn: use-auth-secret)." },
  { "ice", "relay", &bg_config_type_text, OF (relay), .fallback = "hub",
    .check = bg_config_check_relay,
    .doc =
      "hub lets peers that cannot reach each other meet at the hub's relay, where the hub has one: packets then pass "
      "through the hub, which cannot read them. off does without." },
  { "ice", "tcp", &bg_config_type_boolean, OF (ice_tcp), .fallback = "true",
    .doc = "Offers ICE candidates over TCP too." },
  { "ice", "port-mapping", &bg_config_type_boolean, OF (port_mapping), .fallback = "true",
    .doc =
      "Asks this machine's router to map ports (PCP, NAT-PMP, UPnP), so that peers behind other routers reach it without a relay." },
  { "ice", "force-relay", &bg_config_type_boolean, OF (force_relay), .fallback = "false",
    .doc = "Uses relayed candidates only, so that peers do not learn this machine's addresses." },
  { "ice", "paths", &bg_config_type_paths, OF (paths), .fallback = "direct;ice;data-channel",
    .doc =
      "The ways that packets to mesh peers may take. Peers of other implementations have the data channel only." },

  { "ice", "connect", &bg_config_type_text, OF (connect), .fallback = "auto",
    .check = bg_config_check_connect,
    .doc =
      "When a mesh peer is connected: always; on-demand, when there is traffic for it or it asks, until there was none "
      "for idle-timeout; or auto: always with up to eight peers, and on demand with more. Peers of other implementations "
      "are always connected." },
  { "ice", "connect-always", &bg_config_type_texts, OF (connect_always), .fallback = "",
    .doc = "Names of peers that are connected always, whatever connect says." },
  { "ice", "idle-timeout", &bg_config_type_number, OF (idle_timeout), .min = 10, .max = 86400,
    .fallback = "300",
    .doc = "A connection on demand is let go after so many seconds without traffic." },

  { "dns", "suffix", &bg_config_type_text, OF (names_suffix), .fallback = BG_SUFFIX_DEFAULT,
    .check = bg_config_check_suffix,
    .doc =
      "The domain that names of machines end in, as laptop.bamgate.internal. Where the hub chooses another one below internal "
      "or home.arpa, that one counts, and any other one only if it stands here too." },
  { "dns", "search", &bg_config_type_boolean, OF (names_search), .fallback = "false",
    .doc = "Makes that domain one that programs may leave away, so that ssh laptop works." },
  { "dns", "resolver", &bg_config_type_boolean, OF (names_resolver), .fallback = "true",
    .doc =
      "Answers questions of this machine about names at its addresses in the tunnel, on port 53." },
  { "dns", "manage", &bg_config_type_text, OF (names_manage), .fallback = "auto",
    .check = bg_config_check_dns_manage,
    .doc =
      "What of this machine is told of the names: resolved (systemd-resolved), networkmanager, resolvconf, hosts (lines in "
      "/etc/hosts), the first of these that looks after the resolver here (auto), or nothing (off)." },

  { "publish", "subnet", &bg_config_type_text, OF (publish_subnet), .fallback = "10.107.0.0/16",
    .check = bg_config_check_subnet,
    .doc =
      "The network of this machine alone that names of endpoints have their addresses in. Where it meets another network, another one "
      "of its size is taken." },
  { "publish", "subnet6", &bg_config_type_text, OF (publish_subnet6), .fallback = "auto",
    .check = bg_config_check_subnet6,
    .doc =
      "The same of IPv6, beside it: auto for one by chance, which stays, none, or a network as in fd00:107::/112." },
  { "publish", "listen", &bg_config_type_text, OF (publish_listen), .fallback = "virtual",
    .check = bg_config_check_listen_mode,
    .doc =
      "Where endpoints are to be had: virtual for an address of each name's own that only this machine reaches; or, for others too and at "
      "a port of this machine's, all, an address or an interface." },
  { "publish", "listen-each", &bg_config_type_texts, OF (publish_listen_each), .fallback = "",
    .check = bg_config_check_listen_rule,
    .doc =
      "Where single ones are to be had, whatever listen says: a name, or a name and a port, and a word as of listen, as in “db.prod:5432 "
      "all”. Written by bamgatectl endpoints set." },
  { "publish", "allow-from", &bg_config_type_prefixes, OF (publish_from), .fallback = "",
    .doc =
      "Who may connect to endpoints that others may reach: networks, and all others are refused. Empty for everybody." },
  { "publish", "on-conflict", &bg_config_type_text, OF (publish_on_conflict), .fallback = "refuse",
    .check = bg_config_check_on_conflict,
    .doc =
      "What becomes of an endpoint with an address of its own whose port another program has: refuse says so and waits until that is free, port "
      "has it at another port of its address meanwhile, of those from first-port on." },
  { "publish", "first-port", &bg_config_type_number, OF (publish_first_port), .min = 1,
    .max = 65535, .fallback = "9080", .doc = "The lowest port that such endpoints are given." },
  { "publish", "last-port", &bg_config_type_number, OF (publish_last_port), .min = 1, .max = 65535,
    .fallback = "65535", .doc = "The highest one." },
  { "publish", "drain", &bg_config_type_number, OF (publish_drain), .max = 3600, .fallback = "30",
    .doc = "For so many seconds connections go on when their endpoint goes, or the daemon ends." },

  { "ngrok", "enabled", &bg_config_type_boolean, OF (ngrok_enabled), .fallback = "true",
    .doc =
      "Has the endpoints here that an account of ngrok binds, once somebody has given its API key." },
  { "ngrok", "api-url", &bg_config_type_text, OF (ngrok_api_url), .fallback = BG_API_URL_DEFAULT,
    .check = bg_config_check_api_url, .doc = "Where the account's API is." },
  { "ngrok", "ingress", &bg_config_type_text, OF (ngrok_ingress), .check = bg_config_check_ingress,
    .doc =
      "Where connections to endpoints go, as in ingress.example.org:443, in place of what the account says." },
  { "ngrok", "ingress-ca", &bg_config_type_text, OF (ngrok_ingress_ca),
    .check = bg_config_check_path,
    .doc =
      "A file of certificates in PEM that are trusted there beside those of the system and of " BG_INGRESS_TRUST
      "." },
  { "ngrok", "selector", &bg_config_type_text, OF (ngrok_selector), .fallback = "true",
    .doc =
      "Which of the account's endpoints this machine wants, as the account's own expression (CEL)." },
  { "ngrok", "description", &bg_config_type_text, OF (ngrok_description),
    .doc = "What the account shows of this machine beside its id." },
  { "ngrok", "names", &bg_config_type_texts, OF (ngrok_names), .check = bg_config_check_claim,
    .fallback = "prod",
    .doc =
      "Domains of the Internet or of other networks whose names endpoints may take on this machine, as in example.org; * for all. Names "
      "that are nobody's, as db.staging, need it not." },
  { "ngrok", "poll-interval", &bg_config_type_number, OF (ngrok_poll_interval), .min = 1,
    .max = 3600, .fallback = "30",
    .doc = "The account is asked for its endpoints after so many seconds." },
  { "files", "receive", &bg_config_type_text, OF (files_receive), .fallback = "ask",
    .check = bg_config_check_receive,
    .doc =
      "ask lets peers offer files, of which nothing comes before somebody takes them; never offers no such thing." },
  { "files", "quota", &bg_config_type_number, OF (files_quota), .min = 1, .max = 1048576,
    .fallback = "102400",
    .doc = "So many MiB may the files have together that one peer offers at a time." },

  { "log", "level", &bg_config_type_text, OF (log_level), .fallback = "info",
    .check = bg_config_check_log_level,
    .doc = "debug, info, message, warning or critical; for single topics as in “info,ice=debug”." },

  { "metrics", "listen", &bg_config_type_text, OF (metrics_listen),
    .check = bg_config_check_metrics_listen,
    .doc =
      "Where metrics are had by HTTP beside the socket in /run/bamgate: an address of this machine's loopback and a port, as in "
      "127.0.0.1:9099. Every program on this machine may ask there." },

  { "secrets", "device-key", &bg_config_type_owner, OF (device_key_owner), .fallback = "",
    .doc =
      "Whose the key of this machine is: system (a file that only the daemon reads), user:UID (that user's keyring, asked "
      "for when the tunnel comes up) or ask:UID (kept nowhere, that user types it). Written by bamgatectl secrets move." },
  { "secrets", "token", &bg_config_type_owner, OF (token_owner), .fallback = "",
    .doc = "The same of the token that the hub knows this machine by." },
  { "secrets", "device-credential", &bg_config_type_owner, OF (device_credential_owner),
    .fallback = "",
    .doc =
      "The same of what this machine shows a hub that keeps devices. Where nothing is said, a token that is in a keyring takes it along." },
  { "secrets", "turn-secret", &bg_config_type_owner, OF (turn_secret_owner), .fallback = "",
    .doc = "The same of the secret of the servers in turn-servers." },

  { "peer", "public-key", &bg_config_type_public_key, OF_PEER (key), .required = TRUE,
    .doc = "The peer's WireGuard public key in base64." },
  { "peer", "endpoint", &bg_config_type_endpoint, 0,
    .doc = "Where the peer is reached by UDP. Without it the peer has to begin." },
  { "peer", "allowed-ips", &bg_config_type_prefixes, OF_PEER (allowed_ips), .fallback = "",
    .doc =
      "Addresses that the peer may use inside the tunnel; packets to them go to it. Each but one that covers all "
      "addresses is set as a route; endpoints among them stay outside." },
  { "peer", "keepalive", &bg_config_type_seconds, OF_PEER (keepalive), .max = 65535,
    .fallback = "0",
    .doc =
      "Sends an empty packet after so many seconds of silence, to keep a NAT open; 0 for never." },
  { "peer", "preshared-key-owner", &bg_config_type_owner, OF_PEER (psk_owner), .fallback = "",
    .doc = "Whose the preshared key is, if there is one: as of the keys of [secrets]." },

  { "accept", "routes", &bg_config_type_chosen_prefixes, OF_ACCEPT (routes),
    .has = OF_ACCEPT (all_routes), .fallback = "",
    .doc =
      "Which of the routes that the peer offers are taken: networks, which may be parts of what it offers, or * for all. "
      "Where there is such a section, accept-routes says nothing about this peer." },
  { "accept", "prefer", &bg_config_type_prefixes, OF_ACCEPT (prefer), .fallback = "",
    .doc =
      "Networks that go through this peer before they go through others that offer the same." },
  { "accept", "dns", &bg_config_type_chosen_addresses, OF_ACCEPT (dns), .has = OF_ACCEPT (all_dns),
    .check = bg_config_check_dns_server, .fallback = "",
    .doc = "Which of the name servers that the peer offers are asked: addresses, or * for all." },
  { "accept", "dns-search", &bg_config_type_chosen_domains, OF_ACCEPT (search),
    .has = OF_ACCEPT (all_search), .fallback = "",
    .doc =
      "Which of the domains that the peer offers they are asked for: domains, or * for all but public suffixes." },

  { "service", "port", &bg_config_type_number, OF_SERVICE (port), .max = 65535, .fallback = "0",
    .doc =
      "The port at this machine's addresses in the tunnel where peers reach it; 0 for that of tcp, or of udp." },
  { "service", "tcp", &bg_config_type_text, OF_SERVICE (tcp), .check = bg_config_check_target,
    .doc =
      "Where connections are passed on to: an address, or localhost, and a port, as in 127.0.0.1:8080." },
  { "service", "unix", &bg_config_type_text, OF_SERVICE (unix_path),
    .check = bg_config_check_unix_target,
    .doc =
      "In place of tcp, a Unix socket that they are passed on to; the daemon's user has to be allowed to open it." },
  { "service", "udp", &bg_config_type_text, OF_SERVICE (udp), .check = bg_config_check_target,
    .doc = "Where UDP datagrams are passed on to." },
  { "service", "peers", &bg_config_type_texts, OF_SERVICE (peers), .fallback = "",
    .check = bg_config_check_name,
    .doc = "Names of the peers that may come; empty for all of them." },
  { "service", "peer-connections", &bg_config_type_number, OF_SERVICE (peer_connections), .min = 1,
    .max = 65535, .fallback = "256",
    .doc =
      "So many connections one peer may have at a time at each of this machine's addresses; further ones are refused." },
  { "service", "proxy-protocol", &bg_config_type_boolean, OF_SERVICE (proxy_protocol),
    .fallback = "false",
    .doc = "Tells the target who comes, in PROXY protocol version 2, which it has to understand." },
  { "service", "http-headers", &bg_config_type_boolean, OF_SERVICE (http_headers),
    .fallback = "false",
    .doc =
      "Takes it for HTTP/1, and tells the target who comes in X-Forwarded-For and Bamgate-Peer of each request; what "
      "a peer says there itself is taken out." },
  { "service", "tls", &bg_config_type_boolean, OF_SERVICE (tls), .fallback = "false",
    .doc =
      "Peers reach it with TLS, by a certificate of the network's authority; the target gets what is inside." },
  { NULL },
};

const BgConfigKey *
bg_config_keys_find (const char *section, const char *key)
{
  for (const BgConfigKey *row = bg_config_keys; row->section; row++)
    if (g_str_equal (row->section, section) && g_str_equal (row->key, key))
      return row;
  return NULL;
}

gboolean
bg_config_keys_has_section (const char *section)
{
  for (const BgConfigKey *row = bg_config_keys; row->section; row++)
    if (g_str_equal (row->section, section))
      return TRUE;
  return FALSE;
}

gboolean
bg_config_key_set (const BgConfigKey *key, gpointer object, const char *text, GError **error)
{
  return key->type->set (key, object, text, error);
}

GVariant *
bg_config_key_to_variant (const BgConfigKey *key, gconstpointer object)
{
  return key->type->to_variant (key, object);
}

/* Whole numbers of any width, as bus clients in other languages choose them. */
static char *
text_of_number (GVariant *value)
{
  switch (g_variant_classify (value))
    {
    case G_VARIANT_CLASS_BYTE:
      return g_strdup_printf ("%u", g_variant_get_byte (value));
    case G_VARIANT_CLASS_INT16:
      return g_strdup_printf ("%d", g_variant_get_int16 (value));
    case G_VARIANT_CLASS_UINT16:
      return g_strdup_printf ("%u", g_variant_get_uint16 (value));
    case G_VARIANT_CLASS_INT32:
      return g_strdup_printf ("%d", g_variant_get_int32 (value));
    case G_VARIANT_CLASS_UINT32:
      return g_strdup_printf ("%u", g_variant_get_uint32 (value));
    case G_VARIANT_CLASS_INT64:
      return g_strdup_printf ("%" G_GINT64_FORMAT, g_variant_get_int64 (value));
    case G_VARIANT_CLASS_UINT64:
      return g_strdup_printf ("%" G_GUINT64_FORMAT, g_variant_get_uint64 (value));
    default:
      return NULL;
    }
}

char *
bg_config_key_text_of_variant (const BgConfigKey *key, GVariant *value, GError **error)
{
  g_autofree const char **items = NULL;
  char *text = NULL;

  if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    return g_variant_dup_string (value, NULL);
  switch (key->type->variant_type[0])
    {
    case 'b':
      if (g_variant_is_of_type (value, G_VARIANT_TYPE_BOOLEAN))
        return g_strdup (g_variant_get_boolean (value) ? "true" : "false");
      break;
    case 'u':
      text = text_of_number (value);
      break;
    case 'a':
      if (!g_variant_is_of_type (value, G_VARIANT_TYPE_STRING_ARRAY))
        break;
      items = g_variant_get_strv (value, NULL);
      return g_strjoinv (";", (char **) items);
    default:
      break;
    }
  if (!text)
    bg_error_set (error, BG_ERROR_INVALID_ARGUMENT, BAD_VALUE_TYPE, key->type->variant_type,
                  g_variant_get_type_string (value));
  return text;
}
