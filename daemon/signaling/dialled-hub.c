/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "signaling/dialled-hub.h"
#include "signaling/server-pin.h"
#include "signaling/upgrade-request.h"
#include "common/log.h"
#include "common/secret-text.h"

static const char *
given (const char *text)
{
  return text != NULL && *text != '\0' ? text : NULL;
}

static gboolean
is_loopback (const char *host)
{
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (host);

  return address != NULL ? g_inet_address_get_is_loopback (address)
                         : g_ascii_strcasecmp (host, "localhost") == 0;
}

static void
warn_if_readable (const char *url)
{
  g_autoptr (GUri) uri = g_uri_parse (url, G_URI_FLAGS_NONE, NULL);

  if (g_str_has_prefix (url, "ws://") && !is_loopback (g_uri_get_host (uri)))
    bg_log (BG_TOPIC_SIGNALING, WARNING, NULL,
            "no TLS to the hub at %s: token, names and keys travel readable", g_uri_get_host (uri));
}

void
bg_dialled_hub_clear (BgDialledHub *self)
{
  if (self->session != NULL)
    soup_session_abort (self->session);
  g_clear_object (&self->session);
  g_clear_pointer (&self->token, bg_secret_free);
  g_clear_pointer (&self->dialled_token, bg_secret_free);
  g_clear_pointer (&self->url, g_free);
  g_clear_pointer (&self->pin, g_free);
}

void
bg_dialled_hub_set (BgDialledHub *self, char *url, const char *token, const char *pin)
{
  bg_dialled_hub_clear (self);
  self->url = url;
  self->token = g_strdup (given (token));
  self->pin = g_strdup (pin);
  self->session = bg_server_pin_session_new (pin);
  warn_if_readable (url);
}

gboolean
bg_dialled_hub_is (const BgDialledHub *self, const char *url, const char *token, const char *pin)
{
  return g_strcmp0 (self->url, url) == 0 && g_strcmp0 (self->pin, pin) == 0
         && g_strcmp0 (self->token, given (token)) == 0;
}

void
bg_dialled_hub_set_token (BgDialledHub *self, const char *token)
{
  bg_secret_free (self->token);
  self->token = g_strdup (given (token));
}

SoupMessage *
bg_dialled_hub_dial (BgDialledHub *self)
{
  bg_secret_free (self->dialled_token);
  self->dialled_token = g_strdup (self->token);
  return bg_upgrade_request_new (self->url, self->token, self->pin);
}

gboolean
bg_dialled_hub_is_token (const char *text)
{
  for (const char *p = text; *p != '\0'; p++)
    if (!g_ascii_isgraph (*p))
      return FALSE;
  return TRUE;
}
