/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgatectl/ctl.h"
#include "bamgatectl/agent.h"
#include "bamgatectl/terminal.h"

#include "common/device-name.h"
#include "common/source.h"

#include <stdio.h>
#include <string.h>

/* --- Options --- */

static gboolean
take_colour (const char *option, const char *when, gpointer data, GError **error)
{
  if (terminal_choose_colour (when))
    return TRUE;
  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
               _ ("--color: “%s” is none of auto, always, never"), when);
  return FALSE;
}

enum
{
  COMMON_ENTRIES = 5 /* with the end */
};

static void
fill_common_entries (Ctl *ctl, GOptionEntry entries[COMMON_ENTRIES])
{
  const GOptionEntry filled[COMMON_ENTRIES] = {
    { "json", 0, 0, G_OPTION_ARG_NONE, &ctl->json, N_ ("Print JSON for programs"), NULL },
    { "bus", 0, 0, G_OPTION_ARG_STRING, &ctl->bus,
      N_ ("Find the daemon on this bus: system, session, or an address"), N_ ("BUS") },
    { "user", 0, 0, G_OPTION_ARG_NONE, &ctl->user, N_ ("Talk to your own daemon, bamgated --user"),
      NULL },
    { "color", 0, 0, G_OPTION_ARG_CALLBACK, take_colour,
      N_ ("Use colour: auto (on a terminal), always or never"), N_ ("WHEN") },
    { NULL },
  };

  memcpy (entries, filled, sizeof filled);
}

void
ctl_tell_options (Ctl *ctl, const GOptionEntry *entries)
{
  GOptionEntry common[COMMON_ENTRIES];

  fill_common_entries (ctl, common);
  for (; entries && entries->long_name; entries++)
    ctl->on_option (entries, ctl->on_option_data);
  for (entries = common; entries->long_name; entries++)
    ctl->on_option (entries, ctl->on_option_data);
}

void
ctl_add_common_entries (Ctl *ctl, GOptionContext *context)
{
  GOptionEntry entries[COMMON_ENTRIES];

  fill_common_entries (ctl, entries);
  g_option_context_add_main_entries (context, entries, GETTEXT_PACKAGE);
}

const char *
ctl_exit_meaning (CtlExit code)
{
  switch (code)
    {
    case CTL_OK:
      return _ ("it worked");
    case CTL_FAILED:
      return _ ("it failed; the message says why");
    case CTL_USAGE:
      return _ ("wrong options or arguments");
    case CTL_NOT_RUNNING:
      return _ ("the daemon bamgated is not running");
    case CTL_NOT_AUTHORIZED:
      return _ ("not authorized");
    case CTL_NOT_CONFIGURED:
      return _ ("this machine belongs to no network yet");
    case CTL_NOT_FOUND:
      return _ ("no such peer, setting, invite or Worker");
    case CTL_TIMEOUT:
      return _ ("no answer in time");
    default:
      g_return_val_if_reached ("");
    }
}

static char *
describe (const Command *command)
{
  GString *text = g_string_new (_ (command->details));

  g_string_append_printf (text, "\n\n%s\n", _ ("Exit status:"));
  for (guint code = CTL_OK; code <= CTL_TIMEOUT; code++)
    if (code <= CTL_USAGE || command->exits & 1u << code)
      g_string_append_printf (text, "  %u  %s\n", code, ctl_exit_meaning (code));
  return g_string_free (text, FALSE);
}

static gboolean
are_text (char **words)
{
  for (; *words; words++)
    if (!g_utf8_validate (*words, -1, NULL))
      return FALSE;
  return TRUE;
}

static gboolean
has_words (const Command *command, char **argv, int words, int min_words, int max_words)
{
  if (!are_text (argv))
    ctl_fail_with (CTL_USAGE, _ ("%s: an argument is not valid UTF-8"), command->name);
  else if (words < min_words)
    ctl_fail_with (CTL_USAGE, _ ("%s: something is missing after it: %s"), command->name,
                   command->arguments ? command->arguments : "");
  else if (words > max_words)
    ctl_fail_with (CTL_USAGE, _ ("%s: too many arguments"), command->name);
  else
    return TRUE;
  return FALSE;
}

static void
drop_separator (int *argc, char **argv)
{
  for (int i = 1; i < *argc; i++)
    if (g_str_equal (argv[i], "--"))
      {
        memmove (&argv[i], &argv[i + 1], sizeof (char *) * (*argc - i));
        *argc -= 1;
        return;
      }
}

static void
collect_option (const GOptionEntry *entry, gpointer names)
{
  g_ptr_array_add (names, (gpointer) entry->long_name);
}

/* What may have been meant by the first of these that is no option; NULL. */
static const char *
guess_option (Ctl *ctl, const GOptionEntry *entries, char **words)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();

  ctl->on_option_data = names;
  ctl->on_option = collect_option;
  ctl_tell_options (ctl, entries);
  ctl->on_option = NULL;
  g_ptr_array_add (names, (gpointer) "help");
  g_ptr_array_add (names, NULL);
  for (; *words; words++)
    if (g_str_has_prefix (*words, "--") && (*words)[2])
      {
        g_autofree char *name = g_strndup (*words + 2, strcspn (*words + 2, "="));

        if (!g_strv_contains ((const char *const *) names->pdata, name))
          return ctl_guess ((const char *const *) names->pdata, name);
      }
  return NULL;
}

static void
fail_option (Ctl *ctl, const Command *command, const GOptionEntry *entries, char **words,
             const GError *error)
{
  const char *guess = g_error_matches (error, G_OPTION_ERROR, G_OPTION_ERROR_UNKNOWN_OPTION)
                        ? guess_option (ctl, entries, words)
                        : NULL;

  if (guess)
    ctl_fail_with (CTL_USAGE, _ ("%s: %s; did you mean --%s?"), command->name, error->message,
                   guess);
  else
    ctl_fail_with (CTL_USAGE, "%s: %s", command->name, error->message);
}

gboolean
ctl_parse (Ctl *ctl, const Command *command, const GOptionEntry *entries, int min_words,
           int max_words, int *argc, char ***argv)
{
  g_autoptr (GOptionContext) context = g_option_context_new (command->arguments);
  g_autofree char *program = g_strdup_printf ("bamgatectl %s", command->name);
  g_autofree char *description = describe (command);
  g_autoptr (GError) error = NULL;

  if (ctl->on_option)
    {
      ctl_tell_options (ctl, entries);
      return FALSE;
    }
  g_set_prgname (program);
  g_option_context_set_summary (context, _ (command->summary));
  g_option_context_set_description (context, description);
  g_option_context_set_translation_domain (context, GETTEXT_PACKAGE);
  if (entries)
    g_option_context_add_main_entries (context, entries, GETTEXT_PACKAGE);
  ctl_add_common_entries (ctl, context);
  if (!g_option_context_parse (context, argc, argv, &error))
    {
      fail_option (ctl, command, entries, *argv, error);
      return FALSE;
    }
  drop_separator (argc, *argv);
  return has_words (command, *argv, *argc - 1, min_words, max_words);
}

/* --- The daemon --- */

/* As libbamgate chooses. */
static const char *
bus_of (const Ctl *ctl)
{
  const char *chosen = g_getenv ("BAMGATE_BUS");

  if (ctl->bus)
    return ctl->bus;
  if (ctl->user)
    return "session";
  return chosen && *chosen != '\0' ? chosen : "system";
}

gboolean
ctl_is_own (const Ctl *ctl)
{
  return g_str_equal (bus_of (ctl), "session");
}

gboolean
ctl_is_system (const Ctl *ctl)
{
  return g_str_equal (bus_of (ctl), "system");
}

GDBusConnection *
ctl_open_bus (const Ctl *ctl, GError **error)
{
  const char *bus = bus_of (ctl);
  GDBusConnection *connection;

  if (g_str_equal (bus, "system"))
    connection = g_bus_get_sync (G_BUS_TYPE_SYSTEM, NULL, error);
  else if (g_str_equal (bus, "session"))
    connection = g_bus_get_sync (G_BUS_TYPE_SESSION, NULL, error);
  else
    connection = g_dbus_connection_new_for_address_sync (
      bus,
      G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT
        | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
      NULL, NULL, error);
  if (connection)
    g_dbus_connection_set_exit_on_close (connection, FALSE);
  return connection;
}

gboolean
ctl_can_be_started (GDBusConnection *connection)
{
  g_autoptr (GVariant) answer = g_dbus_connection_call_sync (
    connection, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
    "ListActivatableNames", NULL, G_VARIANT_TYPE ("(as)"), G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL);
  g_autofree const char **names = NULL;

  if (!answer)
    return FALSE;
  g_variant_get (answer, "(^a&s)", &names);
  return g_strv_contains (names, "org.bamgate.Tunnel1");
}

CtlExit
ctl_connect (Ctl *ctl)
{
  g_autoptr (GDBusConnection) connection = NULL;
  GError *error = NULL;

  connection = ctl_open_bus (ctl, &error);
  if (!connection)
    {
      ctl_fail_with (CTL_NOT_RUNNING, _ ("cannot reach the bus: %s"), error->message);
      g_error_free (error);
      return CTL_NOT_RUNNING;
    }
  ctl->client = bamgate_client_new_for_connection_sync (connection, TRUE, NULL, &error);
  if (!ctl->client)
    return ctl_fail (_ ("cannot start bamgated"), error);
  if (!bamgate_client_get_running (ctl->client) && ctl_is_own (ctl))
    return ctl_fail_with (CTL_NOT_RUNNING, _ ("your own daemon is not running: start it with "
                                              "systemctl --user start bamgated"));
  if (!bamgate_client_get_running (ctl->client))
    return ctl_fail_with (
      CTL_NOT_RUNNING,
      ctl_can_be_started (connection)
        ? _ ("the daemon bamgated is not running")
        : _ ("the daemon bamgated is not running, and the bus does not know how to "
             "start it: the package bamgate is not installed, or the unit disabled"));
  return CTL_OK;
}

/* polkit is on the system bus. */
static Agent *agent;

CtlExit
ctl_connect_to_act (Ctl *ctl)
{
  CtlExit code = ctl_connect (ctl);

  if (code == CTL_OK && !agent && ctl_is_system (ctl))
    agent = agent_new ();
  return code;
}

gboolean
ctl_has_agent (void)
{
  return agent != NULL;
}

void
ctl_close (Ctl *ctl)
{
  g_clear_pointer (&agent, agent_free);
  g_clear_object (&ctl->client);
  g_clear_pointer (&ctl->bus, g_free);
}

gboolean
ctl_connect_quietly (Ctl *ctl)
{
  g_autoptr (GDBusConnection) connection = ctl_open_bus (ctl, NULL);

  if (connection)
    ctl->client = bamgate_client_new_for_connection_sync (connection, FALSE, NULL, NULL);
  return ctl->client != NULL;
}

void
ctl_catch_up (Ctl *ctl)
{
  while (g_main_context_pending (NULL))
    g_main_context_iteration (NULL, FALSE);
}

static BamgatePeer *
find_escaped (GPtrArray *peers, const char *word)
{
  for (guint i = 0; i < peers->len; i++)
    if (bg_device_name_is_escaped_as (bamgate_peer_get_id (peers->pdata[i]), word))
      return peers->pdata[i];
  return NULL;
}

BamgatePeer *
ctl_lookup_peer (Ctl *ctl, const char *name)
{
  g_autoptr (GPtrArray) peers = bamgate_client_list_peers (ctl->client);
  BamgatePeer *peer = find_escaped (peers, name);

  if (!peer)
    peer = bamgate_client_find_peer (ctl->client, name);
  for (guint i = 0; i < peers->len && !peer; i++)
    if (g_strv_contains (bamgate_peer_get_addresses (peers->pdata[i]), name))
      peer = peers->pdata[i];
  return peer;
}

/* The client owns it. */
static const char *
guess_peer (Ctl *ctl, const char *name)
{
  g_autoptr (GPtrArray) peers = bamgate_client_list_peers (ctl->client);
  g_autofree const char **names = g_new0 (const char *, peers->len + 1);

  for (guint i = 0; i < peers->len; i++)
    names[i] = bamgate_peer_get_id (peers->pdata[i]);
  return ctl_guess (names, name);
}

gboolean
ctl_is_off (Ctl *ctl)
{
  BamgateState state = bamgate_client_get_state (ctl->client);

  return state == BAMGATE_STATE_OFF || state == BAMGATE_STATE_FAILED;
}

BamgatePeer *
ctl_find_peer (Ctl *ctl, const char *name)
{
  BamgatePeer *peer = ctl_lookup_peer (ctl, name);
  const char *guess = peer ? NULL : guess_peer (ctl, name);

  if (!peer && ctl_is_off (ctl))
    ctl_fail_with (
      CTL_NOT_FOUND,
      _ ("“%s” cannot be seen while the tunnel is off; bring it up with: bamgatectl up"), name);
  else if (guess)
    ctl_fail_with (CTL_NOT_FOUND, _ ("there is no peer “%s”; did you mean “%s”?"), name, guess);
  else if (!peer)
    ctl_fail_with (CTL_NOT_FOUND, _ ("there is no peer “%s”; see: bamgatectl peers"), name);
  return peer;
}
