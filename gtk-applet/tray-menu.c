/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tray-menu.h"

#include "common/printable.h"

#include <glib/gi18n.h>
#include <libdbusmenu-glib/dbusmenu-glib.h>

#define MAX_PEERS 12
#define MAX_NAME 40 /* characters */

#define ACTION_KEY "bamgate-action"

struct AppletTrayMenu
{
  GActionGroup *actions;
  DbusmenuServer *server;
  DbusmenuMenuitem *root;
  DbusmenuMenuitem *toggle, *line, *reason, *restart, *peers_end, *more, *invite, *open;
  GPtrArray *peers; /* of DbusmenuMenuitem, in the menu's order */
};

/* --- One entry --- */

static void
on_item_activated (DbusmenuMenuitem *item, guint when, AppletTrayMenu *self)
{
  const char *action = g_object_get_data (G_OBJECT (item), ACTION_KEY);
  g_autofree char *name = NULL;
  g_autoptr (GVariant) target = NULL;

  if (action && g_action_parse_detailed_name (action, &name, &target, NULL))
    g_action_group_activate_action (self->actions, name, target);
}

/* The text as it is, where "_" would mark a key; what others name themselves may hold anything. */
static void
set_label (DbusmenuMenuitem *item, const char *text)
{
  g_autofree char *printable = bg_printable (text);
  g_auto (GStrv) parts = g_strsplit (printable, "_", -1);
  g_autofree char *escaped = g_strjoinv ("__", parts);

  dbusmenu_menuitem_property_set (item, DBUSMENU_MENUITEM_PROP_LABEL, escaped);
}

static void
set_action (DbusmenuMenuitem *item, const char *name, const char *target)
{
  char *detailed = NULL;

  if (name)
    detailed = target ? g_action_print_detailed_name (name, g_variant_new_string (target))
                      : g_strdup (name);
  g_object_set_data_full (G_OBJECT (item), ACTION_KEY, detailed, g_free);
  dbusmenu_menuitem_property_set_bool (item, DBUSMENU_MENUITEM_PROP_ENABLED, name != NULL);
}

static void
set_visible (DbusmenuMenuitem *item, gboolean visible)
{
  dbusmenu_menuitem_property_set_bool (item, DBUSMENU_MENUITEM_PROP_VISIBLE, visible);
}

static DbusmenuMenuitem *
add_item (AppletTrayMenu *self, DbusmenuMenuitem *parent, const char *label, const char *action,
          const char *target)
{
  DbusmenuMenuitem *item = dbusmenu_menuitem_new ();

  set_label (item, label);
  set_action (item, action, target);
  g_signal_connect (item, DBUSMENU_MENUITEM_SIGNAL_ITEM_ACTIVATED, G_CALLBACK (on_item_activated),
                    self);
  dbusmenu_menuitem_child_append (parent, item);
  g_object_unref (item); /* the parent keeps it */
  return item;
}

static DbusmenuMenuitem *
add_separator (AppletTrayMenu *self)
{
  DbusmenuMenuitem *item = dbusmenu_menuitem_new ();

  dbusmenu_menuitem_property_set (item, DBUSMENU_MENUITEM_PROP_TYPE,
                                  DBUSMENU_CLIENT_TYPES_SEPARATOR);
  dbusmenu_menuitem_child_append (self->root, item);
  g_object_unref (item);
  return item;
}

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
    add_item (self, item, reason, NULL, NULL);
  if (*addresses)
    {
      /* Translators: an entry of the tray's menu; %s is a network address. */
      g_autofree char *label = g_strdup_printf (_ ("Copy %s"), *addresses);

      add_item (self, item, label, "copy-address", bamgate_peer_get_id (peer));
    }
  add_item (self, item, _ ("Details"), "show-peer", bamgate_peer_get_id (peer));
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

  set_label (item, label);
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
  set_label (self->more, more);
  set_visible (self->more, left > 0);
  set_visible (self->peers_end, peers->len > 0);
}

/* --- The whole --- */

void
applet_tray_menu_update (AppletTrayMenu *self, const AppletGlance *glance, BamgateClient *client)
{
  g_autofree char *line = applet_glance_line (glance);
  const char *reason = applet_glance_reason (glance);
  gboolean is_on = applet_glance_is_on (glance);
  gboolean is_stranger = glance->running && !glance->member && glance->peers == 0 && !is_on;

  set_label (self->line, line);
  set_label (self->reason, reason);
  set_visible (self->reason, *reason != '\0');
  if (is_stranger)
    set_label (self->toggle, _ ("Set Up…"));
  else
    set_label (self->toggle, is_on ? _ ("Turn Off") : _ ("Turn On"));
  set_action (self->toggle, is_stranger ? "show-window" : is_on ? "down" : "up", NULL);
  set_visible (self->restart, glance->pending && is_on);
  set_visible (self->invite, glance->member && is_on);
  update_peers (self, glance, client);
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
  self->line = add_item (self, self->root, "", NULL, NULL);
  self->reason = add_item (self, self->root, "", NULL, NULL);
  self->toggle = add_item (self, self->root, "", NULL, NULL);
  self->restart = add_item (self, self->root, _ ("Restart for Changed Settings"), "restart-tunnel",
                            NULL);
  add_separator (self);
  self->more = add_item (self, self->root, "", "show-window", NULL);
  self->peers_end = add_separator (self);
  self->open = add_item (self, self->root, _ ("Open bamgate"), "show-window", NULL);
  self->invite = add_item (self, self->root, _ ("Invite a Machine…"), "invite", NULL);
  add_separator (self);
  add_item (self, self->root, _ ("Quit"), "quit", NULL);
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
  g_object_unref (self->server);
  g_object_unref (self->root);
  g_free (self);
}
