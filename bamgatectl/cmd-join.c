/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgatectl/call.h"
#include "bamgatectl/commands.h"
#include "bamgatectl/input.h"

static GVariant *
bus_options (const CmdJoinOptions *options, const char *url)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  if (url)
    g_variant_dict_insert (&dict, "server-url", "s", url);
  if (options->name)
    g_variant_dict_insert (&dict, "name", "s", options->name);
  if (options->force)
    g_variant_dict_insert (&dict, "force", "b", TRUE);
  return g_variant_dict_end (&dict);
}

CtlExit
cmd_join_now (Ctl *ctl, const CmdJoinOptions *options, const char *invite, const char *url,
              Out *out)
{
  GError *error = NULL;
  Call *call = call_new (ctl, _ ("Joining the network"),
                         _ ("join: the daemon goes on with it; see: bamgatectl status"));

  bamgate_client_join (ctl->client, invite, bus_options (options, url), call_cancellable (call),
                       call_on_answer, call);
  if (!bamgate_client_join_finish (ctl->client, call_wait (call), &error))
    return call_fail (call, _ ("join"), error);
  call_free (call);
  ctl_catch_up (ctl);
  out_text (out, "name", _ ("Name"), bamgate_client_get_name (ctl->client));
  out_text (out, "server_url", _ ("Hub"), bamgate_client_get_server_url (ctl->client));
  if (!options->no_up)
    return cmd_up_now (ctl, out);
  out_list (out, "addresses", _ ("Addresses"), bamgate_client_get_addresses (ctl->client));
  out_note (out, _ ("Bring the tunnel up with: bamgatectl up"));
  return CTL_OK;
}

static CtlExit
connect_and_join (Ctl *ctl, const CmdJoinOptions *options, const char *invite, const char *url)
{
  CtlExit code = ctl_connect_to_act (ctl);
  Out *out;

  if (code != CTL_OK)
    return code;
  out = out_new (ctl->json, FALSE);
  code = cmd_join_now (ctl, options, invite, url, out);
  out_finish (out);
  return code;
}

static CtlExit
run (Ctl *ctl, int argc, char **argv)
{
  CmdJoinOptions options = { 0 };
  const GOptionEntry entries[] = {
    { "name", 'n', 0, G_OPTION_ARG_STRING, &options.name,
      N_ ("This machine's name in the network (default: host name)"), N_ ("NAME") },
    { "force", 'f', 0, G_OPTION_ARG_NONE, &options.force,
      N_ ("Leave the present network, and overrule warnings"), NULL },
    { "no-up", 0, 0, G_OPTION_ARG_NONE, &options.no_up, N_ ("Do not bring the tunnel up"), NULL },
    { NULL },
  };
  char *from_input = NULL;
  GError *error = NULL;
  CtlExit code = CTL_USAGE;

  if (ctl_parse (ctl, &cmd_join, entries, 1, 2, &argc, &argv))
    {
      if (g_str_equal (argv[1], "-"))
        from_input = input_read_secret ("-", &error);
      code = error ? ctl_fail (NULL, error)
                   : connect_and_join (ctl, &options, from_input ? from_input : argv[1],
                                       argc > 2 ? argv[2] : NULL);
    }
  input_free_secret (from_input);
  g_free (options.name);
  return code;
}

const Command cmd_join = {
  "join",
  run,
  N_ ("CODE [URL]"),
  N_ ("Join a network with an invite"),
  N_ ("Redeems an invite, makes this machine's key, takes the address that the hub\n"
      "gives, and brings the tunnel up. Copy the whole line that “bamgatectl invite”\n"
      "printed: what follows #sha256= in the URL is the only key of the hub that this\n"
      "machine will trust. CODE may be “-” to read it from standard input.\n\n"
      "Examples:\n"
      "  bamgatectl join ABCD-EFGH 'https://198.51.100.7:8443#sha256=…'\n"
      "  bamgatectl join ABCD-EFGH 'https://198.51.100.7:8443#sha256=…' --name attic"),
  CTL_EXITS_BUS | 1u << CTL_NOT_FOUND | 1u << CTL_TIMEOUT,
};
