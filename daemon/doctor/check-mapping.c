/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "doctor/checks.h"

#define MAPPING "net.mapping"

static char *
join_languages (const BgMappingOffer *offer)
{
  const char *names[4];
  guint n = 0;

  if (offer->pcp)
    names[n++] = "PCP";
  if (offer->natpmp)
    names[n++] = "NAT-PMP";
  if (offer->upnp)
    names[n++] = "UPnP";
  names[n] = NULL;
  return g_strjoinv (", ", (char **) names);
}

static void
say_maps (const BgFacts *facts, const char *router, const BgMappingOffer *offer,
          GPtrArray *findings)
{
  g_autofree char *languages = join_languages (offer);
  BgWords *found = bg_words (DOCTOR_MAPS, router, languages);
  char outside[BG_IP_PREFIX_TEXT];

  bg_ip_prefix_format_address (&offer->outside, outside);
  if (offer->outside.family != 0 && bg_ip_prefix_is_nobodys (&offer->outside))
    bg_findings_add_note (findings, MAPPING, found, bg_words (DOCTOR_MAPS_INSIDE_MEANS, outside),
                          bg_words (DOCTOR_MAPS_INSIDE_DEED));
  else if (!facts->maps_ports)
    bg_findings_add_note (findings, MAPPING, found, bg_words (DOCTOR_MAPPING_OFF_MEANS),
                          bg_words (DOCTOR_MAPPING_OFF_DEED));
  else
    bg_findings_add_ok (findings, MAPPING, found);
}

void
bg_check_mapping_say (const BgFacts *facts, const BgIpPrefix *gateway, const BgMappingOffer *offer,
                      GPtrArray *findings)
{
  char router[BG_IP_PREFIX_TEXT];

  bg_ip_prefix_format_address (gateway, router);
  if (offer->pcp || offer->natpmp || offer->upnp)
    say_maps (facts, router, offer, findings);
  else
    bg_findings_add_note (findings, MAPPING, bg_words (DOCTOR_MAPS_NOT, router),
                          bg_words (DOCTOR_MAPS_NOT_MEANS), bg_words (DOCTOR_MAPS_NOT_DEED));
}

/* Asking: nobody where no router is in the way. */

static gboolean
find_router (const BgFacts *facts, BgMappingPlace *place)
{
  return facts->networks && bg_mapping_router_find (facts->networks, place);
}

void
bg_check_mapping_start (BgFacts *facts, GCancellable *cancellable, GAsyncReadyCallback callback,
                        gpointer data)
{
  BgMappingPlace place;

  if (find_router (facts, &place))
    {
      bg_mapping_ask_async (&place, cancellable, callback, data);
      return;
    }
  g_task_report_new_error (NULL, callback, data, bg_check_mapping_start, G_IO_ERROR,
                           G_IO_ERROR_NOT_FOUND, "no router");
}

void
bg_check_mapping_finish (BgFacts *facts, GAsyncResult *result, GPtrArray *findings)
{
  BgMappingOffer offer;
  BgMappingPlace place;

  if (bg_mapping_ask_finish (result, &offer, NULL) && find_router (facts, &place))
    bg_check_mapping_say (facts, &place.gateway, &offer, findings);
}
