/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgatectl/bus-words.h"
#include "bamgatectl/commands.h"
#include "bamgatectl/rates.h"
#include "bamgatectl/watch.h"

#include "common/device-name.h"
#include "common/network-manager.h"
#include "common/printable.h"
#include "common/source.h"

OutTone
cmd_status_tone (const char *state)
{
  static const struct
  {
    const char *state;
    OutTone tone;
  } tones[] = {
    { "online", OUT_GOOD },   { "connected", OUT_GOOD }, { "degraded", OUT_WARN },
    { "starting", OUT_WARN }, { "stopping", OUT_WARN },  { "connecting", OUT_WARN },
    { "failed", OUT_BAD },    { "refused", OUT_BAD },
  };

  for (guint i = 0; i < G_N_ELEMENTS (tones); i++)
    if (g_str_equal (tones[i].state, state))
      return tones[i].tone;
  return OUT_PLAIN;
}

static gboolean
is_up (BamgateState state)
{
  return state == BAMGATE_STATE_ONLINE || state == BAMGATE_STATE_DEGRADED;
}

/* A key alone may be left of a join that failed. */
static gboolean
is_configured (BamgateClient *client)
{
  const char *const *addresses = bamgate_client_get_addresses (client);

  return *bamgate_client_get_server_url (client) || (addresses && *addresses)
         || g_list_model_get_n_items (bamgate_client_get_peers (client)) > 0;
}

static void
show_server (BamgateClient *client, Out *out)
{
  const char *url = bamgate_client_get_server_url (client),
             *state = bus_word_signaling (bamgate_client_get_signaling_state (client));
  g_autofree char *both = *url ? g_strdup_printf ("%s (%s)", url, bus_word_say (state))
                               : g_strdup ("");

  out_text (out, "server_url", NULL, url);
  out_text (out, "signaling_state", NULL, state);
  out_text (out, NULL, _ ("Hub"), both);
}

/* For programs: people have no use for what they cannot change. */
static void
show_drops (BamgateClient *client, Out *out)
{
  g_autoptr (GVariant) drops = bamgate_client_dup_drops (client);
  GVariantIter iter;
  const char *why;
  guint64 packets;

  if (!drops)
    return;
  out_object_begin (out, "drops");
  g_variant_iter_init (&iter, drops);
  while (g_variant_iter_next (&iter, "{&st}", &why, &packets))
    out_count (out, why, NULL, (gint64) packets);
  out_object_end (out);
}

/* A protocol's name is the same in all languages. */
static const char *
name_of_language (const char *language)
{
  static const char *const names[][2] = { { "pcp", "PCP" },
                                          { "nat-pmp", "NAT-PMP" },
                                          { "upnp", "UPnP" } };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_str_equal (language, names[i][0]))
      return names[i][1];
  return language;
}

static void
show_mapping (BamgateClient *client, Out *out)
{
  g_autoptr (GVariant) mapping = bamgate_client_dup_port_mapping (client);
  g_autofree char *text = NULL;
  const char *router, *language, *address = "";
  guint32 ports = 0;

  out_object_begin (out, "port_mapping");
  if (mapping && g_variant_lookup (mapping, "router", "&s", &router)
      && g_variant_lookup (mapping, "language", "&s", &language))
    {
      g_variant_lookup (mapping, "ports", "u", &ports);
      g_variant_lookup (mapping, "address", "&s", &address);
      out_text (out, "router", NULL, router);
      out_text (out, "language", NULL, language);
      out_count (out, "ports", NULL, ports);
      out_text (out, "address", NULL, address);
      /* Translators: a router's address, a number, its address on the other side, a protocol */
      text = g_strdup_printf (
        ngettext ("%s maps %u port at %s (%s)", "%s maps %u ports at %s (%s)", ports), router,
        ports, address, name_of_language (language));
    }
  out_object_end (out);
  out_text (out, NULL, _ ("Router"), ports > 0 ? text : "");
}

static void
show_rates (BamgateClient *client, Out *out)
{
  guint64 rx, tx;

  if (!rates_get (client, &rx, &tx))
    return;
  out_rate (out, "rx_bytes_per_s", is_up (bamgate_client_get_state (client)) ? _ ("In") : NULL, rx);
  out_rate (out, "tx_bytes_per_s", is_up (bamgate_client_get_state (client)) ? _ ("Out") : NULL,
            tx);
}

static void
show_traffic (BamgateClient *client, Out *out)
{
  out_bytes (out, "rx_bytes", is_up (bamgate_client_get_state (client)) ? _ ("Received") : NULL,
             bamgate_client_get_rx_bytes (client));
  out_bytes (out, "tx_bytes", is_up (bamgate_client_get_state (client)) ? _ ("Sent") : NULL,
             bamgate_client_get_tx_bytes (client));
  show_rates (client, out);
  show_drops (client, out);
}

static gboolean
is_network_manager (BamgateClient *client, const char *manager)
{
  g_autoptr (GVariant) answer = g_dbus_connection_call_sync (
    bamgate_client_get_connection (client), "org.freedesktop.DBus", "/org/freedesktop/DBus",
    "org.freedesktop.DBus", "GetNameOwner", g_variant_new ("(s)", BG_NETWORK_MANAGER_PLUGIN),
    G_VARIANT_TYPE ("(s)"), G_DBUS_CALL_FLAGS_NO_AUTO_START, -1, NULL, NULL);
  const char *owner = "";

  if (answer)
    g_variant_get (answer, "(&s)", &owner);
  return g_str_equal (owner, manager);
}

/* Who sets the interface up in the daemon's place, and how that ends. */
static void
show_manager (BamgateClient *client, Out *out)
{
  const char *manager = bamgate_client_get_link_manager (client);
  gboolean is_known = *manager && is_network_manager (client, manager);

  out_text (out, "link_manager", NULL, is_known ? "NetworkManager" : manager);
  if (is_known)
    out_note (out, _ ("\nNetworkManager gives the interface its addresses and routes. Its switch "
                      "ends that, as does: bamgatectl down"));
  else if (*manager)
    out_note (out,
              _ ("\nAnother program (%s) gives the interface its addresses and routes. Where "
                 "they are missing: bamgatectl down && bamgatectl up"),
              manager);
}

/* Who was told of the names of machines. A program that sets the interface up in the daemon's place does that too. */
static void
show_names (BamgateClient *client, Out *out)
{
  const char *manager = bamgate_client_get_dns_manager (client);
  gboolean is_lent = *bamgate_client_get_link_manager (client) != '\0';
  const char *shown = g_str_equal (manager, "hosts") ? "/etc/hosts"
                      : *manager || is_lent          ? manager
                                                     : _ ("not told of the names of machines");

  out_text (out, "dns_manager", NULL, manager);
  out_text (out, NULL, _ ("Resolver"), is_up (bamgate_client_get_state (client)) ? shown : "");
}

/* An interface that this machine's other programs do not see is said to be elsewhere. */
static void
show_interface (BamgateClient *client, Out *out)
{
  const char *name = bamgate_client_get_interface (client),
             *namespace = bamgate_client_get_network_namespace (client);
  /* Translators: the name of an interface */
  g_autofree char *text = *namespace ? g_strdup_printf (_ ("%s (user namespace)"), name)
                                     : g_strdup (name);

  out_text (out, "interface", NULL, name);
  out_text (out, "network_namespace", NULL, namespace);
  out_text (out, NULL, _ ("Interface"), text);
}

static void
show_tunnel (Ctl *ctl, Out *out)
{
  BamgateClient *client = ctl->client;
  const char *state = bus_word_state (bamgate_client_get_state (client));

  cmd_exit_show (ctl, out);
  out_text (out, "state", NULL, state);
  out_word (out, NULL, _ ("State"), bus_word_say (state), cmd_status_tone (state));
  out_text (out, "state_reason", _ ("Reason"), bamgate_client_get_state_reason (client));
  out_text (out, "name", _ ("Name"), bamgate_client_get_name (client));
  out_list (out, "addresses", _ ("Addresses"), bamgate_client_get_addresses (client));
  show_interface (client, out);
  out_text (out, "public_key", _ ("Public key"), bamgate_client_get_public_key (client));
  show_server (client, out);
  cmd_network_show_status (ctl, out);
  show_mapping (client, out);
  show_names (client, out);
  out_list (out, "routes", _ ("Offers"), bamgate_client_get_routes (client));
  out_flag (out, "accept_routes", NULL, bamgate_client_get_accept_routes (client));
  out_since (out, "up_since_us", out_is_live (out) ? _ ("Up since") : _ ("Up for"),
             bamgate_client_get_up_since (client));
  show_traffic (client, out);
  out_list (out, "pending_restart", _ ("Pending"), bamgate_client_get_pending_restart (client));
  out_text (out, "version", NULL, bamgate_client_get_version (client));
}

/* What a person would do next, if anything. */
static void
show_next_step (BamgateClient *client, Out *out, guint peers)
{
  BamgateState state = bamgate_client_get_state (client);

  if (!is_configured (client))
    out_note (
      out, _ ("\nThis machine belongs to no network yet. A few questions make it part of one:\n"
              "  bamgatectl setup\n"
              "Without questions: join with the line that “bamgatectl invite” prints elsewhere,\n"
              "  bamgatectl join CODE URL\n"
              "or start a network here:\n"
              "  bamgatectl setup --host"));
  else if (state == BAMGATE_STATE_OFF || state == BAMGATE_STATE_FAILED)
    out_note (out, _ ("\nBring it up with: bamgatectl up"));
  else if (*bamgate_client_get_pending_restart (client))
    out_note (out,
              _ ("\nThe pending settings are in effect after: bamgatectl down && bamgatectl up"));
  else if (peers == 0 && is_up (state))
    out_note (out, _ ("\nNo other machine yet. Let one join with: bamgatectl invite"));
}

static gboolean
show_trouble (BamgatePeer *peer, Out *out, gboolean first)
{
  g_autofree char *id = bg_printable (bamgate_peer_get_id (peer));
  g_autofree char *word = bg_device_name_quote_for_shell (bamgate_peer_get_id (peer));
  g_autofree char *reason = bg_printable (bamgate_peer_get_state_reason (peer));

  if (!*reason)
    return FALSE;
  out_note (out, "%s%s: %s", first ? "\n" : "", id, reason);
  if (bamgate_peer_get_state (peer) == BAMGATE_PEER_STATE_REFUSED)
    out_note (out, _ ("  If you expect this change: bamgatectl peers forget %s"), word);
  return TRUE;
}

static void
show_troubles (Ctl *ctl, Out *out)
{
  g_autoptr (GPtrArray) peers = bamgate_client_list_peers (ctl->client);
  gboolean any = FALSE;

  for (guint i = 0; i < peers->len; i++)
    any |= show_trouble (peers->pdata[i], out, !any);
}

/* --- Counters: they rest while nobody watches, and come a moment after they were asked for --- */

enum
{
  COUNTERS_WAIT_MS = 150,
  COUNTERS_GRACE_MS = 20
};

typedef struct
{
  GMainLoop *loop;
  GSource *deadline;
} Wait;

static gboolean
on_deadline (gpointer loop)
{
  g_main_loop_quit (loop);
  return G_SOURCE_REMOVE;
}

static void
arm (Wait *wait, guint ms)
{
  bg_source_drop (&wait->deadline);
  wait->deadline = bg_source_attach (g_timeout_source_new (ms), on_deadline, wait->loop);
}

/* The tunnel's are here; the peers' travel with them. */
static void
on_counters_notify (BamgateClient *client, GParamSpec *pspec, Wait *wait)
{
  arm (wait, COUNTERS_GRACE_MS);
}

void
cmd_status_refresh_counters (Ctl *ctl)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  Wait wait = { loop, NULL };

  g_signal_connect (ctl->client, "notify::rx-bytes", G_CALLBACK (on_counters_notify), &wait);
  g_signal_connect (ctl->client, "notify::tx-bytes", G_CALLBACK (on_counters_notify), &wait);
  arm (&wait, COUNTERS_WAIT_MS);
  if (bamgate_client_set_statistics_interval_sync (ctl->client, 1000, NULL, NULL))
    g_main_loop_run (loop);
  g_signal_handlers_disconnect_by_data (ctl->client, &wait);
  bg_source_drop (&wait.deadline);
}

static void
show_all (Ctl *ctl, Out *out)
{
  g_autoptr (GPtrArray) peers = bamgate_client_list_peers (ctl->client);

  show_tunnel (ctl, out);
  cmd_peers_show (ctl, out);
  show_troubles (ctl, out);
  show_manager (ctl->client, out);
  cmd_network_show_next (ctl, out);
  show_next_step (ctl->client, out, peers->len);
}

static CtlExit
run (Ctl *ctl, int argc, char **argv)
{
  g_autoptr (Out) out = NULL;
  gboolean watch = FALSE;
  const GOptionEntry entries[] = {
    { "watch", 'w', 0, G_OPTION_ARG_NONE, &watch, N_ ("Go on, and show it anew when it changes"),
      NULL },
    { NULL },
  };
  CtlExit code;

  if (!ctl_parse (ctl, &cmd_status, entries, 0, 0, &argc, &argv))
    return CTL_USAGE;
  code = ctl_connect (ctl);
  if (code != CTL_OK)
    return code;
  if (watch)
    return watch_run (ctl, show_all);
  if (is_up (bamgate_client_get_state (ctl->client)))
    cmd_status_refresh_counters (ctl);
  out = out_new (ctl->json, FALSE);
  show_all (ctl, out);
  return CTL_OK;
}

const Command cmd_status = {
  "status",
  run,
  NULL,
  N_ ("Show the tunnel and its peers"),
  N_ ("Shows how the tunnel and its line to the hub are, and every other machine with\n"
      "the path that its packets take: “direct” or “ice” between two bamgates,\n"
      "“data-channel” to others, “udp” for static WireGuard peers; “relayed” is added\n"
      "where they pass a relay. Says what to do next where something is to be done.\n\n"
      "With --watch it stays there and follows every change, with what goes in and out a\n"
      "second, until q or Ctrl-C; where that is no terminal, a block or a line of JSON\n"
      "for each change.\n\n"
      "Examples:\n"
      "  bamgatectl\n"
      "  bamgatectl status --watch\n"
      "  bamgatectl status --json | jq -r '.peers[] | select(.state != \"connected\") | .id'"),
  CTL_EXITS_BUS,
};
