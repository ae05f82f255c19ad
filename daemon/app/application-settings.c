/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/application-private.h"

#include "app/access-control.h"
#include "app/device-key.h"
#include "app/enrolment-check.h"
#include "common/error.h"
#include "common/printable.h"
#include "common/key-text.h"
#include "common/log.h"
#include "net/outside-names.h"
#include "signaling/proxy.h"
#include "signaling/signaling-client.h"

void
bg_application_read_public_key (BgApplication *self)
{
  g_autoptr (BgSecretStore) secrets = NULL;
  WgKey private_key, public_key;
  char text[BG_KEY_TEXT_LEN + 1] = "";

  if (!bg_secret_keeper_knows (self->keeper, "device-key"))
    return; /* it was read before, or will be when its owner is asked */
  secrets = bg_secret_keeper_open (self->keeper, NULL);
  if (secrets && bg_device_key_read (secrets, &private_key, &public_key, NULL))
    {
      bg_key_to_base64 (public_key.bytes, text);
      wg_wipe (&private_key, sizeof private_key);
    }
  g_free (self->public_key);
  self->public_key = g_strdup (text);
}

void
bg_application_take_config (BgApplication *self, BgConfig *take)
{
  g_autoptr (BgConfig) old = g_steal_pointer (&self->config);

  if (bg_config_get_settings (take) != bg_config_get_settings (old))
    bg_application_note_settings (self, NULL); /* they were read, and are whole */
  self->config = take = bg_application_with_lent_exit (self, take);
  bg_secret_keeper_set_config (self->keeper, take);
  if (g_strcmp0 (old->log_level, take->log_level) != 0)
    bg_log_configure (take->log_level, NULL); /* checked when it was loaded */
  bg_proxy_set (take->proxy);
  bg_strictness_set_config (self->strictness, take);
  bg_hub_following_set_hub (self->following, take->server_url, take->server_pin);
  bg_outside_names_use (take->exit_node != NULL);
  bg_application_read_public_key (self);
}

/* As far as it goes: a peer whose key is not to be had is named in the log. */
static void
on_fetched (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (BgApplication) self = data;
  g_autoptr (GError) error = NULL;

  if (!bg_secret_keeper_fetch_finish (self->keeper, result, &error))
    bg_log (BG_TOPIC_CONFIG, WARNING, NULL, "%s", error->message);
  if (bg_application_is_up (self))
    bg_tunnel_apply (self->tunnel, self->config);
  else if (bg_tunnel_is_down (self->tunnel))
    bg_secret_keeper_forget (self->keeper);
  bg_application_announce (self);
}

void
bg_application_apply_config (BgApplication *self)
{
  if (bg_application_is_up (self))
    bg_tunnel_apply (self->tunnel, self->config);
  else if (bg_tunnel_is_down (self->tunnel) && !self->config->exit_node)
    bg_tunnel_remove_leftovers (self->tunnel,
                                FALSE); /* the fence of a killed daemon stood until now */
  bg_application_configure_endpoints (self);
  bg_application_announce (self);
  if (bg_application_is_up (self) && bg_secret_keeper_lacks (self->keeper))
    bg_secret_keeper_fetch_async (self->keeper, NULL, NULL, on_fetched, g_object_ref (self));
}

gboolean
bg_application_may_change (BgApplication *self, GTask *task)
{
  if (!self->enrolling)
    return TRUE;
  bg_task_return_error (task, BG_ERROR_WRONG_STATE, ENROLMENT_UNDER_WAY);
  return FALSE;
}

/* Takes `fresh`, or `error` where there is none. */
static void
use_config (BgApplication *self, BgConfig *fresh, GTask *task, GError *error)
{
  if (!fresh)
    {
      g_task_return_error (task, error);
      return;
    }
  bg_application_take_config (self, fresh);
  bg_application_apply_config (self);
  bg_application_retry_changed (self);
  g_task_return_boolean (task, TRUE);
}

/* As setup and join judge, who can be forced. */
static gboolean
may_have_url (BgApplication *self, GVariant *changes, GError **error)
{
  const char *text = NULL;
  g_autofree char *url = g_variant_lookup (changes, "network.server-url", "&s", &text)
                           ? bg_server_url_normalize (text, NULL)
                           : NULL;

  return !url || g_strcmp0 (url, self->config->server_url) == 0
         || bg_enrolment_check_url (url, FALSE, error);
}

/* A registered device would not be let in under another. */
static gboolean
may_have_name (BgApplication *self, GVariant *changes, GError **error)
{
  const char *name = NULL;
  g_autofree char *known = self->config->device_name ? bg_printable (self->config->device_name)
                                                     : NULL;

  if (!known || !bg_hub_access_get_device_id (self->hub_access)
      || !g_variant_lookup (changes, "device.name", "&s", &name)
      || g_strcmp0 (name, self->config->device_name) == 0)
    return TRUE;
  bg_error_set (error, BG_ERROR_WRONG_STATE, NAME_IS_REGISTERED, known);
  return FALSE;
}

void
bg_application_configure_async (BgApplication *self, GVariant *changes,
                                GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, data);
  GError *error = NULL;
  BgConfig *fresh;
  gboolean chooses;

  g_task_set_source_tag (task, bg_application_configure_async);
  if (!bg_application_may_change (self, task))
    return;
  fresh = may_have_url (self, changes, &error) && may_have_name (self, changes, &error)
            ? bg_config_change (self->config, self->config_path, changes, &error)
            : NULL;
  chooses = fresh && bg_application_chooses_exit (changes);
  if (chooses)
    bg_application_forget_lent_exit (self);
  use_config (self, fresh, task, error);
  if (chooses)
    bg_strictness_await_nobody (self->strictness);
}

gboolean
bg_application_configure_finish (BgApplication *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

GVariant *
bg_application_get_configuration (BgApplication *self)
{
  return bg_config_to_variant (bg_config_get_settings (self->config));
}

GVariant *
bg_application_list_access (BgApplication *self)
{
  GVariant *list = bg_tunnel_list_access (self->tunnel);

  return list ? list : bg_access_control_list (NULL, self->config);
}

GVariant *
bg_application_list_services (BgApplication *self)
{
  return bg_tunnel_list_services (self->tunnel, self->config);
}

void
bg_application_reload_async (BgApplication *self, GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, data);
  GError *error = NULL;
  BgConfig *fresh;

  g_task_set_source_tag (task, bg_application_reload_async);
  if (!bg_application_may_change (self, task))
    return;
  fresh = bg_application_read_settings (self, &error);
  if (fresh)
    self->reloads[BG_RELOAD_TAKEN]++;
  use_config (self, fresh, task, error);
  bg_tunnel_repeat_system_dns (self->tunnel);
  bg_endpoints_repeat_names (self->endpoints);
}

gboolean
bg_application_reload_finish (BgApplication *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
