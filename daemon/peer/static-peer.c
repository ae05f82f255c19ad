/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A peer of the configuration: plain WireGuard over UDP, shown like any other. */
#include "peer/peer-private.h"

#include "common/log.h"

#include <string.h>

/* The same address again says nothing new, unless the peer, which may have roamed, was not found where it was last. Nothing
 * else of the peer is set with it: wg(8) may have changed it since, or removed it. */
static void
take_endpoint (BgPeer *self, const BgEndpoint *endpoint)
{
  gboolean moved = !self->fixed.has_endpoint
                   || memcmp (&self->fixed.endpoint, endpoint, sizeof *endpoint) != 0;

  if (moved && self->fixed.has_endpoint)
    bg_log (BG_TOPIC_PEER, MESSAGE, self->id, "endpoint: %s has another address now",
            bg_static_endpoint_host (self->endpoint));
  self->fixed.endpoint = *endpoint;
  self->fixed.has_endpoint = TRUE;
  if (moved || self->lost)
    bg_data_commands_set_endpoint (self->context->commands, &self->fixed.key, endpoint);
  bg_peer_note_endpoint (self);
  self->lost = FALSE;
}

static void
on_endpoint_found (gpointer data, const BgEndpoint *endpoint, BgWords *why)
{
  BgPeer *self = data;

  g_clear_pointer (&self->failure, bg_words_unref);
  if (endpoint)
    take_endpoint (self, endpoint);
  else
    {
      bg_log (BG_TOPIC_PEER, WARNING, self->id, "endpoint: %s", why->text);
      self->failure = bg_words (ABOUT_ENDPOINT, why->text);
    }
  bg_peer_announce (self);
}

static void
take_config (BgPeer *self, const BgPeerConfig *config)
{
  g_autofree gpointer before = (gpointer) self->fixed.allowed_ips;
  const BgEndpoint endpoint = self->fixed.endpoint;
  bool has_endpoint = self->fixed.has_endpoint;

  self->fixed = *config;
  self->fixed.allowed_ips = g_memdup2 (config->allowed_ips,
                                       config->n_allowed_ips * sizeof *config->allowed_ips);
  self->fixed.path = 0;
  self->fixed.control = false;
  self->fixed.endpoint = endpoint;
  self->fixed.has_endpoint = has_endpoint;
  self->fixed.keep_endpoint = true;
}

BgPeer *
bg_peer_new_static (BgPeerContext *context, const char *name, const BgPeerConfig *config,
                    const char *host, guint16 port)
{
  BgPeer *self = g_object_new (BG_TYPE_PEER, NULL);

  self->context = context;
  self->id = g_strdup (name);
  self->is_static = TRUE;
  take_config (self, config);
  if (host)
    self->endpoint = bg_static_endpoint_new (host, port, on_endpoint_found, self);
  bg_peer_link (self);
  if (self->endpoint)
    bg_static_endpoint_resolve (self->endpoint);
  return self;
}

void
bg_peer_static_change (BgPeer *self, const BgPeerConfig *config, const char *host, guint16 port)
{
  gboolean elsewhere = !bg_static_endpoint_is (self->endpoint, host, port);

  take_config (self, config);
  if (elsewhere)
    {
      g_clear_pointer (&self->endpoint, bg_static_endpoint_free);
      self->fixed.has_endpoint = FALSE;
      self->routes.has_outer = FALSE;
      if (host)
        self->endpoint = bg_static_endpoint_new (host, port, on_endpoint_found, self);
    }
  bg_peer_link (self);
  if (elsewhere && self->endpoint)
    bg_static_endpoint_resolve (self->endpoint);
  bg_peer_set_surroundings_changed (self->context->set); /* its allowed IPs may catch others */
  bg_peer_announce (self);
}

/* Its name may have another address by now. */
void
bg_peer_static_unanswered (BgPeer *self)
{
  if (self->endpoint)
    bg_static_endpoint_resolve (self->endpoint);
}

void
bg_peer_static_silent (BgPeer *self)
{
  self->lost = TRUE;
  if (self->endpoint)
    bg_static_endpoint_resolve (self->endpoint);
}

void
bg_peer_static_close (BgPeer *self)
{
  g_clear_pointer (&self->endpoint, bg_static_endpoint_free);
}
