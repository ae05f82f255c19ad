/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "names/reverse-name.h"

#include <sys/socket.h>

static guint
bits_per_label (const BgIpPrefix *address)
{
  return address->family == AF_INET ? 8 : 4;
}

static guint
label_at (const BgIpPrefix *address, guint i)
{
  if (address->family == AF_INET)
    return address->addr[i];
  return i % 2 == 0 ? address->addr[i / 2] >> 4 : address->addr[i / 2] & 0xf;
}

char *
bg_reverse_name (const BgIpPrefix *address, guint len)
{
  GString *name = g_string_new (NULL);

  for (guint i = len / bits_per_label (address); i-- > 0;)
    g_string_append_printf (name, address->family == AF_INET ? "%u." : "%x.",
                            label_at (address, i));
  g_string_append (name, address->family == AF_INET ? "in-addr.arpa" : "ip6.arpa");
  return g_string_free (name, FALSE);
}

/* The `i`th network of `len` bits in `network`. */
static BgIpPrefix
part_of (const BgIpPrefix *network, guint len, guint i)
{
  BgIpPrefix part = *network;
  guint shift = network->family == AF_INET || len % 8 == 0 ? 0 : 4;

  bg_ip_prefix_mask (&part);
  if (len > 0)
    part.addr[(len - 1) / 8] |= (guint8) (i << shift);
  return part;
}

char **
bg_reverse_domains (const BgIpPrefix *network)
{
  guint step = bits_per_label (network), len = (network->len + step - 1) / step * step;
  guint n = 1u << (len - network->len);
  char **domains = g_new0 (char *, n + 1);

  for (guint i = 0; i < n; i++)
    {
      BgIpPrefix part = part_of (network, len, i);

      domains[i] = bg_reverse_name (&part, len);
    }
  return domains;
}
