/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/import.h"
#include "app/toml-text.h"
#include "common/error.h"
#include "unit/config/test-dir.h"

#include <string.h>

#define KEY_A "yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk="
#define KEY_B "xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg="
#define KEY_C "TrMvSoP4jYQlY6RIzBgbssQqY3vxI2Pi+y71lOWWXX0="
#define PSK "FpCyhws9cxwWoV4xELtfJvjJN+zQVRPISllRWgeopVE="

typedef struct
{
  TestDir dir;
  char *config_path;
  BgSecretStore *store;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  g_autofree char *secrets = NULL;

  test_dir_setup (&f->dir, NULL);
  f->config_path = test_dir_file (&f->dir, "bamgate.conf");
  secrets = test_dir_file (&f->dir, "secrets");
  f->store = bg_secret_store_new_files (secrets, NULL);
  g_assert_nonnull (f->store);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  bg_secret_store_free (f->store);
  g_free (f->config_path);
  test_dir_teardown (&f->dir, NULL);
}

static BgImport *
read_ok (const char *text, const char *secrets)
{
  g_autoptr (GError) error = NULL;
  BgImport *import = bg_import_read (text, secrets, &error);

  g_assert_no_error (error);
  return import;
}

static void
assert_unreadable (const char *text, const char *secrets, const char *words)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (bg_import_read (text, secrets, &error));
  g_assert_error (error, BG_ERROR, BG_ERROR_INVALID_ARGUMENT);
  if (!strstr (error->message, words))
    g_error ("“%s” does not say “%s”", error->message, words);
}

static BgConfig *
commit (Fixture *f, const char *text, gboolean force, GError **error)
{
  g_autoptr (BgConfig) config = bg_config_load (f->config_path, NULL);
  g_autoptr (BgImport) import = read_ok (text, NULL);

  return bg_import_commit (import, force, config, f->config_path, f->store, error);
}

static BgConfig *
commit_ok (Fixture *f, const char *text, gboolean force)
{
  g_autoptr (GError) error = NULL;
  BgConfig *config = commit (f, text, force, &error);

  g_assert_no_error (error);
  return config;
}

static void
assert_refused (Fixture *f, const char *text, int code, const char *words)
{
  g_autofree char *before = NULL, *after = NULL;
  g_autoptr (GError) error = NULL;

  g_file_get_contents (f->config_path, &before, NULL, NULL);
  g_assert_null (commit (f, text, FALSE, &error));
  g_assert_error (error, BG_ERROR, code);
  if (!strstr (error->message, words))
    g_error ("“%s” does not say “%s”", error->message, words);
  g_file_get_contents (f->config_path, &after, NULL, NULL);
  g_assert_cmpstr (before, ==, after);
}

static void
assert_secret (Fixture *f, const char *name, const char *expected)
{
  char *secret = bg_secret_store_read (f->store, name, NULL);

  g_assert_cmpstr (secret, ==, expected);
  bg_secret_free (secret);
}

static char *
skipped (BgImport *import)
{
  g_autoptr (GVariant) told = g_variant_ref_sink (bg_import_describe (import));
  g_autoptr (GVariant) list = g_variant_lookup_value (told, "skipped", NULL);

  return g_variant_print (list, FALSE);
}

/* --- wg-quick --- */

static const char office[] = "\xef\xbb\xbf# written by hand\r\n"
                             "[Interface]\r\n"
                             "PrivateKey = " KEY_A "\r\n"
                             "Address = 10.70.0.2/24, fd70::2/64  # ours\r\n"
                             "Address = 10.71.0.2\r\n"
                             "ListenPort=51820\r\n"
                             "MTU = 1400\r\n"
                             "DNS = 10.70.0.1\r\n"
                             "Table = off\r\n"
                             "PostUp = echo secret\r\n"
                             "SaveConfig = true\r\n"
                             "\r\n"
                             "### Client attic ###\r\n"
                             "[peer]\r\n"
                             "publickey = " KEY_B "\r\n"
                             "PresharedKey = " PSK "\r\n"
                             "AllowedIPs = 10.70.0.3/32\r\n"
                             "AllowedIPs = 10.9.0.0/24,0.0.0.0/0\r\n"
                             "Endpoint = vpn.example.org:51820\r\n"
                             "PersistentKeepalive = 25\r\n"
                             "[Peer]\r\n"
                             "PublicKey = " KEY_C "\r\n"
                             "Endpoint = [2001:db8::1]:51820\r\n"
                             "PersistentKeepalive = off\r\n"
                             "Colour = red";

static void
test_wireguard (Fixture *f, gconstpointer data)
{
  g_autoptr (BgConfig) config = commit_ok (f, office, FALSE);
  const BgStaticPeer *attic = config->static_peers->pdata[0],
                     *other = config->static_peers->pdata[1];
  g_autofree char *text = NULL;
  char address[BG_IP_PREFIX_TEXT];

  bg_ip_prefix_format (&config->address, address);
  g_assert_cmpstr (address, ==, "10.70.0.2/24");
  bg_ip_prefix_format (&config->address6, address);
  g_assert_cmpstr (address, ==, "fd70::2/64");
  g_assert_cmpuint (config->listen_port, ==, 51820);
  g_assert_cmpuint (config->mtu, ==, 1400);
  g_assert_cmpstr (attic->name, ==, "attic");
  g_assert_cmpstr (attic->endpoint_host, ==, "vpn.example.org");
  g_assert_cmpuint (attic->allowed_ips->len, ==, 3);
  g_assert_cmpuint (attic->keepalive, ==, 25);
  g_assert_cmpstr (other->name, ==, "2001-db8--1");
  g_assert_cmpuint (other->keepalive, ==, 0);
  assert_secret (f, "device-key", KEY_A);
  assert_secret (f, "peer/attic/psk", PSK);
  g_file_get_contents (f->config_path, &text, NULL, NULL);
  g_assert_null (strstr (text, KEY_A));
  g_assert_null (strstr (text, PSK));
}

static void
test_what_is_not_taken (void)
{
  g_autoptr (BgImport) import = read_ok (office, NULL);
  g_autofree char *told = skipped (import);
  static const char *const lines[] = {
    "(5, 'Address = 10.71.0.2/32'",
    "(8, 'DNS'",
    "(9, 'Table'",
    "(10, 'PostUp'",
    "(11, 'SaveConfig'",
    "(18, '0.0.0.0/0'",
    "(25, 'Colour'",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (lines); i++)
    if (!strstr (told, lines[i]))
      g_error ("%s: no %s", told, lines[i]);
  g_assert_null (strstr (told, "echo secret"));
}

static void
test_names (Fixture *f, gconstpointer data)
{
  static const struct
  {
    const char *above, *name;
  } cases[] = {
    { "# home\n[Peer]\n", "home" },
    { "[Peer] # home\n", "home" },
    { "[Peer]\n# friendly_name = My Laptop\n", "My-Laptop" },
    { "# Name = home\n[Peer]\n", "home" },
    { "### begin home ###\n[Peer]\n", "home" },
    { "# home\n\n[Peer]\n", "198.51.100.7" },
    { "# Endpoint = 1.2.3.4:5\n[Peer]\n", "198.51.100.7" },
    { "# $(touch x)\n[Peer]\n", "touch-x" },
    { "# the machine that stood in the attic until 2021, now elsewhere\n[Peer]\n", "198.51.100.7" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = g_strconcat (
        cases[i].above, "PublicKey=" KEY_B "\nEndpoint = 198.51.100.7:51820\n", NULL);
      g_autoptr (BgConfig) config = commit_ok (f, text, TRUE);

      g_assert_cmpstr (((BgStaticPeer *) config->static_peers->pdata[0])->name, ==, cases[i].name);
      g_remove (f->config_path);
    }
}

static void
test_names_differ (Fixture *f, gconstpointer data)
{
  g_autoptr (BgConfig) first = commit_ok (
    f, "[Interface]\nPrivateKey=" KEY_A "\n# home\n[Peer]\nPublicKey=" KEY_B "\n", FALSE);
  g_autoptr (BgConfig) second = commit_ok (
    f, "# home\n[Peer]\nPublicKey=" KEY_C "\n# home\n[Peer]\nPublicKey=" PSK "\n", FALSE);

  g_assert_cmpuint (second->static_peers->len, ==, 3);
  g_assert_cmpstr (((BgStaticPeer *) second->static_peers->pdata[1])->name, ==, "home-2");
  g_assert_cmpstr (((BgStaticPeer *) second->static_peers->pdata[2])->name, ==, "home-3");
}

static void
test_bad_wireguard (void)
{
  assert_unreadable ("[Interface]\nPrivateKey = abc\n", NULL,
                     "line 2: PrivateKey is not a WireGuard key");
  assert_unreadable ("[Interface]\nPrivateKey = " KEY_A "\nPrivateKey = " KEY_A "\n", NULL,
                     "line 3");
  assert_unreadable ("[Interface]\nAddress = here\n", NULL, "line 2: Address");
  assert_unreadable ("[Interface]\nnonsense\n", NULL, "line 2: neither");
  assert_unreadable ("[Interface]\n[Peer]\nEndpoint = a:1\n", NULL,
                     "line 2: [Peer] has no PublicKey");
  assert_unreadable ("[Interface]\n[Network]\n", NULL, "line 2: a section");
  assert_unreadable ("[Peer]\nPublicKey = " KEY_B "\nAllowedIPs = everything\n", NULL,
                     "line 3: AllowedIPs");
  assert_unreadable ("[Peer]\nPublicKey = " KEY_B "\nPublicKey = " KEY_B "\n", NULL, "line 3");
}

/* The settings judge, and the line is named. */
static void
test_all_or_nothing (Fixture *f, gconstpointer data)
{
  assert_refused (f, "[Interface]\nPrivateKey = " KEY_A "\nMTU = 9\n", BG_ERROR_INVALID_ARGUMENT,
                  "line 3: device.mtu: “9”");
  assert_refused (f,
                  "[Interface]\nPrivateKey = " KEY_A "\n[Peer]\nPublicKey = " KEY_B
                  "\nPresharedKey = " PSK "\n\nEndpoint = nowhere\n",
                  BG_ERROR_INVALID_ARGUMENT, "line 7: peer.");
  assert_refused (f,
                  "[Interface]\nPrivateKey = " KEY_A "\n[Peer]\nPublicKey = " KEY_B
                  "\n[Peer]\nPublicKey = " KEY_B "\n",
                  BG_ERROR_CONFIG, "the same key");
  assert_secret (f, "device-key", NULL);
  assert_secret (f, "peer/nowhere/psk", NULL);
}

static void
test_nothing_is_overwritten (Fixture *f, gconstpointer data)
{
  g_autoptr (BgConfig) first = commit_ok (f, office, FALSE);
  g_autoptr (BgConfig) again = NULL;

  assert_refused (f, office, BG_ERROR_EXISTS, "attic has been imported already");
  assert_refused (f, "[Interface]\nPrivateKey = " KEY_C "\n", BG_ERROR_EXISTS, "a key already");
  assert_refused (f, "[Interface]\nAddress = 10.80.0.2/24\n", BG_ERROR_EXISTS,
                  "the address 10.70.0.2/24");
  assert_refused (f, "[Interface]\nAddress = fd80::2/64\n", BG_ERROR_EXISTS,
                  "the address fd70::2/64");
  assert_secret (f, "device-key", KEY_A);

  again = commit_ok (
    f, "[Interface]\nPrivateKey = " KEY_C "\n# other name\n[Peer]\nPublicKey = " KEY_B "\n", TRUE);
  assert_secret (f, "device-key", KEY_C);
  assert_secret (f, "peer/attic/psk", NULL);
  g_assert_cmpuint (again->static_peers->len, ==, 2);
  g_assert_cmpstr (((BgStaticPeer *) again->static_peers->pdata[0])->name, ==, "attic");
  g_assert_false (((BgStaticPeer *) again->static_peers->pdata[0])->has_endpoint);
}

static void
test_a_network_is_left_by_force_only (Fixture *f, gconstpointer data)
{
  g_autoptr (BgConfig) left = NULL;
  g_autoptr (BgConfig) joined = NULL;

  g_file_set_contents (
    f->config_path,
    "[network]\nserver-url=https://hub.example.org\n[device]\nname=x\naddress=10.0.0.2/24\n", -1,
    NULL);
  bg_secret_store_write (f->store, "token", "t", NULL);
  assert_refused (f, office, BG_ERROR_EXISTS, "belongs to the network of wss://hub.example.org");
  joined = commit_ok (f, "[Peer]\nPublicKey = " KEY_B "\n", FALSE); /* a peer more hurts nobody */
  g_assert_nonnull (joined->server_url);
  left = commit_ok (f, office, TRUE);
  g_assert_null (left->server_url);
  g_assert_null (left->device_name);
  assert_secret (f, "token", NULL);
}

static void
test_a_key_is_made (Fixture *f, gconstpointer data)
{
  g_autoptr (BgConfig) config = commit_ok (f, "[Interface]\nAddress = 10.70.0.2/32\n", FALSE);
  char *key = bg_secret_store_read (f->store, "device-key", NULL);

  g_assert_nonnull (key);
  g_assert_cmpuint (config->address.len, ==, 32);
  bg_secret_free (key);
}

/* --- Go --- */

static const char go_config[] = "# bamgate configuration\n"
                                "[cloudflare]\n"
                                "account_id = \"abc\"\n"
                                "[network]\n"
                                "  name = 'home'\n"
                                "  server_url = \"https://hub.example.org\"\n"
                                "[device]\n"
                                "name = \"attic\"\n"
                                "address = \"10.0.0.7/24\"\n"
                                "routes = [\n  \"192.168.7.0/24\", # LAN\n  \"fd01::/64\",\n]\n"
                                "accept_routes = true\n"
                                "force_relay = false\n"
                                "dns = [\"10.0.0.1\"]\n"
                                "[stun]\n"
                                "servers = [\"stun:stun.example.org:3478\"]\n"
                                "[webrtc]\n"
                                "max_retransmits = 0\n"
                                "[peers.\"home.server\"]\n"
                                "routes = []\n"
                                "[peers]\n";
static const char go_secrets[] =
  "[network]\nturn_secret = \"relay\\u0021\"\nrefresh_token = \"r\"\nauth_token = \"tok\"\n[device]\nprivate_key = \"" KEY_A
  "\"\n";

static void
test_bamgate (Fixture *f, gconstpointer data)
{
  g_autoptr (BgImport) import = read_ok (go_config, go_secrets);
  g_autofree char *told = skipped (import);
  g_autoptr (BgConfig) before = bg_config_load (f->config_path, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (BgConfig)
    config = bg_import_commit (import, FALSE, before, f->config_path, f->store, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (config->network_name, ==, "home");
  g_assert_cmpstr (config->server_url, ==,
                   "wss://hub.example.org"); /* dialled verbatim, as there */
  g_assert_cmpstr (config->device_name, ==, "attic");
  g_assert_cmpuint (config->routes->len, ==, 2);
  g_assert_true (config->accept_routes && !config->force_relay);
  g_assert_cmpstr (config->stun_servers[0], ==, "stun:stun.example.org:3478");
  assert_secret (f, "device-key", KEY_A);
  assert_secret (f, "token", "tok");
  assert_secret (f, "turn-secret", "relay!");
  g_assert_nonnull (strstr (told, "'cloudflare.account_id'"));
  g_assert_nonnull (strstr (told, "'peers.home.server.routes'"));
  g_assert_nonnull (strstr (told, "'network.refresh_token (secrets.toml)'"));
}

static void
test_bad_bamgate (void)
{
  assert_unreadable (
    "", NULL, "neither a wg-quick file, nor a config.yml of ngrokd, nor a whole config.toml");
  assert_unreadable (go_config, NULL, "device.private_key is missing");
  assert_unreadable (go_config, "[device]\nprivate_key = \"\"\n", "secrets.toml: line 2");
  assert_unreadable ("[device]\nname = \"a b\"\n", NULL, "line 2");
  assert_unreadable ("[device]\nname = 5\n", NULL, "line 2: a value of another type");
  assert_unreadable ("[device]\nname = \"a\"\nname = \"b\"\n", NULL, "line 3");
}

/* --- TOML --- */

static gboolean
on_value (const BgTomlValue *value, gpointer data, GError **error)
{
  g_autofree char *table = g_strjoinv ("/", (char **) value->table);

  g_string_append_printf (data, "%u %s %s ", value->line, table, value->key);
  if (value->type == BG_TOML_STRING)
    g_string_append_printf (data, "\"%s\"", value->string);
  else if (value->type == BG_TOML_BOOLEAN)
    g_string_append (data, value->boolean ? "yes" : "no");
  else if (value->type == BG_TOML_INTEGER)
    g_string_append_printf (data, "%" G_GINT64_FORMAT, value->integer);
  else
    {
      g_autofree char *strings = g_strjoinv ("|", (char **) value->strings);

      g_string_append (data, strings);
    }
  g_string_append_c (data, '\n');
  return TRUE;
}

static void
test_toml (void)
{
  g_autoptr (GString) got = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  bg_toml_read (
    "a = 'x\\y' # c\r\n[ t . \"q.r\" ]\n\"k k\" = \"\\t\\\"\\u00e4\"\nb=true\nn = -7\nl = []\nm = [ 'a'\n,\n\"b\" ,]",
    on_value, got, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (
    got->str, ==,
    "1  a \"x\\y\"\n3 t/q.r k k \"\t\"ä\"\n4 t/q.r b yes\n5 t/q.r n -7\n6 t/q.r l \n7 t/q.r m a|b\n");
}

static void
test_toml_is_strict (void)
{
  static const char *const bad[] = {
    "a",
    "a =",
    "a = ",
    "a = x",
    "a = 'x",
    "a = \"x\\q\"",
    "a = \"\\u0000\"",
    "a = \"\\ud800\"",
    "a = \"\\u12\"",
    "a = 1.5",
    "a = 1979-05-27",
    "a = 0x10",
    "a = 1_0",
    "a = [1]",
    "a = ['x' 'y']",
    "a = ['x'",
    "a = {b='c'}",
    "a = '''x'''",
    "a = \"\"\"x\"\"\"",
    "a.b = 'c'",
    "[[a]]",
    "[a",
    "[a]b",
    "[]",
    "[a..b]",
    "a = 'x' b",
    "a = 'x\x01'",
    "# \x01",
    "a = truex",
    "= 'x'",
    "a = 99999999999999999999",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GString) got = g_string_new (NULL);
      g_autoptr (GError) error = NULL;

      if (bg_toml_read (bad[i], on_value, got, &error))
        g_error ("%s was taken: %s", bad[i], got->str);
      g_assert_error (error, BG_ERROR, BG_ERROR_INVALID_ARGUMENT);
      g_assert_true (g_str_has_prefix (error->message, "line 1: "));
    }
}

#define NGROKD                                                                                     \
  "# ngrokd\n"                                                                                     \
  "api:\n  url: http://127.0.0.1:4040\n  key: s3cret\n"                                            \
  "ingressEndpoint: \"ingress.example:443\"\n"                                                     \
  "server: {log_level: debug, client_cert: /etc/ngrokd/tls.crt}\n"                                 \
  "bound_endpoints:\n  poll_interval: 12\n  selectors: ['true', \"x\"]\n"                          \
  "net:\n  subnet: 10.9.0.0/16\n  listen_interface: virtual\n  start_port: 9100\n"                 \
  "  overrides:\n    db.prod: 0.0.0.0\n    web.prod:80: eth0\n"                                    \
  "colour: red\n"

static void
test_ngrokd (void)
{
  static const char *const expected[][2] = {
    { "ngrok.api-url", "http://127.0.0.1:4040" },
    { "ngrok.ingress", "ingress.example:443" },
    { "ngrok.poll-interval", "12" },
    { "ngrok.selector", "true" },
    { "publish.subnet", "10.9.0.0/16" },
    { "publish.listen", "virtual" },
    { "publish.first-port", "9100" },
    { "publish.listen-each", "db.prod 0.0.0.0;web.prod:80 eth0" },
  };
  g_autoptr (BgImport) import = read_ok (NGROKD, NULL);
  g_autoptr (GVariant) told = g_variant_ref_sink (bg_import_describe (import));
  g_autofree char *text = g_variant_print (told, FALSE);
  g_autoptr (GVariant) left_out = g_variant_lookup_value (told, "skipped", NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (expected); i++)
    g_assert_cmpstr (bg_import_get (import, expected[i][0]), ==, expected[i][1]);
  g_assert_cmpstr (bg_import_get_api_key (import), ==, "s3cret");
  g_assert_null (strstr (text, "s3cret"));
  g_assert_false (bg_import_has_identity (import));
  g_assert_cmpuint (g_variant_n_children (left_out), ==, 4);
}

/* Each with a word of what is wrong with it. */
static void
test_bad_ngrokd (void)
{
  static const char *const bad[][2] = {
    { "a: &x [y, y, y]\nb: [*x, *x, *x]\n", "line 2: an alias" },
    { "api:\n  key: [\n", "line " },
    { "net:\n  overrides:\n    a:\n      b:\n        c: d\n", "nested deeper" },
    { "net:\n  overrides:\n    \"a;b\": all\n", "line 3: not a name" },
    { "net:\n  overrides:\n    a: \"all;b all\"\n", "line 3: not a name" },
    { "---\n- a\n- b\n", "not how ngrokd" },
    { "---\napi: {key: \"a\\0b\"}\n", "not how ngrokd" },
    { "---\na: b\n---\nc: d\n", "line 3: a second document" },
    { "api: {key: a}\nnet: {subnet: x, subnet: y}\n", "line 2: " },
    { "? [a]\n: b\n", "" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    assert_unreadable (bad[i][0], NULL, bad[i][1]);
}

/* Nothing of the tunnel: no key is made. */
static void
test_ngrokd_has_no_tunnel (Fixture *f, gconstpointer data)
{
  g_autoptr (BgConfig) config = commit_ok (f, "api: {key: s3cret}\n", FALSE);
  char *device_key = bg_secret_store_read (f->store, "device-key", NULL),
       *api_key = bg_secret_store_read (f->store, "api-key", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_null (device_key);
  g_assert_cmpstr (api_key, ==, "s3cret");
  bg_secret_free (api_key);
  g_assert_null (commit (f, "api: {key: another}\n", FALSE, &error));
  g_assert_error (error, BG_ERROR, BG_ERROR_EXISTS);
}

#define ADD(name, func) g_test_add ("/import/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("wireguard", test_wireguard);
  g_test_add_func ("/import/what-is-not-taken", test_what_is_not_taken);
  ADD ("names", test_names);
  ADD ("names-differ", test_names_differ);
  g_test_add_func ("/import/bad-wireguard", test_bad_wireguard);
  ADD ("all-or-nothing", test_all_or_nothing);
  ADD ("nothing-is-overwritten", test_nothing_is_overwritten);
  ADD ("a-network-is-left-by-force-only", test_a_network_is_left_by_force_only);
  ADD ("a-key-is-made", test_a_key_is_made);
  ADD ("bamgate", test_bamgate);
  g_test_add_func ("/import/bad-bamgate", test_bad_bamgate);
  g_test_add_func ("/import/ngrokd", test_ngrokd);
  g_test_add_func ("/import/bad-ngrokd", test_bad_ngrokd);
  ADD ("ngrokd-has-no-tunnel", test_ngrokd_has_no_tunnel);
  g_test_add_func ("/import/toml", test_toml);
  g_test_add_func ("/import/toml-is-strict", test_toml_is_strict);
  return g_test_run ();
}
