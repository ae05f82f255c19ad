/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/network-watch.h"

#include "common/log.h"
#include "peer/main-timer.h"

enum
{
  SETTLE_MS = 200,
  STEADY_MS = 5 * 1000,
  CALM_MS = 60 * 1000, /* between two that are said to be steady */
};

struct BgNetworkWatch
{
  BgLocalNetworks *networks; /* the newest */
  char *place;               /* where we were last */
  gboolean away;             /* nowhere */
  GSource *settle;
  char *way;    /* to everywhere, of `place` */
  char *steady; /* the one that was said to be so last */
  gint64 steady_us;
  GSource *stay;
  const BgNetworkEvents *events;
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

static char *
join (GPtrArray *words)
{
  g_ptr_array_add (words, NULL);
  return g_strjoinv (" ", (char **) words->pdata);
}

static char *
describe_way (const BgLocalNetworks *networks)
{
  g_autoptr (GPtrArray) words = g_ptr_array_new_with_free_func (g_free);

  add_way (words, networks, "192.0.2.1"); /* RFC 5737 */
  add_way (words, networks, "2001:db8::1");
  return join (words);
}

/* NULL where there is no network. */
static char *
describe_place (const BgLocalNetworks *networks, const char *way)
{
  g_autoptr (GPtrArray) words = g_ptr_array_new_with_free_func (g_free);

  add_addresses (words, networks);
  if (words->len == 0)
    return NULL;
  if (way[0] != '\0')
    g_ptr_array_add (words, g_strdup (way));
  return join (words);
}

/* --- Whether a way stays --- */

static gboolean
on_stayed (gpointer data)
{
  BgNetworkWatch *self = data;

  bg_clear_source (&self->stay);
  g_free (self->steady);
  self->steady = g_strdup (self->way);
  self->steady_us = bg_main_now_us ();
  self->events->steady (self->data);
  return G_SOURCE_REMOVE;
}

static guint
stay_ms (BgNetworkWatch *self)
{
  gint64 calm_ms = self->steady_us == 0 ? 0
                                        : CALM_MS - (bg_main_now_us () - self->steady_us) / 1000;

  return (guint) MAX (STEADY_MS, calm_ms);
}

static void
take_way (BgNetworkWatch *self, char *way)
{
  gboolean is_other = !g_str_equal (way, self->way);

  g_free (self->way);
  self->way = way;
  if (g_str_equal (way, self->steady) || way[0] == '\0')
    bg_clear_source (&self->stay);
  else if (is_other)
    bg_arm_timer (&self->stay, stay_ms (self), on_stayed, self);
}

static gboolean
on_settled (gpointer data)
{
  BgNetworkWatch *self = data;
  char *way = describe_way (self->networks);
  g_autofree char *place = describe_place (self->networks, way);
  gboolean moved = g_strcmp0 (place, self->place) != 0, was_away = self->away;

  bg_clear_source (&self->settle);
  take_way (self, way);
  self->away = !place;
  if (self->away || (!moved && !was_away))
    return G_SOURCE_REMOVE;
  bg_log (BG_TOPIC_NET, INFO, NULL, "network: %s", place);
  g_free (self->place);
  self->place = g_steal_pointer (&place);
  self->events->changed (self->data, moved);
  return G_SOURCE_REMOVE;
}

BgNetworkWatch *
bg_network_watch_new (BgLocalNetworks *networks, const BgNetworkEvents *events, gpointer data)
{
  BgNetworkWatch *self = g_new0 (BgNetworkWatch, 1);

  self->networks = bg_local_networks_ref (networks);
  self->events = events;
  self->data = data;
  self->way = describe_way (networks);
  self->steady = g_strdup (self->way);
  self->place = describe_place (networks, self->way);
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
  bg_clear_source (&self->stay);
  bg_local_networks_unref (self->networks);
  g_free (self->place);
  g_free (self->way);
  g_free (self->steady);
  g_free (self);
}
