/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "peer/mapped-candidates.h"

#include "transport/ice-candidate.h"

#define FOUNDATION "mapped"

enum
{
  REFLEXIVE_PREFERENCE = 100, /* RFC 8445, 5.1.2.2 */
  PLACES_MAX = 4,             /* a session that moves has other ports; those of before give way */
};

struct _BgMappedCandidates
{
  BgPortMapper *mapper;
  BgMappedCandidateFound found;
  gpointer data;
  GPtrArray *places;
};

/* One host candidate and where it is mapped. */
typedef struct
{
  BgMappedCandidates *owner;
  BgIceCandidate *base;
  BgPortMapping *mapping;
  GInetAddress *address; /* NULL: not yet, or not any more */
  guint16 port;
} Place;

static void
place_free (gpointer data)
{
  Place *place = data;

  bg_port_mapping_free (place->mapping);
  bg_ice_candidate_free (place->base);
  g_clear_object (&place->address);
  g_free (place);
}

static guint32
priority_of (const BgIceCandidate *base)
{
  return (guint32) REFLEXIVE_PREFERENCE << 24 | (256 - base->component);
}

static void
announce (const Place *place)
{
  const BgIceCandidate *base = place->base;
  const BgIceCandidate candidate = {
    .foundation = (char *) FOUNDATION,
    .component = base->component,
    .priority = priority_of (base),
    .address = place->address,
    .port = place->port,
    .type = BG_ICE_SERVER_REFLEXIVE,
    .related_address = base->address,
    .related_port = base->port,
  };
  g_autofree char *line = bg_ice_candidate_format (&candidate, base->ufrag);

  place->owner->found (place->owner->data, line);
}

static void
on_mapped (gpointer data, GInetAddress *address, guint16 port)
{
  Place *place = data;

  g_set_object (&place->address, address);
  place->port = port;
  if (address)
    announce (place);
}

static Place *
find_place (const BgMappedCandidates *self, const BgIceCandidate *base)
{
  for (guint i = 0; i < self->places->len; i++)
    {
      Place *place = self->places->pdata[i];

      if (place->base->port == base->port
          && g_inet_address_equal (place->base->address, base->address))
        return place;
    }
  return NULL;
}

static void
add_place (BgMappedCandidates *self, BgIceCandidate *base)
{
  Place *place = g_new0 (Place, 1);

  if (self->places->len == PLACES_MAX)
    g_ptr_array_remove_index (self->places, 0);
  place->owner = self;
  place->base = base;
  g_ptr_array_add (self->places, place);
  place->mapping = bg_port_mapping_new (self->mapper, base->address, base->port, on_mapped, place);
}

static void
renew_place (Place *place, BgIceCandidate *base)
{
  bg_ice_candidate_free (place->base);
  place->base = base;
  if (place->address)
    announce (place);
}

static gboolean
may_be_mapped (const BgIceCandidate *candidate)
{
  return candidate->type == BG_ICE_HOST && !candidate->tcp && candidate->address
         && g_inet_address_get_family (candidate->address) == G_SOCKET_FAMILY_IPV4;
}

void
bg_mapped_candidates_follow (BgMappedCandidates *self, const char *line)
{
  g_autoptr (BgIceCandidate) base = self->mapper ? bg_ice_candidate_parse (line, NULL) : NULL;
  Place *place;

  if (!base || !may_be_mapped (base))
    return;
  place = find_place (self, base);
  if (place)
    renew_place (place, g_steal_pointer (&base));
  else
    add_place (self, g_steal_pointer (&base));
}

BgMappedCandidates *
bg_mapped_candidates_new (BgPortMapper *mapper, BgMappedCandidateFound found, gpointer data)
{
  BgMappedCandidates *self = g_new0 (BgMappedCandidates, 1);

  self->mapper = mapper;
  self->found = found;
  self->data = data;
  self->places = g_ptr_array_new_with_free_func (place_free);
  return self;
}

void
bg_mapped_candidates_free (BgMappedCandidates *self)
{
  if (!self)
    return;
  g_ptr_array_unref (self->places);
  g_free (self);
}
