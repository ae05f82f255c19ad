/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core-test.h"
#include "worker/core/turn-credential.h"
#include "worker/hub/hub-digests.h"

#include <string.h>

const BgTurnLimits test_limits = { .clients = WORLD_CLIENTS,
                                   .per_user = 16,
                                   .per_network = 64,
                                   .user_bytes_per_s = 0,
                                   .network_bytes_per_s = 0 };

/* The world */

static uint64_t
next_nonce (void *data)
{
  return ((World *) data)->nonce++;
}

static void
note_sent (void *data, uint32_t client, const BgBytes *parts, size_t n)
{
  World *world = data;
  GByteArray *whole = g_byte_array_new ();

  for (size_t i = 0; i < n; i++)
    g_byte_array_append (whole, parts[i].bytes, (guint) parts[i].len);
  g_assert_cmpuint (client, <=, WORLD_CLIENTS);
  g_queue_push_tail (&world->sent[client], whole);
  world->n_sent++;
}

static void
note_spent (void *data)
{
  ((World *) data)->n_spent++;
}

World *
world_new (const BgTurnLimits *limits)
{
  World *world = g_new0 (World, 1);
  const BgTurnHost host = { .digests = bg_hub_digests,
                            .nonce = next_nonce,
                            .send = note_sent,
                            .spent = note_spent,
                            .data = world };

  world->sent = g_new0 (GQueue, WORLD_CLIENTS + 1);
  world->nonce = TEST_NONCE;
  world->now = (BgTurnTime){ .ms = 5000, .unix_s = 1700000000 };
  world->block = g_malloc (bg_turn_server_size (limits));
  world->server = bg_turn_server_new (world->block, limits, &host, BG_TEXT (TEST_SECRET),
                                      BG_TEXT (TEST_REALM));
  return world;
}

static void
array_free (gpointer array)
{
  g_byte_array_unref (array);
}

void
world_free (World *world)
{
  bg_turn_server_wipe (world->server);
  for (guint i = 0; i <= WORLD_CLIENTS; i++)
    g_queue_clear_full (&world->sent[i], array_free);
  g_free (world->sent);
  g_free (world->block);
  g_free (world);
}

static BgTurnVerdict
receive (World *world, guint32 client, BgTurnFrame kind, const void *bytes, gsize len)
{
  /* exactly its size, for sanitizers */
  g_autofree guint8 *exact = g_memdup2 (bytes, len);

  return bg_turn_server_receive (world->server, client, kind, exact, len, &world->now);
}

BgTurnVerdict
world_receive (World *world, guint32 client, const void *bytes, gsize len)
{
  return receive (world, client, BG_TURN_ONE, bytes, len);
}

BgTurnVerdict
world_receive_many (World *world, guint32 client, const void *bytes, gsize len)
{
  return receive (world, client, BG_TURN_MANY, bytes, len);
}

BgTurnVerdict
world_receive_hex (World *world, guint32 client, const char *hex)
{
  g_autoptr (GByteArray) bytes = bytes_from_hex (hex);

  return world_receive (world, client, bytes->data, bytes->len);
}

GByteArray *
world_take (World *world, guint32 client)
{
  return g_queue_pop_head (&world->sent[client]);
}

void
world_expect_hex (World *world, guint32 client, const char *hex)
{
  g_autoptr (GByteArray) came = world_take (world, client);
  g_autofree char *text = NULL;

  g_assert_nonnull (came);
  text = bytes_to_hex (came->data, came->len);
  g_assert_cmpstr (text, ==, hex);
}

void
world_expect_nothing (World *world, guint32 client)
{
  g_assert_true (g_queue_is_empty (&world->sent[client]));
}

void
world_pass (World *world, guint64 ms)
{
  world->now.ms += ms;
  world->now.unix_s += ms / 1000;
}

/* Bytes as text */

char *
bytes_to_hex (const guint8 *bytes, gsize len)
{
  GString *text = g_string_new (NULL);

  for (gsize i = 0; i < len; i++)
    g_string_append_printf (text, "%02x", bytes[i]);
  return g_string_free (text, FALSE);
}

GByteArray *
bytes_from_hex (const char *hex)
{
  GByteArray *bytes = g_byte_array_new ();
  int high = -1;

  for (; *hex != '\0'; hex++)
    {
      int digit = g_ascii_xdigit_value (*hex);

      if (digit < 0)
        continue;
      if (high >= 0)
        {
          guint8 byte = (guint8) (high << 4 | digit);

          g_byte_array_append (bytes, &byte, 1);
        }
      high = high >= 0 ? -1 : digit;
    }
  g_assert_cmpint (high, ==, -1);
  return bytes;
}

/* Devices */

static guint8 request_bytes[2048];

guint32
relay_ip (guint32 client)
{
  return 10u << 24 | 255u << 16 | (client - 1) / 254 << 8 | ((client - 1) % 254 + 1);
}

Device
device_new (World *world, const char *username, guint64 network)
{
  Device device = { .world = world, .username = username, .transaction = 1 };

  device.number = bg_turn_server_open (world->server, network, world->now.ms);
  g_assert_cmpuint (device.number, >, 0);
  return device;
}

static void
begin (Device *device, BgStunWriter *writer, BgStunMethod method, BgStunClass class)
{
  guint8 transaction[BG_STUN_TRANSACTION] = { 'T' };

  bg_put32 (transaction + 4, device->number);
  bg_put32 (transaction + 8, device->transaction++);
  bg_stun_writer_begin (writer, request_bytes, sizeof request_bytes, method, class, transaction);
}

void
device_begin (Device *device, BgStunWriter *writer, BgStunMethod method)
{
  begin (device, writer, method, BG_STUN_REQUEST);
}

static int
code_of (const BgStunMessage *answer)
{
  BgBytes value;

  if (answer->class == BG_STUN_SUCCESS)
    return 0;
  g_assert_true (bg_stun_message_find (answer, BG_STUN_ERROR_CODE, &value));
  return value.bytes[2] * 100 + value.bytes[3];
}

static void
learn_nonce (Device *device, const BgStunMessage *answer)
{
  g_autofree char *text = NULL;
  BgBytes value;

  if (!bg_stun_message_find (answer, BG_STUN_NONCE, &value))
    return;
  text = g_strndup ((const char *) value.bytes, value.len);
  device->nonce = g_ascii_strtoull (text, NULL, 10);
}

/* The answer; it points into `came`. */
static gboolean
send_request (Device *device, BgStunWriter *writer, BgStunMessage *answer, GByteArray **came)
{
  gsize len = bg_stun_writer_end (writer);

  g_assert_cmpuint (len, >, 0);
  world_receive (device->world, device->number, request_bytes, len);
  *came = world_take (device->world, device->number);
  if (*came == NULL)
    return FALSE;
  g_assert_true (bg_stun_message_parse (answer, (*came)->data, (*came)->len));
  g_assert_true (bg_stun_message_has_no_wrong_fingerprint (answer));
  g_assert_cmpmem (bg_stun_message_get_transaction (answer), BG_STUN_TRANSACTION, request_bytes + 8,
                   BG_STUN_TRANSACTION);
  learn_nonce (device, answer);
  return TRUE;
}

static void
sign (Device *device, BgStunWriter *writer)
{
  g_autofree char *nonce = g_strdup_printf ("%" G_GUINT64_FORMAT, device->nonce);
  BgBytes username = { (const guint8 *) device->username, strlen (device->username) };
  guint8 key[BG_MD5_LEN];

  bg_stun_writer_put (writer, BG_STUN_USERNAME, username);
  bg_stun_writer_put (writer, BG_STUN_REALM, BG_TEXT (TEST_REALM));
  bg_stun_writer_put (writer, BG_STUN_NONCE, (BgBytes){ (const guint8 *) nonce, strlen (nonce) });
  g_assert_true (bg_turn_credential_key (BG_TEXT (TEST_SECRET), BG_TEXT (TEST_REALM), username,
                                         &bg_hub_digests, key));
  bg_stun_writer_put_integrity (writer, BG_STUN_SHA1, BG_BYTES (key), &bg_hub_digests);
  bg_stun_writer_put_fingerprint (writer);
}

int
device_finish (Device *device, BgStunWriter *writer)
{
  g_autoptr (GByteArray) came = NULL;
  BgStunMessage answer;

  sign (device, writer);
  return send_request (device, writer, &answer, &came) ? code_of (&answer) : -1;
}

int
device_allocate (Device *device)
{
  BgStunWriter writer;

  if (device->nonce == 0)
    {
      g_autoptr (GByteArray) came = NULL;
      BgStunMessage answer;

      device_begin (device, &writer, BG_STUN_ALLOCATE);
      bg_stun_writer_put_number (&writer, BG_STUN_REQUESTED_TRANSPORT, 17u << 24);
      if (!send_request (device, &writer, &answer, &came))
        return -1;
      g_assert_cmpint (code_of (&answer), ==, 401);
    }
  device_begin (device, &writer, BG_STUN_ALLOCATE);
  bg_stun_writer_put_number (&writer, BG_STUN_REQUESTED_TRANSPORT, 17u << 24);
  return device_finish (device, &writer);
}

int
device_refresh (Device *device, int lifetime_s)
{
  g_autoptr (GByteArray) came = NULL;
  BgStunMessage answer;
  BgStunWriter writer;
  guint32 granted = 0;

  device_begin (device, &writer, BG_STUN_REFRESH);
  if (lifetime_s >= 0)
    bg_stun_writer_put_number (&writer, BG_STUN_LIFETIME, (guint32) lifetime_s);
  sign (device, &writer);
  if (!send_request (device, &writer, &answer, &came))
    return -1;
  if (code_of (&answer) != 0)
    return -code_of (&answer);
  g_assert_true (bg_stun_message_find_number (&answer, BG_STUN_LIFETIME, &granted));
  return (int) granted;
}

int
device_permit (Device *device, guint32 ip)
{
  BgStunWriter writer;

  device_begin (device, &writer, BG_STUN_CREATE_PERMISSION);
  bg_stun_writer_put_ipv4 (&writer, BG_STUN_XOR_PEER_ADDRESS, ip, BG_TURN_RELAY_PORT);
  return device_finish (device, &writer);
}

int
device_bind (Device *device, guint16 channel, guint32 ip, guint16 port)
{
  BgStunWriter writer;

  device_begin (device, &writer, BG_STUN_CHANNEL_BIND);
  bg_stun_writer_put_number (&writer, BG_STUN_CHANNEL_NUMBER, (guint32) channel << 16);
  bg_stun_writer_put_ipv4 (&writer, BG_STUN_XOR_PEER_ADDRESS, ip, port);
  return device_finish (device, &writer);
}

void
device_send (Device *device, guint32 ip, const char *text)
{
  BgStunWriter writer;

  begin (device, &writer, BG_STUN_SEND, BG_STUN_INDICATION);
  bg_stun_writer_put_ipv4 (&writer, BG_STUN_XOR_PEER_ADDRESS, ip, BG_TURN_RELAY_PORT);
  bg_stun_writer_put (&writer, BG_STUN_DATA_VALUE,
                      (BgBytes){ (const guint8 *) text, strlen (text) });
  world_receive (device->world, device->number, request_bytes, bg_stun_writer_end (&writer));
}

void
device_send_channel (Device *device, guint16 channel, const char *text)
{
  gsize len = strlen (text);

  bg_put16 (request_bytes, channel);
  bg_put16 (request_bytes + 2, (guint16) len);
  memcpy (request_bytes + 4, text, len);
  world_receive (device->world, device->number, request_bytes, 4 + len);
}

char *
device_take_text (Device *device, guint16 *channel, guint32 *ip)
{
  g_autoptr (GByteArray) came = world_take (device->world, device->number);
  BgStunMessage message;
  BgStunAddress address;
  BgBytes value;

  if (came == NULL)
    return NULL;
  g_assert_cmpuint (came->len % 4, ==, 0);
  if (came->data[0] >> 6 == 1)
    {
      *channel = bg_get16 (came->data);
      return g_strndup ((const char *) came->data + 4, bg_get16 (came->data + 2));
    }
  *channel = 0;
  g_assert_true (bg_stun_message_parse (&message, came->data, came->len));
  g_assert_cmpuint (message.method, ==, BG_STUN_DATA);
  g_assert_true (bg_stun_message_find (&message, BG_STUN_XOR_PEER_ADDRESS, &value)
                 && bg_stun_address_read (&message, value, &address));
  *ip = bg_get32 (address.ip);
  g_assert_cmpuint (address.port, ==, BG_TURN_RELAY_PORT);
  g_assert_true (bg_stun_message_find (&message, BG_STUN_DATA_VALUE, &value));
  return g_strndup ((const char *) value.bytes, value.len);
}
