/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "exit-rows.h"

#include "exit-words.h"
#include "names.h"
#include "quiet-switch.h"
#include "rows.h"
#include "words.h"

#include "common/printable.h"

#include <glib/gi18n.h>

#define MAX_EXITS 100
#define NAME_KEY "applet-exit"
#define CHECK_KEY "applet-check"

struct AppletExitRows
{
  GtkWidget *choices, *options;
  GtkWidget *state, *icon; /* a row and its picture */
  GtkWidget *nobody;
  GtkSwitch *lan, *strict;
  AppletRows rows;     /* one for each choice */
  gboolean is_showing; /* what changes is our doing */
};

/* --- Choices --- */

static void
on_toggled (GtkCheckButton *check, AppletExitRows *self)
{
  if (!self->is_showing && gtk_check_button_get_active (check))
    gtk_widget_activate_action (GTK_WIDGET (check), "app.set-exit", "s",
                                g_object_get_data (G_OBJECT (check), NAME_KEY));
}

static GtkWidget *
choice_row_new (AppletExitRows *self, const char *name, GtkWidget *first)
{
  GtkWidget *row = adw_action_row_new (), *check = gtk_check_button_new ();
  g_autofree char *shown = *name ? bg_printable (name) : g_strdup (_ ("No Exit"));

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), shown);
  adw_action_row_set_subtitle_lines (ADW_ACTION_ROW (row), 0);
  if (first)
    gtk_check_button_set_group (GTK_CHECK_BUTTON (check),
                                g_object_get_data (G_OBJECT (first), CHECK_KEY));
  gtk_widget_set_valign (check, GTK_ALIGN_CENTER);
  g_object_set_data_full (G_OBJECT (check), NAME_KEY, g_strdup (name), g_free);
  g_object_set_data (G_OBJECT (row), CHECK_KEY, check);
  g_signal_connect (check, "toggled", G_CALLBACK (on_toggled), self);
  adw_action_row_add_prefix (ADW_ACTION_ROW (row), check);
  adw_action_row_set_activatable_widget (ADW_ACTION_ROW (row), check);
  return row;
}

static char *
describe (BamgateClient *client, const char *name)
{
  BamgatePeer *peer = bamgate_client_find_peer (client, name);

  if (!*name)
    return g_strdup (_ ("Packets to the Internet leave here, as without bamgate"));
  if (!peer)
    return g_strdup (_ ("Not there"));
  /* Translators: how a machine is ("Connected"), and what it carries ("IPv4 and IPv6") */
  return g_strdup_printf (_ ("%s, %s"), applet_words_peer (peer).word, applet_exit_families (peer));
}

static void
make_choices (AppletExitRows *self, char **names)
{
  GtkWidget *first = choice_row_new (self, "", NULL);

  applet_rows_add (&self->rows, first);
  for (guint i = 0; names[i]; i++)
    applet_rows_add (&self->rows, choice_row_new (self, names[i], first));
}

static void
show_choice (GtkWidget *row, BamgateClient *client)
{
  GtkCheckButton *check = g_object_get_data (G_OBJECT (row), CHECK_KEY);
  const char *name = g_object_get_data (G_OBJECT (check), NAME_KEY);
  g_autofree char *said = describe (client, name);

  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), said);
  applet_names_say (row, adw_preferences_row_get_title (ADW_PREFERENCES_ROW (row)), said);
  if (g_str_equal (name, bamgate_client_get_exit_node (client)))
    gtk_check_button_set_active (check, TRUE);
}

static void
show_choices (AppletExitRows *self, BamgateClient *client)
{
  g_auto (GStrv) names = applet_exit_list (client, MAX_EXITS);
  g_autofree char *key = g_strjoinv ("\n", names);

  gtk_widget_set_visible (self->nobody, !*names);
  if (applet_rows_begin (&self->rows, key) && *names)
    make_choices (self, names);
  for (guint i = 0; i < self->rows.rows->len; i++)
    show_choice (self->rows.rows->pdata[i], client);
  gtk_widget_set_visible (self->options, *names != NULL);
}

/* --- How it is --- */

static void
show_state (AppletExitRows *self, BamgateClient *client)
{
  AppletExit exit = applet_exit_of (client);
  AppletWords words = applet_words_exit (exit);
  g_autofree char *sentence = applet_exit_sentence (exit, bamgate_client_get_exit_node (client));
  const char *classes[] = { words.style, NULL };

  gtk_widget_set_visible (self->state, exit != APPLET_EXIT_NONE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->state), sentence);
  gtk_image_set_from_icon_name (GTK_IMAGE (self->icon), words.icon);
  gtk_widget_set_css_classes (self->icon, classes);
  applet_names_say (self->state, sentence, NULL);
}

/* --- What goes with it --- */

static gboolean
on_state_set (GtkSwitch *toggle, gboolean wanted, AppletExitRows *self)
{
  if (!self->is_showing && wanted != gtk_switch_get_state (toggle))
    gtk_widget_activate_action (GTK_WIDGET (toggle),
                                toggle == self->lan ? "app.exit-lan" : "app.exit-strict", NULL);
  return TRUE; /* what is so is said by the daemon */
}

static GtkSwitch *
add_switch (AppletExitRows *self, const char *title, const char *subtitle)
{
  GtkWidget *row = adw_action_row_new (), *toggle = gtk_switch_new ();

  gtk_widget_set_valign (toggle, GTK_ALIGN_CENTER);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), subtitle);
  adw_action_row_set_subtitle_lines (ADW_ACTION_ROW (row), 0);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), toggle);
  adw_action_row_set_activatable_widget (ADW_ACTION_ROW (row), toggle);
  g_signal_connect (toggle, "state-set", G_CALLBACK (on_state_set), self);
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (self->options), row);
  return GTK_SWITCH (toggle);
}

static void
show_switches (AppletExitRows *self, BamgateClient *client)
{
  gboolean lan = bamgate_client_get_exit_lan (client),
           strict = bamgate_client_get_exit_strict (client);

  applet_quiet_switch_show (self->lan, lan, lan);
  applet_quiet_switch_show (self->strict, strict, strict);
}

/* --- The whole --- */

void
applet_exit_rows_show (AppletExitRows *self, BamgateClient *client)
{
  self->is_showing = TRUE;
  show_state (self, client);
  show_choices (self, client);
  show_switches (self, client);
  self->is_showing = FALSE;
}

static GtkWidget *
state_row_new (AppletExitRows *self)
{
  GtkWidget *row = adw_action_row_new ();

  self->icon = gtk_image_new ();
  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_action_row_set_title_lines (ADW_ACTION_ROW (row), 0);
  adw_action_row_add_prefix (ADW_ACTION_ROW (row), self->icon);
  return row;
}

AppletExitRows *
applet_exit_rows_new (GtkWidget *choices, GtkWidget *options)
{
  AppletExitRows *self = g_new0 (AppletExitRows, 1);

  self->choices = choices;
  self->options = options;
  self->state = state_row_new (self);
  self->nobody = applet_fact_row_new (
    _ ("Nobody Offers It"),
    _ (
      "On the machine that is to be the exit, turn on “Be an Exit for the Others” in the settings."));
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (choices), self->state);
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (choices), self->nobody);
  applet_rows_init (&self->rows, choices);
  self->lan = add_switch (self, _ ("Reach Networks Nearby Too"),
                          _ ("Printers and other devices of the network that this machine is in"));
  self->strict = add_switch (
    self, _ ("Nothing Goes Out Without It"),
    _ ("Also while the tunnel is off and while the system starts, until no exit is chosen"));
  return self;
}

void
applet_exit_rows_free (AppletExitRows *self)
{
  applet_rows_clear (&self->rows);
  g_free (self);
}
