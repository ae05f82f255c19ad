/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "peer-details.h"

#include "drop-words.h"
#include "rows.h"
#include "words.h"

#include "common/printable.h"

#include <glib/gi18n.h>

/* --- Single values --- */

guint
applet_peer_details_get_mtu (GVariant *details)
{
  guint32 mtu = 0;

  if (details)
    g_variant_lookup (details, "mtu", "u", &mtu);
  return mtu;
}

const char *
applet_peer_details_get_text (GVariant *details, const char *key)
{
  const char *text = "";

  if (details)
    g_variant_lookup (details, key, "&s", &text);
  return text;
}

gint64
applet_peer_details_get_time (GVariant *details, const char *key)
{
  gint64 time = 0;

  if (details)
    g_variant_lookup (details, key, "x", &time);
  return time;
}

gboolean
applet_peer_details_get_flag (GVariant *details, const char *key)
{
  gboolean flag = FALSE;

  if (details)
    g_variant_lookup (details, key, "b", &flag);
  return flag;
}

char *
applet_peer_details_describe_drops (GVariant *details)
{
  g_autoptr (GVariant) drops = NULL;

  drops = details ? g_variant_lookup_value (details, "drops", G_VARIANT_TYPE ("a{st}")) : NULL;
  return drops ? applet_drop_words (drops) : NULL;
}

/* --- Routes --- */

static void
route_free (gpointer data)
{
  AppletPeerRoute *route = data;

  g_free (route->route);
  g_free (route->why_not);
  g_free (route);
}

static char *
why_refused (GVariant *details, const char *wanted)
{
  g_autoptr (GVariantIter) refused = NULL;
  const char *route, *why;

  if (details)
    g_variant_lookup (details, "refused-routes", "a(ss)", &refused);
  while (refused && g_variant_iter_next (refused, "(&s&s)", &route, &why))
    if (g_str_equal (route, wanted))
      return bg_printable (why);
  return g_strdup ("");
}

static int
compare_routes (gconstpointer a, gconstpointer b)
{
  const AppletPeerRoute *first = *(AppletPeerRoute *const *) a,
                        *second = *(AppletPeerRoute *const *) b;

  return (int) second->is_taken - (int) first->is_taken;
}

static AppletPeerRoute *
route_new (const char *text, gboolean is_offered, gboolean is_taken, GVariant *details)
{
  AppletPeerRoute *route = g_new0 (AppletPeerRoute, 1);

  route->route = bg_printable (text);
  route->is_offered = is_offered;
  route->is_taken = is_taken;
  route->why_not = is_taken ? g_strdup ("") : why_refused (details, text);
  return route;
}

GPtrArray *
applet_peer_details_list_routes (BamgatePeer *peer, GVariant *details)
{
  GPtrArray *routes = g_ptr_array_new_with_free_func (route_free);
  const char *const *offered = bamgate_peer_get_routes (peer);
  const char *const *taken = bamgate_peer_get_accepted_routes (peer);

  for (guint i = 0; offered && offered[i]; i++)
    g_ptr_array_add (
      routes, route_new (offered[i], TRUE, taken && g_strv_contains (taken, offered[i]), details));
  for (guint i = 0; taken && taken[i]; i++)
    if (!offered || !g_strv_contains (offered, taken[i]))
      g_ptr_array_add (routes, route_new (taken[i], FALSE, TRUE, details));
  g_ptr_array_sort (routes, compare_routes);
  return routes;
}

char *
applet_peer_routes_key (GPtrArray *routes)
{
  GString *key = g_string_new (NULL);

  for (guint i = 0; i < routes->len; i++)
    {
      AppletPeerRoute *route = routes->pdata[i];

      g_string_append_printf (key, "%s%d%s;", route->route, route->is_taken, route->why_not);
    }
  return g_string_free (key, FALSE);
}

GtkWidget *
applet_peer_route_row_new (const AppletPeerRoute *route)
{
  const char *icon = route->is_taken ? "emblem-ok-symbolic" : "action-unavailable-symbolic";
  g_autofree char *not_taken = *route->why_not
                                 ? g_strdup_printf (_ ("Not used: %s"), route->why_not)
                                 : g_strdup (_ ("Not used: it is not chosen"));
  GtkWidget *row = applet_fact_row_new (
    route->route, route->is_taken ? _ ("Leads through the tunnel") : not_taken);
  GtkWidget *image = gtk_image_new_from_icon_name (icon);

  gtk_widget_remove_css_class (row, "fact");
  adw_action_row_add_prefix (ADW_ACTION_ROW (row), image);
  return row;
}

/* --- Path history --- */

static void
stay_free (gpointer data)
{
  AppletPeerStay *stay = data;

  g_free (stay->local);
  g_free (stay->remote);
  g_free (stay);
}

static BamgatePath
path_of (const char *nick)
{
  g_autoptr (GEnumClass) klass = g_type_class_ref (BAMGATE_TYPE_PATH);
  GEnumValue *value = g_enum_get_value_by_nick (klass, nick);

  if (!*nick)
    return BAMGATE_PATH_NONE;
  return value ? (BamgatePath) value->value : BAMGATE_PATH_UNKNOWN;
}

static AppletPeerStay *
stay_new (GVariant *entry)
{
  AppletPeerStay *stay = g_new0 (AppletPeerStay, 1);

  stay->since = applet_peer_details_get_time (entry, "since");
  stay->path = path_of (applet_peer_details_get_text (entry, "path"));
  stay->is_relayed = applet_peer_details_get_flag (entry, "relayed");
  stay->local = bg_printable (applet_peer_details_get_text (entry, "local"));
  stay->remote = bg_printable (applet_peer_details_get_text (entry, "remote"));
  return stay;
}

GPtrArray *
applet_peer_details_list_stays (GVariant *details)
{
  GPtrArray *stays = g_ptr_array_new_with_free_func (stay_free);
  g_autoptr (GVariantIter) entries = NULL;
  GVariant *entry;

  if (details)
    g_variant_lookup (details, "path-history", "aa{sv}", &entries);
  while (entries && (entry = g_variant_iter_next_value (entries)))
    {
      g_ptr_array_add (stays, stay_new (entry));
      g_variant_unref (entry);
    }
  return stays;
}

char *
applet_peer_stays_key (GPtrArray *stays)
{
  GString *key = g_string_new (NULL);

  for (guint i = 0; i < stays->len; i++)
    {
      AppletPeerStay *stay = stays->pdata[i];

      g_string_append_printf (key, "%" G_GINT64_FORMAT "%d%d;", stay->since, stay->path,
                              stay->is_relayed);
    }
  return g_string_free (key, FALSE);
}

GtkWidget *
applet_peer_stay_row_new (const AppletPeerStay *stay)
{
  const char *word = applet_words_path (stay->path, stay->is_relayed);
  g_autoptr (GDateTime) utc = g_date_time_new_from_unix_utc (stay->since / G_USEC_PER_SEC);
  g_autoptr (GDateTime) local = g_date_time_to_local (utc);
  g_autofree char *when = g_date_time_format (local, "%x %X");
  g_autofree char *ends = *stay->remote ? g_strdup_printf ("%s ↔ %s", stay->local, stay->remote)
                                        : g_strdup ("");
  g_autofree char *text = *ends ? g_strdup_printf ("%s\n%s", *word ? word : _ ("None"), ends)
                                : g_strdup (*word ? word : _ ("None"));
  /* Translators: a moment since when a path is taken */
  g_autofree char *title = g_strdup_printf (_ ("Since %s"), when);

  return applet_fact_row_new (title, text);
}
