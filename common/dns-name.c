/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/dns-name.h"

#include <string.h>

#define LABEL_MAX 63

static gboolean
is_label (const char *label, gsize len)
{
  if (len == 0 || len > LABEL_MAX || label[0] == '-' || label[len - 1] == '-')
    return FALSE;
  for (gsize i = 0; i < len; i++)
    if (!g_ascii_isalnum (label[i]) && label[i] != '-' && label[i] != '_')
      return FALSE;
  return TRUE;
}

static gboolean
has_labels_only (const char *name)
{
  for (const char *label = name;; label++)
    {
      gsize len = strcspn (label, ".");

      if (!is_label (label, len))
        return FALSE;
      label += len;
      if (!*label)
        return TRUE;
    }
}

char *
bg_dns_name_normalize (const char *text)
{
  gsize len = text ? strnlen (text, BG_DNS_NAME_MAX + 2) : 0;
  g_autofree char *name = NULL;

  if (len > 0 && text[len - 1] == '.')
    len--;
  if (len == 0 || len > BG_DNS_NAME_MAX)
    return NULL;
  name = g_ascii_strdown (text, (gssize) len);
  return has_labels_only (name) ? g_steal_pointer (&name) : NULL;
}

gboolean
bg_dns_name_is_within (const char *name, const char *domain)
{
  gsize name_len = strlen (name), len = strlen (domain);

  if (name_len < len || strcmp (name + name_len - len, domain) != 0)
    return FALSE;
  return name_len == len || name[name_len - len - 1] == '.';
}
