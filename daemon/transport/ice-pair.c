/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ice-pair.h"

static const char *
type_word (NiceCandidateType type)
{
  switch (type)
    {
    case NICE_CANDIDATE_TYPE_HOST:
      return "host";
    case NICE_CANDIDATE_TYPE_SERVER_REFLEXIVE:
      return "srflx";
    case NICE_CANDIDATE_TYPE_PEER_REFLEXIVE:
      return "prflx";
    case NICE_CANDIDATE_TYPE_RELAYED:
      return "relay";
    default:
      return "unknown";
    }
}

static char *
candidate_text (const NiceCandidate *candidate)
{
  char address[NICE_ADDRESS_STRING_LEN];

  nice_address_to_string (&candidate->addr, address);
  return g_strdup_printf (nice_address_ip_version (&candidate->addr) == 6 ? "%s %s [%s]:%u"
                                                                          : "%s %s %s:%u",
                          type_word (candidate->type),
                          candidate->transport == NICE_CANDIDATE_TRANSPORT_UDP ? "udp" : "tcp",
                          address, nice_address_get_port (&candidate->addr));
}

static char *
base_text (const NiceCandidate *local)
{
  char address[NICE_ADDRESS_STRING_LEN];

  if (local->type == NICE_CANDIDATE_TYPE_RELAYED || !nice_address_is_valid (&local->base_addr))
    return NULL;
  nice_address_to_string (&local->base_addr, address);
  return g_strdup (address);
}

BgIcePair *
bg_ice_pair_new (const NiceCandidate *local, const NiceCandidate *remote)
{
  BgIcePair *pair = g_new0 (BgIcePair, 1);

  pair->local = candidate_text (local);
  pair->remote = candidate_text (remote);
  pair->base = base_text (local);
  pair->relayed = local->type == NICE_CANDIDATE_TYPE_RELAYED
                  || remote->type == NICE_CANDIDATE_TYPE_RELAYED;
  return pair;
}

void
bg_ice_pair_copy (const BgIcePair *from, BgIcePair *to)
{
  bg_ice_pair_clear (to);
  *to = (BgIcePair){ g_strdup (from->local), g_strdup (from->remote), g_strdup (from->base),
                     from->relayed };
}

void
bg_ice_pair_clear (BgIcePair *pair)
{
  g_clear_pointer (&pair->local, g_free);
  g_clear_pointer (&pair->remote, g_free);
  g_clear_pointer (&pair->base, g_free);
}

void
bg_ice_pair_free (BgIcePair *pair)
{
  bg_ice_pair_clear (pair);
  g_free (pair);
}
