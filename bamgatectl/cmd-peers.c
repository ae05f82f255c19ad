/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgatectl/bus-words.h"
#include "bamgatectl/commands.h"
#include "bamgatectl/rates.h"
#include "bamgatectl/watch.h"

#include "common/printable.h"

static void
show_path (BamgatePeer *peer, Out *out)
{
  const char *path = bus_word_path (bamgate_peer_get_path (peer));
  gboolean relayed = bamgate_peer_get_relayed (peer);
  g_autofree char *both = relayed ? g_strdup_printf (_ ("%s, relayed"), path) : g_strdup (path);

  out_text (out, "path", NULL, path);
  out_flag (out, "relayed", NULL, relayed);
  out_text (out, NULL, _ ("PATH"), both);
}

/* What programs want to know beside the table. */
static void
show_details (BamgatePeer *peer, Out *out)
{
  out_text (out, "state_reason", NULL, bamgate_peer_get_state_reason (peer));
  out_text (out, "public_key", NULL, bamgate_peer_get_public_key (peer));
  out_text (out, "local_candidate", NULL, bamgate_peer_get_local_candidate (peer));
  out_text (out, "remote_candidate", NULL, bamgate_peer_get_remote_candidate (peer));
  out_list (out, "routes", NULL, bamgate_peer_get_routes (peer));
  out_list (out, "accepted_routes", NULL, bamgate_peer_get_accepted_routes (peer));
  cmd_peers_show_services (peer, out, NULL);
  out_since (out, "last_handshake_us", NULL, bamgate_peer_get_last_handshake (peer));
  out_text (out, "implementation", NULL, bamgate_peer_get_implementation (peer));
}

static void
show_rates (BamgatePeer *peer, Out *out)
{
  guint64 rx, tx;

  if (!rates_get (peer, &rx, &tx))
    return;
  out_rate (out, "rx_bytes_per_s", _ ("IN"), rx);
  out_rate (out, "tx_bytes_per_s", _ ("OUT"), tx);
}

static void
show_row (BamgatePeer *peer, Out *out)
{
  const char *state = bus_word_peer_state (bamgate_peer_get_state (peer));

  out_row_begin (out);
  out_text (out, "id", _ ("PEER"), bamgate_peer_get_id (peer));
  out_text (out, "state", NULL, state);
  out_word (out, NULL, _ ("STATE"), bus_word_say (state), cmd_status_tone (state));
  out_list (out, "addresses", _ ("ADDRESSES"), bamgate_peer_get_addresses (peer));
  show_path (peer, out);
  out_latency (out, "latency_us", _ ("LATENCY"), bamgate_peer_get_latency (peer));
  out_bytes (out, "rx_bytes", out_is_live (out) ? NULL : _ ("RECEIVED"),
             bamgate_peer_get_rx_bytes (peer));
  out_bytes (out, "tx_bytes", out_is_live (out) ? NULL : _ ("SENT"),
             bamgate_peer_get_tx_bytes (peer));
  show_rates (peer, out);
  out_since (out, "connected_since_us",
             out_is_live (out) ? _ ("CONNECTED SINCE") : _ ("CONNECTED FOR"),
             bamgate_peer_get_connected_since (peer));
  show_details (peer, out);
  out_row_end (out);
}

void
cmd_peers_show (Ctl *ctl, Out *out)
{
  g_autoptr (GPtrArray) peers = bamgate_client_list_peers (ctl->client);

  out_table_begin (out, "peers");
  for (guint i = 0; i < peers->len; i++)
    show_row (peers->pdata[i], out);
  out_table_end (out);
}

const char *
cmd_peers_say_off (void)
{
  return _ ("The tunnel is off, and machines are seen only while it is up. "
            "Bring it up with: bamgatectl up");
}

static void
show_list (Ctl *ctl, Out *out)
{
  g_autoptr (GPtrArray) peers = bamgate_client_list_peers (ctl->client);

  cmd_peers_show (ctl, out);
  if (peers->len == 0 && ctl_is_off (ctl))
    out_note (out, "%s", cmd_peers_say_off ());
  else if (peers->len == 0)
    out_note (out, _ ("No other machine yet. Let one join with: bamgatectl invite"));
}

static CtlExit
list (Ctl *ctl, const char *name)
{
  g_autoptr (Out) out = out_new (ctl->json, FALSE);

  show_list (ctl, out);
  return CTL_OK;
}

static CtlExit
say_done (Ctl *ctl, const char *name, const char *done)
{
  g_autofree char *shown = bg_printable (name);
  g_autoptr (Out) out = out_new (ctl->json, FALSE);

  out_text (out, "peer", NULL, name);
  out_note (out, "%s: %s", shown, done);
  return CTL_OK;
}

/* The daemon knows names that are not in the list, above all while the tunnel is down. */
static CtlExit
forget (Ctl *ctl, const char *name)
{
  BamgatePeer *peer = ctl_lookup_peer (ctl, name);
  g_autofree char *id = g_strdup (peer ? bamgate_peer_get_id (peer) : name);
  GError *error = NULL;

  if (!bamgate_client_forget_peer_sync (ctl->client, id, NULL, &error))
    return ctl_fail (NULL, error);
  return say_done (ctl, id, _ ("forgotten; its next key will be trusted"));
}

static CtlExit
reconnect (Ctl *ctl, const char *name)
{
  BamgatePeer *peer = ctl_find_peer (ctl, name);
  GError *error = NULL;

  if (!peer)
    return CTL_NOT_FOUND;
  if (!bamgate_peer_reconnect_sync (peer, NULL, &error))
    return ctl_fail (NULL, error);
  return say_done (ctl, bamgate_peer_get_id (peer), _ ("connecting anew"));
}

typedef struct
{
  const char *name;
  int words; /* behind it */
  CtlExit (*connect) (Ctl *ctl);
  CtlExit (*run) (Ctl *ctl, const char *name);
} Action;

static const Action actions[] = {
  { "list", 0, ctl_connect, list },
  { "show", 1, ctl_connect, cmd_peers_show_one },
  { "set", 1, ctl_connect_to_act, cmd_peers_set },
  { "forget", 1, ctl_connect_to_act, forget },
  { "reconnect", 1, ctl_connect_to_act, reconnect },
};

static const Action *
find_action (const char *name, int words)
{
  for (guint i = 0; i < G_N_ELEMENTS (actions); i++)
    if (g_str_equal (actions[i].name, name) && actions[i].words == words)
      return &actions[i];
  return NULL;
}

static CtlExit
run (Ctl *ctl, int argc, char **argv)
{
  const Action *action;
  gboolean watch = FALSE;
  const GOptionEntry first = {
    "watch", 'w',
    0,       G_OPTION_ARG_NONE,
    &watch,  N_ ("Go on with the list, and show it anew when it changes"),
    NULL
  };
  g_autoptr (GArray) entries = g_array_new (TRUE, FALSE, sizeof (GOptionEntry));
  CtlExit code;

  g_array_append_val (entries, first);
  for (const GOptionEntry *entry = cmd_peers_set_entries; entry->long_name; entry++)
    g_array_append_vals (entries, entry, 1);
  if (!ctl_parse (ctl, &cmd_peers, (const GOptionEntry *) (const void *) entries->data, 0, 2, &argc,
                  &argv))
    return CTL_USAGE;
  action = argc < 2 ? &actions[0] : find_action (argv[1], argc - 2);
  if (!action)
    return ctl_fail_with (
      CTL_USAGE, _ ("peers: say list, show NAME, set NAME, forget NAME or reconnect NAME"));
  if (watch && action->run != list)
    return ctl_fail_with (CTL_USAGE, _ ("peers: --watch belongs to the list"));
  if (cmd_peers_set_is_asked () && action->run != cmd_peers_set)
    return ctl_fail_with (CTL_USAGE, _ ("peers: what to take belongs to set NAME"));
  code = action->connect (ctl);
  if (code == CTL_OK && watch)
    return watch_run (ctl, show_list);
  return code == CTL_OK ? action->run (ctl, argc > 2 ? argv[2] : NULL) : code;
}

const Command cmd_peers = {
  "peers",
  run,
  N_ ("[list|show NAME|set NAME|forget NAME|reconnect NAME]"),
  N_ ("List, show, forget or reconnect the other machines"),
  N_ ("list       the table that status shows, too\n"
      "show       all that is known of one: key, path and the paths before it, routes that\n"
      "           it offers and why some are not taken, counters\n"
      "set        what is taken of the networks and names that it offers, from now on; also\n"
      "           of a machine that was never seen\n"
      "forget     removes a machine and the key it is remembered by, also while the tunnel\n"
      "           is down; if the hub names it again, the key it has then is trusted\n"
      "reconnect  throws the connection away and makes a new one\n\n"
      "NAME may be a tunnel address.\n\n"
      "Examples:\n"
      "  bamgatectl peers\n"
      "  bamgatectl peers --watch\n"
      "  bamgatectl peers set attic --accept-route=192.168.1.0/24\n"
      "  bamgatectl peers set attic --accept-all --accept-dns=all --accept-search=all\n"
      "  bamgatectl peers forget attic"),
  CTL_EXITS_BUS | 1u << CTL_NOT_FOUND,
};
