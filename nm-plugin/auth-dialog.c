/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* nm-bamgate-auth-dialog: says to a secret agent (the shell, an applet, nmcli) what to ask a person for, in the agent's own window.
 * It has no window of its own, and so runs without a desktop. */
#include "common/program-locale.h"
#include "vpn-keys.h"

#include <NetworkManager.h>
#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>

#define UI_GROUP "VPN Plugin UI"
#define UI_VERSION 2

typedef struct
{
  const char *secret;
  const char *data; /* needed where the connection has this */
  const char *label;
  gboolean asked; /* of a person; else it comes with the file or not at all */
} Question;

static const Question questions[] = {
  { VPN_SECRET_INVITE, VPN_KEY_HUB, N_ ("Invite code"), TRUE },
  { VPN_SECRET_PRIVATE_KEY, VPN_KEY_WG_QUICK, N_ ("Private key"), TRUE },
};

typedef struct
{
  char *uuid, *name, *service;
  char **hints; /* secrets that are wanted, whatever there is */
  gboolean reprompt, interactive, external;
} Options;

static const char *
stored (GHashTable *secrets, const char *name)
{
  const char *value = g_hash_table_lookup (secrets, name);

  return value ? value : "";
}

static gboolean
is_hinted (const Options *options, const char *name)
{
  return options->hints && g_strv_contains ((const char *const *) options->hints, name);
}

static gboolean
is_needed (const Options *options, GHashTable *data, const Question *question)
{
  NMSettingSecretFlags flags = NM_SETTING_SECRET_FLAG_NONE;
  const char *value = g_hash_table_lookup (data, question->data);

  if (is_hinted (options, question->secret))
    return TRUE;
  nm_vpn_service_plugin_get_secret_flags (data, question->secret, &flags);
  return value && *value && !(flags & NM_SETTING_SECRET_FLAG_NOT_REQUIRED);
}

static gboolean
should_ask (const Options *options, GHashTable *secrets, const char *name)
{
  return options->interactive
         && (options->reprompt || is_hinted (options, name) || !*stored (secrets, name));
}

/* --- What the agent reads --- */

static char *
describe (const Options *options, GHashTable *data)
{
  const char *hub = g_hash_table_lookup (data, VPN_KEY_HUB);
  g_autofree char *place = hub ? g_strndup (hub, strcspn (hub, "#")) : NULL;

  if (place)
    return g_strdup_printf (
      _ (
        "“%s” takes this machine into the network of %s. Choose “Invite a Machine” on a machine that is "
        "in it, and enter the code here."),
      options->name, place);
  return g_strdup_printf (_ ("“%s” needs the private key of this machine."), options->name);
}

static void
add_question (GKeyFile *out, const char *name, const char *label, const char *value, gboolean ask)
{
  g_key_file_set_string (out, name, "Value", value);
  g_key_file_set_string (out, name, "Label", label);
  g_key_file_set_boolean (out, name, "IsSecret", TRUE);
  g_key_file_set_boolean (out, name, "ShouldAsk", ask);
}

/* Keys between this machine and its peers are handed through. */
static void
add_stored_keys (GKeyFile *out, GHashTable *secrets)
{
  GHashTableIter iter;
  gpointer name, value;

  g_hash_table_iter_init (&iter, secrets);
  while (g_hash_table_iter_next (&iter, &name, &value))
    if (g_str_has_prefix (name, VPN_SECRET_PSK_PREFIX))
      add_question (out, name, _ ("Preshared key"), value, FALSE);
}

static void
print_questions (const Options *options, GHashTable *data, GHashTable *secrets)
{
  g_autoptr (GKeyFile) out = g_key_file_new ();
  g_autofree char *description = describe (options, data);
  char *text;

  g_key_file_set_integer (out, UI_GROUP, "Version", UI_VERSION);
  g_key_file_set_string (out, UI_GROUP, "Title", _ ("Join a bamgate network"));
  g_key_file_set_string (out, UI_GROUP, "Description", description);
  for (guint i = 0; i < G_N_ELEMENTS (questions); i++)
    if (is_needed (options, data, &questions[i]))
      add_question (out, questions[i].secret, _ (questions[i].label),
                    stored (secrets, questions[i].secret),
                    should_ask (options, secrets, questions[i].secret));
  add_stored_keys (out, secrets);
  text = g_key_file_to_data (out, NULL, NULL);
  fputs (text, stdout);
  fflush (stdout);
  explicit_bzero (text, strlen (text));
  g_free (text);
}

/* An agent of old: what is stored, or nothing. FALSE where a person would have to be asked. */
static gboolean
print_stored (const Options *options, GHashTable *data, GHashTable *secrets)
{
  GHashTableIter iter;
  gpointer name, value;

  for (guint i = 0; i < G_N_ELEMENTS (questions); i++)
    if (is_needed (options, data, &questions[i]) && !*stored (secrets, questions[i].secret))
      {
        g_printerr (
          "nm-bamgate-auth-dialog: %s\n",
          _ ("this desktop's agent cannot ask for it: enter it in the settings of the connection"));
        return FALSE;
      }
  g_hash_table_iter_init (&iter, secrets);
  while (g_hash_table_iter_next (&iter, &name, &value))
    printf ("%s\n%s\n", (char *) name, (char *) value);
  fputs ("\n\n", stdout);
  fflush (stdout);
  return TRUE;
}

/* The agent says QUIT, or goes. */
static void
wait_for_quit (void)
{
  char line[64];

  while (fgets (line, sizeof line, stdin) && !g_str_has_prefix (line, "QUIT"))
    ;
}

static int
run (const Options *options)
{
  g_autoptr (GHashTable) data = NULL, secrets = NULL;

  if (!options->uuid || !options->name || g_strcmp0 (options->service, VPN_SERVICE) != 0)
    {
      g_printerr ("nm-bamgate-auth-dialog: %s\n", _ ("this program is for secret agents to run"));
      return 1;
    }
  if (!nm_vpn_service_plugin_read_vpn_details (0, &data, &secrets)) /* a connection may be empty */
    {
      data = g_hash_table_new (g_str_hash, g_str_equal);
      secrets = g_hash_table_new (g_str_hash, g_str_equal);
    }
  if (options->external)
    {
      print_questions (options, data, secrets);
      return 0;
    }
  if (!print_stored (options, data, secrets))
    return 1;
  wait_for_quit ();
  return 0;
}

static void
options_clear (Options *options)
{
  g_free (options->uuid);
  g_free (options->name);
  g_free (options->service);
  g_strfreev (options->hints);
}

int
main (int argc, char **argv)
{
  Options o = { NULL };
  const GOptionEntry entries[] = {
    { "reprompt", 'r', 0, G_OPTION_ARG_NONE, &o.reprompt, N_ ("Ask for what is stored, too"),
      NULL },
    { "uuid", 'u', 0, G_OPTION_ARG_STRING, &o.uuid, N_ ("UUID of the connection"), "UUID" },
    { "name", 'n', 0, G_OPTION_ARG_STRING, &o.name, N_ ("Name of the connection"), N_ ("NAME") },
    { "service", 's', 0, G_OPTION_ARG_STRING, &o.service, N_ ("Type of the connection"),
      N_ ("TYPE") },
    { "allow-interaction", 'i', 0, G_OPTION_ARG_NONE, &o.interactive, N_ ("A person may be asked"),
      NULL },
    { "external-ui-mode", 0, 0, G_OPTION_ARG_NONE, &o.external,
      N_ ("Say what to ask for; the agent asks"), NULL },
    { "hint", 't', 0, G_OPTION_ARG_STRING_ARRAY, &o.hints, N_ ("A secret that is wanted"),
      N_ ("NAME") },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;
  int code = 2;

  bg_locale_init (LC_ALL);
  g_option_context_add_main_entries (context, entries, NULL);
  if (g_option_context_parse (context, &argc, &argv, &error))
    code = run (&o);
  else
    g_printerr ("nm-bamgate-auth-dialog: %s\n", error->message);
  options_clear (&o);
  return code;
}
