/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/error.h"
#include "daemon/transport/ice-candidate.h"

#include <string.h>

typedef struct
{
  const char *line, *written;
} Row;

/* The first two are the specification's (9.2). */
static const Row good[] = {
  { "candidate:1 1 udp 2130706431 192.0.2.10 50123 typ host ufrag kQzb",
    "candidate:1 1 udp 2130706431 192.0.2.10 50123 typ host" },
  { "candidate:4 1 udp 16777215 10.255.0.1 50000 typ relay ufrag kQzb",
    "candidate:4 1 udp 16777215 10.255.0.1 50000 typ relay" },
  { "1 1 UDP 1 2001:db8::1 9 typ host", "candidate:1 1 udp 1 2001:db8::1 9 typ host" },
  { "a=candidate:1 2 UDP 1 192.0.2.1 9 typ srflx raddr 10.0.0.1 rport 5 generation 0",
    "candidate:1 2 udp 1 192.0.2.1 9 typ srflx raddr 10.0.0.1 rport 5" },
  { "candidate:1 1 TCP 1 192.0.2.1 9 typ host tcptype active",
    "candidate:1 1 tcp 1 192.0.2.1 9 typ host tcptype active" },
  { "candidate:1 1 udp 1 192.0.2.1 9 typ prflx raddr hidden.local rport 0",
    "candidate:1 1 udp 1 192.0.2.1 9 typ prflx" },
};

static const char *const bad[] = {
  "candidate:",
  "candidate:1 1 udp 1 192.0.2.1 9 typ",
  "candidate:1 1 udp 1 192.0.2.1 9 type host",
  "candidate:1 1 udp 1 192.0.2.1 9 typ host ufrag",
  "candidate:1 0 udp 1 192.0.2.1 9 typ host",
  "candidate:1 1 sctp 1 192.0.2.1 9 typ host",
  "candidate:1 1 udp 4294967296 192.0.2.1 9 typ host",
  "candidate:1 1 udp -1 192.0.2.1 9 typ host",
  "candidate:1 1 udp 1 192.0.2.1 0 typ host",
  "candidate:1 1 udp 1 192.0.2.1 65536 typ host",
  "candidate:1 1 udp 1 192.0.2.256 9 typ host",
  "candidate:1 1 udp 1 example.org 9 typ host",
  "candidate:1 1 udp 1 fe80::1%eth0 9 typ host",
  "candidate:1 1 udp 1 192.0.2.1 9 typ host tcptype active",
  "candidate:1 1 tcp 1 192.0.2.1 9 typ host",
  "candidate:1 1 tcp 1 192.0.2.1 9 typ host tcptype other",
  "candidate:1 1 udp 1 192.0.2.1 9 typ host ufrag a\r\nb",
  "candidate:1 1 udp 1 192.0.2.1 9 typ host ufrag a=b",
  "candidate:1  1 udp 1 192.0.2.1 9 typ host",
  "candidate:\xff 1 udp 1 192.0.2.1 9 typ host",
  "candidate:0123456789012345678901234567890123 1 udp 1 192.0.2.1 9 typ host",
};

static void
test_good (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (BgIceCandidate) candidate = bg_ice_candidate_parse (good[i].line, &error);
      g_autofree char *written = NULL;

      g_assert_no_error (error);
      written = bg_ice_candidate_format (candidate, NULL);
      g_assert_cmpstr (written, ==, good[i].written);
    }
}

static void
test_bad (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (bg_ice_candidate_parse (bad[i], &error));
      g_assert_error (error, BG_ERROR, BG_ERROR_INVALID_ARGUMENT);
    }
}

static void
test_name (void)
{
  g_autoptr (BgIceCandidate)
    candidate = bg_ice_candidate_parse ("candidate:1 1 udp 1 0b21-4e.local 9 typ host", NULL);

  g_assert_nonnull (candidate);
  g_assert_null (candidate->address);
}

static void
test_long (void)
{
  g_autoptr (GString) line = g_string_new ("candidate:1 1 udp 1 192.0.2.1 9 typ host");

  while (line->len <= BG_ICE_CANDIDATE_MAX)
    g_string_append (line, " a b");
  g_assert_null (bg_ice_candidate_parse (line->str, NULL));
}

static void
test_ufrag (void)
{
  g_autoptr (BgIceCandidate) candidate = bg_ice_candidate_parse (good[0].line, NULL);
  g_autofree char *written = bg_ice_candidate_format (candidate, "kQzb");

  g_assert_cmpstr (candidate->ufrag, ==, "kQzb");
  g_assert_cmpstr (written, ==, good[0].line);
}

static gboolean
is_unusable (const char *text)
{
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (text);

  return bg_ice_address_is_unusable (address);
}

static void
test_unusable (void)
{
  static const char *const unusable[] = {
    "0.0.0.0",     "::",      "224.0.0.1",       "ff02::1",
    "169.254.1.1", "fe80::1", "::ffff:10.0.0.1", "::10.0.0.1"
  };
  static const char *const usable[] = { "10.0.0.1", "127.0.0.1", "::1", "2001:db8::1", "fd00::1" };

  for (guint i = 0; i < G_N_ELEMENTS (unusable); i++)
    g_assert_true (is_unusable (unusable[i]));
  for (guint i = 0; i < G_N_ELEMENTS (usable); i++)
    g_assert_false (is_unusable (usable[i]));
}

/* Any cut or changed byte is either understood or refused, and what is understood is written the
 * same when read again. */
static void
test_mutations (void)
{
  for (guint round = 0; round < 20000; round++)
    {
      char line[128];
      guint n = g_strlcpy (line, good[round % G_N_ELEMENTS (good)].line, sizeof line);
      g_autoptr (BgIceCandidate) candidate = NULL, again = NULL;
      g_autofree char *written = NULL, *rewritten = NULL;

      line[g_test_rand_int_range (0, (gint32) n)] = (char) g_test_rand_int_range (0, 256);
      candidate = bg_ice_candidate_parse (line, NULL);
      if (!candidate || !candidate->address)
        continue;
      written = bg_ice_candidate_format (candidate, candidate->ufrag);
      again = bg_ice_candidate_parse (written, NULL);
      g_assert_nonnull (again);
      rewritten = bg_ice_candidate_format (again, again->ufrag);
      g_assert_cmpstr (written, ==, rewritten);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ice-candidate/good", test_good);
  g_test_add_func ("/ice-candidate/bad", test_bad);
  g_test_add_func ("/ice-candidate/name", test_name);
  g_test_add_func ("/ice-candidate/long", test_long);
  g_test_add_func ("/ice-candidate/ufrag", test_ufrag);
  g_test_add_func ("/ice-candidate/unusable", test_unusable);
  g_test_add_func ("/ice-candidate/mutations", test_mutations);
  return g_test_run ();
}
