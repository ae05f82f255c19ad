/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "transport/ice-addresses.h"

#include <string.h>
#include <sys/socket.h>

struct _BgIceAddresses
{
  gatomicrefcount refs;
  GStrv texts;
  const BgIceAddressesJudge *judge;
  gpointer data;
  GDestroyNotify free_data;
};

static GStrv
texts_of (const BgIpPrefix *hosts, guint n)
{
  GStrv texts = g_new0 (char *, n + 1);
  char text[BG_IP_PREFIX_TEXT];

  for (guint i = 0; i < n; i++)
    {
      bg_ip_prefix_format_address (&hosts[i], text);
      texts[i] = g_strdup (text);
    }
  return texts;
}

BgIceAddresses *
bg_ice_addresses_new (const BgIpPrefix *hosts, guint n, const BgIceAddressesJudge *judge,
                      gpointer data, GDestroyNotify free_data)
{
  BgIceAddresses *self = g_new0 (BgIceAddresses, 1);

  g_atomic_ref_count_init (&self->refs);
  self->texts = texts_of (hosts, n);
  self->judge = judge;
  self->data = data;
  self->free_data = free_data;
  return self;
}

BgIceAddresses *
bg_ice_addresses_ref (BgIceAddresses *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

void
bg_ice_addresses_unref (BgIceAddresses *self)
{
  if (!self || !g_atomic_ref_count_dec (&self->refs))
    return;
  if (self->free_data)
    self->free_data (self->data);
  g_strfreev (self->texts);
  g_free (self);
}

const char *const *
bg_ice_addresses_get_texts (const BgIceAddresses *self)
{
  return (const char *const *) self->texts;
}

static BgIpPrefix
host_of (GInetAddress *address)
{
  gboolean is_ipv4 = g_inet_address_get_family (address) == G_SOCKET_FAMILY_IPV4;
  BgIpPrefix host = { .family = is_ipv4 ? AF_INET : AF_INET6 };

  memcpy (host.addr, g_inet_address_to_bytes (address), g_inet_address_get_native_size (address));
  return bg_ip_prefix_host (&host);
}

BgIceAddressVerdict
bg_ice_addresses_judge (const BgIceAddresses *self, GInetAddress *address)
{
  BgIpPrefix host = host_of (address);

  if (self->judge->leads_inside (self->data, &host))
    return BG_ICE_ADDRESS_INSIDE;
  return self->judge->is_own (self->data, &host) ? BG_ICE_ADDRESS_OWN : BG_ICE_ADDRESS_FINE;
}
