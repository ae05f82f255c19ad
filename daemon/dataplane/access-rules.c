/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dataplane/access-rules.h"

#include "packet/counters.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

struct BgAccessRules
{
  _Atomic uint32_t refs;
  bool allows; /* there are rules that allow */
  _Atomic uint64_t unmatched;
  _Atomic uint64_t *hits;
  uint32_t n;
  BgAccessRule rules[];
};

BgAccessRules *
bg_access_rules_new (const BgAccessRule *rules, uint32_t n, uint64_t unmatched)
{
  BgAccessRules *self = calloc (1, sizeof *self + n * sizeof *rules);

  if (!self || !(self->hits = calloc (n + 1, sizeof *self->hits)))
    abort ();
  self->refs = 1;
  self->n = n;
  self->unmatched = unmatched;
  for (uint32_t i = 0; i < n; i++)
    {
      self->rules[i] = rules[i];
      self->hits[i] = rules[i].hits;
      self->allows |= !rules[i].deny && !rules[i].door;
    }
  return self;
}

BgAccessRules *
bg_access_rules_ref (BgAccessRules *self)
{
  atomic_fetch_add_explicit (&self->refs, 1, memory_order_relaxed);
  return self;
}

void
bg_access_rules_unref (BgAccessRules *self)
{
  if (!self || atomic_fetch_sub_explicit (&self->refs, 1, memory_order_acq_rel) > 1)
    return;
  free (self->hits);
  free (self);
}

/* --- Judgement --- */

bool
bg_prefix_holds (const BgAllowedIp *prefix, int family, const uint8_t *addr)
{
  uint32_t whole = prefix->prefix / 8, rest = prefix->prefix % 8;

  if (prefix->family == 0)
    return true;
  if (prefix->family != family || memcmp (prefix->addr, addr, whole) != 0)
    return false;
  return rest == 0 || (prefix->addr[whole] ^ addr[whole]) >> (8 - rest) == 0;
}

static bool
has_port (const BgAccessRule *rule, const BgAccessQuestion *question)
{
  if (rule->n_ports == 0)
    return true;
  for (int i = 0; question->has_port && i < rule->n_ports; i++)
    if (rule->ports[i].first <= question->port && question->port <= rule->ports[i].last)
      return true;
  return false;
}

static bool
is_of_peer (const BgAccessRule *rule, const BgAccessQuestion *question)
{
  return !rule->named
         || (rule->known && memcmp (&rule->key, question->peer, sizeof rule->key) == 0);
}

/* Whoever asks. */
static bool
is_about (const BgAccessRule *rule, const BgAccessQuestion *question)
{
  return (rule->protocol == BG_ACCESS_ANY || rule->protocol == question->protocol)
         && has_port (rule, question)
         && bg_prefix_holds (&rule->from, question->family, question->from)
         && bg_prefix_holds (&rule->to, question->family, question->to);
}

static int
find (const BgAccessRules *self, const BgAccessQuestion *question, bool deny, bool door)
{
  for (uint32_t i = 0; i < self->n; i++)
    if (self->rules[i].deny == deny && self->rules[i].door == door
        && is_of_peer (&self->rules[i], question) && is_about (&self->rules[i], question))
      return (int) i;
  return -1;
}

static bool
is_door (const BgAccessRules *self, const BgAccessQuestion *question)
{
  for (uint32_t i = 0; i < self->n; i++)
    if (self->rules[i].door && is_about (&self->rules[i], question))
      return true;
  return false;
}

bool
bg_access_rules_judge (const BgAccessRules *self, const BgAccessQuestion *question, int *which)
{
  *which = find (self, question, true, false);
  if (*which >= 0)
    return false;
  *which = find (self, question, false, true);
  if (*which >= 0 || is_door (self, question))
    return *which >= 0;
  *which = find (self, question, false, false);
  return *which >= 0 || !self->allows;
}

/* --- Counters --- */

void
bg_access_rules_count (BgAccessRules *self, int which)
{
  bg_counter_add (which < 0 ? &self->unmatched : &self->hits[which], 1);
}

uint64_t
bg_access_rules_hits (const BgAccessRules *self, uint32_t i)
{
  return atomic_load_explicit (&self->hits[i], memory_order_relaxed);
}

uint64_t
bg_access_rules_unmatched (const BgAccessRules *self)
{
  return atomic_load_explicit (&self->unmatched, memory_order_relaxed);
}
