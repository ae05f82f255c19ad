/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service.h"

#include "enrolment.h"
#include "exit-choice.h"
#include "link-variants.h"

#include <bamgate.h>
#include <glib/gi18n-lib.h>

/* NetworkManager gives up after 60 s, and then nobody knows why. */
#define CONNECT_S 45
/* A daemon that is restarted is back by then. */
#define ABSENCE_S 20
/* From the tunnel to its exit. */
#define EXIT_S 20

struct _BamgateVpnService
{
  NMVpnServicePlugin parent;
  BamgateClient *client;     /* NULL: not yet */
  NMConnection *connection;  /* the one that is up or on its way; NULL: none */
  GCancellable *cancellable; /* of its way up */
  ExitChoice exit;   /* of the connection; no name: none, or a person chose another one since */
  gboolean had_exit; /* it worked once */
  gboolean awaits_exit;
  gboolean borrowed; /* Up was called, and not taken back */
  gboolean calling;  /* Up has not answered */
  GVariant *said[3]; /* config, IPv4, IPv6, as NetworkManager has them */
  guint ifindex;     /* of the interface that they were said of */
  GSource *deadline, *update;
};

G_DEFINE_FINAL_TYPE (BamgateVpnService, bamgate_vpn_service, NM_TYPE_VPN_SERVICE_PLUGIN)

static void call_up (BamgateVpnService *self);
static gboolean on_deadline (gpointer data);
static gboolean reach_daemon (BamgateVpnService *self, GError **error);

/* --- Timers --- */

static void
drop (GSource **source)
{
  if (*source)
    g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

static void
arm (GSource **source, GSource *fresh, GSourceFunc func, gpointer data)
{
  drop (source);
  *source = fresh;
  g_source_set_callback (fresh, func, data, NULL);
  g_source_attach (fresh, NULL);
}

static void
set_deadline (BamgateVpnService *self, guint seconds)
{
  arm (&self->deadline, g_timeout_source_new_seconds (seconds), on_deadline, self);
}

/* --- The end --- */

static void
forget_said (BamgateVpnService *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (self->said); i++)
    g_clear_pointer (&self->said[i], g_variant_unref);
  self->ifindex = 0;
}

static void
forget (BamgateVpnService *self)
{
  drop (&self->deadline);
  drop (&self->update);
  if (self->cancellable)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->connection);
  exit_choice_clear (&self->exit);
  self->calling = self->had_exit = self->awaits_exit = FALSE;
  forget_said (self);
}

void
bamgate_vpn_service_release (BamgateVpnService *self)
{
  g_autoptr (GError) error = NULL;
  gboolean borrowed = self->borrowed;

  self->borrowed = FALSE;
  forget (self);
  /* Blocks: when NetworkManager has its answer all is as it was. */
  if (borrowed && bamgate_client_get_running (self->client)
      && !bamgate_client_release_link_sync (self->client, NULL, &error)
      && !g_error_matches (error, BAMGATE_ERROR, BAMGATE_ERROR_WRONG_STATE))
    g_warning ("%s", error->message);
}

/* Ends the connection with a word for the log, and a reason for NetworkManager (negative: none, it just ends). */
static void
end (BamgateVpnService *self, int reason, const char *text)
{
  NMVpnServicePlugin *plugin = NM_VPN_SERVICE_PLUGIN (self);
  g_autoptr (GError) error = NULL;

  if (!self->connection)
    return;
  g_warning ("%s: %s", nm_connection_get_id (self->connection), text);
  bamgate_vpn_service_release (self);
  if (reason >= 0)
    nm_vpn_service_plugin_failure (plugin, (NMVpnPluginFailure) reason); /* which ends it, too */
  else if (!nm_vpn_service_plugin_disconnect (plugin, &error))
    g_warning ("%s", error->message);
}

static const char *
why_late (BamgateVpnService *self)
{
  const char *exit_reason = bamgate_client_get_exit_reason (self->client);

  if (!bamgate_client_get_running (self->client))
    return _ ("bamgated is gone: the system's log says why, under “bamgated”");
  if (self->awaits_exit && *exit_reason)
    return exit_reason;
  return _ ("the tunnel did not come up in time: the window of bamgate says what it waits for");
}

static gboolean
on_deadline (gpointer data)
{
  BamgateVpnService *self = data;
  gboolean is_shut = self->exit.name && !bamgate_client_get_running (self->client);

  drop (&self->deadline);
  end (self, NM_VPN_PLUGIN_FAILURE_CONNECT_FAILED, why_late (self));
  if (is_shut) /* the next daemon takes away what keeps packets from leaving */
    reach_daemon (self, NULL);
  return G_SOURCE_REMOVE;
}

/* --- What NetworkManager is told --- */

/* FALSE where it knows. */
static gboolean
is_news (GVariant **said, GVariant *now)
{
  g_autoptr (GVariant) kept = g_variant_ref_sink (now);

  if (*said && g_variant_equal (*said, kept))
    return FALSE;
  g_clear_pointer (said, g_variant_unref);
  *said = g_steal_pointer (&kept);
  return TRUE;
}

static void
say_ip (BamgateVpnService *self, const LinkFacts *facts, GSocketFamily family, gboolean anew)
{
  NMVpnServicePlugin *plugin = NM_VPN_SERVICE_PLUGIN (self);
  gboolean is4 = family == G_SOCKET_FAMILY_IPV4;
  GVariant **said = &self->said[is4 ? 1 : 2];

  if (!link_facts_have (facts, family)
      || (!is_news (said, link_variants_ip (facts, family)) && !anew))
    return;
  if (is4)
    nm_vpn_service_plugin_set_ip4_config (plugin, *said);
  else
    nm_vpn_service_plugin_set_ip6_config (plugin, *said);
}

static void
say (BamgateVpnService *self, const LinkFacts *facts)
{
  gboolean anew = is_news (&self->said[0], link_variants_config (facts));

  if (anew)
    nm_vpn_service_plugin_set_config (NM_VPN_SERVICE_PLUGIN (self), self->said[0]);
  say_ip (self, facts, G_SOCKET_FAMILY_IPV4, anew);
  say_ip (self, facts, G_SOCKET_FAMILY_IPV6, anew);
  drop (&self->deadline);
}

/* What is not taken back NetworkManager takes for there, and does not give it to an interface that comes in its place; and servers of one
 * that a connection has no more stay beyond its end. */
static void
take_back (BamgateVpnService *self)
{
  NMVpnServicePlugin *plugin = NM_VPN_SERVICE_PLUGIN (self);
  g_autoptr (GVariant) nothing4 = g_variant_ref_sink (link_variants_nothing (G_SOCKET_FAMILY_IPV4));
  g_autoptr (GVariant) nothing6 = g_variant_ref_sink (link_variants_nothing (G_SOCKET_FAMILY_IPV6));

  if (self->said[1])
    nm_vpn_service_plugin_set_ip4_config (plugin, nothing4);
  if (self->said[2])
    nm_vpn_service_plugin_set_ip6_config (plugin, nothing6);
  forget_said (self);
}

/* The daemon makes an interface anew that somebody took away: nothing but its index is another. FALSE where there is none. */
static gboolean
find_interface (BamgateVpnService *self)
{
  guint now = bamgate_client_get_interface_index (self->client);

  if (now != 0 && now != self->ifindex)
    {
      take_back (self);
      self->ifindex = now;
    }
  return now != 0;
}

/* A person's choice counts from then on, beyond a daemon that is restarted. */
static gboolean
is_exit_ours (BamgateVpnService *self)
{
  if (self->exit.name
      && !g_str_equal (self->exit.name, bamgate_client_get_exit_node (self->client)))
    exit_choice_clear (&self->exit);
  return self->exit.name != NULL;
}

/* Before it works nothing goes out, and the connection is not up. That it is lost later is the daemon's to say, and to mend. */
static gboolean
must_await_exit (BamgateVpnService *self)
{
  gboolean works = g_str_equal (bamgate_client_get_exit_state (self->client), "active");

  if (!is_exit_ours (self))
    return FALSE;
  self->had_exit |= works;
  if (!self->had_exit && !self->awaits_exit)
    set_deadline (self, EXIT_S);
  self->awaits_exit = !self->had_exit;
  return self->awaits_exit;
}

static void
follow_link (BamgateVpnService *self)
{
  LinkFacts facts = {
    .interface = bamgate_client_get_interface (self->client),
    .addresses = bamgate_client_get_link_addresses (self->client),
    .routes = bamgate_client_get_link_routes (self->client),
    .mtu = bamgate_client_get_link_mtu (self->client),
    .dns = bamgate_client_get_link_dns (self->client),
    .domains = bamgate_client_get_link_domains (self->client),
  };

  if (!link_facts_have (&facts, G_SOCKET_FAMILY_IPV4)
      && !link_facts_have (&facts, G_SOCKET_FAMILY_IPV6))
    end (self, NM_VPN_PLUGIN_FAILURE_BAD_IP_CONFIG, bamgate_client_get_state_reason (self->client));
  else if (!must_await_exit (self) && find_interface (self))
    say (self, &facts);
}

static gboolean
is_ours (BamgateVpnService *self)
{
  GDBusConnection *bus = bamgate_client_get_connection (self->client);

  return g_strcmp0 (bamgate_client_get_link_manager (self->client),
                    g_dbus_connection_get_unique_name (bus))
         == 0;
}

/* The daemon is back and knows nothing of us. */
static void
follow_absence (BamgateVpnService *self)
{
  g_message ("bamgated is gone, and awaited for %d s", ABSENCE_S);
  self->borrowed = FALSE;
  take_back (self);
  set_deadline (self, ABSENCE_S);
}

static void
follow_state (BamgateVpnService *self)
{
  switch (bamgate_client_get_state (self->client))
    {
    case BAMGATE_STATE_ONLINE:
    case BAMGATE_STATE_DEGRADED:
      if (is_ours (self))
        follow_link (self);
      else
        end (self, -1, _ ("the tunnel is no more this connection's"));
      break;
    case BAMGATE_STATE_OFF:
    case BAMGATE_STATE_STOPPING:
      if (!is_ours (self)) /* else the daemon ends, and may come again */
        end (self, -1, _ ("the tunnel was taken down"));
      break;
    case BAMGATE_STATE_FAILED:
      end (self, NM_VPN_PLUGIN_FAILURE_CONNECT_FAILED,
           bamgate_client_get_state_reason (self->client));
      break;
    case BAMGATE_STATE_UNKNOWN:
    case BAMGATE_STATE_STARTING:
    default: /* on its way, or on its way back */
      break;
    }
}

static gboolean
on_update (gpointer data)
{
  BamgateVpnService *self = data;

  drop (&self->update);
  if (!self->connection || self->calling)
    return G_SOURCE_REMOVE;
  if (!bamgate_client_get_running (self->client))
    {
      if (self->borrowed)
        follow_absence (self);
    }
  else if (self->borrowed)
    follow_state (self);
  else if (self->deadline)
    call_up (self);
  return G_SOURCE_REMOVE;
}

/* Several things change together. */
static void
on_client_changed (BamgateClient *client, GParamSpec *pspec, BamgateVpnService *self)
{
  if (self->connection && !self->update)
    arm (&self->update, g_idle_source_new (), on_update, self);
}

/* --- The way up --- */

static gboolean
is_cancelled (const GError *error)
{
  return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
on_client_up (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (BamgateVpnService) self = data;
  g_autoptr (GError) error = NULL;
  gboolean ok = bamgate_client_up_finish (self->client, result, &error);

  if (is_cancelled (error) || !self->connection)
    return;
  self->calling = FALSE;
  if (ok)
    on_client_changed (self->client, NULL, self);
  else
    end (self, NM_VPN_PLUGIN_FAILURE_CONNECT_FAILED, error->message);
}

static void
add_exit (GVariantDict *options, const ExitChoice *choice)
{
  if (!choice->name)
    return;
  g_variant_dict_insert (options, "exit", "s", choice->name);
  if (choice->has_lan)
    g_variant_dict_insert (options, "exit-lan", "b", choice->lan);
  if (choice->has_strict)
    g_variant_dict_insert (options, "exit-strict", "b", choice->strict);
}

static void
call_up (BamgateVpnService *self)
{
  GVariantDict options;

  g_variant_dict_init (&options, NULL);
  g_variant_dict_insert (&options, "manage-link", "b", TRUE);
  add_exit (&options, &self->exit);
  self->borrowed = self->calling = TRUE;
  bamgate_client_up (self->client, g_variant_dict_end (&options), self->cancellable, on_client_up,
                     g_object_ref (self));
}

static void
on_enrolled (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (BamgateVpnService) self = data;
  g_autoptr (GError) error = NULL;
  gboolean ok = enrolment_run_finish (result, &error);

  if (is_cancelled (error) || !self->connection)
    return;
  if (ok)
    call_up (self);
  else
    end (self,
         g_error_matches (error, ENROLMENT_ERROR, ENROLMENT_ERROR_SECRET)
           ? NM_VPN_PLUGIN_FAILURE_LOGIN_FAILED
           : NM_VPN_PLUGIN_FAILURE_CONNECT_FAILED,
         error->message);
}

static void
take_client (BamgateVpnService *self, BamgateClient *client)
{
  static const char *const followed[] = {
    "notify::running",         "notify::state",          "notify::interface",
    "notify::interface-index", "notify::link-addresses", "notify::link-routes",
    "notify::link-mtu",        "notify::link-dns",       "notify::link-domains",
    "notify::link-manager",    "notify::exit-node",      "notify::exit-state",
  };

  self->client = client;
  for (guint i = 0; i < G_N_ELEMENTS (followed); i++)
    g_signal_connect_object (client, followed[i], G_CALLBACK (on_client_changed), self, 0);
}

/* Starts the daemon where it does not run. */
static gboolean
reach_daemon (BamgateVpnService *self, GError **error)
{
  BamgateClient *client;

  if (self->client && bamgate_client_get_running (self->client))
    return TRUE;
  client = bamgate_client_new_for_bus_sync (G_BUS_TYPE_SYSTEM, TRUE, NULL, error);
  if (!client)
    return FALSE;
  if (self->client)
    g_signal_handlers_disconnect_by_data (self->client, self);
  g_clear_object (&self->client);
  take_client (self, client);
  if (bamgate_client_get_running (client))
    return TRUE;
  g_set_error (error, NM_VPN_PLUGIN_ERROR, NM_VPN_PLUGIN_ERROR_LAUNCH_FAILED, "%s",
               _ ("bamgated does not run: the system's log says why, under “bamgated”"));
  return FALSE;
}

static gboolean
service_connect (NMVpnServicePlugin *plugin, NMConnection *connection, GError **error)
{
  BamgateVpnService *self = BAMGATE_VPN_SERVICE (plugin);

  forget (self);
  if (!exit_choice_read (nm_connection_get_setting_vpn (connection), &self->exit, error)
      || !reach_daemon (self, error))
    {
      g_warning ("%s: %s", nm_connection_get_id (connection), (*error)->message);
      return FALSE;
    }
  self->connection = g_object_ref (connection);
  self->cancellable = g_cancellable_new ();
  set_deadline (self, CONNECT_S);
  enrolment_run (self->client, connection, self->cancellable, on_enrolled, g_object_ref (self));
  return TRUE;
}

static gboolean
service_need_secrets (NMVpnServicePlugin *plugin, NMConnection *connection,
                      const char **setting_name, GError **error)
{
  BamgateVpnService *self = BAMGATE_VPN_SERVICE (plugin);
  const char *missing;

  if (!reach_daemon (self, error))
    {
      g_warning ("%s: %s", nm_connection_get_id (connection), (*error)->message);
      return FALSE;
    }
  missing = enrolment_find_missing_secret (self->client, connection);
  if (missing)
    *setting_name = NM_SETTING_VPN_SETTING_NAME;
  return missing != NULL;
}

static gboolean
service_disconnect (NMVpnServicePlugin *plugin, GError **error)
{
  bamgate_vpn_service_release (BAMGATE_VPN_SERVICE (plugin));
  return TRUE;
}

/* --- Life --- */

static void
bamgate_vpn_service_dispose (GObject *object)
{
  BamgateVpnService *self = BAMGATE_VPN_SERVICE (object);

  forget (self);
  if (self->client)
    g_signal_handlers_disconnect_by_data (self->client, self);
  g_clear_object (&self->client);
  G_OBJECT_CLASS (bamgate_vpn_service_parent_class)->dispose (object);
}

static void
bamgate_vpn_service_class_init (BamgateVpnServiceClass *klass)
{
  NMVpnServicePluginClass *plugin = NM_VPN_SERVICE_PLUGIN_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = bamgate_vpn_service_dispose;
  plugin->connect = service_connect;
  plugin->need_secrets = service_need_secrets;
  plugin->disconnect = service_disconnect;
}

static void
bamgate_vpn_service_init (BamgateVpnService *self)
{
}

BamgateVpnService *
bamgate_vpn_service_new (const char *bus_name, GError **error)
{
  return g_initable_new (BAMGATE_TYPE_VPN_SERVICE, NULL, error,
                         NM_VPN_SERVICE_PLUGIN_DBUS_SERVICE_NAME, bus_name,
                         NM_VPN_SERVICE_PLUGIN_DBUS_WATCH_PEER, FALSE, NULL);
}
