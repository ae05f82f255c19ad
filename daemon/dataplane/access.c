/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dataplane/access.h"

#include "dataplane/flow.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum
{
  WAYS = 4,
  SETS = BG_ACCESS_FLOWS_MAX / WAYS,
  EPHEMERAL_FIRST = 32768, /* Linux's ports of who begins */
};

#define SECOND_NS 1000000000ull

typedef enum
{
  NOBODY,
  THEIRS,
  OURS,
} Origin; /* who began: the higher is displaced last */

typedef struct
{
  BgFlowKey key;
  uint64_t used_ns;
  const void *peer;    /* THEIRS: whose packet was allowed */
  uint32_t generation; /* and by which rules */
  int16_t rule;
  uint8_t origin;
} Entry;

struct BgAccess
{
  BgAccessRules *rules; /* NULL: none */
  uint32_t generation;
  uint64_t secret[2];
  struct
  {
    BgFlowKey key;
    uint64_t ns;
  } last[2];           /* that was noted while there are no rules: outbound, inbound */
  Entry (*sets)[WAYS]; /* NULL: nothing passed yet */
};

BgAccess *
bg_access_new (void)
{
  BgAccess *self = calloc (1, sizeof *self);

  if (!self)
    abort ();
  if (getrandom (self->secret, sizeof self->secret, GRND_NONBLOCK) != (ssize_t) sizeof self->secret)
    self->secret[0] = (uintptr_t) self;
  self->secret[1] |= 1;
  return self;
}

void
bg_access_free (BgAccess *self)
{
  if (!self)
    return;
  bg_access_rules_unref (self->rules);
  free (self->sets);
  free (self);
}

void
bg_access_set_rules_take (BgAccess *self, BgAccessRules *rules)
{
  bg_access_rules_unref (self->rules);
  self->rules = rules;
  bg_access_forget_peers (self);
}

void
bg_access_forget_peers (BgAccess *self)
{
  self->generation++;
  memset (self->last, 0, sizeof self->last);
}

/* --- The table of conversations --- */

static uint64_t
idle_limit_ns (const BgFlowKey *key)
{
  if (key->fragments)
    return 30 * SECOND_NS;
  switch (key->protocol)
    {
    case IPPROTO_TCP:
      return 432000 * SECOND_NS;
    case IPPROTO_ICMP:
      return 60 * SECOND_NS;
    default:
      return 300 * SECOND_NS;
    }
}

static bool
is_over (const Entry *entry, uint64_t now_ns)
{
  return entry->origin == NOBODY || now_ns - entry->used_ns > idle_limit_ns (&entry->key);
}

/* Of a secret, so that nobody fills one set on purpose. */
static Entry *
set_of (const BgAccess *self, const BgFlowKey *key)
{
  uint64_t words[sizeof *key / 8], hash = self->secret[0];

  memcpy (words, key, sizeof *key);
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    {
      hash = (hash ^ words[i]) * self->secret[1];
      hash ^= hash >> 29;
    }
  return self->sets[hash % SETS];
}

static Entry *
find (const BgAccess *self, const BgFlowKey *key, uint64_t now_ns)
{
  Entry *set = self->sets ? set_of (self, key) : NULL;

  for (int i = 0; set && i < WAYS; i++)
    if (memcmp (&set[i].key, key, sizeof *key) == 0)
      return is_over (&set[i], now_ns) ? NULL : &set[i];
  return NULL;
}

static bool
gives_way (const Entry *entry, const Entry *best, uint64_t now_ns)
{
  if (is_over (entry, now_ns) || is_over (best, now_ns))
    return is_over (entry, now_ns) && !is_over (best, now_ns);
  if (entry->origin != best->origin)
    return entry->origin < best->origin;
  return entry->used_ns < best->used_ns;
}

/* A place for a new one; NULL where others have more right to it. */
static Entry *
make_place (BgAccess *self, const BgFlowKey *key, Origin origin, uint64_t now_ns)
{
  Entry *set, *best;

  if (!self->sets && !(self->sets = calloc (SETS, sizeof *self->sets)))
    abort ();
  best = set = set_of (self, key);
  for (int i = 0; i < WAYS; i++)
    {
      if (memcmp (&set[i].key, key, sizeof *key) == 0)
        return &set[i];
      if (gives_way (&set[i], best, now_ns))
        best = &set[i];
    }
  return is_over (best, now_ns) || (Origin) best->origin <= origin ? best : NULL;
}

static void
remember (BgAccess *self, const BgFlowKey *key, Entry as)
{
  Entry *place = make_place (self, key, as.origin, as.used_ns);

  if (!place)
    return;
  as.key = *key;
  *place = as;
}

/* --- Without rules: who began --- */

/* Nearly all packets of a machine without rules: they cost next to nothing. */
static bool
is_no_news (const BgAccess *self, const uint8_t *bytes, size_t len)
{
  return !self->rules && bg_flow_is_segment (bytes, len);
}

/* Most packets of a batch are of one conversation. */
static bool
is_known (BgAccess *self, const BgFlow *flow, bool inbound, uint64_t now_ns)
{
  if (memcmp (&self->last[inbound].key, &flow->key, sizeof flow->key) == 0
      && now_ns - self->last[inbound].ns < SECOND_NS)
    return true;
  self->last[inbound].key = flow->key;
  self->last[inbound].ns = now_ns;
  return false;
}

static void
learn (BgAccess *self, const BgFlow *flow, bool inbound, uint64_t now_ns)
{
  Entry *entry;

  if (flow->continues || flow->related || flow->later_fragment
      || is_known (self, flow, inbound, now_ns))
    return;
  entry = find (self, &flow->key, now_ns);
  if (entry && !flow->starts)
    entry->used_ns = now_ns;
  else
    remember (self, &flow->key, (Entry){ .used_ns = now_ns, .origin = inbound ? THEIRS : OURS });
}

/* --- Outbound --- */

/* A connection that was there before this table: its ports tell who began. */
static bool
looks_ours (const BgFlow *flow)
{
  return flow->key.local_port >= EPHEMERAL_FIRST && flow->key.remote_port < EPHEMERAL_FIRST;
}

static void
note_out (BgAccess *self, const BgFlow *flow, uint64_t now_ns)
{
  Entry *entry = find (self, &flow->key, now_ns);

  if (entry && (!flow->starts || entry->origin == OURS))
    entry->used_ns = now_ns;
  else if (flow->key.protocol != IPPROTO_TCP || flow->starts || looks_ours (flow))
    remember (self, &flow->key, (Entry){ .used_ns = now_ns, .origin = OURS });
}

void
bg_access_note (BgAccess *self, const uint8_t *bytes, size_t len, uint64_t now_ns)
{
  BgFlow flow;

  if (is_no_news (self, bytes, len) || !bg_flow_read (bytes, len, false, &flow))
    return;
  if (!self->rules)
    learn (self, &flow, false, now_ns);
  else if (!flow.related && !flow.later_fragment)
    note_out (self, &flow, now_ns);
}

/* --- Inbound --- */

static BgAccessQuestion
question_of (const BgFlow *flow, const WgKey *key)
{
  return (BgAccessQuestion){
    .peer = key,
    .family = flow->key.family,
    .from = flow->key.remote,
    .to = flow->key.local,
    .protocol = flow->key.protocol,
    .has_port = flow->has_ports,
    .port = flow->key.local_port,
  };
}

/* Of a conversation that they began, whatever passes is allowed anew by the rules of now. */
static bool
judge (BgAccess *self, const BgFlow *flow, const void *peer, const WgKey *key, uint64_t now_ns)
{
  Entry *entry = find (self, &flow->key, now_ns);
  BgAccessQuestion question = question_of (flow, key);
  int which = -1;

  if (entry && entry->origin == THEIRS && entry->generation == self->generation
      && entry->peer == peer)
    {
      entry->used_ns = now_ns;
      if (entry->rule >= 0)
        bg_access_rules_count (self->rules, entry->rule);
      return true;
    }
  if (!bg_access_rules_judge (self->rules, &question, &which))
    {
      bg_access_rules_count (self->rules, which);
      return false;
    }
  if (which >= 0)
    bg_access_rules_count (self->rules, which);
  remember (self, &flow->key,
            (Entry){ .used_ns = now_ns,
                     .peer = peer,
                     .generation = self->generation,
                     .rule = (int16_t) which,
                     .origin = THEIRS });
  return true;
}

static bool
is_answer (BgAccess *self, const BgFlow *flow, uint64_t now_ns)
{
  Entry *entry = flow->starts ? NULL : find (self, &flow->key, now_ns);

  if (!entry || entry->origin != OURS)
    return false;
  entry->used_ns = now_ns;
  return true;
}

static bool
admit_whole (BgAccess *self, const BgFlow *flow, const void *peer, const WgKey *key,
             uint64_t now_ns)
{
  if (flow->related && find (self, &flow->about, now_ns))
    return true;
  return is_answer (self, flow, now_ns) || judge (self, flow, peer, key, now_ns);
}

bool
bg_access_admit (BgAccess *self, const void *peer, const WgKey *key, const uint8_t *bytes,
                 size_t len, uint64_t now_ns)
{
  BgFlow flow;
  bool admitted;

  if (is_no_news (self, bytes, len))
    return true;
  if (!bg_flow_read (bytes, len, true, &flow))
    return false;
  if (!self->rules)
    {
      learn (self, &flow, true, now_ns);
      return true;
    }
  /* What belongs to a packet whose beginning did not pass is of no use to anybody. */
  if (flow.later_fragment)
    return find (self, &flow.pieces, now_ns) != NULL;
  admitted = admit_whole (self, &flow, peer, key, now_ns);
  if (admitted && flow.first_fragment)
    remember (self, &flow.pieces, (Entry){ .used_ns = now_ns, .origin = THEIRS });
  return admitted;
}
