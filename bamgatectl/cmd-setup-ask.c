/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* bamgatectl setup without options, at a terminal: questions, a summary, and then what the other commands do. */
#include "bamgatectl/ask.h"
#include "bamgatectl/commands.h"
#include "bamgatectl/input.h"
#include "bamgatectl/setup-answers.h"
#include "bamgatectl/text-width.h"

#include "common/device-name.h"
#include "common/join-line.h"
#include "common/listen-address.h"

typedef enum
{
  WAY_HOST,
  WAY_JOIN,
  WAY_SERVER,
  WAY_IMPORT,
  N_WAYS
} Way;

typedef struct
{
  Ctl *ctl;
  Way way;
  gboolean protect; /* WAY_HOST */
  gboolean leaves;  /* the network that the machine is in */
  char *name;
  char *listen, *reach, *subnet;  /* WAY_HOST */
  BgJoinLine line;                /* WAY_JOIN */
  char *server, *token, *address; /* WAY_SERVER */
  char *path;                     /* WAY_IMPORT */
} Dialogue;

static void
dialogue_clear (Dialogue *self)
{
  char *const texts[] = { self->name,   self->listen,  self->reach, self->subnet,
                          self->server, self->address, self->path };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    g_free (texts[i]);
  bg_join_line_clear (&self->line);
  input_free_secret (self->token);
}

/* --- Questions: one each --- */

static AskResult
ask_way (Dialogue *self)
{
  const char *const ways[N_WAYS + 1] = {
    [WAY_HOST] = _ ("Start a new one: its hub, where the machines find each other, runs here"),
    [WAY_JOIN] = _ ("Join one, with the line that “bamgatectl invite” printed on a machine of it"),
    [WAY_SERVER] = _ ("Join one, with the URL and the token of its hub"),
    [WAY_IMPORT] = _ ("Take over a WireGuard tunnel (wg-quick), or the settings of the Go bamgate"),
  };

  return ask_choice (_ ("How does this machine get into a network?"), ways, &self->way);
}

static AskResult
ask_name (Dialogue *self)
{
  ask_say (0, _ ("What is this machine called in the network? Others see and use this name."));
  return ask_text (_ ("Name"), NULL, setup_check_name, &self->name);
}

static AskResult
ask_listen (Dialogue *self)
{
  ask_say (0, _ ("At which port does the hub listen? A firewall has to let TCP in there."));
  return ask_text (_ ("Port"), "8443", setup_check_listen, &self->listen);
}

static AskResult
ask_reach (Dialogue *self)
{
  ask_say (
    0, _ ("By which name or address do the others reach this machine? Where they are on the "
          "Internet and it is at home, that is the name or address of your router, which has to "
          "pass the port on to here."));
  return ask_text (_ ("Name or address"), _ ("this machine's own"), setup_check_reach,
                   &self->reach);
}

static AskResult
ask_subnet (Dialogue *self)
{
  ask_say (0, _ ("Which addresses do the machines have in the network?"));
  return ask_text (_ ("Addresses"), _ ("any that nothing here uses"), setup_check_subnet,
                   &self->subnet);
}

AskResult
cmd_setup_ask_protect (gboolean *yes)
{
  ask_say (0,
           _ ("Who says which machines are in the network? Where it is signed, its owners do, this "
              "machine first, and the hub can let nobody in. A recovery code is shown then, to "
              "be written down."));
  return ask_yes (_ ("Sign it?"), yes);
}

static AskResult
ask_protect (Dialogue *self)
{
  return cmd_setup_ask_protect (&self->protect);
}

static BgJoinLine *line_read;

static char *
check_line (const char *answer, GError **error)
{
  g_auto (BgJoinLine) line = { 0 };

  if (!bg_join_line_parse (answer, &line) || !line.code)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                 _ ("there is no invite in it: paste the whole line, “bamgatectl join CODE URL”"));
  else if (!line.url)
    g_set_error (
      error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
      _ ("that is the code alone: paste the whole line, the URL of the hub belongs to it"));
  else
    {
      bg_join_line_clear (line_read);
      *line_read = line;
      line = (BgJoinLine){ 0 };
      return g_strdup (answer);
    }
  return NULL;
}

static AskResult
ask_line (Dialogue *self)
{
  g_autofree char *answer = g_strdup (self->line.code);
  AskResult result;

  line_read = &self->line;
  ask_say (0, _ ("Paste the line that “bamgatectl invite” printed on the other machine."));
  result = ask_text (_ ("Line"), NULL, check_line, &answer);
  if (result == ASK_ANSWERED && self->line.name && bg_device_name_is_valid (self->line.name))
    {
      g_free (self->name);
      self->name = g_steal_pointer (&self->line.name);
    }
  return result;
}

static AskResult
ask_server (Dialogue *self)
{
  ask_say (0, _ ("What is the URL of the hub? With “#sha256=…” behind it, where it came so."));
  return ask_text (_ ("URL"), NULL, setup_check_server, &self->server);
}

static AskResult
ask_token (Dialogue *self)
{
  ask_say (0, _ ("What is its token? It is not shown."));
  return ask_secret (_ ("Token"), &self->token);
}

static AskResult
ask_address (Dialogue *self)
{
  ask_say (0, _ ("Which address does this machine have in the network?"));
  return ask_text (_ ("Address"), _ ("the hub chooses"), setup_check_address, &self->address);
}

static AskResult
ask_path (Dialogue *self)
{
  ask_say (0, _ ("Which file? As /etc/wireguard/wg0.conf, or /etc/bamgate/config.toml of the Go "
                 "bamgate. wg-quick's own interface has to be down."));
  return ask_text (_ ("File"), NULL, setup_check_file, &self->path);
}

/* --- The summary --- */

static void
add_line (GString *text, const char *label, const char *value)
{
  if (value)
    g_string_append_printf (text, "  %s%*s  %s\n", label, MAX (0, 10 - text_width (label)), "",
                            value);
}

static void
summarize_host (const Dialogue *self, GString *text)
{
  g_autofree char *url = self->reach ? setup_public_url (self->reach, self->listen) : NULL;

  add_line (text, _ ("Network"), _ ("a new one, with its hub on this machine"));
  add_line (text, _ ("Name"), self->name);
  add_line (text, _ ("Listens at"), self->listen ? self->listen : BG_LISTEN_DEFAULT);
  add_line (text, _ ("Hub"), url ? url : _ ("at this machine's own address"));
  add_line (text, _ ("Addresses"), self->subnet ? self->subnet : _ ("any that nothing here uses"));
  add_line (text, _ ("Signed"), self->protect ? _ ("yes, by this machine") : _ ("no"));
}

static void
summarize_join (const Dialogue *self, GString *text)
{
  add_line (text, _ ("Hub"), self->line.url);
  add_line (text, _ ("Its key"),
            self->line.pin ? self->line.pin : _ ("any that this system trusts"));
  add_line (text, _ ("Invite"), self->line.code);
  add_line (text, _ ("Name"), self->name);
}

static void
summarize_server (const Dialogue *self, GString *text)
{
  add_line (text, _ ("Hub"), self->server);
  add_line (text, _ ("Token"), _ ("as typed"));
  add_line (text, _ ("Name"), self->name);
  add_line (text, _ ("Address"), self->address ? self->address : _ ("the hub chooses"));
}

static void
summarize_import (const Dialogue *self, GString *text)
{
  add_line (text, _ ("Take over"), self->path);
}

/* --- What comes of it --- */

static void
say_next (Out *out, const char *text)
{
  out_note (out, "%s\n  bamgatectl status --watch", text);
}

static CtlExit
act_host (Dialogue *self, Out *out)
{
  g_autofree char *url = self->reach ? setup_public_url (self->reach, self->listen) : NULL;
  CmdSetupOptions options = { .host = TRUE,
                              .force = self->leaves,
                              .listen = self->listen,
                              .public_url = url,
                              .subnet = self->subnet,
                              .name = self->name };
  CtlExit code;
  g_autoptr (Recovery) recovery = self->protect ? recovery_new (self->ctl, NULL, FALSE, &code)
                                                : NULL;

  options.recovery = recovery;
  code = cmd_setup_now (self->ctl, &options, out);
  if (code == CTL_OK)
    say_next (out, _ ("For every other machine ask for another one:\n"
                      "  bamgatectl invite\nWatch who comes:"));
  return code;
}

static CtlExit
act_join (Dialogue *self, Out *out)
{
  CmdJoinOptions options = { .force = self->leaves, .name = self->name };
  g_autofree char *url = bg_join_line_server (&self->line);
  CtlExit code = cmd_join_now (self->ctl, &options, self->line.code, url, out);

  if (code == CTL_OK)
    say_next (out, _ ("\nThis machine is in. Watch the others come:"));
  return code;
}

static CtlExit
act_server (Dialogue *self, Out *out)
{
  CmdSetupOptions options = { .force = self->leaves,
                              .server = self->server,
                              .token = self->token,
                              .name = self->name,
                              .address = self->address };
  CtlExit code = cmd_setup_now (self->ctl, &options, out);

  if (code == CTL_OK)
    say_next (out, _ ("\nThis machine is in. Watch the others come:"));
  return code;
}

static CtlExit
act_import (Dialogue *self, Out *out)
{
  CmdImportOptions options = { .force = self->leaves };
  CtlExit code = cmd_import_now (self->ctl, &options, self->path, out);

  if (code == CTL_OK)
    say_next (out, _ ("\nWatch the others come:"));
  return code;
}

/* --- The way through --- */

enum
{
  MAX_STEPS = 6
};

typedef AskResult (*Step) (Dialogue *self);

static const struct
{
  Step steps[MAX_STEPS]; /* ends with NULL */
  void (*summarize) (const Dialogue *self, GString *text);
  CtlExit (*act) (Dialogue *self, Out *out);
} ways[N_WAYS] = {
  [WAY_HOST] = { { ask_name, ask_listen, ask_reach, ask_subnet, ask_protect },
                 summarize_host,
                 act_host },
  [WAY_JOIN] = { { ask_line, ask_name }, summarize_join, act_join },
  [WAY_SERVER] = { { ask_server, ask_token, ask_name, ask_address }, summarize_server, act_server },
  [WAY_IMPORT] = { { ask_path }, summarize_import, act_import },
};

static AskResult
ask_to_go_on (Dialogue *self)
{
  g_autoptr (GString) text = g_string_new (_ ("This is going to be done:\n"));
  gboolean yes = TRUE;
  AskResult result;

  ways[self->way].summarize (self, text);
  if (self->leaves)
    g_string_append_printf (text, "  %s\n", _ ("The network that this machine is in is left."));
  g_string_append (text, _ ("Then the tunnel comes up."));
  ask_say (4, text->str);
  result = ask_yes (_ ("Go on?"), &yes);
  return result == ASK_ANSWERED && !yes ? ASK_QUIT : result;
}

/* From the question `at`, where 0 asks for the way and those of the way follow. */
static AskResult
walk (Dialogue *self, guint at)
{
  for (;;)
    {
      Step step = at == 0 ? ask_way : ways[self->way].steps[at - 1];
      AskResult result = step ? step (self) : ask_to_go_on (self);

      g_printerr ("\n");
      if (result == ASK_QUIT || (result == ASK_ANSWERED && !step))
        return result;
      if (result == ASK_ANSWERED)
        at++;
      else if (at > 0)
        at--;
    }
}

static gboolean
is_member (Ctl *ctl)
{
  return *bamgate_client_get_server_url (ctl->client) != '\0';
}

static CtlExit
act (Dialogue *self)
{
  Out *out = out_new (FALSE, FALSE);
  CtlExit code = ways[self->way].act (self, out);

  out_finish (out);
  return code;
}

/* Something that another answer may help against, and nothing was done. */
static gboolean
is_to_ask_again (Dialogue *self, CtlExit code, gboolean was_member)
{
  gboolean yes = TRUE;

  if (code == CTL_OK || code == CTL_NOT_RUNNING || code == CTL_NOT_AUTHORIZED
      || code == CTL_INTERRUPTED || (!was_member && is_member (self->ctl)))
    return FALSE;
  g_printerr ("\n");
  return ask_yes (_ ("Look through the answers, and try again?"), &yes) == ASK_ANSWERED && yes;
}

static CtlExit
ask_and_act (Dialogue *self, gboolean was_member)
{
  guint at = 0;

  for (;;)
    {
      CtlExit code;

      if (walk (self, at) != ASK_ANSWERED)
        return ctl_fail_with (CTL_FAILED, _ ("setup: nothing was changed"));
      code = act (self);
      if (!is_to_ask_again (self, code, was_member))
        return code;
      at = 1;
    }
}

/* FALSE: it stays where it is. */
static gboolean
may_leave (Dialogue *self)
{
  g_autofree char *text = g_strdup_printf (_ ("This machine is in the network of %s already."),
                                           bamgate_client_get_server_url (self->ctl->client));

  ask_say (0, text);
  return ask_yes (_ ("Leave it for another one?"), &self->leaves) == ASK_ANSWERED && self->leaves;
}

CtlExit
cmd_setup_ask (Ctl *ctl)
{
  Dialogue self = { .ctl = ctl,
                    .protect = TRUE,
                    .name = bg_device_name_suggest (g_get_host_name ()) };
  gboolean was_member = is_member (ctl);
  CtlExit code;

  ask_say (0,
           _ ("A few questions make this machine part of a network. Nothing changes before the "
              "last one. Enter takes what stands in brackets, “<” goes a question back, and Ctrl-C "
              "ends it."));
  g_printerr ("\n");
  if (was_member && !may_leave (&self))
    code = ctl_fail_with (CTL_FAILED, _ ("setup: nothing was changed"));
  else
    code = ask_and_act (&self, was_member);
  dialogue_clear (&self);
  return code;
}
