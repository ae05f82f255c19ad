/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "publish/listen-mode.h"

#include "common/dns-name.h"
#include "common/port-text.h"

#include <string.h>

struct _BgListenRules
{
  BgListenMode standard;
  GHashTable *modes; /* "name" or "name:port" → BgListenMode */
};

static gboolean
is_link_name (const char *text)
{
  gsize len = strlen (text);

  return len > 0 && len <= BG_LINK_NAME_MAX && strcmp (text, ".") != 0 && strcmp (text, "..") != 0
         && text[strcspn (text, "/: \t\n\r")] == '\0' && g_str_is_ascii (text);
}

static gboolean
set_address (BgListenMode *mode, const char *text)
{
  static const BgIpPrefix any;

  if (strchr (text, '/') != NULL || !bg_ip_prefix_parse (text, &mode->address))
    return FALSE;
  mode->kind = memcmp (mode->address.addr, any.addr, sizeof any.addr) == 0 ? BG_LISTEN_ALL
                                                                           : BG_LISTEN_ADDRESS;
  return TRUE;
}

gboolean
bg_listen_mode_parse (const char *text, BgListenMode *mode)
{
  *mode = (BgListenMode){ .kind = BG_LISTEN_VIRTUAL };
  if (strcmp (text, "virtual") == 0)
    return TRUE;
  if (set_address (mode, strcmp (text, "all") == 0 ? "::" : text))
    return TRUE;
  *mode = (BgListenMode){ .kind = BG_LISTEN_LINK };
  g_strlcpy (mode->link, text, sizeof mode->link);
  return is_link_name (text);
}

void
bg_listen_mode_format (const BgListenMode *mode, char out[BG_LISTEN_TEXT])
{
  switch (mode->kind)
    {
    case BG_LISTEN_VIRTUAL:
      g_strlcpy (out, "virtual", BG_LISTEN_TEXT);
      break;
    case BG_LISTEN_LINK:
      g_strlcpy (out, mode->link, BG_LISTEN_TEXT);
      break;
    default:
      bg_ip_prefix_format_address (&mode->address, out);
    }
}

gboolean
bg_listen_mode_equal (const BgListenMode *a, const BgListenMode *b)
{
  return a->kind == b->kind && bg_ip_prefix_equal (&a->address, &b->address)
         && strcmp (a->link, b->link) == 0;
}

/* Rules */

BgListenRules *
bg_listen_rules_new (const BgListenMode *standard)
{
  BgListenRules *self = g_new0 (BgListenRules, 1);

  self->standard = *standard;
  self->modes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return self;
}

void
bg_listen_rules_free (BgListenRules *self)
{
  if (self == NULL)
    return;
  g_hash_table_unref (self->modes);
  g_free (self);
}

/* "Name:80" as "name:80", "Name" as "name"; NULL: neither. */
static char *
key_of (const char *text)
{
  const char *colon = strrchr (text, ':');
  g_autofree char *part = colon != NULL ? g_strndup (text, (gsize) (colon - text))
                                        : g_strdup (text);
  g_autofree char *name = bg_dns_name_normalize (part);
  guint16 port = colon != NULL ? bg_port_parse (colon + 1) : 0;

  if (name == NULL || (colon != NULL && port == 0))
    return NULL;
  return colon != NULL ? g_strdup_printf ("%s:%u", name, port) : g_steal_pointer (&name);
}

gboolean
bg_listen_rules_add (BgListenRules *self, const char *text, const BgListenMode *mode)
{
  char *key = key_of (text);

  if (key == NULL)
    return FALSE;
  g_hash_table_replace (self->modes, key, g_memdup2 (mode, sizeof *mode));
  return TRUE;
}

const BgListenMode *
bg_listen_rules_find (const BgListenRules *self, const char *name, guint16 port)
{
  g_autofree char *with_port = g_strdup_printf ("%s:%u", name, port);
  const BgListenMode *mode = g_hash_table_lookup (self->modes, with_port);

  if (mode == NULL)
    mode = g_hash_table_lookup (self->modes, name);
  return mode != NULL ? mode : &self->standard;
}
