/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mapping/mapping-message.h"

#include <string.h>

static const BgMappingRequest request = {
  .nonce = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 },
  .client = { 192, 168, 1, 2 },
  .inside = 50123,
  .outside = 40000,
  .lifetime_s = 3600,
};

/* RFC 6887, 7.1 and 11.1, by hand. */
static const guint8 pcp_request[BG_PCP_MAP_LEN] = {
  2,    1,    0,    0,    0, 0, 0x0e, 0x10, 0, 0, 0, 0, 0, 0,  0,    0,    0,  0, 0xff, 0xff,
  192,  168,  1,    2,    1, 2, 3,    4,    5, 6, 7, 8, 9, 10, 11,   12,   17, 0, 0,    0,
  0xc3, 0xcb, 0x9c, 0x40, 0, 0, 0,    0,    0, 0, 0, 0, 0, 0,  0xff, 0xff, 0,  0, 0,    0,
};

static const guint8 pcp_answer[BG_PCP_MAP_LEN] = {
  2,    0x81, 0,    0,    0, 0, 0x07, 0x08, 0, 0, 0x30, 0x39, 0, 0,  0,    0,    0,   0, 0,   0,
  0,    0,    0,    0,    1, 2, 3,    4,    5, 6, 7,    8,    9, 10, 11,   12,   17,  0, 0,   0,
  0xc3, 0xcb, 0x9c, 0x41, 0, 0, 0,    0,    0, 0, 0,    0,    0, 0,  0xff, 0xff, 203, 0, 113, 7,
};

static const guint8 natpmp_map[] = { 0,    129,  0,    0,    0, 0, 0,    9,
                                     0xc3, 0xcb, 0x9c, 0x40, 0, 0, 0x0e, 0x10 };
static const guint8 natpmp_address[] = { 0, 128, 0, 0, 0, 0, 0, 9, 203, 0, 113, 7 };

static void
test_write (void)
{
  static const guint8 map[BG_NATPMP_MAP_LEN] = { 0,    1,    0, 0, 0xc3, 0xcb,
                                                 0x9c, 0x40, 0, 0, 0x0e, 0x10 };
  static const guint8 back[BG_NATPMP_MAP_LEN] = { 0, 1, 0, 0, 0xc3, 0xcb };
  BgMappingRequest end = request;
  guint8 out[BG_PCP_MAP_LEN];

  bg_mapping_write_pcp (&request, out);
  g_assert_cmpmem (out, sizeof pcp_request, pcp_request, sizeof pcp_request);
  bg_mapping_write_natpmp (&request, out);
  g_assert_cmpmem (out, sizeof map, map, sizeof map);
  end.lifetime_s = 0;
  bg_mapping_write_natpmp (&end, out);
  g_assert_cmpmem (out, sizeof back, back, sizeof back);
}

static void
test_read_pcp (void)
{
  static const guint8 address[] = { 203, 0, 113, 7 };
  BgMappingAnswer answer;
  guint8 refusal[BG_PCP_MAP_LEN];

  g_assert_true (bg_mapping_read (pcp_answer, sizeof pcp_answer, &answer));
  g_assert_cmpint (answer.kind, ==, BG_MAPPING_PCP_MAP);
  g_assert_cmpuint (answer.code, ==, 0);
  g_assert_cmpuint (answer.lifetime_s, ==, 1800);
  g_assert_cmpuint (answer.epoch_s, ==, 12345);
  g_assert_cmpuint (answer.inside, ==, 50123);
  g_assert_cmpuint (answer.outside, ==, 40001);
  g_assert_cmpmem (answer.nonce, sizeof answer.nonce, request.nonce, sizeof request.nonce);
  g_assert_cmpmem (answer.address, 4, address, 4);
  memcpy (refusal, pcp_answer, sizeof refusal);
  refusal[3] = 8;
  g_assert_true (bg_mapping_read (refusal, sizeof refusal, &answer));
  g_assert_cmpuint (answer.code, ==, 8);
}

static void
test_announce (void)
{
  static const guint8 expected[BG_PCP_ANNOUNCE_LEN] = { 2, 0, [18] = 0xff, 0xff, 192, 168, 1, 2 };
  guint8 out[BG_PCP_ANNOUNCE_LEN], here[BG_PCP_ANNOUNCE_LEN] = { 2, 0x80, [11] = 9 };
  BgMappingAnswer answer;

  bg_mapping_write_pcp_announce (request.client, out);
  g_assert_cmpmem (out, sizeof out, expected, sizeof expected);
  g_assert_true (bg_mapping_read (here, sizeof here, &answer));
  g_assert_cmpint (answer.kind, ==, BG_MAPPING_PCP_HERE);
  g_assert_cmpuint (answer.epoch_s, ==, 9);
  g_assert_false (bg_mapping_read (here, sizeof here - 1, &answer));
  here[1] = 0;
  g_assert_false (bg_mapping_read (here, sizeof here, &answer));
}

static void
test_read_natpmp (void)
{
  static const guint8 refusal[] = { 0, 129, 0, 2, 0, 0, 0, 9 };
  BgMappingAnswer answer;

  g_assert_true (bg_mapping_read (natpmp_map, sizeof natpmp_map, &answer));
  g_assert_cmpint (answer.kind, ==, BG_MAPPING_NATPMP_MAP);
  g_assert_cmpuint (answer.outside, ==, 40000);
  g_assert_cmpuint (answer.lifetime_s, ==, 3600);
  g_assert_true (bg_mapping_read (natpmp_address, sizeof natpmp_address, &answer));
  g_assert_cmpint (answer.kind, ==, BG_MAPPING_NATPMP_ADDRESS);
  g_assert_cmpuint (answer.address[3], ==, 7);
  g_assert_true (bg_mapping_read (refusal, sizeof refusal, &answer));
  g_assert_cmpuint (answer.code, ==, 2);
  g_assert_cmpuint (answer.inside, ==, 0);
}

/* Who speaks NAT-PMP alone says so to PCP's version (RFC 6886, 3.5), and so does a PCP of another version. */
static void
test_other_version (void)
{
  static const guint8 natpmp[] = { 0, 129, 0, 1, 0, 0, 0, 9 },
                      pcp1[] = { 1, 0x81, 0, 1, 0, 0, 0, 0 };
  BgMappingAnswer answer;

  g_assert_true (bg_mapping_read (natpmp, sizeof natpmp, &answer));
  g_assert_cmpint (answer.kind, ==, BG_MAPPING_NO_PCP);
  g_assert_true (bg_mapping_read (pcp1, sizeof pcp1, &answer));
  g_assert_cmpint (answer.kind, ==, BG_MAPPING_NO_PCP);
}

/* Nothing that is shorter, longer, a question, of TCP or of IPv6. */
static void
test_rubbish (void)
{
  guint8 bytes[BG_MAPPING_MESSAGE_MAX + 4] = { 0 };
  BgMappingAnswer answer;

  for (gsize len = 0; len < sizeof pcp_answer; len++)
    g_assert_false (bg_mapping_read (pcp_answer, len, &answer));
  for (gsize len = 0; len < sizeof natpmp_map; len++)
    g_assert_false (bg_mapping_read (natpmp_map, len, &answer));
  g_assert_false (bg_mapping_read (pcp_request, sizeof pcp_request, &answer));
  memcpy (bytes, pcp_answer, sizeof pcp_answer);
  g_assert_false (bg_mapping_read (bytes, sizeof bytes, &answer));
  bytes[36] = 6;
  g_assert_false (bg_mapping_read (bytes, sizeof pcp_answer, &answer));
  bytes[36] = 17;
  bytes[54] = 0;
  g_assert_false (bg_mapping_read (bytes, sizeof pcp_answer, &answer));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/mapping-message/write", test_write);
  g_test_add_func ("/mapping-message/pcp", test_read_pcp);
  g_test_add_func ("/mapping-message/announce", test_announce);
  g_test_add_func ("/mapping-message/nat-pmp", test_read_natpmp);
  g_test_add_func ("/mapping-message/other-version", test_other_version);
  g_test_add_func ("/mapping-message/rubbish", test_rubbish);
  return g_test_run ();
}
