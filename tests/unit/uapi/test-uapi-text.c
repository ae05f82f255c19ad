/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "uapi/uapi-plan.h"
#include "uapi/uapi-text.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#define HEX_A "aa00000000000000000000000000000000000000000000000000000000000001"
#define HEX_B "bb00000000000000000000000000000000000000000000000000000000000002"
#define HEX_0 "0000000000000000000000000000000000000000000000000000000000000000"

static const WgKey key_a = { { 0xaa, [31] = 1 } }, key_b = { { 0xbb, [31] = 2 } },
                   key_us = { { 0xcc, [31] = 3 } };

static BgAllowedIp
ip4 (guint8 a, guint8 b, guint8 c, guint8 d, guint8 prefix)
{
  return (BgAllowedIp){ .family = AF_INET, .addr = { a, b, c, d }, .prefix = prefix };
}

static BgUapiRequest *
parse_ok (const char *text)
{
  int code = -1;
  BgUapiRequest *request = bg_uapi_request_parse (text, strlen (text), &code);

  g_assert_cmpint (code, ==, 0);
  g_assert_nonnull (request);
  return request;
}

static void
assert_refused (const char *text, int expected)
{
  int code = 0;

  if (bg_uapi_request_parse (text, strlen (text), &code))
    g_error ("taken: %s", text);
  g_assert_cmpint (code, ==, expected);
}

static void
test_length (void)
{
  g_assert_cmpuint (bg_uapi_request_length ("", 0, 0), ==, 0);
  g_assert_cmpuint (bg_uapi_request_length ("get=1\n", 6, 0), ==, 0);
  g_assert_cmpuint (bg_uapi_request_length ("get=1\n\n", 7, 0), ==, 7);
  g_assert_cmpuint (bg_uapi_request_length ("get=1\n\nget=1\n\n", 14, 0), ==, 7);
  g_assert_cmpuint (bg_uapi_request_length ("\nget=1\n\n", 8, 0), ==, 1);
  g_assert_cmpuint (bg_uapi_request_length ("get=1\n\n", 7, 6), ==,
                    7); /* across what was read before */
  g_assert_cmpuint (bg_uapi_request_length ("\na\n\n", 4, 1), ==, 4);
}

static void
test_parse_get (void)
{
  g_autoptr (BgUapiRequest) request = parse_ok ("get=1\n\n");

  g_assert_cmpint (request->operation, ==, BG_UAPI_GET);
}

static void
test_parse_set (void)
{
  g_autoptr (BgUapiRequest) request = parse_ok (
    "set=1\nprivate_key=" HEX_B "\nlisten_port=51820\nfwmark=0\nreplace_peers=true\n"
    "public_key=" HEX_A "\nupdate_only=true\npreshared_key=" HEX_0 "\n"
    "endpoint=[fd00::1]:51820\npersistent_keepalive_interval=25\n"
    "replace_allowed_ips=true\nallowed_ip=10.0.0.7/24\nallowed_ip=-fd00::/8\n"
    "protocol_version=1\npublic_key=" HEX_B "\nremove=true\n\n");
  const BgUapiPeer *a = g_ptr_array_index (request->peers, 0),
                   *b = g_ptr_array_index (request->peers, 1);
  const BgAllowedIp *ip;

  g_assert_cmpint (request->operation, ==, BG_UAPI_SET);
  g_assert_true (request->has_private_key && request->has_listen_port && request->has_fwmark
                 && request->replace_peers);
  g_assert_true (wg_key_equal (&request->private_key, &key_b));
  g_assert_cmpuint (request->listen_port, ==, 51820);
  g_assert_cmpuint (request->peers->len, ==, 2);
  g_assert_true (wg_key_equal (&a->key, &key_a));
  g_assert_true (a->update_only && a->has_psk && a->has_endpoint && a->has_keepalive
                 && a->replace_allowed_ips);
  g_assert_false (a->remove);
  g_assert_true (wg_key_is_zero (&a->psk));
  g_assert_cmpint (a->endpoint.addr.sa.sa_family, ==, AF_INET6);
  g_assert_cmpuint (ntohs (a->endpoint.addr.in6.sin6_port), ==, 51820);
  g_assert_cmpuint (a->keepalive, ==, 25);
  g_assert_cmpuint (a->allowed_ips->len, ==, 1);
  ip = &g_array_index (a->allowed_ips, BgAllowedIp, 0);
  g_assert_cmpuint (ip->addr[3], ==, 0);
  g_assert_cmpuint (ip->prefix, ==, 24);
  g_assert_cmpuint (a->withdrawn_ips->len, ==, 1);
  g_assert_true (b->remove);
}

static void
test_parse_refuses (void)
{
  static const char *const bad_lines[] = {
    "nonsense\n",
    "=\n",
    "private_key=zz\n",
    "private_key=" HEX_A "0\n",
    "listen_port=65536\n",
    "listen_port=-1\n",
    "listen_port= 1\n",
    "fwmark=4294967296\n",
    "replace_peers=false\n",
    "endpoint=1.2.3.4:5\n", /* of no peer */
    "public_key=" HEX_0 "\n",
    "public_key=" HEX_A "\nlisten_port=1\n", /* a device's line behind a peer */
    "public_key=" HEX_A "\nendpoint=1.2.3.4\n",
    "public_key=" HEX_A "\nendpoint=1.2.3.4:0\n",
    "public_key=" HEX_A "\nendpoint=1.2.3.4:http\n",
    "public_key=" HEX_A "\nendpoint=example.org:5\n",
    "public_key=" HEX_A "\nendpoint=fd00::1:5\n",
    "public_key=" HEX_A "\nendpoint=[1.2.3.4]:5\n",
    "public_key=" HEX_A "\nendpoint=[]:5\n",
    "public_key=" HEX_A "\nendpoint=\n",
    "public_key=" HEX_A "\nallowed_ip=10.0.0.0/33\n",
    "public_key=" HEX_A "\nallowed_ip=\n",
    "public_key=" HEX_A "\nallowed_ip=--10.0.0.0/8\n",
    "public_key=" HEX_A "\npersistent_keepalive_interval=off\n",
    "public_key=" HEX_A "\nremove=yes\n",
    "public_key=" HEX_A "\nprotocol_version=2\n",
    "public_key=" HEX_A "\nrx_bytes=1\n",
  };
  g_autofree char *big = g_strnfill (BG_UAPI_MAX_REQUEST + 1, 'x');
  int code = 0;

  for (gsize i = 0; i < G_N_ELEMENTS (bad_lines); i++)
    {
      g_autofree char *text = g_strconcat ("set=1\n", bad_lines[i], "\n", NULL);

      assert_refused (text, EINVAL);
    }
  assert_refused ("\n", EPROTO);
  assert_refused ("get=2\n\n", EPROTO);
  assert_refused ("set=2\n\n", EPROTO);
  assert_refused ("hello\n\n", EPROTO);
  assert_refused ("get=1\npublic_key=" HEX_A "\n\n", EINVAL);
  assert_refused (big, EMSGSIZE);
  g_assert_null (bg_uapi_request_parse ("set=1\0\n\n", 8, &code));
  g_assert_cmpint (code, ==, EINVAL);
}

static void
test_format (void)
{
  BgAllowedIp ips[2] = { ip4 (10, 0, 0, 3, 32),
                         { .family = AF_INET6, .addr = { 0xfd }, .prefix = 8 } };
  BgPeerStats peers[2] = {
    { .key = key_a,
      .psk = key_b,
      .keepalive = 25,
      .last_handshake_us = 1700000000123456,
      .rx_bytes = 11,
      .tx_bytes = 22,
      .has_endpoint = true,
      .allowed_ips = ips,
      .n_allowed_ips = 2 },
    { .key = key_b, .path = 7, .has_endpoint = true },
  };
  char *text;

  peers[0].endpoint.addr.in6 = (struct sockaddr_in6){ .sin6_family = AF_INET6,
                                                      .sin6_port = htons (51820),
                                                      .sin6_addr = IN6ADDR_LOOPBACK_INIT };
  text = bg_uapi_format_device (&key_us, 1234, peers, 2);
  g_assert_cmpstr (
    text, ==,
    "private_key=cc00000000000000000000000000000000000000000000000000000000000003\nlisten_port=1234\n"
    "public_key=" HEX_A "\npreshared_key=" HEX_B "\nprotocol_version=1\nendpoint=[::1]:51820\n"
    "last_handshake_time_sec=1700000000\nlast_handshake_time_nsec=123456000\ntx_bytes=22\nrx_bytes=11\n"
    "persistent_keepalive_interval=25\nallowed_ip=10.0.0.3/32\nallowed_ip=fd00::/8\n"
    "public_key=" HEX_B
    "\nprotocol_version=1\nlast_handshake_time_sec=0\nlast_handshake_time_nsec=0\n"
    "tx_bytes=0\nrx_bytes=0\npersistent_keepalive_interval=0\nerrno=0\n\n");
  bg_uapi_text_free (text);
}

/* --- The plan --- */

static BgAllowedIp ips_a[] = { { .family = AF_INET, .addr = { 10, 0, 0, 1 }, .prefix = 32 } };
static BgAllowedIp ips_b[] = { { .family = AF_INET, .addr = { 10, 0, 0, 2 }, .prefix = 32 } };

/* `a` is static, `b` of the mesh. */
static BgPeerStats now[] = {
  { .key = { { 0xaa, [31] = 1 } },
    .psk = { { 9 } },
    .keepalive = 25,
    .has_endpoint = true,
    .allowed_ips = ips_a,
    .n_allowed_ips = 1 },
  { .key = { { 0xbb, [31] = 2 } }, .path = 4, .allowed_ips = ips_b, .n_allowed_ips = 1 },
};

static GPtrArray *
plan_with_port (const char *lines, guint16 port, int *code)
{
  BgUapiDevice device = { .private_key = { { 0xdd } }, .public_key = key_us, .listen_port = port };
  g_autofree char *text = g_strconcat ("set=1\n", lines, "\n", NULL);
  g_autoptr (BgUapiRequest) request = parse_ok (text);

  return bg_uapi_plan (request, &device, now, G_N_ELEMENTS (now), code);
}

static GPtrArray *
plan_ok (const char *lines)
{
  int code = -1;
  GPtrArray *changes = plan_with_port (lines, 51820, &code);

  g_assert_cmpint (code, ==, 0);
  return changes;
}

static void
assert_plan_refused (const char *lines, guint16 port, int expected)
{
  int code = 0;

  g_assert_null (plan_with_port (lines, port, &code));
  g_assert_cmpint (code, ==, expected);
}

static void
test_plan_merges (void)
{
  g_autoptr (GPtrArray) changes = plan_ok ("public_key=" HEX_A "\nallowed_ip=10.1.0.0/16\n");
  const BgUapiChange *change = g_ptr_array_index (changes, 0);

  g_assert_cmpuint (changes->len, ==, 1);
  g_assert_false (change->remove);
  g_assert_true (wg_key_equal (&change->config.key, &key_a));
  g_assert_cmpuint (change->config.psk.bytes[0], ==, 9);
  g_assert_cmpuint (change->config.keepalive, ==, 25);
  g_assert_false (change->config.has_endpoint); /* it may have roamed meanwhile */
  g_assert_cmpuint (change->config.n_allowed_ips, ==, 2);
}

static void
test_plan_adds_and_removes (void)
{
  static const char fresh[] =
    "public_key=ee00000000000000000000000000000000000000000000000000000000000005\n"
    "endpoint=192.0.2.1:51820\nallowed_ip=10.0.0.1/32\n";
  g_autofree char *both = g_strconcat ("public_key=" HEX_A "\nremove=true\n", fresh, NULL);
  g_autoptr (GPtrArray) changes = plan_ok (both), added = plan_ok (fresh), replaced = NULL,
                        withdrawn = NULL;
  const BgUapiChange *first = g_ptr_array_index (changes, 0),
                     *second = g_ptr_array_index (changes, 1);
  g_autofree char *replace = g_strconcat ("replace_peers=true\n", fresh, NULL);

  g_assert_cmpuint (changes->len, ==, 2);
  g_assert_true (first->remove && wg_key_equal (&first->config.key, &key_a));
  g_assert_false (second->remove);
  g_assert_cmpuint (second->config.n_allowed_ips, ==, 1);
  /* An address that another static peer had moves. */
  g_assert_cmpuint (added->len, ==, 2);
  g_assert_cmpuint (((BgUapiChange *) g_ptr_array_index (added, 0))->config.n_allowed_ips, ==, 0);
  g_assert_cmpuint (((BgUapiChange *) g_ptr_array_index (added, 1))->config.n_allowed_ips, ==, 1);
  /* Replaced are the static ones. */
  replaced = plan_ok (replace);
  g_assert_cmpuint (replaced->len, ==, 2);
  g_assert_true (((BgUapiChange *) g_ptr_array_index (replaced, 0))->remove);
  withdrawn = plan_ok ("public_key=" HEX_A "\nallowed_ip=-10.0.0.1/32\n");
  g_assert_cmpuint (((BgUapiChange *) g_ptr_array_index (withdrawn, 0))->config.n_allowed_ips, ==,
                    0);
}

static void
test_plan_ignores (void)
{
  g_autoptr (GPtrArray) absent = plan_ok (
    "public_key=ee"
    "00000000000000000000000000000000000000000000000000000000000005\n"
    "update_only=true\nallowed_ip=10.5.0.0/16\n"
    "public_key=ff00000000000000000000000000000000000000000000000000000000000005\n"
    "remove=true\n");
  g_autoptr (GPtrArray) ourselves = plan_ok (
    "public_key=cc00000000000000000000000000000000000000000000000000000000000003\nallowed_ip=10.5.0.0/16\n");
  g_autoptr (GPtrArray)
    same = plan_ok ("private_key=dd00000000000000000000000000000000000000000000000000000000000000\n"
                    "listen_port=51820\nfwmark=0\n");

  g_assert_cmpuint (absent->len, ==, 0);
  g_assert_cmpuint (ourselves->len, ==, 0);
  g_assert_cmpuint (same->len, ==, 0);
}

static const char key_ee[] =
  "public_key=ee00000000000000000000000000000000000000000000000000000000000005\n";

/* What “wg showconf” writes and setconf, syncconf and addconf give back. */
static void
test_plan_passes_what_is_so (void)
{
  static const char
    a[] = "public_key=" HEX_A
          "\npreshared_key=0900000000000000000000000000000000000000000000000000000000000000\n"
          "persistent_keepalive_interval=25\nreplace_allowed_ips=true\nallowed_ip=10.0.0.1/32\n",
    b[] = "public_key=" HEX_B "\nreplace_allowed_ips=true\nallowed_ip=10.0.0.2/32\n"
          "persistent_keepalive_interval=0\n",
    b_again[] = "public_key=" HEX_B "\nallowed_ip=10.0.0.2/32\nallowed_ip=10.0.0.2/32\n",
    nothing_of_device[] =
      "private_key=0000000000000000000000000000000000000000000000000000000000000000\n"
      "listen_port=0\nfwmark=0\nreplace_peers=true\n";
  g_autofree char *addconf = g_strconcat (a, b, NULL),
                  *setconf = g_strconcat (nothing_of_device, a, b, NULL),
                  *syncconf = g_strconcat ("public_key=" HEX_B "\nremove=true\n", a, key_ee, NULL);
  g_autoptr (GPtrArray) added = plan_ok (addconf), set = plan_ok (setconf),
                        synced = plan_ok (syncconf), twice = plan_ok (b_again);

  g_assert_cmpuint (added->len, ==, 0);
  g_assert_cmpuint (twice->len, ==, 0);
  g_assert_cmpuint (set->len, ==, 2); /* the static one goes and comes, as in the kernel */
  g_assert_true (((BgUapiChange *) g_ptr_array_index (set, 0))->remove);
  g_assert_cmpuint (((BgUapiChange *) g_ptr_array_index (set, 1))->config.keepalive, ==, 25);
  g_assert_cmpuint (synced->len, ==, 1); /* the mesh peer stays, without a word */
}

/* From `from` peers to one leaves that one. */
static void
test_plan_of_thousands (void)
{
  enum
  {
    MANY = 5000
  };
  g_autofree BgPeerStats *stats = g_new0 (BgPeerStats, MANY);
  g_autofree BgAllowedIp *ips = g_new0 (BgAllowedIp, MANY);
  BgUapiDevice device = { .public_key = key_us, .listen_port = 1 };
  g_autoptr (GString) text = g_string_new ("set=1\nreplace_peers=true\n");
  g_autoptr (BgUapiRequest) all = NULL, one = NULL;
  g_autoptr (GPtrArray) fresh = NULL, replaced = NULL, single = NULL;
  int code = -1;

  for (guint i = 0; i < MANY; i++)
    {
      stats[i].key = (WgKey){ { (guint8) i, (guint8) (i >> 8), 7 } };
      ips[i] = (BgAllowedIp){ .family = AF_INET,
                              .addr = { 10, (guint8) (i >> 8), (guint8) i, 1 },
                              .prefix = 32 };
      stats[i].allowed_ips = &ips[i];
      stats[i].n_allowed_ips = 1;
      g_string_append_printf (text, "public_key=%02x%02x07%058d\nallowed_ip=10.%u.%u.1/32\n",
                              i & 255, i >> 8, 0, i >> 8, i & 255);
    }
  g_string_append_c (text, '\n');
  all = parse_ok (text->str);
  fresh = bg_uapi_plan (all, &device, NULL, 0, &code);
  g_assert_cmpuint (fresh->len, ==, MANY);
  replaced = bg_uapi_plan (all, &device, stats, MANY, &code);
  g_assert_cmpuint (replaced->len, ==, 2 * MANY);
  one = parse_ok ("set=1\nreplace_peers=true\npublic_key=" HEX_A "\nallowed_ip=10.0.0.0/8\n\n");
  single = bg_uapi_plan (one, &device, stats, MANY, &code);
  g_assert_cmpuint (single->len, ==, MANY + 1);
  for (guint i = 0; i < MANY; i++)
    g_assert_true (((BgUapiChange *) g_ptr_array_index (single, i))->remove);
  g_assert_false (((BgUapiChange *) g_ptr_array_index (single, MANY))->remove);
}

static void
test_plan_refuses (void)
{
  assert_plan_refused ("private_key=" HEX_A "\n", 51820, EPERM);
  assert_plan_refused ("listen_port=1\n", 51820, EOPNOTSUPP);
  assert_plan_refused ("fwmark=1\n", 51820, EOPNOTSUPP);
  assert_plan_refused ("public_key=" HEX_B "\nendpoint=1.2.3.4:5\n", 51820, EPERM);
  assert_plan_refused ("public_key=" HEX_B "\nremove=true\n", 51820, EPERM);
  assert_plan_refused ("public_key=" HEX_B "\nremove=true\npublic_key=" HEX_A "\nremove=true\n",
                       51820, EPERM);
  assert_plan_refused ("public_key=" HEX_B "\nreplace_allowed_ips=true\n", 51820, EPERM);
  assert_plan_refused ("public_key=" HEX_B "\nallowed_ip=-10.0.0.2/32\n", 51820, EPERM);
  assert_plan_refused ("public_key=" HEX_B "\nallowed_ip=10.0.0.2/32\nallowed_ip=10.9.0.0/16\n",
                       51820, EPERM);
  assert_plan_refused ("public_key=" HEX_B "\npersistent_keepalive_interval=5\n", 51820, EPERM);
  assert_plan_refused ("public_key=" HEX_B "\npreshared_key=" HEX_A "\n", 51820, EPERM);
  assert_plan_refused (
    "private_key=0000000000000000000000000000000000000000000000000000000000000000\n", 51820,
    EPERM); /* wg set … private-key /dev/null */
  /* A mesh peer's address. */
  assert_plan_refused ("public_key=" HEX_A "\nallowed_ip=10.0.0.2/32\n", 51820, EPERM);
  /* Nothing to send with. */
  assert_plan_refused (
    "public_key=ee00000000000000000000000000000000000000000000000000000000000005\n", 0, EOPNOTSUPP);
}

/* Seeded mutations of a good request: every one is taken or refused with a number, and what is taken can be planned. */
static void
test_mutations (void)
{
  static const char seed_text[] =
    "set=1\nprivate_key=" HEX_B "\nlisten_port=51820\nreplace_peers=true\npublic_key=" HEX_A
    "\nendpoint=[fe80::1%1]:51820\nreplace_allowed_ips=true\nallowed_ip=10.0.0.7/24\n"
    "allowed_ip=-fd00::/8\npublic_key=" HEX_B "\nremove=true\n\n";
  static const char *const words[] = { "=", "\n", "\n\n", "public_key=", "allowed_ip=", "-", "[",
                                       "]", ":",  "/",    "%",           "\xff",        "0" };
  BgUapiDevice device = { .public_key = key_us, .listen_port = 1 };
  g_autoptr (GRand) rand = g_rand_new_with_seed (20240608);
  guint taken = 0;

  for (int i = 0; i < 20000; i++)
    {
      g_autoptr (GString) text = g_string_new_len (seed_text, sizeof seed_text - 1);
      g_autoptr (BgUapiRequest) request = NULL;
      int code = -1;

      for (int n = g_rand_int_range (rand, 1, 5); n > 0; n--)
        {
          gssize at = g_rand_int_range (rand, 0, (gint32) text->len),
                 some = g_rand_int_range (rand, 1, 30);

          switch (g_rand_int_range (rand, 0, 3))
            {
            case 0:
              text->str[at] = (char) g_rand_int_range (rand, 0, 256);
              break;
            case 1:
              g_string_insert (text, at, words[g_rand_int_range (rand, 0, G_N_ELEMENTS (words))]);
              break;
            default:
              g_string_erase (text, at, MIN ((gssize) text->len - at, some));
              break;
            }
          if (text->len == 0)
            break;
        }
      request = bg_uapi_request_parse (text->str, text->len, &code);
      g_assert_true ((request != NULL) == (code == 0));
      if (request)
        {
          g_autoptr (GPtrArray)
            changes = bg_uapi_plan (request, &device, now, G_N_ELEMENTS (now), &code);

          g_assert_true ((changes != NULL) == (code == 0));
          taken++;
        }
    }
  g_assert_cmpuint (taken, >, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/uapi-text/length", test_length);
  g_test_add_func ("/uapi-text/parse-get", test_parse_get);
  g_test_add_func ("/uapi-text/parse-set", test_parse_set);
  g_test_add_func ("/uapi-text/parse-refuses", test_parse_refuses);
  g_test_add_func ("/uapi-text/format", test_format);
  g_test_add_func ("/uapi-plan/merges", test_plan_merges);
  g_test_add_func ("/uapi-plan/adds-and-removes", test_plan_adds_and_removes);
  g_test_add_func ("/uapi-plan/ignores", test_plan_ignores);
  g_test_add_func ("/uapi-plan/passes-what-is-so", test_plan_passes_what_is_so);
  g_test_add_func ("/uapi-plan/of-thousands", test_plan_of_thousands);
  g_test_add_func ("/uapi-plan/refuses", test_plan_refuses);
  g_test_add_func ("/uapi-text/mutations", test_mutations);
  return g_test_run ();
}
