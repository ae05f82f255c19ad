/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgatectl/call.h"
#include "bamgatectl/commands.h"
#include "bamgatectl/device-list.h"
#include "bamgatectl/input.h"

#include "common/printable.h"

static gboolean is_unasked;

static CtlExit
list (Ctl *ctl, char **words)
{
  CtlExit code;
  g_autoptr (GVariant) devices = device_list_fetch (ctl, &code);
  g_autoptr (Out) out = NULL;

  if (!devices)
    return code;
  out = out_new (ctl->json, FALSE);
  out_table_begin (out, "owners");
  for (gsize i = 0; i < g_variant_n_children (devices); i++)
    {
      g_autoptr (GVariant) device = g_variant_get_child_value (devices, i);

      if (!bg_device_entry_flag (device, "owner") || bg_device_entry_is_out (device))
        continue;
      out_row_begin (out);
      out_text (out, "name", _ ("MACHINE"), bg_device_entry_text (device, "name"));
      out_text (out, "id", NULL, bg_device_entry_text (device, "id"));
      out_text (out, "public_key", NULL, bg_device_entry_text (device, "public-key"));
      out_flag (out, "self", _ ("THIS MACHINE"), bg_device_entry_flag (device, "self"));
      out_row_end (out);
    }
  out_table_end (out);
  return CTL_OK;
}

/* What another owner is told, who types it there. */
static CtlExit
key (Ctl *ctl, char **words)
{
  Call *call = call_new (ctl, NULL, NULL);
  GError *error = NULL;
  g_autoptr (GVariant) result = NULL;
  g_autoptr (Out) out = NULL;
  const char *text = "";

  bamgate_client_get_signing_key (ctl->client, call_cancellable (call), call_on_answer, call);
  result = bamgate_client_get_signing_key_finish (ctl->client, call_wait (call), &error);
  if (!result)
    return call_fail (call, NULL, error);
  call_free (call);
  g_variant_lookup (result, "signing-key", "&s", &text);
  out = out_new (ctl->json, FALSE);
  out_alone (out, "signing_key", text);
  return CTL_OK;
}

static CtlExit
add (Ctl *ctl, char **words)
{
  CtlExit code;
  g_autoptr (GVariant) device = device_fetch (ctl, words[0], DEVICE_ANY, &code);
  Call *call;

  if (!device)
    return code;
  call = call_new (ctl, _ ("Signing it"), _ ("owners: the daemon goes on with it"));
  bamgate_client_add_owner (ctl->client, bg_device_entry_word (device), words[1],
                            call_cancellable (call), call_on_answer, call);
  return device_finish (ctl, call, device, bamgate_client_add_owner_finish,
                        _ ("signs for the network from now on"));
}

/* Another owner can make it one again; this machine cannot. */
static CtlExit
confirm (GVariant *device)
{
  if (is_unasked || !bg_device_entry_flag (device, "self")
      || input_confirm (_ ("This machine says no more who is in the network, until another owner "
                           "makes it one again. Go on? [y/N] ")))
    return CTL_OK;
  return ctl_fail_with (CTL_FAILED, _ ("owners: nothing was changed; --yes does it unasked"));
}

static CtlExit
take_away (Ctl *ctl, char **words)
{
  CtlExit code;
  g_autoptr (GVariant) device = device_fetch (ctl, words[0], DEVICE_ANY, &code);
  Call *call;

  if (!device || (code = confirm (device)) != CTL_OK)
    return code;
  call = call_new (ctl, _ ("Signing it"), _ ("owners: the daemon goes on with it"));
  bamgate_client_remove_owner (ctl->client, bg_device_entry_word (device), call_cancellable (call),
                               call_on_answer, call);
  return device_finish (ctl, call, device, bamgate_client_remove_owner_finish, _ ("signs no more"));
}

typedef struct
{
  const char *name;
  int words; /* behind it */
  CtlExit (*connect) (Ctl *ctl);
  CtlExit (*run) (Ctl *ctl, char **words);
} Action;

static const Action actions[] = {
  { "list", 0, ctl_connect, list },
  { "key", 0, ctl_connect_to_act, key },
  { "add", 2, ctl_connect_to_act, add },
  { "remove", 1, ctl_connect_to_act, take_away },
};

static const Action *
find_action (int argc, char **argv)
{
  for (guint i = 0; i < G_N_ELEMENTS (actions); i++)
    if (argc < 2 || (g_str_equal (actions[i].name, argv[1]) && actions[i].words == argc - 2))
      return &actions[i];
  return NULL;
}

static CtlExit
run (Ctl *ctl, int argc, char **argv)
{
  const GOptionEntry entries[] = {
    { "yes", 'y', 0, G_OPTION_ARG_NONE, &is_unasked, N_ ("Do not ask"), NULL },
    { NULL },
  };
  const Action *action;
  CtlExit code;

  if (!ctl_parse (ctl, &cmd_owners, entries, 0, 3, &argc, &argv))
    return CTL_USAGE;
  action = find_action (argc, argv);
  if (!action)
    return ctl_fail_with (CTL_USAGE,
                          _ ("owners: say list, key, add MACHINE SIGNING-KEY or remove MACHINE"));
  if (is_unasked && action->run != take_away)
    return ctl_fail_with (CTL_USAGE, _ ("owners: --yes belongs to remove"));
  code = action->connect (ctl);
  return code == CTL_OK ? action->run (ctl, argv + MIN (argc, 2)) : code;
}

const Command cmd_owners = {
  "owners",
  run,
  N_ ("[list|key|add MACHINE SIGNING-KEY|remove MACHINE]"),
  N_ ("Say which machines sign for the network"),
  N_ ("list    the machines that say who is in the network\n"
      "key     what this machine would sign with, which its next owner is told: no secret\n"
      "add     makes a machine an owner too, with the key that “bamgatectl owners key” says\n"
      "        there\n"
      "remove  a machine is an owner no more; the last one stays\n\n"
      "Owners are there in a signed network (bamgatectl network protect). Have two of them,\n"
      "so that one may get lost.\n\n"
      "Examples:\n"
      "  laptop# bamgatectl owners key\n"
      "  home# bamgatectl owners add laptop SIGNING-KEY"),
  CTL_EXITS_BUS | 1u << CTL_NOT_CONFIGURED | 1u << CTL_NOT_FOUND | 1u << CTL_TIMEOUT,
};
