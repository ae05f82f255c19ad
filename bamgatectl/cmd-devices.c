/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgatectl/bus-words.h"
#include "bamgatectl/call.h"
#include "bamgatectl/commands.h"
#include "bamgatectl/device-list.h"
#include "bamgatectl/grant.h"
#include "bamgatectl/input.h"

#include "common/device-name.h"
#include "common/printable.h"

typedef struct
{
  gboolean yes;
  Grant grant;
  char *key;
} Options;

/* --- The list --- */

static OutTone
tone_of (GVariant *device)
{
  if (bg_device_entry_is_pending (device))
    return OUT_WARN;
  return bg_device_entry_flag (device, "online") ? OUT_GOOD : OUT_PLAIN;
}

static void
show_list_of (Out *out, GVariant *device, const char *key, const char *label)
{
  static const char *const none[] = { NULL };
  g_autofree const char **texts = NULL;

  g_variant_lookup (device, key, "^a&s", &texts);
  out_list (out, key, label, texts ? texts : none);
}

static void
show_for_programs (Out *out, GVariant *device)
{
  out_text (out, "id", NULL, bg_device_entry_text (device, "id"));
  out_text (out, "public_key", NULL, bg_device_entry_text (device, "public-key"));
  out_flag (out, "self", NULL, bg_device_entry_flag (device, "self"));
  out_since (out, "created_us", NULL, bg_device_entry_time (device, "created"));
  out_text (out, "replaces", NULL, bg_device_entry_text (device, "replaces"));
  out_flag (out, "any_route", NULL, bg_device_entry_flag (device, "any-route"));
  show_list_of (out, device, "routes", NULL);
  show_list_of (out, device, "exit", NULL);
  out_text (out, "signed_by", NULL, bg_device_entry_text (device, "signed-by"));
}

static void
show_row (Out *out, GVariant *device)
{
  const char *state = bg_device_entry_text (device, "state");

  out_row_begin (out);
  out_text (out, "name", _ ("MACHINE"), bg_device_entry_text (device, "name"));
  out_text (out, "state", NULL, state);
  out_word (out, NULL, _ ("STATE"), bus_word_say (state), tone_of (device));
  show_list_of (out, device, "addresses", _ ("ADDRESSES"));
  out_flag (out, "owner", _ ("OWNER"), bg_device_entry_flag (device, "owner"));
  out_flag (out, "signed", _ ("SIGNED"), bg_device_entry_flag (device, "signed"));
  out_flag (out, "online", _ ("ONLINE"), bg_device_entry_flag (device, "online"));
  out_since (out, "last_seen_us", _ ("LAST SEEN"), bg_device_entry_time (device, "last-seen"));
  show_for_programs (out, device);
  out_row_end (out);
}

static void
say_who_waits (Out *out, GVariant *device)
{
  g_autofree char *name = bg_printable (bg_device_entry_text (device, "name"));
  g_autofree char *word = bg_device_name_quote_for_shell (bg_device_entry_text (device, "name"));
  g_autofree char *key = bg_printable (bg_device_entry_text (device, "public-key"));

  if (!bg_device_entry_is_pending (device))
    return;
  out_note (out, _ ("\n%s waits to be let in. Its key: %s\n  bamgatectl devices approve %s"), name,
            key, word);
}

/* The hub says so, and nobody has put it out: its name and addresses stay taken. */
static gboolean
has_left_log_behind (GVariant *device)
{
  return bg_device_entry_flag (device, "signed")
         && g_str_equal (bg_device_entry_text (device, "state"), "left");
}

static void
say_who_left (Out *out, GVariant *device)
{
  g_autofree char *name = bg_printable (bg_device_entry_text (device, "name"));
  g_autofree char *word = bg_device_name_quote_for_shell (bg_device_entry_text (device, "name"));

  if (has_left_log_behind (device))
    out_note (out,
              _ ("\n%s has left, as the hub says, and keeps its place in the network until an "
                 "owner puts it out:\n  bamgatectl devices revoke %s"),
              name, word);
}

static CtlExit
list (Ctl *ctl, const Options *options, char **words)
{
  CtlExit code;
  g_autoptr (GVariant) devices = device_list_fetch (ctl, &code);
  g_autoptr (Out) out = NULL;

  if (!devices)
    return code;
  out = out_new (ctl->json, FALSE);
  out_table_begin (out, "devices");
  for (gsize i = 0; i < g_variant_n_children (devices); i++)
    {
      g_autoptr (GVariant) device = g_variant_get_child_value (devices, i);

      show_row (out, device);
    }
  out_table_end (out);
  if (g_variant_n_children (devices) == 0)
    out_note (out, _ ("The hub knows of no machines."));
  for (gsize i = 0; i < g_variant_n_children (devices); i++)
    {
      g_autoptr (GVariant) device = g_variant_get_child_value (devices, i);

      say_who_waits (out, device);
      say_who_left (out, device);
    }
  return CTL_OK;
}

/* --- Changes --- */

#define GOES_ON _ ("devices: the daemon goes on with it")

/* CTL_OK: it was answered so. `question` is freed. */
static CtlExit
confirm (const Options *options, char *question)
{
  g_autofree char *asked = question;

  if (options->yes || input_confirm (asked))
    return CTL_OK;
  return ctl_fail_with (CTL_FAILED, _ ("devices: nothing was changed; --yes does it unasked"));
}

/* NULL has been explained. */
static GVariant *
grant_of (const Options *options, const char *key, GVariant *device)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);

  if (!grant_add (&options->grant, &dict, "devices"))
    return NULL;
  if (key)
    g_variant_dict_insert (&dict, "key", "s", key);
  if (device)
    {
      g_variant_dict_insert (&dict, "name", "s", bg_device_entry_text (device, "name"));
      g_variant_dict_insert (&dict, "replace", "b",
                             *bg_device_entry_text (device, "replaces") != '\0');
    }
  return g_variant_ref_sink (g_variant_dict_end (&dict));
}

/* The hub says which key has the name; whoever compared them knows. */
static CtlExit
confirm_approval (const Options *options, GVariant *device)
{
  g_autofree char *name = bg_printable (bg_device_entry_text (device, "name"));
  g_autofree char *key = bg_printable (bg_device_entry_text (device, "public-key"));

  if (*bg_device_entry_text (device, "replaces"))
    ctl_warn (
      _ ("the machine that is called %s now is put out for good, and this one takes its name"),
      name);
  else if (options->key)
    return CTL_OK;
  return confirm (
    options,
    g_strdup_printf (
      _ ("Let %s in? Its key is %s;\n“bamgatectl status” there has to say the same. [y/N] "), name,
      key));
}

static CtlExit
approve (Ctl *ctl, const Options *options, char **words)
{
  CtlExit code;
  g_autoptr (GVariant) device = device_fetch (ctl, words[0], DEVICE_PENDING, &code);
  g_autoptr (GVariant) granted = NULL;
  Call *call;

  if (!device || (code = confirm_approval (options, device)) != CTL_OK)
    return code;
  granted = grant_of (
    options, options->key ? options->key : bg_device_entry_text (device, "public-key"), device);
  if (!granted)
    return CTL_USAGE;
  call = call_new (ctl, _ ("Letting it in"), GOES_ON);
  bamgate_client_approve_device (ctl->client, bg_device_entry_word (device), granted,
                                 call_cancellable (call), call_on_answer, call);
  return device_finish (ctl, call, device, bamgate_client_approve_device_finish,
                        _ ("is in the network now"));
}

static CtlExit
grant (Ctl *ctl, const Options *options, char **words)
{
  CtlExit code;
  g_autoptr (GVariant) device = device_fetch (ctl, words[0], DEVICE_ANY, &code), granted = NULL;
  Call *call;

  if (!device)
    return code;
  granted = grant_of (options, NULL, NULL);
  if (!granted)
    return CTL_USAGE;
  call = call_new (ctl, _ ("Signing it"), GOES_ON);
  bamgate_client_grant_device (ctl->client, bg_device_entry_word (device), granted,
                               call_cancellable (call), call_on_answer, call);
  return device_finish (ctl, call, device, bamgate_client_grant_device_finish,
                        _ ("may offer this and nothing else"));
}

static CtlExit
rename_one (Ctl *ctl, const Options *options, char **words)
{
  CtlExit code;
  g_autoptr (GVariant) device = NULL;
  g_autoptr (GError) error = NULL;
  Call *call;

  if (!bg_device_name_check (words[1], &error))
    return ctl_fail_with (CTL_USAGE, "%s", error->message);
  device = device_fetch (ctl, words[0], DEVICE_ANY, &code);
  if (!device)
    return code;
  call = call_new (ctl, _ ("Renaming it"), GOES_ON);
  bamgate_client_rename_device (ctl->client, bg_device_entry_word (device), words[1],
                                call_cancellable (call), call_on_answer, call);
  return device_finish (ctl, call, device, bamgate_client_rename_device_finish, _ ("renamed"));
}

static CtlExit
put_out (Ctl *ctl, const Options *options, char **words)
{
  CtlExit code;
  g_autoptr (GVariant) device = device_fetch (ctl, words[0], DEVICE_ANY, &code);
  g_autofree char *name = NULL, *key = NULL;
  Call *call;

  if (!device)
    return code;
  name = bg_printable (bg_device_entry_text (device, "name"));
  key = bg_printable (bg_device_entry_text (device, "public-key"));
  code = confirm (
    options,
    g_strdup_printf (
      _ (
        "Put %s out of the network? Its key is %s.\nThat is for good; it comes back only as a new machine. [y/N] "),
      name, key));
  if (code != CTL_OK)
    return code;
  call = call_new (ctl, _ ("Putting it out"), GOES_ON);
  bamgate_client_revoke_device (ctl->client, bg_device_entry_word (device), call_cancellable (call),
                                call_on_answer, call);
  return device_finish (ctl, call, device, bamgate_client_revoke_device_finish,
                        _ ("is out of the network"));
}

/* --- The command --- */

typedef struct
{
  const char *name;
  int words; /* behind it */
  gboolean asks, grants;
  CtlExit (*connect) (Ctl *ctl);
  CtlExit (*run) (Ctl *ctl, const Options *options, char **words);
} Action;

static const Action actions[] = {
  { "list", 0, FALSE, FALSE, ctl_connect, list },
  { "approve", 1, TRUE, TRUE, ctl_connect_to_act, approve },
  { "rename", 2, FALSE, FALSE, ctl_connect_to_act, rename_one },
  { "revoke", 1, TRUE, FALSE, ctl_connect_to_act, put_out },
  { "grant", 1, FALSE, TRUE, ctl_connect_to_act, grant },
};

static const Action *
find_action (int argc, char **argv)
{
  for (guint i = 0; i < G_N_ELEMENTS (actions); i++)
    if (argc < 2 || (g_str_equal (actions[i].name, argv[1]) && actions[i].words == argc - 2))
      return &actions[i];
  return NULL;
}

static gboolean
grants_something (const Options *options)
{
  return !grant_is_empty (&options->grant);
}

static CtlExit
run_action (Ctl *ctl, const Action *action, const Options *options, char **words)
{
  CtlExit code;

  if (options->yes && !action->asks)
    return ctl_fail_with (CTL_USAGE, _ ("devices: --yes belongs to approve and revoke"));
  if (grants_something (options) && !action->grants)
    return ctl_fail_with (CTL_USAGE, _ ("devices: what it may offer belongs to approve and grant"));
  if (options->key && action->run != approve)
    return ctl_fail_with (CTL_USAGE, _ ("devices: --key belongs to approve"));
  code = action->connect (ctl);
  return code == CTL_OK ? action->run (ctl, options, words) : code;
}

static CtlExit
run (Ctl *ctl, int argc, char **argv)
{
  Options options = { 0 };
  const GOptionEntry entries[] = {
    { "yes", 'y', 0, G_OPTION_ARG_NONE, &options.yes, N_ ("Do not ask"), NULL },
    GRANT_ENTRIES (options.grant),
    { "key", 0, 0, G_OPTION_ARG_STRING, &options.key,
      N_ ("Let the machine with this key in, and no other"), N_ ("KEY") },
    { NULL },
  };
  const Action *action;
  CtlExit code = CTL_USAGE;

  if (ctl_parse (ctl, &cmd_devices, entries, 0, 3, &argc, &argv))
    {
      action = find_action (argc, argv);
      code = action
               ? run_action (ctl, action, &options, argv + MIN (argc, 2))
               : ctl_fail_with (CTL_USAGE, _ ("devices: say list, approve MACHINE, rename MACHINE "
                                              "NEW-NAME, revoke MACHINE or grant MACHINE"));
    }
  grant_clear (&options.grant);
  g_free (options.key);
  return code;
}

const Command cmd_devices = {
  "devices",
  run,
  N_ ("[list|approve WAITING|rename MACHINE NEW-NAME|revoke MACHINE|grant MACHINE]"),
  N_ ("Say which machines are in the network"),
  N_ ("list     all that the network has and had, those too that are away and those that wait\n"
      "approve  lets one in that waits; compare its key with what “bamgatectl status” says\n"
      "         there. The one whose name it takes is put out\n"
      "rename   gives one another name, which it learns by itself\n"
      "revoke   puts one out for good; what it has opens nothing any more\n"
      "grant    says what one may offer in a signed network, in place of what it might before;\n"
      "         approve takes the same options\n\n"
      "All but the list is for owners: the first machine of a network, and those that sign\n"
      "for it (bamgatectl owners). MACHINE may be an address, an id or a key.\n\n"
      "Examples:\n"
      "  bamgatectl devices\n"
      "  bamgatectl devices approve phone\n"
      "  bamgatectl devices grant attic --route 192.168.1.0/24 --exit 4,6\n"
      "  bamgatectl devices rename phone old-phone\n"
      "  bamgatectl devices revoke old-phone"),
  CTL_EXITS_BUS | 1u << CTL_NOT_CONFIGURED | 1u << CTL_NOT_FOUND | 1u << CTL_TIMEOUT,
};
