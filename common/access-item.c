/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/access-item.h"

#include "common/device-name.h"
#include "common/port-text.h"

#include <string.h>

static const char *const protocols[] = {
  [BG_ACCESS_ALL] = "all",
  [BG_ACCESS_TCP] = "tcp",
  [BG_ACCESS_UDP] = "udp",
  [BG_ACCESS_ICMP] = "icmp",
};

static gboolean
read_protocol (BgAccessItem *self, const char *word)
{
  for (guint i = 0; i < G_N_ELEMENTS (protocols); i++)
    if (g_str_equal (word, protocols[i]))
      {
        self->protocol = i;
        return TRUE;
      }
  return FALSE;
}

static gboolean
read_ports (BgAccessItem *self, const char *word)
{
  g_auto (GStrv) ends = g_strsplit (word, "-", 2);
  guint i = self->n_ports;

  if ((self->protocol != BG_ACCESS_TCP && self->protocol != BG_ACCESS_UDP)
      || i == BG_ACCESS_ITEM_PORTS_MAX || !ends[0])
    return FALSE;
  self->first[i] = bg_port_parse (ends[0]);
  self->last[i] = ends[1] ? bg_port_parse (ends[1]) : self->first[i];
  self->n_ports++;
  return self->first[i] > 0 && self->first[i] <= self->last[i];
}

static gboolean
read_prefix (const char *word, BgIpPrefix *out)
{
  if (out->family != 0 || !bg_ip_prefix_parse (word, out))
    return FALSE;
  bg_ip_prefix_mask (out);
  return TRUE;
}

static gboolean
read_from (BgAccessItem *self, const char *word)
{
  if (!word || self->peer || self->from.family != 0)
    return FALSE;
  if (read_prefix (word, &self->from))
    return TRUE;
  self->peer = g_strdup (word);
  return bg_device_name_is_tolerable (word);
}

static gboolean
read_words (BgAccessItem *self, char **words)
{
  char **word = words;

  if (!read_protocol (self, *word++))
    return FALSE;
  while (*word && g_ascii_isdigit (**word))
    if (!read_ports (self, *word++))
      return FALSE;
  if (*word && g_str_equal (*word, "from"))
    {
      if (!read_from (self, word[1]))
        return FALSE;
      word += 2;
    }
  if (*word && g_str_equal (*word, "to"))
    {
      if (!word[1] || !read_prefix (word[1], &self->to))
        return FALSE;
      word += 2;
    }
  return !*word;
}

BgAccessItem *
bg_access_item_parse (const char *text)
{
  g_autoptr (BgAccessItem) self = g_new0 (BgAccessItem, 1);
  g_auto (GStrv) words = NULL;

  if (!g_shell_parse_argv (text, NULL, &words, NULL) || !read_words (self, words))
    return NULL;
  if (self->from.family != 0 && self->to.family != 0 && self->from.family != self->to.family)
    return NULL;
  return g_steal_pointer (&self);
}

void
bg_access_item_free (BgAccessItem *self)
{
  if (!self)
    return;
  g_free (self->peer);
  g_free (self);
}
