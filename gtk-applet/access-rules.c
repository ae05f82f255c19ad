/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "access-rules.h"

#include "failure-words.h"
#include "rows.h"
#include "toast.h"

#include "common/printable.h"
#include "common/source.h"

#include <glib/gi18n.h>

#define COUNT_AGAIN_S 3
#define RULE_KEY "applet-rule"
#define SETTING_KEY "applet-setting"
#define ALLOW "device.allow"
#define DENY "device.deny"

struct AppletAccessRules
{
  GtkWidget *group, *summary;
  BamgateClient *client;
  GCancellable *cancellable;
  GVariant *rules; /* as of ListAccess; NULL: not known yet */
  AppletRows rows;
  GSource *again; /* while somebody looks */
};

static void load (AppletAccessRules *self);

/* --- One rule --- */

typedef struct
{
  const char *setting, *text; /* borrowed of the variant */
  guint64 packets;
  gboolean is_known;
} Rule;

static Rule
rule_of (GVariant *entry)
{
  Rule rule = { DENY, "", 0, TRUE };
  const char *action = "";

  g_variant_lookup (entry, "action", "&s", &action);
  g_variant_lookup (entry, "rule", "&s", &rule.text);
  g_variant_lookup (entry, "packets", "t", &rule.packets);
  g_variant_lookup (entry, "known", "b", &rule.is_known);
  if (g_str_equal (action, "allow"))
    rule.setting = ALLOW;
  return rule;
}

static char *
describe (const Rule *rule)
{
  gboolean allows = g_str_equal (rule->setting, ALLOW);
  gulong packets = (gulong) rule->packets;

  if (!rule->is_known)
    return g_strdup (allows ? _ ("Allowed; there is no machine of that name")
                            : _ ("Refused; there is no machine of that name"));
  return g_strdup_printf (
    allows ? ngettext ("Allowed, %lu packet so far", "Allowed, %lu packets so far", packets)
           : ngettext ("Refused, %lu packet so far", "Refused, %lu packets so far", packets),
    packets);
}

/* --- Changing --- */

/* Whose line it was that added one; NULL: one was removed. */
typedef struct
{
  AppletAccessRules *self;
  GtkWidget *entry;
} Change;

static void
complain (AppletAccessRules *self, GtkWidget *entry, const GError *error)
{
  GtkWidget *window = gtk_widget_get_ancestor (self->group, ADW_TYPE_PREFERENCES_WINDOW);
  g_autofree char *words = applet_failure_words (error);

  if (entry)
    gtk_widget_add_css_class (entry, "error");
  if (window)
    adw_preferences_window_add_toast (ADW_PREFERENCES_WINDOW (window), applet_toast_new (words));
}

static void
on_configured (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autofree Change *change = data;
  g_autoptr (GError) error = NULL;
  gboolean ok = bamgate_client_configure_finish (BAMGATE_CLIENT (source), result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (!ok)
    complain (change->self, change->entry, error);
  else if (change->entry)
    gtk_editable_set_text (GTK_EDITABLE (change->entry), "");
  load (change->self);
}

/* Those of one setting, but `left_out`, and then `added`; NULL for neither. */
static GVariant *
list_of (AppletAccessRules *self, const char *setting, const char *left_out, const char *added)
{
  GVariantBuilder list;
  GVariantIter iter;
  GVariant *entry;

  g_variant_builder_init (&list, G_VARIANT_TYPE_STRING_ARRAY);
  g_variant_iter_init (&iter, self->rules);
  while ((entry = g_variant_iter_next_value (&iter)))
    {
      Rule rule = rule_of (entry);

      if (g_str_equal (rule.setting, setting) && g_strcmp0 (rule.text, left_out) != 0)
        g_variant_builder_add (&list, "s", rule.text);
      g_variant_unref (entry);
    }
  if (added)
    g_variant_builder_add (&list, "s", added);
  return g_variant_builder_end (&list);
}

static void
configure (AppletAccessRules *self, const char *setting, GVariant *list, GtkWidget *entry)
{
  Change *change = g_new (Change, 1);
  GVariantDict settings;

  *change = (Change){ self, entry };
  g_variant_dict_init (&settings, NULL);
  g_variant_dict_insert_value (&settings, setting, list);
  bamgate_client_configure (self->client, g_variant_dict_end (&settings), self->cancellable,
                            on_configured, change);
}

static void
on_remove_clicked (GtkButton *button, AppletAccessRules *self)
{
  const char *setting = g_object_get_data (G_OBJECT (button), SETTING_KEY);
  const char *text = g_object_get_data (G_OBJECT (button), RULE_KEY);

  configure (self, setting, list_of (self, setting, text, NULL), NULL);
}

static void
on_entry_apply (GtkWidget *entry, AppletAccessRules *self)
{
  const char *setting = g_object_get_data (G_OBJECT (entry), SETTING_KEY);
  g_autofree char *text = g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (entry))));

  if (self->rules && *text)
    configure (self, setting, list_of (self, setting, text, text), entry);
}

static void
on_entry_changed (GtkWidget *entry)
{
  gtk_widget_remove_css_class (entry, "error");
}

/* --- Showing --- */

static GtkWidget *
rule_row_new (AppletAccessRules *self, const Rule *rule)
{
  g_autofree char *shown = bg_printable (rule->text);
  GtkWidget *row = applet_fact_row_new (shown, NULL);
  GtkWidget *button = gtk_button_new_from_icon_name ("user-trash-symbolic");
  /* Translators: of a button beside a rule */
  g_autofree char *name = g_strdup_printf (_ ("Remove %s"), shown);

  gtk_widget_remove_css_class (row, "fact");
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (button, "flat");
  gtk_widget_set_tooltip_text (button, name);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  g_object_set_data_full (G_OBJECT (button), RULE_KEY, g_strdup (rule->text), g_free);
  g_object_set_data (G_OBJECT (button), SETTING_KEY, (gpointer) rule->setting);
  g_signal_connect (button, "clicked", G_CALLBACK (on_remove_clicked), self);
  adw_action_row_add_prefix (ADW_ACTION_ROW (row),
                             gtk_image_new_from_icon_name (g_str_equal (rule->setting, ALLOW)
                                                             ? "emblem-ok-symbolic"
                                                             : "action-unavailable-symbolic"));
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), button);
  return row;
}

/* The same for the same rules, whatever they count. */
static char *
key_of (GVariant *rules)
{
  GString *key = g_string_new (NULL);

  for (gsize i = 0; i < g_variant_n_children (rules); i++)
    {
      g_autoptr (GVariant) entry = g_variant_get_child_value (rules, i);
      Rule rule = rule_of (entry);

      g_string_append_printf (key, "%s %s\n", rule.setting, rule.text);
    }
  return g_string_free (key, FALSE);
}

/* Those that allow come last. */
static gboolean
any_allows (GVariant *rules)
{
  gsize n = g_variant_n_children (rules);
  g_autoptr (GVariant) last = n > 0 ? g_variant_get_child_value (rules, n - 1) : NULL;

  return last && g_str_equal (rule_of (last).setting, ALLOW);
}

char *
applet_access_summary (GVariant *rules)
{
  gulong n = (gulong) g_variant_n_children (rules);

  if (n == 0)
    return g_strdup (_ ("None: other machines may reach all of this one"));
  return any_allows (rules)
           ? g_strdup_printf (ngettext ("%lu rule; what it does not allow is refused",
                                        "%lu rules; what none of them allows is refused", n),
                              n)
           : g_strdup_printf (ngettext ("%lu rule; what it does not refuse is allowed",
                                        "%lu rules; what none of them refuses is allowed", n),
                              n);
}

static void
show (AppletAccessRules *self)
{
  g_autofree char *key = key_of (self->rules);
  gboolean is_new = applet_rows_begin (&self->rows, key);

  for (gsize i = 0; i < g_variant_n_children (self->rules); i++)
    {
      g_autoptr (GVariant) entry = g_variant_get_child_value (self->rules, i);
      Rule rule = rule_of (entry);
      g_autofree char *said = describe (&rule);

      if (is_new)
        applet_rows_add (&self->rows, rule_row_new (self, &rule));
      applet_fact_row_set (self->rows.rows->pdata[i], said);
    }
  applet_fact_row_set (self->summary, any_allows (self->rules)
                                        ? _ ("What no rule allows is refused.")
                                        : _ ("What no rule refuses is allowed."));
}

static void
on_loaded (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  GVariant *rules = bamgate_client_list_access_finish (BAMGATE_CLIENT (source), result, &error);
  AppletAccessRules *self = data;

  if (!rules)
    return;
  g_clear_pointer (&self->rules, g_variant_unref);
  self->rules = rules;
  show (self);
}

static void
load (AppletAccessRules *self)
{
  bamgate_client_list_access (self->client, self->cancellable, on_loaded, self);
}

static gboolean
on_again (gpointer data)
{
  load (data);
  return G_SOURCE_CONTINUE;
}

static void
on_map (AppletAccessRules *self)
{
  load (self);
  if (!self->again)
    self->again = bg_source_attach (g_timeout_source_new_seconds (COUNT_AGAIN_S), on_again, self);
}

static void
on_unmap (AppletAccessRules *self)
{
  bg_source_drop (&self->again);
}

/* --- Life --- */

static void
on_group_gone (gpointer data, GObject *group)
{
  AppletAccessRules *self = data;

  g_cancellable_cancel (self->cancellable);
  bg_source_drop (&self->again);
  applet_rows_clear (&self->rows);
  g_clear_pointer (&self->rules, g_variant_unref);
  g_object_unref (self->cancellable);
  g_object_unref (self->client);
  g_free (self);
}

static void
follow (AppletAccessRules *self, GtkWidget *entry, const char *setting)
{
  g_object_set_data (G_OBJECT (entry), SETTING_KEY, (gpointer) setting);
  g_signal_connect (entry, "apply", G_CALLBACK (on_entry_apply), self);
  g_signal_connect (entry, "changed", G_CALLBACK (on_entry_changed), NULL);
}

AppletAccessRules *
applet_access_rules_new (BamgateClient *client, GtkWidget *group, GtkWidget *allow, GtkWidget *deny)
{
  AppletAccessRules *self = g_new0 (AppletAccessRules, 1);

  self->group = group;
  self->client = g_object_ref (client);
  self->cancellable = g_cancellable_new ();
  self->summary = applet_fact_row_new (_ ("Everything Else"), NULL);
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), self->summary);
  applet_rows_init (&self->rows, group);
  follow (self, allow, ALLOW);
  follow (self, deny, DENY);
  g_signal_connect_swapped (group, "map", G_CALLBACK (on_map), self);
  g_signal_connect_swapped (group, "unmap", G_CALLBACK (on_unmap), self);
  g_object_weak_ref (G_OBJECT (group), on_group_gone, self);
  return self;
}
