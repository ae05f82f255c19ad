/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "names/dns-message.h"

#include <ldns/ldns.h>
#include <string.h>
#include <sys/socket.h>

/* RFC 1035, 4.2.1: what everybody takes. */
#define UDP_MIN 512

/* Of the SOA record; nobody transfers the zone. */
#define REFRESH_S 3600
#define RETRY_S 600
#define EXPIRE_S 86400

struct _BgDnsQuery
{
  ldns_pkt *packet;
  char *name;
};

/* --- Reading --- */

static const ldns_rr *
question_of (const BgDnsQuery *query)
{
  return ldns_rr_list_rr (ldns_pkt_question (query->packet), 0);
}

static char *
text_of (const ldns_rdf *dname)
{
  ldns_rdf *canonical = ldns_rdf_clone (dname);
  char *text, *name;
  gsize len;

  ldns_dname2canonical (canonical);
  text = ldns_rdf2str (canonical);
  ldns_rdf_deep_free (canonical);
  len = text ? strlen (text) : 0;
  name = g_strndup (text ? text : "", len > 0 ? len - 1 : 0);
  free (text);
  return name;
}

/* Nobody answers an answer, or two would never end. */
static gboolean
is_question (const guint8 *data, gsize len)
{
  return len >= LDNS_HEADER_SIZE && !LDNS_QR_WIRE (data);
}

static GBytes *
take_wire (ldns_pkt *packet)
{
  uint8_t *wire = NULL;
  size_t len = 0;

  if (ldns_pkt2wire (&wire, packet, &len) != LDNS_STATUS_OK)
    return NULL;
  return g_bytes_new_with_free_func (wire, len, free, wire);
}

/* Number, opcode and RD of the question, nothing else. */
static GBytes *
header_only (const guint8 *data, BgDnsCode code)
{
  ldns_pkt *packet = ldns_pkt_new ();
  GBytes *wire;

  ldns_pkt_set_id (packet, LDNS_ID_WIRE (data));
  ldns_pkt_set_opcode (packet, LDNS_OPCODE_WIRE (data));
  ldns_pkt_set_rd (packet, LDNS_RD_WIRE (data));
  ldns_pkt_set_qr (packet, true);
  ldns_pkt_set_rcode (packet, (uint8_t) code);
  wire = take_wire (packet);
  ldns_pkt_free (packet);
  return wire;
}

GBytes *
bg_dns_refuse (const guint8 *data, gsize len)
{
  return is_question (data, len) ? header_only (data, BG_DNS_REFUSED) : NULL;
}

static ldns_pkt *
read_question (const guint8 *data, gsize len)
{
  ldns_pkt *packet = NULL;

  if (len > BG_DNS_QUERY_MAX || LDNS_QDCOUNT (data) != 1 || LDNS_ANCOUNT (data) != 0
      || LDNS_NSCOUNT (data) != 0 || ldns_wire2pkt (&packet, data, len) != LDNS_STATUS_OK)
    return NULL;
  return packet;
}

BgDnsQuery *
bg_dns_query_new (const guint8 *data, gsize len, GBytes **refusal)
{
  BgDnsQuery *query;
  ldns_pkt *packet;

  *refusal = NULL;
  if (!is_question (data, len))
    return NULL;
  packet = read_question (data, len);
  if (!packet)
    {
      *refusal = header_only (data, BG_DNS_FORMERR);
      return NULL;
    }
  query = g_new0 (BgDnsQuery, 1);
  query->packet = packet;
  query->name = text_of (ldns_rr_owner (question_of (query)));
  return query;
}

void
bg_dns_query_free (BgDnsQuery *query)
{
  if (!query)
    return;
  ldns_pkt_free (query->packet);
  g_free (query->name);
  g_free (query);
}

const char *
bg_dns_query_get_name (const BgDnsQuery *query)
{
  return query->name;
}

guint16
bg_dns_query_get_type (const BgDnsQuery *query)
{
  return (guint16) ldns_rr_get_type (question_of (query));
}

const char *
bg_dns_parent (const char *name)
{
  if (!*name)
    return NULL;
  for (; *name && *name != '.'; name++)
    if (*name == '\\' && name[1])
      name++;
  return *name ? name + 1 : name;
}

BgDnsCode
bg_dns_query_get_fault (const BgDnsQuery *query)
{
  guint16 type = bg_dns_query_get_type (query);

  if (ldns_pkt_get_opcode (query->packet) != LDNS_PACKET_QUERY)
    return BG_DNS_NOTIMP;
  if (ldns_pkt_edns (query->packet) && ldns_pkt_edns_version (query->packet) != 0)
    return BG_DNS_BADVERS;
  if (ldns_rr_get_class (question_of (query)) != LDNS_RR_CLASS_IN)
    return BG_DNS_REFUSED;
  return type == BG_DNS_TYPE_AXFR || type == BG_DNS_TYPE_IXFR ? BG_DNS_REFUSED : BG_DNS_NOERROR;
}

/* --- Records --- */

static ldns_rdf *
dname_of (const char *name)
{
  return ldns_dname_new_frm_str (*name ? name : ".");
}

/* RFC 1035, 3.3.13; the least of TTL and the last field is how long a negative answer lasts (RFC 2308). */
static void
push_soa (ldns_rr *rr, const BgDnsRecord *record)
{
  g_autofree char *person = g_strconcat ("hostmaster.", record->target, NULL);
  const guint32 numbers[] = { record->serial, REFRESH_S, RETRY_S, EXPIRE_S, record->ttl };
  ldns_rdf *mailbox = dname_of (person);

  ldns_rr_push_rdf (rr, dname_of (record->target));
  ldns_rr_push_rdf (rr, mailbox ? mailbox : dname_of (record->target));
  for (gsize i = 0; i < G_N_ELEMENTS (numbers); i++)
    ldns_rr_push_rdf (
      rr, ldns_native2rdf_int32 (i == 0 ? LDNS_RDF_TYPE_INT32 : LDNS_RDF_TYPE_PERIOD, numbers[i]));
}

static void
push_data (ldns_rr *rr, const BgDnsRecord *record)
{
  switch (record->type)
    {
    case BG_DNS_TYPE_A:
      ldns_rr_push_rdf (rr, ldns_rdf_new_frm_data (LDNS_RDF_TYPE_A, 4, record->address->addr));
      break;
    case BG_DNS_TYPE_AAAA:
      ldns_rr_push_rdf (rr, ldns_rdf_new_frm_data (LDNS_RDF_TYPE_AAAA, 16, record->address->addr));
      break;
    case BG_DNS_TYPE_SOA:
      push_soa (rr, record);
      break;
    default:
      ldns_rr_push_rdf (rr, dname_of (record->target));
      break;
    }
}

static ldns_rr *
make_record (const BgDnsQuery *query, const BgDnsRecord *record)
{
  ldns_rr *rr = ldns_rr_new ();

  ldns_rr_set_owner (rr, record->owner ? dname_of (record->owner)
                                       : ldns_rdf_clone (ldns_rr_owner (question_of (query))));
  ldns_rr_set_type (rr, (ldns_rr_type) record->type);
  ldns_rr_set_class (rr, LDNS_RR_CLASS_IN);
  ldns_rr_set_ttl (rr, record->ttl);
  push_data (rr, record);
  return rr;
}

/* --- Replies --- */

/* An empty message about the same question, EDNS as the asker has it. */
static ldns_pkt *
begin (const BgDnsQuery *query)
{
  ldns_pkt *packet = ldns_pkt_new ();

  ldns_pkt_set_opcode (packet, ldns_pkt_get_opcode (query->packet));
  ldns_pkt_set_rd (packet, ldns_pkt_rd (query->packet));
  ldns_pkt_set_cd (packet, ldns_pkt_cd (query->packet));
  ldns_pkt_push_rr (packet, LDNS_SECTION_QUESTION, ldns_rr_clone (question_of (query)));
  if (ldns_pkt_edns (query->packet))
    {
      ldns_pkt_set_edns_udp_size (packet, BG_DNS_UDP_MAX);
      ldns_pkt_set_edns_do (packet, ldns_pkt_edns_do (query->packet));
    }
  return packet;
}

static void
push_note (ldns_pkt *packet, const BgDnsReply *reply)
{
  gsize len = reply->note_text ? strlen (reply->note_text) : 0;
  g_autofree guint8 *data = NULL;
  ldns_edns_option_list *list;

  if (reply->note == BG_DNS_NOTE_NONE || !ldns_pkt_edns (packet))
    return;
  data = g_malloc (2 + len);
  ldns_write_uint16 (data, (uint16_t) reply->note);
  if (len > 0)
    memcpy (data + 2, reply->note_text, len);
  list = ldns_edns_option_list_new ();
  ldns_edns_option_list_push (list, ldns_edns_new_from_data (LDNS_EDNS_EDE, 2 + len, data));
  ldns_pkt_set_edns_option_list (packet, list);
}

static ldns_pkt *
begin_reply (const BgDnsQuery *query, const BgDnsReply *reply)
{
  ldns_pkt *packet = begin (query);

  ldns_pkt_set_id (packet, ldns_pkt_id (query->packet));
  ldns_pkt_set_qr (packet, true);
  ldns_pkt_set_ra (packet, true);
  ldns_pkt_set_aa (packet, reply->is_authoritative);
  ldns_pkt_set_rcode (packet, reply->code & 0xf);
  if (ldns_pkt_edns (packet))
    ldns_pkt_set_edns_extended_rcode (packet, (uint8_t) (reply->code >> 4));
  push_note (packet, reply);
  return packet;
}

/* What the asker takes by UDP. */
static gsize
udp_room (const BgDnsQuery *query)
{
  return ldns_pkt_edns (query->packet) ? MAX (ldns_pkt_edns_udp_size (query->packet), UDP_MIN)
                                       : UDP_MIN;
}

static GBytes *
say_truncated (const BgDnsQuery *query, const BgDnsReply *reply)
{
  ldns_pkt *packet = begin_reply (query, reply);
  GBytes *wire;

  ldns_pkt_set_tc (packet, true);
  wire = take_wire (packet);
  ldns_pkt_free (packet);
  return wire;
}

GBytes *
bg_dns_query_reply (const BgDnsQuery *query, const BgDnsReply *reply, gboolean udp)
{
  ldns_pkt *packet = begin_reply (query, reply);
  GBytes *wire;

  for (guint i = 0; i < reply->n_answers; i++)
    ldns_pkt_push_rr (packet, LDNS_SECTION_ANSWER, make_record (query, &reply->answers[i]));
  if (reply->authority)
    ldns_pkt_push_rr (packet, LDNS_SECTION_AUTHORITY, make_record (query, reply->authority));
  wire = take_wire (packet);
  ldns_pkt_free (packet);
  if (wire && udp && g_bytes_get_size (wire) > udp_room (query))
    {
      g_bytes_unref (wire);
      return say_truncated (query, reply);
    }
  return wire;
}

/* --- Forwarding --- */

GBytes *
bg_dns_query_forward (const BgDnsQuery *query, guint16 id)
{
  ldns_pkt *packet = begin (query);
  GBytes *wire;

  ldns_pkt_set_id (packet, id);
  ldns_pkt_set_ad (packet, ldns_pkt_ad (query->packet));
  if (ldns_pkt_edns (packet))
    ldns_pkt_set_edns_udp_size (packet, (uint16_t) MIN (udp_room (query), BG_DNS_UDP_MAX));
  wire = take_wire (packet);
  ldns_pkt_free (packet);
  return wire;
}

static gboolean
is_same_question (const ldns_rr *a, const ldns_rr *b)
{
  return ldns_rr_get_type (a) == ldns_rr_get_type (b)
         && ldns_rr_get_class (a) == ldns_rr_get_class (b)
         && ldns_dname_compare (ldns_rr_owner (a), ldns_rr_owner (b)) == 0;
}

gboolean
bg_dns_query_is_answered (const BgDnsQuery *query, guint16 id, const guint8 *data, gsize len)
{
  size_t at = LDNS_HEADER_SIZE;
  ldns_rr *rr = NULL;
  gboolean is_same;

  if (len < LDNS_HEADER_SIZE || !LDNS_QR_WIRE (data) || LDNS_ID_WIRE (data) != id
      || LDNS_OPCODE_WIRE (data) != LDNS_PACKET_QUERY)
    return FALSE;
  if (LDNS_QDCOUNT (data) == 0) /* some say so that they do not understand it */
    return LDNS_RCODE_WIRE (data) != BG_DNS_NOERROR && LDNS_RCODE_WIRE (data) != BG_DNS_NXDOMAIN;
  if (LDNS_QDCOUNT (data) != 1
      || ldns_wire2rr (&rr, data, len, &at, LDNS_SECTION_QUESTION) != LDNS_STATUS_OK)
    return FALSE;
  is_same = is_same_question (rr, question_of (query));
  ldns_rr_free (rr);
  return is_same;
}

BgDnsCode
bg_dns_answer_get_code (const guint8 *data, gsize len)
{
  return len < LDNS_HEADER_SIZE ? BG_DNS_SERVFAIL : (BgDnsCode) LDNS_RCODE_WIRE (data);
}

GBytes *
bg_dns_query_pass_on (const BgDnsQuery *query, const guint8 *data, gsize len, gboolean udp)
{
  const BgDnsReply cut = { .note = BG_DNS_NOTE_NONE };
  guint8 *copy;

  if (udp && len > udp_room (query))
    return say_truncated (query, &cut);
  copy = g_memdup2 (data, len);
  ldns_write_uint16 (copy, ldns_pkt_id (query->packet));
  return g_bytes_new_take (copy, len);
}
