/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "local-addresses.h"

#include "common/log.h"
#include "ice-candidate.h"

#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>

/* libnice takes 64, and makes a socket of each. */
enum
{
  ADDRESSES_MAX = 32
};

static GInetAddress *
address_of (const struct ifaddrs *entry)
{
  if (!entry->ifa_addr || !(entry->ifa_flags & IFF_UP))
    return NULL;
  switch (entry->ifa_addr->sa_family)
    {
    case AF_INET:
      return g_inet_address_new_from_bytes (
        (const guint8 *) &((const struct sockaddr_in *) entry->ifa_addr)->sin_addr,
        G_SOCKET_FAMILY_IPV4);
    case AF_INET6:
      return g_inet_address_new_from_bytes (
        (const guint8 *) &((const struct sockaddr_in6 *) entry->ifa_addr)->sin6_addr,
        G_SOCKET_FAMILY_IPV6);
    default:
      return NULL;
    }
}

static void
add_text (GPtrArray *texts, GInetAddress *address)
{
  g_autofree char *text = g_inet_address_to_string (address);

  if (texts->len < ADDRESSES_MAX
      && !g_ptr_array_find_with_equal_func (texts, text, g_str_equal, NULL))
    g_ptr_array_add (texts, g_steal_pointer (&text));
}

GPtrArray *
bg_local_addresses_list (GInetAddressMask *const *exclude, const char *exclude_interface,
                         gboolean loopback_only)
{
  g_autoptr (GPtrArray) outside = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) loopback = g_ptr_array_new_with_free_func (g_free);
  struct ifaddrs *entries = NULL;

  if (getifaddrs (&entries) < 0)
    bg_log (BG_TOPIC_ICE, WARNING, NULL, "cannot list this machine's addresses: %s",
            g_strerror (errno));
  for (const struct ifaddrs *entry = entries; entry; entry = entry->ifa_next)
    {
      g_autoptr (GInetAddress) address = address_of (entry);

      if (!address || !g_strcmp0 (entry->ifa_name, exclude_interface)
          || bg_ice_address_is_unusable (address) || bg_ice_address_is_in (address, exclude))
        continue;
      add_text (g_inet_address_get_is_loopback (address) ? loopback : outside, address);
    }
  if (entries)
    freeifaddrs (entries);
  /* An empty list would let libnice gather everything, our own tunnel included. */
  if (loopback->len == 0)
    g_ptr_array_add (loopback, g_strdup ("127.0.0.1"));
  return loopback_only || outside->len == 0 ? g_steal_pointer (&loopback)
                                            : g_steal_pointer (&outside);
}
