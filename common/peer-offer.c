/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/peer-offer.h"

static const struct
{
  guint family;
  const char *text;
} families_texts[] = { { BG_FAMILY_4, "4" }, { BG_FAMILY_6, "6" } };

static BgPeerOffer *
offer_of (char *const *routes, char *const *dns, char *const *search, char *const *out,
          char *const *services)
{
  BgPeerOffer *offer = g_new0 (BgPeerOffer, 1);

  offer->routes = g_strdupv ((char **) routes);
  offer->dns = g_strdupv ((char **) dns);
  offer->search = g_strdupv ((char **) search);
  offer->exit = g_strdupv ((char **) out);
  offer->services = g_strdupv ((char **) services);
  return offer;
}

BgPeerOffer *
bg_peer_offer_new (void)
{
  char *none[] = { NULL };

  return offer_of (none, none, none, none, none);
}

BgPeerOffer *
bg_peer_offer_copy (const BgPeerOffer *offer)
{
  BgPeerOffer *copy;

  if (!offer)
    return NULL;
  copy = offer_of (offer->routes, offer->dns, offer->search, offer->exit, offer->services);
  copy->files = offer->files;
  return copy;
}

void
bg_peer_offer_free (BgPeerOffer *offer)
{
  if (!offer)
    return;
  g_strfreev (offer->routes);
  g_strfreev (offer->dns);
  g_strfreev (offer->search);
  g_strfreev (offer->exit);
  g_strfreev (offer->services);
  g_free (offer);
}

static gboolean
are_equal (char **a, char **b)
{
  return g_strv_equal ((const char *const *) a, (const char *const *) b);
}

gboolean
bg_peer_offer_equal (const BgPeerOffer *a, const BgPeerOffer *b)
{
  if (!a || !b)
    return a == b;
  return are_equal (a->routes, b->routes) && are_equal (a->dns, b->dns)
         && are_equal (a->search, b->search) && are_equal (a->exit, b->exit) && a->files == b->files
         && are_equal (a->services, b->services);
}

guint
bg_families_of_texts (char *const *texts)
{
  guint families = 0;

  for (char *const *text = texts; text && *text; text++)
    for (gsize i = 0; i < G_N_ELEMENTS (families_texts); i++)
      if (g_str_equal (*text, families_texts[i].text))
        families |= families_texts[i].family;
  return families;
}

char **
bg_families_to_texts (guint families)
{
  GPtrArray *texts = g_ptr_array_new ();

  for (gsize i = 0; i < G_N_ELEMENTS (families_texts); i++)
    if (families & families_texts[i].family)
      g_ptr_array_add (texts, g_strdup (families_texts[i].text));
  g_ptr_array_add (texts, NULL);
  return (char **) g_ptr_array_free (texts, FALSE);
}
