/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgatectl/commands.h"

#include <string.h>

void
cmd_config_show_pending (Ctl *ctl, Out *out)
{
  const char *const *names = bamgate_client_get_pending_restart (ctl->client);
  g_autofree char *text = g_strjoinv (", ", (char **) names);

  out_list (out, "pending_restart", NULL, names);
  if (*text)
    out_note (out,
              _ ("In effect when the tunnel comes up next: %s\n"
                 "  bamgatectl down && bamgatectl up"),
              text);
}

static GVariant *
get_settings (Ctl *ctl, CtlExit *code)
{
  GError *error = NULL;
  GVariant *settings = NULL;

  *code = ctl_connect (ctl);
  if (*code != CTL_OK)
    return NULL;
  settings = bamgate_client_get_configuration_sync (ctl->client, NULL, &error);
  if (!settings)
    *code = ctl_fail (_ ("config"), error);
  return settings;
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char **) a, *(const char **) b);
}

GPtrArray *
cmd_config_sorted_names (GVariant *settings)
{
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  GVariantIter iter;
  const char *name;

  g_variant_iter_init (&iter, settings);
  while (g_variant_iter_next (&iter, "{&sv}", &name, NULL))
    g_ptr_array_add (names, g_strdup (name)); /* a look into the dictionary moves what it lends */
  g_ptr_array_sort (names, compare_names);
  return names;
}

static CtlExit
list (Ctl *ctl, int argc, char **argv)
{
  CtlExit code;
  g_autoptr (GVariant) settings = get_settings (ctl, &code);
  g_autoptr (GPtrArray) names = NULL;
  g_autoptr (Out) out = NULL;

  if (!settings)
    return code;
  out = out_new (ctl->json, FALSE);
  names = cmd_config_sorted_names (settings);
  out_object_begin (out, "settings");
  for (guint i = 0; i < names->len; i++)
    {
      g_autoptr (GVariant) value = g_variant_lookup_value (settings, names->pdata[i], NULL);

      out_variant (out, names->pdata[i], names->pdata[i], value);
    }
  out_object_end (out);
  cmd_config_show_pending (ctl, out);
  return CTL_OK;
}

char *
cmd_config_text_of (GVariant *value)
{
  g_autofree const char **list_value = NULL;

  if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    return g_variant_dup_string (value, NULL);
  if (!g_variant_is_of_type (value, G_VARIANT_TYPE_STRING_ARRAY))
    return g_variant_print (value, FALSE);
  list_value = g_variant_get_strv (value, NULL);
  return g_strjoinv (",", (char **) list_value);
}

static CtlExit
fail_unknown (GVariant *settings, const char *typed)
{
  g_autoptr (GPtrArray) names = cmd_config_sorted_names (settings);
  const char *guess;

  g_ptr_array_add (names, NULL);
  guess = ctl_guess ((const char *const *) names->pdata, typed);
  if (guess)
    return ctl_fail_with (CTL_NOT_FOUND, _ ("there is no setting “%s”; did you mean “%s”?"), typed,
                          guess);
  return ctl_fail_with (CTL_NOT_FOUND, _ ("there is no setting “%s”; see: bamgatectl config list"),
                        typed);
}

static CtlExit
get (Ctl *ctl, int argc, char **argv)
{
  CtlExit code;
  g_autoptr (GVariant) settings = get_settings (ctl, &code);
  g_autoptr (GVariant) value = NULL;
  g_autofree char *text = NULL;
  g_autoptr (Out) out = NULL;

  if (!settings)
    return code;
  value = g_variant_lookup_value (settings, argv[0], NULL);
  if (!value)
    return fail_unknown (settings, argv[0]);
  out = out_new (ctl->json, FALSE);
  text = cmd_config_text_of (value);
  out_object_begin (out, "settings");
  out_variant (out, argv[0], NULL, value);
  out_object_end (out);
  out_note (out, "%s", text);
  return CTL_OK;
}

/* --- Changes --- */

/* Values are text, as in the file: the daemon knows what they are to be. FALSE has been explained. */
static gboolean
add_assignment (GVariantDict *changes, const char *word)
{
  const char *equals = strchr (word, '=');
  g_autofree char *name = equals ? g_strndup (word, (gsize) (equals - word)) : NULL;

  if (!name || !*name)
    {
      ctl_fail_with (CTL_USAGE, _ ("config set: “%s” is not KEY=VALUE"), word);
      return FALSE;
    }
  g_variant_dict_insert (changes, name, "s", equals + 1);
  return TRUE;
}

static CtlExit
apply (Ctl *ctl, GVariantDict *changes)
{
  g_autoptr (GVariant) settings = g_variant_ref_sink (g_variant_dict_end (changes));
  CtlExit code = ctl_connect_to_act (ctl);
  g_autoptr (Out) out = NULL;
  GError *error = NULL;

  if (code != CTL_OK)
    return code;
  if (!bamgate_client_configure_sync (ctl->client, settings, NULL, &error))
    return ctl_fail (NULL, error);
  ctl_catch_up (ctl);
  out = out_new (ctl->json, FALSE);
  cmd_config_show_pending (ctl, out);
  return CTL_OK;
}

static CtlExit
set (Ctl *ctl, int argc, char **argv)
{
  g_auto (GVariantDict) changes = G_VARIANT_DICT_INIT (NULL);

  for (int i = 0; i < argc; i++)
    if (!add_assignment (&changes, argv[i]))
      return CTL_USAGE;
  return apply (ctl, &changes);
}

static CtlExit
unset (Ctl *ctl, int argc, char **argv)
{
  g_auto (GVariantDict) changes = G_VARIANT_DICT_INIT (NULL);

  for (int i = 0; i < argc; i++)
    g_variant_dict_insert_value (&changes, argv[i], g_variant_new ("a{sv}", NULL)); /* removes it */
  return apply (ctl, &changes);
}

typedef struct
{
  const char *name;
  int min, max; /* words behind it */
  CtlExit (*run) (Ctl *ctl, int argc, char **argv);
} Action;

enum
{
  MAX_CHANGES = 64
};

static const Action actions[] = {
  { "list", 0, 0, list },
  { "get", 1, 1, get },
  { "set", 1, MAX_CHANGES, set },
  { "unset", 1, MAX_CHANGES, unset },
};

static CtlExit
run (Ctl *ctl, int argc, char **argv)
{
  int words;

  if (!ctl_parse (ctl, &cmd_config, NULL, 0, MAX_CHANGES + 1, &argc, &argv))
    return CTL_USAGE;
  if (argc < 2)
    return list (ctl, 0, NULL);
  words = argc - 2;
  for (guint i = 0; i < G_N_ELEMENTS (actions); i++)
    if (g_str_equal (actions[i].name, argv[1]) && words >= actions[i].min
        && words <= actions[i].max)
      return actions[i].run (ctl, words, argv + 2);
  return ctl_fail_with (CTL_USAGE, _ ("config: say list, get KEY, set KEY=VALUE… or unset KEY…"));
}

const Command cmd_config = {
  "config",
  run,
  N_ ("[list|get KEY|set KEY=VALUE…|unset KEY…]"),
  N_ ("Show or change settings"),
  N_ (
    "Settings are named SECTION.KEY as in bamgate.conf(5), those of a static WireGuard\n"
    "peer peer.NAME.KEY. Several changes in one command are made together or not at\n"
    "all, saved, and applied to a running tunnel; what is in effect only when it comes\n"
    "up next is named. Lists are separated by commas. Secrets are not among the\n"
    "settings: they are files of their own, see bamgate.conf(5).\n\n"
    "Examples:\n"
    "  bamgatectl config set device.routes=192.168.7.0/24 device.accept-routes=yes\n"
    "  bamgatectl config set peer.office.public-key=… peer.office.endpoint=vpn.example.net:51820 \\\n"
    "    peer.office.allowed-ips=10.9.0.0/24\n"
    "  bamgatectl config unset device.routes"),
  CTL_EXITS_BUS | 1u << CTL_NOT_FOUND,
};
