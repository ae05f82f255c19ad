/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "candidate-set.h"

typedef enum
{
  KIND_HOST,
  KIND_TCP,
  KIND_REFLEXIVE,
  KIND_RELAYED,
  N_KINDS,
} Kind;

static const guint quotas[N_KINDS] = {
  [KIND_HOST] = BG_CANDIDATES_HOST_MAX,
  [KIND_TCP] = BG_CANDIDATES_TCP_MAX,
  [KIND_REFLEXIVE] = BG_CANDIDATES_REFLEXIVE_MAX,
  [KIND_RELAYED] = BG_CANDIDATES_RELAYED_MAX,
};

typedef struct
{
  Kind kind;
  GSocketFamily family;
  char *endpoint;
  BgIceCandidate *candidate; /* NULL once it was taken */
} Place;

struct _BgCandidateSet
{
  GPtrArray *places;
};

static void
place_free (gpointer data)
{
  Place *place = data;

  g_clear_pointer (&place->candidate, bg_ice_candidate_free);
  g_free (place->endpoint);
  g_free (place);
}

static Kind
kind_of (const BgIceCandidate *candidate)
{
  if (candidate->tcp)
    return KIND_TCP;
  switch (candidate->type)
    {
    case BG_ICE_RELAYED:
      return KIND_RELAYED;
    case BG_ICE_SERVER_REFLEXIVE:
    case BG_ICE_PEER_REFLEXIVE:
      return KIND_REFLEXIVE;
    case BG_ICE_HOST:
    default:
      return KIND_HOST;
    }
}

static char *
endpoint_of (const BgIceCandidate *candidate)
{
  g_autofree char *address = g_inet_address_to_string (candidate->address);

  return g_strdup_printf ("%s %s %u", candidate->tcp ? candidate->tcp_type : "udp", address,
                          candidate->port);
}

static Place *
place_of (BgIceCandidate *candidate)
{
  Place *place = g_new0 (Place, 1);

  place->kind = kind_of (candidate);
  place->family = g_inet_address_get_family (candidate->address);
  place->endpoint = endpoint_of (candidate);
  place->candidate = candidate;
  return place;
}

BgCandidateSet *
bg_candidate_set_new (void)
{
  BgCandidateSet *self = g_new0 (BgCandidateSet, 1);

  self->places = g_ptr_array_new_with_free_func (place_free);
  return self;
}

void
bg_candidate_set_free (BgCandidateSet *self)
{
  if (!self)
    return;
  g_ptr_array_unref (self->places);
  g_free (self);
}

static gboolean
has_endpoint (const BgCandidateSet *self, const char *endpoint)
{
  for (guint i = 0; i < self->places->len; i++)
    if (g_str_equal (((const Place *) self->places->pdata[i])->endpoint, endpoint))
      return TRUE;
  return FALSE;
}

static gboolean
is_weaker (const Place *place, const Place *than)
{
  return place->candidate && (!than || place->candidate->priority < than->candidate->priority);
}

/* Is there room beside its kind? Else the weakest of it that nobody took gives way to a stronger one. */
static gboolean
make_room (BgCandidateSet *self, const Place *newcomer)
{
  const Place *weakest = NULL;
  guint n = 0;

  for (guint i = 0; i < self->places->len; i++)
    {
      const Place *place = self->places->pdata[i];

      if (place->kind != newcomer->kind || place->family != newcomer->family)
        continue;
      n++;
      if (is_weaker (place, weakest))
        weakest = place;
    }
  if (n < quotas[newcomer->kind])
    return TRUE;
  return weakest && is_weaker (weakest, newcomer)
         && g_ptr_array_remove (self->places, (gpointer) weakest);
}

gboolean
bg_candidate_set_add (BgCandidateSet *self, BgIceCandidate *candidate)
{
  Place *place = place_of (candidate);

  if (has_endpoint (self, place->endpoint) || !make_room (self, place))
    {
      place_free (place);
      return FALSE;
    }
  g_ptr_array_add (self->places, place);
  return TRUE;
}

BgIceCandidate *
bg_candidate_set_take (BgCandidateSet *self)
{
  Place *best = NULL;

  for (guint i = 0; i < self->places->len; i++)
    {
      Place *place = self->places->pdata[i];

      if (place->candidate && (!best || is_weaker (best, place)))
        best = place;
    }
  return best ? g_steal_pointer (&best->candidate) : NULL;
}
