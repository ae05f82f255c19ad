/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "relay/relay-server.h"
#include "signaling/signaling-client.h"

#include <string.h>

static char *
turn_url (const char *hub)
{
  g_autofree char *base = bg_server_url_http_base (hub);
  g_autofree char *socket = bg_server_url_normalize (base, NULL);

  return socket ? g_strconcat (socket, "/turn", NULL) : NULL;
}

BgRelayServer *
bg_relay_server_new (const char *hub, const char *token, const char *pin)
{
  BgRelayServer *self = g_atomic_rc_box_new0 (BgRelayServer);
  g_autoptr (GUri) uri = g_uri_parse (hub, G_URI_FLAGS_NONE, NULL);

  self->url = turn_url (hub);
  self->host = g_strdup (uri ? g_uri_get_host (uri) : NULL);
  self->token = token && *token ? g_strdup (token) : NULL;
  self->pin = g_strdup (pin);
  return self;
}

BgRelayServer *
bg_relay_server_ref (BgRelayServer *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
clear (gpointer data)
{
  BgRelayServer *self = data;

  if (self->token)
    explicit_bzero (self->token, strlen (self->token));
  g_free (self->url);
  g_free (self->host);
  g_free (self->token);
  g_free (self->pin);
}

void
bg_relay_server_unref (BgRelayServer *self)
{
  g_atomic_rc_box_release_full (self, clear);
}

gboolean
bg_relay_server_is (const BgRelayServer *self, const BgRelayServer *other)
{
  return g_strcmp0 (self->url, other->url) == 0 && g_strcmp0 (self->token, other->token) == 0
         && g_strcmp0 (self->pin, other->pin) == 0;
}
