/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/endpoint-claim.h"

#include "common/dns-name.h"
#include "common/dns-suffix.h"
#include "peer/public-suffix.h"

#include <string.h>

/* Used by names of local networks and of other systems (RFC 6761, RFC 6762, RFC 7686, RFC 8375; ICANN's of 2024). */
static const char *const local_domains[] = { "local", "internal", "arpa", "onion", "alt",
                                             "lan",   "home",     "corp", NULL };

static gboolean
is_allowed (const BgEndpointClaims *claims, const char *host)
{
  for (const char *const *domain = claims->allowed; domain && *domain; domain++)
    {
      g_autofree char *name = bg_dns_name_normalize (*domain);

      if (g_str_equal (*domain, "*") || (name && bg_dns_name_is_within (host, name)))
        return TRUE;
    }
  return FALSE;
}

/* "laptop" of laptop.example.org is this machine, too. */
static gboolean
is_own (const BgEndpointClaims *claims, const char *host)
{
  g_autofree char *own = claims->own ? g_ascii_strdown (claims->own, -1) : NULL;

  return own
         && (g_str_equal (host, own)
             || (!strchr (host, '.') && strcspn (own, ".") == strlen (host)
                 && g_str_has_prefix (own, host)));
}

static gboolean
is_of_network (const BgEndpointClaims *claims, const char *host)
{
  return bg_dns_name_is_within (host, BG_SUFFIX_DEFAULT)
         || (claims->suffix && bg_dns_name_is_within (host, claims->suffix))
         || g_str_has_prefix (host, "ip6-") || is_own (claims, host);
}

static gboolean
is_somebodys (const char *host)
{
  const char *dot = strrchr (host, '.');

  return !dot || g_strv_contains (local_domains, dot + 1) || bg_public_suffix_is (dot + 1);
}

BgWords *
bg_endpoint_claim_judge (const BgEndpointClaims *claims, const char *host)
{
  if (is_of_network (claims, host))
    return bg_words (ENDPOINT_NAME_OF_NETWORK, host);
  return is_allowed (claims, host) || !is_somebodys (host) ? NULL
                                                           : bg_words (ENDPOINT_NAME_PUBLIC, host);
}
