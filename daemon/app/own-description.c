/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/own-description.h"

#include "common/key-text.h"
#include "peer/peer-facts.h"

BgSignalPeer *
bg_own_description_new (const char *id, const BgConfig *config, const WgKey *public_key,
                        const BgIpPrefix *addresses, guint n_addresses)
{
  BgSignalPeer *me = g_new0 (BgSignalPeer, 1);
  GPtrArray *routes = g_ptr_array_new ();
  char text[BG_IP_PREFIX_TEXT], key[BG_KEY_TEXT_LEN + 1];

  bg_key_to_base64 (public_key->bytes, key);
  me->id = g_strdup (id);
  me->public_key = g_strdup (key);
  bg_ip_prefix_format (&addresses[0], text);
  me->address = g_strdup (text);
  for (guint i = 0; i < config->routes->len; i++)
    {
      bg_ip_prefix_format (&g_array_index (config->routes, BgIpPrefix, i), text);
      g_ptr_array_add (routes, g_strdup (text));
    }
  g_ptr_array_add (routes, NULL);
  me->routes = (char **) g_ptr_array_free (routes, FALSE);
  if (n_addresses > 1)
    {
      bg_ip_prefix_format (&addresses[1], text);
      me->metadata = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
      g_hash_table_insert (me->metadata, g_strdup (BG_PEER_METADATA_ADDRESS6), g_strdup (text));
    }
  return me;
}
