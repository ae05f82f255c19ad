/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgatectl/commands.h"

#include <string.h>

/* The last words of settings that need not exist yet, "peer.NAME.…". */
static const struct
{
  const char *word;
  const char *type;
} peer_keys[] = {
  { "public-key", "s" },
  { "endpoint", "s" },
  { "allowed-ips", "as" },
  { "keepalive", "u" },
};

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

static GPtrArray *
sorted_names (GVariant *settings)
{
  GPtrArray *names = g_ptr_array_new ();
  GVariantIter iter;
  const char *name;

  g_variant_iter_init (&iter, settings);
  while (g_variant_iter_next (&iter, "{&sv}", &name, NULL))
    g_ptr_array_add (names, (gpointer) name);
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
  names = sorted_names (settings);
  for (guint i = 0; i < names->len; i++)
    {
      g_autoptr (GVariant) value = g_variant_lookup_value (settings, names->pdata[i], NULL);

      out_variant (out, names->pdata[i], names->pdata[i], value);
    }
  return CTL_OK;
}

static char *
text_of (GVariant *value)
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
    return ctl_fail_with (CTL_NOT_FOUND,
                          _ ("there is no setting “%s”; see: bamgatectl config list"), argv[0]);
  out = out_new (ctl->json, FALSE);
  text = text_of (value);
  if (ctl->json)
    out_variant (out, argv[0], NULL, value);
  else
    out_alone (out, argv[0], text);
  return CTL_OK;
}

/* --- Changes --- */

static const char *
type_of (GVariant *settings, const char *name)
{
  g_autoptr (GVariant) value = g_variant_lookup_value (settings, name, NULL);
  const char *last = strrchr (name, '.');

  if (value)
    return g_variant_is_of_type (value, G_VARIANT_TYPE_BOOLEAN)        ? "b"
           : g_variant_is_of_type (value, G_VARIANT_TYPE_UINT32)       ? "u"
           : g_variant_is_of_type (value, G_VARIANT_TYPE_STRING_ARRAY) ? "as"
                                                                       : "s";
  for (guint i = 0; i < G_N_ELEMENTS (peer_keys) && last && g_str_has_prefix (name, "peer."); i++)
    if (g_str_equal (last + 1, peer_keys[i].word))
      return peer_keys[i].type;
  return "s";
}

static GVariant *
parse_flag (const char *text)
{
  static const char *const yes[] = { "true", "yes", "on", "1", NULL }, *const no[] = { "false",
                                                                                       "no", "off",
                                                                                       "0", NULL };

  if (g_strv_contains (yes, text))
    return g_variant_new_boolean (TRUE);
  return g_strv_contains (no, text) ? g_variant_new_boolean (FALSE) : NULL;
}

static GVariant *
parse_number (const char *text)
{
  guint64 number;

  return g_ascii_string_to_unsigned (text, 10, 0, G_MAXUINT32, &number, NULL)
           ? g_variant_new_uint32 ((guint32) number)
           : NULL;
}

static GVariant *
parse_list (const char *text)
{
  g_auto (GStrv) words = g_strsplit_set (text, ",;", -1);
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_STRING_ARRAY);
  for (guint i = 0; words[i]; i++)
    if (*g_strstrip (words[i]))
      g_variant_builder_add (&builder, "s", words[i]);
  return g_variant_builder_end (&builder);
}

/* NULL has been explained. */
static GVariant *
parse_value (const char *name, const char *type, const char *text)
{
  GVariant *value = NULL;

  if (g_str_equal (type, "s") && g_utf8_validate (text, -1, NULL))
    value = g_variant_new_string (text);
  else if (g_str_equal (type, "b"))
    value = parse_flag (text);
  else if (g_str_equal (type, "u"))
    value = parse_number (text);
  else if (g_str_equal (type, "as") && g_utf8_validate (text, -1, NULL))
    value = parse_list (text);
  if (!value)
    ctl_fail_with (CTL_USAGE, _ ("%s: “%s” is no %s"), name, text,
                   *type == 'b'   ? _ ("yes or no")
                   : *type == 'u' ? _ ("number")
                                  : _ ("text"));
  return value;
}

static gboolean
add_assignment (GVariantDict *changes, GVariant *settings, const char *word)
{
  const char *equals = strchr (word, '=');
  g_autofree char *name = equals ? g_strndup (word, (gsize) (equals - word)) : NULL;
  GVariant *value;

  if (!name || !*name)
    {
      ctl_fail_with (CTL_USAGE, _ ("config set: “%s” is not KEY=VALUE"), word);
      return FALSE;
    }
  value = parse_value (name, type_of (settings, name), equals + 1);
  if (value)
    g_variant_dict_insert_value (changes, name, value);
  return value != NULL;
}

static CtlExit
apply (Ctl *ctl, GVariantDict *changes)
{
  GError *error = NULL;

  if (!bamgate_client_configure_sync (ctl->client, g_variant_dict_end (changes), NULL, &error))
    return ctl_fail (NULL, error);
  return CTL_OK;
}

static CtlExit
set (Ctl *ctl, int argc, char **argv)
{
  CtlExit code;
  g_autoptr (GVariant) settings = get_settings (ctl, &code);
  g_auto (GVariantDict) changes = G_VARIANT_DICT_INIT (NULL);

  if (!settings)
    return code;
  for (int i = 0; i < argc; i++)
    if (!add_assignment (&changes, settings, argv[i]))
      return CTL_USAGE;
  return apply (ctl, &changes);
}

static CtlExit
unset (Ctl *ctl, int argc, char **argv)
{
  g_auto (GVariantDict) changes = G_VARIANT_DICT_INIT (NULL);
  CtlExit code = ctl_connect (ctl);

  if (code != CTL_OK)
    return code;
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
    "all, saved, and applied to a running tunnel as far as that is possible. Lists are\n"
    "separated by commas. Secrets are not among the settings.\n\n"
    "Examples:\n"
    "  bamgatectl config set device.routes=192.168.7.0/24 device.accept-routes=yes\n"
    "  bamgatectl config set peer.office.public-key=… peer.office.endpoint=vpn.example.net:51820 \\\n"
    "    peer.office.allowed-ips=10.9.0.0/24\n"
    "  bamgatectl config unset device.routes"),
  CTL_EXITS_BUS | 1u << CTL_NOT_FOUND,
};
