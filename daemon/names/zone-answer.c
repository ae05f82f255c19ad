/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "names/zone-answer.h"

#include <sys/socket.h>

static void
push (GArray *records, BgDnsType type, const BgIpPrefix *address, const char *target)
{
  BgDnsRecord record = { .type = type, .ttl = BG_ZONE_TTL_S, .address = address, .target = target };

  g_array_append_val (records, record);
}

static gboolean
asks_for (const BgDnsQuery *query, BgDnsType type)
{
  guint16 asked = bg_dns_query_get_type (query);

  return asked == type || asked == BG_DNS_TYPE_ANY;
}

static void
push_addresses (GArray *records, const BgDnsQuery *query, const BgZoneFind *find)
{
  for (guint i = 0; i < find->n_addresses; i++)
    {
      const BgIpPrefix *address = &find->addresses[i];
      BgDnsType type = address->family == AF_INET ? BG_DNS_TYPE_A : BG_DNS_TYPE_AAAA;

      if (asks_for (query, type))
        push (records, type, address, NULL);
    }
}

static BgDnsRecord
soa_of (const BgZone *zone, const BgZoneFind *find, guint32 ttl)
{
  return (BgDnsRecord){
    .owner = find->apex,
    .type = BG_DNS_TYPE_SOA,
    .ttl = ttl,
    .target = bg_zone_get_primary (zone),
    .serial = bg_zone_get_serial (zone),
  };
}

static void
push_apex (GArray *records, const BgZone *zone, const BgDnsQuery *query, const BgZoneFind *find)
{
  if (asks_for (query, BG_DNS_TYPE_SOA))
    {
      BgDnsRecord soa = soa_of (zone, find, BG_ZONE_NEGATIVE_TTL_S);

      g_array_append_val (records, soa);
    }
  if (asks_for (query, BG_DNS_TYPE_NS))
    push (records, BG_DNS_TYPE_NS, NULL, bg_zone_get_primary (zone));
}

static void
push_answers (GArray *records, const BgZone *zone, const BgDnsQuery *query, const BgZoneFind *find)
{
  switch (find->kind)
    {
    case BG_ZONE_HOST:
      push_addresses (records, query, find);
      break;
    case BG_ZONE_POINTER:
      if (asks_for (query, BG_DNS_TYPE_PTR))
        push (records, BG_DNS_TYPE_PTR, NULL, find->target);
      break;
    case BG_ZONE_APEX:
      push_apex (records, zone, query, find);
      break;
    case BG_ZONE_EMPTY:
    case BG_ZONE_MISSING:
    case BG_ZONE_FOREIGN:
      break;
    }
}

GBytes *
bg_zone_answer (const BgZone *zone, const BgDnsQuery *query, gboolean udp)
{
  BgZoneFind find = bg_zone_find (zone, bg_dns_query_get_name (query));
  g_autoptr (GArray) records = g_array_new (FALSE, TRUE, sizeof (BgDnsRecord));
  BgDnsReply reply = { .is_authoritative = TRUE, .note = BG_DNS_NOTE_NONE };
  BgDnsRecord soa;

  if (find.kind == BG_ZONE_FOREIGN)
    return NULL;
  push_answers (records, zone, query, &find);
  soa = soa_of (zone, &find, BG_ZONE_NEGATIVE_TTL_S);
  reply.code = find.kind == BG_ZONE_MISSING ? BG_DNS_NXDOMAIN : BG_DNS_NOERROR;
  reply.answers = (const BgDnsRecord *) records->data;
  reply.n_answers = records->len;
  reply.authority = records->len == 0 ? &soa : NULL;
  return bg_dns_query_reply (query, &reply, udp);
}
