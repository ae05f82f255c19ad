/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* All that is known of one peer: bamgatectl peers show NAME. */
#include "bamgatectl/bus-words.h"
#include "bamgatectl/commands.h"

static const char *
text_of (GVariant *details, const char *key)
{
  const char *text = "";

  g_variant_lookup (details, key, "&s", &text);
  return text;
}

static guint32
number_of (GVariant *details, const char *key)
{
  guint32 number = 0;

  g_variant_lookup (details, key, "u", &number);
  return number;
}

static void
show_mtu (Out *out, GVariant *details)
{
  guint32 mtu = number_of (details, "mtu");

  out_count (out, "mtu", mtu > 0 ? _ ("MTU") : NULL, mtu);
}

static void
show_key (BamgatePeer *peer, Out *out, GVariant *details)
{
  gboolean confirmed = FALSE, pinned;
  gint64 first_seen = 0;

  pinned = g_variant_lookup (details, "first-seen", "x", &first_seen);
  g_variant_lookup (details, "key-confirmed", "b", &confirmed);
  out_text (out, "public_key", _ ("Public key"), bamgate_peer_get_public_key (peer));
  out_moment (out, "first_seen_us", pinned ? _ ("Known since") : NULL, first_seen);
  out_flag (out, "key_confirmed", pinned ? _ ("Key proved itself") : NULL, confirmed);
}

static void
show_path (BamgatePeer *peer, Out *out, GVariant *details)
{
  const char *path = bus_word_path (bamgate_peer_get_path (peer));
  gboolean relayed = bamgate_peer_get_relayed (peer);
  g_autofree char *both = relayed ? g_strdup_printf (_ ("%s, relayed"), path) : g_strdup (path);

  out_text (out, "path", NULL, path);
  out_flag (out, "relayed", NULL, relayed);
  out_text (out, NULL, _ ("Path"), both);
  show_mtu (out, details);
  out_text (out, "endpoint", _ ("Endpoint"), text_of (details, "endpoint"));
  out_text (out, "local_candidate", _ ("Our end"), bamgate_peer_get_local_candidate (peer));
  out_text (out, "remote_candidate", _ ("Its end"), bamgate_peer_get_remote_candidate (peer));
  out_latency (out, "latency_us", _ ("Latency"), bamgate_peer_get_latency (peer));
}

static void
show_drops (Out *out, GVariant *details)
{
  g_autoptr (GVariantIter) drops = NULL;
  g_autoptr (GString) text = g_string_new (NULL);
  const char *why;
  guint64 packets;

  out_object_begin (out, "drops");
  g_variant_lookup (details, "drops", "a{st}", &drops);
  while (drops && g_variant_iter_next (drops, "{&st}", &why, &packets))
    {
      out_count (out, why, NULL, (gint64) packets);
      g_string_append_printf (text, "%s%" G_GUINT64_FORMAT " %s", text->len > 0 ? ", " : "",
                              packets, why);
    }
  out_object_end (out);
  out_text (out, NULL, _ ("Dropped"), text->str);
}

/* Few peers offer any of it. */
static void
show_list (Out *out, const char *key, const char *label, const char *const *list)
{
  out_list (out, key, list && *list ? label : NULL, list);
}

void
cmd_peers_show_services (BamgatePeer *peer, Out *out, const char *label)
{
  g_autoptr (GVariant) services = bamgate_peer_dup_services (peer);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) texts = NULL;

  for (gsize i = 0; services && i < g_variant_n_children (services); i++)
    {
      g_autofree char *text = NULL;
      const char *name, *protocol;
      guint16 port;

      g_variant_get_child (services, i, "(&sq&s)", &name, &port, &protocol);
      text = g_strdup_printf ("%s %u %s", name, port, protocol);
      g_strv_builder_add (builder, text);
    }
  texts = g_strv_builder_end (builder);
  show_list (out, "services", label, (const char *const *) texts);
}

static void
show_names (BamgatePeer *peer, Out *out)
{
  show_list (out, "dns", _ ("Name servers"), bamgate_peer_get_dns (peer));
  show_list (out, "accepted_dns", _ ("Asked of these"), bamgate_peer_get_accepted_dns (peer));
  show_list (out, "dns_search", _ ("Domains"), bamgate_peer_get_dns_search (peer));
  show_list (out, "accepted_dns_search", _ ("Asked for"),
             bamgate_peer_get_accepted_dns_search (peer));
  cmd_peers_show_services (peer, out, _ ("Services"));
  show_list (out, "exit_offered", _ ("Exit for"), bamgate_peer_get_exit_offered (peer));
}

static void
show_figures (BamgatePeer *peer, Out *out, GVariant *details)
{
  out_since (out, "last_handshake_us", _ ("Last handshake"),
             bamgate_peer_get_last_handshake (peer));
  out_since (out, "connected_since_us", _ ("Connected for"),
             bamgate_peer_get_connected_since (peer));
  out_bytes (out, "rx_bytes", _ ("Received"), bamgate_peer_get_rx_bytes (peer));
  out_bytes (out, "tx_bytes", _ ("Sent"), bamgate_peer_get_tx_bytes (peer));
  show_drops (out, details);
  out_list (out, "routes", _ ("Offers"), bamgate_peer_get_routes (peer));
  out_list (out, "accepted_routes", _ ("Taken of these"), bamgate_peer_get_accepted_routes (peer));
  show_names (peer, out);
}

static void
show_refused_routes (Out *out, GVariant *details)
{
  g_autoptr (GVariantIter) routes = NULL;
  const char *route, *why;

  out_table_begin (out, "refused_routes");
  g_variant_lookup (details, "refused-routes", "a(ss)", &routes);
  while (routes && g_variant_iter_next (routes, "(&s&s)", &route, &why))
    {
      out_row_begin (out);
      out_text (out, "route", _ ("NOT TAKEN"), route);
      out_text (out, "why", _ ("WHY"), why);
      out_row_end (out);
    }
  out_table_end (out);
}

static void
show_stay (Out *out, GVariant *stay)
{
  gboolean relayed = FALSE;
  gint64 since = 0;
  const char *path = text_of (stay, "path");
  g_autofree char *both = NULL;

  g_variant_lookup (stay, "relayed", "b", &relayed);
  g_variant_lookup (stay, "since", "x", &since);
  both = relayed ? g_strdup_printf (_ ("%s, relayed"), path) : g_strdup (path);
  out_row_begin (out);
  out_moment (out, "since_us", _ ("SINCE"), since);
  out_text (out, "path", NULL, path);
  out_flag (out, "relayed", NULL, relayed);
  out_text (out, NULL, _ ("PATH"), *both ? both : _ ("none"));
  out_count (out, "mtu", NULL, number_of (stay, "mtu"));
  out_text (out, "local", _ ("OUR END"), text_of (stay, "local"));
  out_text (out, "remote", _ ("ITS END"), text_of (stay, "remote"));
  out_row_end (out);
}

static void
show_history (Out *out, GVariant *details)
{
  g_autoptr (GVariantIter) stays = NULL;
  GVariant *stay;

  out_table_begin (out, "path_history");
  g_variant_lookup (details, "path-history", "aa{sv}", &stays);
  while (stays && (stay = g_variant_iter_next_value (stays)))
    {
      show_stay (out, stay);
      g_variant_unref (stay);
    }
  out_table_end (out);
}

static void
show (BamgatePeer *peer, Out *out, GVariant *details)
{
  const char *state = bus_word_peer_state (bamgate_peer_get_state (peer));
  gboolean is_static = FALSE;

  g_variant_lookup (details, "static", "b", &is_static);
  out_object_begin (out, "peer");
  out_text (out, "id", _ ("Peer"), bamgate_peer_get_id (peer));
  out_text (out, "state", NULL, state);
  out_word (out, NULL, _ ("State"), bus_word_say (state), cmd_status_tone (state));
  out_text (out, "state_reason", _ ("Reason"), bamgate_peer_get_state_reason (peer));
  out_flag (out, "static", is_static ? _ ("Static") : NULL, is_static);
  out_text (out, "implementation", _ ("Program"), bamgate_peer_get_implementation (peer));
  out_list (out, "addresses", _ ("Addresses"), bamgate_peer_get_addresses (peer));
  out_text (out, "dns_name", _ ("DNS name"), text_of (details, "dns-name"));
  show_key (peer, out, details);
  show_path (peer, out, details);
  show_figures (peer, out, details);
  show_refused_routes (out, details);
  show_history (out, details);
  out_object_end (out);
}

CtlExit
cmd_peers_show_one (Ctl *ctl, const char *name)
{
  BamgatePeer *peer = ctl_find_peer (ctl, name);
  g_autoptr (GVariant) details = NULL;
  g_autoptr (Out) out = NULL;
  GError *error = NULL;

  if (!peer)
    return CTL_NOT_FOUND;
  cmd_status_refresh_counters (ctl);
  details = bamgate_peer_get_details_sync (peer, NULL, &error);
  if (!details)
    return ctl_fail (NULL, error);
  out = out_new (ctl->json, FALSE);
  show (peer, out, details);
  return CTL_OK;
}
