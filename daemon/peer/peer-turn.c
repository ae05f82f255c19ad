/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "peer/peer-private.h"
#include "relay/turn-url.h"

static void
add_all (GStrvBuilder *builder, char **urls)
{
  if (urls)
    g_strv_builder_addv (builder, (const char **) urls);
  g_strfreev (urls);
}

char **
bg_peer_turn_urls (BgPeerContext *context)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  gint64 now = g_get_real_time () / G_USEC_PER_SEC;

  add_all (builder, bg_turn_urls ((const char *const *) context->turn_servers, context->turn_secret,
                                  context->self_id, now));
  if (context->relay)
    add_all (builder, bg_relay_open (context->relay, context->self_id, now));
  return g_strv_builder_end (builder);
}

BgIceSettings
bg_peer_ice_settings (const BgPeerContext *context, char **turn)
{
  return (BgIceSettings){
    .stun_servers = (const char *const *) context->stun_servers,
    .turn_servers = (const char *const *) turn,
    .relay_only = context->relay_only,
    .tcp = context->ice_tcp,
    .exclude = context->exclude,
    .exclude_interface = context->interface,
    .addresses = context->ice_addresses,
  };
}
