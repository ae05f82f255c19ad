/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "device-rows.h"

#include "format.h"
#include "names.h"
#include "rows.h"

#include "common/printable.h"

#include <glib/gi18n.h>

char *
applet_device_name (GVariant *device)
{
  return bg_printable (bg_device_entry_text (device, "name"));
}

/* --- Words --- */

static void
add_words (GString *text, const char *words)
{
  if (words && *words)
    g_string_append_printf (text, "%s%s", text->len > 0 ? " · " : "", words);
}

static char *
seen_words (GVariant *device)
{
  gint64 seen = 0;
  g_autofree char *ago = NULL;

  g_variant_lookup (device, "last-seen", "x", &seen);
  if (bg_device_entry_flag (device, "online"))
    return g_strdup (_ ("Online"));
  ago = applet_format_ago (seen, g_get_real_time ());
  /* Translators: how long ago, “5 minutes ago” */
  return seen > 0 ? g_strdup_printf (_ ("Last seen: %s"), ago) : g_strdup (_ ("Not online"));
}

/* The hub says so, and the log has it still: its name is free once an owner puts it out. */
static gboolean
has_place_left (GVariant *device)
{
  return bg_device_entry_flag (device, "signed")
         && g_str_equal (bg_device_entry_text (device, "state"), "left");
}

static const char *
state_words (GVariant *device)
{
  if (g_str_equal (bg_device_entry_text (device, "state"), "revoked"))
    return _ ("Put out");
  return _ ("Left by itself");
}

/* Of one that is in, or was. */
static char *
describe (GVariant *device, gboolean is_signed)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree char *seen = seen_words (device);

  if (bg_device_entry_flag (device, "self"))
    add_words (text, _ ("This machine"));
  if (bg_device_entry_is_out (device))
    add_words (text, has_place_left (device)
                       ? _ ("Left by itself; put it out, or its name stays taken")
                       : state_words (device));
  else if (bg_device_entry_flag (device, "owner"))
    add_words (text, _ ("Owner"));
  if (is_signed && !bg_device_entry_is_out (device) && !bg_device_entry_flag (device, "signed"))
    add_words (text, _ ("Nobody signed for it"));
  if (!bg_device_entry_is_out (device))
    add_words (text, seen);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* --- What can be done --- */

static void
add_item (GMenu *menu, const char *label, const char *action, GVariant *device)
{
  GMenuItem *item = g_menu_item_new (label, NULL);

  g_menu_item_set_action_and_target (item, action, "s", bg_device_entry_word (device));
  g_menu_append_item (menu, item);
  g_object_unref (item);
}

static void
add_items_of_member (GMenu *menu, GVariant *device, gboolean is_signed)
{
  add_item (menu, _ ("_Rename…"), "device.rename", device);
  if (is_signed && bg_device_entry_flag (device, "owner"))
    add_item (menu, _ ("_Owner No More…"), "device.remove-owner", device);
  else if (is_signed && bg_device_entry_flag (device, "signed"))
    add_item (menu, _ ("Make It an _Owner…"), "device.add-owner", device);
}

static GMenu *
menu_of (GVariant *device, gboolean is_signed)
{
  GMenu *menu = g_menu_new ();

  if (!bg_device_entry_is_out (device))
    add_items_of_member (menu, device, is_signed);
  if (!bg_device_entry_flag (device, "self"))
    add_item (menu, _ ("_Put Out…"), "device.revoke", device);
  return menu;
}

static GtkWidget *
menu_button_new (GVariant *device, const char *name, gboolean is_signed)
{
  GtkWidget *button = gtk_menu_button_new ();
  g_autoptr (GMenu) menu = menu_of (device, is_signed);
  /* Translators: of a button beside a machine */
  g_autofree char *label = g_strdup_printf (_ ("Change %s"), name);

  gtk_menu_button_set_icon_name (GTK_MENU_BUTTON (button), "view-more-symbolic");
  gtk_menu_button_set_menu_model (GTK_MENU_BUTTON (button), G_MENU_MODEL (menu));
  gtk_widget_set_tooltip_text (button, label);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, label,
                                  -1);
  return button;
}

static GtkWidget *
approve_button_new (GVariant *device, const char *name)
{
  GtkWidget *button = gtk_button_new_with_mnemonic (_ ("_Approve…"));
  g_autofree char *label = g_strdup_printf (_ ("Approve %s"), name);

  gtk_actionable_set_action_target (GTK_ACTIONABLE (button), "s", bg_device_entry_word (device));
  gtk_actionable_set_action_name (GTK_ACTIONABLE (button), "device.approve");
  gtk_widget_add_css_class (button, "suggested-action");
  applet_names_tidy (button);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                  label, -1);
  return button;
}

static void
add_suffix (GtkWidget *row, GtkWidget *button)
{
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  if (!gtk_widget_has_css_class (button, "suggested-action"))
    gtk_widget_add_css_class (button, "flat");
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), button);
}

GtkWidget *
applet_device_row_new (GVariant *device, gboolean may_sign, gboolean is_signed)
{
  g_autofree char *name = applet_device_name (device);
  g_autofree char *key = bg_printable (bg_device_entry_text (device, "public-key"));
  g_autofree char *about = bg_device_entry_is_pending (device)
                             ? g_strdup_printf (_ ("Key: %s"), key)
                             : describe (device, is_signed);
  GtkWidget *row = applet_fact_row_new (name, about);

  gtk_widget_remove_css_class (row, "fact");
  if (may_sign && bg_device_entry_is_pending (device))
    add_suffix (row, approve_button_new (device, name));
  else if (may_sign && (!bg_device_entry_is_out (device) || has_place_left (device)))
    add_suffix (row, menu_button_new (device, name, is_signed));
  return row;
}
