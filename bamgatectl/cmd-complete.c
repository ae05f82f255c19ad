/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* bamgatectl complete -- WORD…: what the last word may become, for the completions of shells (data/bamgatectl.bash and its
 * like). A candidate a line, behind a tab what it is; a line of a tab and “files” asks for names of files. Candidates have no
 * control characters, and whoever takes them quotes and never evaluates them. */

#include "bamgatectl/bus-words.h"
#include "bamgatectl/commands.h"
#include "bamgatectl/complete-values.h"
#include "bamgatectl/usage-words.h"

#include "common/device-name.h"
#include "common/printable.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Nobody waits longer for a tabulator. */
#define PATIENCE_S 2

typedef struct
{
  char *name;
  const char *about; /* of the program */
  char short_name;
  gboolean takes_value, takes_file;
} Option;

typedef struct
{
  Ctl *ctl;
  char **words; /* what stands before `current`, without the program */
  guint n;
  const char *current;
  const char *before; /* of each candidate: "--lan=", "device.exit="; "" */

  const Command *command; /* NULL: not said yet */
  GPtrArray *options;     /* Option, of the command */
  GPtrArray *plain;       /* its words that are neither options nor their values */
  const Option *open;     /* whose value `current` is */
  gboolean no_options;    /* behind “--” */
} Line;

static void
option_free (gpointer data)
{
  Option *option = data;

  g_free (option->name);
  g_free (option);
}

/* --- Candidates --- */

static void
offer (const Line *line, const char *word, const char *about)
{
  g_autofree char *shown = bg_printable (about), *whole = g_strconcat (line->before, word, NULL);

  if (g_str_has_prefix (whole, line->current))
    printf ("%s\t%s\n", whole, shown);
}

/* What others named, and what cannot be shown as it is and has no second form, is not offered. */
static void
on_value (const char *value, const char *about, gpointer line)
{
  g_autofree char *shown = bg_printable (value);

  if (g_str_equal (shown, value))
    offer (line, value, about);
}

static gboolean
is_connected (const Line *line)
{
  return line->ctl->client || ctl_connect_quietly (line->ctl);
}

static void
offer_peers (const Line *line)
{
  g_autoptr (GPtrArray) peers = is_connected (line) ? bamgate_client_list_peers (line->ctl->client)
                                                    : NULL;

  for (guint i = 0; peers && i < peers->len; i++)
    {
      g_autofree char *name = bg_device_name_escape (bamgate_peer_get_id (peers->pdata[i]));

      offer (line, name, bus_word_peer_state (bamgate_peer_get_state (peers->pdata[i])));
    }
}

/* As send takes them. */
static void
offer_receivers (const Line *line)
{
  g_autoptr (GPtrArray) peers = is_connected (line) ? bamgate_client_list_peers (line->ctl->client)
                                                    : NULL;

  for (guint i = 0; peers && i < peers->len; i++)
    {
      BamgatePeer *peer = peers->pdata[i];
      g_autofree char *name = bg_device_name_escape (bamgate_peer_get_id (peer));
      g_autofree char *word = g_strconcat (name, ":", NULL);

      if (bamgate_peer_get_kind (peer) == BAMGATE_PEER_KIND_NETWORK)
        offer (line, word, bus_word_peer_state (bamgate_peer_get_state (peer)));
    }
}

/* Keys have no second form, so one that cannot be shown as it is cannot be offered. */
static void
offer_key (const Line *line, const char *key, const char *suffix)
{
  g_autofree char *shown = bg_printable (key), *word = g_strconcat (shown, suffix, NULL);

  if (g_str_equal (shown, key))
    offer (line, word, "");
}

typedef struct
{
  const Line *line;
  const char *suffix;
  GVariant *settings; /* which are offered anyway */
} Keys;

static void
on_accept_key (const char *key, const char *about, gpointer data)
{
  const Keys *keys = data;
  g_autoptr (GVariant) value = g_variant_lookup_value (keys->settings, key, NULL);

  if (!value)
    offer_key (keys->line, key, keys->suffix);
}

static void
offer_keys (const Line *line, const char *suffix)
{
  g_autoptr (GVariant)
    settings = is_connected (line)
                 ? bamgate_client_get_configuration_sync (line->ctl->client, NULL, NULL)
                 : NULL;
  GVariantIter iter;
  const char *key;

  if (!settings)
    return;
  g_variant_iter_init (&iter, settings);
  while (g_variant_iter_next (&iter, "{&sv}", &key, NULL))
    offer_key (line, key, suffix);
  complete_accept_keys (line->ctl, on_accept_key, &(Keys){ line, suffix, settings });
}

/* Up to the “=” it is written already. */
static void
offer_assignments (Line *line)
{
  const char *end = strchr (line->current, '=');
  g_autofree char *key = NULL, *before = NULL;

  if (!end)
    {
      offer_keys (line, "=");
      return;
    }
  key = g_strndup (line->current, (gsize) (end - line->current));
  before = g_strconcat (key, "=", NULL);
  line->before = before;
  if (is_connected (line))
    complete_setting (line->ctl, key, on_value, line);
  line->before = "";
}

static void
offer_names (const Line *line)
{
  if (line->command != &cmd_exit)
    offer_peers (line);
  else if (is_connected (line))
    complete_exits (line->ctl, on_value, (gpointer) line);
}

static void
offer_devices (const Line *line, gboolean waiting)
{
  if (is_connected (line))
    complete_devices (line->ctl, waiting, on_value, (gpointer) line);
}

static void
offer_invites (const Line *line)
{
  if (is_connected (line))
    complete_invites (line->ctl, on_value, (gpointer) line);
}

static void
offer_endpoints (const Line *line)
{
  if (is_connected (line))
    complete_endpoints (line->ctl, on_value, (gpointer) line);
}

static void
offer_services (const Line *line)
{
  if (is_connected (line))
    complete_services (line->ctl, on_value, (gpointer) line);
}

static void
offer_files (void)
{
  puts ("\tfiles");
}

static void
on_usage_word (const char *word, gpointer data)
{
  Line *line = data;

  if (g_ascii_islower (word[0]))
    offer (line, word, "");
  else if (g_str_equal (word, "PEER") || g_str_equal (word, "NAME"))
    offer_names (line);
  else if (g_str_equal (word, "PEER:"))
    offer_receivers (line);
  else if (g_str_equal (word, "MACHINE") || g_str_equal (word, "WAITING"))
    offer_devices (line, g_str_equal (word, "WAITING"));
  else if (g_str_equal (word, "ENDPOINT"))
    offer_endpoints (line);
  else if (g_str_equal (word, "MODE"))
    complete_listen_modes (on_value, line);
  else if (g_str_equal (word, "INVITE"))
    offer_invites (line);
  else if (g_str_equal (word, "SERVICE"))
    offer_services (line);
  else if (g_str_equal (word, "KEY"))
    offer_keys (line, "");
  else if (g_str_equal (word, "KEY=VALUE"))
    offer_assignments (line);
  else if (g_str_equal (word, "FILE"))
    offer_files ();
}

static void
offer_commands (const Line *line)
{
  for (guint i = 0; commands[i]; i++)
    offer (line, commands[i]->name, _ (commands[i]->summary));
}

static void
offer_options (const Line *line)
{
  for (guint i = 0; i < line->options->len; i++)
    {
      const Option *option = line->options->pdata[i];
      g_autofree char *word = g_strconcat ("--", option->name, NULL);

      offer (line, word, option->about ? _ (option->about) : "");
    }
}

static const struct
{
  const char *option;
  const char *values[4]; /* ends with NULL */
} option_values[] = {
  { "bus", { "system", "session" } },
  { "color", { "auto", "always", "never" } },
  { "lan", { "yes", "no" } },
  { "strict", { "yes", "no" } },
  { "allow-unsigned", { "yes", "no" } },
  { "exit", { "4", "6", "4,6" } },
};

/* Of `peers set NAME`. */
static void
offer_what_peer_offers (const Line *line)
{
  const char *peer = line->plain->len > 1 ? line->plain->pdata[1] : NULL;

  if (line->command == &cmd_peers && is_connected (line))
    complete_offered (line->ctl, peer, line->open->name, on_value, (gpointer) line);
}

static void
offer_value (const Line *line)
{
  if (line->open->takes_file)
    offer_files ();
  offer_what_peer_offers (line);
  for (guint i = 0; i < G_N_ELEMENTS (option_values); i++)
    if (g_str_equal (line->open->name, option_values[i].option))
      for (guint j = 0; option_values[i].values[j]; j++)
        offer (line, option_values[i].values[j], "");
}

/* --- What is there --- */

static void
on_option (const GOptionEntry *entry, gpointer data)
{
  Line *line = data;
  Option *option = g_new0 (Option, 1);

  option->name = g_strdup (entry->long_name);
  option->about = entry->description;
  option->short_name = entry->short_name;
  option->takes_value = entry->arg != G_OPTION_ARG_NONE;
  option->takes_file = entry->arg == G_OPTION_ARG_FILENAME;
  g_ptr_array_add (line->options, option);
}

/* A command begins with ctl_parse(), which tells its options and gives up. */
static void
learn_options (Line *line)
{
  static const GOptionEntry help[] = {
    { .long_name = "help", .short_name = 'h', .description = N_ ("Explain it") },
    { .long_name = "version", .description = N_ ("Show versions") },
  };
  char *argv[] = { NULL, NULL };

  g_ptr_array_set_size (line->options, 0);
  line->ctl->on_option = on_option;
  line->ctl->on_option_data = line;
  on_option (&help[0], line);
  if (line->command)
    {
      argv[0] = (char *) line->command->name;
      line->command->run (line->ctl, 1, argv);
    }
  else
    {
      on_option (&help[1], line);
      ctl_tell_options (line->ctl, NULL);
    }
  line->ctl->on_option = NULL;
}

static const Option *
find_option (const Line *line, const char *word)
{
  for (guint i = 0; i < line->options->len; i++)
    {
      const Option *option = line->options->pdata[i];

      if (word[1] == '-' ? g_str_equal (option->name, word + 2)
                         : option->short_name == word[1] && word[1] != '\0' && word[2] == '\0')
        return option;
    }
  return NULL;
}

/* "--lan=" and what may stand behind it. */
static gboolean
offer_written_value (Line *line)
{
  const char *end = strchr (line->current, '=');
  g_autofree char *word = end ? g_strndup (line->current, (gsize) (end - line->current)) : NULL;
  g_autofree char *before = g_strconcat (word ? word : "", "=", NULL);

  line->open = word && g_str_has_prefix (word, "--") ? find_option (line, word) : NULL;
  if (!line->open || !line->open->takes_value || line->open->takes_file)
    return FALSE;
  line->before = before;
  offer_value (line);
  line->before = "";
  return TRUE;
}

static void
take_value (Line *line, const char *value)
{
  if (g_str_equal (line->open->name, "bus"))
    {
      g_free (line->ctl->bus);
      line->ctl->bus = g_strdup (value);
    }
  line->open = NULL;
}

static void
take_word (Line *line, const char *word)
{
  const Option *option;

  if (line->open)
    take_value (line, word);
  else if (!line->no_options && g_str_equal (word, "--"))
    line->no_options = TRUE;
  else if (!line->no_options && word[0] == '-' && word[1] != '\0')
    {
      option = find_option (line, word);
      line->open = option && option->takes_value ? option : NULL;
      if (option && g_str_equal (option->name, "user"))
        line->ctl->user = TRUE;
    }
  else if (line->command)
    g_ptr_array_add (line->plain, (gpointer) word);
  else if ((line->command = commands_find (word)))
    learn_options (line);
}

static void
complete (Line *line)
{
  learn_options (line);
  for (guint i = 0; i < line->n; i++)
    take_word (line, line->words[i]);
  if (line->open)
    offer_value (line);
  else if (line->current[0] == '-' && !line->no_options)
    {
      if (!offer_written_value (line))
        offer_options (line);
    }
  else if (!line->command)
    offer_commands (line);
  else
    usage_words_next (line->command->arguments, (char **) line->plain->pdata, line->plain->len,
                      on_usage_word, line);
}

static void
on_alarm (int signal_number)
{
  _exit (CTL_TIMEOUT);
}

static CtlExit
run (Ctl *ctl, int argc, char **argv)
{
  g_autoptr (GPtrArray) options = g_ptr_array_new_with_free_func (option_free),
                        plain = g_ptr_array_new ();
  Line line = { .ctl = ctl, .before = "", .options = options, .plain = plain };

  if (argc < 3 || !g_str_equal (argv[1], "--"))
    return ctl_fail_with (CTL_USAGE, _ ("complete: it is for shells, as “complete -- WORD…”"));
  line.words = argv + 2;
  line.n = (guint) argc - 3;
  line.current = argv[argc - 1];
  signal (SIGALRM, on_alarm);
  alarm (PATIENCE_S);
  complete (&line);
  return CTL_OK;
}

const Command cmd_complete = {
  "complete", run, NULL, N_ ("Complete a word for a shell"), N_ ("For the completions of shells."),
  0,
};
