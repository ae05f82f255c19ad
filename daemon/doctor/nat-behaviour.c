/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "doctor/nat-behaviour.h"

#include <string.h>

enum
{
  RTO_MS = 500, /* RFC 8489, 6.2.1; fewer requests than there, so that a person need not wait */
  RETRY_MS = 1000,
  SENDS = 3,
};

/* What is asked, each once; the names of RFC 5780 behind it. */
typedef enum
{
  FIRST,                                   /* 4.3, test I, of every server */
  OTHER_HOST = FIRST + BG_NAT_SERVERS_MAX, /* 4.3, test II */
  OTHER_BOTH,                              /* 4.3, test III */
  OPENING,                                 /* 4.4, test I */
  CHANGE_BOTH,                             /* 4.4, test II */
  CHANGE_PORT,                             /* 4.4, test III */
  CONTROL, /* a change of both where the filter is open: does the server do that? */
  HAIRPIN,
  QUESTIONS,
} Question;

typedef enum
{
  UNASKED,
  ASKED,
  ANSWERED,
  REFUSED, /* or answered from elsewhere than was asked for */
  SILENT,
} State;

typedef struct
{
  State state;
  BgNatSocket socket;
  BgStunPlace to, from; /* whom it is sent to, where the answer is to come from */
  BgStunRequest request;
  guint sends;
  gint64 next_ms;
  BgStunPlace mapped;
} Transaction;

struct _BgNatBehaviour
{
  BgNatSend send;
  gpointer owner;
  BgStunTalk *talk;
  BgStunPlace servers[BG_NAT_SERVERS_MAX];
  guint n_servers;
  BgStunPlace local;
  gint chosen, first; /* servers: with another address, and the first to answer; -1: none */
  BgStunPlace other;
  Transaction asked[QUESTIONS];
};

/* Asking */

static void
send_again (BgNatBehaviour *self, Transaction *asked, gint64 now_ms)
{
  asked->next_ms = now_ms + (asked->sends == 0 ? RTO_MS : RETRY_MS);
  asked->sends++;
  self->send (self->owner, asked->socket, &asked->to, asked->request.bytes, asked->request.len);
}

static void
ask (BgNatBehaviour *self, Question question, BgNatSocket socket, const BgStunPlace *to,
     BgStunChange change, const BgStunPlace *from, gint64 now_ms)
{
  Transaction *asked = &self->asked[question];

  if (asked->state != UNASKED)
    return;
  asked->state = SILENT;
  asked->socket = socket;
  asked->to = *to;
  asked->from = *from;
  if (!bg_stun_talk_write (self->talk, change, &asked->request))
    return;
  asked->state = ASKED;
  send_again (self, asked, now_ms);
}

static gboolean
has_answer (const BgNatBehaviour *self, Question question)
{
  return self->asked[question].state == ANSWERED;
}

static gboolean
is_same (const BgNatBehaviour *self, Question a, Question b)
{
  return bg_stun_place_equal (&self->asked[a].mapped, &self->asked[b].mapped);
}

static gboolean
is_translated (const BgNatBehaviour *self, Question question)
{
  return !bg_stun_place_equal (&self->asked[question].mapped, &self->local);
}

static void
ask_mapping (BgNatBehaviour *self, gint64 now_ms)
{
  const BgStunPlace *server = &self->servers[self->chosen];
  const BgStunPlace host = { self->other.host, server->port };

  ask (self, OTHER_HOST, BG_NAT_MAPPING_SOCKET, &host, BG_STUN_SAME, &host, now_ms);
  ask (self, OTHER_BOTH, BG_NAT_MAPPING_SOCKET, &self->other, BG_STUN_SAME, &self->other, now_ms);
}

static void
ask_filtering (BgNatBehaviour *self, gint64 now_ms)
{
  const BgStunPlace *server = &self->servers[self->chosen];
  const BgStunPlace port = { server->host, self->other.port };

  ask (self, OPENING, BG_NAT_FILTERING_SOCKET, server, BG_STUN_SAME, server, now_ms);
  if (!has_answer (self, OPENING))
    return;
  ask (self, CHANGE_BOTH, BG_NAT_FILTERING_SOCKET, server, BG_STUN_OTHER_BOTH, &self->other,
       now_ms);
  ask (self, CHANGE_PORT, BG_NAT_FILTERING_SOCKET, server, BG_STUN_OTHER_PORT, &port, now_ms);
}

/* The mapping socket has spoken to the other place, so that no filter is in its way. */
static void
ask_control (BgNatBehaviour *self, gint64 now_ms)
{
  if (has_answer (self, OTHER_BOTH) && is_same (self, OTHER_BOTH, self->chosen))
    ask (self, CONTROL, BG_NAT_MAPPING_SOCKET, &self->servers[self->chosen], BG_STUN_OTHER_BOTH,
         &self->other, now_ms);
}

static void
ask_on (BgNatBehaviour *self, gint64 now_ms)
{
  if (self->chosen >= 0)
    {
      ask_mapping (self, now_ms);
      ask_filtering (self, now_ms);
      ask_control (self, now_ms);
    }
  if (self->first >= 0 && is_translated (self, self->first))
    ask (self, HAIRPIN, BG_NAT_FILTERING_SOCKET, &self->asked[self->first].mapped, BG_STUN_SAME,
         &self->asked[self->first].mapped, now_ms);
}

/* Answers */

static Transaction *
find_asked (BgNatBehaviour *self, const guint8 *id)
{
  for (guint i = 0; i < QUESTIONS; i++)
    if (self->asked[i].state == ASKED && memcmp (self->asked[i].request.id, id, BG_STUN_ID) == 0)
      return &self->asked[i];
  return NULL;
}

/* A server says whom else we send to: only what it can answer from, and nobody in our own networks for one that is outside. */
static gboolean
may_be_asked (const BgStunPlace *server, const BgStunPlace *other)
{
  return other->host.family == server->host.family && other->port != 0
         && other->port != server->port && !bg_stun_place_is_at (other, &server->host)
         && bg_ip_prefix_is_unicast_host (&other->host)
         && (bg_ip_prefix_is_nobodys (&server->host) || !bg_ip_prefix_is_nobodys (&other->host));
}

static void
note_server (BgNatBehaviour *self, gint server, const BgStunAnswer *answer)
{
  if (self->first < 0)
    self->first = server;
  if (self->chosen >= 0 || !answer->has_other
      || !may_be_asked (&self->servers[server], &answer->other))
    return;
  self->chosen = server;
  self->other = answer->other;
}

static State
judge (const Transaction *asked, const BgStunPlace *from, const BgStunAnswer *answer)
{
  if (answer->kind != BG_STUN_ANSWERED)
    return REFUSED;
  return bg_stun_place_equal (from, &asked->from)
             && answer->mapped.host.family == asked->to.host.family
           ? ANSWERED
           : REFUSED;
}

static void
note_answer (BgNatBehaviour *self, Transaction *asked, const BgStunPlace *from,
             const BgStunAnswer *answer)
{
  Question question = (Question) (asked - self->asked);

  asked->state = judge (asked, from, answer);
  asked->mapped = answer->mapped;
  if (asked->state == ANSWERED && question < OTHER_HOST)
    note_server (self, (gint) question, answer);
}

void
bg_nat_behaviour_take (BgNatBehaviour *self, BgNatSocket at, const BgStunPlace *from,
                       const guint8 *data, gsize len, gint64 now_ms)
{
  BgStunAnswer answer;
  Transaction *asked;

  bg_stun_talk_read (self->talk, data, len, &answer);
  asked = answer.kind == BG_STUN_NOTHING ? NULL : find_asked (self, answer.id);
  if (!asked)
    return;
  if (asked == &self->asked[HAIRPIN])
    asked->state = at == BG_NAT_MAPPING_SOCKET && answer.kind == BG_STUN_REQUEST_BACK ? ANSWERED
                                                                                      : REFUSED;
  else if (answer.kind != BG_STUN_REQUEST_BACK && at == asked->socket)
    note_answer (self, asked, from, &answer);
  ask_on (self, now_ms);
}

/* Time */

gint64
bg_nat_behaviour_next (const BgNatBehaviour *self)
{
  gint64 next_ms = G_MAXINT64;

  for (guint i = 0; i < QUESTIONS; i++)
    if (self->asked[i].state == ASKED)
      next_ms = MIN (next_ms, self->asked[i].next_ms);
  return next_ms;
}

gboolean
bg_nat_behaviour_is_done (const BgNatBehaviour *self)
{
  return bg_nat_behaviour_next (self) == G_MAXINT64;
}

void
bg_nat_behaviour_run (BgNatBehaviour *self, gint64 now_ms)
{
  for (guint i = 0; i < QUESTIONS; i++)
    {
      Transaction *asked = &self->asked[i];

      if (asked->state != ASKED || asked->next_ms > now_ms)
        continue;
      if (asked->sends < SENDS)
        send_again (self, asked, now_ms);
      else
        asked->state = SILENT;
    }
}

/* The report */

/* Two servers at different addresses; those at one tell as much where they see different ports. */
static BgNatDependence
compare_servers (const BgNatBehaviour *self)
{
  BgNatDependence found = BG_NAT_NOT_KNOWN;

  for (guint i = 0; i < self->n_servers; i++)
    {
      if ((gint) i == self->first || !has_answer (self, i))
        continue;
      if (!is_same (self, i, (Question) self->first))
        return BG_NAT_DEPENDENT;
      if (!bg_stun_place_is_at (&self->servers[i], &self->servers[self->first].host))
        found = BG_NAT_INDEPENDENT;
    }
  return found;
}

static BgNatDependence
judge_mapping (const BgNatBehaviour *self)
{
  if (!is_translated (self, (Question) self->first))
    return BG_NAT_INDEPENDENT;
  if (self->chosen < 0 || !has_answer (self, OTHER_HOST))
    return compare_servers (self);
  if (is_same (self, OTHER_HOST, (Question) self->chosen))
    return BG_NAT_INDEPENDENT;
  if (!has_answer (self, OTHER_BOTH))
    return BG_NAT_DEPENDENT;
  return is_same (self, OTHER_BOTH, OTHER_HOST) ? BG_NAT_BY_ADDRESS : BG_NAT_BY_ADDRESS_AND_PORT;
}

static BgNatDependence
judge_filtering (const BgNatBehaviour *self)
{
  State both = self->asked[CHANGE_BOTH].state, port = self->asked[CHANGE_PORT].state,
        control = self->asked[CONTROL].state;

  if (both == ANSWERED)
    return BG_NAT_INDEPENDENT;
  if (both == REFUSED)
    return BG_NAT_NOT_KNOWN;
  if (port == ANSWERED && both == SILENT)
    return BG_NAT_BY_ADDRESS;
  if (both != SILENT || port != SILENT || (control != UNASKED && control != ANSWERED))
    return BG_NAT_NOT_KNOWN;
  return BG_NAT_BY_ADDRESS_AND_PORT;
}

static BgNatAnswer
judge_hairpin (const BgNatBehaviour *self)
{
  switch (self->asked[HAIRPIN].state)
    {
    case ANSWERED:
      return BG_NAT_YES;
    case SILENT:
      return BG_NAT_NO;
    case UNASKED:
    case ASKED:
    case REFUSED:
    default:
      return BG_NAT_UNTOLD;
    }
}

void
bg_nat_behaviour_report (const BgNatBehaviour *self, BgNatReport *report)
{
  *report = (BgNatReport){ .local = self->local, .answered = self->first >= 0 };
  if (!report->answered)
    return;
  report->translated = is_translated (self, (Question) self->first);
  report->mapped = self->asked[self->first].mapped;
  report->by_two_servers = self->chosen < 0;
  report->mapping = judge_mapping (self);
  report->filtering = judge_filtering (self);
  report->hairpin = judge_hairpin (self);
}

BgNatGrade
bg_nat_report_grade (const BgNatReport *report)
{
  if (!report->answered || report->mapping == BG_NAT_NOT_KNOWN)
    return BG_NAT_UNJUDGED;
  if (report->mapping != BG_NAT_INDEPENDENT)
    return BG_NAT_HARD;
  return report->filtering == BG_NAT_INDEPENDENT ? BG_NAT_OPEN : BG_NAT_EASY;
}

const char *
bg_nat_dependence_name (BgNatDependence dependence)
{
  static const char *const names[] = {
    [BG_NAT_NOT_KNOWN] = "not-known",
    [BG_NAT_INDEPENDENT] = "endpoint-independent",
    [BG_NAT_BY_ADDRESS] = "address-dependent",
    [BG_NAT_BY_ADDRESS_AND_PORT] = "address-and-port-dependent",
    [BG_NAT_DEPENDENT] = "dependent",
  };

  return names[dependence];
}

/* Life */

BgNatBehaviour *
bg_nat_behaviour_new (const BgStunPlace *servers, guint n_servers, const BgStunPlace *local,
                      BgNatSend send, gpointer owner, gint64 now_ms)
{
  BgNatBehaviour *self = g_new0 (BgNatBehaviour, 1);

  self->send = send;
  self->owner = owner;
  self->talk = bg_stun_talk_new ();
  self->local = *local;
  self->chosen = self->first = -1;
  self->n_servers = MIN (n_servers, BG_NAT_SERVERS_MAX);
  for (guint i = 0; i < self->n_servers; i++)
    {
      self->servers[i] = servers[i];
      ask (self, FIRST + i, BG_NAT_MAPPING_SOCKET, &servers[i], BG_STUN_SAME, &servers[i], now_ms);
    }
  return self;
}

void
bg_nat_behaviour_free (BgNatBehaviour *self)
{
  if (!self)
    return;
  bg_stun_talk_free (self->talk);
  g_free (self);
}
