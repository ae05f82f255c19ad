/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/config.h"
#include "app/config-keys.h"
#include "app/config-text.h"
#include "common/error.h"
#include "common/log.h"
#include "test-dir.h"
#include "transport/transport.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define KEY_A "YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY="
#define KEY_B "YmJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY="

static BgConfig *
load_ok (TestDir *dir)
{
  g_autofree char *path = test_dir_file (dir, "bamgate.conf");
  g_autoptr (GError) error = NULL;
  BgConfig *config = bg_config_load (path, &error);

  g_assert_no_error (error);
  return config;
}

/* The message, without the directory of the test. */
static char *
load_error (TestDir *dir)
{
  g_autofree char *path = test_dir_file (dir, "bamgate.conf"),
                  *prefix = g_strconcat (dir->path, "/", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (BgConfig) config = bg_config_load (path, &error);

  g_assert_null (config);
  g_assert_error (error, BG_ERROR, BG_ERROR_CONFIG);
  g_assert_true (g_str_has_prefix (error->message, prefix));
  return g_strdup (error->message + strlen (prefix));
}

static void
assert_refused (TestDir *dir, const char *text, const char *message)
{
  g_autofree char *path = test_dir_write (dir, "bamgate.conf", text);
  g_autofree char *said = load_error (dir);

  g_assert_cmpstr (said, ==, message);
}

static void
test_defaults (TestDir *dir, gconstpointer data)
{
  g_autoptr (BgConfig) config = load_ok (dir);

  g_assert_cmpstr (config->network_name, ==, "default");
  g_assert_null (config->server_url);
  g_assert_null (config->server_pin);
  g_assert_false (config->host_hub);
  g_assert_cmpstr (config->hub_listen, ==, "*:8443");
  g_assert_null (config->device_name);
  g_assert_cmpstr (config->interface, ==, "bamgate0");
  g_assert_false (config->has_address || config->has_address6);
  g_assert_cmpuint (config->mtu, ==, 1420);
  g_assert_cmpuint (config->listen_port, ==, 0);
  g_assert_cmpuint (config->routes->len, ==, 0);
  g_assert_false (config->accept_routes);
  g_assert_true (config->autostart);
  g_assert_cmpuint (g_strv_length (config->stun_servers), ==, 2);
  g_assert_cmpuint (g_strv_length (config->turn_servers), ==, 0);
  g_assert_true (config->ice_tcp);
  g_assert_true (config->port_mapping);
  g_assert_false (config->force_relay);
  g_assert_cmpuint (config->paths, ==,
                    1u << BG_TRANSPORT_DIRECT | 1u << BG_TRANSPORT_ICE
                      | 1u << BG_TRANSPORT_DATA_CHANNEL);
  g_assert_cmpstr (config->names_suffix, ==, "bamgate.internal");
  g_assert_false (config->names_search);
  g_assert_true (config->names_resolver);
  g_assert_cmpstr (config->files_receive, ==, "ask");
  g_assert_cmpuint (config->files_quota, ==, 102400);
  g_assert_true (bg_config_receives_files (config));
  g_assert_cmpstr (config->log_level, ==, "info");
  g_assert_cmpuint (config->static_peers->len, ==, 0);
}

static void
test_every_key (TestDir *dir, gconstpointer data)
{
  g_autofree char *path = test_dir_write (
    dir, "bamgate.conf",
    "# a comment\n"
    "[network]\nname=Büro\nserver-url=hub.example.org/connect\n"
    "server-pin=" KEY_A "\nhost-hub=yes\nhub-listen=[::]:8443\n"
    "[device]\nname=alpha\ninterface=wg7\naddress=10.0.0.2/24\naddress6=fd00::2/64\n"
    "mtu= 1400 \nlisten-port=51820\nroutes=192.168.1.7/24; fd01::/48;10.5.0.9/16@10.77.9.9/16\n"
    "dns=192.168.1.1;fd01::53\ndns-search=Corp.Example.org.;lan\nexit=yes\n"
    "accept-routes=true\nautostart=off\n"
    "[ice]\nstun-servers=\nturn-servers=turn:turn.example.org:3478?transport=udp;turns:[2001:db8::2]:5349\ntcp=false\nport-mapping=false\nforce-relay=true\npaths=data-channel\n"
    "[dns]\nsuffix=Mesh.Example.org\nsearch=yes\nresolver=no\n"
    "[log]\nlevel=info,ice=debug\n"
    "[peer my office]\npublic-key=" KEY_A "\nendpoint=[2001:db8::1]:51820\n"
    "allowed-ips=10.0.0.9,192.168.5.0/24\nkeepalive=25\n");
  g_autoptr (BgConfig) config = load_ok (dir);
  const BgStaticPeer *peer;
  char text[BG_IP_PREFIX_TEXT];

  g_assert_cmpstr (config->network_name, ==, "Büro");
  g_assert_cmpstr (config->server_url, ==, "wss://hub.example.org/connect");
  g_assert_cmpstr (config->server_pin, ==, KEY_A);
  g_assert_true (config->host_hub);
  g_assert_cmpstr (config->hub_listen, ==, "[::]:8443");
  g_assert_cmpstr (config->device_name, ==, "alpha");
  g_assert_cmpstr (config->interface, ==, "wg7");
  g_assert_true (config->has_address && config->has_address6);
  bg_ip_prefix_format (&config->address, text);
  g_assert_cmpstr (text, ==, "10.0.0.2/24");
  g_assert_cmpint (config->address6.family, ==, AF_INET6);
  g_assert_cmpuint (config->mtu, ==, 1400);
  g_assert_cmpuint (config->listen_port, ==, 51820);
  g_assert_cmpuint (config->routes->len, ==, 3);
  bg_ip_prefix_format (&g_array_index (config->routes, BgServedRoute, 0).shown, text);
  g_assert_cmpstr (text, ==, "192.168.1.0/24");
  bg_ip_prefix_format (&g_array_index (config->routes, BgServedRoute, 2).network, text);
  g_assert_cmpstr (text, ==, "10.5.0.0/16");
  bg_ip_prefix_format (&g_array_index (config->routes, BgServedRoute, 2).shown, text);
  g_assert_cmpstr (text, ==, "10.77.0.0/16");
  g_assert_cmpstr (config->dns[1], ==, "fd01::53");
  g_assert_cmpstr (config->dns_search[0], ==, "corp.example.org");
  g_assert_true (config->exit);
  g_assert_true (config->accept_routes);
  g_assert_false (config->autostart);
  g_assert_cmpuint (g_strv_length (config->stun_servers), ==, 0);
  g_assert_cmpuint (g_strv_length (config->turn_servers), ==, 2);
  g_assert_cmpstr (config->turn_servers[1], ==, "turns:[2001:db8::2]:5349");
  g_assert_false (config->ice_tcp);
  g_assert_false (config->port_mapping);
  g_assert_true (config->force_relay);
  g_assert_cmpuint (config->paths, ==, 1u << BG_TRANSPORT_DATA_CHANNEL);
  g_assert_cmpstr (config->names_suffix, ==, "Mesh.Example.org");
  g_assert_true (config->names_search);
  g_assert_false (config->names_resolver);
  g_assert_cmpstr (config->log_level, ==, "info,ice=debug");
  g_assert_cmpuint (config->static_peers->len, ==, 1);
  peer = g_ptr_array_index (config->static_peers, 0);
  g_assert_cmpstr (peer->name, ==, "my office");
  g_assert_cmpmem (peer->key, 32, "abcdefghijklmnopqrstuvwxyz123456", 32);
  g_assert_true (peer->has_endpoint);
  g_assert_cmpstr (peer->endpoint_host, ==, "2001:db8::1");
  g_assert_cmpuint (peer->endpoint_port, ==, 51820);
  g_assert_cmpuint (peer->allowed_ips->len, ==, 2);
  g_assert_cmpuint (peer->keepalive, ==, 25);
}

static void
test_bad_values (TestDir *dir, gconstpointer data)
{
  assert_refused (dir, "[device]\nmtu=abc\n",
                  "bamgate.conf: [device] mtu: “abc” is not a number between 576 and 9000");
  assert_refused (dir, "[device]\nmtu=9001\n",
                  "bamgate.conf: [device] mtu: “9001” is not a number between 576 and 9000");
  assert_refused (dir, "[device]\nmtu=\n",
                  "bamgate.conf: [device] mtu: “” is not a number between 576 and 9000");
  assert_refused (dir, "[device]\nmtu=1400 # less\n",
                  "bamgate.conf: [device] mtu: “1400 # less” is not a number between 576 and 9000");
  assert_refused (
    dir, "[device]\nroutes=192.168.1.0/24@10.77.1.0/25\n",
    "bamgate.conf: [device] routes: “192.168.1.0/24@10.77.1.0/25” is not two networks of one family "
    "and length (as in 192.168.1.0/24@10.77.1.0/24)");
  assert_refused (
    dir, "[device]\nroutes=192.168.1.0/24@10.77.1.0/24;192.168.2.0/24@10.77.1.0/24\n",
    "bamgate.conf: [device] routes: “192.168.2.0/24@10.77.1.0/24” is for the others where “10.77.1.0/24” is already");
  assert_refused (
    dir, "[device]\ndns=192.168.1.0/24\n",
    "bamgate.conf: [device] dns: “192.168.1.0/24” is not the address of a name server (as in 192.168.1.1)");
  assert_refused (
    dir, "[device]\ndns-search=a b\n",
    "bamgate.conf: [device] dns-search: “a b” is not a domain (as in corp.example.org)");
  assert_refused (dir, "[device]\naccept-routes=maybe\n",
                  "bamgate.conf: [device] accept-routes: “maybe” is neither true nor false");
  assert_refused (
    dir, "[device]\naddress=10.0.0.0/24\n",
    "bamgate.conf: [device] address: “10.0.0.0/24” is not an IPv4 host address with its prefix length, at least 8 (as in "
    "10.0.0.2/24)");
  assert_refused (
    dir, "[device]\naddress=10.0.0.2/1\n", /* would be a route to half of all addresses */
    "bamgate.conf: [device] address: “10.0.0.2/1” is not an IPv4 host address with its prefix length, at least 8 (as in "
    "10.0.0.2/24)");
  assert_refused (
    dir, "[device]\naddress6=10.0.0.2/24\n",
    "bamgate.conf: [device] address6: “10.0.0.2/24” is not an IPv6 host address with its prefix length, at least 16 (as in "
    "fd00::2/64)");
  assert_refused (
    dir, "[device]\nroutes=10.0.0.0/8;0.0.0.0/0\n",
    "bamgate.conf: [device] routes: “0.0.0.0/0” covers all addresses, which is not possible here");
  assert_refused (
    dir, "[device]\ninterface=a/b\n",
    "bamgate.conf: [device] interface: “a/b” cannot name an interface (1 to 15 letters, digits and marks, "
    "without “/”, “:” and “%”)");
  assert_refused (
    dir, "[network]\nserver-pin=abc\n",
    "bamgate.conf: [network] server-pin: “abc” is not a SHA-256 digest in base64 (44 characters)");
  assert_refused (
    dir, "[network]\nserver-url=ftp://hub.example\n",
    "bamgate.conf: [network] server-url: “ftp://hub.example”: the hub's URL begins with “ftp”, "
    "which is none of wss, https, ws and http");
  assert_refused (
    dir, "[network]\nhub-listen=hub.example:8443\n",
    "bamgate.conf: [network] hub-listen: “hub.example:8443” is not ADDRESS:PORT (as in *:8443, "
    "192.0.2.7:8443 or [2001:db8::7]:8443)");
  assert_refused (
    dir, "[ice]\nstun-servers=stun:a:1;http://b\n",
    "bamgate.conf: [ice] stun-servers: “http://b” is not a STUN server (as in stun:stun.example.org:3478)");
  assert_refused (dir, "[ice]\npaths=ice;udp\n",
                  "bamgate.conf: [ice] paths: “udp” is not a path (direct, ice, data-channel)");
  assert_refused (dir, "[ice]\npaths=\n",
                  "bamgate.conf: [ice] paths: “” names no path (direct, ice, data-channel)");
  assert_refused (
    dir, "[peer a]\npublic-key=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
    "bamgate.conf: [peer a] public-key: “AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=” is not a public key (44 "
    "characters of base64)");
  assert_refused (
    dir, "[peer a]\npublic-key=" KEY_A "\nendpoint=host\n",
    "bamgate.conf: [peer a] endpoint: “host” is not HOST:PORT (as in vpn.example.org:51820, "
    "[2001:db8::1]:51820 or [fe80::1%eth0]:51820)");
  assert_refused (dir, "[peer a]\npublic-key=" KEY_A "\nkeepalive=65536\n",
                  "bamgate.conf: [peer a] keepalive: “65536” is not a number between 0 and 65535");
}

static void
test_endpoints (TestDir *dir, gconstpointer data)
{
  static const struct
  {
    const char *line, *said;
  } bad[] = {
    { "[publish]\nsubnet=10.107.0.0/31\n",
      "[publish] subnet: “10.107.0.0/31” is not an IPv4 network of 8 to 30 bits (as in 10.107.0.0/16)" },
    { "[publish]\nsubnet=10.107.0.1/16\n",
      "[publish] subnet: “10.107.0.1/16” is not an IPv4 network of 8 to 30 bits (as in 10.107.0.0/16)" },
    { "[publish]\nsubnet6=10.0.0.0/8\n",
      "[publish] subnet6: “10.0.0.0/8” is neither auto, none nor an IPv6 network (as in fd00:107::/112)" },
    { "[publish]\nlisten=a/b\n",
      "[publish] listen: “a/b” is neither virtual, all, an address nor the name of an interface" },
    { "[publish]\nlisten-each=db.prod all;all\n",
      "[publish] listen-each: “all” is not a name of endpoints and where they are to be had (as in db.prod:5432 all)" },
    { "[publish]\nfirst-port=2\nlast-port=1\n", "[publish] first-port: it is above last-port" },
    { "[ngrok]\napi-url=http://api.example.org\n",
      "[ngrok] api-url: “http://api.example.org” is no address of an API (https://HOST, or http:// on this machine)" },
    { "[ngrok]\ningress=a:b:c\n",
      "[ngrok] ingress: “a:b:c” is no HOST or HOST:PORT of an ingress" },
    { "[ngrok]\ningress-ca=ca.pem\n",
      "[ngrok] ingress-ca: “ca.pem” is not a path from the root on (as in /etc/ssl/ca.pem)" },
    { "[ngrok]\nnames=a b\n", "[ngrok] names: “a b” is not a domain (as in corp.example.org)" },
  };
  g_autofree char *path = test_dir_write (
    dir, "bamgate.conf",
    "[publish]\nsubnet=10.9.0.0/20\nsubnet6=none\nlisten=eth0\nlisten-each=db.prod:5432 all;app.prod "
    "10.0.0.1\n[ngrok]\nselector=endpoint.url in [\"a\", \"b\"]; true\nnames=*\n");
  g_autoptr (BgConfig) config = load_ok (dir);

  g_assert_cmpstr (config->publish_listen_each[1], ==, "app.prod 10.0.0.1");
  g_assert_cmpstr (config->ngrok_selector, ==, "endpoint.url in [\"a\", \"b\"]; true");
  g_assert_cmpstr (config->ngrok_api_url, ==, "https://api.ngrok.com");
  g_assert_cmpuint (config->publish_drain, ==, 30);
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autofree char *said = g_strconcat ("bamgate.conf: ", bad[i].said, NULL);

      assert_refused (dir, bad[i].line, said);
    }
}

/* A zone belongs to a link-local address and to nothing else. */
static void
test_zones (TestDir *dir, gconstpointer data)
{
  static const char *const bad[] = { "[fe80::1%]:1",     "[fe80::1%a/b]:1", "[2001:db8::1%eth0]:1",
                                     "[fe80::1%a%b]:1",  "fe80::1%eth0:1",  "[10.0.0.1%eth0]:1",
                                     "[fe80::1/64%e]:1", "host%eth0:1" };
  g_autofree char *path = test_dir_write (
    dir, "bamgate.conf", "[peer a]\npublic-key=" KEY_A "\nendpoint=[fe80::1%eth0]:51820\n");
  g_autoptr (BgConfig) config = load_ok (dir);
  g_autoptr (GVariant) all = g_variant_ref_sink (bg_config_to_variant (config));
  const char *text;

  g_assert_cmpstr (((BgStaticPeer *) config->static_peers->pdata[0])->endpoint_host, ==,
                   "fe80::1%eth0");
  g_assert_true (g_variant_lookup (all, "peer.a.endpoint", "&s", &text));
  g_assert_cmpstr (text, ==, "[fe80::1%eth0]:51820");
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autofree char *file = g_strdup_printf ("[peer a]\npublic-key=" KEY_A "\nendpoint=%s\n",
                                               bad[i]);
      g_autofree char *said = g_strdup_printf (
        "bamgate.conf: [peer a] endpoint: “%s” is not HOST:PORT (as in vpn.example.org:51820, "
        "[2001:db8::1]:51820 or [fe80::1%%eth0]:51820)",
        bad[i]);

      assert_refused (dir, file, said);
    }
}

static void
test_unknown_names (TestDir *dir, gconstpointer data)
{
  assert_refused (dir, "[device]\nmtuu=1400\n",
                  "bamgate.conf: [device] unknown key “mtuu”, did you mean “mtu”?");
  assert_refused (
    dir, "[device]\naccept_routes=true\n",
    "bamgate.conf: [device] unknown key “accept_routes”, did you mean “accept-routes”?");
  assert_refused (dir, "[network]\nmtu=1400\n",
                  "bamgate.conf: [network] unknown key “mtu”, it belongs in [device]");
  assert_refused (dir, "[network]\nzzz=1\n", "bamgate.conf: [network] unknown key “zzz”");
  assert_refused (dir, "[device]\nmtu[de]=1400\n", "bamgate.conf: [device] unknown key “mtu[de]”");
  assert_refused (
    dir, "[device]\nprivate-key=x\n",
    "bamgate.conf: [device] unknown key “private-key”, secrets do not belong in this file, which everybody may "
    "read, but in the directory “secrets” beside it");
  assert_refused (dir, "[devise]\nmtu=1400\n",
                  "bamgate.conf: unknown section [devise], did you mean [device]?");
  assert_refused (dir, "[peer]\npublic-key=x\n",
                  "bamgate.conf: unknown section [peer], a peer's section is named [peer NAME]");
  assert_refused (dir, "[peer  x]\npublic-key=x\n",
                  "bamgate.conf: unknown section [peer  x], a peer's section is named [peer NAME]");
}

static void
test_peers_that_clash (TestDir *dir, gconstpointer data)
{
  assert_refused (dir, "[peer a]\nallowed-ips=10.0.0.1\n",
                  "bamgate.conf: [peer a] public-key: missing");
  assert_refused (dir, "[peer a]\npublic-key=" KEY_A "\n[peer b]\npublic-key=" KEY_A "\n",
                  "bamgate.conf: [peer b] public-key: the same key as [peer a]");
  assert_refused (dir,
                  "[peer a]\npublic-key=" KEY_A "\nallowed-ips=10.0.0.1\n"
                  "[peer b]\npublic-key=" KEY_B "\nallowed-ips=10.1.0.0/16;10.0.0.1/32\n",
                  "bamgate.conf: [peer b] allowed-ips: 10.0.0.1/32 belongs to [peer a] already");
  assert_refused (dir, "[device]\nname=a\n[peer a]\npublic-key=" KEY_A "\n",
                  "bamgate.conf: [peer a]: this is the name of this device ([device] name)");
  assert_refused (dir, "[device]\nmtu=1279\naddress6=fd00::1/64\n",
                  "bamgate.conf: [device] mtu: IPv6 ([device] address6) needs at least 1280");
}

static void
test_broken_files (TestDir *dir, gconstpointer data)
{
  g_autofree char *path = test_dir_write (dir, "bamgate.conf", "mtu=1400\n");
  g_autofree char *big = g_strnfill (1024 * 1024 + 1, '#'), *said = load_error (dir), *made = NULL;

  g_assert_true (g_str_has_prefix (said, "bamgate.conf: "));
  assert_refused (dir, big, "bamgate.conf: larger than 1 MiB");
  g_clear_pointer (&said, g_free);
  g_assert_cmpint (g_remove (path), ==, 0);
  made = test_dir_write (dir, "bamgate.conf/inside", "");
  said = load_error (dir);
  g_assert_cmpstr (said, ==, "bamgate.conf: not a regular file");
}

static void
test_unreadable_file (TestDir *dir, gconstpointer data)
{
  g_autofree char *path = test_dir_write (dir, "bamgate.conf", "[device]\nmtu=1400\n"),
                  *said = NULL;
  gboolean root = geteuid () == 0;

  g_assert_cmpint (g_chmod (path, 0), ==, 0);
  g_assert_cmpint (g_chmod (dir->path, 0755), ==, 0);
  /* Root reads every file: as nobody, then. */
  g_assert_cmpint (root ? seteuid (65534) : 0, ==, 0);
  said = load_error (dir);
  g_assert_cmpint (root ? seteuid (0) : 0, ==, 0);
  g_assert_nonnull (strstr (said, "Permission denied"));
}

static void
test_drop_ins (TestDir *dir, gconstpointer data)
{
  g_autofree char *main_file = test_dir_write (dir, "bamgate.conf",
                                               "[device]\nmtu=1400\ninterface=one\nname=alpha\n");
  g_autofree char *second = test_dir_write (dir, "bamgate.conf.d/20-b.conf",
                                            "[device]\nmtu=1300\n");
  g_autofree char *first = test_dir_write (dir, "bamgate.conf.d/10-a.conf",
                                           "[device]\nmtu=1200\ninterface=two\n"
                                           "[peer x]\npublic-key=" KEY_A "\n");
  g_autofree char *other = test_dir_write (dir, "bamgate.conf.d/30-c.conf.bak", "rubbish");
  g_autofree char *hidden = test_dir_write (dir, "bamgate.conf.d/.40.conf", "rubbish");
  g_autoptr (BgConfig) config = load_ok (dir);
  g_autofree char *said = NULL, *bad = NULL;

  g_assert_cmpuint (config->mtu, ==, 1300);
  g_assert_cmpstr (config->interface, ==, "two");
  g_assert_cmpstr (config->device_name, ==, "alpha");
  g_assert_cmpuint (config->static_peers->len, ==, 1);
  bad = test_dir_write (dir, "bamgate.conf.d/20-b.conf", "[device]\nmtu=x\n");
  said = load_error (dir);
  g_assert_cmpstr (
    said, ==, "bamgate.conf.d/20-b.conf: [device] mtu: “x” is not a number between 576 and 9000");
}

/* --- Changes --- */

static BgConfig *
change (TestDir *dir, const char *changes, GError **error)
{
  g_autofree char *path = test_dir_file (dir, "bamgate.conf");
  g_autoptr (GVariant) parsed = g_variant_new_parsed (changes);
  g_autoptr (BgConfig) before = load_ok (dir);

  return bg_config_change (before, path, parsed, error);
}

static void
assert_change_refused (TestDir *dir, const char *changes, int code, const char *message)
{
  g_autofree char *before = test_dir_read (dir, "bamgate.conf"), *after = NULL;
  g_autofree char *prefix = g_strconcat (dir->path, "/", NULL);
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) parts = NULL;
  g_autofree char *said = NULL;

  g_assert_null (change (dir, changes, &error));
  g_assert_error (error, BG_ERROR, code);
  parts = g_strsplit (error->message, prefix, -1);
  said = g_strjoinv ("", parts);
  g_assert_cmpstr (said, ==, message);
  after = test_dir_read (dir, "bamgate.conf");
  g_assert_cmpstr (after, ==, before);
}

/* What editors of other systems put before the first line, and behind each, says nothing. */
static void
test_byte_order_mark (TestDir *dir, gconstpointer data)
{
  g_autofree char *path = test_dir_write (dir, "bamgate.conf",
                                          "\xef\xbb\xbf[device]\r\nname=alpha\r\n");
  g_autofree char *drop_in = test_dir_write (dir, "bamgate.conf.d/50-x.conf",
                                             "\xef\xbb\xbf[log]\nlevel=debug\n");
  g_autoptr (BgConfig) config = load_ok (dir);
  g_autoptr (GError) error = NULL;
  g_autoptr (BgConfig) changed = change (dir, "{'device.mtu': <uint32 1400>}", &error);

  g_assert_cmpstr (config->device_name, ==, "alpha");
  g_assert_cmpstr (config->log_level, ==, "debug");
  g_assert_no_error (error);
  g_assert_cmpstr (changed->device_name, ==, "alpha");
  g_assert_cmpuint (changed->mtu, ==, 1400);
}

static void
test_change_keeps_comments (TestDir *dir, gconstpointer data)
{
  g_autofree char *path = test_dir_write (
    dir, "bamgate.conf",
    "# top\n[device]\n# why 1400\nmtu=1400\n\n# the office\n[peer of.fice]\npublic-key=" KEY_A
    "\n");
  g_autoptr (GError) error = NULL;
  g_autoptr (BgConfig) config = change (
    dir,
    "{'device.mtu': <uint32 1300>, 'device.accept-routes': <true>, 'device.routes': <['10.1.0.0/16']>,"
    " 'peer.of.fice.endpoint': <'vpn.example.org:51820'>, 'ice.paths': <'ice'>}",
    &error);
  g_autoptr (BgConfig) again = NULL;
  g_autofree char *text = NULL;
  GStatBuf info;

  g_assert_no_error (error);
  g_assert_cmpuint (config->mtu, ==, 1300);
  text = test_dir_read (dir, "bamgate.conf");
  g_assert_cmpstr (
    text, ==,
    "# top\n[device]\n# why 1400\nmtu=1300\naccept-routes=true\nroutes=10.1.0.0/16\n\n# the office\n[peer "
    "of.fice]\npublic-key=" KEY_A "\nendpoint=vpn.example.org:51820\n\n[ice]\npaths=ice\n");
  again = load_ok (dir);
  g_assert_cmpuint (again->mtu, ==, 1300);
  g_assert_true (again->accept_routes);
  g_assert_cmpint (g_stat (path, &info), ==, 0);
  g_assert_cmpuint (info.st_mode & 0777, ==, 0644);
}

/* Every byte that was not asked for stays; a key that is there twice is changed where it counts. */
static void
test_text (void)
{
  g_autofree char *set = bg_config_text_set ("[a]\n x = 1\nx=2\n# end\n\n[b]\nx=3", "a", "x",
                                             " 4\\");
  g_autofree char *added = bg_config_text_set ("[a]\nx=1\n# of b\n[b]\n[a]\ny=2\n#end\n", "a", "z",
                                               "");
  g_autofree char *section = bg_config_text_set ("", "peer x", "k", "v");
  g_autofree char *removed = bg_config_text_remove ("[a]\nx=1\n#x=5\n[b]\nx=2\n[a]\n\tx =3\ny=4\n",
                                                    "a", "x");
  g_autofree char *gone = bg_config_text_remove ("# top\n[a]\nx=1\n# of b\n[b]\nx=2\n", "a", NULL);

  g_assert_cmpstr (set, ==, "[a]\n x = 1\nx=\\s4\\\\\n# end\n\n[b]\nx=3\n");
  g_assert_cmpstr (added, ==, "[a]\nx=1\n# of b\n[b]\n[a]\ny=2\nz=\n#end\n");
  g_assert_cmpstr (section, ==, "[peer x]\nk=v\n");
  g_assert_cmpstr (removed, ==, "[a]\n#x=5\n[b]\nx=2\n[a]\ny=4\n");
  g_assert_cmpstr (gone, ==, "# top\n# of b\n[b]\nx=2\n");
}

static void
test_change_makes_the_file (TestDir *dir, gconstpointer data)
{
  g_autofree char *path = test_dir_file (dir, "new/bamgate.conf"), *text = NULL;
  g_autoptr (GVariant) changes = g_variant_new_parsed ("{'device.name': <'alpha'>}");
  g_autoptr (BgConfig) before = load_ok (dir);
  g_autoptr (GError) error = NULL;
  g_autoptr (BgConfig) after = bg_config_change (before, path, changes, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (after->device_name, ==, "alpha");
  text = test_dir_read (dir, "new/bamgate.conf");
  g_assert_cmpstr (text, ==,
                   "# Settings of bamgate, see bamgate.conf(5).\n\n[device]\nname=alpha\n");
}

static void
test_change_refused (TestDir *dir, gconstpointer data)
{
  g_autofree char *path = test_dir_write (dir, "bamgate.conf",
                                          "[device]\nmtu=1400\n[peer a]\npublic-key=" KEY_A "\n");
  g_autofree char *drop_in = test_dir_write (dir, "bamgate.conf.d/50-x.conf",
                                             "[log]\nlevel=debug\n");

  assert_change_refused (dir, "{'device.mtu': <'abc'>}", BG_ERROR_INVALID_ARGUMENT,
                         "device.mtu: “abc” is not a number between 576 and 9000");
  /* All or nothing: the good one is not saved either. */
  assert_change_refused (dir, "{'device.name': <'ok'>, 'device.mtu': <-1>}",
                         BG_ERROR_INVALID_ARGUMENT,
                         "device.mtu: “-1” is not a number between 576 and 9000");
  assert_change_refused (dir, "{'device.mtu': <true>}", BG_ERROR_INVALID_ARGUMENT,
                         "device.mtu: takes a value of type “u” or text, not “b”");
  assert_change_refused (dir, "{'device.mtuu': <'1'>}", BG_ERROR_INVALID_ARGUMENT,
                         "unknown setting “device.mtuu”, did you mean “mtu”?");
  assert_change_refused (dir, "{'mtu': <'1'>}", BG_ERROR_INVALID_ARGUMENT, "unknown setting “mtu”");
  assert_change_refused (dir, "{'peer.a': <'1'>}", BG_ERROR_INVALID_ARGUMENT,
                         "unknown setting “peer.a”");
  assert_change_refused (dir, "{'peer.[x].endpoint': <'a:1'>}", BG_ERROR_INVALID_ARGUMENT,
                         "“[x]” cannot name a device (1 to 63 letters, digits, “-”, “_” and “.”, "
                         "with a letter or digit at both ends); “x” would be one");
  assert_change_refused (
    dir, "{'log.level': <'info'>}", BG_ERROR_INVALID_ARGUMENT,
    "log.level is set by bamgate.conf.d/50-x.conf, which overrides bamgate.conf: change it there");
  assert_change_refused (dir, "{'peer.b.public-key': <'" KEY_A "'>}", BG_ERROR_CONFIG,
                         "bamgate.conf: [peer b] public-key: the same key as [peer a]");
  assert_change_refused (dir, "{'peer.b.endpoint': <'h:1'>}", BG_ERROR_CONFIG,
                         "bamgate.conf: [peer b] public-key: missing");
}

#define NO_NAME                                                                                             \
  "cannot name a device (1 to 63 letters, digits, “-”, “_” and “.”, with a letter or digit at " \
  "both ends)"

/* Names of older versions may stay, and their settings may change; new ones are held to the grammar. */
static void
test_new_names (TestDir *dir, gconstpointer data)
{
  g_autofree char *path = test_dir_write (
    dir, "bamgate.conf", "[device]\nname=Büro PC\n[peer $(x)]\npublic-key=" KEY_A "\n");
  g_autoptr (GError) error = NULL;
  g_autoptr (BgConfig) config = change (
    dir, "{'device.name': <'Büro PC'>, 'device.mtu': <uint32 1400>, 'peer.$(x).keepalive': <'9'>}",
    &error);

  g_assert_no_error (error);
  g_assert_cmpstr (config->device_name, ==, "Büro PC");
  g_assert_cmpuint (((BgStaticPeer *) config->static_peers->pdata[0])->keepalive, ==, 9);
  assert_change_refused (dir, "{'device.name': <'$(touch x)'>}", BG_ERROR_INVALID_ARGUMENT,
                         "device.name: “$(touch x)” " NO_NAME "; “touch-x” would be one");
  assert_change_refused (dir, "{'peer.-rf.public-key': <'" KEY_B "'>}", BG_ERROR_INVALID_ARGUMENT,
                         "peer.-rf.public-key: “-rf” " NO_NAME "; “rf” would be one");
  g_clear_pointer (&config, bg_config_unref);
  config = change (dir, "{'device.name': <'pc'>, 'peer.$(x)': <()>}", &error);
  g_assert_no_error (error);
  g_assert_cmpstr (config->device_name, ==, "pc");
  g_assert_cmpuint (config->static_peers->len, ==, 0);
}

static void
test_change_removes (TestDir *dir, gconstpointer data)
{
  g_autofree char *path = test_dir_write (dir, "bamgate.conf",
                                          "[device]\nmtu=1400\n[peer a]\npublic-key=" KEY_A
                                          "\n[peer b.c]\npublic-key=" KEY_B "\nendpoint=h:1\n");
  g_autoptr (GError) error = NULL;
  g_autoptr (BgConfig) config = change (
    dir, "{'device.mtu': <()>, 'peer.a': <()>, 'peer.b.c.endpoint': <@ms nothing>}", &error);
  const BgStaticPeer *peer;

  g_assert_no_error (error);
  g_assert_cmpuint (config->mtu, ==, 1420);
  g_assert_cmpuint (config->static_peers->len, ==, 1);
  peer = g_ptr_array_index (config->static_peers, 0);
  g_assert_cmpstr (peer->name, ==, "b.c");
  g_assert_false (peer->has_endpoint);
}

/* What a person wrote since the snapshot was taken is kept. */
static void
test_change_reads_afresh (TestDir *dir, gconstpointer data)
{
  g_autofree char *path = test_dir_write (dir, "bamgate.conf", "[device]\nmtu=1400\n"),
                  *edited = NULL;
  g_autoptr (BgConfig) before = load_ok (dir);
  g_autoptr (GVariant) changes = g_variant_new_parsed ("{'device.name': <'alpha'>}");
  g_autoptr (GError) error = NULL;
  g_autoptr (BgConfig) after = NULL;

  edited = test_dir_write (dir, "bamgate.conf", "[device]\nmtu=1300\n");
  after = bg_config_change (before, path, changes, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (after->mtu, ==, 1300);
  g_assert_cmpuint (before->mtu, ==, 1400);
}

static void
test_to_variant (TestDir *dir, gconstpointer data)
{
  g_autofree char *path = test_dir_write (
    dir, "bamgate.conf",
    "[device]\naddress=10.0.0.2/24\n[peer a]\npublic-key=" KEY_A
    "\nendpoint=[fd00::1]:7\nallowed-ips=10.0.0.9\n[accept b]\nroutes=*\n[service c]\ntcp=127.0.0.1:1\n");
  g_autoptr (BgConfig) config = load_ok (dir);
  g_autoptr (GVariant) all = g_variant_ref_sink (bg_config_to_variant (config));
  g_autoptr (BgConfig) again = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree const char **paths = NULL;
  const char *text;
  guint number;
  guint rows = 0;

  for (const BgConfigKey *row = bg_config_keys; row->section; row++)
    rows++;
  g_assert_cmpuint (g_variant_n_children (all), ==, rows);
  g_assert_true (g_variant_lookup (all, "device.address", "&s", &text));
  g_assert_cmpstr (text, ==, "10.0.0.2/24");
  g_assert_true (g_variant_lookup (all, "device.mtu", "u", &number));
  g_assert_cmpuint (number, ==, 1420);
  g_assert_true (g_variant_lookup (all, "peer.a.endpoint", "&s", &text));
  g_assert_cmpstr (text, ==, "[fd00::1]:7");
  g_assert_true (g_variant_lookup (all, "ice.paths", "^a&s", &paths));
  g_assert_cmpstr (paths[0], ==, "direct");
  g_assert_cmpstr (paths[1], ==, "ice");
  g_assert_cmpstr (paths[2], ==, "data-channel");
  /* All of it can be given back as it is, but for what is empty. */
  again = bg_config_change (config, path, all, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (again->static_peers->len, ==, 1);
  g_assert_true (bg_peer_accepts_equal (again->accepts, config->accepts));
}

static const BgPeerAccept *
accept_of (BgConfig *config, const char *name)
{
  const BgPeerAccept *accept = bg_peer_accepts_find (config->accepts, name);

  g_assert_nonnull (accept);
  return accept;
}

/* A section says something by being there, whether its peer was ever seen or not. */
static void
test_accept (TestDir *dir, gconstpointer data)
{
  g_autofree char *path = test_dir_write (
    dir, "bamgate.conf",
    "[accept home]\nroutes=192.168.1.7/24;10.1.0.0/16\nprefer=10.0.0.0/8\ndns=*\ndns-search=Corp.Example.org\n"
    "[accept my.laptop at work]\nroutes=*\n[accept nothing]\n");
  g_autoptr (BgConfig) config = load_ok (dir), changed = NULL, removed = NULL;
  g_autoptr (GVariant) changes = g_variant_ref_sink (g_variant_new_parsed (
    "{'accept.home.routes': <['*']>, 'accept.never.seen.routes': <''>, 'accept.nothing': <()>}"));
  g_autoptr (GVariant)
    removal = g_variant_ref_sink (g_variant_new_parsed ("{'accept.never.seen.routes': <()>}"));
  const BgPeerAccept *home = accept_of (config, "home");
  g_autoptr (GError) error = NULL;

  g_assert_cmpuint (config->accepts->len, ==, 3);
  g_assert_cmpuint (home->routes->len, ==, 2);
  g_assert_false (home->all_routes);
  g_assert_cmpuint (home->prefer->len, ==, 1);
  g_assert_true (home->all_dns);
  g_assert_cmpstr (home->search[0], ==, "corp.example.org");
  g_assert_true (accept_of (config, "my.laptop at work")->all_routes);
  g_assert_false (accept_of (config, "nothing")->all_routes);

  changed = bg_config_change (config, path, changes, &error);
  g_assert_no_error (error);
  g_assert_true (accept_of (changed, "home")->all_routes);
  g_assert_cmpuint (accept_of (changed, "never.seen")->routes->len, ==, 0);
  g_assert_null (bg_peer_accepts_find (changed->accepts, "nothing"));
  removed = bg_config_change (changed, path, removal, &error);
  g_assert_no_error (error);
  g_assert_null (bg_peer_accepts_find (removed->accepts, "never.seen"));

  assert_refused (
    dir, "[accept a]\nroutes=*;10.0.0.0/8\n",
    "bamgate.conf: [accept a] routes: “*” is not an address with a prefix length (as in 192.168.1.0/24)");
  assert_refused (dir, "[accept]\nroutes=*\n",
                  "bamgate.conf: unknown section [accept], did you mean [accept NAME]?");
  assert_refused (dir, "[device]\nprefer=10.0.0.0/8\n",
                  "bamgate.conf: [device] unknown key “prefer”, it belongs in [accept NAME]");
}

static void
test_names (void)
{
  g_autofree char *longest = g_strnfill (63, 'x'), *longer = g_strnfill (64, 'x');

  g_assert_true (bg_config_name_is_readable ("a"));
  g_assert_true (bg_config_name_is_readable ("my.laptop at home"));
  g_assert_true (bg_config_name_is_readable ("büro"));
  g_assert_true (bg_config_name_is_readable (longest));
  g_assert_false (bg_config_name_is_readable (NULL));
  g_assert_false (bg_config_name_is_readable (""));
  g_assert_false (bg_config_name_is_readable (longer));
  g_assert_false (bg_config_name_is_readable ("a]"));
  g_assert_false (bg_config_name_is_readable ("[a"));
  g_assert_false (bg_config_name_is_readable ("a\nb"));
  g_assert_false (bg_config_name_is_readable (" a"));
  g_assert_false (bg_config_name_is_readable ("a "));
  g_assert_false (bg_config_name_is_readable ("a\xff"));
  g_assert_false (bg_config_name_is_readable ("a\xc2\x85"));
}

/* Checking a level does not set it. */
static void
test_log_level_check (TestDir *dir, gconstpointer data)
{
  GLogLevelFlags before = bg_log_levels[BG_TOPIC_ICE];
  g_autofree char *path = test_dir_write (dir, "bamgate.conf", "[log]\nlevel=debug\n");
  g_autoptr (BgConfig) config = load_ok (dir);

  g_assert_cmpstr (config->log_level, ==, "debug");
  g_assert_cmpuint (bg_log_levels[BG_TOPIC_ICE], ==, before);
}

/* Mutated files never crash the reader, and what it accepts it can write and read again. */
static void
test_mutations (TestDir *dir, gconstpointer data)
{
  static const char seed_text[] =
    "[network]\nserver-url=wss://h/connect\n[device]\nmtu=1400\naddress=10.0.0.2/24\n"
    "routes=10.1.0.0/16@10.2.0.0/16;\n[peer a]\npublic-key=" KEY_A "\nendpoint=[::1]:5\n"
    "[accept b]\nroutes=*\nprefer=10.0.0.0/8\ndns=10.0.0.1\ndns-search=lan\n";
  g_autoptr (GRand) rand = g_rand_new_with_seed (20240607);
  g_autofree char *path = test_dir_file (dir, "bamgate.conf");

  for (int i = 0; i < 3000; i++)
    {
      g_autofree char *text = g_strdup (seed_text);
      g_autoptr (GError) error = NULL;
      g_autoptr (BgConfig) config = NULL;

      for (int n = g_rand_int_range (rand, 1, 4); n > 0; n--)
        text[g_rand_int_range (rand, 0, (gint32) strlen (seed_text))] = (char) g_rand_int_range (
          rand, 1, 256);
      g_assert_true (
        g_file_set_contents_full (path, text, -1, G_FILE_SET_CONTENTS_NONE, 0644, NULL));
      config = bg_config_load (path, &error);
      g_assert_true ((config != NULL) == (error == NULL));
      if (error)
        g_assert_true (g_utf8_validate (error->message, -1, NULL));
      if (config)
        g_variant_unref (g_variant_ref_sink (bg_config_to_variant (config)));
    }
}

static void
test_services (TestDir *dir, gconstpointer data)
{
  g_autofree char *path = test_dir_write (
    dir, "bamgate.conf",
    "[service web]\ntcp=127.0.0.1:8080\nudp=[::1]:53\npeers=a;b\n"
    "[service wiki]\nunix=/run/wiki\nport=80\nhttp-headers=true\ntls=true\n");
  g_autoptr (BgConfig) config = load_ok (dir);
  const BgService *web = config->services->pdata[0], *wiki = config->services->pdata[1];

  g_assert_cmpuint (config->services->len, ==, 2);
  g_assert_cmpuint (bg_service_port (web), ==, 8080);
  g_assert_true (bg_service_is_stream (web));
  g_assert_cmpstr (web->peers[1], ==, "b");
  g_assert_cmpuint (bg_service_port (wiki), ==, 80);
  g_assert_true (wiki->http_headers && wiki->tls && !wiki->proxy_protocol && !web->tls);
}

static void
test_services_that_cannot_be (TestDir *dir, gconstpointer data)
{
#define IN "bamgate.conf: [service b] "
  assert_refused (dir, "[service a]\ntcp=127.0.0.1:80\n[service b]\nunix=/x\nport=80\n",
                  IN "port: the service “a” has port 80 already: give this one another port");
  assert_refused (dir, "[service b]\nport=80\n",
                  IN "tcp: a service needs one of tcp, unix and udp");
  assert_refused (dir, "[service b]\ntcp=127.0.0.1:80\nunix=/x\n",
                  IN "unix: a service has either tcp or unix");
  assert_refused (dir, "[service b]\nunix=/x\n",
                  IN "port: a service at a Unix socket needs a port at which peers reach it");
  assert_refused (dir, "[service b]\nudp=127.0.0.1:53\nhttp-headers=true\n",
                  IN
                  "http-headers: this is for services that are reached by TCP, with tcp or unix");
  assert_refused (dir, "[service b]\nudp=127.0.0.1:53\ntls=true\n",
                  IN "tls: this is for services that are reached by TCP, with tcp or unix");
  assert_refused (
    dir, "[service b]\ntcp=example.org:80\n",
    IN "tcp: “example.org:80” does not say where a service is (an address and a port, as in "
       "127.0.0.1:8080 or [::1]:8080)");
  assert_refused (dir, "[service b]\nunix=x\nport=1\n",
                  IN "unix: “x” is not the path of a Unix socket (as in /run/app/socket)");
  assert_refused (
    dir, "[service B.c]\ntcp=127.0.0.1:80\n",
    "bamgate.conf: [service B.c] port: “B.c” is not a name for a service (letters in lower "
    "case, digits and “-”, as in web)");
}

/* By TCP and by UDP are two. */
static void
test_services_beside_each_other (TestDir *dir, gconstpointer data)
{
  g_autofree char *path = test_dir_write (
    dir, "bamgate.conf", "[service a]\ntcp=127.0.0.1:53\n[service b]\nudp=127.0.0.1:53\n");
  g_autoptr (BgConfig) config = load_ok (dir);

  g_assert_cmpuint (config->services->len, ==, 2);
}

#define ADD(path, func) g_test_add (path, TestDir, NULL, test_dir_setup, func, test_dir_teardown)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/config/defaults", test_defaults);
  ADD ("/config/every-key", test_every_key);
  ADD ("/config/bad-values", test_bad_values);
  ADD ("/config/unknown-names", test_unknown_names);
  ADD ("/config/peers-that-clash", test_peers_that_clash);
  ADD ("/config/broken-files", test_broken_files);
  ADD ("/config/endpoints", test_endpoints);
  ADD ("/config/zones", test_zones);
  ADD ("/config/byte-order-mark", test_byte_order_mark);
  ADD ("/config/unreadable-file", test_unreadable_file);
  ADD ("/config/drop-ins", test_drop_ins);
  ADD ("/config/change-keeps-comments", test_change_keeps_comments);
  g_test_add_func ("/config/text", test_text);
  ADD ("/config/change-makes-the-file", test_change_makes_the_file);
  ADD ("/config/change-refused", test_change_refused);
  ADD ("/config/new-names", test_new_names);
  ADD ("/config/change-removes", test_change_removes);
  ADD ("/config/change-reads-afresh", test_change_reads_afresh);
  ADD ("/config/to-variant", test_to_variant);
  ADD ("/config/accept", test_accept);
  ADD ("/config/services", test_services);
  ADD ("/config/services-that-cannot-be", test_services_that_cannot_be);
  ADD ("/config/services-beside-each-other", test_services_beside_each_other);
  g_test_add_func ("/config/names", test_names);
  ADD ("/config/log-level-check", test_log_level_check);
  ADD ("/config/mutations", test_mutations);
  return g_test_run ();
}
