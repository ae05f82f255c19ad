/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dataplane/checksum.h"
#include "dataplane/ecn.h"
#include "dataplane/offload.h"

#include <arpa/inet.h>
#include <glib.h>
#include <netinet/in.h>
#include <string.h>

typedef struct
{
  BgPacketPool *pool;
  BgCoalescer *coalescer;
  GPtrArray *writes; /* GByteArray: vnet header and packet */
  BgWriteResult answer;
  gboolean (*takes) (const guint8 *vnet, gsize len); /* else it is refused; NULL: takes all */
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  f->pool = bg_packet_pool_new (2048, 1024);
  f->coalescer = bg_coalescer_new (TRUE);
  f->writes = g_ptr_array_new_with_free_func ((GDestroyNotify) g_byte_array_unref);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  bg_coalescer_free (f->coalescer);
  g_assert_cmpuint (bg_packet_pool_in_use (f->pool), ==, 0);
  g_assert_true (bg_packet_pool_destroy (f->pool));
  g_ptr_array_unref (f->writes);
}

static BgWriteResult
on_write (void *data, const struct iovec *iov, int n)
{
  Fixture *f = data;
  GByteArray *bytes = g_byte_array_new ();

  for (int i = 0; i < n; i++)
    g_byte_array_append (bytes, iov[i].iov_base, iov[i].iov_len);
  if (f->takes && !f->takes (bytes->data, bytes->len))
    {
      g_byte_array_unref (bytes);
      return BG_WRITE_REFUSED;
    }
  g_ptr_array_add (f->writes, bytes);
  return f->answer;
}

/* The slow and plain model: RFC 1071 word by word. */
static uint16_t
slow_checksum (const uint8_t *p, gsize len, uint32_t sum)
{
  for (gsize i = 0; i < len; i++)
    sum += i % 2 ? p[i] : (uint32_t) p[i] << 8;
  while (sum >> 16)
    sum = (sum & 0xffff) + (sum >> 16);
  return (uint16_t) sum;
}

static uint32_t
slow_pseudo (const uint8_t *p, int family, uint8_t protocol, uint32_t len)
{
  return slow_checksum (p + (family == 4 ? 12 : 8), family == 4 ? 8 : 32, protocol + len);
}

static void
assert_checksums (const uint8_t *p, uint32_t len)
{
  int family = p[0] >> 4;
  uint32_t l4 = family == 4 ? 20 : 40;

  if (family == 4)
    g_assert_cmphex (slow_checksum (p, 20, 0), ==, 0xffff);
  g_assert_cmphex (
    slow_checksum (p + l4, len - l4, slow_pseudo (p, family, family == 4 ? p[9] : p[6], len - l4)),
    ==, 0xffff);
}

typedef struct
{
  int family;
  uint8_t protocol, flags;
  uint32_t payload, seq;
  uint16_t size, options, port;
} Spec;

/* A super-packet as the kernel hands it over; returns its length behind the header. */
static uint32_t
make_super (uint8_t *p, struct virtio_net_hdr *hdr, const Spec *spec)
{
  uint32_t l4 = spec->family == 4 ? 20 : 40;
  uint32_t l4_header = spec->protocol == IPPROTO_TCP ? 20u + spec->options : 8u;
  uint32_t len = l4 + l4_header + spec->payload;
  uint16_t field = spec->protocol == IPPROTO_TCP ? 16 : 6, sum;

  memset (p, 0, l4 + l4_header);
  if (spec->family == 4)
    {
      p[0] = 0x45;
      p[2] = (uint8_t) (len >> 8), p[3] = (uint8_t) len;
      p[4] = 0x12, p[5] = 0xfe, p[6] = 0x40, p[8] = 64, p[9] = spec->protocol;
      memcpy (p + 12, "\x0a\0\0\1\x0a\0\0\2", 8);
    }
  else
    {
      p[0] = 0x60;
      p[4] = (uint8_t) ((len - 40) >> 8), p[5] = (uint8_t) (len - 40);
      p[6] = spec->protocol, p[7] = 64;
      for (int i = 8; i < 40; i++)
        p[i] = (uint8_t) (i * 7);
    }
  p[l4] = (uint8_t) (spec->port >> 8), p[l4 + 1] = (uint8_t) spec->port;
  p[l4 + 3] = 80;
  if (spec->protocol == IPPROTO_TCP)
    {
      uint32_t seq = htonl (spec->seq);
      memcpy (p + l4 + 4, &seq, 4);
      p[l4 + 11] = 9;
      p[l4 + 12] = (uint8_t) (l4_header / 4 << 4);
      p[l4 + 13] = spec->flags;
      p[l4 + 15] = 200;
      memset (p + l4 + 20, 1, spec->options);
    }
  else
    p[l4 + 4] = (uint8_t) ((len - l4) >> 8), p[l4 + 5] = (uint8_t) (len - l4);
  for (uint32_t i = 0; i < spec->payload; i++)
    p[l4 + l4_header + i] = (uint8_t) (g_test_rand_int () >> 3);
  sum = htons (slow_checksum (NULL, 0, slow_pseudo (p, spec->family, spec->protocol, len - l4)));
  memcpy (p + l4 + field, &sum, 2);

  *hdr = (struct virtio_net_hdr){ .flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
                                  .gso_size = spec->size,
                                  .csum_start = (uint16_t) l4,
                                  .csum_offset = field,
                                  .hdr_len = (uint16_t) (l4 + l4_header) };
  if (spec->protocol == IPPROTO_UDP)
    hdr->gso_type = VIRTIO_NET_HDR_GSO_UDP_L4;
  else
    hdr->gso_type = spec->family == 4 ? VIRTIO_NET_HDR_GSO_TCPV4 : VIRTIO_NET_HDR_GSO_TCPV6;
  return len;
}

static int
split (Fixture *f, const Spec *spec, BgPacket **pkts, uint8_t *super, uint32_t *len)
{
  struct virtio_net_hdr hdr;
  uint32_t longest;
  int n;

  *len = make_super (super, &hdr, spec);
  n = bg_offload_count (&hdr, super, *len, &longest);
  g_assert_cmpint (n, >, 0);
  g_assert_cmpint (bg_packet_new_batch (f->pool, pkts, n), ==, n);
  bg_offload_split (&hdr, super, *len, pkts, n);
  g_assert_cmpuint (pkts[0]->len, ==, longest);
  return n;
}

static void
test_split (Fixture *f, gconstpointer data)
{
  g_autofree uint8_t *super = g_malloc (70000);

  for (int round = 0; round < 400; round++)
    {
      Spec spec = { .family = g_test_rand_bit () ? 4 : 6,
                    .protocol = g_test_rand_bit () ? IPPROTO_TCP : IPPROTO_UDP,
                    .flags = 0x10 | 0x08 | 0x80 | 0x01,
                    .payload = (uint32_t) g_test_rand_int_range (1, 60000),
                    .seq = (uint32_t) g_test_rand_int (),
                    .size = (uint16_t) g_test_rand_int_range (500, 1380),
                    .options = (uint16_t) (g_test_rand_int_range (0, 11) * 4),
                    .port = 5000 };
      BgPacket *pkts[256];
      uint32_t len, payload = 0, l4 = spec.family == 4 ? 20 : 40;
      uint32_t header = l4 + (spec.protocol == IPPROTO_TCP ? 20u + spec.options : 8u);
      int n = split (f, &spec, pkts, super, &len);

      g_assert_cmpint (n, ==, (int) ((spec.payload + spec.size - 1) / spec.size));
      for (int i = 0; i < n; i++)
        {
          const uint8_t *p = pkts[i]->data, *tcp = p + l4;
          uint32_t piece = pkts[i]->len - header;

          g_assert_cmpuint (piece, <=, spec.size);
          g_assert_cmpmem (p + header, piece, super + header + payload, piece);
          assert_checksums (p, pkts[i]->len);
          if (spec.family == 4)
            {
              g_assert_cmpuint ((uint32_t) p[2] << 8 | p[3], ==, pkts[i]->len);
              g_assert_cmpuint ((uint16_t) (p[4] << 8 | p[5]), ==, (uint16_t) (0x12fe + i));
            }
          else
            g_assert_cmpuint ((uint32_t) p[4] << 8 | p[5], ==, pkts[i]->len - 40);
          if (spec.protocol == IPPROTO_TCP)
            {
              uint32_t seq;
              memcpy (&seq, tcp + 4, 4);
              g_assert_cmpuint (ntohl (seq), ==, spec.seq + payload);
              g_assert_cmphex (tcp[13] & 0x80, ==, i == 0 ? 0x80 : 0);
              g_assert_cmphex (tcp[13] & 0x09, ==, i == n - 1 ? 0x09 : 0);
            }
          else
            g_assert_cmpuint ((uint32_t) tcp[4] << 8 | tcp[5], ==, pkts[i]->len - l4);
          payload += piece;
        }
      g_assert_cmpuint (payload, ==, spec.payload);
      bg_packet_free_batch (pkts, n);
    }
}

static void
test_split_refuses (Fixture *f, gconstpointer data)
{
  g_autofree uint8_t *super = g_malloc (70000);
  struct virtio_net_hdr good, bad;
  Spec spec = {
    .family = 4, .protocol = IPPROTO_TCP, .flags = 0x10, .payload = 5000, .size = 1000
  };
  uint32_t len = make_super (super, &good, &spec), longest;

  g_assert_cmpint (bg_offload_count (&good, super, len, &longest), ==, 5);
#define REFUSED(change)                                                                            \
  G_STMT_START                                                                                     \
  {                                                                                                \
    bad = good;                                                                                    \
    change;                                                                                        \
    g_assert_cmpint (bg_offload_count (&bad, super, len, &longest), ==, -1);                       \
  }                                                                                                \
  G_STMT_END
  REFUSED (bad.gso_size = 0);
  REFUSED (bad.csum_start = 16);
  REFUSED (bad.csum_start = 24);
  REFUSED (bad.csum_start = 65000);
  REFUSED (bad.gso_type = VIRTIO_NET_HDR_GSO_TCPV6);
  REFUSED (bad.gso_type = VIRTIO_NET_HDR_GSO_UDP);
  REFUSED (bad.gso_type = 77);
  REFUSED ((bad.gso_type = VIRTIO_NET_HDR_GSO_NONE, bad.csum_offset = 65000));
#undef REFUSED
  g_assert_cmpint (bg_offload_count (&good, super, 19, &longest), ==, -1);
  g_assert_cmpint (bg_offload_count (&good, super, 39, &longest), ==, -1);
  g_assert_cmpint (bg_offload_count (&good, super, 0, &longest), ==, -1);
  super[32] = 0x40; /* data offset below 5 */
  g_assert_cmpint (bg_offload_count (&good, super, len, &longest), ==, -1);
}

static void
test_split_hostile (Fixture *f, gconstpointer data)
{
  uint8_t super[4096];

  for (int round = 0; round < 20000; round++)
    {
      struct virtio_net_hdr hdr;
      Spec spec = { .family = g_test_rand_bit () ? 4 : 6,
                    .protocol = g_test_rand_bit () ? IPPROTO_TCP : IPPROTO_UDP,
                    .flags = 0x10,
                    .payload = 900,
                    .size = 300 };
      uint32_t len = make_super (super, &hdr, &spec);
      BgPacket *pkts[1024];
      uint32_t longest;
      int n;

      for (int i = g_test_rand_int_range (1, 4); i > 0; i--)
        if (g_test_rand_bit ())
          ((uint8_t *) &hdr)[g_test_rand_int_range (0, sizeof hdr)] = (uint8_t) g_test_rand_int ();
        else
          super[g_test_rand_int_range (0, 60)] = (uint8_t) g_test_rand_int ();
      len = (uint32_t) g_test_rand_int_range (0, (gint32) len + 1);
      n = bg_offload_count (&hdr, super, len, &longest);
      if (n <= 0 || n > (int) G_N_ELEMENTS (pkts))
        continue;
      g_assert_cmpint (bg_packet_new_batch (f->pool, pkts, n), ==, n);
      bg_offload_split (&hdr, super, len, pkts, n);
      for (int i = 0; i < n; i++)
        g_assert_cmpuint (pkts[i]->len, <=, longest);
      bg_packet_free_batch (pkts, n);
    }
}

static void
test_round_trip (Fixture *f, gconstpointer data)
{
  g_autofree uint8_t *super = g_malloc (70000);

  for (int round = 0; round < 200; round++)
    {
      Spec spec = { .family = g_test_rand_bit () ? 4 : 6,
                    .protocol = g_test_rand_bit () ? IPPROTO_TCP : IPPROTO_UDP,
                    .flags = 0x10,
                    .payload = (uint32_t) g_test_rand_int_range (1, 60000),
                    .seq = (uint32_t) g_test_rand_int (),
                    .size = 1380,
                    .options = 12,
                    .port = 5000 };
      BgPacket *pkts[256];
      uint32_t len;
      int n = split (f, &spec, pkts, super, &len);
      GByteArray *out;
      struct virtio_net_hdr hdr;
      uint32_t longest;

      for (int i = 0; i < n; i++)
        bg_coalescer_add (f->coalescer, pkts[i]);
      g_assert_cmpint (bg_coalescer_held (f->coalescer), ==, n);
      g_assert_cmpint (bg_coalescer_flush (f->coalescer, on_write, f), ==, 0);
      g_assert_cmpuint (f->writes->len, ==, 1);
      out = f->writes->pdata[0];
      memcpy (&hdr, out->data, sizeof hdr);
      if (n > 1)
        {
          g_assert_cmpint (bg_offload_count (&hdr, out->data + sizeof hdr,
                                             out->len - (guint) sizeof hdr, &longest),
                           ==, n);
          /* The same super-packet again, but for the IP checksum that the kernel leaves to the card. */
          if (spec.family == 4)
            memcpy (super + 10, out->data + sizeof hdr + 10, 2);
          g_assert_cmpmem (out->data + sizeof hdr, out->len - sizeof hdr, super, len);
        }
      else
        assert_checksums (out->data + sizeof hdr, out->len - (guint) sizeof hdr);
      g_ptr_array_set_size (f->writes, 0);
    }
}

/* What the receiver's kernel sees: all inner packets again, flow by flow. */
static GPtrArray *
unfold (Fixture *f)
{
  GPtrArray *all = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);

  for (guint i = 0; i < f->writes->len; i++)
    {
      GByteArray *w = f->writes->pdata[i];
      struct virtio_net_hdr hdr;
      BgPacket *pkts[64];
      uint32_t longest;
      int n;

      memcpy (&hdr, w->data, sizeof hdr);
      n = bg_offload_count (&hdr, w->data + sizeof hdr, w->len - (guint) sizeof hdr, &longest);
      g_assert_cmpint (n, >, 0);
      g_assert_cmpint (n, <=, 64);
      g_assert_cmpint (bg_packet_new_batch (f->pool, pkts, n), ==, n);
      bg_offload_split (&hdr, w->data + sizeof hdr, w->len - (guint) sizeof hdr, pkts, n);
      for (int j = 0; j < n; j++)
        g_ptr_array_add (all, g_bytes_new (pkts[j]->data, pkts[j]->len));
      bg_packet_free_batch (pkts, n);
    }
  return all;
}

static guint
flow_of (GBytes *b)
{
  const uint8_t *p = g_bytes_get_data (b, NULL);
  guint l4 = p[0] >> 4 == 4 ? 20 : 40;

  return (guint) (p[l4] << 8 | p[l4 + 1]) ^ (guint) (p[0] >> 4) << 20
         ^ (guint) p[l4 == 20 ? 9 : 6] << 24;
}

/* Random mixtures of flows, sizes, losses, reordering and corruption: every packet arrives unchanged, in its flow's order. */
static void
test_nothing_changes (Fixture *f, gconstpointer data)
{
  g_autofree uint8_t *super = g_malloc (70000);
  guint merged = 0, total = 0;

  for (int round = 0; round < 300; round++)
    {
      g_autoptr (GPtrArray) in = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref),
                            out = NULL;
      BgPacket *mix[128];
      int n_mix = 0;
      GHashTable *last = g_hash_table_new (NULL, NULL);

      while (n_mix < 100)
        {
          Spec spec = { .family = g_test_rand_bit () ? 4 : 6,
                        .protocol = g_test_rand_int_range (0, 3) ? IPPROTO_TCP : IPPROTO_UDP,
                        .flags = (uint8_t) (g_test_rand_int_range (0, 8) ? 0x10
                                                                         : g_test_rand_int ()),
                        .payload = (uint32_t) g_test_rand_int_range (0, 9000),
                        .seq = 1000,
                        .size = 1000,
                        .port = (uint16_t) g_test_rand_int_range (1, 4) };
          BgPacket *pkts[64];
          uint32_t len;
          int n = split (f, &spec, pkts, super, &len);

          for (int i = 0; i < n; i++)
            if (n_mix < 128 && g_test_rand_int_range (0, 12))
              mix[n_mix++] = pkts[i];
            else
              bg_packet_free (pkts[i]);
        }
      for (int i = 0; i < n_mix / 8; i++)
        {
          int a = g_test_rand_int_range (0, n_mix), b = g_test_rand_int_range (0, n_mix);
          BgPacket *t = mix[a];
          mix[a] = mix[b];
          mix[b] = t;
        }
      if (g_test_rand_bit ())
        mix[3]->data[mix[3]->len - 1] ^= 1; /* its checksum is wrong now, and must stay wrong */
      for (int i = 0; i < n_mix; i++)
        {
          g_ptr_array_add (in, g_bytes_new (mix[i]->data, mix[i]->len));
          bg_coalescer_add (f->coalescer, mix[i]);
        }
      g_assert_cmpint (bg_coalescer_flush (f->coalescer, on_write, f), ==, 0);
      out = unfold (f);
      g_assert_cmpuint (out->len, ==, in->len);
      total += in->len;
      merged += in->len - f->writes->len;

      /* Compare flow by flow, in order; IPv4 identification may be counted anew where DF makes it meaningless. */
      for (guint i = 0; i < in->len; i++)
        {
          GBytes *want = in->pdata[i];
          guint flow = flow_of (want);
          guint from = GPOINTER_TO_UINT (g_hash_table_lookup (last, GUINT_TO_POINTER (flow + 1)));

          while (from < out->len && flow_of (out->pdata[from]) != flow)
            from++;
          g_assert_cmpuint (from, <, out->len);
          {
            gsize wl, gl;
            g_autofree uint8_t *w = g_memdup2 (g_bytes_get_data (want, NULL),
                                               g_bytes_get_size (want));
            g_autofree uint8_t *g = g_memdup2 (g_bytes_get_data (out->pdata[from], NULL),
                                               g_bytes_get_size (out->pdata[from]));
            wl = g_bytes_get_size (want);
            gl = g_bytes_get_size (out->pdata[from]);
            if (w[0] >> 4 == 4)
              {
                memset (w + 4, 0, 2), memset (g + 4, 0, 2);
                memset (w + 10, 0, 2), memset (g + 10, 0, 2);
              }
            g_assert_cmpmem (w, wl, g, gl);
          }
          g_hash_table_insert (last, GUINT_TO_POINTER (flow + 1), GUINT_TO_POINTER (from + 1));
        }
      g_hash_table_unref (last);
      g_ptr_array_set_size (f->writes, 0);
    }
  g_assert_cmpuint (merged * 3, >, total); /* and it does gather */
}

static void
add_super (Fixture *f, const Spec *spec)
{
  g_autofree uint8_t *super = g_malloc (70000);
  BgPacket *pkts[64];
  uint32_t len;
  int n = split (f, spec, pkts, super, &len);

  for (int i = 0; i < n; i++)
    bg_coalescer_add (f->coalescer, pkts[i]);
}

/* How many writes a super-packet of five segments becomes; all must arrive whole. */
static guint
writes_of (Fixture *f, const Spec *spec)
{
  g_autoptr (GPtrArray) out = NULL;
  guint writes;

  g_ptr_array_set_size (f->writes, 0);
  add_super (f, spec);
  g_assert_cmpint (bg_coalescer_flush (f->coalescer, on_write, f), ==, 0);
  writes = f->writes->len;
  out = unfold (f);
  g_assert_cmpuint (out->len, ==, 5);
  for (guint i = 0; i < out->len; i++)
    {
      gsize len;
      const guint8 *p = g_bytes_get_data (out->pdata[i], &len);

      assert_checksums (p, (uint32_t) len);
    }
  return writes;
}

static gboolean
is_single (const guint8 *vnet, gsize len)
{
  const struct virtio_net_hdr *hdr = (const void *) vnet;

  return hdr->gso_type == VIRTIO_NET_HDR_GSO_NONE;
}

static gboolean
is_even (const guint8 *vnet, gsize len)
{
  const struct virtio_net_hdr *hdr = (const void *) vnet;

  return is_single (vnet, len) || (len - sizeof *hdr - hdr->hdr_len) % hdr->gso_size == 0;
}

static const struct
{
  const char *name;
  int family;
  uint8_t protocol;
  BgOffload offload;
} offloads[] = {
  { "tcp4", 4, IPPROTO_TCP, BG_OFFLOAD_TCP4 },
  { "tcp6", 6, IPPROTO_TCP, BG_OFFLOAD_TCP6 },
  { "udp4", 4, IPPROTO_UDP, BG_OFFLOAD_UDP4 },
  { "udp6", 6, IPPROTO_UDP, BG_OFFLOAD_UDP6 },
};

/* A kernel that takes no super-packet of which the last segment is shorter: nothing is lost, and the others are still joined. */
static void
test_short_last_refused (Fixture *f, gconstpointer data)
{
  f->takes = is_even;
  for (gsize i = 0; i < G_N_ELEMENTS (offloads); i++)
    {
      Spec spec = { .family = offloads[i].family,
                    .protocol = offloads[i].protocol,
                    .flags = 0x18,
                    .payload = 4500,
                    .size = 1000,
                    .port = 1 };

      g_assert_cmpuint (writes_of (f, &spec), ==, 5);
      g_assert_cmpint (bg_coalescer_join_of (f->coalescer, offloads[i].offload), ==, BG_JOIN_EQUAL);
      g_assert_cmpuint (writes_of (f, &spec), ==, 2);
      spec.payload = 5000;
      g_assert_cmpuint (writes_of (f, &spec), ==, 1);
    }
}

/* Several of them that are written together. */
static void
test_short_last_refused_twice (Fixture *f, gconstpointer data)
{
  Spec spec = {
    .family = 4, .protocol = IPPROTO_TCP, .flags = 0x18, .payload = 4500, .size = 1000, .port = 1
  };

  f->takes = is_even;
  add_super (f, &spec);
  spec.port = 2;
  add_super (f, &spec);
  g_assert_cmpint (bg_coalescer_flush (f->coalescer, on_write, f), ==, 0);
  g_assert_cmpuint (f->writes->len, ==, 10);
  g_assert_cmpint (bg_coalescer_join_of (f->coalescer, BG_OFFLOAD_TCP4), ==, BG_JOIN_EQUAL);
}

/* And one that takes none at all: each offload falls alone. */
static void
test_offload_refused (Fixture *f, gconstpointer data)
{
  for (gsize i = 0; i < G_N_ELEMENTS (offloads); i++)
    {
      Spec spec = { .family = offloads[i].family,
                    .protocol = offloads[i].protocol,
                    .flags = 0x18,
                    .payload = 5000,
                    .size = 1000,
                    .port = 1 };

      f->takes = NULL;
      g_assert_cmpuint (writes_of (f, &spec), ==, 1);
      f->takes = is_single;
      g_assert_cmpuint (writes_of (f, &spec), ==, 5);
      g_assert_cmpint (bg_coalescer_join_of (f->coalescer, offloads[i].offload), ==, BG_JOIN_NONE);
      f->takes = NULL;
      g_assert_cmpuint (writes_of (f, &spec), ==, 5);
    }
}

static gboolean
takes_nothing (const guint8 *vnet, gsize len)
{
  return FALSE;
}

/* What is not the super-packet's fault changes nothing for the next. */
static void
test_device_gone (Fixture *f, gconstpointer data)
{
  Spec spec = {
    .family = 4, .protocol = IPPROTO_TCP, .flags = 0x10, .payload = 4500, .size = 1000, .port = 1
  };

  f->answer = BG_WRITE_LOST;
  add_super (f, &spec);
  g_assert_cmpint (bg_coalescer_flush (f->coalescer, on_write, f), ==, 5);
  g_assert_cmpuint (f->writes->len, ==, 1);
  f->takes = takes_nothing;
  add_super (f, &spec);
  g_assert_cmpint (bg_coalescer_flush (f->coalescer, on_write, f), ==, 5);
  f->takes = NULL;
  f->answer = BG_WRITE_DONE;
  g_assert_cmpuint (writes_of (f, &spec), ==, 1);
}

/* The counter of AccECN is the same for all that are joined; with its middle bit, CWR, they are not. */
static void
test_accecn (Fixture *f, gconstpointer data)
{
  for (guint ace = 0; ace < 16; ace++)
    {
      guint before = ace & 7, after = ace & 8 ? before : (before + 1) & 7;
      g_autofree uint8_t *super = g_malloc (70000);
      Spec spec = { .family = 4,
                    .protocol = IPPROTO_TCP,
                    .flags = 0x10,
                    .payload = 4000,
                    .size = 1000,
                    .port = 1 };
      BgPacket *pkts[8];
      uint32_t len;
      int n = split (f, &spec, pkts, super, &len);

      for (int i = 0; i < n; i++)
        {
          guint value = i < 2 ? before : after;
          uint8_t *tcp = pkts[i]->data + 20;
          uint16_t sum;

          tcp[12] |= value >> 2 & 1;
          tcp[13] |= (uint8_t) ((value >> 1 & 1) << 7 | (value & 1) << 6);
          memset (tcp + 16, 0, 2);
          sum = htons ((uint16_t) ~slow_checksum (
            tcp, pkts[i]->len - 20,
            slow_pseudo (pkts[i]->data, 4, IPPROTO_TCP, pkts[i]->len - 20)));
          memcpy (tcp + 16, &sum, 2);
          bg_coalescer_add (f->coalescer, pkts[i]);
        }
      g_ptr_array_set_size (f->writes, 0);
      g_assert_cmpint (bg_coalescer_flush (f->coalescer, on_write, f), ==, 0);
      if (before == after)
        g_assert_cmpuint (f->writes->len, ==, before & 2 ? 4 : 1);
      else
        g_assert_cmpuint (f->writes->len, ==, (before & 2 ? 2 : 1) + (after & 2 ? 2 : 1));
    }
}

/* Fragments show no ports: a packet of any flow between their addresses stays behind them. */
static void
test_fragments_are_not_passed (Fixture *f, gconstpointer data)
{
  for (int v6 = 0; v6 < 2; v6++)
    for (int udp = 0; udp < 2; udp++)
      {
        Spec spec = { .family = v6 ? 6 : 4,
                      .protocol = udp ? IPPROTO_UDP : IPPROTO_TCP,
                      .flags = 0x10,
                      .payload = 4000,
                      .size = 1000,
                      .port = 1 };
        g_autofree uint8_t *super = g_malloc (70000);
        BgPacket *pkts[8], *fragment = bg_packet_new (f->pool);
        uint32_t len;

        split (f, &spec, pkts, super, &len);
        fragment->len = 500;
        memcpy (fragment->data, pkts[0]->data, fragment->len);
        if (v6)
          fragment->data[6] = IPPROTO_FRAGMENT;
        else
          {
            fragment->data[6] = 0x20; /* more of it follow */
            fragment->data[7] = 50;
          }
        g_ptr_array_set_size (f->writes, 0);
        bg_coalescer_add (f->coalescer, pkts[0]);
        bg_coalescer_add (f->coalescer, pkts[1]);
        bg_coalescer_add (f->coalescer, fragment);
        bg_coalescer_add (f->coalescer, pkts[2]);
        bg_coalescer_add (f->coalescer, pkts[3]);
        g_assert_cmpint (bg_coalescer_flush (f->coalescer, on_write, f), ==, 0);
        g_assert_cmpuint (f->writes->len, ==, 3);
        g_assert_cmpuint (((GByteArray *) f->writes->pdata[1])->len, ==,
                          500 + sizeof (struct virtio_net_hdr));
      }
}

/* A router's mark on one packet of a train: it is not spread to the others, nor lost. */
static void
test_marks_stay (Fixture *f, gconstpointer data)
{
  for (int v6 = 0; v6 < 2; v6++)
    {
      Spec spec = { .family = v6 ? 6 : 4,
                    .protocol = IPPROTO_TCP,
                    .flags = 0x10,
                    .payload = 6000,
                    .size = 1000,
                    .port = 1 };
      g_autofree uint8_t *super = g_malloc (70000);
      g_autoptr (GPtrArray) out = NULL;
      BgPacket *pkts[8];
      uint32_t len;
      int n = split (f, &spec, pkts, super, &len);

      g_ptr_array_set_size (f->writes, 0);
      for (int i = 0; i < n; i++)
        {
          pkts[i]->data[1] |= (uint8_t) (BG_ECN_ECT_0 << (v6 ? 4 : 0));
          if (!v6)
            bg_ipv4_set_checksum (pkts[i]->data, 20);
          g_assert_true (
            bg_ecn_decapsulate (pkts[i]->data, pkts[i]->len, i == 3 ? BG_ECN_CE : BG_ECN_ECT_0));
          bg_coalescer_add (f->coalescer, pkts[i]);
        }
      g_assert_cmpint (bg_coalescer_flush (f->coalescer, on_write, f), ==, 0);
      g_assert_cmpuint (f->writes->len, ==, 3);
      out = unfold (f);
      g_assert_cmpuint (out->len, ==, 6);
      for (guint i = 0; i < out->len; i++)
        {
          gsize size;
          const guint8 *p = g_bytes_get_data (out->pdata[i], &size);

          g_assert_cmpuint (bg_ecn_of (p, (uint32_t) size), ==, i == 3 ? BG_ECN_CE : BG_ECN_ECT_0);
          assert_checksums (p, (uint32_t) size);
        }
    }
}

static void
test_held_at_end (Fixture *f, gconstpointer data)
{
  g_autofree uint8_t *super = g_malloc (70000);
  Spec spec = { .family = 6, .protocol = IPPROTO_UDP, .payload = 5000, .size = 1000, .port = 1 };
  BgPacket *pkts[8];
  uint32_t len;
  int n = split (f, &spec, pkts, super, &len);

  for (int i = 0; i < n; i++)
    bg_coalescer_add (f->coalescer, pkts[i]); /* tear_down() finds the pool whole */
}

static void
test_checksum (void)
{
  uint8_t bytes[2000];

  for (gsize i = 0; i < sizeof bytes; i++)
    bytes[i] = (uint8_t) g_test_rand_int ();
  for (gsize len = 0; len < 1500; len++)
    for (gsize at = 0; at < 3; at++)
      {
        uint16_t fast = bg_checksum_fold (bg_checksum_add (0, bytes + at, len));
        uint16_t slow = slow_checksum (bytes + at, len, 0);

        g_assert_cmphex (ntohs (fast), ==, slow);
      }
  memset (bytes, 0xff, sizeof bytes);
  g_assert_cmphex (bg_checksum_fold (bg_checksum_add (UINT32_MAX, bytes, sizeof bytes)), ==,
                   0xffff);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, func) g_test_add ("/offload/" path, Fixture, NULL, set_up, func, tear_down)
  g_test_add_func ("/checksum/slow-model", test_checksum);
  ADD ("split/random", test_split);
  ADD ("split/refuses", test_split_refuses);
  ADD ("split/hostile", test_split_hostile);
  ADD ("coalesce/round-trip", test_round_trip);
  ADD ("coalesce/nothing-changes", test_nothing_changes);
  ADD ("coalesce/short-last-refused", test_short_last_refused);
  ADD ("coalesce/short-last-refused-twice", test_short_last_refused_twice);
  ADD ("coalesce/offload-refused", test_offload_refused);
  ADD ("coalesce/device-gone", test_device_gone);
  ADD ("coalesce/accecn", test_accecn);
  ADD ("coalesce/fragments-are-not-passed", test_fragments_are_not_passed);
  ADD ("coalesce/marks-stay", test_marks_stay);
  ADD ("coalesce/held-at-end", test_held_at_end);
  return g_test_run ();
}
