/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgatectl/bus-words.h"
#include "bamgatectl/commands.h"

#include "common/printable.h"

static OutTone
tone_of (const char *state)
{
  return g_str_equal (state, "active") ? OUT_GOOD : OUT_BAD;
}

void
cmd_exit_show (Ctl *ctl, Out *out)
{
  const char *name = bamgate_client_get_exit_node (ctl->client),
             *state = bamgate_client_get_exit_state (ctl->client);
  g_autofree char *shown = bg_printable (name);
  g_autofree char *both = *state ? g_strdup_printf ("%s (%s)", shown, bus_word_say (state))
                                 : g_strdup (shown);

  out_text (out, "exit_node", NULL, name);
  out_text (out, "exit_state", NULL, state);
  out_text (out, "exit_reason", NULL, bamgate_client_get_exit_reason (ctl->client));
  if (*name)
    out_word (out, NULL, _ ("Exit"), both, tone_of (state));
}

/* NetworkManager's plugin lends the tunnel an exit that is in no settings. */
static gboolean
is_of_settings (Ctl *ctl, GVariant *settings)
{
  const char *chosen = "";

  g_variant_lookup (settings, "device.exit-node", "&s", &chosen);
  return g_str_equal (chosen, bamgate_client_get_exit_node (ctl->client));
}

static CtlExit
show (Ctl *ctl)
{
  GError *error = NULL;
  g_autoptr (GVariant) settings = bamgate_client_get_configuration_sync (ctl->client, NULL, &error);
  g_autoptr (Out) out = NULL;

  if (!settings)
    return ctl_fail (NULL, error);
  out = out_new (ctl->json, FALSE);
  cmd_exit_show (ctl, out);
  out_flag (out, "exit_lan", _ ("Networks around"), bamgate_client_get_exit_lan (ctl->client));
  out_flag (out, "exit_strict", _ ("Strict"), bamgate_client_get_exit_strict (ctl->client));
  if (!*bamgate_client_get_exit_node (ctl->client))
    out_note (out, _ ("\nNo exit is used. Choose one with: bamgatectl exit set NAME"));
  else
    out_text (out, NULL, _ ("Reason"), bamgate_client_get_state_reason (ctl->client));
  if (!is_of_settings (ctl, settings))
    out_note (
      out,
      _ (
        "\nIt is the exit of a connection of NetworkManager, as long as that is up, and no setting.\n"
        "“bamgatectl exit set” chooses another one."));
  return CTL_OK;
}

static void
show_row (Ctl *ctl, BamgatePeer *peer, Out *out)
{
  const char *state = bus_word_peer_state (bamgate_peer_get_state (peer)),
             *id = bamgate_peer_get_id (peer);
  g_autofree char *families = g_strjoinv (", ", (char **) bamgate_peer_get_exit_offered (peer));

  out_row_begin (out);
  out_text (out, "id", _ ("PEER"), id);
  out_text (out, "state", NULL, state);
  out_word (out, NULL, _ ("STATE"), bus_word_say (state), cmd_status_tone (state));
  out_list (out, "families", NULL, bamgate_peer_get_exit_offered (peer));
  out_text (out, NULL, _ ("IP VERSIONS"), families);
  out_latency (out, "latency_us", _ ("LATENCY"), bamgate_peer_get_latency (peer));
  out_flag (out, "chosen", _ ("CHOSEN"),
            g_str_equal (id, bamgate_client_get_exit_node (ctl->client)));
  out_row_end (out);
}

static CtlExit
list (Ctl *ctl)
{
  g_autoptr (GPtrArray) peers = bamgate_client_list_peers (ctl->client);
  g_autoptr (Out) out = out_new (ctl->json, FALSE);
  guint n = 0;

  out_table_begin (out, "exits");
  for (guint i = 0; i < peers->len; i++)
    if (*bamgate_peer_get_exit_offered (peers->pdata[i]))
      {
        show_row (ctl, peers->pdata[i], out);
        n++;
      }
  out_table_end (out);
  if (n == 0 && ctl_is_off (ctl))
    out_note (out, "%s", cmd_peers_say_off ());
  else if (n == 0)
    out_note (out, _ ("No other machine offers to be an exit. On one that is to be it: "
                      "bamgatectl config set device.exit=true"));
  return CTL_OK;
}

typedef struct
{
  char *lan, *strict;
} Choices;

static gboolean
add_choice (GVariantDict *options, const char *name, const char *word)
{
  gboolean yes = g_strcmp0 (word, "yes") == 0;

  if (word && !yes && !g_str_equal (word, "no"))
    return FALSE;
  if (word)
    g_variant_dict_insert (options, name, "b", yes);
  return TRUE;
}

/* Of a name that nobody has, one that it may have been meant to be is said. */
static CtlExit
fail_to_set (Ctl *ctl, BamgatePeer *peer, const char *word, GError *error)
{
  if (peer || !g_error_matches (error, BAMGATE_ERROR, BAMGATE_ERROR_NOT_FOUND))
    return ctl_fail (NULL, error);
  g_error_free (error);
  ctl_find_peer (ctl, word);
  return CTL_NOT_FOUND;
}

static CtlExit
set (Ctl *ctl, const char *word, const Choices *choices)
{
  g_auto (GVariantDict) options = G_VARIANT_DICT_INIT (NULL);
  gboolean none = g_str_equal (word, "none");
  BamgatePeer *peer = none ? NULL : ctl_lookup_peer (ctl, word);
  const char *name = none ? "" : peer ? bamgate_peer_get_id (peer) : word;
  GError *error = NULL;

  if (!add_choice (&options, "lan", choices->lan)
      || !add_choice (&options, "strict", choices->strict))
    return ctl_fail_with (CTL_USAGE, _ ("exit: --lan and --strict are yes or no"));
  if (!bamgate_client_set_exit_sync (ctl->client, name, g_variant_dict_end (&options), NULL,
                                     &error))
    return fail_to_set (ctl, peer, word, error);
  ctl_catch_up (ctl);
  return show (ctl);
}

static CtlExit
run (Ctl *ctl, int argc, char **argv)
{
  g_autofree char *lan = NULL, *strict = NULL;
  Choices choices = { 0 };
  const GOptionEntry entries[] = {
    { "lan", 0, 0, G_OPTION_ARG_STRING, &lan,
      N_ ("Whether the networks around this machine go on to be reached"), N_ ("yes|no") },
    { "strict", 0, 0, G_OPTION_ARG_STRING, &strict,
      N_ ("Whether anything leaves this machine otherwise"), N_ ("yes|no") },
    { NULL },
  };
  gboolean sets, lists;
  CtlExit code;

  if (!ctl_parse (ctl, &cmd_exit, entries, 0, 2, &argc, &argv))
    return CTL_USAGE;
  sets = argc == 3 && g_str_equal (argv[1], "set");
  lists = argc == 2 && g_str_equal (argv[1], "list");
  if (!sets && !lists && argc != 1)
    return ctl_fail_with (CTL_USAGE, _ ("exit: say list, set NAME or set none, or nothing"));
  if (!sets && (lan || strict))
    return ctl_fail_with (CTL_USAGE, _ ("exit: --lan and --strict belong to set"));
  code = sets ? ctl_connect_to_act (ctl) : ctl_connect (ctl);
  choices = (Choices){ lan, strict };
  if (code != CTL_OK)
    return code;
  if (lists)
    return list (ctl);
  return sets ? set (ctl, argv[2], &choices) : show (ctl);
}

const Command cmd_exit = {
  "exit",
  run,
  N_ ("[list|set NAME|set none]"),
  N_ ("Choose the machine that everything goes through"),
  N_ ("list       the machines that offer to be one\n"
      "set NAME   everything that no other machine of the network takes goes through NAME,\n"
      "           which must offer to be an exit; also after a restart\n"
      "set none   ends that\n\n"
      "Without words: which exit is used, and whether it works. While it does not, nothing\n"
      "goes out, as far as this daemon runs. With --strict=yes nothing goes out either\n"
      "before it runs, when it is stopped and when it fails, until “exit set none”.\n"
      "The networks around this machine go on to be reached unless --lan=no forbids it.\n\n"
      "Examples:\n"
      "  bamgatectl exit list\n"
      "  bamgatectl exit set home\n"
      "  bamgatectl exit set home --strict=yes --lan=no\n"
      "  bamgatectl exit set none"),
  CTL_EXITS_BUS | 1u << CTL_NOT_FOUND,
};
