/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a change of each setting does while the tunnel is up: every key of the table has a row here. */
#include "app/config-diff.h"
#include "app/config-keys.h"

#include "common/error.h"
#include "test-dir.h"

#include <glib/gstdio.h>
#include <string.h>

#define KEY "YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY="
#define OTHER_KEY "MDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1ub3BxcnN0dXY="

typedef struct
{
  const char *setting, *value; /* another one than in `before` */
  const char *does;            /* live; NULL: nothing, until the tunnel comes up next */
} Change;

static const char before[] =
  "[peer office]\npublic-key=" KEY "\n[accept laptop]\nroutes=*\n"
  "[service web]\ntcp=127.0.0.1:8080\n[service pipe]\nunix=/run/pipe\nport=1\n";

static const Change changes[] = {
  { "network.name", "home", "shown" },
  { "network.server-url", "wss://hub.example.org/connect", "the line goes over to that hub" },
  { "network.server-pin", KEY, "the line goes over to it" },
  { "network.proxy", "none", "the next dial goes by it" },
  { "network.host-hub", "true", "the hub starts or ends" },
  { "network.hub-listen", "127.0.0.1:9443", "the hub moves" },
  { "network.hub-shared-token", "false", "the hub starts anew with it" },
  { "network.hub-approve-devices", "true", "the hub starts anew with it" },
  { "network.moved-from", "wss://old.example.org", "the hub tells whoever comes" },
  { "device.name", "beta", NULL },
  { "device.interface", "bamgate1", NULL },
  { "device.address", "10.0.0.2/24", NULL },
  { "device.address6", "fd00::2/64", NULL },
  { "device.mtu", "1400", "interface and data plane have it" },
  { "device.listen-port", "51820", "static peers are served from there" },
  { "device.threads", "2", "others seal and open" },
  { "device.routes", "192.168.1.0/24", "told to the others, and forwarded" },
  { "device.routes-nat", "false", "forwarded so" },
  { "device.forward", "all", "with the next packet" },
  { "device.dns", "10.1.1.1", "told to the others" },
  { "device.dns-search", "corp.example.org", "told to the others" },
  { "device.exit", "true", "told to the others, and forwarded" },
  { "device.accept-routes", "true", "routes are taken" },
  { "device.allow", "tcp 22", "with the next packet" },
  { "device.deny", "tcp 23", "with the next packet" },
  { "device.exit-node", "office", "everything goes through it" },
  { "device.exit-lan", "false", "routes are others" },
  { "device.exit-strict", "true", "rules are set" },
  { "device.autostart", "false", "read when the daemon starts" },
  { "ice.stun-servers", "stun:192.0.2.1:3478", "asked by sessions from now on" },
  { "ice.turn-servers", "turn:192.0.2.1:3478", "asked by sessions from now on" },
  { "ice.relay", "off", "not used from now on" },
  { "ice.tcp", "false", "by sessions from now on" },
  { "ice.port-mapping", "false", "ports are given back" },
  { "ice.force-relay", "true", "sessions are made anew" },
  { "ice.paths", "ice", "sessions are made anew" },
  { "ice.connect", "always", "peers are connected" },
  { "ice.connect-always", "laptop", "the peer is connected" },
  { "ice.idle-timeout", "60", "counted so from now on" },
  { "dns.suffix", "example.internal", "names end so" },
  { "dns.search", "true", "told to this machine's resolver" },
  { "dns.resolver", "false", "the resolver ends" },
  { "dns.manage", "off", "this machine's resolver is told no more" },
  { "publish.subnet", "10.108.0.0/16", "names that come from now on have addresses there" },
  { "publish.subnet6", "none", "names that come from now on have addresses there" },
  { "publish.listen", "all", "doors open there before those of before close" },
  { "publish.listen-each", "db.prod all", "its door opens there before that of before closes" },
  { "publish.allow-from", "10.0.0.0/8", "asked of whoever comes from now on" },
  { "publish.on-conflict", "port", "tried again so" },
  { "publish.first-port", "9000", "ports are given from there on" },
  { "publish.last-port", "9999", "ports are given up to there" },
  { "publish.drain", "60", "what goes from now on has so long" },
  { "ngrok.enabled", "false", "endpoints of the account go" },
  { "ngrok.api-url", "https://api.example.org", "asked there from now on" },
  { "ngrok.ingress", "ingress.example.org:443", "connections go there from now on" },
  { "ngrok.ingress-ca", "/etc/ssl/certs/x.pem", "trusted from now on" },
  { "ngrok.selector", "false", "told to the account" },
  { "ngrok.description", "a desk", "told to the account" },
  { "ngrok.names", "example.org", "names are taken or refused" },
  { "ngrok.poll-interval", "60", "counted so from now on" },
  { "files.receive", "never", "the port closes" },
  { "files.quota", "1", "asked of offers from now on" },
  { "log.level", "debug", "with the next line" },
  { "metrics.listen", "127.0.0.1:9099", "the port opens" },
  { "secrets.device-key", "user:1000", "asked for there from now on" },
  { "secrets.token", "user:1000", "asked for there from now on" },
  { "secrets.device-credential", "user:1000", "asked for there from now on" },
  { "secrets.turn-secret", "user:1000", "asked for there from now on" },
  { "peer.office.public-key", OTHER_KEY, "the peer is another" },
  { "peer.office.endpoint", "192.0.2.7:51820", "the peer is sent to there" },
  { "peer.office.allowed-ips", "10.9.0.0/24", "routes are set" },
  { "peer.office.keepalive", "25", "sent so" },
  { "peer.office.preshared-key-owner", "user:1000", "asked for there" },
  { "service.web.port", "80", "the door is there" },
  { "service.web.tcp", "127.0.0.1:8081", "connections from now on go there" },
  { "service.pipe.unix", "/run/other", "connections from now on go there" },
  { "service.web.udp", "127.0.0.1:8080", "a door for datagrams opens" },
  { "service.web.peers", "laptop", "with the next packet" },
  { "service.web.peer-connections", "8", "connections from now on are counted so" },
  { "service.web.proxy-protocol", "true", "connections from now on begin so" },
  { "service.web.http-headers", "true", "requests of connections from now on say so" },
  { "service.web.tls", "true", "connections from now on begin with TLS" },
  { "accept.laptop.routes", "10.8.0.0/24", "routes are taken or left" },
  { "accept.laptop.prefer", "10.8.0.0/24", "routes go through it" },
  { "accept.laptop.dns", "*", "asked from now on" },
  { "accept.laptop.dns-search", "*", "asked from now on" },
};

static BgConfig *
load (const char *path)
{
  g_autoptr (GError) error = NULL;
  BgConfig *config = bg_config_load (path, &error);

  g_assert_no_error (error);
  return config;
}

static gboolean
differs (GVariant *a, GVariant *b, const char *name)
{
  g_autoptr (GVariant) one = g_variant_lookup_value (a, name, NULL);
  g_autoptr (GVariant) other = g_variant_lookup_value (b, name, NULL);

  return !g_variant_equal (one, other);
}

/* The change is seen, and nothing else. */
static void
assert_alone (BgConfig *old, BgConfig *fresh, const char *setting)
{
  g_autoptr (GVariant) a = g_variant_ref_sink (bg_config_to_variant (old));
  g_autoptr (GVariant) b = g_variant_ref_sink (bg_config_to_variant (fresh));
  GVariantIter iter;
  const char *name;

  g_assert_true (bg_config_diff_any (old, fresh));
  g_variant_iter_init (&iter, a);
  while (g_variant_iter_loop (&iter, "{&sv}", &name, NULL))
    if (differs (a, b, name) != g_str_equal (name, setting))
      g_error ("%s after a change of %s", name, setting);
}

static void
assert_pending (BgConfig *old, BgConfig *fresh, const Change *change)
{
  g_autoptr (GPtrArray) pending = bg_config_diff_pending (old, fresh);

  g_assert_cmpuint (pending->len, ==, change->does ? 0 : 1);
  if (!change->does)
    g_assert_cmpstr (pending->pdata[0], ==, change->setting);
}

static void
check_change (const char *path, const Change *change)
{
  g_autoptr (BgConfig) old = load (path), fresh = NULL;
  g_autoptr (GError) error = NULL;
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  g_autoptr (GVariant) wanted = NULL;

  g_variant_dict_insert (&dict, change->setting, "s", change->value);
  wanted = g_variant_ref_sink (g_variant_dict_end (&dict));
  fresh = bg_config_change (old, path, wanted, &error);
  g_assert_no_error (error);
  assert_alone (old, fresh, change->setting);
  assert_pending (old, fresh, change);
}

static void
test_changes (TestDir *dir, gconstpointer data)
{
  for (gsize i = 0; i < G_N_ELEMENTS (changes); i++)
    {
      g_autofree char *path = test_dir_write (dir, "a.conf", before);

      check_change (path, &changes[i]);
    }
}

static gboolean
has_row (const BgConfigKey *row)
{
  for (gsize i = 0; i < G_N_ELEMENTS (changes); i++)
    if (g_str_has_prefix (changes[i].setting, row->section)
        && changes[i].setting[strlen (row->section)] == '.'
        && g_str_equal (strrchr (changes[i].setting, '.') + 1, row->key))
      return TRUE;
  return FALSE;
}

static void
test_every_key (TestDir *dir, gconstpointer data)
{
  for (const BgConfigKey *row = bg_config_keys; row->section; row++)
    if (!has_row (row))
      g_error ("nothing says what a change of %s.%s does", row->section, row->key);
}

/* How it is written is no change. */
static void
test_same (TestDir *dir, gconstpointer data)
{
  g_autofree char *one = test_dir_write (dir, "a.conf", "[device]\nmtu=1420\nroutes=\n");
  g_autofree char *other = test_dir_write (dir, "b.conf", "# nothing\n");
  g_autoptr (BgConfig) a = load (one), b = load (other);

  g_assert_false (bg_config_diff_any (a, b));
}

static void
assert_gone (BgConfig *config, const char *path)
{
  g_autoptr (GVariant)
    wanted = g_variant_ref_sink (g_variant_new_parsed ("{'device.mtu': <1400>}"));
  g_autoptr (BgConfig) again = bg_config_reload (config, path, NULL);
  gboolean may = bg_config_check_change (config, path, wanted, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (BgConfig) fresh = bg_config_change (config, path, wanted, &error);

  g_assert_true (again == NULL && !may && fresh == NULL);
  g_assert_error (error, BG_ERROR, BG_ERROR_CONFIG);
}

/* What the file said is not lost with it, whoever asks for what; a machine that never had one begins with one. */
static void
test_file_gone (TestDir *dir, gconstpointer data)
{
  g_autofree char *path = test_dir_write (dir, "a.conf", "[device]\nname=alpha\n");
  g_autofree char *none = test_dir_file (dir, "b.conf");
  g_autoptr (BgConfig) config = load (path), fresh = load (none), changed = NULL;
  g_autoptr (BgConfig) lent = bg_config_with_exit (config, "b", TRUE, FALSE);
  g_autoptr (GVariant)
    wanted = g_variant_ref_sink (g_variant_new_parsed ("{'device.mtu': <1400>}"));

  g_assert_cmpint (g_unlink (path), ==, 0);
  assert_gone (config, path);
  assert_gone (lent, path);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  g_free (test_dir_write (dir, "a.conf", ""));
  assert_gone (config, path);
  changed = bg_config_change (fresh, none, wanted, NULL);
  g_assert_nonnull (changed);
  g_assert_cmpint (g_unlink (none), ==, 0);
  assert_gone (changed, none);
}

/* Loopback alone, and a port. */
static void
test_metrics_listen (TestDir *dir, gconstpointer data)
{
  static const struct
  {
    const char *value;
    gboolean taken;
  } cases[] = {
    { "127.0.0.1:9099", TRUE },  { "[::1]:9099", TRUE },      { "127.1.2.3:1", TRUE },
    { "0.0.0.0:9099", FALSE },   { "*:9099", FALSE },         { "9099", FALSE },
    { "10.0.0.1:9099", FALSE },  { "[fd00::1]:9099", FALSE }, { "127.0.0.1:0", FALSE },
    { "localhost:9099", FALSE }, { "127.0.0.1", FALSE },      { "[::]:9099", FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = g_strdup_printf ("[metrics]\nlisten=%s\n", cases[i].value);
      g_autofree char *path = test_dir_write (dir, "a.conf", text);
      g_autoptr (GError) error = NULL;
      g_autoptr (BgConfig) config = bg_config_load (path, &error);

      if ((config != NULL) != cases[i].taken)
        g_error ("%s", cases[i].value);
    }
}

#define ADD(name, test)                                                                            \
  g_test_add ("/config-changes/" name, TestDir, NULL, test_dir_setup, test, test_dir_teardown)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("changes", test_changes);
  ADD ("every-key", test_every_key);
  ADD ("same", test_same);
  ADD ("file-gone", test_file_gone);
  ADD ("metrics-listen", test_metrics_listen);
  return g_test_run ();
}
