/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgatectl/ask.h"
#include "bamgatectl/commands.h"
#include "bamgatectl/hub-work.h"
#include "bamgatectl/progress.h"
#include "bamgatectl/worker-version.h"

/* --- status --- */

/* What is deployed may be older than what is here, and the other way round. */
static void
show_age (const HubWork *self, Out *out)
{
  const char *here = self->folder ? worker_folder_get_version (self->folder) : "";
  WorkerAge age = worker_version_compare (self->site->found.version, here);

  out_text (out, "version", _ ("Version"),
            self->site->found.version ? self->site->found.version : "");
  out_text (out, "available_version", NULL, here);
  if (age == WORKER_OLDER)
    out_note (out, _ ("Version %s is here: bamgatectl hub update brings it up to date."), here);
  else if (age == WORKER_NEWER)
    out_note (out, _ ("It is newer than the version of this machine, %s."), here);
  else if (self->folder && !self->site->found.version)
    out_note (out, _ ("It does not say its version: it was not put there by this program."));
}

static void
show_door (const HubWork *self, const WorkerStatus *door, Out *out)
{
  out_flag (out, "public", NULL, self->site->found.is_public);
  out_flag (out, "has_token", NULL, worker_found_has (&self->site->found, WORKER_TOKEN));
  out_flag (out, "answers", _ ("Answers"), door->answers);
  out_text (out, "trouble", _ ("Trouble"), door->trouble ? door->trouble : "");
  out_text (out, "token_file", _ ("Token"),
            self->token.text && self->token.path ? self->token.path : "");
  out_flag (out, "token_accepted", NULL, door->knows_token);
  if (door->knows_token)
    out_count (out, "members", _ ("Machines connected"), door->members);
}

CtlExit
hub_status (HubWork *self)
{
  g_auto (WorkerStatus) door = { 0 };
  g_autoptr (Out) out = NULL;
  GError *error = NULL;

  cloudflare_say (self->cloudflare, _ ("Looking at the Worker that is there"));
  if (!hub_token_read (&self->token, self->options->token_file, self->site->host, &error)
      || !worker_site_look (self->site, self->cloudflare, &error))
    return hub_work_fail (self, error);
  if (!self->site->found.exists)
    {
      hub_work_end (self);
      return ctl_fail_with (CTL_NOT_FOUND,
                            _ ("hub: there is no Worker “%s” in the account: bamgatectl "
                               "hub deploy makes it"),
                            self->site->name);
    }
  cloudflare_say (self->cloudflare, _ ("Asking the hub how it is"));
  worker_door_look (&door, self->cloudflare, self->site->host, self->token.text);
  if (call_is_interrupted (self->call))
    return hub_work_fail (self, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, ""));
  hub_work_end (self);
  out = out_new (self->ctl->json, FALSE);
  hub_work_show (self, out);
  show_age (self, out);
  show_door (self, &door, out);
  return CTL_OK;
}

/* --- remove --- */

static gboolean
is_meant (HubWork *self)
{
  g_autofree char *warning = g_strdup_printf (
    _ ("This removes the Worker “%s” of the account “%s” with all that it stored: machines "
       "of the network cannot find each other any more."),
    self->site->name, self->site->account_name);
  g_autofree char *prompt = g_strdup_printf (_ ("Type “%s” to remove it"), self->site->name);
  g_autofree char *answer = NULL;
  AskResult result;

  if (self->options->yes)
    return TRUE;
  progress_pause ();
  ask_say (0, warning);
  result = ask_text (prompt, NULL, NULL, &answer);
  progress_resume ();
  return result == ASK_ANSWERED && g_str_equal (answer, self->site->name);
}

static void
show_removed (const HubWork *self, gboolean was_there)
{
  g_autoptr (Out) out = out_new (self->ctl->json, FALSE);

  out_text (out, "name", NULL, self->site->name);
  out_text (out, "account", NULL, self->site->account_name);
  out_text (out, "account_id", NULL, self->site->account);
  out_text (out, "done", NULL, was_there ? "removed" : "nothing");
  if (was_there)
    out_note (out, _ ("The Worker “%s” is gone, with all that it stored."), self->site->name);
  else
    out_note (out, _ ("There is no Worker “%s” in the account."), self->site->name);
}

/* NULL: none is there, or it is a hub and meant. */
static const char *
objection_to_removing (HubWork *self)
{
  gboolean is_strange = worker_version_compare (self->site->found.version, "0") == WORKER_STRANGE;

  if (!self->site->found.exists)
    return NULL;
  if (is_strange && !self->options->force)
    return _ ("hub: the Worker of this name is no hub of this program, or was not put there by it: "
              "--force removes it all the same");
  return is_meant (self) ? NULL : _ ("hub: nothing was removed");
}

static void
forget_token (HubWork *self)
{
  if (!self->site->host)
    return;
  hub_token_locate (&self->token, self->options->token_file, self->site->host);
  hub_token_forget (&self->token);
}

CtlExit
hub_remove (HubWork *self)
{
  const char *objection;
  GError *error = NULL;

  cloudflare_say (self->cloudflare, _ ("Looking at the Worker that is there"));
  if (!worker_site_look (self->site, self->cloudflare, &error))
    return hub_work_fail (self, error);
  objection = objection_to_removing (self);
  if (objection)
    {
      hub_work_end (self);
      return ctl_fail_with (CTL_FAILED, "%s", objection);
    }
  cloudflare_say (self->cloudflare, _ ("Removing the Worker"));
  if (self->site->found.exists && !worker_site_remove (self->site, self->cloudflare, &error))
    return hub_work_fail (self, error);
  forget_token (self);
  hub_work_end (self);
  show_removed (self, self->site->found.exists);
  return CTL_OK;
}

/* --- The command --- */

static CtlExit
deploy (HubWork *work)
{
  return hub_deploy (work, FALSE);
}

static CtlExit
update (HubWork *work)
{
  return hub_deploy (work, TRUE);
}

static const struct
{
  const char *name;
  CtlExit (*run) (HubWork *work);
  gboolean uploads;
} verbs[] = {
  { "status", hub_status, FALSE },
  { "deploy", deploy, TRUE },
  { "update", update, TRUE },
  { "remove", hub_remove, FALSE },
  { "move", hub_move_to_cloudflare, TRUE },
};

static int
find_verb (const char *word)
{
  for (guint i = 0; i < G_N_ELEMENTS (verbs); i++)
    if (g_str_equal (verbs[i].name, word))
      return (int) i;
  return -1;
}

static gboolean
is_stdin (const char *file)
{
  return g_strcmp0 (file, "-") == 0;
}

/* NULL: they fit together. */
static const char *
conflict_in (const HubOptions *options, guint verb)
{
  gboolean removes = verbs[verb].run == hub_remove;

  if (!verbs[verb].uploads && (options->set || options->turn_secret_file))
    return _ ("hub: --set and --turn-secret-file belong to deploy and update");
  if (options->force && verbs[verb].run == hub_status)
    return _ ("hub: --force belongs to deploy, update and remove");
  if (options->yes && !removes)
    return _ ("hub: --yes belongs to remove");
  if (removes && !options->yes && !ask_is_possible ())
    return _ ("hub: remove asks at a terminal; elsewhere say --yes");
  if (options->name && !worker_is_name (options->name))
    return _ ("hub: --name is made of small letters, digits and “-”, at most 63 of them");
  if (is_stdin (options->api_token_file) + is_stdin (options->token_file)
        + is_stdin (options->turn_secret_file)
      > 1)
    return _ ("hub: only one of the files can be standard input");
  for (guint i = 0; options->set && options->set[i]; i++)
    if (hub_check_setting (options->set[i]))
      return hub_check_setting (options->set[i]);
  return NULL;
}

static CtlExit
open_folder (HubWork *work, gboolean is_needed)
{
  GError *error = NULL;
  const char *path = work->options->folder ? work->options->folder : BG_WORKER_DIR;

  work->folder = worker_folder_open (path, &error);
  if (!work->folder && is_needed)
    return ctl_fail (_ ("hub"), error);
  g_clear_error (&error);
  return CTL_OK;
}

static CtlExit
run_verb (Ctl *ctl, const HubOptions *options, guint verb)
{
  HubWork work = { .ctl = ctl, .options = options, .may_hide = verbs[verb].run == hub_remove };
  CtlExit code = open_folder (&work, verbs[verb].uploads);

  if (code == CTL_OK)
    code = hub_work_begin (&work);
  if (code == CTL_OK)
    code = verbs[verb].run (&work);
  hub_work_clear (&work);
  return code;
}

static void
options_clear (HubOptions *options)
{
  char *const texts[] = { options->name,       options->account,          options->api_token_file,
                          options->token_file, options->turn_secret_file, options->folder };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    g_free (texts[i]);
  g_strfreev (options->set);
}

/* NULL: they fit together. */
static const char *
conflict_of_move (const HubOptions *options, const char *place)
{
  gboolean is_elsewhere = place && !g_str_equal (place, "cloudflare");

  if (!place)
    return _ ("hub: move where to? Say the URL of the other hub, or cloudflare");
  if (is_elsewhere && !options->token_file)
    return _ ("hub: the new hub's own token is read from --token-file");
  if (is_elsewhere
      && (options->name || options->account || options->api_token_file || options->keep_api_token
          || options->set || options->turn_secret_file || options->folder))
    return _ ("hub: that belongs to a hub at Cloudflare: move cloudflare");
  return NULL;
}

static gboolean
is_move (int verb)
{
  return verb >= 0 && verbs[verb].run == hub_move_to_cloudflare;
}

static const char *
conflict_of_words (const HubOptions *options, int verb, int argc, char **argv)
{
  if (verb < 0)
    return _ ("hub: say deploy, status, update, remove or move");
  if (argc > 2 && !is_move (verb))
    return _ ("hub: only move takes another word");
  if (is_move (verb) && conflict_of_move (options, argv[2]))
    return conflict_of_move (options, argv[2]);
  return conflict_in (options, (guint) verb);
}

static CtlExit
run_words (Ctl *ctl, const HubOptions *options, int argc, char **argv)
{
  int verb = find_verb (argc > 1 ? argv[1] : "status");
  const char *conflict = conflict_of_words (options, verb, argc, argv);

  if (!conflict && is_move (verb) && !g_str_equal (argv[2], "cloudflare"))
    return hub_move_to (ctl, options, argv[2]);
  return conflict ? ctl_fail_with (CTL_USAGE, "%s", conflict)
                  : run_verb (ctl, options, (guint) verb);
}

static CtlExit
run (Ctl *ctl, int argc, char **argv)
{
  HubOptions options = { 0 };
  const GOptionEntry entries[] = {
    { "name", 'n', 0, G_OPTION_ARG_STRING, &options.name,
      N_ ("Name of the Worker (default: bamgate)"), N_ ("NAME") },
    { "account", 'a', 0, G_OPTION_ARG_STRING, &options.account,
      N_ ("Account of Cloudflare, where the API token is for several"), N_ ("ACCOUNT") },
    { "api-token-file", 0, 0, G_OPTION_ARG_FILENAME, &options.api_token_file,
      N_ ("File with an API token of Cloudflare (default: your keyring); - is standard input"),
      N_ ("FILE") },
    { "keep-api-token", 0, 0, G_OPTION_ARG_NONE, &options.keep_api_token,
      N_ ("Keep the API token in your keyring"), NULL },
    { "token-file", 't', 0, G_OPTION_ARG_FILENAME, &options.token_file,
      N_ ("File with the network's token, which is made where there is none; - is standard input"),
      N_ ("FILE") },
    { "turn-secret-file", 0, 0, G_OPTION_ARG_FILENAME, &options.turn_secret_file,
      N_ ("File with a secret for the relay (default: made from the token)"), N_ ("FILE") },
    { "set", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options.set,
      N_ ("A setting of the hub, as SUBNET; may be repeated"), N_ ("SETTING=VALUE") },
    { "force", 'f', 0, G_OPTION_ARG_NONE, &options.force,
      N_ ("Upload, or remove, whatever is there now; move also where the way is not encrypted"),
      NULL },
    { "yes", 'y', 0, G_OPTION_ARG_NONE, &options.yes, N_ ("Remove without asking"), NULL },
    { "worker", 0, 0, G_OPTION_ARG_FILENAME, &options.folder,
      N_ ("Folder of the built Worker (default: the installed one)"), N_ ("FOLDER") },
    { NULL },
  };
  CtlExit code = CTL_USAGE;

  if (ctl_parse (ctl, &cmd_hub, entries, 0, 2, &argc, &argv))
    code = run_words (ctl, &options, argc, argv);
  options_clear (&options);
  return code;
}

const Command cmd_hub = {
  "hub",
  run,
  N_ ("[deploy|status|update|remove|move URL|move cloudflare]"),
  N_ ("Run the hub of a network at Cloudflare, or move it"),
  N_ ("deploy  puts the hub into an account of Cloudflare, as a Worker, and prints the line that\n"
      "        sets up the first machine; what is done already is left as it is, so that an\n"
      "        interrupted one is said again\n"
      "status  shows what is there, and how it is\n"
      "update  puts the version of this machine in place of an older one; secrets, settings\n"
      "        and what it stored stay\n"
      "remove  removes the Worker with all that it stored, after asking for its name\n"
      "move    takes the network of this machine, an owner's, to another hub, an empty one:\n"
      "        devices, addresses, credentials, invites and signatures go along, machines\n"
      "        follow by themselves, and connections between them stay. URL is that of a\n"
      "        bamgate-hub with its pin, whose token is in --token-file; cloudflare deploys\n"
      "        a Worker first. An interrupted one is said again\n\n"
      "Cloudflare lets in who has an API token with the permissions “Workers Scripts: Edit”\n"
      "and “Account Settings: Read” for the account. It is read from a file, from your\n"
      "keyring or from standard input, never from the command line.\n\n"
      "Examples:\n"
      "  bamgatectl hub deploy --api-token-file cloudflare.txt --keep-api-token\n"
      "  bamgatectl hub deploy --name office --set SUBNET=10.77.0.0/24\n"
      "  pass show cloudflare | bamgatectl hub update --api-token-file -\n"
      "  bamgatectl hub remove --name office\n"
      "  bamgatectl hub move 'https://hub.example:8443#sha256=PIN' --token-file token.txt"),
  1u << CTL_NOT_AUTHORIZED | 1u << CTL_NOT_FOUND | 1u << CTL_TIMEOUT,
};
