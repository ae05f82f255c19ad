/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/hub/hub-shares.h"

struct _BgHubShares
{
  BgShares *core; /* in a block that the kernel makes real as it is used */
};

static BgBytes
bytes_of (GInetAddress *source)
{
  return (BgBytes){ g_inet_address_to_bytes (source), g_inet_address_get_native_size (source) };
}

guint64
bg_hub_source_network (GInetAddress *source, guint ipv4_bits, guint ipv6_bits)
{
  return bg_source_network (bytes_of (source), (guint8) ipv4_bits, (guint8) ipv6_bits);
}

BgHubShares *
bg_hub_shares_new (const BgShareRule *rule)
{
  BgHubShares *self = g_new0 (BgHubShares, 1);

  self->core = bg_shares_new (g_malloc0 (bg_shares_size (rule)), rule);
  return self;
}

void
bg_hub_shares_free (BgHubShares *self)
{
  if (self == NULL)
    return;
  g_free (self->core);
  g_free (self);
}

guint
bg_hub_shares_count (BgHubShares *self)
{
  return bg_shares_count (self->core);
}

gboolean
bg_hub_shares_take (BgHubShares *self, GInetAddress *source, gint64 now_us, guint *wait_s)
{
  return bg_shares_take (self->core, bytes_of (source), now_us, wait_s);
}

void
bg_hub_shares_give_back (BgHubShares *self, GInetAddress *source)
{
  bg_shares_give_back (self->core, bytes_of (source));
}
