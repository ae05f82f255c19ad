/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mapping/port-leases.h"
#include "mapping/mapping-message.h"

#include "common/ip-prefix.h"

#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>

enum
{
  FIRST_WAIT_MS = 250, /* doubles with every try (RFC 6886, 3.1) */
  DOUBLINGS_MAX = 7,
  UNKNOWN_TRIES = 3, /* until no answer means that it is neither PCP nor NAT-PMP */
  TRIES = 7,         /* 32 s: of who answered before */
  RETURN_TRIES = 3,
  SILENT_MS = 600 * 1000,
  MUTE_MS = 60 * 1000, /* who answered before, and does no more */
  REFUSED_S = 300,
  REFUSED_MIN_S = 300,
  REFUSED_MAX_S = 1800,
  LEASE_MAX_S = 24 * 3600,
};

typedef struct
{
  guint16 port;
  guint8 nonce[BG_MAPPING_NONCE];
  gboolean wanted;
  guint tries;             /* since the last answer */
  gint64 due_ms;           /* the next question */
  gboolean is_with_upnp;   /* whose answer is due, */
  gboolean is_upnp_return; /* to the question that gives it back */
  gboolean is_granted;     /* until `ends_ms`, at `granted` */
  gint64 ends_ms;
  BgOutside granted; /* NAT-PMP has the address apart */
  gboolean is_told;  /* `told` is what the owner knows */
  BgOutside told;
} Lease;

struct _BgPortLeases
{
  guint8 client[4];
  const BgPortLeasesCalls *calls;
  gpointer owner;
  GPtrArray *leases;

  BgRouterLanguage language;
  gboolean is_sure; /* it answered in that */
  gint64 silent_until_ms;
  gboolean has_address; /* of NAT-PMP */
  guint8 address[4];
  gboolean has_epoch;
  guint32 epoch_s;
  gint64 epoch_ms; /* when it was heard */
};

BgPortLeases *
bg_port_leases_new (const guint8 client[4], const BgPortLeasesCalls *calls, gpointer owner)
{
  BgPortLeases *self = g_new0 (BgPortLeases, 1);

  memcpy (self->client, client, sizeof self->client);
  self->calls = calls;
  self->owner = owner;
  self->leases = g_ptr_array_new_with_free_func (g_free);
  return self;
}

void
bg_port_leases_free (BgPortLeases *self)
{
  if (!self)
    return;
  g_ptr_array_unref (self->leases);
  g_free (self);
}

static Lease *
find (const BgPortLeases *self, guint16 port)
{
  for (guint i = 0; i < self->leases->len; i++)
    if (((Lease *) self->leases->pdata[i])->port == port)
      return self->leases->pdata[i];
  return NULL;
}

/* Not before UPnP's answer, which would be taken for another's. */
static void
forget (BgPortLeases *self, Lease *lease)
{
  if (!lease->is_with_upnp)
    g_ptr_array_remove_fast (self->leases, lease);
}

/* What the owner knows */

static gboolean
is_usable (const BgOutside *outside)
{
  BgIpPrefix host = { .family = AF_INET, .len = 32 };

  memcpy (host.addr, outside->address, sizeof outside->address);
  return outside->port != 0 && bg_ip_prefix_is_unicast_host (&host);
}

/* FALSE: not known, or nowhere. */
static gboolean
place_of (const BgPortLeases *self, const Lease *lease, BgOutside *place)
{
  if (!lease->is_granted || !lease->wanted)
    return FALSE;
  *place = lease->granted;
  if (self->language == BG_ROUTER_NATPMP)
    memcpy (place->address, self->address, sizeof place->address);
  return (self->language != BG_ROUTER_NATPMP || self->has_address) && is_usable (place);
}

static void
tell (BgPortLeases *self, Lease *lease)
{
  BgOutside place;
  gboolean has_place = place_of (self, lease, &place);

  if (has_place == lease->is_told
      && (!has_place || memcmp (&place, &lease->told, sizeof place) == 0))
    return;
  lease->is_told = has_place;
  if (has_place)
    lease->told = place;
  if (lease->wanted)
    self->calls->moved (self->owner, lease->port, has_place ? &lease->told : NULL);
}

/* Questions */

static BgMappingRequest
request_of (const BgPortLeases *self, const Lease *lease)
{
  BgMappingRequest request = { .inside = lease->port,
                               .outside = lease->is_granted ? lease->granted.port : lease->port,
                               .lifetime_s = lease->wanted ? BG_PORT_LEASE_S : 0 };

  memcpy (request.nonce, lease->nonce, sizeof request.nonce);
  memcpy (request.client, self->client, sizeof request.client);
  return request;
}

static void
ask_pcp (BgPortLeases *self, const BgMappingRequest *request)
{
  guint8 message[BG_PCP_MAP_LEN];

  bg_mapping_write_pcp (request, message);
  self->calls->send (self->owner, message, sizeof message);
}

static void
ask_natpmp (BgPortLeases *self, const BgMappingRequest *request)
{
  guint8 message[BG_NATPMP_MAP_LEN], question[BG_NATPMP_ADDRESS_LEN];

  bg_mapping_write_natpmp_address (question);
  if (request->lifetime_s > 0)
    self->calls->send (self->owner, question, sizeof question);
  bg_mapping_write_natpmp (request, message);
  self->calls->send (self->owner, message, sizeof message);
}

static void
ask_upnp (BgPortLeases *self, Lease *lease)
{
  lease->is_with_upnp = TRUE;
  lease->is_upnp_return = !lease->wanted;
  self->calls->ask_upnp (self->owner, lease->port, lease->wanted ? BG_PORT_LEASE_S : 0);
}

static void
ask (BgPortLeases *self, Lease *lease, gint64 now_ms)
{
  BgMappingRequest request = request_of (self, lease);

  if (self->language == BG_ROUTER_UPNP)
    {
      ask_upnp (self, lease);
      return;
    }
  if (self->language != BG_ROUTER_NATPMP)
    ask_pcp (self, &request);
  if (self->language == BG_ROUTER_NATPMP
      || (self->language == BG_ROUTER_UNKNOWN && lease->tries > 0))
    ask_natpmp (self, &request);
  lease->due_ms = now_ms + ((gint64) FIRST_WAIT_MS << MIN (lease->tries, DOUBLINGS_MAX));
  lease->tries++;
}

static void
set_language (BgPortLeases *self, BgRouterLanguage language, gboolean is_sure)
{
  self->language = language;
  self->is_sure = is_sure;
}

/* Everybody asks again, or for the first time in another language. Those that nobody wants are let go where nothing was heard
 * in any. */
static void
ask_all_at (BgPortLeases *self, gint64 when_ms)
{
  for (guint i = self->leases->len; i > 0; i--)
    {
      Lease *lease = self->leases->pdata[i - 1];

      lease->tries = 0;
      lease->due_ms = when_ms;
      if (!lease->wanted && self->language == BG_ROUTER_SILENT)
        forget (self, lease);
    }
}

static void
fall_silent (BgPortLeases *self, gint64 for_ms, gint64 now_ms)
{
  set_language (self, BG_ROUTER_SILENT, FALSE);
  self->silent_until_ms = now_ms + for_ms;
  ask_all_at (self, self->silent_until_ms);
}

static void
end_grant (BgPortLeases *self, Lease *lease)
{
  lease->is_granted = FALSE;
  tell (self, lease);
}

/* The last question found no answer. */
static void
give_up (BgPortLeases *self, gint64 now_ms)
{
  if (self->is_sure)
    fall_silent (self, MUTE_MS, now_ms);
  else
    {
      set_language (self, BG_ROUTER_UPNP, FALSE);
      ask_all_at (self, now_ms);
    }
}

static guint
tries_of (const BgPortLeases *self, const Lease *lease)
{
  if (!lease->wanted)
    return RETURN_TRIES;
  return self->is_sure ? TRIES : UNKNOWN_TRIES;
}

static void
run_lease (BgPortLeases *self, Lease *lease, gint64 now_ms)
{
  if (lease->is_granted && now_ms >= lease->ends_ms)
    end_grant (self, lease);
  if (now_ms < lease->due_ms || lease->is_with_upnp)
    return;
  if (lease->tries < tries_of (self, lease))
    ask (self, lease, now_ms);
  else if (lease->wanted)
    give_up (self, now_ms);
  else
    forget (self, lease);
}

gint64
bg_port_leases_next (const BgPortLeases *self)
{
  gint64 next_ms = G_MAXINT64;

  for (guint i = 0; i < self->leases->len; i++)
    {
      const Lease *lease = self->leases->pdata[i];

      if (!lease->is_with_upnp)
        next_ms = MIN (next_ms, lease->due_ms);
      if (lease->is_granted && lease->wanted)
        next_ms = MIN (next_ms, lease->ends_ms);
    }
  return next_ms;
}

void
bg_port_leases_run (BgPortLeases *self, gint64 now_ms)
{
  if (self->language == BG_ROUTER_SILENT && now_ms >= self->silent_until_ms)
    set_language (self, BG_ROUTER_UNKNOWN, FALSE);
  for (guint i = self->leases->len; i > 0; i--)
    if (i <= self->leases->len)
      run_lease (self, self->leases->pdata[i - 1], now_ms);
}

/* Wishes */

static guint
count_wanted (const BgPortLeases *self)
{
  guint n = 0;

  for (guint i = 0; i < self->leases->len; i++)
    n += ((const Lease *) self->leases->pdata[i])->wanted;
  return n;
}

static Lease *
new_lease (BgPortLeases *self, guint16 port)
{
  Lease *lease = g_new0 (Lease, 1);

  lease->port = port;
  for (guint i = 0; i < sizeof lease->nonce; i++)
    if (getrandom (&lease->nonce[i], 1, GRND_NONBLOCK) != 1)
      lease->nonce[i] = (guint8) g_random_int ();
  g_ptr_array_add (self->leases, lease);
  return lease;
}

gboolean
bg_port_leases_add (BgPortLeases *self, guint16 port, gint64 now_ms)
{
  Lease *lease = find (self, port);

  if (lease && lease->wanted)
    return TRUE;
  if (count_wanted (self) >= BG_PORT_LEASES_MAX
      || (!lease && self->leases->len >= 2 * BG_PORT_LEASES_MAX))
    return FALSE;
  if (!lease)
    lease = new_lease (self, port);
  lease->wanted = TRUE;
  lease->is_granted = FALSE;
  lease->tries = 0;
  lease->due_ms = self->language == BG_ROUTER_SILENT ? self->silent_until_ms : now_ms;
  return TRUE;
}

static gboolean
was_asked_for (const Lease *lease)
{
  return lease->is_granted || lease->tries > 0 || lease->is_with_upnp;
}

static void
drop (BgPortLeases *self, Lease *lease, gint64 now_ms)
{
  lease->wanted = FALSE;
  lease->is_told = FALSE;
  if (!was_asked_for (lease) || self->language == BG_ROUTER_SILENT)
    {
      forget (self, lease);
      return;
    }
  lease->tries = 0;
  lease->due_ms = now_ms;
}

void
bg_port_leases_drop (BgPortLeases *self, guint16 port, gint64 now_ms)
{
  Lease *lease = find (self, port);

  if (lease && lease->wanted)
    drop (self, lease, now_ms);
}

void
bg_port_leases_drop_all (BgPortLeases *self, gint64 now_ms)
{
  for (guint i = self->leases->len; i > 0; i--)
    {
      Lease *lease = self->leases->pdata[i - 1];

      if (lease->wanted)
        drop (self, lease, now_ms);
    }
}

/* Answers */

/* RFC 6887, 8.5: has the router lost what it knew since we last heard from it? */
static gboolean
has_forgotten (BgPortLeases *self, guint32 epoch_s, gint64 now_ms)
{
  gint64 theirs = (gint64) epoch_s - self->epoch_s, ours = (now_ms - self->epoch_ms) / 1000;
  gboolean forgotten = self->has_epoch
                       && (theirs < -1 || ours + 2 < theirs - theirs / 16
                           || theirs + 2 < ours - ours / 16);

  self->has_epoch = TRUE;
  self->epoch_s = epoch_s;
  self->epoch_ms = now_ms;
  return forgotten;
}

static void
check_epoch (BgPortLeases *self, guint32 epoch_s, gint64 now_ms)
{
  if (!has_forgotten (self, epoch_s, now_ms))
    return;
  for (guint i = 0; i < self->leases->len; i++)
    {
      Lease *lease = self->leases->pdata[i];

      if (lease->is_granted && lease->tries == 0)
        lease->due_ms = now_ms;
    }
}

static void
grant (BgPortLeases *self, Lease *lease, const BgOutside *outside, guint32 lifetime_s,
       gint64 now_ms)
{
  gint64 life_ms = 1000 * (gint64) CLAMP (lifetime_s, BG_PORT_LEASE_MIN_S, LEASE_MAX_S);

  lease->is_granted = TRUE;
  lease->granted = *outside;
  lease->ends_ms = now_ms + life_ms;
  lease->due_ms = now_ms + life_ms / 2;
  lease->tries = 0;
  tell (self, lease);
}

static void
refuse (BgPortLeases *self, Lease *lease, guint32 for_s, gint64 now_ms)
{
  lease->due_ms = now_ms + 1000 * (gint64) CLAMP (for_s, REFUSED_MIN_S, REFUSED_MAX_S);
  lease->tries = 0;
  end_grant (self, lease);
}

/* Of one that is wanted or not. */
static void
settle (BgPortLeases *self, Lease *lease, const BgMappingAnswer *answer, gint64 now_ms)
{
  BgOutside outside = { .port = answer->outside };

  memcpy (outside.address, answer->address, sizeof outside.address);
  if (!lease->wanted && (answer->code != 0 || answer->lifetime_s == 0))
    forget (self, lease);
  else if (!lease->wanted)
    return;
  else if (answer->code != 0 && answer->kind == BG_MAPPING_PCP_MAP)
    refuse (self, lease, answer->lifetime_s, now_ms);
  else if (answer->code != 0)
    refuse (self, lease, REFUSED_S, now_ms);
  else if (answer->lifetime_s > 0)
    grant (self, lease, &outside, answer->lifetime_s, now_ms);
}

static void
take_pcp (BgPortLeases *self, const BgMappingAnswer *answer, gint64 now_ms)
{
  Lease *lease = find (self, answer->inside);

  if (!lease || memcmp (lease->nonce, answer->nonce, sizeof lease->nonce) != 0)
    return;
  if (!self->is_sure)
    set_language (self, BG_ROUTER_PCP, TRUE);
  if (self->language == BG_ROUTER_PCP)
    settle (self, lease, answer, now_ms);
}

/* A refusal need not say of what. */
static void
take_natpmp_map (BgPortLeases *self, const BgMappingAnswer *answer, gint64 now_ms)
{
  for (guint i = self->leases->len; i > 0; i--)
    {
      Lease *lease = self->leases->pdata[i - 1];

      if (lease->tries > 0
          && (answer->inside == lease->port || (answer->inside == 0 && answer->code != 0)))
        settle (self, lease, answer, now_ms);
    }
}

static void
take_natpmp_address (BgPortLeases *self, const BgMappingAnswer *answer)
{
  if (answer->code != 0)
    return;
  self->has_address = TRUE;
  memcpy (self->address, answer->address, sizeof self->address);
  for (guint i = 0; i < self->leases->len; i++)
    tell (self, self->leases->pdata[i]);
}

static void
take_natpmp (BgPortLeases *self, const BgMappingAnswer *answer, gint64 now_ms)
{
  if (!self->is_sure)
    set_language (self, BG_ROUTER_NATPMP, TRUE);
  if (self->language != BG_ROUTER_NATPMP)
    return;
  if (answer->kind == BG_MAPPING_NATPMP_ADDRESS)
    take_natpmp_address (self, answer);
  else
    take_natpmp_map (self, answer, now_ms);
}

void
bg_port_leases_take (BgPortLeases *self, const guint8 *data, gsize len, gint64 now_ms)
{
  BgMappingAnswer answer;

  if (!bg_mapping_read (data, len, &answer))
    return;
  if (answer.kind == BG_MAPPING_NO_PCP)
    {
      if (self->is_sure || self->language != BG_ROUTER_UNKNOWN)
        return;
      set_language (self, BG_ROUTER_NATPMP, FALSE);
      ask_all_at (self, now_ms);
      return;
    }
  if (answer.code == 0)
    check_epoch (self, answer.epoch_s, now_ms);
  if (answer.kind == BG_MAPPING_PCP_MAP)
    take_pcp (self, &answer, now_ms);
  else
    take_natpmp (self, &answer, now_ms);
}

void
bg_port_leases_take_unreachable (BgPortLeases *self, gint64 now_ms)
{
  if (!self->is_sure && self->language == BG_ROUTER_UNKNOWN)
    give_up (self, now_ms);
}

static void
take_upnp_refusal (BgPortLeases *self, Lease *lease, gint64 now_ms)
{
  if (self->is_sure)
    refuse (self, lease, REFUSED_S, now_ms);
  else if (self->language == BG_ROUTER_UPNP)
    fall_silent (self, SILENT_MS, now_ms);
  else
    lease->due_ms = self->language == BG_ROUTER_SILENT ? self->silent_until_ms : now_ms;
}

void
bg_port_leases_take_upnp (BgPortLeases *self, guint16 port, const BgOutside *outside,
                          guint32 lifetime_s, gint64 now_ms)
{
  Lease *lease = find (self, port);

  if (!lease || !lease->is_with_upnp)
    return;
  lease->is_with_upnp = FALSE;
  self->is_sure |= self->language == BG_ROUTER_UPNP && outside;
  if (lease->wanted && lease->is_upnp_return)
    lease->due_ms = now_ms;
  else if (!lease->wanted && (lease->is_upnp_return || !outside))
    forget (self, lease);
  else if (!lease->wanted)
    lease->due_ms = now_ms;
  else if (outside)
    grant (self, lease, outside, lifetime_s, now_ms);
  else
    take_upnp_refusal (self, lease, now_ms);
}

BgRouterLanguage
bg_port_leases_get_language (const BgPortLeases *self)
{
  return self->is_sure || self->language == BG_ROUTER_SILENT ? self->language : BG_ROUTER_UNKNOWN;
}

gboolean
bg_port_leases_is_empty (const BgPortLeases *self)
{
  return self->leases->len == 0;
}

gboolean
bg_port_leases_owe (const BgPortLeases *self)
{
  for (guint i = 0; i < self->leases->len; i++)
    if (self->is_sure || ((const Lease *) self->leases->pdata[i])->is_granted)
      return TRUE;
  return FALSE;
}

gboolean
bg_port_leases_find (const BgPortLeases *self, guint16 port, BgOutside *outside)
{
  const Lease *lease = find (self, port);

  if (!lease || !lease->is_told)
    return FALSE;
  *outside = lease->told;
  return TRUE;
}
