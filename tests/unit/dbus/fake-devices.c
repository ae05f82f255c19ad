/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The devices of an application without a hub: whoever protects the network is its owner. */
#include "unit/dbus/fake-application-private.h"

#include "app/application-authority.h"
#include "app/application-devices.h"

void
fake_return_true (BgApplication *self, GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, data);

  g_task_return_boolean (task, TRUE);
}

gboolean
fake_finish_boolean (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
return_dict (BgApplication *self, const char *text, const char *type, GAsyncReadyCallback callback,
             gpointer data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, data);

  g_task_return_pointer (task, g_variant_parse (G_VARIANT_TYPE (type), text, NULL, NULL, NULL),
                         (GDestroyNotify) g_variant_unref);
}

static void
return_text (BgApplication *self, const char *text, GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, data);

  g_task_return_pointer (task, g_strdup (text), g_free);
}

static gpointer
finish_pointer (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

void
bg_application_list_devices_async (BgApplication *self, GAsyncReadyCallback callback, gpointer data)
{
  return_dict (self, "[{'name': <'home'>}]", "aa{sv}", callback, data);
}

GVariant *
bg_application_list_devices_finish (BgApplication *self, GAsyncResult *result, GError **error)
{
  return finish_pointer (result, error);
}

void
bg_application_list_invites_async (BgApplication *self, GAsyncReadyCallback callback, gpointer data)
{
  return_dict (self, "[{'id': <'0123456789abcdef'>}]", "aa{sv}", callback, data);
}

void
bg_application_cancel_invite_async (BgApplication *self, const char *id,
                                    GAsyncReadyCallback callback, gpointer data)
{
  return_dict (self, "{'state': <'cancelled'>}", "a{sv}", callback, data);
}

GVariant *
bg_application_invites_finish (BgApplication *self, GAsyncResult *result, GError **error)
{
  return finish_pointer (result, error);
}

GVariant *
bg_application_get_network (BgApplication *self)
{
  return g_variant_new_parsed ("{'signed': <%b>}", *self->info.network_id != '\0');
}

void
bg_application_rename_device_async (BgApplication *self, const char *device, const char *name,
                                    GAsyncReadyCallback callback, gpointer data)
{
  fake_return_true (self, callback, data);
}

void
bg_application_revoke_device_async (BgApplication *self, const char *device,
                                    GAsyncReadyCallback callback, gpointer data)
{
  fake_return_true (self, callback, data);
}

void
bg_application_approve_device_async (BgApplication *self, const char *device, GVariant *options,
                                     GAsyncReadyCallback callback, gpointer data)
{
  fake_return_true (self, callback, data);
}

void
bg_application_grant_device_async (BgApplication *self, const char *device, GVariant *options,
                                   GAsyncReadyCallback callback, gpointer data)
{
  fake_return_true (self, callback, data);
}

void
bg_application_add_owner_device_async (BgApplication *self, const char *device,
                                       const char *signing_key, GAsyncReadyCallback callback,
                                       gpointer data)
{
  fake_return_true (self, callback, data);
}

void
bg_application_remove_owner_device_async (BgApplication *self, const char *device,
                                          GAsyncReadyCallback callback, gpointer data)
{
  fake_return_true (self, callback, data);
}

gboolean
bg_application_change_device_finish (BgApplication *self, GAsyncResult *result, GError **error)
{
  return fake_finish_boolean (result, error);
}

void
bg_application_protect_async (BgApplication *self, GVariant *options, GAsyncReadyCallback callback,
                              gpointer data)
{
  self->info.network_id = "0123 4567";
  self->info.membership = "signed";
  self->info.is_owner = TRUE;
  g_signal_emit (self, fake_application_changed, 0);
  return_text (self, "THE-CODE", callback, data);
}

char *
bg_application_protect_finish (BgApplication *self, GAsyncResult *result, GError **error)
{
  return finish_pointer (result, error);
}

void
bg_application_get_signing_key_async (BgApplication *self, GAsyncReadyCallback callback,
                                      gpointer data)
{
  return_text (self, "THE-KEY", callback, data);
}

char *
bg_application_get_signing_key_finish (BgApplication *self, GAsyncResult *result, GError **error)
{
  return finish_pointer (result, error);
}

void
bg_application_recover_network_async (BgApplication *self, const char *code, GVariant *options,
                                      GAsyncReadyCallback callback, gpointer data)
{
  return_text (self, "THE-NEXT-CODE", callback, data);
}

char *
bg_application_recover_finish (BgApplication *self, GAsyncResult *result, GError **error)
{
  return finish_pointer (result, error);
}

void
bg_application_allow_unsigned_async (BgApplication *self, gboolean allow,
                                     GAsyncReadyCallback callback, gpointer data)
{
  fake_return_true (self, callback, data);
}

gboolean
bg_application_allow_unsigned_finish (BgApplication *self, GAsyncResult *result, GError **error)
{
  return fake_finish_boolean (result, error);
}

void
bg_application_make_authority_async (BgApplication *self, GAsyncReadyCallback callback,
                                     gpointer data)
{
  fake_return_true (self, callback, data);
}

gboolean
bg_application_make_authority_finish (BgApplication *self, GAsyncResult *result, GError **error)
{
  return fake_finish_boolean (result, error);
}

void
bg_application_give_name_async (BgApplication *self, const char *name, const char *device,
                                GAsyncReadyCallback callback, gpointer data)
{
  fake_return_true (self, callback, data);
}

gboolean
bg_application_give_name_finish (BgApplication *self, GAsyncResult *result, GError **error)
{
  return fake_finish_boolean (result, error);
}

void
bg_application_move_hub_async (BgApplication *self, GVariant *options, GAsyncReadyCallback callback,
                               gpointer data)
{
  fake_return_true (self, callback, data);
}

gboolean
bg_application_move_hub_finish (BgApplication *self, GAsyncResult *result, GError **error)
{
  return fake_finish_boolean (result, error);
}

void
bg_application_trust_network_async (BgApplication *self, GVariant *options,
                                    GAsyncReadyCallback callback, gpointer data)
{
  self->info.network_id = "";
  self->info.membership = "unsigned";
  self->info.is_owner = FALSE;
  g_signal_emit (self, fake_application_changed, 0);
  fake_return_true (self, callback, data);
}

gboolean
bg_application_trust_finish (BgApplication *self, GAsyncResult *result, GError **error)
{
  return fake_finish_boolean (result, error);
}
