/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "invite-rows.h"

#include "names.h"
#include "rows.h"

#include "common/device-entry.h"
#include "common/printable.h"

#include <glib/gi18n.h>

/* For whom: a name, or nobody in particular. */
static char *
title_of (GVariant *invite)
{
  const char *name = bg_device_entry_text (invite, "name");

  return *name ? bg_printable (name) : g_strdup (_ ("Any Machine"));
}

static char *
clock_of (gint64 realtime_us)
{
  g_autoptr (GDateTime) utc = g_date_time_new_from_unix_utc (realtime_us / G_USEC_PER_SEC);
  g_autoptr (GDateTime) here = utc ? g_date_time_to_local (utc) : NULL;

  return here ? g_date_time_format (here, "%X") : g_strdup ("");
}

static char *
describe (GVariant *invite)
{
  g_autofree char *until = clock_of (bg_device_entry_time (invite, "expires"));

  g_autofree char *maker = bg_printable (bg_device_entry_text (invite, "made-by"));
  g_autofree char *good =
    /* Translators: a time of day */
    g_strdup_printf (bg_device_entry_flag (invite, "signed")
                       ? _ ("Good until %s")
                       : _ ("Good until %s; the machine may have to wait for an owner"),
                     until);

  if (!*maker)
    return g_steal_pointer (&good);
  /* Translators: of an invitation: until when it is good, and the machine that made it */
  return g_strdup_printf (_ ("%s\nMade by %s"), good, maker);
}

static GtkWidget *
cancel_button_new (GVariant *invite, const char *title)
{
  GtkWidget *button = gtk_button_new_from_icon_name ("edit-delete-symbolic");
  /* Translators: of a button beside an invitation; for whom it is */
  g_autofree char *label = g_strdup_printf (_ ("Cancel the Invitation of %s"), title);

  gtk_actionable_set_action_target (GTK_ACTIONABLE (button), "s",
                                    bg_device_entry_text (invite, "id"));
  gtk_actionable_set_action_name (GTK_ACTIONABLE (button), "invite.cancel");
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (button, "flat");
  gtk_widget_set_tooltip_text (button, label);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, label,
                                  -1);
  return button;
}

GtkWidget *
applet_invite_row_new (GVariant *invite)
{
  g_autofree char *title = title_of (invite), *about = describe (invite);
  GtkWidget *row = applet_fact_row_new (title, about);

  gtk_widget_remove_css_class (row, "fact");
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), cancel_button_new (invite, title));
  return row;
}
