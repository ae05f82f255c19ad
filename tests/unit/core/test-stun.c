/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core-test.h"
#include "worker/hub/hub-digests.h"

static const guint8 transaction[BG_STUN_TRANSACTION] = "transaction";

static gboolean
parses (const char *hex)
{
  g_autoptr (GByteArray) bytes = bytes_from_hex (hex);
  BgStunMessage message;

  return bg_stun_message_parse (&message, bytes->data, bytes->len);
}

static void
test_what_is_no_message (void)
{
  g_assert_true (parses ("000100002112a4427172737475767778797a7b7c"));
  g_assert_true (parses ("000100002112a4427172737475767778797a7b7c ff")); /* behind it */
  g_assert_false (parses (""));
  g_assert_false (parses ("000100002112a4427172737475767778797a7b"));      /* short */
  g_assert_false (parses ("400100002112a4427172737475767778797a7b7c"));    /* two bits */
  g_assert_false (parses ("000100002112a4437172737475767778797a7b7c"));    /* cookie */
  g_assert_false (parses ("000100042112a4427172737475767778797a7b7c"));    /* longer than it is */
  g_assert_false (parses ("000100012112a4427172737475767778797a7b7c 00")); /* no multiple of 4 */
  /* attributes that end behind the message, with their padding or without */
  g_assert_false (parses ("000100042112a4427172737475767778797a7b7c 80220001"));
  g_assert_false (parses ("000100082112a4427172737475767778797a7b7c 80220005 00000000"));
  g_assert_true (parses ("000100082112a4427172737475767778797a7b7c 80220001 00000000"));
}

/* Class and method are woven into each other. */
static void
test_type (void)
{
  static const struct
  {
    const char *hex;
    guint method, class;
  } cases[] = {
    { "0001", BG_STUN_BINDING, BG_STUN_REQUEST },
    { "0016", BG_STUN_SEND, BG_STUN_INDICATION },
    { "0109", BG_STUN_CHANNEL_BIND, BG_STUN_SUCCESS },
    { "0113", BG_STUN_ALLOCATE, BG_STUN_ERROR },
    { "3eef", 0xfff, BG_STUN_REQUEST },
    { "3fff", 0xfff, BG_STUN_ERROR },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *hex = g_strconcat (cases[i].hex, "00002112a4427172737475767778797a7b7c",
                                          NULL);
      g_autoptr (GByteArray) bytes = bytes_from_hex (hex);
      BgStunMessage message;

      g_assert_true (bg_stun_message_parse (&message, bytes->data, bytes->len));
      g_assert_cmpuint (message.method, ==, cases[i].method);
      g_assert_cmpuint (message.class, ==, cases[i].class);
    }
}

static void
test_written_is_read (void)
{
  guint8 bytes[256];
  BgStunMessage message;
  BgStunAddress address;
  BgStunWriter writer;
  BgBytes value;
  guint32 number;

  bg_stun_writer_begin (&writer, bytes, sizeof bytes, BG_STUN_REFRESH, BG_STUN_ERROR, transaction);
  bg_stun_writer_put (&writer, BG_STUN_REALM, BG_TEXT ("odd"));
  bg_stun_writer_put_number (&writer, BG_STUN_LIFETIME, 600);
  bg_stun_writer_put_ipv4 (&writer, BG_STUN_XOR_PEER_ADDRESS, 0x0aff0102, 50000);
  bg_stun_writer_put_error (&writer, 438, BG_TEXT ("Stale Nonce"));
  bg_stun_writer_put_fingerprint (&writer);
  g_assert_true (bg_stun_message_parse (&message, bytes, bg_stun_writer_end (&writer)));
  g_assert_cmpuint (message.len, ==, 20 + 8 + 8 + 12 + 20 + 8);
  g_assert_cmpmem (bg_stun_message_get_transaction (&message), BG_STUN_TRANSACTION, transaction,
                   BG_STUN_TRANSACTION);
  g_assert_true (bg_stun_message_find (&message, BG_STUN_REALM, &value));
  g_assert_cmpmem (value.bytes, value.len, "odd", 3);
  g_assert_true (bg_stun_message_find_number (&message, BG_STUN_LIFETIME, &number));
  g_assert_cmpuint (number, ==, 600);
  g_assert_false (bg_stun_message_find_number (&message, BG_STUN_REALM, &number));
  g_assert_true (bg_stun_message_find (&message, BG_STUN_XOR_PEER_ADDRESS, &value)
                 && bg_stun_address_read (&message, value, &address));
  g_assert_cmpuint (address.port, ==, 50000);
  g_assert_cmpmem (address.ip, 4, "\x0a\xff\x01\x02", 4);
  g_assert_true (bg_stun_message_has_no_wrong_fingerprint (&message));
}

/* What does not fit is no message, wherever it stops fitting, and nothing is written behind the end. */
static void
test_writer_is_full (void)
{
  guint8 bytes[128];

  for (gsize room = 0; room < 20 + 16 + 12 + 24 + 8; room++)
    {
      BgStunWriter writer;

      memset (bytes, 0xee, sizeof bytes);
      bg_stun_writer_begin (&writer, bytes, room, BG_STUN_REFRESH, BG_STUN_ERROR, transaction);
      bg_stun_writer_put_error (&writer, 400, BG_TEXT ("Bad Req"));
      bg_stun_writer_put_ipv4 (&writer, BG_STUN_XOR_PEER_ADDRESS, 1, 1);
      bg_stun_writer_put_integrity (&writer, BG_STUN_SHA1, BG_TEXT ("key"), &bg_hub_digests);
      bg_stun_writer_put_fingerprint (&writer);
      g_assert_cmpuint (bg_stun_writer_end (&writer), ==, 0);
      for (gsize i = room; i < sizeof bytes; i++)
        g_assert_cmpuint (bytes[i], ==, 0xee);
    }
}

static void
check_integrity (BgStunIntegrity kind)
{
  guint8 bytes[256];
  BgStunWriter writer;
  BgStunMessage message;
  BgBytes value;
  gsize len;

  bg_stun_writer_begin (&writer, bytes, sizeof bytes, BG_STUN_REFRESH, BG_STUN_REQUEST,
                        transaction);
  bg_stun_writer_put (&writer, BG_STUN_USERNAME, BG_TEXT ("user"));
  bg_stun_writer_put_integrity (&writer, kind, BG_TEXT ("key"), &bg_hub_digests);
  bg_stun_writer_put_fingerprint (&writer);
  len = bg_stun_writer_end (&writer);
  g_assert_true (bg_stun_message_parse (&message, bytes, len));
  g_assert_cmpint (bg_stun_message_integrity (&message), ==, kind);
  g_assert_true (bg_stun_message_is_from (&message, kind, BG_TEXT ("key"), &bg_hub_digests));
  g_assert_false (bg_stun_message_is_from (&message, kind, BG_TEXT ("kez"), &bg_hub_digests));
  g_assert_false (bg_stun_message_is_from (&message,
                                           kind == BG_STUN_SHA1 ? BG_STUN_SHA256 : BG_STUN_SHA1,
                                           BG_TEXT ("key"), &bg_hub_digests));
  /* each bit before the fingerprint counts, but those that make it another message or none */
  for (gsize i = BG_STUN_HEADER * 8; i < (len - 8) * 8; i++)
    {
      bytes[i / 8] ^= (guint8) (1 << i % 8);
      if (bg_stun_message_parse (&message, bytes, len))
        {
          g_assert_false (
            bg_stun_message_is_from (&message, kind, BG_TEXT ("key"), &bg_hub_digests));
          g_assert_false (bg_stun_message_find (&message, BG_STUN_FINGERPRINT, &value)
                          && bg_stun_message_has_no_wrong_fingerprint (&message));
        }
      bytes[i / 8] ^= (guint8) (1 << i % 8);
    }
}

static void
test_integrity (void)
{
  check_integrity (BG_STUN_SHA1);
  check_integrity (BG_STUN_SHA256);
}

/* What nobody vouches for does not count. */
static void
test_behind_integrity (void)
{
  guint8 bytes[256];
  BgStunWriter writer;
  BgStunMessage message;
  BgBytes value;

  bg_stun_writer_begin (&writer, bytes, sizeof bytes, BG_STUN_REFRESH, BG_STUN_REQUEST,
                        transaction);
  bg_stun_writer_put_integrity (&writer, BG_STUN_SHA1, BG_TEXT ("key"), &bg_hub_digests);
  bg_stun_writer_put_number (&writer, BG_STUN_LIFETIME, 0);
  bg_stun_writer_put_fingerprint (&writer);
  g_assert_true (bg_stun_message_parse (&message, bytes, bg_stun_writer_end (&writer)));
  g_assert_true (
    bg_stun_message_is_from (&message, BG_STUN_SHA1, BG_TEXT ("key"), &bg_hub_digests));
  g_assert_false (bg_stun_message_find (&message, BG_STUN_LIFETIME, &value));
  g_assert_true (bg_stun_message_find (&message, BG_STUN_FINGERPRINT, &value));
}

static void
test_addresses (void)
{
  static const guint8 head[BG_STUN_HEADER] = { 0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, 1 };
  static const guint8 ipv6[20] = { 0, 2, 0x21, 0x13, 0x21, 0x12, 0xa4, 0x43, 1 };
  static const guint8 family[8] = { 0, 3 };
  BgStunMessage message;
  BgStunAddress address;

  g_assert_true (bg_stun_message_parse (&message, head, sizeof head));
  g_assert_true (bg_stun_address_read (&message, BG_BYTES (ipv6), &address));
  g_assert_cmpuint (address.port, ==, 1);
  g_assert_cmpuint (address.ip[3], ==, 1);
  g_assert_cmpuint (address.ip[4], ==, 0);
  g_assert_false (bg_stun_address_read (&message, BG_BYTES (family), &address));
  g_assert_false (bg_stun_address_read (&message, (BgBytes){ ipv6, 19 }, &address));
  g_assert_false (bg_stun_address_read (&message, (BgBytes){ ipv6, 3 }, &address));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/stun/what-is-no-message", test_what_is_no_message);
  g_test_add_func ("/stun/type", test_type);
  g_test_add_func ("/stun/written-is-read", test_written_is_read);
  g_test_add_func ("/stun/writer-is-full", test_writer_is_full);
  g_test_add_func ("/stun/integrity", test_integrity);
  g_test_add_func ("/stun/behind-integrity", test_behind_integrity);
  g_test_add_func ("/stun/addresses", test_addresses);
  return g_test_run ();
}
