/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A peer of the configuration: plain WireGuard over UDP, shown like any other. */
#include "peer/peer-private.h"

#include "common/log.h"

static void
on_endpoint_found (gpointer data, const BgEndpoint *endpoint, const char *why)
{
  BgPeer *self = data;

  g_clear_pointer (&self->failure, g_free);
  if (endpoint)
    {
      self->fixed.endpoint = *endpoint;
      self->fixed.has_endpoint = TRUE;
      bg_peer_link (self);
    }
  else
    {
      bg_log (BG_TOPIC_PEER, WARNING, self->id, "endpoint: %s", why);
      self->failure = g_strdup_printf ("endpoint: %s", why);
    }
  bg_peer_announce (self);
}

BgPeer *
bg_peer_new_static (BgPeerContext *context, const char *name, const BgPeerConfig *config,
                    const char *host, guint16 port)
{
  BgPeer *self = g_object_new (BG_TYPE_PEER, NULL);

  self->context = context;
  self->id = g_strdup (name);
  self->is_static = TRUE;
  self->fixed = *config;
  self->fixed.allowed_ips = g_memdup2 (config->allowed_ips,
                                       config->n_allowed_ips * sizeof *config->allowed_ips);
  self->fixed.path = 0;
  self->fixed.control = false;
  if (host)
    self->endpoint = bg_static_endpoint_new (host, port, on_endpoint_found, self);
  bg_peer_link (self);
  if (self->endpoint)
    bg_static_endpoint_resolve (self->endpoint);
  return self;
}

/* The peer may have moved to another address. */
void
bg_peer_static_silent (BgPeer *self)
{
  if (self->endpoint)
    bg_static_endpoint_resolve (self->endpoint);
}

void
bg_peer_static_close (BgPeer *self)
{
  g_clear_pointer (&self->endpoint, bg_static_endpoint_free);
}
