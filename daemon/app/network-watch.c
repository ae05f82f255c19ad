/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/network-watch.h"

#include "common/log.h"
#include "peer/main-timer.h"
#include "transport/local-addresses.h"

#define SETTLE_MS 500

struct BgNetworkWatch
{
  GNetworkMonitor *monitor;
  gulong handler;
  char *interface;
  char *addresses; /* the last ones, but for loopback's */
  gboolean away;   /* there are none */
  GSource *settle;
  BgNetworkChanged changed;
  gpointer data;
};

static int
compare_texts (gconstpointer a, gconstpointer b)
{
  return g_strcmp0 (*(const char *const *) a, *(const char *const *) b);
}

static gboolean
is_loopback (const char *text)
{
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (text);

  return g_inet_address_get_is_loopback (address);
}

/* NULL where there is no network. */
static char *
read_addresses (const BgNetworkWatch *self)
{
  g_autoptr (GPtrArray) list = bg_local_addresses_list (NULL, self->interface, FALSE);

  if (list->len == 0 || is_loopback (list->pdata[0]))
    return NULL;
  g_ptr_array_sort (list, compare_texts);
  g_ptr_array_add (list, NULL);
  return g_strjoinv (" ", (char **) list->pdata);
}

static gboolean
on_settled (gpointer data)
{
  BgNetworkWatch *self = data;
  g_autofree char *addresses = read_addresses (self);
  gboolean moved = g_strcmp0 (addresses, self->addresses) != 0, was_away = self->away;

  bg_clear_source (&self->settle);
  self->away = !addresses;
  if (self->away || (!moved && !was_away))
    return G_SOURCE_REMOVE;
  bg_log (BG_TOPIC_NET, INFO, NULL, "network: %s", addresses);
  g_free (self->addresses);
  self->addresses = g_steal_pointer (&addresses);
  self->changed (self->data, moved);
  return G_SOURCE_REMOVE;
}

static void
on_network_changed (GNetworkMonitor *monitor, gboolean available, BgNetworkWatch *self)
{
  bg_arm_timer (&self->settle, SETTLE_MS, on_settled, self);
}

BgNetworkWatch *
bg_network_watch_new (const char *interface, BgNetworkChanged changed, gpointer data)
{
  BgNetworkWatch *self = g_new0 (BgNetworkWatch, 1);

  self->interface = g_strdup (interface);
  self->changed = changed;
  self->data = data;
  self->addresses = read_addresses (self);
  self->away = !self->addresses;
  self->monitor = g_object_ref (g_network_monitor_get_default ());
  self->handler = g_signal_connect (self->monitor, "network-changed",
                                    G_CALLBACK (on_network_changed), self);
  return self;
}

void
bg_network_watch_free (BgNetworkWatch *self)
{
  if (!self)
    return;
  g_signal_handler_disconnect (self->monitor, self->handler);
  g_object_unref (self->monitor);
  bg_clear_source (&self->settle);
  g_free (self->interface);
  g_free (self->addresses);
  g_free (self);
}
