/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dataplane/mss-clamp.h"
#include "dataplane/ip-header.h"
#include "ip-packets.h"

#include <netinet/in.h>
#include <string.h>

enum
{
  MTU = 1152
};

static const guint8 mss_1460[] = { 2, 4, 1460 >> 8, 1460 & 255 };

static guint
mss_at (const guint8 *bytes, gsize at)
{
  return (guint) bytes[at] << 8 | bytes[at + 1];
}

static void
test_v4 (void)
{
  guint8 bytes[256];
  gsize len = test_ip_build_syn (AF_INET, mss_1460, sizeof mss_1460, bytes);

  test_ip_assert_checksums (bytes, len);
  g_assert_true (bg_mss_clamp (bytes, len, MTU));
  g_assert_cmpuint (mss_at (bytes, 42), ==, MTU - 40);
  test_ip_assert_checksums (bytes, len);
  g_assert_false (bg_mss_clamp (bytes, len, MTU));
}

static void
test_v6 (void)
{
  guint8 bytes[256];
  gsize len = test_ip_build_syn (AF_INET6, mss_1460, sizeof mss_1460, bytes);

  g_assert_true (bg_mss_clamp (bytes, len, 1420));
  g_assert_cmpuint (mss_at (bytes, 62), ==, 1420 - 60);
  test_ip_assert_checksums (bytes, len);
}

/* NOP, NOP, window scale, then MSS at an odd offset. */
static void
test_odd_offset (void)
{
  const guint8 options[] = { 1, 3, 3, 7, 1, 2, 4, 1460 >> 8, 1460 & 255, 1, 1, 0 };
  guint8 bytes[256];
  gsize len = test_ip_build_syn (AF_INET, options, sizeof options, bytes);

  g_assert_true (bg_mss_clamp (bytes, len, MTU));
  g_assert_cmpuint (mss_at (bytes, 47), ==, MTU - 40);
  test_ip_assert_checksums (bytes, len);
}

static void
test_extension_headers (void)
{
  guint8 bytes[256], with[256];
  gsize len = test_ip_build_syn (AF_INET6, mss_1460, sizeof mss_1460, bytes);

  /* Destination options of 8 bytes, then a first fragment. */
  memcpy (with, bytes, 40);
  with[6] = IPPROTO_DSTOPTS;
  memcpy (with + 40,
          (const guint8[16]){ IPPROTO_FRAGMENT, 0, 1, 4, 0, 0, 0, 0, IPPROTO_TCP, 0, 0, 1 }, 16);
  memcpy (with + 56, bytes + 40, len - 40);
  bg_put_be16 (with + 4, (guint16) (len - 40 + 16));
  g_assert_true (bg_mss_clamp (with, len + 16, 1280));
  g_assert_cmpuint (mss_at (with, 78), ==, 1220);

  /* A later fragment has no TCP header. */
  bg_put_be16 (with + 50, 8 << 3);
  bg_put_be16 (with + 78, 1460);
  g_assert_false (bg_mss_clamp (with, len + 16, 1280));
}

static void
test_untouched (void)
{
  guint8 bytes[256], before[256];
  gsize len = test_ip_build_syn (AF_INET, mss_1460, sizeof mss_1460, bytes);

  /* Not a SYN. */
  bytes[33] = 0x10;
  memcpy (before, bytes, len);
  g_assert_false (bg_mss_clamp (bytes, len, MTU));
  bytes[33] = 0x12;
  g_assert_true (bg_mss_clamp (bytes, len, MTU));

  /* A later fragment, another protocol, a header longer than the packet, an MTU below the headers. */
  test_ip_build_syn (AF_INET, mss_1460, sizeof mss_1460, bytes);
  bytes[7] = 1;
  g_assert_false (bg_mss_clamp (bytes, len, MTU));
  bytes[7] = 0;
  bytes[9] = IPPROTO_UDP;
  g_assert_false (bg_mss_clamp (bytes, len, MTU));
  bytes[9] = IPPROTO_TCP;
  bytes[32] = 0xf0;
  g_assert_false (bg_mss_clamp (bytes, len, MTU));
  bytes[32] = 0x60;
  g_assert_false (bg_mss_clamp (bytes, len, 40));

  len = test_ip_build_syn (AF_INET, (const guint8[4]){ 1, 1, 1, 1 }, 4, bytes);
  g_assert_false (bg_mss_clamp (bytes, len, MTU));
}

static void
test_bad_options (void)
{
  static const guint8 bad[][4] = {
    { 2, 3, 5, 180 }, { 2, 0, 5, 180 }, { 2, 1, 5, 180 }, { 2, 40, 5, 180 },
    { 3, 0, 0, 0 },   { 1, 1, 2, 4 },   { 1, 1, 1, 2 },
  };
  guint8 bytes[256], before[256];

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      gsize len = test_ip_build_syn (AF_INET, bad[i], 4, bytes);

      memcpy (before, bytes, len);
      g_assert_false (bg_mss_clamp (bytes, len, MTU));
      g_assert_cmpmem (bytes, len, before, len);
    }
}

/* Whatever the bytes are: nothing outside is read or written (sanitizers watch), and nothing but MSS and checksum moves. */
static void
test_hostile (void)
{
  for (guint i = 0; i < 200000; i++)
    {
      gsize len = (gsize) g_test_rand_int_range (0, 100);
      g_autofree guint8 *bytes = g_malloc (MAX (len, 1)), *before = NULL;
      guint changed = 0;

      for (gsize j = 0; j < len; j++)
        bytes[j] = (guint8) g_test_rand_int ();
      if (len > 40 && i % 2)
        {
          test_ip_build_syn (i % 4 == 1 ? AF_INET : AF_INET6, NULL, 0, (guint8[64]){ 0 });
          bytes[0] = i % 4 == 1 ? 0x45 : 0x60;
          bytes[i % 4 == 1 ? 9 : 6] = IPPROTO_TCP;
          bg_put_be16 (bytes + (i % 4 == 1 ? 2 : 4), (guint16) (i % 4 == 1 ? len : len - 40));
          bytes[6] &= i % 4 == 1 ? 0x40 : 0xff;
          bytes[7] = i % 4 == 1 ? 0 : bytes[7];
        }
      before = g_memdup2 (bytes, len);
      bg_mss_clamp (bytes, len, MTU);
      for (gsize j = 0; j < len; j++)
        changed += bytes[j] != before[j];
      g_assert_cmpuint (changed, <=, 4);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/mss-clamp/v4", test_v4);
  g_test_add_func ("/mss-clamp/v6", test_v6);
  g_test_add_func ("/mss-clamp/odd-offset", test_odd_offset);
  g_test_add_func ("/mss-clamp/extension-headers", test_extension_headers);
  g_test_add_func ("/mss-clamp/untouched", test_untouched);
  g_test_add_func ("/mss-clamp/bad-options", test_bad_options);
  g_test_add_func ("/mss-clamp/hostile", test_hostile);
  return g_test_run ();
}
