/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dataplane/ecn.h"

#include "dataplane/checksum.h"
#include "ip-packets.h"

#include <netinet/in.h>
#include <string.h>

enum
{
  DROP = 4,
  DSCP = 0xb8,
};

/* RFC 6040, figure 4: rows are what is inside, columns what is outside; in the order Not-ECT, ECT(1), ECT(0), CE. */
static const guint8 decapsulated[4][4] = {
  { 0, 0, 0, DROP },
  { 1, 1, 1, 3 },
  { 2, 1, 2, 3 },
  { 3, 3, 3, 3 },
};

static gsize
build (int family, guint8 ecn, guint8 *bytes)
{
  TestPacket packet = {
    .family = family, .src = 1, .dst = 2, .protocol = IPPROTO_UDP, .payload = 100
  };
  gsize len = test_ip_build (&packet, bytes);
  guint8 class = DSCP | ecn;

  if (family == AF_INET)
    {
      bytes[1] = class;
      bg_ipv4_set_checksum (bytes, 20);
    }
  else
    {
      bytes[0] = (guint8) (0x60 | class >> 4);
      bytes[1] = (guint8) ((class & 15) << 4 | (bytes[1] & 15));
    }
  return len;
}

static guint8
class_of (const guint8 *bytes)
{
  return bytes[0] >> 4 == 4 ? bytes[1] : (guint8) (bytes[0] << 4 | bytes[1] >> 4);
}

static void
test_table (gconstpointer data)
{
  int family = GPOINTER_TO_INT (data);

  for (guint8 inner = 0; inner < 4; inner++)
    for (guint outer = 0; outer < 256; outer++)
      {
        guint8 bytes[256], before[256], wanted = decapsulated[inner][outer & 3];
        gsize len = build (family, inner, bytes);

        memcpy (before, bytes, len);
        g_assert_cmpuint (bg_ecn_of (bytes, (guint32) len), ==, inner);
        g_assert_cmpint (bg_ecn_decapsulate (bytes, (guint32) len, (guint8) outer), ==,
                         wanted != DROP);
        if (wanted == DROP)
          wanted = inner;
        /* Of the outer DSCP nothing comes in, and nothing else changes. */
        g_assert_cmphex (class_of (bytes), ==, DSCP | wanted);
        if (family == AF_INET)
          g_assert_cmphex (bg_checksum_fold (bg_checksum_add (0, bytes, 20)), ==, 0xffff);
        memcpy (before, bytes, 2);
        if (family == AF_INET)
          memcpy (before + 10, bytes + 10, 2);
        g_assert_cmpmem (bytes, len, before, len);
      }
}

/* A wrong checksum stays wrong. */
static void
test_wrong_checksum (void)
{
  guint8 bytes[256];
  gsize len = build (AF_INET, BG_ECN_ECT_0, bytes);

  bytes[10] ^= 0x55;
  g_assert_true (bg_ecn_decapsulate (bytes, (guint32) len, BG_ECN_CE));
  g_assert_cmphex (bg_checksum_fold (bg_checksum_add (0, bytes, 20)), !=, 0xffff);
}

static void
test_no_ip (void)
{
  guint8 bytes[64] = { 0 };

  for (guint first = 0; first < 256; first++)
    for (guint32 len = 0; len < sizeof bytes; len++)
      {
        guint8 before[64];

        bytes[0] = (guint8) first;
        bytes[1] = 0xff;
        memcpy (before, bytes, sizeof before);
        if (len >= 20 && (first >> 4 == 4 || first >> 4 == 6))
          continue;
        g_assert_cmpuint (bg_ecn_of (bytes, len), ==, BG_ECN_NOT_ECT);
        g_assert_true (bg_ecn_decapsulate (bytes, len, BG_ECN_ECT_1));
        g_assert_cmpmem (bytes, sizeof bytes, before, sizeof before);
      }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/ecn/ipv4", GINT_TO_POINTER (AF_INET), test_table);
  g_test_add_data_func ("/ecn/ipv6", GINT_TO_POINTER (AF_INET6), test_table);
  g_test_add_func ("/ecn/wrong-checksum", test_wrong_checksum);
  g_test_add_func ("/ecn/no-ip", test_no_ip);
  return g_test_run ();
}
