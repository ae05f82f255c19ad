/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgatectl/report-filter.h"

#include <string.h>

#define PUBLIC_KEY "mJ0wnOe9qQ1v8yYc0m2d7h5o3u9k1r4t6w8z2b5d7f0="
#define SLASHED_KEY "yWX/SapBC74u5mXPNcoFfG5nSAZGaPaeuKRe/pmu6Xc="
#define SECRET_KEY "QKz8o1wq0mS9v7t6x5c4b3n2a1l0k9j8h7g6f5d4s3U="
#define HEX "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

static void
assert_becomes (ReportFilter *filter, const char *text, const char *expected)
{
  g_autofree char *got = report_filter_apply (filter, text);

  g_assert_cmpstr (got, ==, expected);
}

static void
test_secrets (void)
{
  static const struct
  {
    const char *text, *expected;
  } cases[] = {
    { "key " SECRET_KEY " read", "key (removed) read" },
    { "PrivateKey=" SECRET_KEY "\n", "PrivateKey=(removed)\n" },
    { "PrivateKey = " SECRET_KEY, "PrivateKey = (removed)" },
    { "{\"psk\":\"" SECRET_KEY "\"}", "{\"psk\":\"(removed)\"}" },
    { "token " HEX "!", "token (removed)!" },
    { "hex0x" HEX, "hex0x(removed)" },
    { "in base64 OWY4NmQwODE4ODRjN2Q2NTlhMmZlYWEwYzU1YWQwMTU=", "in base64 (removed)" },
    { "jwt aZ0_bY1-cX2_dW3-eV4_fU5-gT6_hS7-iR8_jQ9", "jwt (removed)" },
    { "bamgatectl join ABCD-EF23 https://hub.example",
      "bamgatectl join (removed) https://hub.example" },
    { "Authorization: Bearer hunter2", "Authorization: Bearer (removed)" },
    { "proxy=http://me:hunter2@proxy.example:3128", "proxy=http://(removed)proxy.example:3128" },
    { "password=hunter2 user=me", "password=(removed) user=me" },
    { "token = \"hunter2\"", "token = \"(removed)\"" },
    { "BAMGATE_TOKEN=hunter2 x", "BAMGATE_TOKEN=(removed) x" },
    { "\"auth_token\": \"hunter2\", \"x\": 1", "\"auth_token\": \"(removed)\", \"x\": 1" },
    { "stripped QKz8o1wq0mS9v7t6x5c4b3n2a1l0k9j8h7g6f5d4s3U", "stripped (removed)" },
    { "https://hub.example/x/aZ0_bY1-cX2_dW3-eV4_fU5-gT6_hS7", "https://hub.(removed)" },
    { "a\n-----BEGIN PRIVATE KEY-----\nMIIE\nabc\n-----END PRIVATE KEY-----\nb",
      "a\n(removed)\nb" },
    { "-----BEGIN EC PRIVATE KEY-----\nMIIE", "(removed)" },
  };
  g_autoptr (ReportFilter) filter = report_filter_new (FALSE);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    assert_becomes (filter, cases[i].text, cases[i].expected);
}

/* What a report is of no use without. */
static void
test_what_stays (void)
{
  static const char *const texts[] = {
    "peer home " PUBLIC_KEY " is new",
    "/usr/lib/x86_64-linux-gnu/gstreamer-1.0/libgstwebrtc.so",
    "/sys/fs/cgroup/system.slice/bamgated.service",
    "there is no secret turn-secret: the servers of ice.turn-servers are not used",
    "secrets.token-owner=system",
    "{\"has_token\": true, \"preshared_key\": false}",
    "inet6 2001:db8::1/64 scope global dynamic noprefixroute",
    "2026-12-01T02:40:29+0000 machine bamgated[12]: tunnel: online",
    "UUID 3f2504e0-4f89-41d3-9a0c-0305e82c3301",
    "/org/freedesktop/NetworkManager/ActiveConnection/17",
    "peer office " SLASHED_KEY,
    "org.freedesktop.NetworkManager.Connection.Active",
    "BG_PEER=laptop",
    "naïve „text“ ✓",
    "",
  };
  g_autoptr (ReportFilter) filter = report_filter_new (FALSE);

  report_filter_keep (filter, PUBLIC_KEY);
  report_filter_keep (filter, SLASHED_KEY);
  report_filter_keep (filter, NULL);
  report_filter_keep (filter, "");
  report_filter_hide (filter, "laptop"); /* of no concern here */
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    assert_becomes (filter, texts[i], texts[i]);
}

static void
test_no_text (void)
{
  g_autoptr (ReportFilter) filter = report_filter_new (FALSE);
  g_autofree char *got = report_filter_apply (filter, "a\xff\xfe z " HEX);

  g_assert_true (g_utf8_validate (got, -1, NULL));
  g_assert_null (strstr (got, HEX));
}

static void
test_anonymous (void)
{
  g_autoptr (ReportFilter) filter = report_filter_new (TRUE);

  report_filter_keep (filter, PUBLIC_KEY);
  report_filter_hide (filter, "laptop");
  report_filter_hide (filter, "laptop-2");
  report_filter_hide (filter, "laptop");
  report_filter_hide (filter, "Ana's (old)");
  assert_becomes (filter, "laptop, laptop-2 and Ana's (old): laptops",
                  "name-1, name-2 and name-3: laptops");
  assert_becomes (filter, "peer laptop " PUBLIC_KEY " " SECRET_KEY, "peer name-1 key-1 (removed)");
  assert_becomes (filter, "192.168.1.20/24 brd 192.168.1.255; 10.0.0.1:51820",
                  "ip4-1/24 brd ip4-2; ip4-3:51820");
  assert_becomes (filter, "again 192.168.1.20", "again ip4-1");
  assert_becomes (filter, "127.0.0.1 0.0.0.0 255.255.255.0 ::1 :: ff02::fb 224.0.0.251",
                  "127.0.0.1 0.0.0.0 255.255.255.0 ::1 :: ff02::fb 224.0.0.251");
  assert_becomes (filter, "inet6 2001:db8::1/64 [2001:db8::1]:443 fe80::1%2",
                  "inet6 ip6-1/64 [ip6-1]:443 ip6-2%2");
  assert_becomes (filter, "link/ether 52:54:00:12:34:56 brd", "link/ether mac-1 brd");
  assert_becomes (filter, "at 12:34:56 version 1.2.3", "at 12:34:56 version 1.2.3");
}

/* Not only as their owners write them. */
static void
test_names_as_dns_has_them (void)
{
  g_autoptr (ReportFilter) filter = report_filter_new (TRUE);

  report_filter_hide (filter, "Anas_Box");
  report_filter_hide (filter, "hub.Example");
  assert_becomes (filter, "Anas_Box is anas-box.bamgate.internal, ANAS-BOX",
                  "name-1 is name-1.bamgate.internal, name-1");
  assert_becomes (filter, "wss://hub.example/ HUB.EXAMPLE", "wss://name-2/ name-2");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/report-filter/secrets", test_secrets);
  g_test_add_func ("/report-filter/what-stays", test_what_stays);
  g_test_add_func ("/report-filter/no-text", test_no_text);
  g_test_add_func ("/report-filter/anonymous", test_anonymous);
  g_test_add_func ("/report-filter/names-as-dns-has-them", test_names_as_dns_has_them);
  return g_test_run ();
}
