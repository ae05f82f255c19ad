/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Two clients of a hub's relay, one of which sends to the other: as much as a window of unacknowledged packets lets it, as TCP
 * does, and then one packet at a time there and back. Prints one JSON object.
 *   relay-blast URL TOKEN-FILE SECRET-FILE [SECONDS [SIZE [WINDOW [MANY]]]]
 * MANY: so many packets go in a frame. */
#include "worker/core/stun-writer.h"
#include "worker/core/turn-credential.h"
#include "worker/hub/hub-digests.h"

#include <gio/gio.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>

enum
{
  STREAM_MAX = 256 * 1024,
  BATCH = 16,
  PINGS = 2000,
  ACK_EVERY = 2,
  CHANNEL = 0x4000,
};

typedef struct
{
  GIOStream *line;
  char *username;
  guint8 key[BG_MD5_LEN];
  char *nonce;
  guint32 ip; /* relayed */
  guint8 in[STREAM_MAX], out[STREAM_MAX];
  gsize in_start, in_end, out_len;
  guint64 frame_left; /* of the frame that is being read */
  guint many;         /* packets go in a frame */
} Client;

static void
fail (const char *what)
{
  g_printerr ("relay-blast: %s\n", what);
  exit (1);
}

static gboolean
accept_any (GTlsConnection *tls, GTlsCertificate *certificate, GTlsCertificateFlags errors,
            gpointer data)
{
  return TRUE;
}

/* --- Bytes, and frames of WebSocket (RFC 6455, 5.2) --- */

static void
flush (Client *self)
{
  if (!g_output_stream_write_all (g_io_stream_get_output_stream (self->line), self->out,
                                  self->out_len, NULL, NULL, NULL))
    fail ("the line broke");
  self->out_len = 0;
}

/* Masked with zeros. */
static void
put_header (Client *self, gsize len)
{
  guint8 *to = self->out + self->out_len;
  gsize header = len < 126 ? 6 : 8;

  memset (to, 0, header);
  to[0] = 0x82;
  to[1] = 0x80 | (guint8) (len < 126 ? len : 126);
  if (len >= 126)
    bg_put16 (to + 2, (guint16) len);
  self->out_len += header;
}

/* `len` bytes, of which the rest is zeros. */
static void
put_bytes (Client *self, const guint8 *head, gsize head_len, gsize len)
{
  memcpy (self->out + self->out_len, head, head_len);
  memset (self->out + self->out_len + head_len, 0, len - head_len);
  self->out_len += len;
}

static void
read_more (Client *self)
{
  gssize n;

  if (self->in_start > 0)
    {
      memmove (self->in, self->in + self->in_start, self->in_end - self->in_start);
      self->in_end -= self->in_start;
      self->in_start = 0;
    }
  n = g_input_stream_read (g_io_stream_get_input_stream (self->line), self->in + self->in_end,
                           sizeof self->in - self->in_end, NULL, NULL);
  if (n <= 0)
    fail ("the line ended");
  self->in_end += (gsize) n;
}

static void
need (Client *self, gsize n)
{
  while (self->in_end - self->in_start < n)
    read_more (self);
}

/* Nobody waits so long for an answer. */
static void
skip_ping (Client *self)
{
  need (self, (gsize) self->frame_left);
  self->in_start += (gsize) self->frame_left;
  self->frame_left = 0;
}

static void
enter_frame (Client *self)
{
  const guint8 *at;

  need (self, 4);
  at = self->in + self->in_start;
  self->frame_left = at[1];
  self->in_start += 2;
  if (at[1] == 126)
    {
      self->frame_left = bg_get16 (at + 2);
      self->in_start += 2;
    }
  if (at[0] == 0x89)
    skip_ping (self);
  else if (at[0] != 0x82)
    fail ("a frame that is not data");
}

/* The next message; the hub puts whole ones into a frame. */
static BgBytes
next_message (Client *self)
{
  const guint8 *at;
  gsize len;

  while (self->frame_left == 0)
    enter_frame (self);
  need (self, 4);
  at = self->in + self->in_start;
  len = bg_get16 (at + 2);
  len = at[0] >> 6 == 1 ? 4 + len + bg_padding (len) : BG_STUN_HEADER + len;
  need (self, len);
  at = self->in + self->in_start;
  self->in_start += len;
  self->frame_left -= len;
  return (BgBytes){ at, len };
}

/* --- TURN --- */

static void
begin (Client *self, BgStunWriter *writer, BgStunMethod method)
{
  static guint8 message[512];
  static guint32 count;
  guint8 transaction[BG_STUN_TRANSACTION] = { 0 };

  bg_put32 (transaction, ++count);
  bg_stun_writer_begin (writer, message, sizeof message, method, BG_STUN_REQUEST, transaction);
}

static void
ask (Client *self, BgStunWriter *writer, BgStunMessage *answer)
{
  BgBytes came;

  if (self->nonce)
    {
      bg_stun_writer_put (writer, BG_STUN_USERNAME,
                          (BgBytes){ (guint8 *) self->username, strlen (self->username) });
      bg_stun_writer_put (writer, BG_STUN_REALM, BG_TEXT ("bamgate"));
      bg_stun_writer_put (writer, BG_STUN_NONCE,
                          (BgBytes){ (guint8 *) self->nonce, strlen (self->nonce) });
      bg_stun_writer_put_integrity (writer, BG_STUN_SHA1, BG_BYTES (self->key), &bg_hub_digests);
    }
  put_header (self, bg_stun_writer_end (writer));
  put_bytes (self, writer->bytes, writer->len, writer->len);
  flush (self);
  came = next_message (self);
  if (!bg_stun_message_parse (answer, came.bytes, came.len))
    fail ("no STUN");
}

static void
allocate (Client *self)
{
  BgStunMessage answer;
  BgStunWriter writer;
  BgStunAddress address;
  BgBytes value;

  for (int i = 0; i < 2; i++)
    {
      begin (self, &writer, BG_STUN_ALLOCATE);
      bg_stun_writer_put_number (&writer, BG_STUN_REQUESTED_TRANSPORT, 17u << 24);
      ask (self, &writer, &answer);
      if (i == 0 && bg_stun_message_find (&answer, BG_STUN_NONCE, &value))
        self->nonce = g_strndup ((const char *) value.bytes, value.len);
    }
  if (!bg_stun_message_find (&answer, BG_STUN_XOR_RELAYED_ADDRESS, &value)
      || !bg_stun_address_read (&answer, value, &address))
    fail ("no allocation");
  self->ip = bg_get32 (address.ip);
}

static void
bind_channel (Client *self, guint32 ip)
{
  BgStunMessage answer;
  BgStunWriter writer;

  begin (self, &writer, BG_STUN_CHANNEL_BIND);
  bg_stun_writer_put_number (&writer, BG_STUN_CHANNEL_NUMBER, (guint32) CHANNEL << 16);
  bg_stun_writer_put_ipv4 (&writer, BG_STUN_XOR_PEER_ADDRESS, ip, 50000);
  ask (self, &writer, &answer);
  if (answer.class != BG_STUN_SUCCESS)
    fail ("no channel");
}

static Client *
client_new (const char *url, const char *token, const char *secret, const char *name, guint many)
{
  g_autoptr (GUri) uri = g_uri_parse (url, G_URI_FLAGS_NONE, NULL);
  g_autoptr (GSocketClient) dialler = g_socket_client_new ();
  g_autoptr (GSocketConnection) connection = g_socket_client_connect_to_host (
    dialler, g_uri_get_host (uri), (guint16) g_uri_get_port (uri), NULL, NULL);
  g_autofree char *request = NULL;
  Client *self = g_new0 (Client, 1);
  char *end;

  if (!connection)
    fail ("no connection");
  g_socket_set_option (g_socket_connection_get_socket (connection), IPPROTO_TCP, TCP_NODELAY, 1,
                       NULL);
  self->line = G_IO_STREAM (g_object_ref (connection));
  if (g_str_equal (g_uri_get_scheme (uri), "wss"))
    {
      self->line = g_tls_client_connection_new (self->line, NULL, NULL);
      g_signal_connect (self->line, "accept-certificate", G_CALLBACK (accept_any), NULL);
    }
  request = g_strdup_printf (
    "GET /turn HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
    "Authorization: Bearer %s\r\n%s\r\n",
    g_uri_get_host (uri), token, many > 1 ? "Bamgate-Relay: 1\r\n" : "");
  self->many = many;
  self->out_len = strlen (request);
  memcpy (self->out, request, self->out_len);
  flush (self);
  while (!(end = g_strstr_len ((char *) self->in, (gssize) self->in_end, "\r\n\r\n")))
    read_more (self);
  if (!g_str_has_prefix ((char *) self->in, "HTTP/1.1 101"))
    fail ("no WebSocket");
  self->in_start = (gsize) (end + 4 - (char *) self->in);
  self->username = g_strdup_printf ("4102444800:%s", name);
  if (!bg_turn_credential_key ((BgBytes){ (guint8 *) secret, strlen (secret) }, BG_TEXT ("bamgate"),
                               (BgBytes){ (guint8 *) self->username, strlen (self->username) },
                               &bg_hub_digests, self->key))
    fail ("no key");
  allocate (self);
  return self;
}

static void
put_channel_data (Client *self, guint32 number, gsize size)
{
  guint8 head[8];

  bg_put16 (head, CHANNEL);
  bg_put16 (head + 2, (guint16) size);
  bg_put32 (head + 4, number);
  put_bytes (self, head, sizeof head, 4 + size + bg_padding (size));
}

/* Numbered from `number` on. */
static void
put_packets (Client *self, guint32 number, guint n, gsize size)
{
  while (n > 0)
    {
      guint now = MIN (n, self->many);

      put_header (self, now * (4 + size + bg_padding (size)));
      for (guint i = 0; i < now; i++)
        put_channel_data (self, number++, size);
      n -= now;
    }
}

/* --- The measures --- */

typedef struct
{
  Client *sender, *receiver;
  guint32 size, window;
  double seconds;
  guint64 received;
  double mbit_per_s;
} Run;

/* The last of `n` answers has this number. */
static void
acknowledge (Run *run, guint32 number, guint n)
{
  put_packets (run->receiver, number - (n - 1), n, 8);
  flush (run->receiver);
}

static gboolean
has_read_all (const Client *self)
{
  return self->in_start == self->in_end;
}

/* Answers what comes until the last packet, which has the number 0: every second one, as TCP does, and as many together as go in a
 * frame, or until nothing more is there. */
static gpointer
receive (gpointer data)
{
  Run *run = data;
  guint32 number, since_ack = 0, due = 0;

  while ((number = bg_get32 (next_message (run->receiver).bytes + 4)) != 0)
    {
      run->received++;
      if (++since_ack >= ACK_EVERY)
        {
          due++;
          since_ack = 0;
        }
      if (due >= run->receiver->many || (due > 0 && has_read_all (run->receiver)))
        {
          acknowledge (run, number, due);
          due = 0;
        }
    }
  run->received++;
  acknowledge (run, 0, 1);
  return NULL;
}

/* A window that is full waits for an answer: so nothing is ever dropped, and every packet arrives. */
static void
measure_throughput (Run *run)
{
  g_autoptr (GThread) thread = g_thread_new ("receiver", receive, run);
  gint64 start = g_get_monotonic_time (), end = start + (gint64) (run->seconds * 1e6);
  guint32 sent = 0, acked = 0;

  while (g_get_monotonic_time () < end)
    {
      guint32 n = MIN (BATCH, run->window - (sent - acked));

      put_packets (run->sender, sent + 1, n, run->size);
      sent += n;
      if (n > 0)
        flush (run->sender);
      if (sent - acked >= run->window)
        acked = bg_get32 (next_message (run->sender).bytes + 4);
    }
  put_packets (run->sender, 0, 1, run->size);
  flush (run->sender);
  while (bg_get32 (next_message (run->sender).bytes + 4) != 0)
    ;
  run->mbit_per_s = (double) sent * run->size * 8 / (double) (g_get_monotonic_time () - start);
  g_thread_join (g_steal_pointer (&thread));
}

static int
compare_times (const void *a, const void *b)
{
  return *(const int *) a - *(const int *) b;
}

static void
measure_pings (Run *run, int times[PINGS])
{
  for (int i = 0; i < PINGS; i++)
    {
      gint64 start = g_get_monotonic_time ();

      put_packets (run->sender, 1, 1, 100);
      flush (run->sender);
      (void) next_message (run->receiver);
      put_packets (run->receiver, 1, 1, 100);
      flush (run->receiver);
      (void) next_message (run->sender);
      times[i] = (int) (g_get_monotonic_time () - start);
    }
  qsort (times, PINGS, sizeof *times, compare_times);
}

static char *
read_file (const char *path)
{
  char *text = NULL;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    fail (path);
  return g_strstrip (text);
}

int
main (int argc, char **argv)
{
  static int times[PINGS];
  g_autofree char *token = argc > 3 ? read_file (argv[2]) : NULL;
  g_autofree char *secret = argc > 3 ? read_file (argv[3]) : NULL;
  Run run = { .seconds = argc > 4 ? g_ascii_strtod (argv[4], NULL) : 5,
              .size = argc > 5 ? (guint32) atoi (argv[5]) : 1312,
              .window = argc > 6 ? (guint32) atoi (argv[6]) : 128 };
  guint many = argc > 7 ? (guint) atoi (argv[7]) : 1;

  if (argc < 4)
    fail ("URL TOKEN-FILE SECRET-FILE [SECONDS [SIZE [WINDOW [MANY]]]]");
  run.sender = client_new (argv[1], token, secret, "alpha", many);
  run.receiver = client_new (argv[1], token, secret, "bravo", many);
  bind_channel (run.sender, run.receiver->ip);
  bind_channel (run.receiver, run.sender->ip);
  measure_pings (&run, times);
  measure_throughput (&run);
  g_print ("{\"mbit_per_s\":%.0f,\"packets\":%" G_GUINT64_FORMAT
           ",\"ping_us\":{\"median\":%d,\"p99\":%d}}\n",
           run.mbit_per_s, run.received, times[PINGS / 2], times[PINGS * 99 / 100]);
  return 0;
}
