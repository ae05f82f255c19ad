/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgatectl/ask.h"
#include "bamgatectl/call.h"
#include "bamgatectl/commands.h"
#include "bamgatectl/input.h"

#include <string.h>

typedef struct
{
  CmdSetupOptions now;
  char *token_file, *recovery_file;
  gboolean protect, no_protect, show_code;
} Options;

static void
options_clear (Options *options)
{
  char *const texts[] = { options->now.listen, options->now.public_url, options->now.subnet,
                          options->now.server, options->now.name,       options->now.address,
                          options->token_file, options->recovery_file };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    g_free (texts[i]);
  input_free_secret (options->now.token);
  recovery_free (options->now.recovery);
}

static gboolean
says_nothing (const Options *options)
{
  static const Options nothing;

  return memcmp (options, &nothing, sizeof nothing) == 0;
}

/* NULL: they fit together. */
static const char *
conflict_in (const Options *options)
{
  const CmdSetupOptions *now = &options->now;

  if (!now->host && !now->server)
    return _ (
      "setup: say --host to run a hub on this machine, or --server URL to use one that runs elsewhere");
  if (now->host && now->server)
    return _ ("setup: --host and --server exclude each other");
  if (!now->host && (now->listen || now->public_url || now->subnet))
    return _ ("setup: --listen, --public-url and --subnet belong to --host");
  if (now->host && options->token_file)
    return _ ("setup: --token-file belongs to --server; a hub of this machine makes its own token");
  if (options->protect && (options->no_protect || now->no_up))
    return _ ("setup: --protect excludes --no-protect and --no-up");
  if ((options->recovery_file || options->show_code) && !options->protect)
    return _ ("setup: --recovery-file and --show-recovery-code belong to --protect");
  return NULL;
}

static void
insert_text (GVariantDict *dict, const char *key, const char *value)
{
  if (value)
    g_variant_dict_insert (dict, key, "s", value);
}

/* "https://host#sha256=PIN" as "server-url" and "server-pin". */
static void
insert_server (GVariantDict *dict, const char *url)
{
  const char *pin = url ? strstr (url, "#sha256=") : NULL;
  g_autofree char *bare = g_strndup (url, pin ? (gsize) (pin - url) : url ? strlen (url) : 0);

  insert_text (dict, "server-url", url ? bare : NULL);
  insert_text (dict, "server-pin", pin ? pin + strlen ("#sha256=") : NULL);
}

static GVariant *
bus_options (const CmdSetupOptions *options)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  if (options->host)
    g_variant_dict_insert (&dict, "host", "b", TRUE);
  if (options->force)
    g_variant_dict_insert (&dict, "force", "b", TRUE);
  insert_text (&dict, "listen", options->listen);
  insert_text (&dict, "subnet", options->subnet);
  insert_server (&dict, options->host ? options->public_url : options->server);
  insert_text (&dict, "token", options->token);
  insert_text (&dict, "name", options->name);
  insert_text (&dict, "address", options->address);
  return g_variant_dict_end (&dict);
}

CtlExit
cmd_setup_now (Ctl *ctl, const CmdSetupOptions *options, Out *out)
{
  GError *error = NULL;
  CtlExit code = CTL_OK;
  Call *call = call_new (ctl,
                         options->host ? _ ("Starting the hub, and setting this machine up")
                                       : _ ("Asking the hub for a place in its network"),
                         _ ("setup: the daemon goes on with it; see: bamgatectl status"));

  bamgate_client_setup (ctl->client, bus_options (options), call_cancellable (call), call_on_answer,
                        call);
  if (!bamgate_client_setup_finish (ctl->client, call_wait (call), &error))
    return call_fail (call, _ ("setup"), error);
  call_free (call);
  ctl_catch_up (ctl);
  out_text (out, "name", _ ("Name"), bamgate_client_get_name (ctl->client));
  out_text (out, "server_url", _ ("Hub"), bamgate_client_get_server_url (ctl->client));
  out_text (out, "public_key", _ ("Public key"), bamgate_client_get_public_key (ctl->client));
  if (!options->no_up)
    code = cmd_up_now (ctl, out);
  else
    out_list (out, "addresses", _ ("Addresses"), bamgate_client_get_addresses (ctl->client));
  if (options->no_up)
    out_note (out, _ ("Bring the tunnel up with: bamgatectl up"));
  if (code == CTL_OK && options->recovery)
    code = cmd_network_protect_now (ctl, options->recovery, NULL, out);
  if (code == CTL_OK && options->host && !options->no_up)
    code = cmd_invite_now (ctl, g_variant_new ("a{sv}", NULL), FALSE, out);
  return code;
}

static CtlExit
connect_and_set_up (Ctl *ctl, const CmdSetupOptions *options)
{
  CtlExit code = ctl_connect_to_act (ctl);
  Out *out;

  if (code != CTL_OK)
    return code;
  out = out_new (ctl->json, FALSE);
  code = cmd_setup_now (ctl, options, out);
  out_finish (out);
  return code;
}

static CtlExit
connect_and_ask (Ctl *ctl)
{
  CtlExit code = ctl_connect_to_act (ctl);

  return code == CTL_OK ? cmd_setup_ask (ctl) : code;
}

/* A new network, and somebody to ask; FALSE: who does not answer ends it. */
static gboolean
ask_to_protect (Ctl *ctl, Options *options)
{
  gboolean yes = TRUE;

  if (!options->now.host || options->protect || options->no_protect || options->now.no_up
      || ctl->json || !ask_is_possible ())
    return TRUE;
  if (cmd_setup_ask_protect (&yes) != ASK_ANSWERED)
    return FALSE;
  options->protect = yes;
  return TRUE;
}

static CtlExit
prepare_recovery (Ctl *ctl, Options *options)
{
  CtlExit code = CTL_OK;

  if (!ask_to_protect (ctl, options))
    return ctl_fail_with (CTL_FAILED, _ ("setup: nothing was changed"));
  if (options->protect)
    options->now.recovery = recovery_new (ctl, options->recovery_file, options->show_code, &code);
  return code;
}

static CtlExit
run_options (Ctl *ctl, Options *options)
{
  const char *conflict = conflict_in (options);
  GError *error = NULL;
  CtlExit code;

  if (conflict)
    return ctl_fail_with (CTL_USAGE, "%s", conflict);
  code = prepare_recovery (ctl, options);
  if (code != CTL_OK)
    return code;
  if (options->token_file)
    options->now.token = input_read_secret (options->token_file, &error);
  return error ? ctl_fail (NULL, error) : connect_and_set_up (ctl, &options->now);
}

static CtlExit
run (Ctl *ctl, int argc, char **argv)
{
  Options options = { 0 };
  const GOptionEntry entries[] = {
    { "host", 'H', 0, G_OPTION_ARG_NONE, &options.now.host,
      N_ ("Run the hub of the network on this machine"), NULL },
    { "listen", 'l', 0, G_OPTION_ARG_STRING, &options.now.listen,
      N_ ("Where it listens (default: *:8443)"), N_ ("ADDRESS:PORT") },
    { "public-url", 'u', 0, G_OPTION_ARG_STRING, &options.now.public_url,
      N_ ("How other machines reach it"), N_ ("URL") },
    { "subnet", 0, 0, G_OPTION_ARG_STRING, &options.now.subnet,
      N_ ("Addresses of the network (default: any that are free here)"), N_ ("ADDRESS/LENGTH") },
    { "server", 's', 0, G_OPTION_ARG_STRING, &options.now.server,
      N_ ("Use this hub, which runs elsewhere"), N_ ("URL") },
    { "token-file", 't', 0, G_OPTION_ARG_FILENAME, &options.token_file,
      N_ ("File with its token; - is standard input"), N_ ("FILE") },
    { "name", 'n', 0, G_OPTION_ARG_STRING, &options.now.name,
      N_ ("This machine's name in the network (default: host name)"), N_ ("NAME") },
    { "address", 'a', 0, G_OPTION_ARG_STRING, &options.now.address,
      N_ ("This machine's tunnel address (default: the hub chooses)"), N_ ("ADDRESS/LENGTH") },
    { "force", 'f', 0, G_OPTION_ARG_NONE, &options.now.force,
      N_ ("Leave the present network, and overrule warnings"), NULL },
    { "protect", 'p', 0, G_OPTION_ARG_NONE, &options.protect,
      N_ ("Sign the network, with this machine as its first owner"), NULL },
    { "no-protect", 0, 0, G_OPTION_ARG_NONE, &options.no_protect,
      N_ ("Do not, and do not ask about it"), NULL },
    { "recovery-file", 0, 0, G_OPTION_ARG_FILENAME, &options.recovery_file,
      N_ ("Write the recovery code to this new file, which only you may read"), N_ ("FILE") },
    { "show-recovery-code", 0, 0, G_OPTION_ARG_NONE, &options.show_code,
      N_ ("Show the recovery code, in JSON too"), NULL },
    { "no-up", 0, 0, G_OPTION_ARG_NONE, &options.now.no_up, N_ ("Do not bring the tunnel up"),
      NULL },
    { NULL },
  };
  CtlExit code = CTL_USAGE;

  if (ctl_parse (ctl, &cmd_setup, entries, 0, 0, &argc, &argv))
    code = says_nothing (&options) && !ctl->json && ask_is_possible ()
             ? connect_and_ask (ctl)
             : run_options (ctl, &options);
  options_clear (&options);
  return code;
}

const Command cmd_setup = {
  "setup",
  run,
  NULL,
  N_ ("Make this machine the first of a network"),
  N_ ("Makes this machine's key, settles its name and address with the hub, saves\n"
      "all, and brings the tunnel up. The hub introduces machines to each other and\n"
      "sees no traffic: with --host it runs here, and an invite for the next machine is\n"
      "printed; with --server it runs elsewhere. The token of that hub is read from a\n"
      "file or from standard input, never from the command line. Without options it\n"
      "asks for all of this, where somebody sits at a terminal.\n\n"
      "A new network can be signed at once (see “bamgatectl network --help”): at a terminal\n"
      "it asks whether to, elsewhere --protect does it.\n\n"
      "Examples:\n"
      "  bamgatectl setup\n"
      "  bamgatectl setup --host --public-url https://vpn.example.net:8443\n"
      "  bamgatectl setup --host --protect --recovery-file /media/stick/recovery\n"
      "  bamgatectl setup --server https://hub.example.net --token-file token.txt\n"
      "  pass show hub | bamgatectl setup --server https://hub.example.net --token-file -"),
  CTL_EXITS_BUS | 1u << CTL_TIMEOUT,
};
