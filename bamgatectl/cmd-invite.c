/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgatectl/call.h"
#include "bamgatectl/commands.h"
#include "bamgatectl/grant.h"
#include "bamgatectl/qr.h"
#include "bamgatectl/terminal.h"

#include "common/device-entry.h"
#include "common/device-name.h"
#include "common/printable.h"

#include <unistd.h>

static char *
text_of (GVariant *invite, const char *key)
{
  const char *value = "";

  g_variant_lookup (invite, key, "&s", &value);
  return bg_printable (value);
}

/* For a camera; where the terminal is too narrow it would be no code. */
static void
show_qr (Out *out, const char *line)
{
  int columns = 0;
  g_autofree char *drawn = qr_draw (line, terminal_has_colour (STDOUT_FILENO), &columns);

  if (!drawn)
    ctl_warn (_ ("there are no QR codes in this build of bamgatectl"));
  else if (columns > terminal_columns (STDOUT_FILENO))
    ctl_warn (_ ("the QR code needs a terminal that is %d columns wide"), columns);
  else
    out_picture (out, drawn);
}

static void
show_people (Out *out, GVariant *invite, guint32 expires_in)
{
  g_autofree char *command = text_of (invite, "join-command");

  out_note (out, _ ("\nOn the other machine, within %u minutes, as root:\n\n  %s\n"),
            (expires_in + 59) / 60, command);
}

CtlExit
cmd_invite_now (Ctl *ctl, GVariant *options, gboolean qr, Out *out)
{
  GError *error = NULL;
  Call *call = call_new (ctl, _ ("Asking the hub for an invite"), NULL);
  g_autoptr (GVariant) invite = NULL;
  g_autofree char *code = NULL, *server = NULL, *command = NULL;
  guint32 expires_in = 0;

  bamgate_client_invite (ctl->client, options, call_cancellable (call), call_on_answer, call);
  invite = bamgate_client_invite_finish (ctl->client, call_wait (call), &error);
  if (!invite)
    return call_fail (call, _ ("invite"), error);
  call_free (call);
  g_variant_lookup (invite, "expires-in", "u", &expires_in);
  code = text_of (invite, "code");
  server = text_of (invite, "server-url");
  command = text_of (invite, "join-command");
  out_object_begin (out, "invite");
  out_text (out, "code", NULL, code);
  out_count (out, "expires_in_s", NULL, expires_in);
  out_text (out, "server_url", NULL, server);
  out_text (out, "join_command", NULL, command);
  out_object_end (out);
  show_people (out, invite, expires_in);
  if (qr && !ctl->json)
    show_qr (out, command);
  return CTL_OK;
}

typedef struct
{
  gboolean qr;
  char *name; /* NULL: nobody in particular */
  Grant grant;
} Options;

/* What a name, or an offer, would be held against is signed. */
static CtlExit
check_terms (Ctl *ctl, const Options *options)
{
  g_autoptr (GError) error = NULL;
  gboolean is_signed = *bamgate_client_get_network_id (ctl->client) != '\0';

  if (options->name && !bg_device_name_check (options->name, &error))
    return ctl_fail_with (CTL_USAGE, "%s", error->message);
  if (options->name && !is_signed)
    return ctl_fail_with (CTL_FAILED,
                          _ ("invite: --name is for a signed network (bamgatectl network "
                             "protect); in this one the hub lets in any machine"));
  if (!grant_is_empty (&options->grant) && !is_signed)
    return ctl_fail_with (CTL_FAILED,
                          _ ("invite: what the machine may offer is for a signed network "
                             "(bamgatectl network protect); in this one it may offer anything"));
  return CTL_OK;
}

static CtlExit
make (Ctl *ctl, const Options *options, char **words)
{
  CtlExit code = check_terms (ctl, options);
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  g_autoptr (Out) out = NULL;

  if (code != CTL_OK)
    return code;
  if (!grant_add (&options->grant, &dict, "invite"))
    return CTL_USAGE;
  if (options->name)
    g_variant_dict_insert (&dict, "name", "s", options->name);
  out = out_new (ctl->json, FALSE);
  return cmd_invite_now (ctl, g_variant_dict_end (&dict), options->qr, out);
}

/* --- Those that are open --- */

static void
show_row (Out *out, GVariant *invite)
{
  const char *name = bg_device_entry_text (invite, "name");
  guint32 uses_left = 0;

  g_variant_lookup (invite, "uses-left", "u", &uses_left);
  out_row_begin (out);
  out_text (out, "id", _ ("INVITE"), bg_device_entry_text (invite, "id"));
  out_text (out, "made_by", _ ("MADE BY"), bg_device_entry_text (invite, "made-by"));
  out_since (out, "created_us", _ ("MADE"), bg_device_entry_time (invite, "created"));
  out_moment (out, "expires_us", _ ("GOOD UNTIL"), bg_device_entry_time (invite, "expires"));
  out_count (out, "uses_left", _ ("USES LEFT"), uses_left);
  out_text (out, "name", NULL, name);
  out_text (out, NULL, _ ("FOR"), *name ? name : _ ("any machine"));
  out_flag (out, "signed", _ ("SIGNED"), bg_device_entry_flag (invite, "signed"));
  out_row_end (out);
}

static CtlExit
list (Ctl *ctl, const Options *options, char **words)
{
  Call *call = call_new (ctl, _ ("Asking the hub for its invites"), NULL);
  GError *error = NULL;
  g_autoptr (GVariant) invites = NULL;
  g_autoptr (Out) out = NULL;

  bamgate_client_list_invites (ctl->client, call_cancellable (call), call_on_answer, call);
  invites = bamgate_client_list_invites_finish (ctl->client, call_wait (call), &error);
  if (!invites)
    return call_fail (call, NULL, error);
  call_free (call);
  out = out_new (ctl->json, FALSE);
  out_table_begin (out, "invites");
  for (gsize i = 0; i < g_variant_n_children (invites); i++)
    {
      g_autoptr (GVariant) invite = g_variant_get_child_value (invites, i);

      show_row (out, invite);
    }
  out_table_end (out);
  if (g_variant_n_children (invites) == 0)
    out_note (out, _ ("No invite is open."));
  return CTL_OK;
}

/* --- Taking one back --- */

/* `state`: of CancelInvite. */
static CtlExit
say_end (Ctl *ctl, const char *id, const char *state)
{
  g_autoptr (Out) out = NULL;

  if (g_str_equal (state, "used"))
    return ctl_fail_with (CTL_FAILED,
                          _ ("invite: a machine has come in with %s already; “bamgatectl "
                             "devices” shows it, and “bamgatectl devices revoke” puts it out"),
                          id);
  out = out_new (ctl->json, FALSE);
  out_text (out, "invite", NULL, id);
  out_text (out, "state", NULL, state);
  if (g_str_equal (state, "expired"))
    out_note (out, _ ("%s had expired: nobody comes in with it"), id);
  else
    out_note (out, _ ("%s is cancelled: nobody comes in with it any more"), id);
  return CTL_OK;
}

static CtlExit
cancel (Ctl *ctl, const Options *options, char **words)
{
  Call *call = call_new (ctl, _ ("Cancelling the invite"),
                         _ ("invite: the daemon goes on with it"));
  GError *error = NULL;
  g_autoptr (GVariant) result = NULL;
  g_autofree char *id = bg_printable (words[0]);

  bamgate_client_cancel_invite (ctl->client, words[0], call_cancellable (call), call_on_answer,
                                call);
  result = bamgate_client_cancel_invite_finish (ctl->client, call_wait (call), &error);
  if (!result)
    return call_fail (call, NULL, error);
  call_free (call);
  return say_end (ctl, id, bg_device_entry_text (result, "state"));
}

/* --- The command --- */

typedef struct
{
  const char *name; /* NULL: there is no word */
  int words;        /* behind it */
  CtlExit (*connect) (Ctl *ctl);
  CtlExit (*run) (Ctl *ctl, const Options *options, char **words);
} Action;

static const Action actions[] = {
  { NULL, 0, ctl_connect_to_act, make },
  { "list", 0, ctl_connect, list },
  { "cancel", 1, ctl_connect_to_act, cancel },
};

static const Action *
find_action (int argc, char **argv)
{
  for (guint i = 0; i < G_N_ELEMENTS (actions); i++)
    if (argc < 2 || (g_strcmp0 (actions[i].name, argv[1]) == 0 && actions[i].words == argc - 2))
      return &actions[i];
  return NULL;
}

static CtlExit
run_action (Ctl *ctl, const Action *action, const Options *options, char **words)
{
  CtlExit code;

  if (!action)
    return ctl_fail_with (CTL_USAGE,
                          _ ("invite: say list or cancel INVITE, or nothing for a new one"));
  if (action->run != make && (options->qr || options->name || !grant_is_empty (&options->grant)))
    return ctl_fail_with (CTL_USAGE, _ ("invite: options belong to a new one"));
  code = action->connect (ctl);
  return code == CTL_OK ? action->run (ctl, options, words) : code;
}

static CtlExit
run (Ctl *ctl, int argc, char **argv)
{
  Options options = { 0 };
  const GOptionEntry entries[] = {
    { "qr", 'q', 0, G_OPTION_ARG_NONE, &options.qr, N_ ("Show the line as a QR code too"), NULL },
    { "name", 'n', 0, G_OPTION_ARG_STRING, &options.name,
      N_ ("Sign it for the machine that takes this name, and for no other"), N_ ("NAME") },
    GRANT_ENTRIES (options.grant),
    { NULL },
  };
  CtlExit code = CTL_USAGE;

  if (ctl_parse (ctl, &cmd_invite, entries, 0, 2, &argc, &argv))
    code = run_action (ctl, find_action (argc, argv), &options, argv + MIN (argc, 2));
  g_free (options.name);
  grant_clear (&options.grant);
  return code;
}

const Command cmd_invite = {
  "invite",
  run,
  N_ ("[list|cancel INVITE]"),
  N_ ("Let another machine join"),
  N_ ("Asks the hub for an invite and prints the line to type on the other machine. An\n"
      "invite works once and only for a few minutes; the line also carries the hub's\n"
      "key, so that the other machine trusts the right one.\n\n"
      "list    the invites that are open: when each was made, until when it is good, and for\n"
      "        which name. Their codes are shown once, when they are made, and never again\n"
      "cancel  takes one back, by what list calls it\n\n"
      "In a signed network the machine may offer only what is said here: networks with\n"
      "--route or --any-route, an exit with --exit. Without them it offers nothing.\n\n"
      "list and cancel are for owners, as devices is.\n\n"
      "Examples:\n"
      "  bamgatectl invite\n"
      "  bamgatectl invite --qr\n"
      "  bamgatectl invite --name attic --route 192.168.1.0/24\n"
      "  bamgatectl invite cancel 0123456789abcdef"),
  CTL_EXITS_BUS | 1u << CTL_NOT_CONFIGURED | 1u << CTL_NOT_FOUND | 1u << CTL_TIMEOUT,
};
