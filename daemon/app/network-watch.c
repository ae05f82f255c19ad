/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/network-watch.h"

#include "common/log.h"
#include "peer/main-timer.h"

#define SETTLE_MS 200

struct BgNetworkWatch
{
  BgLocalNetworks *networks; /* the newest */
  char *place;               /* where we were last */
  gboolean away;             /* nowhere */
  GSource *settle;
  BgNetworkChanged changed;
  gpointer data;
};

static int
compare_texts (gconstpointer a, gconstpointer b)
{
  return g_strcmp0 (*(const char *const *) a, *(const char *const *) b);
}

static void
add_addresses (GPtrArray *words, const BgLocalNetworks *networks)
{
  const GArray *addresses = bg_local_networks_get_addresses (networks);

  for (guint i = 0; i < addresses->len; i++)
    {
      const BgIpPrefix *address = &g_array_index (addresses, BgIpPrefix, i);
      char text[BG_IP_PREFIX_TEXT];

      if (!bg_ip_prefix_is_unicast_host (address))
        continue;
      bg_ip_prefix_format_address (address, text);
      g_ptr_array_add (
        words, g_strconcat (
                 text, bg_local_networks_is_fading (networks, address) ? " (fading)" : "", NULL));
    }
  g_ptr_array_sort (words, compare_texts);
}

/* To a host that nobody is connected to: the way that the rest of the world is reached by. */
static void
add_way (GPtrArray *words, const BgLocalNetworks *networks, const char *host_text)
{
  char gateway[BG_IP_PREFIX_TEXT] = "";
  BgIpPrefix host;
  BgWay way;

  if (!bg_ip_prefix_parse (host_text, &host) || !bg_local_networks_find_way (networks, &host, &way))
    return;
  if (way.gateway.family != 0)
    bg_ip_prefix_format_address (&way.gateway, gateway);
  g_ptr_array_add (words, g_strdup_printf ("by %s%%%d", gateway, way.oif));
}

/* NULL where there is no network. */
static char *
describe_place (const BgLocalNetworks *networks)
{
  g_autoptr (GPtrArray) words = g_ptr_array_new_with_free_func (g_free);

  add_addresses (words, networks);
  if (words->len == 0)
    return NULL;
  add_way (words, networks, "192.0.2.1"); /* RFC 5737 */
  add_way (words, networks, "2001:db8::1");
  g_ptr_array_add (words, NULL);
  return g_strjoinv (" ", (char **) words->pdata);
}

static gboolean
on_settled (gpointer data)
{
  BgNetworkWatch *self = data;
  g_autofree char *place = describe_place (self->networks);
  gboolean moved = g_strcmp0 (place, self->place) != 0, was_away = self->away;

  bg_clear_source (&self->settle);
  self->away = !place;
  if (self->away || (!moved && !was_away))
    return G_SOURCE_REMOVE;
  bg_log (BG_TOPIC_NET, INFO, NULL, "network: %s", place);
  g_free (self->place);
  self->place = g_steal_pointer (&place);
  self->changed (self->data, moved);
  return G_SOURCE_REMOVE;
}

BgNetworkWatch *
bg_network_watch_new (BgLocalNetworks *networks, BgNetworkChanged changed, gpointer data)
{
  BgNetworkWatch *self = g_new0 (BgNetworkWatch, 1);

  self->networks = bg_local_networks_ref (networks);
  self->changed = changed;
  self->data = data;
  self->place = describe_place (networks);
  self->away = !self->place;
  return self;
}

void
bg_network_watch_update (BgNetworkWatch *self, BgLocalNetworks *networks)
{
  bg_local_networks_ref (networks);
  bg_local_networks_unref (self->networks);
  self->networks = networks;
  bg_arm_timer (&self->settle, SETTLE_MS, on_settled, self);
}

void
bg_network_watch_free (BgNetworkWatch *self)
{
  if (!self)
    return;
  bg_clear_source (&self->settle);
  bg_local_networks_unref (self->networks);
  g_free (self->place);
  g_free (self);
}
