/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The door to messages: what is no question, what EDNS adds, what is cut, and what is passed on. */
#include "names/dns-message.h"
#include "dns-talk.h"

#include <string.h>
#include <sys/socket.h>

static BgDnsQuery *
read_query (const DnsQuestion *question)
{
  g_autoptr (GBytes) asked = dns_ask (question), refusal = NULL;
  gsize len;
  const guint8 *data = g_bytes_get_data (asked, &len);
  BgDnsQuery *query = bg_dns_query_new (data, len, &refusal);

  g_assert_nonnull (query);
  g_assert_null (refusal);
  return query;
}

static ldns_pkt *
reply_to (const DnsQuestion *question, const BgDnsReply *reply, gboolean udp)
{
  g_autoptr (BgDnsQuery) query = read_query (question);
  g_autoptr (GBytes) answer = bg_dns_query_reply (query, reply, udp);

  return dns_read (answer);
}

/* --- Questions --- */

static void
assert_name (const char *asked, const char *wanted)
{
  const DnsQuestion question = { .name = asked, .type = LDNS_RR_TYPE_A };
  g_autoptr (BgDnsQuery) query = read_query (&question);

  g_assert_cmpstr (bg_dns_query_get_name (query), ==, wanted);
}

static void
test_names (void)
{
  assert_name ("Laptop.Example.", "laptop.example");
  assert_name (".", "");
  assert_name ("a\\.b.example.", "a\\.b.example");
  assert_name ("x\\010y.example.", "x\\010y.example");
}

static void
test_parents (void)
{
  g_assert_cmpstr (bg_dns_parent ("a.b.c"), ==, "b.c");
  g_assert_cmpstr (bg_dns_parent ("c"), ==, "");
  g_assert_null (bg_dns_parent (""));
  g_assert_cmpstr (bg_dns_parent ("a\\.b.c"), ==, "c");
  g_assert_cmpstr (bg_dns_parent ("a\\\\.c"), ==, "c");
}

/* The code that `data` is answered with; -1: nothing. */
static int
code_of (const guint8 *data, gsize len)
{
  g_autoptr (GBytes) refusal = NULL;
  g_autoptr (BgDnsQuery) query = bg_dns_query_new (data, len, &refusal);
  gsize n;

  g_assert_null (query);
  return refusal ? ((const guint8 *) g_bytes_get_data (refusal, &n))[3] & 0xf : -1;
}

static void
test_no_questions (void)
{
  const DnsQuestion question = { .name = "a.example.", .type = LDNS_RR_TYPE_A };
  g_autoptr (GBytes) asked = dns_ask (&question);
  gsize len;
  const guint8 *data = g_bytes_get_data (asked, &len);
  g_autofree guint8 *bytes = g_malloc0 (BG_DNS_QUERY_MAX + 1);

  memcpy (bytes, data, len);
  g_assert_cmpint (code_of (bytes, 0), ==, -1);
  g_assert_cmpint (code_of (bytes, 11), ==, -1);
  g_assert_cmpint (code_of (bytes, 12), ==, BG_DNS_FORMERR);
  g_assert_cmpint (code_of (bytes, len - 1), ==, BG_DNS_FORMERR);
  g_assert_cmpint (code_of (bytes, BG_DNS_QUERY_MAX + 1), ==, BG_DNS_FORMERR);
  bytes[5] = 2; /* questions */
  g_assert_cmpint (code_of (bytes, len), ==, BG_DNS_FORMERR);
  bytes[5] = 1;
  bytes[7] = 1; /* answers */
  g_assert_cmpint (code_of (bytes, len), ==, BG_DNS_FORMERR);
  bytes[7] = 0;
  bytes[2] |= 0x80; /* it is an answer itself */
  g_assert_cmpint (code_of (bytes, len), ==, -1);
}

static void
assert_fault (DnsQuestion question, BgDnsCode wanted)
{
  g_autoptr (BgDnsQuery) query = NULL;

  question.name = "a.example.";
  query = read_query (&question);
  g_assert_cmpint (bg_dns_query_get_fault (query), ==, wanted);
}

static void
test_faults (void)
{
  assert_fault ((DnsQuestion){ .type = LDNS_RR_TYPE_A }, BG_DNS_NOERROR);
  assert_fault ((DnsQuestion){ .type = LDNS_RR_TYPE_A, .edns = 4096 }, BG_DNS_NOERROR);
  assert_fault ((DnsQuestion){ .type = LDNS_RR_TYPE_A, .edns = 4096, .version = 1 },
                BG_DNS_BADVERS);
  assert_fault ((DnsQuestion){ .type = LDNS_RR_TYPE_TXT, .klass = LDNS_RR_CLASS_CH },
                BG_DNS_REFUSED);
  assert_fault ((DnsQuestion){ .type = LDNS_RR_TYPE_AXFR }, BG_DNS_REFUSED);
  assert_fault ((DnsQuestion){ .type = LDNS_RR_TYPE_SOA, .opcode = LDNS_PACKET_NOTIFY },
                BG_DNS_NOTIMP);
}

/* --- Replies --- */

static void
test_edns_is_answered_where_it_was_asked (void)
{
  const BgDnsReply reply = { .code = BG_DNS_BADVERS,
                             .note = BG_DNS_NOTE_NO_REACHABLE,
                             .note_text = "why" };
  const DnsQuestion plain = { .name = "a.example.", .type = LDNS_RR_TYPE_A }, edns = {
    .name = "a.example.", .type = LDNS_RR_TYPE_A, .edns = 4096, .dnssec = TRUE
  };
  ldns_pkt *packet = reply_to (&plain, &reply, TRUE);

  g_assert_false (ldns_pkt_edns (packet));
  ldns_pkt_free (packet);
  packet = reply_to (&edns, &reply, TRUE);
  g_assert_cmpuint (ldns_pkt_edns_udp_size (packet), ==, BG_DNS_UDP_MAX);
  g_assert_cmpuint (ldns_pkt_edns_extended_rcode (packet), ==, 1);
  g_assert_true (ldns_pkt_edns_do (packet));
  /* code 15, 5 bytes: 22 and the text */
  g_assert_cmpmem (ldns_rdf_data (ldns_pkt_edns_data (packet)),
                   ldns_rdf_size (ldns_pkt_edns_data (packet)), "\0\x0f\0\x05\0\x16why", 9);
  ldns_pkt_free (packet);
}

static BgDnsReply
long_reply (GArray *records, BgIpPrefix *address)
{
  g_assert_true (bg_ip_prefix_parse ("10.0.0.2", address));
  for (guint i = 0; i < 60; i++)
    {
      BgDnsRecord record = { .type = BG_DNS_TYPE_A, .ttl = i, .address = address };

      g_array_append_val (records, record);
    }
  return (BgDnsReply){ .answers = (BgDnsRecord *) records->data,
                       .n_answers = records->len,
                       .note = BG_DNS_NOTE_NONE };
}

static void
assert_cut (guint edns, gboolean udp, gboolean is_cut)
{
  g_autoptr (GArray) records = g_array_new (FALSE, TRUE, sizeof (BgDnsRecord));
  const DnsQuestion question = { .name = "a.example.", .type = LDNS_RR_TYPE_A, .edns = edns };
  BgIpPrefix address;
  BgDnsReply reply = long_reply (records, &address);
  ldns_pkt *packet = reply_to (&question, &reply, udp);

  g_assert_cmpint (ldns_pkt_tc (packet), ==, is_cut);
  g_assert_cmpuint (ldns_pkt_ancount (packet), ==, is_cut ? 0 : 60);
  ldns_pkt_free (packet);
}

/* Sixty records are 12 + 15 + 60 * 16 bytes, since their name is written once. */
static void
test_what_is_too_long_by_udp_is_cut (void)
{
  assert_cut (0, TRUE, TRUE);
  assert_cut (900, TRUE, TRUE);
  assert_cut (1232, TRUE, FALSE);
  assert_cut (0, FALSE, FALSE);
}

static void
test_strangers_are_refused (void)
{
  const DnsQuestion question = { .name = "a.example.", .type = LDNS_RR_TYPE_A };
  g_autoptr (GBytes) asked = dns_ask (&question), answer = NULL;
  gsize len;
  const guint8 *data = g_bytes_get_data (asked, &len);
  ldns_pkt *packet;

  answer = bg_dns_refuse (data, len);
  packet = dns_read (answer);
  g_assert_cmpint (ldns_pkt_get_rcode (packet), ==, BG_DNS_REFUSED);
  g_assert_cmpuint (ldns_pkt_id (packet), ==, 4711);
  g_assert_cmpuint (g_bytes_get_size (answer), <=, len);
  ldns_pkt_free (packet);
  g_assert_null (bg_dns_refuse (data, 11));
  g_assert_null (bg_dns_refuse (g_bytes_get_data (answer, NULL), 12));
}

/* --- Passing on --- */

static void
test_what_is_asked_of_others (void)
{
  const DnsQuestion question = {
    .name = "A.Example.", .type = LDNS_RR_TYPE_A, .edns = 4096, .dnssec = TRUE
  };
  g_autoptr (BgDnsQuery) query = read_query (&question);
  g_autoptr (GBytes) message = bg_dns_query_forward (query, 99);
  ldns_pkt *packet = NULL;
  g_autofree char *text = NULL;
  gsize len;
  const guint8 *data = g_bytes_get_data (message, &len);

  g_assert_cmpint (ldns_wire2pkt (&packet, data, len), ==, LDNS_STATUS_OK);
  g_assert_cmpuint (ldns_pkt_id (packet), ==, 99);
  g_assert_true (ldns_pkt_rd (packet));
  g_assert_cmpuint (ldns_pkt_edns_udp_size (packet), ==, BG_DNS_UDP_MAX);
  g_assert_true (ldns_pkt_edns_do (packet));
  text = dns_text (ldns_pkt_question (packet));
  g_assert_true (g_str_has_prefix (text, "A.Example."));
  ldns_pkt_free (packet);
}

/* Options of the asker are between the two: a client's subnet is told nobody (RFC 7871). */
static void
test_options_stay_here (void)
{
  ldns_pkt *packet = ldns_pkt_query_new (ldns_dname_new_frm_str ("a.example."), LDNS_RR_TYPE_A,
                                         LDNS_RR_CLASS_IN, LDNS_RD);
  ldns_edns_option_list *list = ldns_edns_option_list_new ();
  g_autoptr (GBytes) refusal = NULL, message = NULL;
  g_autoptr (BgDnsQuery) query = NULL;
  uint8_t *wire;
  size_t len;

  ldns_edns_option_list_push (
    list, ldns_edns_new_from_data (LDNS_EDNS_CLIENT_SUBNET, 7, "\0\1\x18\0\x0a\1\2"));
  ldns_pkt_set_edns_udp_size (packet, 1232);
  ldns_pkt_set_edns_option_list (packet, list);
  g_assert_cmpint (ldns_pkt2wire (&wire, packet, &len), ==, LDNS_STATUS_OK);
  ldns_pkt_free (packet);
  query = bg_dns_query_new (wire, len, &refusal);
  free (wire);
  message = bg_dns_query_forward (query, 1);
  g_assert_cmpuint (g_bytes_get_size (message), ==, 12 + 15 + 11);
}

static void
assert_answered (const BgDnsQuery *query, guint16 id, GBytes *answer, gboolean wanted)
{
  gsize len;
  const guint8 *data = g_bytes_get_data (answer, &len);

  g_assert_cmpint (bg_dns_query_is_answered (query, id, data, len), ==, wanted);
}

static void
test_answers_are_compared (void)
{
  const DnsQuestion question = { .name = "a.example.", .type = LDNS_RR_TYPE_A, .id = 5 },
                    upper = { .name = "A.EXAMPLE.", .type = LDNS_RR_TYPE_A, .id = 5 },
                    other = { .name = "b.example.", .type = LDNS_RR_TYPE_A, .id = 5 },
                    type = { .name = "a.example.", .type = LDNS_RR_TYPE_AAAA, .id = 5 };
  const DnsQuestion *const asked[] = { &question, &upper, &other, &type };
  g_autoptr (BgDnsQuery) query = read_query (&question);

  for (guint i = 0; i < G_N_ELEMENTS (asked); i++)
    {
      g_autoptr (GBytes) message = dns_ask (asked[i]), answer = dns_answer (message, NULL, 0);

      assert_answered (query, 5, message, FALSE);
      assert_answered (query, 5, answer, i <= 1);
      assert_answered (query, 6, answer, FALSE);
    }
}

static void
test_answers_have_the_askers_number (void)
{
  const DnsQuestion question = { .name = "a.example.", .type = LDNS_RR_TYPE_A };
  g_autoptr (BgDnsQuery) query = read_query (&question);
  g_autoptr (GBytes) message = bg_dns_query_forward (query, 1),
                     answer = dns_answer (message, "a.example. 5 IN A 1.2.3.4", 0);
  gsize len;
  const guint8 *data = g_bytes_get_data (answer, &len);
  g_autoptr (GBytes) passed = bg_dns_query_pass_on (query, data, len, TRUE);
  ldns_pkt *packet = dns_read (passed);

  g_assert_cmpuint (ldns_pkt_id (packet), ==, 4711);
  g_assert_cmpuint (ldns_pkt_ancount (packet), ==, 1);
  ldns_pkt_free (packet);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/dns-message/names", test_names);
  g_test_add_func ("/dns-message/parents", test_parents);
  g_test_add_func ("/dns-message/no-questions", test_no_questions);
  g_test_add_func ("/dns-message/faults", test_faults);
  g_test_add_func ("/dns-message/edns", test_edns_is_answered_where_it_was_asked);
  g_test_add_func ("/dns-message/cut", test_what_is_too_long_by_udp_is_cut);
  g_test_add_func ("/dns-message/strangers", test_strangers_are_refused);
  g_test_add_func ("/dns-message/asked-of-others", test_what_is_asked_of_others);
  g_test_add_func ("/dns-message/options", test_options_stay_here);
  g_test_add_func ("/dns-message/compared", test_answers_are_compared);
  g_test_add_func ("/dns-message/numbers", test_answers_have_the_askers_number);
  return g_test_run ();
}
