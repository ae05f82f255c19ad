/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "names/system-choice.h"

static const char *const kind_names[BG_DNS_KINDS] = {
  [BG_DNS_NONE] = "",
  [BG_DNS_RESOLVED] = "systemd-resolved",
  [BG_DNS_NETWORKMANAGER] = "NetworkManager",
  [BG_DNS_RESOLVCONF] = "resolvconf",
  [BG_DNS_HOSTS] = "hosts",
};

static const struct
{
  const char *word;
  BgDnsKind only; /* NONE: any, or none at all */
} wishes[] = {
  [BG_DNS_AUTO] = { "auto", BG_DNS_NONE },
  [BG_DNS_ONLY_RESOLVED] = { "resolved", BG_DNS_RESOLVED },
  [BG_DNS_ONLY_NETWORKMANAGER] = { "networkmanager", BG_DNS_NETWORKMANAGER },
  [BG_DNS_ONLY_RESOLVCONF] = { "resolvconf", BG_DNS_RESOLVCONF },
  [BG_DNS_ONLY_HOSTS] = { "hosts", BG_DNS_HOSTS },
  [BG_DNS_OFF] = { "off", BG_DNS_NONE },
};

gboolean
bg_dns_wish_parse (const char *text, BgDnsWish *wish)
{
  for (guint i = 0; i < G_N_ELEMENTS (wishes); i++)
    if (g_strcmp0 (text, wishes[i].word) == 0)
      {
        *wish = (BgDnsWish) i;
        return TRUE;
      }
  return FALSE;
}

const char *
bg_dns_wish_word (BgDnsWish wish)
{
  return wishes[wish].word;
}

const char *
bg_dns_kind_name (BgDnsKind kind)
{
  return kind_names[kind];
}

/* One that runs, but that nobody asks, would be told for nothing. */
static gboolean
is_resolved_asked (const BgDnsFacts *facts)
{
  return facts->owner == BG_RESOLV_STUB || facts->has_nss_resolve;
}

/* Debian's writes a file of its own, which counts only where the link leads to it. */
static gboolean
is_resolvconf_read (const BgDnsFacts *facts)
{
  return !facts->is_debian_resolvconf || facts->owner == BG_RESOLV_RESOLVCONF;
}

gboolean
bg_dns_is_usable (const BgDnsFacts *facts, BgDnsKind kind)
{
  switch (kind)
    {
    case BG_DNS_RESOLVED:
      return facts->has_server && facts->has_resolved && is_resolved_asked (facts);
    case BG_DNS_NETWORKMANAGER:
      return facts->has_server && facts->has_networkmanager && facts->nm_writes;
    case BG_DNS_RESOLVCONF:
      return facts->has_server && facts->has_helper && facts->has_resolvconf
             && is_resolvconf_read (facts);
    case BG_DNS_HOSTS:
      return facts->has_helper;
    case BG_DNS_NONE:
    case BG_DNS_KINDS:
      break;
    }
  return FALSE;
}

BgDnsKind
bg_dns_choose (const BgDnsFacts *facts, BgDnsWish wish, guint unfit)
{
  if (wish == BG_DNS_OFF)
    return BG_DNS_NONE;
  for (guint kind = BG_DNS_NONE + 1; kind < BG_DNS_KINDS; kind++)
    if (!(unfit & 1u << kind) && (wish == BG_DNS_AUTO || wishes[wish].only == kind)
        && bg_dns_is_usable (facts, (BgDnsKind) kind))
      return (BgDnsKind) kind;
  return BG_DNS_NONE;
}

/* --- What this machine has --- */

static char *
read_text (const char *etc, const char *name)
{
  g_autofree char *path = g_build_filename (etc, name, NULL);
  char *text = NULL;

  return g_file_get_contents (path, &text, NULL, NULL) ? text : NULL;
}

/* systemd-resolved comes as a "resolvconf" too: a link to its own program. */
static gboolean
find_resolvconf (void)
{
  static const char *const places[] = { "/usr/sbin/resolvconf", "/sbin/resolvconf" };

  for (guint i = 0; i < G_N_ELEMENTS (places); i++)
    {
      g_autofree char *target = g_file_read_link (places[i], NULL);

      if (target && g_str_has_suffix (target, "resolvectl"))
        return FALSE;
      if (g_file_test (places[i], G_FILE_TEST_IS_EXECUTABLE))
        return TRUE;
    }
  return FALSE;
}

void
bg_dns_facts_read (BgDnsFacts *facts, const char *etc)
{
  g_autofree char *path = g_build_filename (etc, "resolv.conf", NULL);
  g_autofree char *target = g_file_read_link (path, NULL), *resolv = read_text (etc, "resolv.conf"),
                  *nsswitch = read_text (etc, "nsswitch.conf");

  facts->owner = bg_resolv_owner (target, resolv);
  facts->has_nss_resolve = bg_nsswitch_has_resolve (nsswitch);
  facts->has_resolvconf = find_resolvconf ();
  facts->is_debian_resolvconf = g_file_test ("/lib/resolvconf/list-records", G_FILE_TEST_EXISTS);
}
