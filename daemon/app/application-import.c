/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/application-private.h"
#include "app/enrolment-check.h"
#include "app/import.h"
#include "common/error.h"
#include "common/log.h"
#include "net/local-networks.h"
#include "signaling/signaling-client.h"

typedef struct
{
  char *secrets; /* secret */
  gboolean force;
} Options;

static void
options_clear (Options *options)
{
  bg_secret_free (options->secrets);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static gboolean
take_option (Options *options, const char *name, GVariant *value, GError **error)
{
  if (g_str_equal (name, "force") && g_variant_is_of_type (value, G_VARIANT_TYPE_BOOLEAN))
    options->force = g_variant_get_boolean (value);
  else if (g_str_equal (name, "secrets") && g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    options->secrets = g_variant_dup_string (value, NULL);
  else
    {
      bg_error_set (error, BG_ERROR_INVALID_ARGUMENT, NO_SUCH_OPTION_OF_TYPE, name);
      return FALSE;
    }
  return TRUE;
}

static gboolean
parse_options (GVariant *variant, Options *options, GError **error)
{
  GVariantIter iter;
  const char *name;
  GVariant *value;

  g_variant_iter_init (&iter, variant);
  while (g_variant_iter_next (&iter, "{&sv}", &name, &value))
    {
      gboolean ok = take_option (options, name, value, error);

      g_variant_unref (value);
      if (!ok)
        return FALSE;
    }
  return TRUE;
}

/* As for an address that a hub grants. What is none, the settings refuse. */
static gboolean
check_address (BgApplication *self, const char *address, gboolean force, GError **error)
{
  g_autoptr (BgLocalNetworks) networks = NULL;
  BgIpPrefix prefix;

  if (!address || !bg_ip_prefix_parse (address, &prefix))
    return TRUE;
  networks = bg_local_networks_load (self->config->interface, error);
  return networks && bg_enrolment_check_address (networks, address, force, error);
}

static gboolean
check_url (const char *text, gboolean force, GError **error)
{
  g_autofree char *url = text ? bg_server_url_connect (text, NULL) : NULL;

  return !url || bg_enrolment_check_url (url, force, error);
}

static BgConfig *
commit (BgApplication *self, BgImport *import, gboolean force, GError **error)
{
  g_autoptr (BgSecretStore) secrets = NULL;

  /* an IPv6 address is nobody else's, whatever it begins with */
  if (!check_address (self, bg_import_get (import, "device.address"), force, error)
      || !check_address (self, bg_import_get (import, "device.address6"), TRUE, error)
      || !check_url (bg_import_get (import, "network.server-url"), force, error))
    return NULL;
  secrets = bg_secret_keeper_open_for_change (self->keeper, error);
  return secrets ? bg_import_commit (import, force, self->config, self->config_path, secrets, error)
                 : NULL;
}

static void
use_config (BgApplication *self, BgConfig *fresh, gboolean is_another_machine)
{
  g_autoptr (BgConfig) old = bg_config_ref (self->config);

  bg_application_take_config (self, fresh);
  if (g_strcmp0 (old->server_url, fresh->server_url) != 0)
    bg_application_forget_pins (self);
  if (is_another_machine)
    {
      bg_application_enter_network (self);
      return;
    }
  bg_application_apply_config (self);
  bg_application_retry_changed (self);
}

typedef struct
{
  BgImport *import;
  gboolean force;
} Work;

static void
work_free (gpointer data)
{
  Work *work = data;

  bg_import_free (work->import);
  g_free (work);
}

/* This machine's key may be a person's, who is asked for it before it is compared. */
static void
on_key_known (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  BgApplication *self = g_task_get_source_object (task);
  Work *work = g_task_get_task_data (task);
  GError *error = NULL;
  BgConfig *fresh = NULL;

  self->enrolling = FALSE;
  if (bg_application_has_key (self, result, &error))
    fresh = commit (self, work->import, work->force, &error);
  if (!fresh)
    {
      g_task_return_error (task, error);
      return;
    }
  bg_hub_access_reload (self->hub_access); /* it writes what it has of the hub before */
  use_config (self, fresh, bg_import_has_identity (work->import));
  if (bg_import_get_api_key (work->import))
    bg_application_start_endpoints (self); /* with the key that there is now */
  bg_secret_keeper_settle (self->keeper);
  g_task_return_pointer (task, g_variant_ref_sink (bg_import_describe (work->import)),
                         (GDestroyNotify) g_variant_unref);
}

void
bg_application_import_async (BgApplication *self, const char *text, GVariant *options,
                             GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, data);
  g_auto (Options) parsed = { 0 };
  BgImport *import = NULL;
  GError *error = NULL;
  Work *work;

  g_task_set_source_tag (task, bg_application_import_async);
  if (!bg_application_may_change (self, task))
    return;
  if (parse_options (options, &parsed, &error))
    import = bg_import_read (text, parsed.secrets, &error);
  if (!import)
    {
      g_task_return_error (task, error);
      return;
    }
  work = g_new (Work, 1);
  *work = (Work){ import, parsed.force };
  g_task_set_task_data (task, work, work_free);
  self->enrolling = TRUE;
  bg_application_fetch_key (self, on_key_known, g_object_ref (task));
}

GVariant *
bg_application_import_finish (BgApplication *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
