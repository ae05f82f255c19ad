/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who comes in, as a service is told: the bytes of PROXY protocol version 2, and lines of HTTP. */
#include "publish/caller.h"

#include <string.h>

#define SIGNATURE "0d0a0d0a000d0a515549540a"

static BgSocketAddress
at (const char *text, guint16 port)
{
  BgSocketAddress address = { 0 };

  if (text[0] == '/')
    g_assert_true (bg_socket_address_set_unix (&address, text));
  else
    g_assert_true (bg_socket_address_set_ip (&address, text, port));
  return address;
}

static void
check_preface (const char *from, const char *to, const char *name, const char *expected)
{
  BgSocketAddress source = at (from, 40000), target = at (to, 8080);
  guint8 bytes[BG_CALLER_PREFACE_MAX];
  gsize len = bg_caller_preface (&source, &target, name, bytes);
  g_autoptr (GString) hex = g_string_new (NULL);

  for (gsize i = 0; i < len; i++)
    g_string_append_printf (hex, "%02x", bytes[i]);
  g_assert_cmpstr (hex->str, ==, expected);
}

static void
test_prefaces (void)
{
  check_preface ("10.0.0.2", "10.0.0.1", NULL, SIGNATURE "2111000c0a0000020a0000019c401f90");
  check_preface ("10.0.0.2", "10.0.0.1", "laptop",
                 SIGNATURE "211100150a0000020a0000019c401f90"
                           "e000066c6170746f70");
  check_preface ("::ffff:10.0.0.2", "10.0.0.1", NULL, SIGNATURE "2111000c0a0000020a0000019c401f90");
  check_preface ("fd00::2", "fd00::1", NULL,
                 SIGNATURE
                 "21210024fd000000000000000000000000000002fd000000000000000000000000000001"
                 "9c401f90");
}

static void
test_nobody_in_particular (void)
{
  check_preface ("/run/x", "10.0.0.1", "laptop", SIGNATURE "20000000");
  check_preface ("fd00::2", "10.0.0.1", "laptop", SIGNATURE "20000000");
}

static void
test_a_name_has_its_bound (void)
{
  g_autofree char *longest = g_strnfill (BG_CALLER_NAME_MAX, 'a'),
                  *longer = g_strnfill (BG_CALLER_NAME_MAX + 1, 'a');
  BgSocketAddress source = at ("fd00::2", 1), target = at ("fd00::1", 2);
  guint8 bytes[BG_CALLER_PREFACE_MAX];

  g_assert_cmpuint (bg_caller_preface (&source, &target, longest, bytes), ==,
                    BG_CALLER_PREFACE_MAX);
  g_assert_cmpuint (bg_caller_preface (&source, &target, longer, bytes), ==, 16 + 36);
}

static void
check_lines (const char *from, const char *name, const char *expected)
{
  BgSocketAddress source = at (from, 40000);
  g_autofree char *lines = bg_caller_lines (&source, name);

  g_assert_cmpstr (lines, ==, expected);
}

static void
test_lines (void)
{
  check_lines ("10.0.0.2", "laptop", "X-Forwarded-For: 10.0.0.2\r\nBamgate-Peer: laptop\r\n");
  check_lines ("fd00::2", NULL, "X-Forwarded-For: fd00::2\r\n");
  check_lines ("10.0.0.2", "a\r\nX: y",
               "X-Forwarded-For: 10.0.0.2\r\nBamgate-Peer: a%0D%0AX%3A y\r\n");
  check_lines ("/run/x", "laptop", "");
}

static void
test_names (void)
{
  BgCaller said[] = { { .name = "site" }, { .name = "laptop" } };
  g_autoptr (BgCallers) callers = NULL;
  BgSocketAddress laptop = at ("10.0.0.2", 1), other = at ("10.0.0.3", 1), far = at ("10.1.0.1", 1);

  g_assert_true (bg_ip_prefix_parse ("10.0.0.0/24", &said[0].prefix));
  g_assert_true (bg_ip_prefix_parse ("10.0.0.2/32", &said[1].prefix));
  callers = bg_callers_new (said, G_N_ELEMENTS (said));
  g_assert_cmpstr (bg_callers_find (callers, &laptop), ==, "laptop");
  g_assert_cmpstr (bg_callers_find (callers, &other), ==, "site");
  g_assert_null (bg_callers_find (callers, &far));
}

static void
assert_account (const BgCallers *callers, const char *from, const char *account)
{
  BgSocketAddress address;
  g_autofree char *said = NULL;

  g_assert_true (bg_socket_address_set_ip (&address, from, 7));
  said = bg_callers_account (callers, &address);
  g_assert_cmpstr (said, ==, account);
}

/* Peers share a network of IPv6, and are told apart all the same; nobody takes another's account by his name. */
static void
test_account (void)
{
  BgCaller known[3] = { { .name = "laptop" }, { .name = "laptop" }, { .name = "10.0.0.4/32" } };
  g_autoptr (BgCallers) callers = NULL;

  g_assert_true (bg_ip_prefix_parse ("10.0.0.2/32", &known[0].prefix));
  g_assert_true (bg_ip_prefix_parse ("fd00::2/128", &known[1].prefix));
  g_assert_true (bg_ip_prefix_parse ("fd00::3/128", &known[2].prefix));
  callers = bg_callers_new (known, G_N_ELEMENTS (known));
  assert_account (callers, "10.0.0.2", "peer laptop");
  assert_account (callers, "fd00::2", "peer laptop");
  assert_account (callers, "fd00::3", "peer 10.0.0.4/32");
  assert_account (callers, "10.0.0.4", "10.0.0.4/32");
  assert_account (callers, "fd00:7::4", "fd00:7::/64");
  assert_account (NULL, "fd00:7::4", "fd00:7::/64");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/caller/prefaces", test_prefaces);
  g_test_add_func ("/caller/nobody", test_nobody_in_particular);
  g_test_add_func ("/caller/name-bound", test_a_name_has_its_bound);
  g_test_add_func ("/caller/lines", test_lines);
  g_test_add_func ("/caller/names", test_names);
  g_test_add_func ("/caller/account", test_account);
  return g_test_run ();
}
