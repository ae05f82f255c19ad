/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/application-private.h"
#include "common/error.h"

/* What the other machine is told to dial, with the pin. */
static char *
public_server (BgApplication *self)
{
  const BgHubInfo *hub = bg_tunnel_get_hub (self->tunnel);
  const char *pin = hub ? hub->pin : self->config->server_pin;
  g_autofree char *base = bg_server_url_http_base (self->config->server_url);

  return pin ? g_strconcat (base, "#sha256=", pin, NULL) : g_steal_pointer (&base);
}

static void
on_service_invited (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  GError *error = NULL;
  guint expires_in = 0;
  g_autofree char *code = bg_service_invite_finish (result, &expires_in, &error);
  const char *server = g_task_get_task_data (task);
  g_autofree char *quoted = NULL, *command = NULL;
  GVariantDict dict;

  if (!code)
    {
      g_task_return_error (task, error);
      return;
    }
  quoted = g_shell_quote (server);
  command = g_strdup_printf ("bamgatectl join %s %s", code, quoted);
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "code", "s", code);
  g_variant_dict_insert (&dict, "expires-in", "u", expires_in);
  g_variant_dict_insert (&dict, "server-url", "s", server);
  g_variant_dict_insert (&dict, "join-command", "s", command);
  g_task_return_pointer (task, g_variant_ref_sink (g_variant_dict_end (&dict)),
                         (GDestroyNotify) g_variant_unref);
}

static void
ask_for_invite (BgApplication *self, GTask *task)
{
  const BgHubInfo *hub = bg_tunnel_get_hub (self->tunnel);
  g_autoptr (BgSecretStore) secrets = NULL;
  GError *error = NULL;
  char *token = NULL;

  g_task_set_task_data (task, public_server (self), g_free); /* the settings may change meanwhile */
  if (hub)
    {
      bg_service_invite_async (hub->url, hub->pin, hub->token, NULL, on_service_invited,
                               g_object_ref (task));
      return;
    }
  secrets = bg_secret_keeper_open (self->keeper, &error);
  if (secrets)
    token = bg_secret_store_read (secrets, "token", &error);
  if (error)
    g_task_return_error (task, error);
  else
    bg_service_invite_async (self->config->server_url, self->config->server_pin, token, NULL,
                             on_service_invited, g_object_ref (task));
  bg_secret_free (token);
}

static void
on_token_known (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  BgApplication *self = g_task_get_source_object (task);
  GError *error = NULL;

  if (bg_secret_keeper_fetch_finish (self->keeper, result, &error))
    ask_for_invite (self, task);
  else
    g_task_return_error (task, error);
  if (bg_tunnel_is_down (self->tunnel))
    bg_secret_keeper_forget (self->keeper);
}

/* The token may be a person's; the hub of this machine has its own. */
static void
fetch_token (BgApplication *self, GTask *task)
{
  static const char *const names[] = { "token", NULL }, *const none[] = { NULL };

  bg_secret_keeper_fetch_async (self->keeper, bg_tunnel_get_hub (self->tunnel) ? none : names, NULL,
                                on_token_known, g_object_ref (task));
}

void
bg_application_invite_async (BgApplication *self, GVariant *options, GAsyncReadyCallback callback,
                             gpointer data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, data);
  GError *error = NULL;

  g_task_set_source_tag (task, bg_application_invite_async);
  if (!bg_application_has_no_options (options, &error))
    g_task_return_error (task, error);
  else if (!self->config->server_url)
    bg_task_return_error (task, BG_ERROR_NOT_CONFIGURED, NO_NETWORK_TO_INVITE);
  else if (self->config->host_hub && !bg_tunnel_get_hub (self->tunnel))
    bg_task_return_error (task, BG_ERROR_WRONG_STATE, OWN_HUB_RESTS);
  else
    fetch_token (self, task);
}

GVariant *
bg_application_invite_finish (BgApplication *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
