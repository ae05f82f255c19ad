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

/* --- What it is at --- */

static const struct
{
  const char *step, *what;
} steps[] = {
  { "asking", N_ ("Asking the hub of now whether it lets the network go") },
  { "reading", N_ ("Reading all that the hub knows") },
  { "giving", N_ ("Giving it to the new hub") },
  { "checking", N_ ("Looking whether the new hub has kept all of it") },
  { "leaving", N_ ("Telling the old hub, and all machines, where the network is") },
  { "following", N_ ("Going to the new hub") },
};

typedef struct
{
  Call *call;
  GStrvBuilder *heard;
} Watch;

static void
on_step (BamgateClient *client, GParamSpec *spec, Watch *watch)
{
  const char *step = bamgate_client_get_hub_move (client);

  for (guint i = 0; i < G_N_ELEMENTS (steps); i++)
    if (g_strcmp0 (steps[i].step, step) == 0)
      {
        call_say (watch->call, _ (steps[i].what));
        g_strv_builder_add (watch->heard, step);
      }
}

/* --- It is there --- */

static void
show_moved (Ctl *ctl, const char *from, const char *const *heard)
{
  g_autoptr (Out) out = out_new (ctl->json, FALSE);
  const char *to = bamgate_client_get_server_url (ctl->client);

  out_list (out, "steps", NULL, heard);
  out_text (out, "from", _ ("From"), from);
  out_text (out, "server_url", _ ("Hub"), to);
  out_note (
    out,
    _ ("The network has moved. Machines that are on go there by themselves; others do once they "
       "ask the old hub, so let that run until all have been there."));
  out_note (out, _ ("Go programs do not follow: they need a new setup."));
}

/* FALSE with an error. */
static gboolean
call_move (Ctl *ctl, GVariant *options, Watch *watch, GError **error)
{
  gulong handler = g_signal_connect (ctl->client, "notify::hub-move", G_CALLBACK (on_step), watch);
  gboolean ok;

  bamgate_client_move_hub (ctl->client, options, call_cancellable (watch->call), call_on_answer,
                           watch->call);
  ok = bamgate_client_move_hub_finish (ctl->client, call_wait (watch->call), error);
  g_signal_handler_disconnect (ctl->client, handler);
  return ok;
}

static CtlExit
move_there (Ctl *ctl, const char *url, const char *token, gboolean force)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) heard = NULL;
  g_autofree char *from = NULL;
  GError *error = NULL;
  Watch watch = { .heard = builder };
  CtlExit code = ctl_connect_to_act (ctl);

  if (code != CTL_OK)
    return code;
  from = g_strdup (bamgate_client_get_server_url (ctl->client));
  watch.call = call_new (ctl, _ ("Moving the network to the other hub"),
                         _ ("hub: the daemon goes on with the move"));
  if (!call_move (ctl, move_options (url, token, force), &watch, &error))
    return call_fail (watch.call, _ ("hub"), error);
  call_free (watch.call);
  heard = g_strv_builder_end (builder);
  show_moved (ctl, from, (const char *const *) heard);
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
