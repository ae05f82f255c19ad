/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgatectl/call.h"
#include "bamgatectl/commands.h"
#include "bamgatectl/qr.h"
#include "bamgatectl/terminal.h"

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
cmd_invite_now (Ctl *ctl, gboolean qr, Out *out)
{
  GError *error = NULL;
  Call *call = call_new (ctl, _ ("Asking the hub for an invite"), NULL);
  g_autoptr (GVariant) invite = NULL;
  g_autofree char *code = NULL, *server = NULL, *command = NULL;
  guint32 expires_in = 0;

  bamgate_client_invite (ctl->client, NULL, call_cancellable (call), call_on_answer, call);
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

static CtlExit
run (Ctl *ctl, int argc, char **argv)
{
  gboolean qr = FALSE;
  const GOptionEntry entries[] = {
    { "qr", 'q', 0, G_OPTION_ARG_NONE, &qr, N_ ("Show the line as a QR code too"), NULL },
    { NULL },
  };
  CtlExit code;

  if (!ctl_parse (ctl, &cmd_invite, entries, 0, 0, &argc, &argv))
    return CTL_USAGE;
  code = ctl_connect_to_act (ctl);
  if (code == CTL_OK)
    {
      Out *out = out_new (ctl->json, FALSE);

      code = cmd_invite_now (ctl, qr, out);
      out_finish (out);
    }
  return code;
}

const Command cmd_invite = {
  "invite",
  run,
  NULL,
  N_ ("Let another machine join"),
  N_ ("Asks the hub for an invite and prints the line to type on the other machine. An\n"
      "invite works once and only for a few minutes; the line also carries the hub's\n"
      "key, so that the other machine trusts the right one.\n\n"
      "Examples:\n"
      "  bamgatectl invite\n"
      "  bamgatectl invite --qr"),
  CTL_EXITS_BUS | 1u << CTL_NOT_CONFIGURED | 1u << CTL_TIMEOUT,
};
