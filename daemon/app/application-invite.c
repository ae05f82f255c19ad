/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/application-private.h"
#include "common/error.h"
#include "signaling/service-api.h"

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
on_hub_open (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  BgApplication *self = BG_APPLICATION (source);
  GError *error = NULL;
  const BgServiceHub *hub = bg_application_open_hub_finish (self, result, &error);

  if (!hub)
    {
      g_task_return_error (task, error);
      return;
    }
  g_task_set_task_data (task, public_server (self), g_free); /* the settings may change meanwhile */
  bg_service_invite_async (hub, NULL, on_service_invited, g_object_ref (task));
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
  else
    bg_application_open_hub_async (self, NULL, on_hub_open, g_object_ref (task));
}

GVariant *
bg_application_invite_finish (BgApplication *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
