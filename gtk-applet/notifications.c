/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "notifications.h"

#include "client-watch.h"
#include "notices.h"
#include "sentence.h"
#include "waiting-list.h"

#include "common/printable.h"
#include "common/source.h"

#include <glib/gi18n.h>

#define MAX_NAMED 5
#define MAX_WANTED 1000

struct _AppletNotifications
{
  GObject parent;
  GApplication *application;
  GSettings *settings;
  AppletClientWatch *watch;
  AppletNotices *notices;
  AppletWaitingList *waiting;
  GSource *later;
  gboolean is_attention_wanted; /* as of the last round */
};

G_DEFINE_FINAL_TYPE (AppletNotifications, applet_notifications, G_TYPE_OBJECT)

static const struct
{
  const char *id;
  const char *title, *body; /* of the tunnel's own */
  GNotificationPriority priority;
  gboolean needs_attention;
} kinds[APPLET_N_NOTICES] = {
  [APPLET_NOTICE_FAILED] = { "failed", N_ ("bamgate could not connect"),
                             N_ ("Open bamgate to see what can be done."),
                             G_NOTIFICATION_PRIORITY_HIGH, TRUE },
  [APPLET_NOTICE_DEGRADED] = { "degraded", N_ ("bamgate has trouble"),
                               N_ ("Open bamgate to see what can be done."),
                               G_NOTIFICATION_PRIORITY_NORMAL, TRUE },
  [APPLET_NOTICE_EXIT_LOST] = { "exit", N_ ("The exit is lost"), N_ ("Nothing goes out."),
                                G_NOTIFICATION_PRIORITY_HIGH, TRUE },
  [APPLET_NOTICE_EXIT_BACK] = { "exit", N_ ("The exit is back"), NULL,
                                G_NOTIFICATION_PRIORITY_NORMAL, TRUE },
  [APPLET_NOTICE_REFUSED] = { "refused", NULL,
                              N_ (
                                "Another key came with a name that is known. If the machine got a "
                                "new key, let bamgate forget the old one."),
                              G_NOTIFICATION_PRIORITY_HIGH, TRUE },
  [APPLET_NOTICE_WAITING] = { "waiting", NULL, N_ ("Compare its key before you let it in."),
                              G_NOTIFICATION_PRIORITY_HIGH, TRUE },
  [APPLET_NOTICE_CAME] = { "peers", NULL, NULL, G_NOTIFICATION_PRIORITY_LOW, FALSE },
  [APPLET_NOTICE_WENT] = { "peers", NULL, NULL, G_NOTIFICATION_PRIORITY_LOW, FALSE },
};

/* --- What the person wants --- */

gboolean
applet_notifications_wants (GSettings *settings, const char *peer)
{
  g_auto (GStrv) wanted = g_settings_get_strv (settings, "notify-peers");

  return g_strv_contains ((const char *const *) wanted, peer);
}

void
applet_notifications_want (GSettings *settings, const char *peer, gboolean is_wanted)
{
  g_auto (GStrv) old = g_settings_get_strv (settings, "notify-peers");
  g_autoptr (GStrvBuilder) made = g_strv_builder_new ();
  g_auto (GStrv) wanted = NULL;

  for (guint i = 0; old[i] && i < MAX_WANTED; i++)
    if (!g_str_equal (old[i], peer))
      g_strv_builder_add (made, old[i]);
  if (is_wanted)
    g_strv_builder_add (made, peer);
  wanted = g_strv_builder_end (made);
  g_settings_set_strv (settings, "notify-peers", (const char *const *) wanted);
}

/* --- Words --- */

static char *
title_of (const AppletNotice *notice)
{
  guint count = g_strv_length (notice->peers);
  const char *first = count > 0 ? notice->peers[0] : "";

  switch (notice->kind)
    {
    case APPLET_NOTICE_REFUSED:
      return count == 1
               ? g_strdup_printf (_ ("“%s” was refused"), first)
               : g_strdup_printf (
                 ngettext ("%u machine was refused", "%u machines were refused", count), count);
    case APPLET_NOTICE_WAITING:
      return count == 1 ? g_strdup_printf (_ ("“%s” wants to join the network"), first)
                        : g_strdup_printf (ngettext ("%u machine wants to join the network",
                                                     "%u machines want to join the network", count),
                                           count);
    case APPLET_NOTICE_CAME:
      return count == 1
               ? g_strdup_printf (_ ("“%s” is online"), first)
               : g_strdup_printf (
                 ngettext ("%u machine is online", "%u machines are online", count), count);
    case APPLET_NOTICE_WENT:
      return count == 1
               ? g_strdup_printf (_ ("“%s” is not connected any more"), first)
               : g_strdup_printf (ngettext ("%u machine is not connected any more",
                                            "%u machines are not connected any more", count),
                                  count);
    default:
      return g_strdup (_ (kinds[notice->kind].title));
    }
}

/* Some desktops read markup in a body, and others show it. */
static char *
names_of (const AppletNotice *notice)
{
  g_autoptr (GString) names = g_string_new (NULL);

  if (g_strv_length (notice->peers) < 2)
    return NULL;
  for (guint i = 0; notice->peers[i] && i < MAX_NAMED; i++)
    g_string_append_printf (names, "%s%s", i > 0 ? ", " : "", notice->peers[i]);
  if (g_strv_length (notice->peers) > MAX_NAMED)
    g_string_append (names, ", …");
  return bg_printable_without (names->str, "<>&");
}

static char *
body_of (const AppletNotice *notice)
{
  const char *body = kinds[notice->kind].body;
  g_autofree char *names = names_of (notice);

  if (*notice->text)
    {
      g_autofree char *sentence = notice->kind == APPLET_NOTICE_EXIT_BACK
                                    ? applet_exit_sentence (APPLET_EXIT_ACTIVE, notice->text)
                                    : applet_sentence (notice->text);

      return bg_printable_without (sentence, "<>&");
    }
  if (names && body)
    return g_strdup_printf ("%s\n%s", names, _ (body));
  return names ? g_steal_pointer (&names) : g_strdup (body ? _ (body) : NULL);
}

/* The same peer's later news replaces its earlier. */
static char *
id_of (const AppletNotice *notice)
{
  if (kinds[notice->kind].needs_attention || g_strv_length (notice->peers) != 1)
    return g_strdup (kinds[notice->kind].id);
  return g_strconcat ("peer:", notice->peers[0], NULL);
}

/* --- Showing --- */

static const char *
icon_of (AppletNoticeKind kind)
{
  switch (kind)
    {
    case APPLET_NOTICE_EXIT_LOST:
      return "org.bamgate.Applet-blocked-symbolic";
    case APPLET_NOTICE_EXIT_BACK:
      return "org.bamgate.Applet-exit-symbolic";
    default:
      return kinds[kind].needs_attention ? "org.bamgate.Applet-attention-symbolic"
                                         : "org.bamgate.Applet-symbolic";
    }
}

static void
set_target (GNotification *shown, const AppletNotice *notice)
{
  if (notice->kind == APPLET_NOTICE_WAITING)
    {
      g_notification_set_default_action_and_target (shown, "app.show-devices", "s", "");
      if (g_strv_length (notice->peers) == 1)
        g_notification_add_button_with_target (shown, _ ("Approve…"), "app.show-devices", "s",
                                               notice->peers[0]);
    }
  else if (g_strv_length (notice->peers) == 1)
    g_notification_set_default_action_and_target (shown, "app.show-peer", "s", notice->peers[0]);
  else
    g_notification_set_default_action (shown, "app.show-window");
  if (notice->kind == APPLET_NOTICE_FAILED)
    g_notification_add_button (shown, _ ("Try Again"), "app.up");
}

static void
show (AppletNotifications *self, const AppletNotice *notice)
{
  g_autofree char *id = id_of (notice), *title = title_of (notice), *body = body_of (notice);
  g_autofree char *printable = bg_printable (
    title); /* what others name themselves may hold anything */
  g_autoptr (GNotification) shown = g_notification_new (printable);
  g_autoptr (GIcon) icon = g_themed_icon_new (icon_of (notice->kind));

  if (body)
    g_notification_set_body (shown, body);
  g_notification_set_icon (shown, icon);
  g_notification_set_priority (shown, kinds[notice->kind].priority);
  set_target (shown, notice);
  g_application_send_notification (self->application, id, shown);
}

static void
handle (AppletNotifications *self, const AppletNotice *notice)
{
  g_autofree char *id = id_of (notice);

  if (notice->is_gone)
    g_application_withdraw_notification (self->application, id);
  else if (self->is_attention_wanted || !kinds[notice->kind].needs_attention)
    show (self, notice);
}

/* --- Rounds --- */

static void observe (AppletNotifications *self);

static gboolean
on_later (gpointer data)
{
  AppletNotifications *self = data;

  bg_source_drop (&self->later);
  observe (self);
  return G_SOURCE_REMOVE;
}

static void
wait_for_next (AppletNotifications *self)
{
  gint64 next = applet_notices_next (self->notices);

  bg_source_drop (&self->later);
  if (next < 0)
    return;
  self->later = bg_source_attach (g_timeout_source_new_seconds (1), on_later, self);
  g_source_set_ready_time (self->later, next);
}

static void
observe_peers (AppletNotifications *self, BamgateClient *client)
{
  GListModel *peers = bamgate_client_get_peers (client);
  g_auto (GStrv) wanted = g_settings_get_strv (self->settings, "notify-peers");

  for (guint i = 0; i < g_list_model_get_n_items (peers); i++)
    {
      g_autoptr (BamgatePeer) peer = g_list_model_get_item (peers, i);
      const char *id = bamgate_peer_get_id (peer);

      applet_notices_peer (self->notices, id, bamgate_peer_get_state (peer),
                           g_strv_contains ((const char *const *) wanted, id));
    }
}

static void
observe (AppletNotifications *self)
{
  BamgateClient *client = applet_client_watch_get (self->watch);
  gboolean is_running = client && bamgate_client_get_running (client);
  g_auto (AppletNotice) notice = { 0 };

  applet_notices_begin (
    self->notices, is_running ? bamgate_client_get_state (client) : BAMGATE_STATE_UNKNOWN,
    is_running ? bamgate_client_get_state_reason (client) : "", g_get_monotonic_time ());
  if (is_running)
    applet_notices_exit (self->notices, applet_exit_of (client),
                         bamgate_client_get_exit_node (client));
  applet_notices_waiting (self->notices, applet_waiting_list_get_names (self->waiting));
  if (is_running)
    observe_peers (self, client);
  applet_notices_end (self->notices);
  while (applet_notices_pop (self->notices, &notice))
    {
      handle (self, &notice);
      applet_notice_clear (&notice);
    }
  wait_for_next (self);
}

static void
on_watch_changed (AppletClientWatch *watch, AppletNotifications *self)
{
  observe (self);
}

static void
on_waiting_changed (AppletWaitingList *waiting, AppletNotifications *self)
{
  observe (self);
}

static void
on_attention_changed (GSettings *settings, const char *key, AppletNotifications *self)
{
  self->is_attention_wanted = g_settings_get_boolean (settings, key);
  for (guint i = 0; i < APPLET_N_NOTICES && !self->is_attention_wanted; i++)
    if (kinds[i].needs_attention)
      g_application_withdraw_notification (self->application, kinds[i].id);
}

static void
on_peers_wanted_changed (GSettings *settings, const char *key, AppletNotifications *self)
{
  observe (self);
}

/* --- Life --- */

void
applet_notifications_set_client (AppletNotifications *self, BamgateClient *client)
{
  applet_client_watch_set (self->watch, client);
  applet_waiting_list_set_client (self->waiting, client);
}

AppletNotifications *
applet_notifications_new (GApplication *application, GSettings *settings)
{
  AppletNotifications *self = g_object_new (APPLET_TYPE_NOTIFICATIONS, NULL);

  self->application = application;
  self->settings = g_object_ref (settings);
  self->is_attention_wanted = g_settings_get_boolean (settings, "notify-attention");
  g_signal_connect_object (settings, "changed::notify-attention", G_CALLBACK (on_attention_changed),
                           self, 0);
  g_signal_connect_object (settings, "changed::notify-peers", G_CALLBACK (on_peers_wanted_changed),
                           self, 0);
  g_signal_connect_object (self->waiting, "changed", G_CALLBACK (on_waiting_changed), self, 0);
  g_signal_connect_object (self->watch, "changed", G_CALLBACK (on_watch_changed), self, 0);
  return self;
}

static void
applet_notifications_dispose (GObject *object)
{
  AppletNotifications *self = APPLET_NOTIFICATIONS (object);

  bg_source_drop (&self->later);
  g_clear_object (&self->watch);
  g_clear_object (&self->waiting);
  g_clear_object (&self->settings);
  g_clear_pointer (&self->notices, applet_notices_free);
  G_OBJECT_CLASS (applet_notifications_parent_class)->dispose (object);
}

static void
applet_notifications_class_init (AppletNotificationsClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = applet_notifications_dispose;
}

static void
applet_notifications_init (AppletNotifications *self)
{
  self->watch = applet_client_watch_new ();
  self->waiting = applet_waiting_list_new ();
  self->notices = applet_notices_new ();
}
