/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dataplane/access.h"
#include "dataplane/flow.h"
#include "dataplane/ip-header.h"
#include "ip-packets.h"

#include <netinet/in.h>
#include <string.h>

/* Hosts 1 is ours, 2 and 3 are peers. */

enum
{
  SYN = 0x02,
  ACK = 0x10,
  NOW = 1000000000
};

static const WgKey key2 = { { 2 } }, key3 = { { 3 } };

typedef struct
{
  int family;
  guint8 protocol;
  guint16 src, dst, src_port, dst_port;
  guint8 flags; /* of TCP; the type of ICMP */
} Packet;

static gsize
build (const Packet *packet, guint8 *bytes)
{
  const TestPacket ip = { .family = packet->family ? packet->family : AF_INET,
                          .src = packet->src,
                          .dst = packet->dst,
                          .protocol = packet->protocol,
                          .payload = 40 };
  gsize len = test_ip_build (&ip, bytes);
  guint8 *transport = bytes + len - 40;

  bg_put_be16 (transport, packet->src_port);
  bg_put_be16 (transport + 2, packet->dst_port);
  if (packet->protocol == IPPROTO_TCP)
    transport[13] = packet->flags;
  if (packet->protocol == IPPROTO_ICMP || packet->protocol == IPPROTO_ICMPV6)
    {
      bg_put_be16 (transport, (guint16) (packet->flags << 8));
      bg_put_be16 (transport + 4, packet->src_port);
    }
  return len;
}

typedef struct
{
  BgAccess *access;
  BgAccessRules *rules;
  guint64 now;
} Fixture;

static void
setup (Fixture *self, gconstpointer data)
{
  self->access = bg_access_new ();
  self->now = NOW;
}

static void
teardown (Fixture *self, gconstpointer data)
{
  bg_access_free (self->access);
  bg_access_rules_unref (self->rules);
}

static void
set_rules (Fixture *self, const BgAccessRule *rules, guint n)
{
  bg_access_rules_unref (self->rules);
  self->rules = bg_access_rules_new (rules, n, 0);
  bg_access_set_rules_take (self->access, bg_access_rules_ref (self->rules));
}

static gboolean
admit_bytes (Fixture *self, const guint8 *bytes, gsize len, guint16 from)
{
  const WgKey *key = from == 2 ? &key2 : &key3;

  return bg_access_admit (self->access, key, key, bytes, len, self->now);
}

static gboolean
admit (Fixture *self, Packet packet)
{
  guint8 bytes[128];
  gsize len = build (&packet, bytes);

  return admit_bytes (self, bytes, len, packet.src);
}

static void
note (Fixture *self, Packet packet)
{
  guint8 bytes[128];
  gsize len = build (&packet, bytes);

  bg_access_note (self->access, bytes, len, self->now);
}

static BgAccessRule
allow_port (guint8 protocol, guint16 port)
{
  return (BgAccessRule){ .protocol = protocol, .n_ports = 1, .ports = { { port, port } } };
}

#define TO_US(proto, port, ...)                                                                    \
  ((Packet){                                                                                       \
    .protocol = (proto), .src = 2, .dst = 1, .src_port = 40000, .dst_port = (port), __VA_ARGS__ })
#define FROM_US(proto, port, ...)                                                                  \
  ((Packet){                                                                                       \
    .protocol = (proto), .src = 1, .dst = 2, .src_port = 40000, .dst_port = (port), __VA_ARGS__ })
#define ANSWER(proto, port, ...)                                                                   \
  ((Packet){                                                                                       \
    .protocol = (proto), .src = 2, .dst = 1, .src_port = (port), .dst_port = 40000, __VA_ARGS__ })

static void
test_no_rules (Fixture *self, gconstpointer data)
{
  g_assert_true (admit (self, TO_US (IPPROTO_TCP, 22, .flags = SYN)));
  g_assert_true (admit (self, TO_US (IPPROTO_UDP, 53)));
}

static void
test_allow (Fixture *self, gconstpointer data)
{
  const BgAccessRule rule = allow_port (IPPROTO_TCP, 22);

  set_rules (self, &rule, 1);
  g_assert_true (admit (self, TO_US (IPPROTO_TCP, 22, .flags = SYN)));
  g_assert_true (admit (self, TO_US (IPPROTO_TCP, 22, .flags = ACK)));
  g_assert_false (admit (self, TO_US (IPPROTO_TCP, 23, .flags = SYN)));
  g_assert_false (admit (self, TO_US (IPPROTO_UDP, 22)));
  g_assert_true (admit (self, TO_US (IPPROTO_TCP, 22, .flags = SYN, .family = AF_INET6)));
  g_assert_cmpuint (bg_access_rules_hits (self->rules, 0), ==, 3);
  g_assert_cmpuint (bg_access_rules_unmatched (self->rules), ==, 2);
}

static void
test_deny_wins (Fixture *self, gconstpointer data)
{
  const BgAccessRule rules[] = {
    { .protocol = BG_ACCESS_ANY },
    { .deny = true, .protocol = IPPROTO_TCP, .n_ports = 1, .ports = { { 8000, 8100 } } },
  };

  set_rules (self, rules, 2);
  g_assert_true (admit (self, TO_US (IPPROTO_TCP, 7999, .flags = SYN)));
  g_assert_false (admit (self, TO_US (IPPROTO_TCP, 8000, .flags = SYN)));
  g_assert_false (admit (self, TO_US (IPPROTO_TCP, 8100, .flags = SYN)));
  g_assert_true (admit (self, TO_US (IPPROTO_TCP, 8101, .flags = SYN)));
  g_assert_cmpuint (bg_access_rules_hits (self->rules, 1), ==, 2);
}

static void
test_peer (Fixture *self, gconstpointer data)
{
  const BgAccessRule rules[] = {
    { .deny = true, .named = true, .known = true, .key = key3 },
    { .deny = true, .named = true, .known = false, .key = key2 },
  };

  set_rules (self, rules, 2);
  g_assert_true (admit (self, TO_US (IPPROTO_TCP, 22, .flags = SYN)));
  g_assert_false (admit (
    self, (Packet){ .protocol = IPPROTO_TCP, .src = 3, .dst = 1, .dst_port = 22, .flags = SYN }));
}

static void
test_prefixes (Fixture *self, gconstpointer data)
{
  BgAccessRule rule = { .from = { .family = AF_INET, .addr = { 10, 9, 0, 2 }, .prefix = 31 },
                        .to = { .family = AF_INET, .addr = { 10, 9, 0, 0 }, .prefix = 31 } };

  set_rules (self, &rule, 1);
  g_assert_true (admit (self, TO_US (IPPROTO_UDP, 1)));
  g_assert_false (admit (self, (Packet){ .protocol = IPPROTO_UDP, .src = 4, .dst = 1 }));
  g_assert_false (admit (self, (Packet){ .protocol = IPPROTO_UDP, .src = 2, .dst = 2 }));
  g_assert_false (
    admit (self, (Packet){ .protocol = IPPROTO_UDP, .src = 2, .dst = 1, .family = AF_INET6 }));
}

static const BgAccessRule nothing = { .protocol = IPPROTO_TCP,
                                      .n_ports = 1,
                                      .ports = { { 1, 1 } } };

static void
test_answers (Fixture *self, gconstpointer data)
{
  set_rules (self, &nothing, 1);
  g_assert_false (admit (self, ANSWER (IPPROTO_TCP, 443, .flags = SYN | ACK)));
  note (self, FROM_US (IPPROTO_TCP, 443, .flags = SYN));
  g_assert_true (admit (self, ANSWER (IPPROTO_TCP, 443, .flags = SYN | ACK)));
  note (self, FROM_US (IPPROTO_UDP, 53));
  g_assert_true (admit (self, ANSWER (IPPROTO_UDP, 53)));
  /* Whoever answers does not begin. */
  g_assert_false (admit (self, ANSWER (IPPROTO_TCP, 443, .flags = SYN)));
}

static void
test_answers_end (Fixture *self, gconstpointer data)
{
  set_rules (self, &nothing, 1);
  note (self, FROM_US (IPPROTO_UDP, 53));
  self->now += 299ull * NOW;
  g_assert_true (admit (self, ANSWER (IPPROTO_UDP, 53)));
  self->now += 301ull * NOW;
  g_assert_false (admit (self, ANSWER (IPPROTO_UDP, 53)));
}

/* Rules hold for conversations that were there before them, also while this machine goes on answering. */
static void
test_running_flows (Fixture *self, gconstpointer data)
{
  const Packet replies[] = { ANSWER (IPPROTO_UDP, 40000) };

  g_assert_true (admit (self, TO_US (IPPROTO_TCP, 22, .flags = SYN)));
  g_assert_true (admit (self, TO_US (IPPROTO_UDP, 5000)));
  note (self, FROM_US (IPPROTO_UDP, 53));
  set_rules (self, &nothing, 1);
  note (self, (Packet){ .protocol = IPPROTO_TCP,
                        .src = 1,
                        .dst = 2,
                        .src_port = 22,
                        .dst_port = 40000,
                        .flags = ACK });
  note (self, (Packet){
                .protocol = IPPROTO_UDP, .src = 1, .dst = 2, .src_port = 5000, .dst_port = 40000 });
  g_assert_false (admit (self, TO_US (IPPROTO_TCP, 22, .flags = ACK)));
  g_assert_false (admit (self, TO_US (IPPROTO_UDP, 5000)));
  g_assert_true (admit (self, ANSWER (IPPROTO_UDP, 53)));
  g_assert_false (admit (self, replies[0]));
}

/* The table is new, the connection is not: a daemon was started anew. */
static void
test_connection_before_the_table (Fixture *self, gconstpointer data)
{
  set_rules (self, &nothing, 1);
  note (self, FROM_US (IPPROTO_TCP, 443, .flags = ACK));
  g_assert_true (admit (self, ANSWER (IPPROTO_TCP, 443, .flags = ACK)));
  note (self, (Packet){ .protocol = IPPROTO_TCP,
                        .src = 1,
                        .dst = 2,
                        .src_port = 22,
                        .dst_port = 41000,
                        .flags = ACK });
  g_assert_false (admit (self, (Packet){ .protocol = IPPROTO_TCP,
                                         .src = 2,
                                         .dst = 1,
                                         .src_port = 41000,
                                         .dst_port = 22,
                                         .flags = ACK }));
}

static void
test_echo (Fixture *self, gconstpointer data)
{
  set_rules (self, &nothing, 1);
  note (self, (Packet){ .protocol = IPPROTO_ICMP, .src = 1, .dst = 2, .src_port = 7, .flags = 8 });
  g_assert_true (admit (
    self, (Packet){ .protocol = IPPROTO_ICMP, .src = 2, .dst = 1, .src_port = 7, .flags = 0 }));
  g_assert_false (admit (
    self, (Packet){ .protocol = IPPROTO_ICMP, .src = 2, .dst = 1, .src_port = 7, .flags = 8 }));
  g_assert_false (admit (
    self, (Packet){ .protocol = IPPROTO_ICMP, .src = 2, .dst = 1, .src_port = 8, .flags = 0 }));
}

/* An ICMP error passes where it is about something that there is. */
static void
test_errors (Fixture *self, gconstpointer data)
{
  guint8 bytes[128], inner[128];
  gsize len = build (&TO_US (IPPROTO_ICMP, 0, .flags = 3), bytes);

  build (&FROM_US (IPPROTO_UDP, 53), inner);
  memcpy (bytes + 28, inner, 28);
  set_rules (self, &nothing, 1);
  g_assert_false (admit_bytes (self, bytes, len, 2));
  note (self, FROM_US (IPPROTO_UDP, 53));
  g_assert_true (admit_bytes (self, bytes, len, 2));
  g_assert_false (admit_bytes (self, bytes, 28 + 27, 2));
}

static void
test_fragments (Fixture *self, gconstpointer data)
{
  const BgAccessRule rule = allow_port (IPPROTO_UDP, 53);
  guint8 first[128], later[128];
  gsize len = build (&TO_US (IPPROTO_UDP, 53), first);

  memcpy (later, first, len);
  bg_put_be16 (first + 6, 0x2000);
  bg_put_be16 (later + 6, 5);
  set_rules (self, &rule, 1);
  g_assert_false (admit_bytes (self, later, len, 2));
  g_assert_true (admit_bytes (self, first, len, 2));
  g_assert_true (admit_bytes (self, later, len, 2));
  bg_put_be16 (later + 4, 0x1235);
  g_assert_false (admit_bytes (self, later, len, 2));
}

/* A peer that begins many conversations cannot make this machine forget its own. */
static void
test_bounded (Fixture *self, gconstpointer data)
{
  const BgAccessRule any = { .protocol = IPPROTO_UDP };

  set_rules (self, &any, 1);
  note (self, FROM_US (IPPROTO_TCP, 443, .flags = SYN));
  for (guint i = 0; i < 4 * BG_ACCESS_FLOWS_MAX; i++)
    {
      self->now++;
      g_assert_true (admit (self, (Packet){ .protocol = IPPROTO_UDP,
                                            .src = 2,
                                            .dst = 1,
                                            .src_port = (guint16) i,
                                            .dst_port = (guint16) (i >> 16) }));
    }
  g_assert_true (admit (self, ANSWER (IPPROTO_TCP, 443, .flags = ACK)));
}

static void
test_counters_go_on (void)
{
  BgAccessRule rule = { .hits = 5 };
  BgAccessRules *rules = bg_access_rules_new (&rule, 1, 7);

  bg_access_rules_count (rules, 0);
  bg_access_rules_count (rules, -1);
  g_assert_cmpuint (bg_access_rules_hits (rules, 0), ==, 6);
  g_assert_cmpuint (bg_access_rules_unmatched (rules), ==, 8);
  bg_access_rules_unref (rules);
}

/* A door decides alone about what is at it: between what is denied and what is allowed. */
static Packet
knock (guint16 from, guint16 port)
{
  static guint16 last_port = 20000; /* each is another conversation */

  return (Packet){ .protocol = IPPROTO_TCP,
                   .src = from,
                   .dst = 1,
                   .src_port = ++last_port,
                   .dst_port = port,
                   .flags = SYN };
}

static void
test_doors (Fixture *self, gconstpointer data)
{
  BgAccessRule rules[] = { allow_port (IPPROTO_TCP, 80), allow_port (IPPROTO_TCP, 22),
                           allow_port (IPPROTO_TCP, 22) };

  rules[0].door = rules[0].named = rules[0].known = true;
  rules[0].key = key2;
  set_rules (self, rules, 1);
  g_assert_true (admit (self, knock (2, 80)));
  g_assert_false (admit (self, knock (3, 80)));
  g_assert_true (admit (self, knock (3, 22)));
  set_rules (self, rules, 2); /* all but 22 is closed */
  g_assert_true (admit (self, knock (2, 80)));
  g_assert_false (admit (self, knock (3, 80)));
  g_assert_false (admit (self, knock (2, 81)));
  rules[1] = (BgAccessRule){ .protocol = BG_ACCESS_ANY };
  set_rules (self, rules, 2); /* everything is allowed, but for what a door says */
  g_assert_false (admit (self, knock (3, 80)));
  g_assert_true (admit (self, knock (3, 81)));
  rules[1].deny = true;
  set_rules (self, rules, 2);
  g_assert_false (admit (self, knock (2, 80)));
  rules[0].known = false; /* whoever had the name is gone */
  set_rules (self, rules, 1);
  g_assert_false (admit (self, knock (2, 80)));
}

/* Extension headers before a fragment header; the numbers of RFC 8200. */
static void
test_fragment_v6 (void)
{
  guint8 bytes[128] = { 0x60 };
  BgFlow flow;

  bg_put_be16 (bytes + 4, 40);
  bytes[6] = IPPROTO_DSTOPTS;
  bytes[40] = IPPROTO_FRAGMENT;
  bytes[48] = IPPROTO_UDP;
  bg_put_be16 (bytes + 50, 8 << 3);
  bg_put_be32 (bytes + 52, 0x01020304);
  g_assert_true (bg_flow_read (bytes, 80, true, &flow));
  g_assert_true (flow.later_fragment);
  g_assert_cmpuint (flow.pieces.local_port, ==, 0x0304);
  g_assert_cmpuint (flow.pieces.remote_port, ==, 0x0102);
  bg_put_be16 (bytes + 50, 1);
  g_assert_true (bg_flow_read (bytes, 80, true, &flow));
  g_assert_true (flow.first_fragment && flow.has_ports);
  bg_put_be16 (bytes + 50, 0);
  g_assert_true (bg_flow_read (bytes, 80, true, &flow));
  g_assert_false (flow.first_fragment || flow.later_fragment);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name) g_test_add ("/access/" #name, Fixture, NULL, setup, test_##name, teardown)
  ADD (no_rules);
  ADD (allow);
  ADD (deny_wins);
  ADD (peer);
  ADD (doors);
  ADD (prefixes);
  ADD (answers);
  ADD (answers_end);
  ADD (running_flows);
  ADD (connection_before_the_table);
  ADD (echo);
  ADD (errors);
  ADD (fragments);
  ADD (bounded);
  g_test_add_func ("/access/counters-go-on", test_counters_go_on);
  g_test_add_func ("/flow/fragment-v6", test_fragment_v6);
  return g_test_run ();
}
