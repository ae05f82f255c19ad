/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/dns-suffix.h"

#include "common/dns-name.h"

#include <string.h>

char *
bg_suffix_normalize (const char *text)
{
  g_autofree char *suffix = bg_dns_name_normalize (text);

  if (!suffix || strlen (suffix) > BG_SUFFIX_MAX)
    return NULL;
  if (bg_dns_name_is_within (suffix, "arpa") && !bg_dns_name_is_within (suffix, "home.arpa"))
    return NULL;
  return g_steal_pointer (&suffix);
}

gboolean
bg_suffix_is_nobodys (const char *suffix)
{
  static const char *const free_domains[] = { "internal", "home.arpa" };

  for (gsize i = 0; i < G_N_ELEMENTS (free_domains); i++)
    if (bg_dns_name_is_within (suffix, free_domains[i]) && !g_str_equal (suffix, free_domains[i]))
      return TRUE;
  return FALSE;
}

char *
bg_suffix_choose (const char *own, const char *network)
{
  g_autofree char *chosen = network ? bg_suffix_normalize (network) : NULL;

  if (chosen && bg_suffix_is_nobodys (chosen))
    return g_steal_pointer (&chosen);
  return bg_suffix_normalize (own);
}
