/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What all peers of a set share. */

#include "common/key-text.h"
#include "peer/peer-private.h"
#include "transport/ice-servers.h"

#include <string.h>
#include <sys/socket.h>

#define IDLE_S 300

static void
forget_ice (BgPeerContext *context)
{
  g_clear_pointer (&context->announced, g_strfreev);
  g_clear_pointer (&context->stun_servers, g_strfreev);
  g_clear_pointer (&context->turn_servers, g_strfreev);
  g_clear_pointer (&context->connect_always, g_strfreev);
  if (context->turn_secret)
    explicit_bzero (context->turn_secret, strlen (context->turn_secret));
  g_clear_pointer (&context->turn_secret, g_free);
}

static GInetAddressMask **
masks_of_addresses (const BgIpPrefix *addresses, guint n)
{
  GPtrArray *masks = g_ptr_array_new ();

  for (guint i = 0; i < n; i++)
    {
      BgIpPrefix net = addresses[i];
      g_autoptr (GInetAddress) address = NULL;
      GInetAddressMask *mask;

      bg_ip_prefix_mask (&net);
      address = g_inet_address_new_from_bytes (
        net.addr, net.family == AF_INET ? G_SOCKET_FAMILY_IPV4 : G_SOCKET_FAMILY_IPV6);
      mask = g_inet_address_mask_new (address, net.len, NULL);
      if (mask)
        g_ptr_array_add (masks, mask);
    }
  g_ptr_array_add (masks, NULL);
  return (GInetAddressMask **) g_ptr_array_free (masks, FALSE);
}

static char **
names_of_paths (guint paths)
{
  GPtrArray *names = g_ptr_array_new ();

  for (guint kind = BG_TRANSPORT_ICE; kind <= BG_TRANSPORT_DIRECT; kind++)
    if (paths & 1u << kind)
      g_ptr_array_add (names, g_strdup (bg_transport_kind_name (kind)));
  g_ptr_array_add (names, NULL);
  return (char **) g_ptr_array_free (names, FALSE);
}

void
bg_peer_context_set_ice (BgPeerContext *context, const BgPeerSetConfig *config)
{
  forget_ice (context);
  context->paths = config->paths;
  context->announced = names_of_paths (config->paths);
  context->stun_servers = g_strdupv ((char **) config->stun_servers);
  if (config->signaling || context->signaling)
    bg_ice_servers_ask (config->relay_only ? NULL : config->stun_servers);
  context->turn_servers = g_strdupv ((char **) config->turn_servers);
  context->turn_secret = g_strdup (config->turn_secret);
  context->relay = config->relay;
  context->mapper = config->mapper;
  context->relay_only = config->relay_only;
  context->ice_tcp = config->ice_tcp;
  context->connect = config->connect;
  context->connect_always = g_strdupv ((char **) config->connect_always);
  context->idle_s = config->idle_s > 0 ? config->idle_s : IDLE_S;
}

static GArray *
prefixes_of (char *const *texts)
{
  GArray *prefixes = g_array_new (FALSE, FALSE, sizeof (BgIpPrefix));
  BgIpPrefix prefix;

  for (char *const *text = texts; *text; text++)
    if (bg_ip_prefix_parse (*text, &prefix))
      g_array_append_val (prefixes, prefix);
  return prefixes;
}

void
bg_peer_context_set_offer (BgPeerContext *context, const BgPeerOffer *offer)
{
  bg_peer_offer_free (context->offer);
  context->offer = offer ? bg_peer_offer_copy (offer) : bg_peer_offer_new ();
  g_clear_pointer (&context->own_routes, g_array_unref);
  context->own_routes = prefixes_of (context->offer->routes);
  context->self.routes = context->own_routes;
}

void
bg_peer_context_fill (BgPeerContext *context, const BgPeerSetConfig *config)
{
  char key[BG_KEY_TEXT_LEN + 1];

  bg_key_to_base64 (config->self_key.bytes, key);
  context->self_id = g_strdup (config->self_id);
  context->self_key = config->self_key;
  context->self_key_text = g_strdup (key);
  context->mac = config->private_key ? bg_offer_mac_new (config->private_key) : NULL;
  context->addresses = g_memdup2 (config->addresses,
                                  config->n_addresses * sizeof *config->addresses);
  context->n_addresses = config->n_addresses;
  context->self = (BgPeerSelf){ context->self_id, &context->self_key, context->addresses,
                                context->n_addresses, NULL };
  bg_peer_context_set_offer (context, config->offer);
  context->offer_for = config->offer_for;
  context->offer_owner = config->offer_owner;
  context->interface = g_strdup (config->interface);
  context->accept_routes = config->accept_routes;
  context->accepts = bg_peer_accepts_copy (config->accepts);
  bg_peer_context_set_ice (context, config);
  context->exclude = masks_of_addresses (config->addresses, config->n_addresses);
  context->log = config->log;
  context->revoked = config->revoked;
  context->dataplane = config->dataplane;
  context->commands = bg_data_commands_new (config->dataplane);
  if (config->signaling)
    context->signaling = g_object_ref (config->signaling);
}

void
bg_peer_context_init (BgPeerContext *context)
{
  context->claims = bg_peer_claims_new ();
  context->choice = bg_route_choice_new ();
  context->turns = bg_peer_turns_new (context);
}

static void
forget_surroundings (BgPeerContext *context)
{
  for (guint i = 0; context->exclude && context->exclude[i]; i++)
    g_object_unref (context->exclude[i]);
  g_free (context->exclude);
  bg_peer_context_take_networks (context, NULL);
  g_clear_pointer (&context->outside, g_array_unref);
}

static void
forget_self (BgPeerContext *context)
{
  bg_offer_mac_free (context->mac);
  bg_peer_offer_free (context->offer);
  g_clear_pointer (&context->own_routes, g_array_unref);
  g_free (context->self_id);
  g_free (context->self_key_text);
  g_free (context->addresses);
  g_free (context->interface);
  g_free (context->exit_id);
}

void
bg_peer_context_clear (BgPeerContext *context)
{
  bg_peer_claims_free (context->claims);
  bg_route_choice_free (context->choice);
  g_clear_pointer (&context->accepts, g_ptr_array_unref);
  bg_peer_turns_free (context->turns);
  bg_peer_pins_free (context->pins);
  g_clear_object (&context->signaling);
  forget_surroundings (context);
  forget_ice (context);
  forget_self (context);
}
