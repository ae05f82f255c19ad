/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgatectl/call.h"
#include "bamgatectl/commands.h"
#include "bamgatectl/input.h"

#include "common/device-name.h"
#include "common/printable.h"

typedef struct
{
  gboolean yes, keep_hub, remove_hub, force;
} Options;

/* What this machine leaves behind, read before it does. */
typedef struct
{
  gboolean has_hub;
  char *server;
  char *members; /* "attic, home": the other machines that are known now */
} Network;

static void
network_clear (Network *network)
{
  g_free (network->server);
  g_free (network->members);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Network, network_clear)

static gboolean
is_static (GVariant *settings, const char *id)
{
  g_autofree char *name = g_strdup_printf ("peer.%s.public-key", id);

  return g_variant_lookup (settings, name, "&s", NULL);
}

static char *
list_members (Ctl *ctl, GVariant *settings)
{
  g_autoptr (GPtrArray) peers = bamgate_client_list_peers (ctl->client);
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < peers->len; i++)
    if (!is_static (settings, bamgate_peer_get_id (peers->pdata[i])))
      g_string_append_printf (text, "%s%s", text->len > 0 ? ", " : "",
                              bamgate_peer_get_id (peers->pdata[i]));
  return bg_printable (text->str);
}

static CtlExit
read_network (Ctl *ctl, Network *network)
{
  GError *error = NULL;
  g_autoptr (GVariant) settings = bamgate_client_get_configuration_sync (ctl->client, NULL, &error);

  if (!settings)
    return ctl_fail (_ ("leave"), error);
  g_variant_lookup (settings, "network.host-hub", "b", &network->has_hub);
  network->server = bg_printable (bamgate_client_get_server_url (ctl->client));
  network->members = list_members (ctl, settings);
  return CTL_OK;
}

/* CTL_OK: they fit what is there. */
static CtlExit
check_hub (const Options *options, const Network *network)
{
  if (options->keep_hub && options->remove_hub)
    return ctl_fail_with (CTL_USAGE, _ ("leave: --keep-hub and --remove-hub exclude each other"));
  if (!network->has_hub || options->keep_hub || options->remove_hub)
    return CTL_OK;
  if (*network->members)
    return ctl_fail_with (CTL_USAGE,
                          _ ("leave: this machine runs the hub, without which %s cannot find each "
                             "other: say --keep-hub or --remove-hub"),
                          network->members);
  return ctl_fail_with (
    CTL_USAGE, _ ("leave: this machine runs the network's hub: say --keep-hub or --remove-hub"));
}

static gboolean
confirm (const Options *options, const Network *network)
{
  g_autofree char *question = NULL;

  if (options->yes)
    return TRUE;
  if (network->has_hub && *network->members)
    ctl_warn (_ ("the hub stops, without which these cannot find each other: %s"),
              network->members);
  question = g_strdup_printf (
    _ ("Leave the network of %s? Its key, token, address and names are removed here. [y/N] "),
    *network->server ? network->server : _ ("this machine's own hub"));
  return input_confirm (question);
}

static GVariant *
bus_options (const Options *options, const Network *network)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  if (network->has_hub)
    g_variant_dict_insert (&dict, "hub", "s", options->remove_hub ? "remove" : "keep");
  if (options->force)
    g_variant_dict_insert (&dict, "force", "b", TRUE);
  return g_variant_dict_end (&dict);
}

/* The hub could not be told: it keeps its data where the daemon cannot reach. */
static void
show_hub_unit (Out *out, GVariant *result)
{
  const char *unit = NULL;
  g_autofree char *shown = NULL;

  if (!g_variant_lookup (result, "hub-unit", "&s", &unit))
    return;
  shown = bg_printable (unit);
  out_text (out, "hub_unit", NULL, unit);
  out_note (
    out,
    _ (
      "The hub could not be told to forget the network; its data go with: systemctl clean --what=state %s"),
    shown);
}

/* Its key is gone from here; who has a copy of the disk could sign until another owner ends that. */
static void
show_still_owner (Out *out, GVariant *result)
{
  const char *name = NULL;
  g_autofree char *word = NULL;

  if (!g_variant_lookup (result, "still-owner", "&s", &name))
    return;
  word = bg_device_name_quote_for_shell (name);
  out_text (out, "still_owner", NULL, name);
  out_note (out,
            _ ("The network could not be told that this machine is an owner no more. On another "
               "owner's machine: bamgatectl owners remove %s"),
            word);
}

static CtlExit
leave (Ctl *ctl, const Options *options, const Network *network)
{
  GError *error = NULL;
  Call *call = call_new (ctl, _ ("Leaving the network"),
                         _ ("leave: the daemon goes on with it; see: bamgatectl status"));
  g_autoptr (GVariant) result = NULL;
  g_autofree const char **kept = NULL;
  g_autoptr (Out) out = NULL;

  bamgate_client_leave (ctl->client, bus_options (options, network), call_cancellable (call),
                        call_on_answer, call);
  result = bamgate_client_leave_finish (ctl->client, call_wait (call), &error);
  if (!result)
    return call_fail (call, _ ("leave"), error);
  call_free (call);
  out = out_new (ctl->json, FALSE);
  out_text (out, "left", _ ("Left"), network->server);
  if (g_variant_lookup (result, "kept", "^a&s", &kept))
    out_list (out, "kept", *kept ? _ ("Kept for static peers") : NULL, kept);
  show_hub_unit (out, result);
  show_still_owner (out, result);
  if (network->has_hub && options->keep_hub)
    out_note (out, _ ("The hub's data stay: bamgate-hub(8) can run it alone, and “bamgatectl setup "
                      "--host” takes it up again."));
  return CTL_OK;
}

static CtlExit
run_connected (Ctl *ctl, const Options *options)
{
  g_auto (Network) network = { 0 };
  CtlExit code = read_network (ctl, &network);

  if (code == CTL_OK)
    code = check_hub (options, &network);
  if (code != CTL_OK)
    return code;
  if (!confirm (options, &network))
    return ctl_fail_with (CTL_FAILED, _ ("leave: nothing was changed; --yes leaves unasked"));
  return leave (ctl, options, &network);
}

static CtlExit
run (Ctl *ctl, int argc, char **argv)
{
  Options options = { 0 };
  const GOptionEntry entries[] = {
    { "yes", 'y', 0, G_OPTION_ARG_NONE, &options.yes, N_ ("Do not ask"), NULL },
    { "keep-hub", 0, 0, G_OPTION_ARG_NONE, &options.keep_hub,
      N_ ("Stop the hub of this machine, and keep its data"), NULL },
    { "remove-hub", 0, 0, G_OPTION_ARG_NONE, &options.remove_hub,
      N_ ("Stop the hub of this machine, and remove its data"), NULL },
    { "force", 0, 0, G_OPTION_ARG_NONE, &options.force,
      N_ ("Also as the last owner: only the recovery code makes another one then"), NULL },
    { NULL },
  };
  CtlExit code;

  if (!ctl_parse (ctl, &cmd_leave, entries, 0, 0, &argc, &argv))
    return CTL_USAGE;
  code = ctl_connect_to_act (ctl);
  return code == CTL_OK ? run_connected (ctl, &options) : code;
}

const Command cmd_leave = {
  "leave",
  run,
  NULL,
  N_ ("Leave the network"),
  N_ ("Takes the tunnel down and removes what setup and join wrote here: the hub's URL and\n"
      "key, the token, this machine's name, address and key, and the keys that the others\n"
      "are remembered by. The next network sees a new machine. Static WireGuard peers stay,\n"
      "and with them the key and the address that they know. The hub keeps this machine's\n"
      "place, which whoever runs it may clear.\n\n"
      "If this machine runs the hub, it stops, and the others cannot find each other any\n"
      "more: say whether its data stay (--keep-hub) or go (--remove-hub).\n\n"
      "The last owner of a signed network does not leave unasked, since nobody could sign for\n"
      "the others any more: make another machine an owner first (bamgatectl owners).\n\n"
      "Example:\n"
      "  bamgatectl leave"),
  CTL_EXITS_BUS | 1u << CTL_NOT_CONFIGURED,
};
