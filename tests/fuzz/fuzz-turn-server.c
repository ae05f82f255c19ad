/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Two clients of the TURN server that know its secret and mean no good. Of each step the first byte says what happens: who
 * speaks, how much time passes, whether what follows is sent as it is or signed by a member; two bytes are the length. What the
 * server holds fits together after each, and what it sends is whole messages to those that are there. */
#include "unit/core/core-check.h"
#include "vectors/turn.h"
#include "worker/core/stun-writer.h"
#include "worker/core/turn-credential.h"
#include "worker/core/turn-server.h"
#include "worker/hub/hub-digests.h"
#include "fuzz.h"

#include <glib.h>
#include <string.h>

enum
{
  CLIENTS = 2,
  STEP = 3,
  MOST = 2048,
};

#define NONCE UINT64_C (1700000000000000000)
#define NONCE_TEXT "1700000000000000000"
#define SECRET "test-turn-secret"
#define REALM "bamgate"
#define USERNAME "4102444800:alpha"

typedef struct
{
  BgTurnServer *server;
  guint32 clients[CLIENTS];
  guint8 key[BG_MD5_LEN];
  BgTurnTime now;
} Fuzz;

static uint64_t
same_nonce (void *data)
{
  return NONCE;
}

static void
check_sent (void *data, uint32_t client, const BgBytes *parts, size_t n)
{
  g_autoptr (GByteArray) whole = g_byte_array_new ();
  BgStunMessage message;

  g_assert (client >= 1 && client <= CLIENTS + 1);
  for (size_t i = 0; i < n; i++)
    if (parts[i].len > 0)
      g_byte_array_append (whole, parts[i].bytes, (guint) parts[i].len);
  if (whole->data[0] >> 6 == 1)
    {
      gsize len = 4 + (gsize) bg_get16 (whole->data + 2);

      g_assert (whole->len == len + bg_padding (len));
      return;
    }
  g_assert (bg_stun_message_parse (&message, whole->data, whole->len) && message.len == whole->len);
  g_assert (bg_stun_message_has_no_wrong_fingerprint (&message));
}

/* A header and attributes of whoever fuzzes, and behind these what makes it authentic. */
static void
send_signed (Fuzz *fuzz, guint32 client, const uint8_t *data, size_t size)
{
  static const guint8 head[4] = { 0, 3, 0, 0 };
  guint8 bytes[MOST];
  BgStunMessage message;
  BgStunAttribute attribute;
  BgStunWriter writer;
  guint8 transaction[BG_STUN_TRANSACTION] = { 0 };
  size_t offset = 0, len;
  g_autofree guint8 *copy = g_malloc0 (BG_STUN_HEADER + size + 4);

  memcpy (copy, size >= 2 ? data : head, 2);
  copy[0] &= 0x3f;
  len = size >= 2 ? (size - 2) / 4 * 4 : 0;
  bg_put16 (copy + 2, (guint16) len);
  bg_put32 (copy + 4, BG_STUN_COOKIE);
  memcpy (copy + BG_STUN_HEADER, size >= 2 ? data + 2 : head, len);
  if (!bg_stun_message_parse (&message, copy, BG_STUN_HEADER + len))
    return;
  bg_put32 (transaction, (guint32) (fuzz->now.ms / 1000));
  bg_stun_writer_begin (&writer, bytes, sizeof bytes, message.method, message.class, transaction);
  while (bg_stun_message_next (&message, &offset, &attribute))
    if (attribute.type != BG_STUN_MESSAGE_INTEGRITY
        && attribute.type != BG_STUN_MESSAGE_INTEGRITY_SHA256)
      bg_stun_writer_put (&writer, attribute.type, attribute.value);
  bg_stun_writer_put (&writer, BG_STUN_USERNAME, BG_TEXT (USERNAME));
  bg_stun_writer_put (&writer, BG_STUN_REALM, BG_TEXT (REALM));
  bg_stun_writer_put (&writer, BG_STUN_NONCE, BG_TEXT (NONCE_TEXT));
  bg_stun_writer_put_integrity (&writer, BG_STUN_SHA1, BG_BYTES (fuzz->key), &bg_hub_digests);
  bg_turn_server_receive (fuzz->server, client, BG_TURN_ONE, bytes, bg_stun_writer_end (&writer),
                          &fuzz->now);
}

static void
run_step (Fuzz *fuzz, unsigned what, const uint8_t *data, size_t size)
{
  guint32 *client = &fuzz->clients[what & 1];
  g_autofree guint8 *exact = g_memdup2 (data, size);

  fuzz->now.ms += (what >> 1 & 7) == 7 ? 200 * 1000 : (what >> 1 & 7);
  if ((what >> 4 & 7) == 7)
    {
      bg_turn_server_close (fuzz->server, *client);
      *client = bg_turn_server_open (fuzz->server, what & 1, fuzz->now.ms);
    }
  else if ((what >> 4 & 7) == 6)
    bg_turn_server_expire (fuzz->server, fuzz->now.ms);
  if (what >> 7)
    send_signed (fuzz, *client, exact, size);
  else
    bg_turn_server_receive (fuzz->server, *client, what >> 4 & 1 ? BG_TURN_MANY : BG_TURN_ONE,
                            exact, size, &fuzz->now);
  turn_server_check (fuzz->server);
}

/* A challenge and an allocation for each. */
static void
let_in (Fuzz *fuzz, int i)
{
  static const guint8 plain[] = { 0, 3, 0, 8, 0x21, 0x12, 0xa4, 0x42, 0, 0, 0,  0, 0, 0,
                                  0, 0, 0, 0, 0,    0,    0,    0x19, 0, 4, 17, 0, 0, 0 };
  static const guint8 allocate[] = { 0, 3, 0, 0x19, 0, 4, 17, 0, 0, 0 };

  fuzz->clients[i] = bg_turn_server_open (fuzz->server, (guint64) i, fuzz->now.ms);
  bg_turn_server_receive (fuzz->server, fuzz->clients[i], BG_TURN_ONE, plain, sizeof plain,
                          &fuzz->now);
  send_signed (fuzz, fuzz->clients[i], allocate, sizeof allocate);
  g_assert (bg_turn_server_has_allocation (fuzz->server, fuzz->clients[i], fuzz->now.ms));
}

/* A ChannelBind of each to the other, and what they send; a permission and a Refresh. */
static const guint8 both[] = {
  0x80, 0,    22,   0,    9,    0,    0x0c, 0,    4,    0x40, 0,    0, 0,   0,   0x12,
  0,    8,    0,    1,    0xe2, 0x42, 0x2b, 0xed, 0xa4, 0x40, 0x81, 0, 22,  0,   9,
  0,    0x0c, 0,    4,    0x40, 0,    0,    0,    0,    0x12, 0,    8, 0,   1,   0xe2,
  0x42, 0x2b, 0xed, 0xa4, 0x43, 0,    0,    9,    0x40, 0,    0,    5, 'h', 'e', 'l',
  'l',  'o',  1,    0,    8,    0x40, 0,    0,    2,    'h',  'i',  0, 0,
};
static const guint8 permit[] = {
  0x80, 0,    14,   0, 8,  0, 0x12, 0, 8,    0, 1, 0xe2, 0x42, 0x2b, 0xed,
  0xa4, 0x40, 0x80, 0, 10, 0, 4,    0, 0x0d, 0, 4, 0,    0,    2,    0x58,
};
/* As the reference takes them, each said by the first client. */
static const char *const vectors[] = { ALLOCATE, ALLOCATE_AS_ALPHA, PERMIT_2, BIND_2, SEND_HELLO };

static size_t
example_of (const guint8 *bytes, size_t len, uint8_t *out, size_t max)
{
  g_assert (len <= max);
  memcpy (out, bytes, len);
  return len;
}

static size_t
example_of_vector (const char *hex, uint8_t *out, size_t max)
{
  size_t len = 0;

  for (; *hex != '\0'; hex++)
    if (g_ascii_isxdigit (*hex))
      {
        g_assert (STEP + len / 2 < max);
        out[STEP + len / 2] = (uint8_t) (out[STEP + len / 2] << 4 | g_ascii_xdigit_value (*hex));
        len++;
      }
  out[0] = 0;
  bg_put16 (out + 1, (uint16_t) (len / 2));
  return STEP + len / 2;
}

size_t
fuzz_example (unsigned n, uint8_t *out, size_t max)
{
  if (n == 0)
    return example_of (both, sizeof both, out, max);
  if (n == 1)
    return example_of (permit, sizeof permit, out, max);
  return n - 2 < G_N_ELEMENTS (vectors) ? example_of_vector (vectors[n - 2], out, max) : 0;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  const BgTurnLimits limits = {
    .clients = CLIENTS + 1, .per_user = 2, .per_network = 1, .user_bytes_per_s = 100000
  };
  const BgTurnHost host = { .digests = bg_hub_digests, .nonce = same_nonce, .send = check_sent };
  g_autofree void *block = g_malloc (bg_turn_server_size (&limits));
  Fuzz fuzz = { .now = { .ms = 1000, .unix_s = 1700000000 } };

  fuzz.server = bg_turn_server_new (block, &limits, &host, BG_TEXT (SECRET), BG_TEXT (REALM));
  bg_turn_credential_key (BG_TEXT (SECRET), BG_TEXT (REALM), BG_TEXT (USERNAME), &bg_hub_digests,
                          fuzz.key);
  for (int i = 0; i < CLIENTS; i++)
    let_in (&fuzz, i);
  while (size >= STEP)
    {
      size_t len = MIN ((size_t) bg_get16 (data + 1), size - STEP);

      run_step (&fuzz, data[0], data + STEP, len);
      data += STEP + len;
      size -= STEP + len;
    }
  return 0;
}
