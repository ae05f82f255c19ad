/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "signaling/upgrade-request.h"
#include "signaling/server-pin.h"

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
