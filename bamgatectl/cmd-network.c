/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgatectl/ask.h"
#include "bamgatectl/call.h"
#include "bamgatectl/cmd-network-names.h"
#include "bamgatectl/commands.h"
#include "bamgatectl/input.h"

#include "common/printable.h"

#include <unistd.h>

typedef struct
{
  gboolean yes, show_code, anew;
  char *recovery_file, *code_file, *allow_unsigned;
} Options;

/* --- What is so --- */

static const char *
words_of (const char *membership, gboolean owns)
{
  if (g_str_equal (membership, "unsigned"))
    return _ ("not signed: the hub says which machines are in it");
  if (g_str_equal (membership, "signed") && owns)
    return _ ("signed by its owners, this machine among them");
  if (g_str_equal (membership, "signed"))
    return _ ("signed by its owners");
  if (g_str_equal (membership, "pending"))
    return _ ("this machine waits until an owner lets it in");
  return g_str_equal (membership, "alarm") ? _ ("alarm: who is in it is disputed") : "";
}

static OutTone
tone_of (const char *membership)
{
  if (g_str_equal (membership, "alarm"))
    return OUT_BAD;
  if (g_str_equal (membership, "pending"))
    return OUT_WARN;
  return g_str_equal (membership, "signed") ? OUT_GOOD : OUT_PLAIN;
}

void
cmd_network_show_status (Ctl *ctl, Out *out)
{
  const char *membership = bamgate_client_get_membership (ctl->client);
  gboolean owns = bamgate_client_get_owner (ctl->client);

  out_text (out, "membership", NULL, membership);
  out_text (out, "network_id", NULL, bamgate_client_get_network_id (ctl->client));
  out_flag (out, "owner", NULL, owns);
  out_count (out, "pending_devices", NULL, bamgate_client_get_pending_devices (ctl->client));
  out_word (out, NULL, _ ("Network"), words_of (membership, owns), tone_of (membership));
}

void
cmd_network_show_next (Ctl *ctl, Out *out)
{
  guint waiting = bamgate_client_get_pending_devices (ctl->client);
  const char *membership = bamgate_client_get_membership (ctl->client);

  if (g_str_equal (membership, "alarm"))
    out_note (out,
              _ ("\nWhat is wrong with the network, and what to do, says: bamgatectl network"));
  else if (g_str_equal (membership, "pending"))
    out_note (out, _ ("\nAn owner lets this machine in with: bamgatectl devices approve %s"),
              bamgate_client_get_name (ctl->client));
  else if (waiting > 0 && bamgate_client_get_owner (ctl->client))
    out_note (out,
              ngettext ("\n%u machine waits to be let in; see: bamgatectl devices",
                        "\n%u machines wait to be let in; see: bamgatectl devices", waiting),
              waiting);
}

static void
show_log (Out *out, GVariant *network)
{
  const char *id = "", *head = "";
  guint32 entries = 0;
  gint64 changed = 0;
  gboolean allows = FALSE;

  g_variant_lookup (network, "id", "&s", &id);
  g_variant_lookup (network, "head", "&s", &head);
  g_variant_lookup (network, "entries", "u", &entries);
  g_variant_lookup (network, "changed-at", "x", &changed);
  g_variant_lookup (network, "allows-unsigned", "b", &allows);
  out_text (out, NULL, _ ("Id"), id);
  out_count (out, "entries", _ ("Entries"), entries);
  out_text (out, "head", _ ("Last entry"), head);
  out_moment (out, "changed_us", _ ("Changed"), changed);
  out_flag (out, "allows_unsigned", _ ("Unsigned machines"), allows);
  cmd_network_show_names (out, network);
}

static const char *
words_of_alarm (const char *alarm)
{
  if (g_str_equal (alarm, "forked"))
    return _ ("another machine has another log of who is in the network");
  return g_str_equal (alarm, "withheld")
           ? _ ("the hub does not give what other machines have of the log")
           : _ ("what the hub gives does not continue the log");
}

static void
explain_fork (Out *out, GVariant *network, const char *peer)
{
  const char *ours = "", *theirs = "";
  g_autofree char *shown = bg_printable (peer);
  guint32 entry = 0;

  g_variant_lookup (network, "alarm-ours", "&s", &ours);
  g_variant_lookup (network, "alarm-theirs", "&s", &theirs);
  g_variant_lookup (network, "alarm-entry", "u", &entry);
  out_text (out, "alarm_peer", NULL, peer);
  out_count (out, "alarm_entry", NULL, entry);
  out_text (out, "alarm_ours", NULL, ours);
  out_text (out, "alarm_theirs", NULL, theirs);
  out_note (
    out, _ ("\nFrom entry %u on this machine has another log than %s:\n  here   %s\n  there  %s"),
    entry, shown, ours, theirs);
  out_note (
    out,
    _ (
      "Ask on an owner's machine which last entry “bamgatectl network” shows there, and say it with:\n"
      "  bamgatectl network trust ENTRY"));
}

/* TRUE: there is one. */
static gboolean
show_alarm (Out *out, GVariant *network)
{
  const char *alarm = "", *peer = "";

  g_variant_lookup (network, "alarm", "&s", &alarm);
  g_variant_lookup (network, "alarm-peer", "&s", &peer);
  out_text (out, "alarm", NULL, alarm);
  if (!*alarm)
    return FALSE;
  out_word (out, NULL, _ ("Alarm"), words_of_alarm (alarm), OUT_BAD);
  if (g_str_equal (alarm, "forked"))
    explain_fork (out, network, peer);
  else
    out_note (
      out,
      _ (
        "\nLook on an owner's machine what “bamgatectl network” shows there. If its last entry is\n"
        "not this machine's, take the log that has it; if this machine's log is right, say so:\n"
        "  bamgatectl network trust ENTRY\n"
        "  bamgatectl network trust"));
  return TRUE;
}

static GVariant *
fetch (Ctl *ctl, CtlExit *code)
{
  GError *error = NULL;
  GVariant *network = bamgate_client_get_network_sync (ctl->client, NULL, &error);

  *code = network ? CTL_OK : ctl_fail (NULL, error);
  return network;
}

static void
show_all (Ctl *ctl, Out *out, GVariant *network)
{
  gboolean is_signed = FALSE;

  cmd_network_show_status (ctl, out);
  g_variant_lookup (network, "signed", "b", &is_signed);
  if (is_signed)
    show_log (out, network);
  else if (bamgate_client_get_owner (ctl->client))
    out_note (out, _ ("\nTake that from the hub, and sign it, with: bamgatectl network protect"));
  if (!is_signed || !show_alarm (out, network))
    cmd_network_show_next (ctl, out);
}

static CtlExit
show (Ctl *ctl, const Options *options, char **words)
{
  CtlExit code;
  g_autoptr (GVariant) network = fetch (ctl, &code);
  g_autoptr (Out) out = NULL;

  if (!network)
    return code;
  if (!*bamgate_client_get_membership (ctl->client))
    return ctl_fail_with (CTL_NOT_CONFIGURED, _ ("this machine belongs to no network yet"));
  out = out_new (ctl->json, FALSE);
  show_all (ctl, out, network);
  return CTL_OK;
}

/* --- Protecting --- */

static gboolean
is_yes_or_no (const char *word)
{
  return g_str_equal (word, "yes") || g_str_equal (word, "no");
}

static GVariant *
protect_options (const char *allow_unsigned)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  if (allow_unsigned)
    g_variant_dict_insert (&dict, "allow-unsigned", "b", g_str_equal (allow_unsigned, "yes"));
  return g_variant_dict_end (&dict);
}

CtlExit
cmd_network_protect_now (Ctl *ctl, Recovery *recovery, const char *allow_unsigned, Out *out)
{
  Call *call = call_new (ctl, _ ("Signing the network"), NULL);
  g_autoptr (GVariant) result = NULL;
  GError *error = NULL;

  call_hold (call);
  bamgate_client_protect (ctl->client, protect_options (allow_unsigned), call_cancellable (call),
                          call_on_answer, call);
  result = bamgate_client_protect_finish (ctl->client, call_wait (call), &error);
  if (!result)
    return call_fail (call, _ ("protect"), error);
  call_free (call);
  ctl_catch_up (ctl);
  cmd_network_show_status (ctl, out);
  return recovery_take (recovery, result, out);
}

static CtlExit
confirm (const Options *options, const char *question)
{
  if (options->yes || input_confirm (question))
    return CTL_OK;
  return ctl_fail_with (CTL_FAILED, _ ("network: nothing was changed; --yes does it unasked"));
}

static CtlExit
protect (Ctl *ctl, const Options *options, char **words)
{
  CtlExit code;
  g_autoptr (Recovery) recovery = NULL;
  g_autoptr (Out) out = NULL;

  code = confirm (options,
                  _ ("From now on only owners say which machines are in this network, this "
                     "machine first; that stays so. Go on? [y/N] "));
  if (code == CTL_OK)
    recovery = recovery_new (ctl, options->recovery_file, options->show_code, &code);
  if (!recovery)
    return code;
  out = out_new (ctl->json, FALSE);
  return cmd_network_protect_now (ctl, recovery, options->allow_unsigned, out);
}

/* --- Unsigned machines --- */

static CtlExit
allow_unsigned (Ctl *ctl, const Options *options, char **words)
{
  gboolean allow = g_str_equal (words[0], "yes");
  Call *call = call_new (ctl, _ ("Signing it"), _ ("network: the daemon goes on with it"));
  g_autoptr (Out) out = NULL;
  GError *error = NULL;

  bamgate_client_allow_unsigned (ctl->client, allow, call_cancellable (call), call_on_answer, call);
  if (!bamgate_client_allow_unsigned_finish (ctl->client, call_wait (call), &error))
    return call_fail (call, NULL, error);
  call_free (call);
  out = out_new (ctl->json, FALSE);
  out_flag (out, "allows_unsigned", NULL, allow);
  out_note (out, "%s",
            allow ? _ ("Machines that nobody signed for may be in the network.")
                  : _ ("Only machines that an owner signed for are in the network."));
  return CTL_OK;
}

/* --- Recovering --- */

/* NULL has been explained. */
static char *
read_code (const Options *options, CtlExit *code)
{
  GError *error = NULL;
  char *typed = NULL;

  if (!options->code_file && isatty (STDIN_FILENO))
    typed = input_ask_secret (_ ("Recovery code (it is not shown): "));
  else
    typed = input_read_secret (options->code_file ? options->code_file : "-", &error);
  if (error)
    *code = ctl_fail (NULL, error);
  else if (!typed)
    *code = ctl_fail_with (CTL_FAILED, _ ("recover: no code was typed"));
  return typed;
}

static CtlExit
recover_with (Ctl *ctl, const char *typed, Recovery *recovery)
{
  Call *call = call_new (ctl, _ ("Making this machine the owner"), NULL);
  g_autoptr (GVariant) result = NULL;
  g_autoptr (Out) out = NULL;
  GError *error = NULL;

  call_hold (call);
  bamgate_client_recover (ctl->client, typed, NULL, call_cancellable (call), call_on_answer, call);
  result = bamgate_client_recover_finish (ctl->client, call_wait (call), &error);
  if (!result)
    return call_fail (call, _ ("recover"), error);
  call_free (call);
  ctl_catch_up (ctl);
  out = out_new (ctl->json, FALSE);
  cmd_network_show_status (ctl, out);
  out_note (
    out, _ ("This machine is the network's only owner now. The code that was typed is used up."));
  return recovery_take (recovery, result, out);
}

static CtlExit
recover (Ctl *ctl, const Options *options, char **words)
{
  CtlExit code;
  g_autoptr (Recovery) recovery = NULL;
  char *typed = NULL;

  code = confirm (options, _ ("This machine becomes the network's only owner; those that there are "
                              "sign no more. Go on? [y/N] "));
  if (code == CTL_OK)
    recovery = recovery_new (ctl, options->recovery_file, options->show_code, &code);
  if (recovery)
    typed = read_code (options, &code);
  if (typed)
    code = recover_with (ctl, typed, recovery);
  input_free_secret (typed);
  return code;
}

/* --- Ending an alarm --- */

static GVariant *
trust_options (const char *head)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  if (head)
    g_variant_dict_insert (&dict, "head", "s", head);
  return g_variant_dict_end (&dict);
}

static const char *
question_of (const char *head)
{
  return head ? _ (
           "A log of this machine that has that entry stays, and whoever has another is not believed.\n"
           "Otherwise the hub's log, if it has that entry and every signature is right, takes its\n"
           "place: what only this machine's said does not count any more, also whom it put out.\n"
           "It is kept as “network-log-replaced”. Does an owner's machine show that entry? [y/N] ")
              : _ (
                "This machine's log stays as it is, and the alarm is over until something else happens.\n"
                "Is it the same on an owner's machine? [y/N] ");
}

static CtlExit
trust (Ctl *ctl, const Options *options, char **words)
{
  g_autofree char *head = words[0] ? g_strjoinv (" ", words) : NULL;
  CtlExit code = confirm (options, question_of (head));
  g_autoptr (Out) out = NULL;
  GError *error = NULL;
  Call *call;

  if (code != CTL_OK)
    return code;
  call = call_new (ctl, _ ("Ending the alarm"), _ ("network: the daemon goes on with it"));
  bamgate_client_trust_network (ctl->client, trust_options (head), call_cancellable (call),
                                call_on_answer, call);
  if (!bamgate_client_trust_network_finish (ctl->client, call_wait (call), &error))
    return call_fail (call, NULL, error);
  call_free (call);
  ctl_catch_up (ctl);
  out = out_new (ctl->json, FALSE);
  cmd_network_show_status (ctl, out);
  return CTL_OK;
}

/* --- Names --- */

static CtlExit
certificate (Ctl *ctl, const Options *options, char **words)
{
  return cmd_network_certificate (ctl, options->anew, words[0]);
}

static CtlExit
give_name (Ctl *ctl, const Options *options, char **words)
{
  return cmd_network_give_name (ctl, words[0], words[1]);
}

static CtlExit
take_name (Ctl *ctl, const Options *options, char **words)
{
  return cmd_network_give_name (ctl, words[0], "");
}

/* --- The command --- */

typedef struct
{
  const char *name;
  int min, max; /* words behind it */
  gboolean asks, tells_code;
  CtlExit (*connect) (Ctl *ctl);
  CtlExit (*run) (Ctl *ctl, const Options *options, char **words);
} Action;

enum
{
  ENTRY_GROUPS = 8 /* that an entry is written in, with or without quotes */
};

static const Action actions[] = {
  { "show", 0, 0, FALSE, FALSE, ctl_connect, show },
  { "protect", 0, 0, TRUE, TRUE, ctl_connect_to_act, protect },
  { "unsigned", 1, 1, FALSE, FALSE, ctl_connect_to_act, allow_unsigned },
  { "recover", 0, 0, TRUE, TRUE, ctl_connect_to_act, recover },
  { "trust", 0, ENTRY_GROUPS, TRUE, FALSE, ctl_connect_to_act, trust },
  { "certificate", 0, 1, FALSE, FALSE, ctl_connect, certificate },
  { "name", 2, 2, FALSE, FALSE, ctl_connect_to_act, give_name },
  { "unname", 1, 1, FALSE, FALSE, ctl_connect_to_act, take_name },
};

static const Action *
find_action (int argc, char **argv)
{
  int n = MAX (argc - 2, 0);

  for (guint i = 0; i < G_N_ELEMENTS (actions); i++)
    if (argc < 2 || g_str_equal (actions[i].name, argv[1]))
      return n >= actions[i].min && n <= actions[i].max ? &actions[i] : NULL;
  return NULL;
}

/* NULL: they fit. */
static const char *
conflict_in (const Action *action, const Options *options, char **words)
{
  if (!action)
    return _ (
      "network: say show, protect, unsigned yes, unsigned no, recover, trust [ENTRY], certificate [FILE], name NAME MACHINE or unname NAME");
  if (action->run == allow_unsigned && !is_yes_or_no (words[0]))
    return _ ("network: unsigned is yes or no");
  if (options->yes && !action->asks)
    return _ ("network: --yes belongs to protect, recover and trust");
  if ((options->recovery_file || options->show_code) && !action->tells_code)
    return _ ("network: the recovery code is told by protect and recover");
  if (options->anew && action->run != certificate)
    return _ ("network: --new belongs to certificate");
  if (options->code_file && action->run != recover)
    return _ ("network: --code-file belongs to recover");
  if (options->allow_unsigned
      && (action->run != protect || !is_yes_or_no (options->allow_unsigned)))
    return _ ("network: --allow-unsigned is yes or no, and belongs to protect");
  return NULL;
}

static CtlExit
run_action (Ctl *ctl, const Action *action, const Options *options, char **words)
{
  const char *conflict = conflict_in (action, options, words);
  CtlExit code;

  if (conflict)
    return ctl_fail_with (CTL_USAGE, "%s", conflict);
  code = options->anew ? ctl_connect_to_act (ctl) : action->connect (ctl);
  return code == CTL_OK ? action->run (ctl, options, words) : code;
}

static CtlExit
run (Ctl *ctl, int argc, char **argv)
{
  Options options = { 0 };
  const GOptionEntry entries[] = {
    { "yes", 'y', 0, G_OPTION_ARG_NONE, &options.yes, N_ ("Do not ask"), NULL },
    { "recovery-file", 0, 0, G_OPTION_ARG_FILENAME, &options.recovery_file,
      N_ ("Write the recovery code to this new file, which only you may read"), N_ ("FILE") },
    { "show-recovery-code", 0, 0, G_OPTION_ARG_NONE, &options.show_code,
      N_ ("Show the recovery code, in JSON too"), NULL },
    { "code-file", 0, 0, G_OPTION_ARG_FILENAME, &options.code_file,
      N_ ("File with the recovery code to recover with; - is standard input"), N_ ("FILE") },
    { "allow-unsigned", 0, 0, G_OPTION_ARG_STRING, &options.allow_unsigned,
      N_ ("Whether machines that nobody signed for may stay (default: yes)"), N_ ("yes|no") },
    { "new", 0, 0, G_OPTION_ARG_NONE, &options.anew,
      N_ ("Of certificate: this owner's machine signs from now on"), NULL },
    { NULL },
  };
  CtlExit code = CTL_USAGE;

  if (ctl_parse (ctl, &cmd_network, entries, 0, 1 + ENTRY_GROUPS, &argc, &argv))
    code = run_action (ctl, find_action (argc, argv), &options, argv + MIN (argc, 2));
  g_free (options.recovery_file);
  g_free (options.code_file);
  g_free (options.allow_unsigned);
  return code;
}

const Command cmd_network = {
  "network",
  run,
  N_ (
    "[show|protect|unsigned yes|unsigned no|recover|trust [ENTRY]|certificate [FILE]|name NAME MACHINE|unname NAME]"),
  N_ ("Sign who is in the network, and see what is signed"),
  N_ (
    "show      who says which machines are in the network; its id and its last entry are the\n"
    "          same on all of them\n"
    "protect   takes that from the hub: from then on its owners say it, this machine first,\n"
    "          and every machine checks their signatures. Shows the recovery code\n"
    "unsigned  whether machines that nobody signed for (the Go program, older bamgates) may\n"
    "          be in a signed network\n"
    "recover   makes this machine the only owner, with the recovery code: at a prompt, from\n"
    "          --code-file or from standard input. Shows the next code\n"
    "trust     ends an alarm, after you compared: ENTRY is one that an owner's machine shows. If\n"
    "          this machine's log has it, that stays; else the hub's, once all of it is\n"
    "          checked, takes its place, and the one before is kept beside it. Without ENTRY\n"
    "          this machine's log is right\n"
    "certificate\n"
    "          who signs for published services with TLS, and the certificate that people\n"
    "          install to believe that; FILE gets it. With --new this owner's machine signs\n"
    "name      MACHINE is called NAME too, in the whole network; unname ends that\n\n"
    "The recovery code is told once and kept nowhere. In JSON it is there only with\n"
    "--show-recovery-code.\n\n"
    "Examples:\n"
    "  bamgatectl network\n"
    "  bamgatectl network protect\n"
    "  bamgatectl network protect --yes --recovery-file /media/stick/recovery\n"
    "  bamgatectl network unsigned no\n"
    "  bamgatectl network recover\n"
    "  bamgatectl network certificate bamgate.crt\n"
    "  bamgatectl network name wiki attic"),
  CTL_EXITS_BUS | 1u << CTL_NOT_CONFIGURED | 1u << CTL_NOT_FOUND | 1u << CTL_TIMEOUT,
};
