/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* bamgatectl hub move: the daemon takes its network to another hub. A run that ended anywhere is continued by the next in the same way. */

#include "bamgatectl/hub-work.h"
#include "bamgatectl/input.h"

static GVariant *
move_options (const char *url, const char *token, gboolean force)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "server-url", "s", url);
  g_variant_dict_insert (&dict, "token", "s", token);
  if (force)
    g_variant_dict_insert (&dict, "force", "b", TRUE);
  return g_variant_dict_end (&dict);
}

static void
show_moved (Ctl *ctl, const char *from)
{
  g_autoptr (Out) out = out_new (ctl->json, FALSE);
  const char *to = bamgate_client_get_server_url (ctl->client);

  out_text (out, "from", NULL, from);
  out_text (out, "server_url", _ ("Hub"), to);
  out_note (
    out,
    _ ("The network has moved. Machines that are on go there by themselves; others do once they "
       "ask the old hub, so let that run until all have been there."));
  out_note (out, _ ("Go programs do not follow: they need a new setup."));
}

static CtlExit
move_there (Ctl *ctl, const char *url, const char *token, gboolean force)
{
  g_autofree char *from = NULL;
  GError *error = NULL;
  Call *call;
  CtlExit code = ctl_connect_to_act (ctl);

  if (code != CTL_OK)
    return code;
  from = g_strdup (bamgate_client_get_server_url (ctl->client));
  call = call_new (ctl, _ ("Moving the network to the other hub"),
                   _ ("hub: the daemon goes on with the move"));
  bamgate_client_move_hub (ctl->client, move_options (url, token, force), call_cancellable (call),
                           call_on_answer, call);
  if (!bamgate_client_move_hub_finish (ctl->client, call_wait (call), &error))
    return call_fail (call, _ ("hub"), error);
  call_free (call);
  show_moved (ctl, from);
  return CTL_OK;
}

CtlExit
hub_move_to (Ctl *ctl, const HubOptions *options, const char *url)
{
  GError *error = NULL;
  char *token = input_read_secret (options->token_file, &error);
  CtlExit code = token ? move_there (ctl, url, token, options->force) : ctl_fail (_ ("hub"), error);

  input_free_secret (token);
  return code;
}

CtlExit
hub_move_to_cloudflare (HubWork *self)
{
  CtlExit code = hub_deploy_silently (self);
  g_autofree char *url = NULL;

  if (code != CTL_OK)
    return code;
  if (!self->token.text)
    return ctl_fail_with (
      CTL_FAILED, _ ("hub: the token of the Worker is not on this machine: say --token-file"));
  url = g_strconcat ("https://", self->site->host, NULL);
  return move_there (self->ctl, url, self->token.text, FALSE);
}
