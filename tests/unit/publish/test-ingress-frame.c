/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The frames of bound-endpoints.md 6.3, both ways, and what is no frame. */
#include "publish/ingress-frame.h"

#include <string.h>

static void
check_request (const char *host, guint16 port, const void *expected, gsize len)
{
  g_autoptr (GBytes) frame = bg_ingress_request (host, port, NULL);
  gsize size;
  const void *bytes = g_bytes_get_data (frame, &size);

  g_assert_cmpmem (bytes, size, expected, len);
}

static void
test_request (void)
{
  static const guint8 app[] = { 0x0f, 0,   0x0a, 0x0b, 'a', 'p', 'p',  '.', 'e',
                                'x',  'a', 'm',  'p',  'l', 'e', 0x10, 0x50 },
                      db[] = { 0x0c, 0,   0x0a, 0x07, 'd',  'b',  '.',
                               'p',  'r', 'o',  'd',  0x10, 0xb8, 0x2a };
  g_autofree char *long_name = g_strnfill (BG_INGRESS_FRAME_MAX, 'x');

  check_request ("app.example", 80, app, sizeof app);
  check_request ("db.prod", 5432, db, sizeof db);
  g_assert_null (bg_ingress_request (long_name, 80, NULL));
}

/* A byte at a time, or as many as it asks for; what is behind the frame is left alone. */
static BgIngressAnswer *
read_frame (const guint8 *bytes, gsize len, gsize piece, gsize *used)
{
  BgIngressReader reader = { 0 };
  BgIngressAnswer *answer = NULL;
  gsize room = 1, at = 0;

  while (room > 0 && at < len)
    {
      guint8 *to = bg_ingress_reader_room (&reader, &room);
      gsize n = MIN (MIN (room, piece), len - at);

      if (room == 0)
        break;
      memcpy (to, bytes + at, n);
      bg_ingress_reader_took (&reader, n);
      at += n;
    }
  bg_ingress_reader_room (&reader, &room);
  if (room == 0)
    answer = bg_ingress_answer_parse (reader.message, reader.len);
  *used = at;
  bg_ingress_reader_clear (&reader);
  return answer;
}

static BgIngressAnswer *
parse (const guint8 *frame, gsize len)
{
  gsize used, used_whole;
  BgIngressAnswer *answer = read_frame (frame, len, 1, &used);
  g_autoptr (BgIngressAnswer) whole = read_frame (frame, len, len, &used_whole);

  g_assert_cmpuint (used, ==, used_whole);
  g_assert_cmpint (answer != NULL, ==, whole != NULL);
  return answer;
}

static void
test_success (void)
{
  static const guint8 http[] = "\x0c\0\x0a\x04"
                               "ep_1\x12\x04"
                               "httpGET";
  static const guint8 tcp[] = "\x19\0\x0a\x04"
                              "ep_1\x12\x03"
                              "tcp\x2a\x0c\x0a\x0a"
                              "deprecated";
  gsize used;
  g_autoptr (BgIngressAnswer) first = read_frame (http, sizeof http - 1, 1, &used);
  g_autoptr (BgIngressAnswer) second = parse (tcp, sizeof tcp - 1);

  g_assert_cmpuint (used, ==, sizeof http - 1 - 3);
  g_assert_false (first->is_refusal);
  g_assert_cmpstr (first->endpoint_id, ==, "ep_1");
  g_assert_cmpstr (first->proto, ==, "http");
  g_assert_cmpuint (g_strv_length (first->notices), ==, 0);
  g_assert_cmpstr (second->proto, ==, "tcp");
  g_assert_cmpstr (second->notices[0], ==, "deprecated");
}

static void
test_refusal (void)
{
  static const guint8 both[] = "\x1e\0\x1a\x0a"
                               "ERR_TEST_1\x22\x10"
                               "no such endpoint";
  static const guint8 code[] = "\x04\0\x1a\x02"
                               "E1",
                      text[] = "\x06\0\x22\x04"
                               "n\x1b"
                               "o\n";
  g_autoptr (BgIngressAnswer) first = parse (both, sizeof both - 1);
  g_autoptr (BgIngressAnswer) second = parse (code, sizeof code - 1);
  g_autoptr (BgIngressAnswer) third = parse (text, sizeof text - 1);

  g_assert_true (first->is_refusal);
  g_assert_cmpstr (first->error_code, ==, "ERR_TEST_1");
  g_assert_cmpstr (first->error_message, ==, "no such endpoint");
  g_assert_true (second->is_refusal);
  g_assert_cmpstr (second->error_message, ==, "");
  g_assert_true (third->is_refusal);
  g_assert_null (strpbrk (third->error_message, "\x1b\n"));
}

static void
check_bad (const guint8 *frame, gsize len)
{
  g_assert_null (parse (frame, len));
}

static void
test_odd (void)
{
  static const guint8 empty[] = "\0\0", unknown[] = "\x10\0\x50\x01\x59"
                                                    "12345678\x5d"
                                                    "1234";
  static const guint8 truncated[] = "\x03\0\x0a\x04"
                                    "e",
                      group[] = "\x02\0\x53\x54", wire_6[] = "\x02\0\x56\x01",
                      short_one[] = "\x05\0\x0a";
  g_autoptr (BgIngressAnswer) nothing = parse (empty, 2);
  g_autoptr (BgIngressAnswer) more = parse (unknown, sizeof unknown - 1);

  g_assert_false (nothing->is_refusal);
  g_assert_cmpstr (nothing->endpoint_id, ==, "");
  g_assert_false (more->is_refusal);
  check_bad (truncated, sizeof truncated - 1);
  check_bad (group, sizeof group - 1);
  check_bad (wire_6, sizeof wire_6 - 1);
  check_bad (short_one, sizeof short_one - 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ingress-frame/request", test_request);
  g_test_add_func ("/ingress-frame/success", test_success);
  g_test_add_func ("/ingress-frame/refusal", test_refusal);
  g_test_add_func ("/ingress-frame/odd", test_odd);
  return g_test_run ();
}
