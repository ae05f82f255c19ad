/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "exit-words.h"

#include "common/printable.h"

#include <glib/gi18n.h>

static const struct
{
  const char *title, *sentence;
} words[APPLET_N_EXITS] = {
  [APPLET_EXIT_NONE] = { N_ ("Exit: None"),
                         N_ (
                           "Only packets to other machines of the network go through the tunnel.") },
  /* Translators: %s is a machine, in all of these. */
  [APPLET_EXIT_RESTING] = { N_ ("Exit: %s"),
                            N_ ("Everything goes through %s as soon as the tunnel is on.") },
  [APPLET_EXIT_WAITING] = { N_ ("Exit: %s (waiting)"),
                            N_ ("Nothing goes out until the exit %s is reached.") },
  [APPLET_EXIT_ACTIVE] = { N_ ("Exit: %s"), N_ ("Everything goes through %s.") },
  [APPLET_EXIT_LOST] = { N_ ("Exit: %s (lost)"), N_ ("Nothing goes out: the exit %s is lost.") },
};

AppletExit
applet_exit_parse (const char *node, const char *state)
{
  if (!node || !*node)
    return APPLET_EXIT_NONE;
  if (g_strcmp0 (state, "active") == 0)
    return APPLET_EXIT_ACTIVE;
  if (g_strcmp0 (state, "connecting") == 0)
    return APPLET_EXIT_WAITING;
  return state && *state ? APPLET_EXIT_LOST : APPLET_EXIT_RESTING;
}

AppletExit
applet_exit_of (BamgateClient *client)
{
  if (!client || !bamgate_client_get_running (client))
    return APPLET_EXIT_NONE;
  return applet_exit_parse (bamgate_client_get_exit_node (client),
                            bamgate_client_get_exit_state (client));
}

gboolean
applet_exit_is_blocked (AppletExit exit)
{
  return exit == APPLET_EXIT_WAITING || exit == APPLET_EXIT_LOST;
}

gboolean
applet_exit_is_offered (BamgatePeer *peer)
{
  const char *const *families = bamgate_peer_get_exit_offered (peer);

  return families && *families;
}

const char *
applet_exit_families (BamgatePeer *peer)
{
  const char *const *families = bamgate_peer_get_exit_offered (peer);

  if (!families || !*families)
    return _ ("does not offer it any more");
  if (families[1])
    return _ ("IPv4 and IPv6");
  return g_str_equal (*families, "4") ? _ ("IPv4 only") : _ ("IPv6 only");
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return g_utf8_collate (*(const char *const *) a, *(const char *const *) b);
}

char **
applet_exit_list (BamgateClient *client, guint max)
{
  GPtrArray *names = g_ptr_array_new ();
  GListModel *peers = bamgate_client_get_peers (client);
  const char *chosen = bamgate_client_get_exit_node (client);

  if (chosen && *chosen)
    g_ptr_array_add (names, g_strdup (chosen));
  for (guint i = 0; i < g_list_model_get_n_items (peers) && names->len < max; i++)
    {
      g_autoptr (BamgatePeer) peer = g_list_model_get_item (peers, i);
      const char *id = bamgate_peer_get_id (peer);

      if (applet_exit_is_offered (peer) && g_strcmp0 (id, chosen) != 0)
        g_ptr_array_add (names, g_strdup (id));
    }
  g_ptr_array_sort (names, compare_names);
  g_ptr_array_add (names, NULL);
  return (char **) g_ptr_array_free (names, FALSE);
}

static char *
fill (const char *format, const char *name)
{
  g_autofree char *shown = bg_printable (name ? name : "");
  g_auto (GStrv) parts = g_strsplit (_ (format), "%s", 2);

  return g_strjoinv (shown, parts);
}

char *
applet_exit_title (AppletExit exit, const char *name)
{
  return fill (words[exit].title, name);
}

char *
applet_exit_sentence (AppletExit exit, const char *name)
{
  return fill (words[exit].sentence, name);
}
