/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgatectl/ctl.h"
#include "bamgatectl/agent.h"

#include "common/device-name.h"
#include "common/source.h"

#include <stdio.h>

/* --- Options --- */

#define COMMON_ENTRIES(ctl)                                                                        \
  {                                                                                                \
    { "json", 0, 0, G_OPTION_ARG_NONE, &(ctl)->json, N_ ("Print JSON for programs"), NULL },       \
      { "bus",       0,                                                                            \
        0,           G_OPTION_ARG_STRING,                                                          \
        &(ctl)->bus, N_ ("Find the daemon on this bus: system, session, or an address"),           \
        N_ ("BUS") },                                                                              \
      { NULL },                                                                                    \
  }

void
ctl_tell_options (Ctl *ctl, const GOptionEntry *entries)
{
  const GOptionEntry common[] = COMMON_ENTRIES (ctl);

  for (; entries && entries->long_name; entries++)
    ctl->on_option (entries, ctl->on_option_data);
  for (entries = common; entries->long_name; entries++)
    ctl->on_option (entries, ctl->on_option_data);
}

void
ctl_add_common_entries (Ctl *ctl, GOptionContext *context)
{
  const GOptionEntry entries[] = COMMON_ENTRIES (ctl);

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
      return _ ("no such peer, setting or invite");
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
      ctl_fail_with (CTL_USAGE, "%s: %s", command->name, error->message);
      return FALSE;
    }
  drop_separator (argc, *argv);
  return has_words (command, *argv, *argc - 1, min_words, max_words);
}

/* --- The daemon --- */

static GDBusConnection *
open_bus (const char *bus, GError **error)
{
  GDBusConnection *connection;

  if (!bus || g_str_equal (bus, "system"))
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

CtlExit
ctl_connect (Ctl *ctl)
{
  g_autoptr (GDBusConnection) connection = NULL;
  GError *error = NULL;

  connection = open_bus (ctl->bus, &error);
  if (!connection)
    {
      ctl_fail_with (CTL_NOT_RUNNING, _ ("cannot reach the bus: %s"), error->message);
      g_error_free (error);
      return CTL_NOT_RUNNING;
    }
  ctl->client = bamgate_client_new_for_connection_sync (connection, TRUE, NULL, &error);
  if (!ctl->client)
    return ctl_fail (_ ("cannot start bamgated"), error);
  if (!bamgate_client_get_running (ctl->client))
    return ctl_fail_with (CTL_NOT_RUNNING, _ ("the daemon bamgated is not running"));
  return CTL_OK;
}

/* polkit is on the system bus. */
static Agent *agent;

CtlExit
ctl_connect_to_act (Ctl *ctl)
{
  CtlExit code = ctl_connect (ctl);

  if (code == CTL_OK && !agent && (!ctl->bus || g_str_equal (ctl->bus, "system")))
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
  g_autoptr (GDBusConnection) connection = open_bus (ctl->bus, NULL);

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

static gboolean
on_wait_over (gpointer is_over)
{
  *(gboolean *) is_over = TRUE;
  return G_SOURCE_REMOVE;
}

void
ctl_wait_until (Ctl *ctl, gboolean (*done) (Ctl *ctl), guint ms)
{
  gboolean is_over = FALSE;
  GSource *deadline = bg_source_attach (g_timeout_source_new (ms), on_wait_over, &is_over);

  ctl_catch_up (ctl);
  while (!is_over && !done (ctl))
    g_main_context_iteration (NULL, TRUE);
  bg_source_drop (&deadline);
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

BamgatePeer *
ctl_find_peer (Ctl *ctl, const char *name)
{
  BamgatePeer *peer = ctl_lookup_peer (ctl, name);

  if (!peer)
    ctl_fail_with (CTL_NOT_FOUND, _ ("there is no peer “%s”; see: bamgatectl peers"), name);
  return peer;
}
