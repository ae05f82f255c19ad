/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "transport/path.h"

#include <string.h>

#define MS UINT64_C (1000000)

enum
{
  KIND_BITS = 3,
  TRIES_BESIDE_DIRECT = 3,
};
_Static_assert(BG_TRANSPORT_KINDS <= 1 << KIND_BITS, "a probe id names its transport");

/* The highest bit stays free for those who number probes of their own. */
#define COUNTER_MASK (UINT32_MAX >> 1 >> KIND_BITS)

static uint32_t
probe_id (BgTransportKind kind, uint32_t counter)
{
  return (counter & COUNTER_MASK) << KIND_BITS | kind;
}

static uint64_t
min_u64 (uint64_t a, uint64_t b)
{
  return a < b ? a : b;
}

static uint64_t
max_u64 (uint64_t a, uint64_t b)
{
  return a > b ? a : b;
}

static void
link_forget_sent (BgLink *link)
{
  link->asked = false;
  link->missed = 0;
  link->unanswered_ns = link->unverified_ns = BG_PATH_NEVER;
}

/* When it is probed although nothing else asks for it. The leader's moments are the same for all of its peers, so that
 * it wakes once for all. */
static void
link_plan_idle (const BgPath *path, BgLink *link)
{
  uint64_t idle_ns = BG_PATH_IDLE_MS * MS, due_ns;

  if (bg_watch_is_close (path->watch, path->sent_ns, link->probed_ns))
    due_ns = bg_watch_next (link->probed_ns);
  else if (path->leads)
    due_ns = (link->probed_ns + idle_ns) / idle_ns * idle_ns;
  else if (link->attended_ns >= link->probed_ns + BG_PATH_MEASURE_MS * MS)
    due_ns = link->attended_ns;
  else
    due_ns = max_u64 (link->attended_ns, link->probed_ns) + BG_PATH_SILENT_LEADER_MS * MS;
  link->due_ns = due_ns;
}

static void
link_start (BgPath *path, BgLink *link, uint64_t now_ns)
{
  link->state = path->control ? BG_LINK_PROVING : BG_LINK_PROVED;
  link_forget_sent (link);
  link->first_probe = link->next_probe;
  link->spacing_ns = BG_PATH_PROBE_MS * MS;
  link->due_ns = now_ns;
  link->latency_ns = -1;
  link->handshake_sent = false;
  link->answered = link->attended = false;
  if (link == &path->links[BG_TRANSPORT_DIRECT])
    bg_path_mtu_stop (&path->mtu);
}

static void
link_prove (BgPath *path, BgLink *link, uint64_t now_ns)
{
  if (link->state == BG_LINK_ABSENT || link->state == BG_LINK_PROVED)
    return;
  link->state = BG_LINK_PROVED;
  link_forget_sent (link);
  link->probed_ns = link->attended_ns = now_ns;
  link_plan_idle (path, link);
  if (link == &path->links[BG_TRANSPORT_DIRECT])
    bg_path_mtu_start (&path->mtu, now_ns);
}

static void
link_die (BgPath *path, BgLink *link, uint64_t now_ns)
{
  link->state = BG_LINK_DEAD;
  link_forget_sent (link);
  if (link == &path->links[BG_TRANSPORT_DIRECT])
    bg_path_mtu_stop (&path->mtu);
  link->spacing_ns = BG_PATH_DEAD_MS * MS;
  link->due_ns = now_ns + link->spacing_ns;
}

void
bg_path_init (BgPath *path, bool control)
{
  memset (path, 0, sizeof *path);
  path->control = control;
  bg_path_mtu_init (&path->mtu, 0, 0);
}

void
bg_path_set_leads (BgPath *path, bool leads)
{
  path->leads = leads;
}

void
bg_path_set_watch (BgPath *path, BgWatch watch, uint64_t now_ns)
{
  BgLink *live = &path->links[path->live];

  if (path->watch == watch)
    return;
  path->watch = watch;
  if (live->state == BG_LINK_PROVED && bg_watch_is_close (watch, path->sent_ns, now_ns))
    live->due_ns = min_u64 (live->due_ns, bg_watch_next (now_ns));
}

void
bg_path_set_sizes (BgPath *path, uint32_t floor, uint32_t ceiling, uint64_t now_ns)
{
  if (path->mtu.ceiling != ceiling)
    bg_path_mtu_init (&path->mtu, floor, ceiling);
  else
    bg_path_mtu_set_floor (&path->mtu, floor, now_ns);
}

void
bg_path_set_control (BgPath *path, bool control, uint64_t now_ns)
{
  if (path->control == control)
    return;
  path->control = control;
  for (int kind = 0; kind < BG_TRANSPORT_KINDS; kind++)
    if (path->links[kind].state != BG_LINK_ABSENT)
      link_start (path, &path->links[kind], now_ns);
}

BgTransport *
bg_path_attach_take (BgPath *path, BgTransport *transport, uint64_t now_ns)
{
  BgLink *link = &path->links[transport->kind];
  BgTransport *old = link->transport;

  link->transport = transport;
  if (transport->kind == BG_TRANSPORT_DIRECT)
    path->pair_size = 0;
  link_start (path, link, now_ns);
  return old;
}

BgTransport *
bg_path_detach (BgPath *path, BgTransportKind kind)
{
  BgLink *link = &path->links[kind];
  BgTransport *transport = link->transport;

  link->transport = NULL;
  link->state = BG_LINK_ABSENT;
  link_forget_sent (link);
  return transport;
}

bool
bg_path_is_empty (const BgPath *path)
{
  for (int kind = 0; kind < BG_TRANSPORT_KINDS; kind++)
    if (path->links[kind].transport)
      return false;
  return true;
}

bool
bg_path_has (const BgPath *path, const BgTransport *transport)
{
  return path->links[transport->kind].transport == transport;
}

static bool
may_carry (const BgPath *path, BgTransportKind kind)
{
  return path->links[kind].state == BG_LINK_PROVED
         && (kind != BG_TRANSPORT_DIRECT || !path->control || path->mtu.proved > 0);
}

/* Those of the kinds from `first` to below `end` that might carry, but are not proved. */
static void
look_again (BgPath *path, int first, int end, uint64_t now_ns)
{
  for (int kind = first; kind < end; kind++)
    {
      BgLink *link = &path->links[kind];

      if (link->state != BG_LINK_PROVING && link->state != BG_LINK_DEAD)
        continue;
      link->due_ns = min_u64 (link->due_ns, now_ns);
      link->spacing_ns = min_u64 (link->spacing_ns, BG_PATH_RETRY_MS * MS);
    }
}

bool
bg_path_choose (BgPath *path, uint64_t now_ns)
{
  BgTransportKind best = BG_TRANSPORT_NONE;

  for (int kind = BG_TRANSPORT_KINDS - 1; kind > BG_TRANSPORT_NONE && best == BG_TRANSPORT_NONE;
       kind--)
    if (may_carry (path, (BgTransportKind) kind))
      best = (BgTransportKind) kind;
  if (best == path->live)
    return false;
  /* What was proved long ago is looked at again at once when it comes into use. */
  if (best < path->live && best != BG_TRANSPORT_NONE)
    path->links[best].due_ns = now_ns;
  if (best < path->live)
    look_again (path, BG_TRANSPORT_NONE + 1,
                best == BG_TRANSPORT_NONE ? BG_TRANSPORT_KINDS : (int) path->live, now_ns);
  path->live = best;
  path->suspected = false;
  return true;
}

static void
link_expect_echo (BgLink *link, uint64_t now_ns)
{
  if (link->unanswered_ns == BG_PATH_NEVER)
    link->unanswered_ns = now_ns;
  if (link->unverified_ns == BG_PATH_NEVER)
    link->unverified_ns = now_ns;
}

void
bg_path_sent (BgPath *path, BgTransportKind kind, uint32_t size, uint64_t now_ns)
{
  /* Traffic again: is there a better way for it by now? */
  if (now_ns - path->sent_ns >= BG_PATH_QUIET_MS * MS)
    look_again (path, (int) kind + 1, BG_TRANSPORT_KINDS, now_ns);
  path->sent_ns = now_ns;
  link_expect_echo (&path->links[kind], now_ns);
  if (kind == BG_TRANSPORT_DIRECT)
    bg_path_mtu_sent (&path->mtu, size, now_ns);
}

void
bg_path_too_big (BgPath *path, BgTransportKind kind, uint32_t size, uint64_t now_ns)
{
  if (kind == BG_TRANSPORT_DIRECT && path->control && path->links[kind].state == BG_LINK_PROVED)
    bg_path_mtu_too_big (&path->mtu, size, now_ns);
}

void
bg_path_unreachable (BgPath *path, BgTransportKind kind, uint64_t now_ns)
{
  BgLink *link = &path->links[kind];

  /* Where it is dead its probes found that out, and come ever more rarely. */
  if (link->state != BG_LINK_ABSENT && link->state != BG_LINK_DEAD && path->control)
    link_die (path, link, now_ns);
}

void
bg_path_received (BgPath *path, BgTransportKind kind, uint64_t now_ns)
{
  BgLink *link = &path->links[kind];

  path->received_on = kind;
  link->unanswered_ns = BG_PATH_NEVER;
  /* The way in works: worth a probe of the way out, though not one per packet. */
  if (link->state == BG_LINK_PROVING || link->state == BG_LINK_DEAD)
    link->due_ns = min_u64 (link->due_ns, link->probed_ns + BG_PATH_PROBE_MS * MS);
}

void
bg_path_moved (BgPath *path, BgTransportKind kind, uint64_t now_ns)
{
  BgLink *link = &path->links[kind];

  if (link->state == BG_LINK_ABSENT)
    return;
  if (kind != path->live)
    link_start (path, link, now_ns);
  link->due_ns = now_ns;
}

void
bg_path_probe_received (BgPath *path, BgTransportKind kind, uint64_t now_ns)
{
  BgLink *link = &path->links[kind];

  link->attended_ns = now_ns;
  link->attended = true;
  if (link->state == BG_LINK_PROVED)
    link_plan_idle (path, link);
}

bool
bg_path_probe_answered (BgPath *path, BgTransportKind kind, uint32_t id, uint64_t latency_ns,
                        uint64_t now_ns)
{
  BgLink *link = &path->links[kind];
  uint32_t age = (link->next_probe - 1 - (id >> KIND_BITS)) & COUNTER_MASK;

  if (link->state == BG_LINK_ABSENT || (id & ((1 << KIND_BITS) - 1)) != kind
      || age >= link->next_probe - link->first_probe)
    return false;
  link->latency_ns = (int64_t) latency_ns;
  link->answered = true;
  path->suspected &= kind != path->live;
  link_forget_sent (link);
  link_prove (path, link, link->probed_ns);
  if (kind == BG_TRANSPORT_DIRECT)
    {
      bg_path_mtu_answered (&path->mtu, id, latency_ns, now_ns);
      if (path->mtu.proved > 0)
        path->pair_size = path->mtu.proved;
    }
  return true;
}

static bool
is_attached (const BgPath *path, BgTransportKind kind)
{
  return path->links[kind].state != BG_LINK_ABSENT;
}

static BgTransportKind
handshake_kind (const BgPath *path, bool second_choice)
{
  bool ice = is_attached (path, BG_TRANSPORT_ICE);

  if (!is_attached (path, BG_TRANSPORT_DATA_CHANNEL))
    {
      if (ice)
        return BG_TRANSPORT_ICE;
      return is_attached (path, BG_TRANSPORT_DIRECT) ? BG_TRANSPORT_DIRECT : BG_TRANSPORT_NONE;
    }
  if (path->links[BG_TRANSPORT_DATA_CHANNEL].state == BG_LINK_DEAD)
    second_choice = !second_choice;
  return ice && second_choice ? BG_TRANSPORT_ICE : BG_TRANSPORT_DATA_CHANNEL;
}

BgTransportKind
bg_path_initiation_kind (BgPath *path)
{
  uint32_t n = path->initiations++;

  if (!path->control)
    return handshake_kind (path, n & 1);
  /* Where the peer moved, the direct transport followed it and is the only one that leads there. */
  if (path->live == BG_TRANSPORT_NONE)
    return n % 3 == 2 && is_attached (path, BG_TRANSPORT_DIRECT) ? BG_TRANSPORT_DIRECT
                                                                 : handshake_kind (path, n % 3 & 1);
  if (n % 2 == 0)
    return path->live;
  return handshake_kind (path, path->live == BG_TRANSPORT_DATA_CHANNEL || (n & 2));
}

BgTransportKind
bg_path_response_kind (const BgPath *path)
{
  return is_attached (path, path->initiation_on) ? path->initiation_on
                                                 : handshake_kind (path, false);
}

void
bg_path_handshake_sent (BgPath *path, BgTransportKind kind)
{
  path->links[kind].handshake_sent = true;
}

void
bg_path_initiation_received (BgPath *path, BgTransportKind kind)
{
  path->initiation_on = kind;
}

void
bg_path_session_confirmed (BgPath *path, uint64_t now_ns)
{
  bool look = !path->session || path->live == BG_TRANSPORT_NONE;

  path->session = true;
  path->initiations = 0;
  if (!path->control)
    return;
  if (path->links[path->received_on].handshake_sent)
    link_prove (path, &path->links[path->received_on], now_ns);
  for (int kind = 0; kind < BG_TRANSPORT_KINDS; kind++)
    {
      BgLink *link = &path->links[kind];

      link->handshake_sent = false;
      if (look && link->state == BG_LINK_PROVING)
        link->spacing_ns = BG_PATH_PROBE_MS * MS;
      if (look && (link->state == BG_LINK_PROVING || link->state == BG_LINK_DEAD))
        link->due_ns = now_ns;
    }
}

void
bg_path_session_lost (BgPath *path, uint64_t now_ns)
{
  path->session = false;
  if (!path->control)
    return;
  for (int kind = 0; kind < BG_TRANSPORT_KINDS; kind++)
    if (path->links[kind].state == BG_LINK_PROVED)
      link_start (path, &path->links[kind], now_ns);
}

void
bg_path_suspend (BgPath *path)
{
  path->session = false;
  path->initiations = 0;
  for (int kind = 0; kind < BG_TRANSPORT_KINDS; kind++)
    {
      BgLink *link = &path->links[kind];

      if (!path->control || link->state != BG_LINK_PROVED)
        continue;
      link_forget_sent (link);
      link->probed_ns = link->due_ns = 0;
      link->missed = kind != (int) path->live;
    }
}

static uint64_t
after (uint64_t since_ns, uint64_t ms)
{
  return since_ns == BG_PATH_NEVER ? BG_PATH_NEVER : since_ns + ms * MS;
}

/* An answer that is not there by then is late. */
static uint64_t
late_ms (const BgLink *link)
{
  uint64_t usual_ms = link->latency_ns > 0 ? (uint64_t) link->latency_ns * 3 / 2 / MS : 0;

  return min_u64 (max_u64 (usual_ms, BG_PATH_MISS_MS), BG_PATH_WATCH_MS);
}

static uint64_t
watch_due (const BgLink *link)
{
  if (link->missed > 0)
    return after (link->probed_ns, BG_PATH_MISS_MS);
  if (link->asked)
    return after (link->probed_ns, late_ms (link));
  return min_u64 (after (link->unanswered_ns, BG_PATH_WATCH_MS),
                  after (link->unverified_ns, BG_PATH_VERIFY_MS));
}

/* Both have the same addresses, and the peer's selector hands to its direct transport what comes beside ICE: no answer to be
 * expected. Once the direct one is gone, or the pair is one that it cannot have, ICE's turn comes at once. */
static bool
is_overshadowed (const BgPath *path, BgTransportKind kind)
{
  const BgLink *link = &path->links[kind];

  return kind == BG_TRANSPORT_ICE && path->live == BG_TRANSPORT_DIRECT
         && link->next_probe - link->first_probe >= TRIES_BESIDE_DIRECT;
}

static uint64_t
link_due (const BgPath *path, BgTransportKind kind)
{
  const BgLink *link = &path->links[kind];

  switch (link->state)
    {
    case BG_LINK_PROVING:
    case BG_LINK_DEAD:
      return is_overshadowed (path, kind) ? BG_PATH_NEVER : link->due_ns;
    case BG_LINK_PROVED:
      if (kind == path->live)
        return min_u64 (watch_due (link), link->due_ns);
      return link->missed > 0 ? watch_due (link) : BG_PATH_NEVER;
    case BG_LINK_ABSENT:
      break;
    }
  return BG_PATH_NEVER;
}

static uint64_t
size_due (const BgPath *path)
{
  return path->links[BG_TRANSPORT_DIRECT].state == BG_LINK_PROVED ? bg_path_mtu_next (&path->mtu)
                                                                  : BG_PATH_NEVER;
}

uint64_t
bg_path_next (const BgPath *path)
{
  uint64_t next = BG_PATH_NEVER;

  if (!path->control || !path->session)
    return BG_PATH_NEVER;
  for (int kind = BG_TRANSPORT_NONE + 1; kind < BG_TRANSPORT_KINDS; kind++)
    next = min_u64 (next, link_due (path, (BgTransportKind) kind));
  return min_u64 (next, size_due (path));
}

/* The live one is in doubt: are those that would take its place still alive? */
static void
doubt_standby (BgPath *path, uint64_t now_ns)
{
  for (int kind = BG_TRANSPORT_NONE + 1; kind < (int) path->live; kind++)
    {
      BgLink *link = &path->links[kind];

      if (link->state != BG_LINK_PROVED || link->missed > 0)
        continue;
      link->missed = 1;
      link->probed_ns = now_ns - min_u64 (now_ns, BG_PATH_MISS_MS * MS);
    }
}

bool
bg_path_take_standby (BgPath *path, BgTransportKind kind)
{
  BgLink *link = &path->links[kind];

  if (kind == path->live || !may_carry (path, kind) || !link->answered || !link->attended)
    return false;
  link->answered = false;
  return true;
}

static bool
is_silent (const BgLink *link, uint8_t misses, uint64_t now_ns)
{
  uint64_t usual_ns = link->latency_ns > 0 ? BG_PATH_DOUBT_ROUND_TRIPS * (uint64_t) link->latency_ns
                                           : 0;

  return link->missed >= misses && now_ns - link->unverified_ns >= usual_ns;
}

static bool
has_sound_standby (const BgPath *path, uint64_t now_ns)
{
  for (int kind = BG_TRANSPORT_NONE + 1; kind < BG_TRANSPORT_KINDS; kind++)
    if (kind != (int) path->live && may_carry (path, (BgTransportKind) kind)
        && !is_silent (&path->links[kind], 2, now_ns))
      return true;
  return false;
}

static bool
is_in_use (const BgPath *path, uint64_t now_ns)
{
  return bg_watch_is_close (path->watch, path->sent_ns, now_ns)
         || (path->sent_ns > 0 && now_ns - path->sent_ns < BG_PATH_QUIET_MS * MS);
}

static void
suspect_live (BgPath *path, uint64_t now_ns)
{
  if (path->suspected || !is_silent (&path->links[path->live], BG_PATH_DOUBTS, now_ns)
      || !is_in_use (path, now_ns) || has_sound_standby (path, now_ns))
    return;
  path->suspected = path->doubted = true;
}

bool
bg_path_take_doubt (BgPath *path)
{
  bool doubted = path->doubted;

  path->doubted = false;
  return doubted;
}

/* To the probe after the next of one that is not proved. */
static uint64_t
next_spacing (const BgPath *path, const BgLink *link, uint64_t now_ns)
{
  uint64_t retry_ns = BG_PATH_RETRY_MS * MS;

  if (link->spacing_ns < retry_ns)
    return min_u64 (link->spacing_ns * 3 / 2, retry_ns);
  if (path->live == BG_TRANSPORT_NONE || now_ns - path->sent_ns < BG_PATH_QUIET_MS * MS)
    return retry_ns;
  return min_u64 (link->spacing_ns * 3 / 2, BG_PATH_RETRY_MAX_MS * MS);
}

/* What answers late is alive: where a queue on the way takes seconds, an answer takes them too. */
static bool
is_overdue (const BgLink *link, uint64_t now_ns)
{
  uint64_t patience_ns = link->latency_ns > 0 ? BG_PATH_ROUND_TRIPS * (uint64_t) link->latency_ns
                                              : 0;

  return link->missed == BG_PATH_MISSES
         && now_ns - link->unverified_ns >= min_u64 (patience_ns, BG_PATH_PATIENCE_MS * MS);
}

/* Before its probe leaves: when the next one does. False where the link dies instead. */
static bool
link_plan_next (BgPath *path, BgTransportKind kind, uint64_t now_ns)
{
  BgLink *link = &path->links[kind];

  if (link->state == BG_LINK_PROVED && now_ns >= watch_due (link))
    {
      if (is_overdue (link, now_ns))
        {
          link_die (path, link, now_ns);
          return false;
        }
      if (link->missed == 0 && kind == path->live)
        doubt_standby (path, now_ns);
      link->missed += link->asked && link->missed == 0; /* that one is the first */
      link->missed += link->missed < BG_PATH_MISSES;
      if (kind == path->live)
        suspect_live (path, now_ns);
    }
  else if (link->state == BG_LINK_PROVED)
    link->asked = bg_watch_is_close (path->watch, path->sent_ns, now_ns);
  else if (link->state != BG_LINK_PROVED)
    {
      link->spacing_ns = next_spacing (path, link, now_ns);
      link->due_ns = now_ns + link->spacing_ns;
    }
  return true;
}

static BgProbe
number_probe (BgPath *path, BgTransportKind kind)
{
  return (BgProbe){ .kind = kind, .id = probe_id (kind, path->links[kind].next_probe++) };
}

static bool
pop_size_probe (BgPath *path, uint64_t now_ns, BgProbe *out)
{
  uint32_t next_id = probe_id (BG_TRANSPORT_DIRECT, path->links[BG_TRANSPORT_DIRECT].next_probe);
  uint32_t size = size_due (path) <= now_ns ? bg_path_mtu_pop (&path->mtu, next_id, now_ns) : 0;

  if (size == 0)
    return false;
  *out = number_probe (path, BG_TRANSPORT_DIRECT);
  out->size = size;
  return true;
}

bool
bg_path_pop_probe (BgPath *path, uint64_t now_ns, BgProbe *out)
{
  if (!path->control || !path->session)
    return false;
  for (int kind = BG_TRANSPORT_KINDS - 1; kind > BG_TRANSPORT_NONE; kind--)
    {
      BgLink *link = &path->links[kind];

      if (link_due (path, (BgTransportKind) kind) > now_ns
          || !link_plan_next (path, (BgTransportKind) kind, now_ns))
        continue;
      link->probed_ns = now_ns;
      if (link->state == BG_LINK_PROVED)
        {
          link_plan_idle (path, link);
          link_expect_echo (link, now_ns);
        }
      *out = number_probe (path, (BgTransportKind) kind);
      return true;
    }
  return pop_size_probe (path, now_ns, out);
}
