/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service-rows.h"

#include "rows.h"
#include "words.h"

#include "common/device-entry.h"
#include "common/printable.h"

#include <glib/gi18n.h>
#include <string.h>

/* Its name as that of a row, not small as of a fact. */
static GtkWidget *
row_new (const char *name, const char *about)
{
  GtkWidget *row = applet_fact_row_new (name, about);

  gtk_widget_remove_css_class (row, "fact");
  return row;
}

/* --- Of this machine --- */

/* As in the settings; of one with two, that of TCP first. */
static char *
targets_of (GVariant *service)
{
  const char *by_tcp = bg_device_entry_text (service, "tcp"),
             *by_unix = bg_device_entry_text (service, "unix"),
             *by_udp = bg_device_entry_text (service, "udp");
  const char *stream = *by_tcp ? by_tcp : by_unix;
  g_autofree char *text = *by_udp
                            ? g_strdup_printf ("%s%sUDP %s", stream, *stream ? ", " : "", by_udp)
                            : g_strdup (stream);

  return bg_printable (text);
}

static char *
who_may_come (GVariant *service)
{
  g_autofree const char **peers = NULL;
  g_autofree char *names = NULL, *shown = NULL;

  if (!g_variant_lookup (service, "peers", "^a&s", &peers) || !*peers)
    return g_strdup (_ ("For all machines"));
  names = g_strjoinv (", ", (char **) peers);
  shown = bg_printable (names);
  /* Translators: of a service: “For attic, home”, which are machines */
  return g_strdup_printf (_ ("For %s"), shown);
}

/* NULL: none. */
static char *
trouble_of (GVariant *service)
{
  const char *state = bg_device_entry_text (service, "state"),
             *error = bg_device_entry_text (service, "last-error");
  g_autofree char *shown = bg_printable (error);

  if (g_str_equal (state, "down"))
    return g_strdup (_ ("The tunnel is off"));
  if (g_str_equal (state, "failed"))
    return g_strdup (_ ("It is not open; the page of this machine says why"));
  return *error ? g_strdup_printf (_ ("The last connection failed: %s"), shown) : NULL;
}

static guint32
port_of (GVariant *service)
{
  guint32 port = 0;

  g_variant_lookup (service, "port", "u", &port);
  return port;
}

/* NULL: it has no name, as the machine has none. */
static char *
own_address (GVariant *service)
{
  const char *host = bg_device_entry_text (service, "host");

  return *host ? g_strdup_printf ("%s:%u", host, port_of (service)) : NULL;
}

char *
applet_service_describe (GVariant *service)
{
  g_autofree char *targets = targets_of (service), *who = who_may_come (service);
  g_autofree char *trouble = trouble_of (service), *place = own_address (service), *way = NULL;

  if (!place)
    place = g_strdup_printf (_ ("Port %u"), port_of (service));
  /* Translators: of a service: where its program is (“127.0.0.1:8080”), and who may come (“For all machines”) */
  way = g_strdup_printf (_ ("Leads to %s · %s"), targets, who);
  return g_strjoin ("\n", place, way, trouble, NULL);
}

GtkWidget *
applet_service_row_new (GVariant *service)
{
  const char *name = bg_device_entry_text (service, "name");
  g_autofree char *address = own_address (service), *about = applet_service_describe (service);
  /* Translators: of a button beside a rule or a service */
  g_autofree char *label = g_strdup_printf (_ ("Remove %s"), name);
  GtkWidget *row = row_new (name, about);

  if (address)
    applet_row_add_button (row, "edit-copy-symbolic", _ ("Copy the Address"), "win.copy", address);
  applet_row_add_button (row, "user-trash-symbolic", label, "service.remove", name);
  return row;
}

/* --- Of a peer --- */

/* By its name, else by the first address of the peer; NULL: nowhere. */
static char *
address_at_peer (BamgatePeer *peer, const char *dns_name, const char *name, guint16 port)
{
  const char *const *addresses = bamgate_peer_get_addresses (peer);
  g_autofree char *bare = NULL;

  if (*dns_name)
    return g_strdup_printf ("%s.%s:%u", name, dns_name, port);
  if (!addresses || !*addresses)
    return NULL;
  bare = applet_words_bare_address (*addresses);
  return g_strdup_printf (strchr (bare, ':') ? "[%s]:%u" : "%s:%u", bare, port);
}

static char *
describe_of_peer (BamgatePeer *peer, const char *address, const char *protocol)
{
  g_autofree char *owner = applet_words_peer_name (peer), *upper = g_ascii_strup (protocol, -1);
  /* Translators: of a service: on which machine it is, and its protocol (“HTTP”) */
  g_autofree char *where = g_strdup_printf (_ ("On %s · %s"), owner, upper);
  const char *away = bamgate_peer_get_state (peer) == BAMGATE_PEER_STATE_CONNECTED
                       ? NULL
                       : applet_words_peer (peer).word;

  return address ? g_strjoin ("\n", address, where, away, NULL)
                 : g_strjoin ("\n", where, away, NULL);
}

GtkWidget *
applet_peer_service_row_new (BamgatePeer *peer, const char *dns_name, const char *name,
                             guint16 port, const char *protocol)
{
  g_autofree char *address = address_at_peer (peer, dns_name, name, port);
  g_autofree char *about = describe_of_peer (peer, address, protocol);
  g_autofree char *link = address && g_str_equal (protocol, "http")
                            ? g_strdup_printf ("http://%s/", address)
                            : NULL;
  GtkWidget *row = row_new (name, about);

  if (link)
    applet_row_add_button (row, "web-browser-symbolic", _ ("Open in the Browser"), "link.open",
                           link);
  if (address)
    applet_row_add_button (row, "edit-copy-symbolic", _ ("Copy the Address"), "win.copy", address);
  return row;
}
