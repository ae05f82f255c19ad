/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgatectl/call.h"
#include "bamgatectl/commands.h"

#include "common/printable.h"

#include <string.h>

/* What people call the places; programs get the bus's words. */
static const char *
words_of_place (const char *place)
{
  if (g_str_equal (place, "file"))
    return _ ("a file that only the daemon reads");
  return g_str_equal (place, "keyring") ? _ ("keyring") : _ ("typed each time");
}

static void
show_secret (Out *out, GVariant *secret)
{
  const char *name = "", *owner = "", *place = "", *person = NULL;

  g_variant_lookup (secret, "name", "&s", &name);
  g_variant_lookup (secret, "owner", "&s", &owner);
  g_variant_lookup (secret, "place", "&s", &place);
  g_variant_lookup (secret, "person", "&s", &person);
  out_row_begin (out);
  out_text (out, "name", _ ("SECRET"), name);
  out_text (out, "owner", NULL, owner);
  out_text (out, NULL, _ ("OWNER"), person ? person : _ ("system"));
  out_text (out, "place", NULL, place);
  out_text (out, NULL, _ ("KEPT IN"), words_of_place (place));
  out_row_end (out);
}

static CtlExit
list (Ctl *ctl)
{
  g_autoptr (Out) out = NULL;
  GError *error = NULL;
  g_autoptr (GVariant) secrets = bamgate_client_list_secrets_sync (ctl->client, NULL, &error);

  if (!secrets)
    return ctl_fail (NULL, error);
  out = out_new (ctl->json, FALSE);
  out_table_begin (out, "secrets");
  for (gsize i = 0; i < g_variant_n_children (secrets); i++)
    {
      g_autoptr (GVariant) secret = g_variant_get_child_value (secrets, i);

      show_secret (out, secret);
    }
  out_table_end (out);
  if (g_variant_n_children (secrets) == 0)
    out_note (out, _ ("This machine has no secrets yet."));
  return CTL_OK;
}

static void
show_moved (Ctl *ctl, const char *name, const char *to, GVariant *result)
{
  g_autoptr (Out) out = out_new (ctl->json, FALSE);
  const char *owner = "", *left = NULL;

  g_variant_lookup (result, "owner", "&s", &owner);
  g_variant_lookup (result, "left", "&s", &left);
  out_text (out, "name", NULL, name);
  out_text (out, "owner", NULL, owner);
  if (left)
    out_text (out, "left", NULL, left);
  if (g_str_equal (to, "system"))
    out_note (out, _ ("%s: kept in a file that only the daemon reads"), name);
  else if (g_str_equal (to, "user"))
    out_note (out, _ ("%s: kept in your keyring; the tunnel comes up while you are logged in"),
              name);
  else
    out_note (out, _ ("%s: kept nowhere; you are asked for it when the tunnel comes up"), name);
  if (left)
    ctl_warn (_ ("the old copy is still there: %s"), left);
}

static CtlExit
move (Ctl *ctl, const char *name, const char *to)
{
  Call *call = call_new (ctl, _ ("Waiting for the keyring"), _ ("the move may still happen"));
  g_autoptr (GVariant) result = NULL;
  GError *error = NULL;

  bamgate_client_move_secret (ctl->client, name, to, call_cancellable (call), call_on_answer, call);
  result = bamgate_client_move_secret_finish (ctl->client, call_wait (call), &error);
  if (!result)
    return call_fail (call, NULL, error);
  call_free (call);
  show_moved (ctl, name, to, result);
  return CTL_OK;
}

static gboolean
is_target (const char *to)
{
  return to && (g_str_equal (to, "user") || g_str_equal (to, "system") || g_str_equal (to, "ask"));
}

static CtlExit
run (Ctl *ctl, int argc, char **argv)
{
  g_autofree char *to = NULL;
  const GOptionEntry entries[] = {
    { "to", 0, 0, G_OPTION_ARG_STRING, &to,
      N_ ("The new owner of a moved secret: system, user or ask"), N_ ("OWNER") },
    { NULL },
  };
  gboolean moves;
  CtlExit code;

  if (!ctl_parse (ctl, &cmd_secrets, entries, 0, 2, &argc, &argv))
    return CTL_USAGE;
  moves = argc == 3 && g_str_equal (argv[1], "move");
  if (!moves && (argc > 2 || (argc == 2 && !g_str_equal (argv[1], "list"))))
    return ctl_fail_with (CTL_USAGE, _ ("secrets: say list, or move NAME --to user|system|ask"));
  if (moves != is_target (to))
    return ctl_fail_with (CTL_USAGE, _ ("secrets: move NAME needs --to user, system or ask"));
  code = ctl_connect_to_act (ctl);
  if (code != CTL_OK)
    return code;
  return moves ? move (ctl, argv[2], to) : list (ctl);
}

const Command cmd_secrets = {
  "secrets",
  run,
  N_ ("[list|move SECRET]"),
  N_ ("List secrets and their owners, or move one"),
  N_ ("list  names and owners; a secret itself is never shown\n"
      "move  gives one to another owner: --to system (a file that only the daemon reads; the\n"
      "      tunnel comes up at boot), user (your keyring; the tunnel comes up while you are\n"
      "      logged in, with the applet or “bamgatectl agent”) or ask (kept nowhere, you type\n"
      "      it). The old copy goes when the new one was read and found equal.\n\n"
      "Examples:\n"
      "  bamgatectl secrets\n"
      "  bamgatectl secrets move token --to user"),
  CTL_EXITS_BUS | 1u << CTL_NOT_FOUND | 1u << CTL_TIMEOUT,
};
