/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/hub/hub-places.h"
#include "worker/hub/hub-shares.h"

struct _BgHubPlaces
{
  guint max, taken;
  GHashTable *networks; /* guint64 → how many */
  BgHubShares *comings;
};

BgHubPlaces *
bg_hub_places_new (guint max)
{
  BgHubPlaces *self = g_new0 (BgHubPlaces, 1);

  self->max = max;
  self->networks = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  self->comings = bg_hub_shares_new (&bg_coming_rule);
  return self;
}

void
bg_hub_places_free (BgHubPlaces *self)
{
  if (self == NULL)
    return;
  g_hash_table_unref (self->networks);
  bg_hub_shares_free (self->comings);
  g_free (self);
}

guint
bg_hub_places_count (BgHubPlaces *self)
{
  return self->taken;
}

static guint64
network_of (GInetAddress *source)
{
  const BgShareLevel *level = bg_coming_rule.levels;

  return source == NULL ? 0 : bg_hub_source_network (source, level->ipv4_bits, level->ipv6_bits);
}

static guint
count_of (BgHubPlaces *self, guint64 network)
{
  return GPOINTER_TO_UINT (g_hash_table_lookup (self->networks, &network));
}

static gboolean
comes_too_often (BgHubPlaces *self, GInetAddress *source)
{
  guint wait_s;

  return !bg_hub_shares_take (self->comings, source, g_get_monotonic_time (), &wait_s);
}

const char *
bg_hub_places_reason_to_refuse (BgHubPlaces *self, GInetAddress *source)
{
  guint own = source != NULL ? count_of (self, network_of (source)) : 0;
  BgPlace place = bg_place_for (self->max, self->taken, own);

  if (place == BG_PLACE_NONE)
    return "Too many connections";
  return source != NULL && (place == BG_PLACE_NOT_IT || comes_too_often (self, source))
           ? "Too many connections from there"
           : NULL;
}

static void
set_count (BgHubPlaces *self, guint64 network, guint count)
{
  if (count > 0)
    g_hash_table_insert (self->networks, g_memdup2 (&network, sizeof network),
                         GUINT_TO_POINTER (count));
  else
    g_hash_table_remove (self->networks, &network);
}

guint64
bg_hub_places_take (BgHubPlaces *self, GInetAddress *source)
{
  guint64 network = network_of (source);

  self->taken++;
  set_count (self, network, count_of (self, network) + 1);
  return network;
}

void
bg_hub_places_give_back (BgHubPlaces *self, guint64 network)
{
  self->taken--;
  set_count (self, network, count_of (self, network) - 1);
}
