/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rule-settings.h"

#include "network-watch.h"

#include <glib/gi18n.h>

#define RULES "network-rules"
#define MAX_SSID 32 /* bytes, by the standard */

struct _AppletRuleSettings
{
  AdwPreferencesGroup parent;
  AdwComboRow *open_networks;
  AdwActionRow *here;
  GtkButton *add_here;
  AdwEntryRow *other;
  GSettings *settings;
  AppletNetworkWatch *networks; /* NULL without a bus */
  GPtrArray *rows;              /* of the rules; the group keeps them */
  GVariant *shown;              /* the rules that have rows */
};

G_DEFINE_FINAL_TYPE (AppletRuleSettings, applet_rule_settings, ADW_TYPE_PREFERENCES_GROUP)

#define SSID_KEY "bamgate-ssid"
#define OPEN_KEY "bamgate-open"

/* What a list offers, in its order; an exit cannot be chosen yet, and stays where a file has it. */
static const AppletRule for_open[] = { APPLET_RULE_NONE, APPLET_RULE_OFF, APPLET_RULE_ON,
                                       APPLET_RULE_ASK };
static const AppletRule for_one[] = { APPLET_RULE_OFF, APPLET_RULE_ON, APPLET_RULE_ASK };

static guint
place_of (AppletRule rule, const AppletRule *offered, guint count)
{
  for (guint i = 0; i < count; i++)
    if (offered[i] == rule)
      return i;
  return GTK_INVALID_LIST_POSITION;
}

/* --- Rules --- */

static void
set_rule (AppletRuleSettings *self, const char *ssid, gboolean is_open, AppletRule rule)
{
  g_autoptr (GVariant) rules = g_settings_get_value (self->settings, RULES);

  g_settings_set_value (self->settings, RULES,
                        applet_network_rules_with (rules, ssid, is_open, rule));
}

static void
on_rule_selected (AdwComboRow *row, GParamSpec *pspec, AppletRuleSettings *self)
{
  guint selected = adw_combo_row_get_selected (row);

  if (selected < G_N_ELEMENTS (for_one))
    set_rule (self, g_object_get_data (G_OBJECT (row), SSID_KEY),
              GPOINTER_TO_INT (g_object_get_data (G_OBJECT (row), OPEN_KEY)), for_one[selected]);
}

static void
on_remove_clicked (GtkButton *button, AppletRuleSettings *self)
{
  GtkWidget *row = gtk_widget_get_ancestor (GTK_WIDGET (button), ADW_TYPE_COMBO_ROW);

  set_rule (self, g_object_get_data (G_OBJECT (row), SSID_KEY),
            GPOINTER_TO_INT (g_object_get_data (G_OBJECT (row), OPEN_KEY)), APPLET_RULE_NONE);
}

static GtkWidget *
make_remove_button (AppletRuleSettings *self, const char *ssid)
{
  GtkWidget *button = gtk_button_new_from_icon_name ("user-trash-symbolic");
  /* Translators: %s is the name of a Wi-Fi network. */
  g_autofree char *words = g_strdup_printf (_ ("Remove the rule for “%s”"), ssid);

  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (button, "flat");
  gtk_widget_set_tooltip_text (button, words);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, words,
                                  -1);
  g_signal_connect_object (button, "clicked", G_CALLBACK (on_remove_clicked), self, 0);
  return button;
}

static void
add_row (AppletRuleSettings *self, const char *ssid, gboolean is_open, AppletRule rule)
{
  const char *const words[] = { _ ("Turn off"), _ ("Turn on"), _ ("Ask"), NULL };
  g_autoptr (GtkStringList) list = gtk_string_list_new (words);
  GtkWidget *row = adw_combo_row_new ();

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), ssid);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), is_open ? _ ("Open") : _ ("With a password"));
  adw_combo_row_set_model (ADW_COMBO_ROW (row), G_LIST_MODEL (list));
  adw_combo_row_set_selected (ADW_COMBO_ROW (row),
                              place_of (rule, for_one, G_N_ELEMENTS (for_one)));
  g_object_set_data_full (G_OBJECT (row), SSID_KEY, g_strdup (ssid), g_free);
  g_object_set_data (G_OBJECT (row), OPEN_KEY, GINT_TO_POINTER (is_open));
  g_signal_connect_object (row, "notify::selected", G_CALLBACK (on_rule_selected), self, 0);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), make_remove_button (self, ssid));
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (self), row);
  g_ptr_array_add (self->rows, row);
}

static gboolean
has_same_networks (GVariant *a, GVariant *b)
{
  if (!a || g_variant_n_children (a) != g_variant_n_children (b))
    return FALSE;
  for (gsize i = 0; i < g_variant_n_children (a); i++)
    {
      const char *one, *other;
      gboolean one_open, other_open;

      g_variant_get_child (a, i, "(&sb&s)", &one, &one_open, NULL);
      g_variant_get_child (b, i, "(&sb&s)", &other, &other_open, NULL);
      if (!g_str_equal (one, other) || one_open != other_open)
        return FALSE;
    }
  return TRUE;
}

static void
replace_rows (AppletRuleSettings *self, GVariant *rules)
{
  GVariantIter iter;
  const char *ssid, *word;
  gboolean is_open;

  for (guint i = 0; i < self->rows->len; i++)
    adw_preferences_group_remove (ADW_PREFERENCES_GROUP (self), self->rows->pdata[i]);
  g_ptr_array_set_size (self->rows, 0);
  g_variant_iter_init (&iter, rules);
  while (g_variant_iter_next (&iter, "(&sb&s)", &ssid, &is_open, &word))
    add_row (self, ssid, is_open, applet_rule_read (word));
}

/* --- The network here --- */

static gboolean
has_rule (GVariant *rules, const AppletNetwork *network)
{
  return applet_network_rules_find (rules, APPLET_RULE_NONE, network) != APPLET_RULE_NONE;
}

static void
update (AppletRuleSettings *self)
{
  g_autoptr (GVariant) rules = g_settings_get_value (self->settings, RULES);
  const AppletNetwork nowhere = { 0 };
  const AppletNetwork *network = self->networks ? applet_network_watch_get (self->networks)
                                                : &nowhere;

  if (!has_same_networks (self->shown, rules))
    replace_rows (self, rules);
  g_clear_pointer (&self->shown, g_variant_unref);
  self->shown = g_variant_ref (rules);
  if (network->ssid)
    adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->here), network->ssid);
  gtk_widget_set_visible (GTK_WIDGET (self->here), network->ssid && !has_rule (rules, network));
}

static void
on_add_here_clicked (AppletRuleSettings *self)
{
  const AppletNetwork *network = applet_network_watch_get (self->networks);

  if (network->ssid)
    set_rule (self, network->ssid, network->is_open, APPLET_RULE_ASK);
}

static void
on_other_apply (AppletRuleSettings *self)
{
  const char *typed = gtk_editable_get_text (GTK_EDITABLE (self->other));
  gsize length = strlen (typed);
  g_autofree char *ssid = applet_network_ssid_text ((const guint8 *) typed, length);

  if (length == 0 || length > MAX_SSID)
    {
      gtk_widget_add_css_class (GTK_WIDGET (self->other), "error");
      return;
    }
  gtk_widget_remove_css_class (GTK_WIDGET (self->other), "error");
  set_rule (self, ssid, FALSE, APPLET_RULE_ASK);
  gtk_editable_set_text (GTK_EDITABLE (self->other), "");
}

/* --- Open networks --- */

static gboolean
open_from_settings (GValue *value, GVariant *variant, gpointer data)
{
  AppletRule rule = applet_rule_read (g_variant_get_string (variant, NULL));

  g_value_set_uint (value, place_of (rule, for_open, G_N_ELEMENTS (for_open)));
  return TRUE;
}

static GVariant *
open_to_settings (const GValue *value, const GVariantType *type, gpointer data)
{
  guint selected = g_value_get_uint (value);

  return selected < G_N_ELEMENTS (for_open)
           ? g_variant_new_string (applet_rule_word (for_open[selected]))
           : NULL;
}

/* --- Life --- */

static void
watch_networks (AppletRuleSettings *self, BamgateClient *client)
{
  g_clear_object (&self->networks);
  if (!client)
    return;
  self->networks = applet_network_watch_new (bamgate_client_get_connection (client));
  g_signal_connect_object (self->networks, "changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
}

void
applet_rule_settings_show (AppletRuleSettings *self, GSettings *settings, BamgateClient *client)
{
  if (g_set_object (&self->settings, settings))
    {
      g_settings_bind_with_mapping (settings, "open-networks", self->open_networks, "selected",
                                    G_SETTINGS_BIND_DEFAULT, open_from_settings, open_to_settings,
                                    NULL, NULL);
      g_signal_connect_object (settings, "changed::" RULES, G_CALLBACK (update), self,
                               G_CONNECT_SWAPPED);
    }
  watch_networks (self, client);
  update (self);
}

AppletRuleSettings *
applet_rule_settings_new (GSettings *settings, BamgateClient *client)
{
  AppletRuleSettings *self = g_object_new (APPLET_TYPE_RULE_SETTINGS, NULL);

  applet_rule_settings_show (self, settings, client);
  return self;
}

static void
applet_rule_settings_dispose (GObject *object)
{
  AppletRuleSettings *self = APPLET_RULE_SETTINGS (object);

  g_clear_object (&self->networks);
  g_clear_object (&self->settings);
  g_clear_pointer (&self->rows, g_ptr_array_unref);
  g_clear_pointer (&self->shown, g_variant_unref);
  G_OBJECT_CLASS (applet_rule_settings_parent_class)->dispose (object);
}

static void
applet_rule_settings_class_init (AppletRuleSettingsClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = applet_rule_settings_dispose;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/bamgate/Applet/ui/rule-settings.ui");
  gtk_widget_class_bind_template_child (widget_class, AppletRuleSettings, open_networks);
  gtk_widget_class_bind_template_child (widget_class, AppletRuleSettings, here);
  gtk_widget_class_bind_template_child (widget_class, AppletRuleSettings, add_here);
  gtk_widget_class_bind_template_child (widget_class, AppletRuleSettings, other);
}

static void
applet_rule_settings_init (AppletRuleSettings *self)
{
  self->rows = g_ptr_array_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect_object (self->add_here, "clicked", G_CALLBACK (on_add_here_clicked), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->other, "apply", G_CALLBACK (on_other_apply), self,
                           G_CONNECT_SWAPPED);
}
