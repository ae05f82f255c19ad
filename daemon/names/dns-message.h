/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The one door to ldns: what a message asks, answers to it, and whether an answer belongs to a question. Messages come from
 * anybody; nothing of them is believed. Pure; main thread only. */

#include "common/ip-prefix.h"

#include <glib.h>

G_BEGIN_DECLS

enum
{
  BG_DNS_PORT = 53,
  /* Longest question that is looked at. */
  BG_DNS_QUERY_MAX = 4096,
  /* Longest answer that anybody is asked for by UDP: it fits into a packet everywhere (RFC 9715). */
  BG_DNS_UDP_MAX = 1232,
  BG_DNS_MESSAGE_MAX = 65535,
};

/* RFC 1035, RFC 6891 */
typedef enum
{
  BG_DNS_NOERROR  = 0,
  BG_DNS_FORMERR  = 1,
  BG_DNS_SERVFAIL = 2,
  BG_DNS_NXDOMAIN = 3,
  BG_DNS_NOTIMP   = 4,
  BG_DNS_REFUSED  = 5,
  BG_DNS_BADVERS  = 16,
} BgDnsCode;

/* Those that we know more of than the number. */
typedef enum
{
  BG_DNS_TYPE_A    = 1,
  BG_DNS_TYPE_NS   = 2,
  BG_DNS_TYPE_SOA  = 6,
  BG_DNS_TYPE_PTR  = 12,
  BG_DNS_TYPE_AAAA = 28,
  BG_DNS_TYPE_IXFR = 251,
  BG_DNS_TYPE_AXFR = 252,
  BG_DNS_TYPE_ANY  = 255,
} BgDnsType;

enum
{
  BG_DNS_CLASS_IN = 1
};

/* What is known of an error beyond its code (RFC 8914). */
typedef enum
{
  BG_DNS_NOTE_NONE          = -1,
  BG_DNS_NOTE_OTHER         = 0,
  BG_DNS_NOTE_NOT_READY     = 14,
  BG_DNS_NOTE_PROHIBITED    = 18,
  BG_DNS_NOTE_NOT_AUTHORITY = 20,
  BG_DNS_NOTE_NO_REACHABLE  = 22,
  BG_DNS_NOTE_NETWORK_ERROR = 23,
} BgDnsNote;

/* A question. */
typedef struct _BgDnsQuery BgDnsQuery;

/* NULL where it is no question that can be answered: then `refusal` is what is to be said all the same, or NULL for nothing. */
BgDnsQuery *bg_dns_query_new (const guint8 *data, gsize len, GBytes **refusal);
void bg_dns_query_free (BgDnsQuery *query);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgDnsQuery, bg_dns_query_free)

/* In lower case, without the dot at the end ("" is the root). A dot or anything odd inside a label has a backslash before it: what
 * bg_dns_name_normalize() lets pass looks the same here. */
const char *bg_dns_query_get_name (const BgDnsQuery *query);
guint16 bg_dns_query_get_type (const BgDnsQuery *query);
/* The name without its first label; NULL for the root. */
const char *bg_dns_parent (const char *name);
/* Why it is answered by an error at once: another class than IN, another opcode than QUERY, a later EDNS, a transfer. NOERROR where
 * it is not. */
BgDnsCode bg_dns_query_get_fault (const BgDnsQuery *query);

/* A record of ours; what its type needs of the fields. */
typedef struct
{
  const char       *owner;   /* NULL: the name that was asked for, as it was written there */
  BgDnsType         type;
  guint32           ttl;     /* s */
  const BgIpPrefix *address; /* A, AAAA */
  const char       *target;  /* NS, PTR; of SOA the primary */
  guint32           serial;  /* of SOA */
} BgDnsRecord;

typedef struct
{
  BgDnsCode          code;
  gboolean           is_authoritative;
  const BgDnsRecord *answers;
  guint              n_answers;
  const BgDnsRecord *authority; /* one, or NULL */
  BgDnsNote          note;
  const char        *note_text; /* NULL for none */
} BgDnsReply;

/* The message that says it; by UDP at most as long as the asker takes, else with the mark that it is cut (TC) and without
 * records. */
GBytes *bg_dns_query_reply (const BgDnsQuery *query, const BgDnsReply *reply, gboolean udp);
/* The answer to whoever may not ask: the same for every message that is long enough to be a question, no longer than that was. NULL:
 * none. */
GBytes *bg_dns_refuse (const guint8 *data, gsize len);

/* The same question to somebody else, with a number of ours: of EDNS nothing but the size and the DO bit is passed on, since the
 * rest is between two (RFC 6891, 6.1.1; RFC 7871). */
GBytes *bg_dns_query_forward (const BgDnsQuery *query, guint16 id);
/* Does it answer what bg_dns_query_forward() asked with `id`? */
gboolean bg_dns_query_is_answered (const BgDnsQuery *query, guint16 id, const guint8 *data, gsize len);
/* Of an answer: its code, without what EDNS adds. */
BgDnsCode bg_dns_answer_get_code (const guint8 *data, gsize len);
/* The same answer to whoever asked: with their number, and by UDP cut where it is too long for them. */
GBytes *bg_dns_query_pass_on (const BgDnsQuery *query, const guint8 *data, gsize len, gboolean udp);

G_END_DECLS
