/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rule-keeper.h"

#include "client-watch.h"
#include "network-watch.h"
#include "sentence.h"

#include "common/printable.h"

#include <glib/gi18n.h>

#define QUESTION "network-rule"
#define TROUBLE "network-rule-failed"
#define ANSWER "answer-network-rule"

struct _AppletRuleKeeper
{
  GObject parent;
  GApplication *application;
  GSettings *settings;
  AppletClientWatch *watch;
  AppletNetworkWatch *networks; /* NULL: there is no rule, or no tunnel */
  AppletRuleState state;
  GCancellable *cancellable; /* of deeds */
};

G_DEFINE_FINAL_TYPE (AppletRuleKeeper, applet_rule_keeper, G_TYPE_OBJECT)

/* --- What is known of the tunnel --- */

static BamgateState
state_of (AppletRuleKeeper *self)
{
  BamgateClient *client = applet_client_watch_get (self->watch);

  return client && bamgate_client_get_running (client) ? bamgate_client_get_state (client)
                                                       : BAMGATE_STATE_UNKNOWN;
}

/* On is what somebody wants to be on, though it fail. */
static void
take_tunnel (AppletRuleKeeper *self)
{
  switch (state_of (self))
    {
    case BAMGATE_STATE_STARTING:
    case BAMGATE_STATE_ONLINE:
    case BAMGATE_STATE_DEGRADED:
    case BAMGATE_STATE_FAILED:
      applet_rules_tunnel (&self->state, TRUE);
      break;
    case BAMGATE_STATE_OFF:
      applet_rules_tunnel (&self->state, FALSE);
      break;
    case BAMGATE_STATE_STOPPING: /* one of the others comes soon */
      break;
    default:
      applet_rules_lost (&self->state);
    }
}

/* What holds over the end of the applet: it is no change of networks. */
static void
save (AppletRuleKeeper *self)
{
  GVariant *saved = g_variant_new ("(sbb)", self->state.network ? self->state.network : "",
                                   self->state.has_before, self->state.before);
  g_autoptr (GVariant) sunk = g_variant_ref_sink (saved);
  g_autoptr (GVariant) old = g_settings_get_value (self->settings, "network-rules-state");

  if (!g_variant_equal (sunk, old))
    g_settings_set_value (self->settings, "network-rules-state", sunk);
}

static void
load (AppletRuleKeeper *self)
{
  const char *network;
  g_autoptr (GVariant) saved = g_settings_get_value (self->settings, "network-rules-state");

  g_variant_get (saved, "(&sbb)", &network, &self->state.has_before, &self->state.before);
  self->state.network = *network ? g_strdup (network) : NULL;
}

/* --- Deeds --- */

static void
tell_trouble (AppletRuleKeeper *self, const GError *error)
{
  g_autoptr (GNotification)
    shown = g_notification_new (_ ("A rule for this network could not be followed"));
  g_autofree char *sentence = applet_sentence (error->message);
  g_autofree char *body = bg_printable_without (sentence, "<>&");

  g_notification_set_body (shown, body);
  g_notification_set_default_action (shown, "app.show-window");
  g_application_send_notification (self->application, TROUBLE, shown);
}

static void
end_deed (AppletRuleKeeper *self, gboolean on, GError *error)
{
  applet_rules_done (&self->state, on, !error);
  if (error)
    tell_trouble (self, error);
}

static void
on_up_done (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;

  bamgate_client_up_finish (BAMGATE_CLIENT (source), result, &error);
  if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    end_deed (data, TRUE, error);
}

static void
on_down_done (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;

  bamgate_client_down_finish (BAMGATE_CLIENT (source), result, &error);
  if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    end_deed (data, FALSE, error);
}

static void
ask (AppletRuleKeeper *self, const AppletNetwork *network)
{
  /* Translators: %s is the name of a Wi-Fi network. */
  g_autofree char *title = g_strdup_printf (_ ("Turn on bamgate in “%s”?"), network->ssid);
  g_autoptr (GNotification) shown = g_notification_new (title);

  if (network->is_open)
    g_notification_set_body (shown,
                             _ ("Anybody can read what goes through the air in this network."));
  g_notification_set_default_action (shown, "app.show-window");
  g_notification_add_button_with_target (shown, _ ("Turn On"), "app." ANSWER, "s", "on");
  g_notification_add_button_with_target (shown, _ ("Always Here"), "app." ANSWER, "s", "always");
  g_notification_add_button_with_target (shown, _ ("Not Now"), "app." ANSWER, "s", "no");
  g_application_send_notification (self->application, QUESTION, shown);
}

static void
carry_out (AppletRuleKeeper *self, AppletDeed deed)
{
  BamgateClient *client = applet_client_watch_get (self->watch);

  if (deed == APPLET_DEED_UP)
    bamgate_client_up (client, NULL, self->cancellable, on_up_done, self);
  else if (deed == APPLET_DEED_DOWN)
    bamgate_client_down (client, self->cancellable, on_down_done, self);
  else if (deed == APPLET_DEED_ASK)
    ask (self, applet_network_watch_get (self->networks));
}

static AppletRule
rule_for (AppletRuleKeeper *self, const AppletNetwork *network)
{
  g_autoptr (GVariant) rules = g_settings_get_value (self->settings, "network-rules");
  g_autofree char *for_open = g_settings_get_string (self->settings, "open-networks");

  return applet_network_rules_find (rules, applet_rule_read (for_open), network);
}

static void
on_network_changed (AppletRuleKeeper *self)
{
  const AppletNetwork *network = applet_network_watch_get (self->networks);

  if (!network->id || g_strcmp0 (network->id, self->state.network) == 0)
    return;
  take_tunnel (self); /* as it is now: its changes are gathered */
  /* Before the daemon said how the tunnel is, nobody knows what there is to do. */
  if (!self->state.is_tunnel_known)
    return;
  g_application_withdraw_notification (self->application, QUESTION);
  g_application_withdraw_notification (self->application, TROUBLE);
  carry_out (self, applet_rules_meet (&self->state, network, rule_for (self, network)));
  save (self);
}

static void
on_watch_changed (AppletClientWatch *watch, AppletRuleKeeper *self)
{
  take_tunnel (self);
  if (self->state.is_tunnel_known && self->state.is_on)
    g_application_withdraw_notification (self->application, QUESTION);
  if (self->networks)
    on_network_changed (self);
  save (self);
}

/* --- Answers --- */

static void
make_rule (AppletRuleKeeper *self, AppletRule rule)
{
  const AppletNetwork *network = applet_network_watch_get (self->networks);
  g_autoptr (GVariant) rules = g_settings_get_value (self->settings, "network-rules");

  if (network->ssid)
    g_settings_set_value (self->settings, "network-rules",
                          applet_network_rules_with (rules, network->ssid, network->is_open, rule));
}

static void
on_answer_activate (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  AppletRuleKeeper *self = data;
  const char *answer = g_variant_get_string (parameter, NULL);

  g_application_withdraw_notification (self->application, QUESTION);
  if (!self->networks || g_str_equal (answer, "no"))
    return;
  if (g_str_equal (answer, "always"))
    make_rule (self, APPLET_RULE_ON);
  carry_out (self, applet_rules_answer (&self->state));
  save (self);
}

/* --- Life --- */

static gboolean
has_rules (AppletRuleKeeper *self)
{
  g_autoptr (GVariant) rules = g_settings_get_value (self->settings, "network-rules");
  g_autofree char *for_open = g_settings_get_string (self->settings, "open-networks");

  return g_variant_n_children (rules) > 0 || applet_rule_read (for_open) != APPLET_RULE_NONE;
}

static void
update_networks (AppletRuleKeeper *self)
{
  BamgateClient *client = applet_client_watch_get (self->watch);
  gboolean is_needed = client && has_rules (self);

  if (!is_needed)
    g_clear_object (&self->networks);
  if (!is_needed || self->networks)
    return;
  self->networks = applet_network_watch_new (bamgate_client_get_connection (client));
  g_signal_connect_object (self->networks, "changed", G_CALLBACK (on_network_changed), self,
                           G_CONNECT_SWAPPED);
}

void
applet_rule_keeper_set_client (AppletRuleKeeper *self, BamgateClient *client)
{
  if (client == applet_client_watch_get (self->watch))
    return;
  g_clear_object (&self->networks);
  applet_rules_lost (&self->state);
  applet_client_watch_set (self->watch, client);
  update_networks (self);
}

AppletRuleKeeper *
applet_rule_keeper_new (GApplication *application, GSettings *settings)
{
  const GActionEntry actions[] = { { ANSWER, on_answer_activate, "s" } };
  AppletRuleKeeper *self = g_object_new (APPLET_TYPE_RULE_KEEPER, NULL);

  self->application = application;
  self->settings = g_object_ref (settings);
  load (self);
  g_action_map_add_action_entries (G_ACTION_MAP (application), actions, G_N_ELEMENTS (actions),
                                   self);
  g_signal_connect_object (settings, "changed::network-rules", G_CALLBACK (update_networks), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (settings, "changed::open-networks", G_CALLBACK (update_networks), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->watch, "changed", G_CALLBACK (on_watch_changed), self, 0);
  return self;
}

static void
applet_rule_keeper_dispose (GObject *object)
{
  AppletRuleKeeper *self = APPLET_RULE_KEEPER (object);

  g_cancellable_cancel (self->cancellable);
  if (self->settings)
    g_action_map_remove_action (G_ACTION_MAP (self->application), ANSWER);
  g_clear_object (&self->networks);
  g_clear_object (&self->watch);
  g_clear_object (&self->settings);
  G_OBJECT_CLASS (applet_rule_keeper_parent_class)->dispose (object);
}

static void
applet_rule_keeper_finalize (GObject *object)
{
  AppletRuleKeeper *self = APPLET_RULE_KEEPER (object);

  g_clear_object (&self->cancellable);
  applet_rules_clear (&self->state);
  G_OBJECT_CLASS (applet_rule_keeper_parent_class)->finalize (object);
}

static void
applet_rule_keeper_class_init (AppletRuleKeeperClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = applet_rule_keeper_dispose;
  G_OBJECT_CLASS (klass)->finalize = applet_rule_keeper_finalize;
}

static void
applet_rule_keeper_init (AppletRuleKeeper *self)
{
  self->watch = applet_client_watch_new ();
  self->cancellable = g_cancellable_new ();
}
