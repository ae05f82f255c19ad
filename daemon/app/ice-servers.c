/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/ice-servers.h"

#include "common/log.h"

#include <string.h>

char **
bg_ice_servers_stun_urls (const BgConfig *config)
{
  GPtrArray *urls = g_ptr_array_new ();

  for (char *const *server = config->stun_servers; server && *server; server++)
    {
      const char *rest = g_str_has_prefix (*server, "stun:") ? *server + strlen ("stun:") : *server;

      g_ptr_array_add (
        urls, g_strconcat (g_str_has_prefix (rest, "//") ? "stun:" : "stun://", rest, NULL));
    }
  g_ptr_array_add (urls, NULL);
  return (char **) g_ptr_array_free (urls, FALSE);
}

gboolean
bg_ice_servers_read_turn_secret (const BgConfig *config, BgSecretStore *secrets, char **secret,
                                 GError **error)
{
  g_autoptr (GError) local = NULL;

  *secret = NULL;
  if (!config->turn_servers[0])
    return TRUE;
  *secret = bg_secret_store_read (secrets, "turn-secret", &local);
  if (local)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  if (!*secret)
    bg_log (BG_TOPIC_CONFIG, WARNING, NULL,
            "there is no secret turn-secret: the servers of ice.turn-servers are not used");
  return TRUE;
}
