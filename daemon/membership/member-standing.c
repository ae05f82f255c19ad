/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "membership/member-standing.h"

#include <string.h>
#include <sys/socket.h>

const BgMember *
bg_standing_find_name (const BgMembership *state, const char *name)
{
  return bg_membership_find_name (state, (BgBytes){ (const guint8 *) name, strlen (name) });
}

static gboolean
has_key (const BgMember *member, const guint8 key[BG_ENTRY_KEY])
{
  return memcmp (member->record.key, key, BG_ENTRY_KEY) == 0;
}

BgStanding
bg_standing_of (const BgMembership *state, const char *name, const guint8 key[BG_ENTRY_KEY],
                const BgMember **member)
{
  const BgMember *by_key = bg_membership_find_key (state, key),
                 *by_name = bg_standing_find_name (state, name);

  *member = NULL;
  if (bg_membership_count (state) == 0)
    return BG_STANDING_OPEN;
  if (by_key && by_key->is_revoked)
    return BG_STANDING_REVOKED;
  if (by_name && !has_key (by_name, key))
    return BG_STANDING_OTHER_KEY;
  if (by_key && !by_name)
    return BG_STANDING_OTHER_NAME;
  *member = by_name;
  if (by_name)
    return BG_STANDING_MEMBER;
  return bg_membership_policy (state) & BG_POLICY_UNSIGNED ? BG_STANDING_UNSIGNED
                                                           : BG_STANDING_UNKNOWN;
}

gboolean
bg_standing_is_good (BgStanding standing)
{
  return standing == BG_STANDING_OPEN || standing == BG_STANDING_MEMBER
         || standing == BG_STANDING_UNSIGNED;
}

const char *
bg_standing_name (BgStanding standing)
{
  if (standing == BG_STANDING_MEMBER)
    return "signed";
  return standing == BG_STANDING_UNSIGNED ? "unsigned" : "";
}

BgEntryPrefix
bg_entry_prefix (const BgIpPrefix *prefix)
{
  BgEntryPrefix out = { .family = prefix->family == AF_INET ? 4 : 6, .length = prefix->len };

  memcpy (out.bytes, prefix->addr, prefix->family == AF_INET ? 4 : 16);
  return out;
}

BgIpPrefix
bg_entry_prefix_get (const BgEntryPrefix *prefix)
{
  BgIpPrefix out = { .family = prefix->family == 4 ? AF_INET : AF_INET6, .len = prefix->length };

  memcpy (out.addr, prefix->bytes, prefix->family == 4 ? 4 : 16);
  return out;
}

gboolean
bg_record_get_address (const BgMemberRecord *record, int family, BgIpPrefix *host)
{
  for (guint i = 0; i < record->n_addresses; i++)
    {
      *host = bg_entry_prefix_get (&record->addresses[i]);
      if (host->family == family)
        return TRUE;
    }
  return FALSE;
}

static gboolean
may_route (const BgGrantedOffer *granted, const char *text)
{
  BgIpPrefix route;
  BgEntryPrefix prefix;

  if (!bg_ip_prefix_parse (text, &route))
    return FALSE;
  bg_ip_prefix_mask (&route);
  prefix = bg_entry_prefix (&route);
  return bg_grant_has_route (granted, &prefix);
}

static guint
granted_exits (const BgGrantedOffer *granted)
{
  return (bg_grant_has_exit (granted, 4) ? BG_FAMILY_4 : 0)
         | (bg_grant_has_exit (granted, 6) ? BG_FAMILY_6 : 0);
}

static char **
strv_take (GPtrArray *take)
{
  g_ptr_array_add (take, NULL);
  return (char **) g_ptr_array_free (take, FALSE);
}

BgPeerOffer *
bg_grant_filter (const BgGrantedOffer *granted, const BgPeerOffer *offer, char ***left_out)
{
  BgPeerOffer *kept = bg_peer_offer_copy (offer);
  GPtrArray *routes = g_ptr_array_new (), *others = g_ptr_array_new ();

  for (guint i = 0; offer->routes[i]; i++)
    g_ptr_array_add (may_route (granted, offer->routes[i]) ? routes : others,
                     g_strdup (offer->routes[i]));
  g_strfreev (kept->routes);
  g_strfreev (kept->exit);
  kept->routes = strv_take (routes);
  kept->exit = bg_families_to_texts (bg_families_of_texts (offer->exit) & granted_exits (granted));
  *left_out = strv_take (others);
  return kept;
}
