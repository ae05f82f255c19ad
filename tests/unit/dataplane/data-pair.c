/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "data-pair.h"

#include "ip-packets.h"
#include "wg/wg-messages.h"

#include <poll.h>
#include <string.h>
#include <sys/socket.h>

static const BgTransportKind DC = BG_TRANSPORT_DATA_CHANNEL, ICE = BG_TRANSPORT_ICE;

FakeLink *
data_pair_join (DataPair *p, BgTransportKind kind)
{
  FakeEnd a = data_node_end (&p->a, &p->b), b = data_node_end (&p->b, &p->a);
  FakeLink *link = fake_link_new (kind, &a, &b);

  data_node_attach (&p->a, &p->b, link, 0);
  data_node_attach (&p->b, &p->a, link, 1);
  return link;
}

void
data_pair_init_mesh (DataPair *p, gboolean a_sees_bamgate, gboolean b_sees_bamgate)
{
  memset (p, 0, sizeof *p);
  data_node_init (&p->a, 1, NODE_PLAIN);
  data_node_init (&p->b, 2, NODE_PLAIN);
  data_node_add_peer (&p->a, &p->b, a_sees_bamgate, 0);
  data_node_add_peer (&p->b, &p->a, b_sees_bamgate, 0);
}

void
data_pair_init_bamgates (DataPair *p)
{
  data_pair_init_mesh (p, TRUE, TRUE);
  p->dc = data_pair_join (p, DC);
  data_node_wait_path (&p->a, DC);
  data_node_wait_path (&p->b, DC);
  p->ice = data_pair_join (p, ICE);
  g_assert_cmpuint (data_node_wait_path (&p->a, ICE), ==, 1420);
  g_assert_cmpuint (data_node_wait_path (&p->b, ICE), ==, 1420);
}

void
data_pair_init_foreign (DataPair *p)
{
  data_pair_init_mesh (p, FALSE, FALSE);
  p->dc = data_pair_join (p, DC);
  g_assert_cmpuint (data_node_wait_path (&p->a, DC), ==, DATA_CHANNEL_MTU);
}

void
data_pair_init_udp (DataPair *p)
{
  memset (p, 0, sizeof *p);
  data_node_init (&p->a, 1, NODE_UDP);
  data_node_init (&p->b, 2, NODE_UDP);
  data_node_add_peer (&p->a, &p->b, FALSE, bg_dataplane_udp_port (p->b.plane));
  data_node_add_peer (&p->b, &p->a, FALSE, bg_dataplane_udp_port (p->a.plane));
}

void
data_pair_clear (DataPair *p)
{
  data_node_clear (&p->a);
  data_node_clear (&p->b);
  g_clear_pointer (&p->dc, fake_link_free);
  g_clear_pointer (&p->ice, fake_link_free);
}

gsize
data_pair_build (const DataNode *from, const DataNode *to, int family, gsize payload, guint32 tag,
                 guint8 *bytes)
{
  return test_ip_build (&(TestPacket){ family, from->host, to->host, .payload = payload,
                                       .dont_fragment = TRUE, .tag = tag },
                        bytes);
}

/* What data_pair_write_until_path() writes; some may be under way when it is done. */
static gsize
build_filler (const DataNode *from, const DataNode *to, guint8 *bytes)
{
  return data_pair_build (from, to, AF_INET, 100, 0, bytes);
}

void
data_pair_pass (DataNode *from, DataNode *to, int family, gsize payload)
{
  static guint32 tag;
  guint8 sent[BIG], got[BIG], filler[BIG];
  gsize len = data_pair_build (from, to, family, payload, ++tag, sent), got_len;
  gsize filler_len = build_filler (from, to, filler);

  data_node_write (from, sent, len);
  do
    got_len = data_node_read (to, got);
  while (got_len == filler_len && memcmp (got, filler, filler_len) == 0);
  g_assert_cmpmem (got, got_len, sent, len);
}

void
data_pair_pass_both_ways (DataPair *p, int family, gsize payload)
{
  data_pair_pass (&p->a, &p->b, family, payload);
  data_pair_pass (&p->b, &p->a, family, payload);
}

void
data_pair_write_until_path (DataNode *from, DataNode *to, BgTransportKind kind)
{
  struct pollfd fd = { bg_dataplane_event_fd (from->plane), POLLIN, 0 };
  guint8 bytes[BIG];
  BgEvent event = { 0 };

  while (event.type != BG_EVENT_PATH || event.kind != kind)
    {
      data_node_write (from, bytes, build_filler (from, to, bytes));
      if (poll (&fd, 1, 5) == 1 && bg_dataplane_pop_event (from->plane, &event))
        from->sessions += event.type == BG_EVENT_SESSION;
    }
}

guint64
data_pair_count_initiations (const DataPair *p)
{
  guint64 n = 0;

  for (int end = 0; end < 2; end++)
    n += fake_link_count_sent (p->dc, end, WG_MSG_INITIATION)
         + fake_link_count_sent (p->ice, end, WG_MSG_INITIATION);
  return n;
}
