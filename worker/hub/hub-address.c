/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/hub/hub-address.h"
#include "common/error.h"

#include <string.h>
#include <sys/socket.h>

enum
{
  SHORTEST_PREFIX = 8,
  LONGEST_PREFIX = 30
};

gboolean
bg_hub_subnet_parse (const char *text, BgIpPrefix *subnet, GError **error)
{
  if (!bg_ip_prefix_parse (text, subnet) || subnet->family != AF_INET
      || subnet->len < SHORTEST_PREFIX || subnet->len > LONGEST_PREFIX)
    {
      g_set_error (error, BG_ERROR, BG_ERROR_INVALID_ARGUMENT,
                   "subnet: “%s” is no IPv4 subnet between /%d and /%d", text, SHORTEST_PREFIX,
                   LONGEST_PREFIX);
      return FALSE;
    }
  bg_ip_prefix_mask (subnet);
  return TRUE;
}

static guint32
address_word (const BgIpPrefix *prefix)
{
  guint32 word;

  memcpy (&word, prefix->addr, sizeof word);
  return g_ntohl (word);
}

static guint32
last_host (const BgIpPrefix *subnet)
{
  return (guint32) ((G_GUINT64_CONSTANT (1) << (32 - subnet->len)) - 2);
}

/* The host number of an address inside, 0 for any other. */
static guint32
host_number (const BgIpPrefix *subnet, const char *address)
{
  BgIpPrefix prefix, host;
  guint32 number;

  if (!bg_ip_prefix_parse (address, &prefix) || prefix.family != AF_INET)
    return 0;
  host = bg_ip_prefix_host (&prefix);
  if (!bg_ip_prefix_contains (subnet, &host))
    return 0;
  number = address_word (&host) - address_word (subnet);
  return number <= last_host (subnet) ? number : 0;
}

gboolean
bg_hub_subnet_has_host (const BgIpPrefix *subnet, const char *address)
{
  return host_number (subnet, address) != 0;
}

char *
bg_hub_subnet_next_address (const BgIpPrefix *subnet, GPtrArray *used)
{
  g_autoptr (GHashTable) taken = g_hash_table_new (NULL, NULL);
  BgIpPrefix address = *subnet;
  char text[BG_IP_PREFIX_TEXT];
  guint32 number = 1, word;

  for (guint i = 0; i < used->len; i++)
    g_hash_table_add (taken, GUINT_TO_POINTER (host_number (subnet, g_ptr_array_index (used, i))));
  while (g_hash_table_contains (taken, GUINT_TO_POINTER (number)))
    number++;
  if (number > last_host (subnet))
    return NULL;

  word = g_htonl (address_word (subnet) + number);
  memcpy (address.addr, &word, sizeof word);
  bg_ip_prefix_format (&address, text);
  return g_strdup (text);
}
