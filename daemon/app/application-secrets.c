/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whose the secrets are, and how they go from one owner to another. */
#include "app/application-private.h"
#include "app/secret-move.h"
#include "common/error.h"
#include "common/log.h"

#include <string.h>

void
bg_application_set_secret_source (BgApplication *self, const BgSecretSourceOps *ops,
                                  gpointer source)
{
  BgSecretOwner own = bg_secret_keeper_own (self->keeper);

  self->own_keyring = (BgKeyringSource){ ops, source };
  if (bg_secret_owner_is_user (&own))
    bg_secret_keeper_set_source (self->keeper, &bg_keyring_source_ops, &self->own_keyring);
  else
    bg_secret_keeper_set_source (self->keeper, ops, source);
}

void
bg_application_secret_source_grew (BgApplication *self)
{
  bg_application_retry_changed (self);
  if (!self->enrolling)
    bg_secret_keeper_settle (self->keeper);
}

/* --- The device's key --- */

void
bg_application_fetch_key (BgApplication *self, GAsyncReadyCallback callback, gpointer data)
{
  static const char *const names[] = { "device-key", NULL };

  bg_secret_keeper_fetch_async (self->keeper, names, NULL, callback, data);
}

/* A machine that never was in a network has no key that somebody could keep. */
static gboolean
may_have_key (const BgConfig *config)
{
  return config->device_name || config->server_url || config->has_address || config->has_address6
         || config->static_peers->len > 0 || config->device_key_owner.kind != BG_SECRET_UNSAID;
}

gboolean
bg_application_has_key (BgApplication *self, GAsyncResult *result, GError **error)
{
  g_autoptr (GError) local = NULL;

  if (bg_secret_keeper_fetch_finish (self->keeper, result, &local))
    return TRUE;
  if (!may_have_key (self->config))
    {
      bg_log (BG_TOPIC_CONFIG, MESSAGE, NULL, "the secrets go to files: %s", local->message);
      bg_secret_keeper_suppose_none (self->keeper, "device-key");
      return TRUE;
    }
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

/* --- What is left behind --- */

typedef struct
{
  const BgSecretSourceOps *ops;
  gpointer source;
} Discard;

static void
on_discarded (GObject *object, GAsyncResult *result, gpointer data)
{
  g_autofree Discard *discard = data;
  g_autoptr (GError) error = NULL;

  if (!discard->ops->done (discard->source, result, &error))
    bg_log (BG_TOPIC_CONFIG, MESSAGE, NULL, "what is left in a keyring is of no use any more: %s",
            error->message);
}

void
bg_application_discard_secret (BgApplication *self, const char *name)
{
  gpointer source;
  const BgSecretSourceOps *ops = bg_secret_keeper_get_source (self->keeper, &source);
  BgSecretOwner owner = bg_secret_keeper_owner_of (self->keeper, name);
  Discard *discard;

  if (!ops || owner.kind != BG_SECRET_USER)
    return;
  discard = g_new (Discard, 1);
  *discard = (Discard){ ops, source };
  ops->remove (source, &owner, name, NULL, on_discarded, discard);
}

/* A network that is left knows none of them any more. */
void
bg_application_discard_secrets (BgApplication *self, BgConfig *old)
{
  static const char *const names[] = { "token", "device-credential", "turn-secret" };

  bg_secret_keeper_stop_settling (self->keeper);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    bg_application_discard_secret (self, names[i]);
  if (old->static_peers->len == 0)
    bg_application_discard_secret (self, "device-key");
}

/* --- The list --- */

static const char *
place_of (BgApplication *self, const char *name, const BgSecretOwner *owner)
{
  if (bg_secret_keeper_has_file (self->keeper, name))
    return "file";
  if (!bg_secret_owner_is_user (owner))
    return NULL;
  return owner->kind == BG_SECRET_ASK ? "nowhere" : "keyring";
}

static void
describe (BgApplication *self, const char *name, GVariantBuilder *list)
{
  BgSecretOwner owner = bg_secret_keeper_owner_of (self->keeper, name);
  g_autofree char *text = bg_secret_owner_format (&owner);
  g_autofree char *setting = bg_secret_keeper_setting_of (name);
  const char *place = place_of (self, name, &owner);
  g_autofree char *person = NULL;
  GVariantDict dict;

  if (!place)
    return;
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "name", "s", name);
  g_variant_dict_insert (&dict, "owner", "s", text);
  g_variant_dict_insert (&dict, "place", "s", place);
  g_variant_dict_insert (&dict, "setting", "s", setting);
  if (bg_secret_owner_is_user (&owner))
    {
      person = bg_secret_owner_person (&owner);
      g_variant_dict_insert (&dict, "uid", "u", owner.uid);
      g_variant_dict_insert (&dict, "person", "s", person);
    }
  g_variant_builder_add_value (list, g_variant_dict_end (&dict));
}

/* It goes where the token goes, once there is one. */
static gboolean
is_credential_there (BgApplication *self)
{
  return bg_secret_keeper_has_file (self->keeper, "device-credential")
         || self->config->device_credential_owner.kind != BG_SECRET_UNSAID
         || bg_hub_access_get_device_id (self->hub_access);
}

/* What the settings leave to a daemon of a person's own is there only where something needs it. */
static gboolean
may_be_there (BgApplication *self, const char *name)
{
  BgSecretOwner owner = bg_secret_keeper_owner_of (self->keeper, name);
  BgSecretOwner own = bg_secret_keeper_own (self->keeper);

  if (g_str_equal (name, "device-credential"))
    return is_credential_there (self);
  if (!bg_secret_owner_is_user (&own) || !bg_secret_owner_equal (&owner, &own))
    return TRUE;
  if (bg_secret_keeper_has_file (self->keeper, name))
    return TRUE;
  if (g_str_equal (name, "token"))
    return self->config->server_url && !self->config->host_hub;
  if (g_str_equal (name, "turn-secret"))
    return self->config->turn_servers[0] != NULL;

  return bg_tunnel_is_configured (self->config) && g_str_equal (name, "device-key");
}

void
bg_application_list_secrets_async (BgApplication *self, GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, data);
  g_auto (GStrv) names = bg_secret_keeper_list_names (self->keeper);
  GVariantBuilder list;

  g_task_set_source_tag (task, bg_application_list_secrets_async);
  g_variant_builder_init (&list, G_VARIANT_TYPE ("aa{sv}"));
  for (char **name = names; *name; name++)
    if (may_be_there (self, *name))
      describe (self, *name, &list);
  g_task_return_pointer (task, g_variant_ref_sink (g_variant_builder_end (&list)),
                         (GDestroyNotify) g_variant_unref);
}

GVariant *
bg_application_list_secrets_finish (BgApplication *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* --- Moving --- */

static gboolean
parse_target (const char *to, guint32 uid, BgSecretOwner *target, GError **error)
{
  if (g_str_equal (to, "system"))
    *target = (BgSecretOwner){ BG_SECRET_SYSTEM, 0 };
  else if (g_str_equal (to, "user"))
    *target = (BgSecretOwner){ BG_SECRET_USER, uid };
  else if (g_str_equal (to, "ask"))
    *target = (BgSecretOwner){ BG_SECRET_ASK, uid };
  else
    {
      bg_error_set (error, BG_ERROR_INVALID_ARGUMENT, BAD_SECRET_MOVE);
      return FALSE;
    }
  return TRUE;
}

/* What is a person's only she takes back; root could read it anyway. */
static gboolean
may_move (BgApplication *self, const char *name, guint32 uid, GError **error)
{
  g_auto (GStrv) names = bg_secret_keeper_list_names (self->keeper);
  BgSecretOwner owner = bg_secret_keeper_owner_of (self->keeper, name);
  g_autoptr (BgWords) words = bg_secret_words (name);
  g_autofree char *person = NULL;

  if (!g_strv_contains ((const char *const *) names, name))
    {
      bg_error_set (error, BG_ERROR_NOT_FOUND, NO_SECRET_OF_NAME);
      return FALSE;
    }
  if (!bg_secret_owner_is_user (&owner) || owner.uid == uid || uid == 0)
    return TRUE;
  person = bg_secret_owner_person (&owner);
  bg_error_set (error, BG_ERROR_NOT_AUTHORIZED, SECRET_OF_ANOTHER, words, person);
  return FALSE;
}

/* A credential that went where the token was does not go back with it: it has to be moved by itself. */
static void
pin_credential (BgApplication *self, const BgSecretOwner *before)
{
  BgSecretOwner now = bg_secret_keeper_owner_of (self->keeper, "device-credential");
  g_autofree char *text = bg_secret_owner_format (before);
  g_autoptr (GError) error = NULL;
  GVariantDict dict;
  g_autoptr (GVariant) changes = NULL;
  BgConfig *fresh;

  if (!bg_secret_owner_is_user (before) || bg_secret_owner_equal (before, &now))
    return;
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "secrets.device-credential", "s", text);
  changes = g_variant_ref_sink (g_variant_dict_end (&dict));
  fresh = bg_config_change (self->config, self->config_path, changes, &error);
  if (fresh)
    bg_application_take_config (self, fresh);
  else
    bg_log (BG_TOPIC_CONFIG, WARNING, NULL, "%s", error->message);
}

static void
on_moved (GObject *object, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  BgApplication *self = g_task_get_source_object (task);
  g_autofree char *left = NULL, *owner_text = NULL;
  GError *error = NULL;
  BgConfig *fresh = bg_secret_move_finish (result, &left, &error);
  BgSecretOwner owner, before = bg_secret_keeper_owner_of (self->keeper, "device-credential");
  GVariantDict dict;

  self->enrolling = FALSE;
  if (bg_tunnel_is_down (self->tunnel))
    bg_secret_keeper_forget (self->keeper);
  if (!fresh)
    {
      g_task_return_error (task, error);
      return;
    }
  bg_application_take_config (self, fresh);
  if (!g_str_equal (g_task_get_task_data (task), "device-credential"))
    pin_credential (self, &before);
  bg_application_apply_config (self);
  bg_secret_keeper_settle (self->keeper); /* a credential goes along */
  owner = bg_secret_keeper_owner_of (self->keeper, g_task_get_task_data (task));
  owner_text = bg_secret_owner_format (&owner);
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "owner", "s", owner_text);
  if (left)
    g_variant_dict_insert (&dict, "left", "s", left);
  g_task_return_pointer (task, g_variant_ref_sink (g_variant_dict_end (&dict)),
                         (GDestroyNotify) g_variant_unref);
}

void
bg_application_move_secret_async (BgApplication *self, const char *name, const char *to,
                                  guint32 uid, GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, data);
  BgSecretMovePlaces places = { self->keeper, self->config, self->config_path };
  BgSecretOwner target;
  GError *error = NULL;

  g_task_set_source_tag (task, bg_application_move_secret_async);
  g_task_set_task_data (task, g_strdup (name), g_free);
  if (!parse_target (to, uid, &target, &error) || !may_move (self, name, uid, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  if (!bg_application_may_change (self, task))
    return;
  self->enrolling = TRUE;
  bg_secret_move_async (&places, name, &target, on_moved, g_object_ref (task));
}

GVariant *
bg_application_move_secret_finish (BgApplication *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
