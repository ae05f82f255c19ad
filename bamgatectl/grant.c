/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgatectl/grant.h"

#include "bamgatectl/ctl.h"

gboolean
grant_is_empty (const Grant *grant)
{
  return !grant->any_route && !grant->routes && !grant->exit;
}

/* "4,6" */
static gboolean
add_exit (GVariantDict *dict, const char *families)
{
  g_auto (GStrv) words = families ? g_strsplit (families, ",", -1) : NULL;

  for (char **word = words; word && *word; word++)
    if (!g_str_equal (*word, "4") && !g_str_equal (*word, "6"))
      return FALSE;
  if (words)
    g_variant_dict_insert (dict, "exit", "^as", words);
  return TRUE;
}

gboolean
grant_add (const Grant *grant, GVariantDict *dict, const char *command)
{
  if (!add_exit (dict, grant->exit))
    {
      ctl_fail_with (CTL_USAGE, _ ("%s: --exit is 4, 6 or 4,6"), command);
      return FALSE;
    }
  if (grant->any_route)
    g_variant_dict_insert (dict, "any-route", "b", TRUE);
  if (grant->routes)
    g_variant_dict_insert (dict, "routes", "^as", grant->routes);
  return TRUE;
}

void
grant_clear (Grant *grant)
{
  g_clear_pointer (&grant->routes, g_strfreev);
  g_clear_pointer (&grant->exit, g_free);
}
