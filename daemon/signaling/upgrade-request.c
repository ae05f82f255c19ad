/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "signaling/upgrade-request.h"
#include "signaling/backoff.h"
#include "signaling/server-pin.h"

enum
{
  MISDIRECTED = 421 /* RFC 9110, 15.5.20 */
};

/* A hub that wants heartbeats more seldom can be left without. */
enum
{
  LONGEST_BEAT_S = 3600
};
enum
{
  TOO_MANY_REQUESTS = 429 /* RFC 6585 */
};

SoupMessage *
bg_upgrade_request_new (const char *url, const char *token, const char *pin)
{
  SoupMessage *message = soup_message_new (SOUP_METHOD_GET, url);
  SoupMessageHeaders *headers = soup_message_get_request_headers (message);

  soup_message_add_flags (message, SOUP_MESSAGE_NO_REDIRECT | SOUP_MESSAGE_NEW_CONNECTION);
  soup_message_disable_feature (message,
                                SOUP_TYPE_WEBSOCKET_EXTENSION_MANAGER); /* no compression */
  soup_message_disable_feature (message,
                                SOUP_TYPE_AUTH_MANAGER); /* the token is the only credential */
  if (token != NULL)
    {
      g_autofree char *bearer = g_strconcat ("Bearer ", token, NULL);

      soup_message_headers_replace (headers, "Authorization", bearer);
    }
  bg_server_pin_attach (message, pin);
  return message;
}

static const char *
header (SoupMessage *message, const char *name)
{
  return soup_message_headers_get_one (soup_message_get_response_headers (message), name);
}

guint
bg_upgrade_answer_heartbeat_s (SoupMessage *message)
{
  const char *every = header (message, "Bamgate-Heartbeat");
  guint64 seconds = 0;

  if (every != NULL)
    g_ascii_string_to_unsigned (every, 10, 1, LONGEST_BEAT_S, &seconds, NULL);
  return (guint) seconds;
}

gboolean
bg_upgrade_answer_says (SoupMessage *message, const char *name, const char *value)
{
  return g_strcmp0 (header (message, name), value) == 0;
}

gboolean
bg_upgrade_answer_has_devices (SoupMessage *message)
{
  return bg_upgrade_answer_says (message, "Bamgate-Devices", "1");
}

guint
bg_upgrade_answer_patience_ms (SoupMessage *message)
{
  guint status = soup_message_get_status (message);

  if (status != SOUP_STATUS_SERVICE_UNAVAILABLE && status != TOO_MANY_REQUESTS)
    return 0;
  return bg_backoff_asked_ms (header (message, "Retry-After"), g_get_real_time () / G_USEC_PER_SEC,
                              g_random_double ());
}

void
bg_upgrade_answer_note_address (SoupMessage *message, GInetAddress **address)
{
  GSocketAddress *remote = soup_message_get_remote_address (message);

  if (G_IS_INET_SOCKET_ADDRESS (remote))
    g_set_object (address, g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (remote)));
}

char *
bg_upgrade_answer_dup_moved (SoupMessage *message)
{
  SoupMessageHeaders *headers = soup_message_get_response_headers (message);

  return (guint) soup_message_get_status (message) == MISDIRECTED
           ? g_strdup (soup_message_headers_get_one (headers, "Bamgate-Moved"))
           : NULL;
}
