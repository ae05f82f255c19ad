/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgatectl/bus-words.h"
#include "bamgatectl/commands.h"

/* "" where it has none. */
static char *
name_of (BamgatePeer *peer)
{
  g_autoptr (GVariant) details = bamgate_peer_get_details_sync (peer, NULL, NULL);
  char *name = NULL;

  if (details && g_variant_lookup (details, "dns-name", "s", &name))
    return name;
  return g_strdup ("");
}

static void
show_row (BamgatePeer *peer, const char *dns_name, const char *service, guint16 port,
          const char *protocol, Out *out)
{
  const char *state = bus_word_peer_state (bamgate_peer_get_state (peer));
  g_autofree char *host = *dns_name ? g_strconcat (service, ".", dns_name, NULL) : g_strdup ("");

  out_row_begin (out);
  out_text (out, "peer", _ ("PEER"), bamgate_peer_get_id (peer));
  out_text (out, "name", _ ("SERVICE"), service);
  out_text (out, "protocol", _ ("PROTOCOL"), protocol);
  out_text (out, "host", _ ("HOST"), host);
  out_count (out, "port", _ ("PORT"), port);
  out_text (out, "state", NULL, state);
  out_word (out, NULL, _ ("STATE"), bus_word_say (state), cmd_status_tone (state));
  out_row_end (out);
}

static guint
show_peer (BamgatePeer *peer, Out *out)
{
  g_autoptr (GVariant) services = bamgate_peer_dup_services (peer);
  g_autofree char *dns_name = NULL;
  const char *name, *protocol;
  GVariantIter iter;
  guint16 port;

  if (!services || g_variant_n_children (services) == 0)
    return 0;
  dns_name = name_of (peer);
  g_variant_iter_init (&iter, services);
  while (g_variant_iter_next (&iter, "(&sq&s)", &name, &port, &protocol))
    show_row (peer, dns_name, name, port, protocol, out);
  return (guint) g_variant_n_children (services);
}

static CtlExit
run (Ctl *ctl, int argc, char **argv)
{
  g_autoptr (GPtrArray) peers = NULL;
  g_autoptr (Out) out = NULL;
  guint n = 0;
  CtlExit code;

  if (!ctl_parse (ctl, &cmd_services, NULL, 0, 0, &argc, &argv))
    return CTL_USAGE;
  code = ctl_connect (ctl);
  if (code != CTL_OK)
    return code;
  peers = bamgate_client_list_peers (ctl->client);
  out = out_new (ctl->json, FALSE);
  out_table_begin (out, "services");
  for (guint i = 0; i < peers->len; i++)
    n += show_peer (peers->pdata[i], out);
  out_table_end (out);
  if (n == 0 && ctl_is_off (ctl))
    out_note (out, "%s", cmd_peers_say_off ());
  else if (n == 0)
    out_note (out,
              _ ("No other machine publishes anything. On one that is to: bamgatectl publish add"));
  return CTL_OK;
}

const Command cmd_services = {
  "services",
  run,
  "",
  N_ ("Show what the peers publish"),
  N_ ("Lists the services of the other machines of the network, and the name and port at\n"
      "which each is reached. Some are for some machines only, and refuse the others. What\n"
      "this machine publishes itself is in: bamgatectl publish list\n\n"
      "Examples:\n"
      "  bamgatectl services\n"
      "  curl http://wiki.office.bamgate.internal/"),
  CTL_EXITS_BUS,
};
