/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "names/resolver.h"

#include "names/zone-answer.h"

struct _BgResolver
{
  BgForwarder *forwarder;
  BgZone *zone;          /* NULL: not yet */
  BgForwardTable *table; /* NULL: nothing is forwarded */
  BgResolverCounts counts;
};

BgResolver *
bg_resolver_new (BgForwarder *forwarder)
{
  BgResolver *self = g_new0 (BgResolver, 1);

  self->forwarder = forwarder;
  return self;
}

void
bg_resolver_free (BgResolver *self)
{
  if (!self)
    return;
  bg_zone_unref (self->zone);
  bg_forward_table_unref (self->table);
  g_free (self);
}

void
bg_resolver_set_zone (BgResolver *self, BgZone *zone)
{
  bg_zone_unref (self->zone);
  self->zone = zone ? bg_zone_ref (zone) : NULL;
}

void
bg_resolver_set_table (BgResolver *self, BgForwardTable *table)
{
  bg_forward_table_unref (self->table);
  self->table = table ? bg_forward_table_ref (table) : NULL;
}

static GBytes *
say (const BgDnsQuery *query, BgDnsCode code, BgDnsNote note, gboolean udp)
{
  const BgDnsReply reply = { .code = code, .note = note };

  return bg_dns_query_reply (query, &reply, udp);
}

/* What we know ourselves; NULL: others are to be asked. */
static GBytes *
answer_here (BgResolver *self, const BgDnsQuery *query, gboolean udp)
{
  BgDnsCode fault = bg_dns_query_get_fault (query);

  if (fault != BG_DNS_NOERROR)
    return say (query, fault, BG_DNS_NOTE_NONE, udp);
  if (!self->zone)
    return say (query, BG_DNS_SERVFAIL, BG_DNS_NOTE_NOT_READY, udp);
  return bg_zone_answer (self->zone, query, udp);
}

static gboolean
find_route (BgResolver *self, const BgDnsQuery *query, BgForwardRoute *route)
{
  return self->table && bg_forward_table_find (self->table, bg_dns_query_get_name (query), route);
}

void
bg_resolver_ask (BgResolver *self, const guint8 *data, gsize len, gboolean udp, gint64 now_ms,
                 BgForwarderDone done, gpointer asker)
{
  g_autoptr (GBytes) reply = NULL;
  g_autoptr (BgDnsQuery) query = bg_dns_query_new (data, len, &reply);
  BgForwardRoute route;

  if (query)
    reply = answer_here (self, query, udp);
  if (query && !reply && find_route (self, query, &route))
    {
      self->counts.forwarded++;
      bg_forwarder_ask (self->forwarder, g_steal_pointer (&query), &route, udp, now_ms, done,
                        asker);
      return;
    }
  if (query && reply)
    self->counts.here++;
  else
    self->counts.refused++;
  if (query && !reply)
    reply = say (query, BG_DNS_REFUSED, BG_DNS_NOTE_NOT_AUTHORITY, udp);
  done (asker, reply);
}

const BgResolverCounts *
bg_resolver_get_counts (const BgResolver *self)
{
  return &self->counts;
}
