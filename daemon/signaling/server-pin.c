/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "signaling/server-pin.h"
#include "signaling/proxy.h"
#include "common/certificate-pin.h"
#include "common/error.h"
#include "common/key-text.h"
#include "common/log.h"

#include <string.h>

gboolean
bg_server_pin_is_valid (const char *pin)
{
  uint8_t digest[BG_KEY_BYTES];

  return pin != NULL && bg_key_from_base64 (pin, digest);
}

gboolean
bg_server_pin_check (const char *pin, const char *url, GError **error)
{
  if (pin == NULL)
    return TRUE;
  if (!bg_server_pin_is_valid (pin))
    bg_error_set (error, BG_ERROR_INVALID_ARGUMENT, HUB_PIN_BAD);
  else if (!g_str_has_prefix (url, "wss://"))
    bg_error_set (error, BG_ERROR_INVALID_ARGUMENT, HUB_PIN_WITHOUT_TLS);
  else
    return TRUE;
  return FALSE;
}

SoupSession *
bg_server_pin_session_new (const char *pin)
{
  SoupSession *session = soup_session_new ();
  g_autoptr (GProxyResolver) proxies = bg_proxy_resolver_new ();

  soup_session_set_proxy_resolver (session, proxies);

  /* Without a database every certificate counts as unknown, so that on_message_accept_certificate()
   * is always asked. */
  if (pin != NULL)
    soup_session_set_tls_database (session, NULL);
  soup_session_set_timeout (session, 0);
  return session;
}

static gboolean
on_message_accept_certificate (SoupMessage *message, GTlsCertificate *certificate,
                               GTlsCertificateFlags errors, gpointer pin)
{
  g_autofree char *shown = bg_certificate_pin (certificate);

  if (g_strcmp0 (shown, pin) == 0)
    return TRUE;
  bg_log (BG_TOPIC_SIGNALING, WARNING, NULL, "the hub at %s shows another key than the pinned one",
          g_uri_get_host (soup_message_get_uri (message)));
  return FALSE;
}

static gboolean
on_message_refuse_certificate (SoupMessage *message, GTlsCertificate *certificate,
                               GTlsCertificateFlags errors, gpointer data)
{
  return FALSE;
}

static void
free_pin (gpointer pin, GClosure *closure)
{
  g_free (pin);
}

/* TLS in GIO sends an IPv6 address of the URL as a server name, as which RFC 6066 (3) allows none: servers refuse it. A name
 * of no bytes takes it back; the address itself is what a certificate is then held against. */
static void
on_message_network_event (SoupMessage *message, GSocketClientEvent event, GIOStream *connection,
                          gpointer data)
{
  const char *host = g_uri_get_host (soup_message_get_uri (message));
  g_autoptr (GSocketConnectable) none = NULL, address = NULL;

  if (event != G_SOCKET_CLIENT_TLS_HANDSHAKING || !G_IS_TLS_CLIENT_CONNECTION (connection)
      || host == NULL || strchr (host, ':') == NULL)
    return;
  none = g_network_address_new ("", 0);
  address = G_SOCKET_CONNECTABLE (g_inet_socket_address_new_from_string (host, 0));
  g_tls_client_connection_set_server_identity (G_TLS_CLIENT_CONNECTION (connection), none);
  if (address != NULL)
    g_tls_client_connection_set_server_identity (G_TLS_CLIENT_CONNECTION (connection), address);
}

static gboolean
on_message_authenticate (SoupMessage *message, SoupAuth *auth, gboolean retrying, gpointer data)
{
  return bg_proxy_log_in (auth, retrying);
}

void
bg_server_pin_attach (SoupMessage *message, const char *pin)
{
  g_signal_connect (message, "authenticate", G_CALLBACK (on_message_authenticate), NULL);
  g_signal_connect (message, "network-event", G_CALLBACK (on_message_network_event), NULL);
  if (pin != NULL)
    g_signal_connect_data (message, "accept-certificate",
                           G_CALLBACK (on_message_accept_certificate), g_strdup (pin), free_pin, 0);
  else
    g_signal_connect (message, "accept-certificate", G_CALLBACK (on_message_refuse_certificate),
                      NULL);
}
