/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What this machine offers the others: what the settings say, and the families in which it has a way out. */
#include "app/tunnel-private.h"

#include "app/own-description.h"
#include "names/uplink-servers.h"

static guint
family_of (const BgIpPrefix *address)
{
  return address->family == AF_INET ? BG_FAMILY_4 : BG_FAMILY_6;
}

/* Of the tunnel's own families; all of them where this machine's networks are not known. */
static guint
ways_out (BgTunnel *self)
{
  const BgLocalNetworks *networks = self->networks ? bg_networks_watch_get (self->networks) : NULL;
  guint families = 0;

  for (guint i = 0; i < self->n_addresses; i++)
    if (!networks || bg_local_networks_has_default (networks, self->addresses[i].family))
      families |= family_of (&self->addresses[i]);
  return families;
}

static gboolean
is_own (BgTunnel *self, const char *text)
{
  BgIpPrefix address;

  for (guint i = 0; i < self->n_addresses && bg_ip_prefix_parse (text, &address); i++)
    {
      BgIpPrefix ours = bg_ip_prefix_host (&self->addresses[i]);

      if (bg_ip_prefix_equal (&address, &ours))
        return TRUE;
    }
  return FALSE;
}

/* Who goes out through this machine asks the servers that it has itself, unless the settings name others. */
static void
add_uplink_servers (BgTunnel *self, BgPeerOffer *offer)
{
  g_auto (GStrv) servers = bg_uplink_servers_read ("");
  g_autoptr (GPtrArray) others = g_ptr_array_new ();

  for (char **server = servers; *server; server++)
    if (!is_own (self, *server))
      g_ptr_array_add (others, *server);
  g_ptr_array_add (others, NULL);
  g_strfreev (offer->dns);
  offer->dns = g_strdupv ((char **) others->pdata);
}

static void
empty (char ***list)
{
  g_strfreev (*list);
  *list = g_new0 (char *, 1);
}

/* What this machine cannot pass on. */
static void
withhold (BgPeerOffer *offer)
{
  empty (&offer->routes);
  empty (&offer->exit);
}

gboolean
bg_tunnel_renew_offer (BgTunnel *self)
{
  BgPeerOffer *offer = bg_own_offer_new (self->config, ways_out (self));
  g_autofree char *services = bg_own_services_describe (self->config);

  if (self->in_namespace)
    withhold (offer);
  else if (self->config->exit && !*self->config->dns)
    add_uplink_servers (self, offer);
  if (bg_peer_offer_equal (offer, self->offer) && g_strcmp0 (services, self->offered_services) == 0)
    {
      bg_peer_offer_free (offer);
      return FALSE;
    }
  bg_peer_offer_free (self->offer);
  self->offer = offer;
  g_free (self->offered_services);
  self->offered_services = g_steal_pointer (&services);
  return TRUE;
}

BgPeerOffer *
bg_tunnel_offer_for (gpointer owner, const BgPeerOffer *offer, const char *peer)
{
  return bg_own_offer_for (offer, ((BgTunnel *) owner)->config, peer);
}

void
bg_tunnel_tell_offer (BgTunnel *self)
{
  if (!self->signaling || !self->peers || !bg_tunnel_renew_offer (self))
    return;
  bg_tunnel_say_self (self);
  bg_signaling_client_rejoin (self->signaling);
  bg_peer_set_set_offer (self->peers, self->offer);
}
