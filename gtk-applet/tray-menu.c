/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tray-menu.h"

#include "menu-entry.h"
#include "tray-exit-menu.h"

#include <glib/gi18n.h>

#define MAX_PEERS 12
#define MAX_NAME 40 /* characters */

struct AppletTrayMenu
{
  GActionGroup *actions;
  DbusmenuServer *server;
  DbusmenuMenuitem *root;
  DbusmenuMenuitem *toggle, *line, *reason, *restart, *waiting, *peers_end, *more, *invite, *open;
  AppletTrayExitMenu *exit;
  GPtrArray *peers; /* of DbusmenuMenuitem, in the menu's order */
};

/* --- Peers --- */

static const char *
words_of (BamgatePeer *peer)
{
  switch (bamgate_peer_get_state (peer))
    {
    case BAMGATE_PEER_STATE_CONNECTED:
      return bamgate_peer_get_relayed (peer) ? _ ("connected through a relay") : _ ("connected");
    case BAMGATE_PEER_STATE_CONNECTING:
      return _ ("connecting…");
    case BAMGATE_PEER_STATE_REFUSED:
      return _ ("refused");
    case BAMGATE_PEER_STATE_IDLE:
      return _ ("ready");
    default:
      return _ ("not connected");
    }
}

static int
rank_of (BamgatePeer *peer)
{
  switch (bamgate_peer_get_state (peer))
    {
    case BAMGATE_PEER_STATE_REFUSED:
      return 0;
    case BAMGATE_PEER_STATE_CONNECTED:
      return 1;
    case BAMGATE_PEER_STATE_CONNECTING:
      return 2;
    case BAMGATE_PEER_STATE_IDLE:
      return 3;
    default:
      return 4;
    }
}

/* The model is sorted by name already. */
static GPtrArray *
pick_peers (BamgateClient *client)
{
  GPtrArray *picked = g_ptr_array_new_with_free_func (g_object_unref);
  GListModel *peers = bamgate_client_get_peers (client);

  for (int rank = 0; rank < 5; rank++)
    for (guint i = 0; i < g_list_model_get_n_items (peers) && picked->len < MAX_PEERS; i++)
      {
        g_autoptr (BamgatePeer) peer = g_list_model_get_item (peers, i);

        if (rank_of (peer) == rank)
          g_ptr_array_add (picked, g_object_ref (peer));
      }
  return picked;
}

static char *
short_name (const char *name)
{
  g_autofree char *start = NULL;

  if (g_utf8_strlen (name, -1) <= MAX_NAME)
    return g_strdup (name);
  start = g_utf8_substring (name, 0, MAX_NAME - 1);
  return g_strconcat (start, "…", NULL);
}

static void
add_peer_page (AppletTrayMenu *self, DbusmenuMenuitem *item, BamgatePeer *peer)
{
  const char *const *addresses = bamgate_peer_get_addresses (peer);
  const char *reason = bamgate_peer_get_state_reason (peer);

  if (*reason)
    applet_menu_entry_add (item, self->actions, reason, NULL, NULL);
  if (*addresses)
    {
      /* Translators: an entry of the tray's menu; %s is a network address. */
      g_autofree char *label = g_strdup_printf (_ ("Copy %s"), *addresses);

      applet_menu_entry_add (item, self->actions, label, "copy-address",
                             bamgate_peer_get_id (peer));
    }
  applet_menu_entry_add (item, self->actions, _ ("Details"), "show-peer",
                         bamgate_peer_get_id (peer));
}

/* All that the entry of a peer shows, to see whether it changed. */
static char *
face_of (BamgatePeer *peer)
{
  g_autofree char *addresses = g_strjoinv (" ", (char **) bamgate_peer_get_addresses (peer));

  return g_strjoin ("\n", bamgate_peer_get_id (peer), addresses,
                    bamgate_peer_get_state_reason (peer), NULL);
}

static DbusmenuMenuitem *
make_peer (AppletTrayMenu *self, BamgatePeer *peer)
{
  DbusmenuMenuitem *item = dbusmenu_menuitem_new ();

  g_object_set_data_full (G_OBJECT (item), "face", face_of (peer), g_free);
  add_peer_page (self, item, peer);
  return item;
}

static void
label_peer (DbusmenuMenuitem *item, BamgatePeer *peer)
{
  g_autofree char *name = short_name (bamgate_peer_get_id (peer));
  /* Translators: a peer in the tray's menu: its name, and its state ("connected"). */
  g_autofree char *label = g_strdup_printf (_ ("%s: %s"), name, words_of (peer));

  applet_menu_entry_set_label (item, label);
}

static gboolean
is_of (DbusmenuMenuitem *item, BamgatePeer *peer)
{
  g_autofree char *face = face_of (peer);

  return g_strcmp0 (face, g_object_get_data (G_OBJECT (item), "face")) == 0;
}

static gboolean
has_same_peers (AppletTrayMenu *self, GPtrArray *peers)
{
  if (self->peers->len != peers->len)
    return FALSE;
  for (guint i = 0; i < peers->len; i++)
    if (!is_of (self->peers->pdata[i], peers->pdata[i]))
      return FALSE;
  return TRUE;
}

static void
replace_peers (AppletTrayMenu *self, GPtrArray *peers)
{
  guint position;

  for (guint i = 0; i < self->peers->len; i++)
    dbusmenu_menuitem_child_delete (self->root, self->peers->pdata[i]);
  g_ptr_array_set_size (self->peers, 0);
  position = dbusmenu_menuitem_get_position (self->more, self->root);
  for (guint i = 0; i < peers->len; i++)
    {
      DbusmenuMenuitem *item = make_peer (self, peers->pdata[i]);

      dbusmenu_menuitem_child_add_position (self->root, item, position + i);
      g_ptr_array_add (self->peers, item);
    }
}

static void
update_peers (AppletTrayMenu *self, const AppletGlance *glance, BamgateClient *client)
{
  g_autoptr (GPtrArray) peers = client && applet_glance_is_on (glance) ? pick_peers (client)
                                                                       : g_ptr_array_new ();
  guint left = peers->len > 0 ? glance->peers - MIN (glance->peers, peers->len) : 0;
  g_autofree char *more = g_strdup_printf (ngettext ("%u more…", "%u more…", left), left);

  if (!has_same_peers (self, peers))
    replace_peers (self, peers);
  for (guint i = 0; i < peers->len; i++)
    label_peer (self->peers->pdata[i], peers->pdata[i]);
  applet_menu_entry_set_label (self->more, more);
  applet_menu_entry_set_visible (self->more, left > 0);
  applet_menu_entry_set_visible (self->peers_end, peers->len > 0);
}

/* --- The whole --- */

void
applet_tray_menu_update (AppletTrayMenu *self, const AppletGlance *glance, BamgateClient *client)
{
  g_autofree char *line = applet_glance_line (glance);
  const char *reason = applet_glance_reason (glance);
  g_autofree char *waiting = g_strdup_printf (
    ngettext ("%u Machine Wants to Join…", "%u Machines Want to Join…", glance->waiting),
    glance->waiting);
  gboolean is_on = applet_glance_is_on (glance);
  gboolean is_stranger = glance->running && !glance->member && glance->peers == 0 && !is_on;

  applet_menu_entry_set_label (self->line, line);
  applet_menu_entry_set_label (self->reason, reason);
  applet_menu_entry_set_visible (self->reason, *reason != '\0');
  if (is_stranger)
    applet_menu_entry_set_label (self->toggle, _ ("Set Up…"));
  else
    applet_menu_entry_set_label (self->toggle, is_on ? _ ("Turn Off") : _ ("Turn On"));
  applet_menu_entry_set_action (self->toggle,
                                is_stranger ? "show-window"
                                : is_on     ? "down"
                                            : "up",
                                NULL);
  applet_menu_entry_set_visible (self->restart, glance->pending && is_on);
  applet_menu_entry_set_label (self->waiting, waiting);
  applet_menu_entry_set_visible (self->waiting, glance->waiting > 0);
  applet_menu_entry_set_visible (self->invite, glance->member && is_on);
  update_peers (self, glance, client);
  applet_tray_exit_menu_update (self->exit, client);
}

AppletTrayMenu *
applet_tray_menu_new (GActionGroup *actions)
{
  AppletTrayMenu *self = g_new0 (AppletTrayMenu, 1);
  const AppletGlance nothing = { 0 };

  self->actions = actions;
  self->peers = g_ptr_array_new_with_free_func (g_object_unref);
  self->server = dbusmenu_server_new (APPLET_TRAY_MENU_PATH);
  self->root = dbusmenu_menuitem_new ();
  self->line = applet_menu_entry_add (self->root, self->actions, "", NULL, NULL);
  self->reason = applet_menu_entry_add (self->root, self->actions, "", NULL, NULL);
  self->toggle = applet_menu_entry_add (self->root, self->actions, "", NULL, NULL);
  self->restart = applet_menu_entry_add (
    self->root, self->actions, _ ("Restart for Changed Settings"), "restart-tunnel", NULL);
  self->waiting = applet_menu_entry_add (self->root, self->actions, "", "show-devices", "");
  applet_menu_entry_add_separator (self->root);
  self->more = applet_menu_entry_add (self->root, self->actions, "", "show-window", NULL);
  self->peers_end = applet_menu_entry_add_separator (self->root);
  self->exit = applet_tray_exit_menu_new (self->root, actions);
  self->open = applet_menu_entry_add (self->root, self->actions, _ ("Open bamgate"), "show-window",
                                      NULL);
  self->invite = applet_menu_entry_add (self->root, self->actions, _ ("Invite a Machine…"),
                                        "invite", NULL);
  applet_menu_entry_add_separator (self->root);
  applet_menu_entry_add (self->root, self->actions, _ ("Quit"), "quit", NULL);
  applet_tray_menu_update (self, &nothing, NULL);
  dbusmenu_server_set_root (self->server, self->root);
  return self;
}

void
applet_tray_menu_free (AppletTrayMenu *self)
{
  if (!self)
    return;
  g_ptr_array_unref (self->peers);
  applet_tray_exit_menu_free (self->exit);
  g_object_unref (self->server);
  g_object_unref (self->root);
  g_free (self);
}
