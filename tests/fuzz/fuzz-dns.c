/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Questions of anybody, and answers of servers that say what they like. The first byte says how, the next how long the question is;
 * what is behind it is an answer to the question that was passed on, or noise. Every question is answered once, with its
 * number, and no name of ours has an address that is not its machine's. */
#include "names/resolver.h"
#include "fuzz.h"

#include <ldns/ldns.h>
#include <string.h>

enum
{
  FIX_NUMBER = 1 << 0, /* the answer has the number of the question that was passed on */
  BY_TCP = 1 << 1,
  QUIET = 1 << 2,
  GIVE_UP_MS = 2 * BG_FORWARD_GIVE_UP_MS,
};

typedef struct
{
  guint n_asked, n_answered, n_open;
  guint64 last;
  guint16 id, passed_id;
  gboolean by_tcp, passed;
} World;

static guint64
open_way (gpointer owner, const BgIpPrefix *server, gboolean udp, GBytes *message)
{
  World *world = owner;
  const guint8 *data = g_bytes_get_data (message, NULL);

  world->passed_id = LDNS_ID_WIRE (data);
  world->passed = TRUE;
  world->n_open++;
  return ++world->last;
}

static void
send_again (gpointer owner, guint64 way, GBytes *message)
{
}

static void
close_way (gpointer owner, guint64 way)
{
  World *world = owner;

  world->n_open--;
}

static const BgForwarderCalls calls = { open_way, send_again, close_way };

/* What the zone says: one machine, one address. */
static void
check_zone_answer (const guint8 *data, gsize len)
{
  ldns_pkt *packet = NULL;
  guint32 ours = g_htonl (0x0a000002);

  ASSERT (ldns_wire2pkt (&packet, data, len) == LDNS_STATUS_OK);
  for (size_t i = 0; i < ldns_pkt_ancount (packet); i++)
    {
      const ldns_rr *rr = ldns_rr_list_rr (ldns_pkt_answer (packet), i);

      ASSERT (ldns_rr_get_type (rr) != LDNS_RR_TYPE_AAAA);
      if (ldns_rr_get_type (rr) == LDNS_RR_TYPE_A)
        ASSERT (memcmp (ldns_rdf_data (ldns_rr_rdf (rr, 0)), &ours, 4) == 0);
    }
  ldns_pkt_free (packet);
}

static void
on_done (gpointer asker, GBytes *reply)
{
  World *world = asker;
  gsize len = 0;
  const guint8 *data = reply ? g_bytes_get_data (reply, &len) : NULL;

  world->n_answered++;
  if (!reply)
    return;
  ASSERT (len >= LDNS_HEADER_SIZE && len <= BG_DNS_MESSAGE_MAX);
  ASSERT (LDNS_QR_WIRE (data) && LDNS_ID_WIRE (data) == world->id);
  if (!world->passed)
    check_zone_answer (data, len);
}

static BgZone *
make_zone (void)
{
  BgZone *zone = bg_zone_new ("b.internal", 1);
  BgIpPrefix network, host;

  ASSERT (bg_ip_prefix_parse ("10.0.0.0/24", &network) && bg_ip_prefix_parse ("10.0.0.2", &host));
  bg_zone_add_network (zone, &network);
  bg_zone_add_host (zone, "a", &host, 1, TRUE);
  return bg_zone_seal (zone);
}

static BgForwardTable *
make_table (void)
{
  BgForwardTable *table = bg_forward_table_new ();
  BgIpPrefix server;

  ASSERT (bg_ip_prefix_parse ("10.0.0.3", &server));
  bg_forward_table_add (table, "c", &server, 1);
  return table;
}

static void
ask (World *world, BgResolver *resolver, const uint8_t *data, size_t size)
{
  world->id = size >= LDNS_HEADER_SIZE ? LDNS_ID_WIRE (data) : 0;
  world->n_asked++;
  bg_resolver_ask (resolver, data, size, !world->by_tcp, 0, on_done, world);
}

static void
answer (World *world, BgForwarder *forwarder, const uint8_t *data, size_t size, gboolean fix)
{
  g_autofree guint8 *bytes = g_memdup2 (data, size);

  if (fix && size >= 2)
    ldns_write_uint16 (bytes, world->passed_id);
  bg_forwarder_take (forwarder, world->last, bytes, size, 1);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  World world = { 0 };
  g_autoptr (BgForwarder) forwarder = bg_forwarder_new (&calls, &world);
  g_autoptr (BgResolver) resolver = bg_resolver_new (forwarder);
  g_autoptr (BgZone) zone = make_zone ();
  g_autoptr (BgForwardTable) table = make_table ();
  size_t len;

  if (size < 2)
    return 0;
  world.by_tcp = data[0] & BY_TCP;
  bg_forwarder_set_quiet (forwarder, data[0] & QUIET);
  bg_resolver_set_zone (resolver, zone);
  bg_resolver_set_table (resolver, table);
  len = MIN (size - 2, data[1]);
  ask (&world, resolver, data + 2, len);
  answer (&world, forwarder, data + 2 + len, size - 2 - len, data[0] & FIX_NUMBER);
  for (gint64 now = 0; now < GIVE_UP_MS; now += BG_FORWARD_TRY_MS / 2)
    bg_forwarder_run (forwarder, now);
  ASSERT (world.n_answered == world.n_asked && world.n_open == 0);
  ASSERT (bg_forwarder_get_due (forwarder) == -1);
  return 0;
}

/* --- Good inputs: a question, and an answer to it --- */

static size_t
put (uint8_t *out, ldns_pkt *packet)
{
  uint8_t *wire;
  size_t len;

  ASSERT (ldns_pkt2wire (&wire, packet, &len) == LDNS_STATUS_OK);
  memcpy (out, wire, len);
  free (wire);
  return len;
}

size_t
fuzz_example (unsigned n, uint8_t *out, size_t max)
{
  static const struct
  {
    const char *name;
    int type;
  } asked[] = { { "A.b.internal.", LDNS_RR_TYPE_A },
                { "x.b.internal.", LDNS_RR_TYPE_AAAA },
                { "b.internal.", LDNS_RR_TYPE_ANY },
                { "2.0.0.10.in-addr.arpa.", LDNS_RR_TYPE_PTR },
                { "x.c.", LDNS_RR_TYPE_A },
                { "c.", LDNS_RR_TYPE_MX },
                { ".", LDNS_RR_TYPE_NS } };
  ldns_pkt *packet;
  ldns_rr *rr = NULL;
  size_t len;

  if (n >= G_N_ELEMENTS (asked) * 2)
    return 0;
  packet = ldns_pkt_query_new (ldns_dname_new_frm_str (asked[n / 2].name),
                               (ldns_rr_type) asked[n / 2].type, LDNS_RR_CLASS_IN, LDNS_RD);
  if (n % 2 == 1)
    ldns_pkt_set_edns_udp_size (packet, 1400);
  out[0] = FIX_NUMBER | (n % 3 == 0 ? BY_TCP : 0);
  len = put (out + 2, packet);
  out[1] = (uint8_t) len;
  ldns_pkt_set_qr (packet, true);
  ASSERT (ldns_rr_new_frm_str (&rr, "x.c. 60 IN A 192.168.1.1", 0, NULL, NULL) == LDNS_STATUS_OK);
  ldns_pkt_push_rr (packet, LDNS_SECTION_ANSWER, rr);
  len += put (out + 2 + len, packet);
  ldns_pkt_free (packet);
  ASSERT (len + 2 <= max);
  return len + 2;
}
