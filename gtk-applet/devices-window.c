/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "devices-window.h"

#include "device-actions.h"
#include "device-rows.h"
#include "invite-rows.h"
#include "names.h"
#include "network-actions.h"
#include "quiet-switch.h"
#include "rows.h"

#include <glib/gi18n.h>

struct _AppletDevicesWindow
{
  AppletSideWindow parent;
  GtkWidget *waiting, *invites, *inside, *outside, *network; /* groups */
  GtkWidget *unsigned_row, *deeds;
  GtkSwitch *allow_unsigned;
  GtkWidget *protect, *trust_ours, *trust_theirs, *signing_key, *recover; /* buttons */
  GtkWidget *membership, *id, *head, *alarm;                              /* rows of network */

  BamgateClient *client; /* borrowed of what we are */
  AppletRows waiting_rows, invite_rows, inside_rows, outside_rows;
  GVariant *devices; /* NULL: not known yet */
  GVariant *about;   /* the network; NULL in the same way */
  char *asked_for;   /* the name of one that waits; NULL: none, or it was asked about */
};

G_DEFINE_FINAL_TYPE (AppletDevicesWindow, applet_devices_window, APPLET_TYPE_SIDE_WINDOW)

static void load (AppletDevicesWindow *self);

BamgateClient *
applet_devices_window_get_client (AppletDevicesWindow *self)
{
  return self->client;
}

static void
toast (AppletDevicesWindow *self, const char *text)
{
  applet_side_window_toast (APPLET_SIDE_WINDOW (self), text);
}

void
applet_devices_window_done (AppletDevicesWindow *self, const char *text)
{
  toast (self, text);
  load (self);
}

void
applet_devices_window_fail (AppletDevicesWindow *self, const GError *error)
{
  applet_side_window_fail (APPLET_SIDE_WINDOW (self), error);
  if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    load (self);
}

/* --- The machines --- */

typedef gboolean (*Belongs) (GVariant *device);

static gboolean
is_inside (GVariant *device)
{
  return !bg_device_entry_is_pending (device) && !bg_device_entry_is_out (device);
}

static gboolean
is_signed (AppletDevicesWindow *self)
{
  return *bamgate_client_get_network_id (self->client) != '\0';
}

/* All that the rows of a group show. */
static char *
key_of (AppletDevicesWindow *self, Belongs belongs)
{
  GString *key = g_string_new (bamgate_client_get_owner (self->client) ? "owner\n" : "\n");

  for (gsize i = 0; i < g_variant_n_children (self->devices); i++)
    {
      g_autoptr (GVariant) device = g_variant_get_child_value (self->devices, i);
      g_autofree char *shown = g_variant_print (device, FALSE);

      if (belongs (device))
        g_string_append (key, shown);
    }
  return g_string_free (key, FALSE);
}

static void
show_group (AppletDevicesWindow *self, GtkWidget *group, AppletRows *rows, Belongs belongs)
{
  g_autofree char *key = key_of (self, belongs);
  gboolean may_sign = bamgate_client_get_owner (self->client);

  if (!applet_rows_begin (rows, key))
    return;
  for (gsize i = 0; i < g_variant_n_children (self->devices); i++)
    {
      g_autoptr (GVariant) device = g_variant_get_child_value (self->devices, i);

      if (belongs (device))
        applet_rows_add (rows, applet_device_row_new (device, may_sign, is_signed (self)));
    }
  gtk_widget_set_visible (group, rows->rows->len > 0);
}

static GVariant *
find_device (AppletDevicesWindow *self, const char *word)
{
  for (gsize i = 0; self->devices && i < g_variant_n_children (self->devices); i++)
    {
      g_autoptr (GVariant) device = g_variant_get_child_value (self->devices, i);

      if (g_str_equal (bg_device_entry_word (device), word))
        return g_steal_pointer (&device);
    }
  return NULL;
}

/* Whom a notification was about. */
static void
ask_about_waiting (AppletDevicesWindow *self)
{
  g_autofree char *name = g_steal_pointer (&self->asked_for);

  for (gsize i = 0; name && i < g_variant_n_children (self->devices); i++)
    {
      g_autoptr (GVariant) device = g_variant_get_child_value (self->devices, i);

      if (bg_device_entry_is_pending (device)
          && g_str_equal (bg_device_entry_text (device, "name"), name))
        {
          applet_device_approve (self, device);
          return;
        }
    }
}

static void
on_listed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (AppletDevicesWindow) self = data;
  g_autoptr (GError) error = NULL;
  GVariant *devices = bamgate_client_list_devices_finish (BAMGATE_CLIENT (source), result, &error);

  if (!devices)
    {
      applet_side_window_fail (APPLET_SIDE_WINDOW (self), error);
      return;
    }
  g_clear_pointer (&self->devices, g_variant_unref);
  self->devices = devices;
  show_group (self, self->waiting, &self->waiting_rows, bg_device_entry_is_pending);
  show_group (self, self->inside, &self->inside_rows, is_inside);
  show_group (self, self->outside, &self->outside_rows, bg_device_entry_is_out);
  ask_about_waiting (self);
}

/* --- Invitations --- */

static void
show_invites (AppletDevicesWindow *self, GVariant *invites)
{
  g_autofree char *key = g_variant_print (invites, FALSE);

  if (!applet_rows_begin (&self->invite_rows, key))
    return;
  for (gsize i = 0; i < g_variant_n_children (invites); i++)
    {
      g_autoptr (GVariant) invite = g_variant_get_child_value (invites, i);

      applet_rows_add (&self->invite_rows, applet_invite_row_new (invite));
    }
  gtk_widget_set_visible (self->invites, self->invite_rows.rows->len > 0);
}

/* Whoever does not manage the network is told of none, and a hub of before has no list. */
static void
on_invites_listed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (AppletDevicesWindow) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant)
    invites = bamgate_client_list_invites_finish (BAMGATE_CLIENT (source), result, &error);
  g_autoptr (GVariant) none = g_variant_ref_sink (g_variant_new ("aa{sv}", NULL));

  if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    show_invites (self, invites ? invites : none);
}

static void
on_invite_cancelled (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (AppletDevicesWindow) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant)
    answer = bamgate_client_cancel_invite_finish (BAMGATE_CLIENT (source), result, &error);
  gboolean was_used = answer && g_str_equal (bg_device_entry_text (answer, "state"), "used");

  if (answer)
    applet_devices_window_done (self, was_used ? _ ("A machine has come in with it already")
                                               : _ ("Nobody comes in with it any more"));
  else
    applet_devices_window_fail (self, error);
}

static void
on_invite_cancel (GtkWidget *widget, const char *name, GVariant *parameter)
{
  AppletDevicesWindow *self = APPLET_DEVICES_WINDOW (widget);

  bamgate_client_cancel_invite (self->client, g_variant_get_string (parameter, NULL), NULL,
                                on_invite_cancelled, g_object_ref (self));
}

/* --- The network --- */

static const char *
membership_words (AppletDevicesWindow *self)
{
  const char *membership = bamgate_client_get_membership (self->client);

  if (g_str_equal (membership, "unsigned"))
    return _ ("The hub");
  if (g_str_equal (membership, "pending"))
    return _ ("Its owners; this machine waits until one of them lets it in");
  return bamgate_client_get_owner (self->client) ? _ ("Its owners, this machine among them")
                                                 : _ ("Its owners");
}

static char *
alarm_words (GVariant *about)
{
  const char *alarm = bg_device_entry_text (about, "alarm");

  if (g_str_equal (alarm, "forked"))
    return g_strdup_printf (
      _ ("“%s” has other signatures. Here: %s. There: %s. Compare them with the last entry on "
         "an owner’s machine."),
      bg_device_entry_text (about, "alarm-peer"), bg_device_entry_text (about, "alarm-ours"),
      bg_device_entry_text (about, "alarm-theirs"));
  if (g_str_equal (alarm, "withheld"))
    return g_strdup (_ ("The hub does not give what other machines have."));
  return *alarm ? g_strdup (_ ("What the hub gives does not follow what was signed before."))
                : NULL;
}

static void
show_buttons (AppletDevicesWindow *self, const char *alarm)
{
  gboolean signs = bamgate_client_get_owner (self->client), has_log = is_signed (self);
  gboolean forked = g_str_equal (alarm, "forked");

  gtk_widget_set_visible (self->protect, signs && !has_log);
  gtk_widget_set_visible (self->trust_ours, *alarm != '\0');
  gtk_widget_set_visible (self->trust_theirs, forked);
  gtk_widget_set_visible (self->signing_key, has_log && !signs);
  gtk_widget_set_visible (self->recover, has_log);
  gtk_widget_set_visible (self->unsigned_row, has_log && signs);
  gtk_widget_set_visible (self->deeds, has_log || signs);
}

static void
show_network (AppletDevicesWindow *self)
{
  gboolean allows = bg_device_entry_flag (self->about, "allows-unsigned");
  g_autofree char *alarm = alarm_words (self->about);

  applet_fact_row_set (self->membership, membership_words (self));
  applet_fact_row_set (self->id, bg_device_entry_text (self->about, "id"));
  applet_fact_row_set (self->head, bg_device_entry_text (self->about, "head"));
  applet_fact_row_set (self->alarm, alarm);
  applet_quiet_switch_show (self->allow_unsigned, allows, allows);
  show_buttons (self, bg_device_entry_text (self->about, "alarm"));
}

static void
on_network_got (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (AppletDevicesWindow) self = data;
  g_autoptr (GError) error = NULL;
  GVariant *about = bamgate_client_get_network_finish (BAMGATE_CLIENT (source), result, &error);

  if (!about)
    return;
  g_clear_pointer (&self->about, g_variant_unref);
  self->about = about;
  show_network (self);
}

static void
load (AppletDevicesWindow *self)
{
  GCancellable *cancellable = applet_side_window_get_cancellable (APPLET_SIDE_WINDOW (self));

  bamgate_client_get_network (self->client, cancellable, on_network_got, g_object_ref (self));
  bamgate_client_list_devices (self->client, cancellable, on_listed, g_object_ref (self));
  if (bamgate_client_get_owner (self->client))
    bamgate_client_list_invites (self->client, cancellable, on_invites_listed, g_object_ref (self));
}

/* --- Actions --- */

static const struct
{
  const char *name;
  void (*act) (AppletDevicesWindow *self, GVariant *device);
} device_actions[] = {
  { "device.approve", applet_device_approve },
  { "device.rename", applet_device_rename },
  { "device.revoke", applet_device_revoke },
  { "device.add-owner", applet_device_add_owner },
  { "device.remove-owner", applet_device_remove_owner },
};

static void
on_device_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  AppletDevicesWindow *self = APPLET_DEVICES_WINDOW (widget);
  g_autoptr (GVariant) device = find_device (self, g_variant_get_string (parameter, NULL));

  for (guint i = 0; device && i < G_N_ELEMENTS (device_actions); i++)
    if (g_str_equal (device_actions[i].name, name))
      device_actions[i].act (self, device);
}

static void
on_network_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  AppletDevicesWindow *self = APPLET_DEVICES_WINDOW (widget);

  if (g_str_equal (name, "network.protect"))
    applet_network_protect (self);
  else if (g_str_equal (name, "network.recover"))
    applet_network_recover (self);
  else
    applet_network_show_signing_key (self);
}

static void
on_trust (GtkWidget *widget, const char *name, GVariant *parameter)
{
  AppletDevicesWindow *self = APPLET_DEVICES_WINDOW (widget);
  gboolean ours = g_str_equal (g_variant_get_string (parameter, NULL), "ours");

  if (self->about)
    applet_network_trust (self,
                          bg_device_entry_text (self->about, ours ? "alarm-ours" : "alarm-theirs"));
}

/* Shown as it is once the daemon says so. */
static gboolean
on_allow_unsigned (GtkSwitch *toggle, gboolean is_on, AppletDevicesWindow *self)
{
  if (self->about && bg_device_entry_flag (self->about, "allows-unsigned") != is_on)
    {
      applet_network_allow_unsigned (self, is_on);
      return TRUE;
    }
  return FALSE;
}

/* --- Life --- */

static void
watch (AppletDevicesWindow *self, gpointer object, const char *signal)
{
  g_signal_connect_object (object, signal, G_CALLBACK (load), self, G_CONNECT_SWAPPED);
}

static void
begin (AppletSideWindow *side)
{
  AppletDevicesWindow *self = APPLET_DEVICES_WINDOW (side);

  self->client = applet_side_window_get_client (side);
  watch (self, self->client, "notify::membership");
  watch (self, self->client, "notify::network-id");
  watch (self, self->client, "notify::owner");
  watch (self, self->client, "notify::pending-devices");
  watch (self, bamgate_client_get_peers (self->client), "items-changed");
}

static void
applet_devices_window_dispose (GObject *object)
{
  AppletDevicesWindow *self = APPLET_DEVICES_WINDOW (object);

  gtk_widget_dispose_template (GTK_WIDGET (self), APPLET_TYPE_DEVICES_WINDOW);
  G_OBJECT_CLASS (applet_devices_window_parent_class)->dispose (object);
}

static void
applet_devices_window_finalize (GObject *object)
{
  AppletDevicesWindow *self = APPLET_DEVICES_WINDOW (object);

  applet_rows_clear (&self->waiting_rows);
  applet_rows_clear (&self->invite_rows);
  applet_rows_clear (&self->inside_rows);
  applet_rows_clear (&self->outside_rows);
  g_clear_pointer (&self->devices, g_variant_unref);
  g_clear_pointer (&self->about, g_variant_unref);
  g_free (self->asked_for);
  G_OBJECT_CLASS (applet_devices_window_parent_class)->finalize (object);
}

static void
bind_children (GtkWidgetClass *widget_class)
{
  gtk_widget_class_bind_template_child (widget_class, AppletDevicesWindow, waiting);
  gtk_widget_class_bind_template_child (widget_class, AppletDevicesWindow, invites);
  gtk_widget_class_bind_template_child (widget_class, AppletDevicesWindow, inside);
  gtk_widget_class_bind_template_child (widget_class, AppletDevicesWindow, outside);
  gtk_widget_class_bind_template_child (widget_class, AppletDevicesWindow, network);
  gtk_widget_class_bind_template_child (widget_class, AppletDevicesWindow, unsigned_row);
  gtk_widget_class_bind_template_child (widget_class, AppletDevicesWindow, allow_unsigned);
  gtk_widget_class_bind_template_child (widget_class, AppletDevicesWindow, deeds);
  gtk_widget_class_bind_template_child (widget_class, AppletDevicesWindow, protect);
  gtk_widget_class_bind_template_child (widget_class, AppletDevicesWindow, trust_ours);
  gtk_widget_class_bind_template_child (widget_class, AppletDevicesWindow, trust_theirs);
  gtk_widget_class_bind_template_child (widget_class, AppletDevicesWindow, signing_key);
  gtk_widget_class_bind_template_child (widget_class, AppletDevicesWindow, recover);
}

static void
applet_devices_window_class_init (AppletDevicesWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = applet_devices_window_dispose;
  G_OBJECT_CLASS (klass)->finalize = applet_devices_window_finalize;
  APPLET_SIDE_WINDOW_CLASS (klass)->begin = begin;
  for (guint i = 0; i < G_N_ELEMENTS (device_actions); i++)
    gtk_widget_class_install_action (widget_class, device_actions[i].name, "s", on_device_action);
  gtk_widget_class_install_action (widget_class, "invite.cancel", "s", on_invite_cancel);
  gtk_widget_class_install_action (widget_class, "network.protect", NULL, on_network_action);
  gtk_widget_class_install_action (widget_class, "network.recover", NULL, on_network_action);
  gtk_widget_class_install_action (widget_class, "network.signing-key", NULL, on_network_action);
  gtk_widget_class_install_action (widget_class, "network.trust", "s", on_trust);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/bamgate/Applet/ui/devices-window.ui");
  bind_children (widget_class);
}

static GtkWidget *
add_row (AppletDevicesWindow *self, GtkWidget *row)
{
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (self->network), row);
  return row;
}

static void
applet_devices_window_init (AppletDevicesWindow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  applet_names_tidy (GTK_WIDGET (self));
  applet_rows_init (&self->waiting_rows, self->waiting);
  applet_rows_init (&self->invite_rows, self->invites);
  applet_rows_init (&self->inside_rows, self->inside);
  applet_rows_init (&self->outside_rows, self->outside);
  self->membership = add_row (self,
                              applet_fact_row_new (_ ("Who Says Which Machines Are in It"), NULL));
  self->alarm = add_row (self, applet_fact_row_new (_ ("Alarm"), NULL));
  self->id = add_row (self,
                      applet_copy_row_new (_ ("Network, the Same on All Machines"), NULL, ""));
  self->head = add_row (self,
                        applet_copy_row_new (_ ("Last Entry, the Same on All Machines"), NULL, ""));
  g_signal_connect (self->allow_unsigned, "state-set", G_CALLBACK (on_allow_unsigned), self);
}

void
applet_devices_window_open (AppletWindow *window, const char *waiting)
{
  AppletDevicesWindow *self = applet_side_window_open (window, APPLET_TYPE_DEVICES_WINDOW);

  g_free (self->asked_for);
  self->asked_for = waiting && *waiting ? g_strdup (waiting) : NULL;
  load (self);
}
