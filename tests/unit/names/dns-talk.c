/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dns-talk.h"

#include <string.h>

static GBytes *
write_packet (ldns_pkt *packet)
{
  uint8_t *wire;
  size_t len;

  g_assert_cmpint (ldns_pkt2wire (&wire, packet, &len), ==, LDNS_STATUS_OK);
  ldns_pkt_free (packet);
  return g_bytes_new_with_free_func (wire, len, free, wire);
}

static void
set_edns (ldns_pkt *packet, const DnsQuestion *question)
{
  ldns_pkt_set_edns_udp_size (packet, (uint16_t) question->edns);
  ldns_pkt_set_edns_version (packet, (uint8_t) question->version);
  ldns_pkt_set_edns_do (packet, question->dnssec);
}

GBytes *
dns_ask (const DnsQuestion *question)
{
  ldns_pkt *packet = ldns_pkt_query_new (
    ldns_dname_new_frm_str (question->name), (ldns_rr_type) question->type,
    question->klass ? (ldns_rr_class) question->klass : LDNS_RR_CLASS_IN, LDNS_RD);

  ldns_pkt_set_id (packet, (uint16_t) (question->id ? question->id : 4711));
  ldns_pkt_set_opcode (packet, (ldns_pkt_opcode) question->opcode);
  if (question->edns)
    set_edns (packet, question);
  return write_packet (packet);
}

ldns_pkt *
dns_read (GBytes *answer)
{
  ldns_pkt *packet = NULL;
  gsize len;
  const guint8 *data;

  g_assert_nonnull (answer);
  data = g_bytes_get_data (answer, &len);
  g_assert_cmpint (ldns_wire2pkt (&packet, data, len), ==, LDNS_STATUS_OK);
  g_assert_true (ldns_pkt_qr (packet));
  return packet;
}

static int
compare (gconstpointer a, gconstpointer b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

char *
dns_text (ldns_rr_list *records)
{
  g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func (g_free);

  for (size_t i = 0; i < ldns_rr_list_rr_count (records); i++)
    {
      char *text = ldns_rr2str (ldns_rr_list_rr (records, i));

      g_ptr_array_add (lines, g_strdelimit (g_strstrip (g_strdup (text)), "\t", ' '));
      free (text);
    }
  g_ptr_array_sort (lines, compare);
  g_ptr_array_add (lines, NULL);
  return g_strjoinv ("|", (char **) lines->pdata);
}

GBytes *
dns_answer (GBytes *asked, const char *record, int code)
{
  ldns_pkt *packet = NULL;
  ldns_rr *rr = NULL;
  gsize len;
  const guint8 *data = g_bytes_get_data (asked, &len);

  g_assert_cmpint (ldns_wire2pkt (&packet, data, len), ==, LDNS_STATUS_OK);
  ldns_pkt_set_qr (packet, true);
  ldns_pkt_set_rcode (packet, (uint8_t) code);
  if (record)
    {
      g_assert_cmpint (ldns_rr_new_frm_str (&rr, record, 0, NULL, NULL), ==, LDNS_STATUS_OK);
      ldns_pkt_push_rr (packet, LDNS_SECTION_ANSWER, rr);
    }
  return write_packet (packet);
}
