/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgatectl/commands.h"
#include "bamgatectl/progress.h"

#include "common/program-locale.h"

#include <signal.h>
#include <stdio.h>

const Command *const commands[] = {
  &cmd_setup,   &cmd_join,    &cmd_leave,    &cmd_import,  &cmd_invite,  &cmd_up,
  &cmd_down,    &cmd_status,  &cmd_doctor,   &cmd_report,  &cmd_peers,   &cmd_endpoints,
  &cmd_devices, &cmd_owners,  &cmd_network,  &cmd_exit,    &cmd_ping,    &cmd_nc,
  &cmd_run,     &cmd_send,    &cmd_receive,  &cmd_monitor, &cmd_metrics, &cmd_config,
  &cmd_access,  &cmd_publish, &cmd_services, &cmd_reload,  &cmd_secrets, &cmd_agent,
  &cmd_hub,     &cmd_genkey,  &cmd_pubkey,   &cmd_genpsk,  &cmd_version, NULL,
};

const Command *
commands_find (const char *name)
{
  for (guint i = 0; commands[i]; i++)
    if (g_str_equal (commands[i]->name, name))
      return commands[i];
  return NULL;
}

static char *
list_commands (void)
{
  GString *text = g_string_new (_ ("Commands:"));

  for (guint i = 0; commands[i]; i++)
    g_string_append_printf (text, "\n  %-9s %s", commands[i]->name, _ (commands[i]->summary));
  g_string_append (
    text, _ ("\n\nEvery command explains itself: bamgatectl COMMAND --help\n\n"
             "Where to begin: bamgatectl setup asks what it has to know. The same in two lines,\n"
             "for the first two machines of a network:\n"
             "  one# bamgatectl setup --host     prints the line for the other machine\n"
             "  two# bamgatectl join CODE URL\n"));
  return g_string_free (text, FALSE);
}

/* Options before the command; the command and all behind it stay in argv. */
static gboolean
parse_leading (Ctl *ctl, int *argc, char ***argv, gboolean *version)
{
  g_autoptr (GOptionContext) context = g_option_context_new (_ ("[COMMAND]"));
  g_autofree char *description = list_commands ();
  g_autoptr (GError) error = NULL;
  const GOptionEntry entries[] = {
    { "version", 0, 0, G_OPTION_ARG_NONE, version, N_ ("Show versions"), NULL },
    { NULL },
  };

  g_option_context_set_summary (
    context, _ ("Look after this machine's bamgate tunnel. Without a command: status."));
  g_option_context_set_description (context, description);
  g_option_context_set_translation_domain (context, GETTEXT_PACKAGE);
  g_option_context_add_main_entries (context, entries, GETTEXT_PACKAGE);
  ctl_add_common_entries (ctl, context);
  g_option_context_set_strict_posix (context, TRUE);
  if (g_option_context_parse (context, argc, argv, &error))
    return TRUE;
  ctl_fail_with (CTL_USAGE, "%s", error->message);
  return FALSE;
}

static CtlExit
fail_unknown (const char *typed)
{
  const char *names[G_N_ELEMENTS (commands)];
  const char *guess;

  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    names[i] = commands[i] ? commands[i]->name : NULL;
  guess = ctl_guess (names, typed);
  if (guess)
    return ctl_fail_with (CTL_USAGE, _ ("there is no command “%s”; did you mean “%s”?"), typed,
                          guess);
  return ctl_fail_with (CTL_USAGE, _ ("there is no command “%s”"), typed);
}

static const Command *
find_command (const char *name)
{
  static const Command *const unlisted[] = { &cmd_complete, &cmd_dial, &cmd_enter };

  for (guint i = 0; i < G_N_ELEMENTS (unlisted); i++)
    if (g_str_equal (name, unlisted[i]->name))
      return unlisted[i];
  return commands_find (name);
}

static CtlExit
run (Ctl *ctl, int argc, char **argv)
{
  gboolean version = FALSE;
  const Command *command;

  if (!parse_leading (ctl, &argc, &argv, &version))
    return CTL_USAGE;
  if (version || argc < 2)
    return (version ? &cmd_version : &cmd_status)->run (ctl, 1, argv);
  command = find_command (argv[1]);
  if (!command)
    return fail_unknown (argv[1]);
  return command->run (ctl, argc - 1, argv + 1);
}

/* Asked before the options are read, because what is wrong with them is said in JSON too. */
static gboolean
is_for_programs (char **words)
{
  for (; *words && !g_str_equal (*words, "--"); words++)
    if (g_str_equal (*words, "--json"))
      return TRUE;
  return FALSE;
}

/* As if nobody had caught it, so that a shell ends its loop too. */
static void
end_interrupted (void)
{
  fflush (NULL);
  signal (SIGINT, SIG_DFL);
  raise (SIGINT);
}

int
main (int argc, char **argv)
{
  Ctl ctl = { 0 };
  CtlExit code;

  bg_locale_init (LC_ALL);
  bg_locale_bind (GETTEXT_PACKAGE, BG_LOCALEDIR);
  g_set_prgname ("bamgatectl");
  if (is_for_programs (argv))
    {
      ctl_fail_for_programs (TRUE);
      progress_forbid ();
    }
  code = run (&ctl, argc, argv);
  out_finish_failure ();
  ctl_close (&ctl);
  if (code == CTL_INTERRUPTED)
    end_interrupted ();
  return (int) code;
}
