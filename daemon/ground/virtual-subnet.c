/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ground/virtual-subnet.h"

#include <string.h>
#include <sys/socket.h>

#define LOOPBACK "127.107.0.0/16"

static guint32
number_of (const BgIpPrefix *prefix)
{
  guint32 number;

  memcpy (&number, prefix->addr, sizeof number);
  return GUINT32_FROM_BE (number);
}

static BgIpPrefix
subnet_at (guint32 number, guint8 len)
{
  BgIpPrefix subnet = { .family = AF_INET, .len = len };

  number = GUINT32_TO_BE (number);
  memcpy (subnet.addr, &number, sizeof number);
  return subnet;
}

/* Those of `range` behind `from`, and around again. */
static gboolean
search (const char *range_text, const BgIpPrefix *from, BgSubnetIsTaken is_taken, gpointer data,
        BgIpPrefix *chosen)
{
  BgIpPrefix range;
  guint32 first, n, begin;

  bg_ip_prefix_parse (range_text, &range);
  if (from->len < range.len)
    return FALSE;
  first = number_of (&range);
  n = 1u << (from->len - range.len);
  begin = bg_ip_prefix_contains (&range, from) ? (number_of (from) - first) >> (32 - from->len) : 0;
  for (guint32 i = 0; i < MIN (n, BG_VIRTUAL_SUBNET_TRIES); i++)
    {
      *chosen = subnet_at (first + (((begin + i) % n) << (32 - from->len)), from->len);
      if (!is_taken (data, chosen))
        return TRUE;
    }
  return FALSE;
}

gboolean
bg_virtual_subnet_choose (const BgIpPrefix *wanted, const BgVirtualSubnet *before,
                          BgSubnetIsTaken is_taken, gpointer data, BgIpPrefix *chosen)
{
  *chosen = *wanted;
  if (before && before->chosen.family == AF_INET && bg_ip_prefix_equal (&before->wanted, wanted)
      && before->chosen.len == wanted->len && !is_taken (data, &before->chosen))
    *chosen = before->chosen;
  return !is_taken (data, chosen) || search ("10.0.0.0/8", wanted, is_taken, data, chosen)
         || search ("172.16.0.0/12", wanted, is_taken, data, chosen);
}

BgIpPrefix
bg_virtual_subnet_invent6 (const guint8 chance[5])
{
  BgIpPrefix subnet = { .family = AF_INET6, .addr = { 0xfd }, .len = 112 };

  memcpy (subnet.addr + 1, chance, 5);
  return subnet;
}

BgIpPrefix
bg_virtual_subnet_loopback (void)
{
  BgIpPrefix subnet;

  bg_ip_prefix_parse (LOOPBACK, &subnet);
  return subnet;
}

/* --- As a text --- */

static void
append (GString *text, const BgIpPrefix *prefix)
{
  char word[BG_IP_PREFIX_TEXT] = "none";

  if (prefix->family != 0)
    bg_ip_prefix_format (prefix, word);
  g_string_append_printf (text, "%s%s", text->len > 0 ? " " : "", word);
}

char *
bg_virtual_subnet_to_text (const BgVirtualSubnet *self)
{
  GString *text = g_string_new (NULL);

  append (text, &self->wanted);
  append (text, &self->chosen);
  append (text, &self->chosen6);
  return g_string_free (g_string_append_c (text, '\n'), FALSE);
}

static gboolean
read_word (const char *word, int family, BgIpPrefix *prefix)
{
  *prefix = (BgIpPrefix){ 0 };
  return g_str_equal (word, "none")
         || (bg_ip_prefix_parse (word, prefix) && prefix->family == family);
}

gboolean
bg_virtual_subnet_from_text (const char *text, BgVirtualSubnet *self)
{
  g_autofree char *line = g_strchomp (g_strdup (text));
  g_auto (GStrv) words = g_strsplit (line, " ", 4);

  return g_strv_length (words) == 3 && read_word (words[0], AF_INET, &self->wanted)
         && self->wanted.family != 0 && read_word (words[1], AF_INET, &self->chosen)
         && read_word (words[2], AF_INET6, &self->chosen6);
}
