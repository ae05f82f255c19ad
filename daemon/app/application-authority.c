/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The network's authority for certificates, where this machine is it, and names that owners give machines. */
#include "app/application-authority.h"

#include "app/application-private.h"
#include "app/certified-names.h"
#include "common/error.h"
#include "common/key-text.h"
#include "common/log.h"
#include "common/service-item.h"
#include "membership/trust-text.h"
#include "publish/name-authority.h"

#include <string.h>

#define SECRET "authority-key"
#define SECRET_NEXT "authority-key-next" /* of one that the log may not have yet */

/* --- Signing --- */

static GBytes *
sign_with (BgSecretStore *secrets, const char *secret, GBytes *root, GBytes *request,
           char *const *names, GError **error)
{
  char *key = bg_secret_store_read (secrets, secret, error);
  GBytes *certificate = NULL;

  if (key)
    certificate = bg_name_authority_sign (key, root, request, (const char *const *) names,
                                          g_get_real_time () / G_USEC_PER_SEC, error);
  else if (error && !*error)
    bg_error_set (error, BG_ERROR_WRONG_STATE, AUTHORITY_KEY_MISSING);
  bg_secret_free (key);
  return certificate;
}

/* The key of an authority whose entry was under way when the daemon ended is the next one still. */
static GBytes *
sign_for (BgApplication *self, GBytes *root, GBytes *request, char *const *names, GError **error)
{
  g_autoptr (BgSecretStore) secrets = bg_secret_keeper_open_files (self->keeper, error);
  GBytes *certificate;

  if (!secrets)
    return NULL;
  certificate = sign_with (secrets, SECRET_NEXT, root, request, names, NULL);
  return certificate ? certificate : sign_with (secrets, SECRET, root, request, names, error);
}

static gboolean
is_own_key (BgApplication *self, const guint8 *key)
{
  guint8 own[BG_ENTRY_KEY];

  return bg_key_from_base64 (self->public_key, own) && memcmp (own, key, BG_ENTRY_KEY) == 0;
}

GBytes *
bg_application_sign_names (BgApplication *self, const guint8 key[BG_ENTRY_KEY], GBytes *request)
{
  const BgMembership *state = bg_network_log_get_state (self->network_log);
  BgMembershipAuthority authority = { 0 };
  g_auto (GStrv) names = NULL;
  g_autoptr (GBytes) root = NULL;
  g_autoptr (GError) error = NULL;
  GBytes *certificate;

  if (state && bg_network_log_get_alarm (self->network_log).kind == BG_ALARM_NONE)
    authority = bg_membership_authority (state);
  if (authority.number == 0 || !is_own_key (self, authority.device))
    return NULL;
  names = bg_certified_names_of (state, key, bg_tunnel_get_suffix (self->tunnel));
  if (!names)
    return NULL;
  root = g_bytes_new (authority.certificate.bytes, authority.certificate.len);
  certificate = sign_for (self, root, request, names, &error);
  if (certificate)
    bg_log (BG_TOPIC_APP, INFO, NULL, "a certificate was signed for %s", names[0]);
  else
    bg_log (BG_TOPIC_APP, WARNING, NULL, "no certificate is signed for %s: %s", names[0],
            error->message);
  return certificate;
}

/* --- Becoming the authority --- */

static void
on_authority_signed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  BgApplication *self = g_task_get_source_object (task);
  g_autoptr (BgSecretStore) secrets = NULL;
  GError *error = NULL;
  gboolean ok = bg_network_sync_sign_finish (bg_network_log_get_sync (self->network_log), result,
                                             &error);

  secrets = ok ? bg_secret_keeper_open_files (self->keeper, &error) : NULL;
  if (secrets && bg_secret_store_write (secrets, SECRET, g_task_get_task_data (task), &error)
      && bg_secret_store_remove (secrets, SECRET_NEXT, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

/* The key is there before anybody can ask for what it signs. */
static BgEntryWish *
wish_authority (BgApplication *self, GTask *task, GError **error)
{
  g_autoptr (BgEntryWish) wish = bg_application_wish_new (self, BG_WISH_AUTHORITY, error);
  g_autoptr (BgSecretStore) secrets = wish ? bg_secret_keeper_open_files (self->keeper, error)
                                           : NULL;
  const char *suffix = bg_tunnel_get_suffix (self->tunnel);
  char *key;

  if (!secrets)
    return NULL;
  if (!*suffix)
    {
      bg_error_set (error, BG_ERROR_WRONG_STATE, AUTHORITY_NEEDS_TUNNEL);
      return NULL;
    }
  if (!bg_name_authority_new (suffix, self->info.network_id, g_get_real_time () / G_USEC_PER_SEC,
                              &key, &wish->certificate, error))
    return NULL;
  g_task_set_task_data (task, key, (GDestroyNotify) bg_secret_free);
  return bg_secret_store_write (secrets, SECRET_NEXT, key, error) ? g_steal_pointer (&wish) : NULL;
}

void
bg_application_make_authority_async (BgApplication *self, GAsyncReadyCallback callback,
                                     gpointer data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, data);
  GError *error = NULL;
  BgEntryWish *wish;

  g_task_set_source_tag (task, bg_application_make_authority_async);
  wish = wish_authority (self, task, &error);
  bg_application_sign_take (task, wish, error, on_authority_signed);
}

gboolean
bg_application_make_authority_finish (BgApplication *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* --- Names of the network --- */

static gboolean
may_be_given (BgApplication *self, const char *name, GError **error)
{
  if (!bg_service_name_is_valid (name))
    bg_error_set (error, BG_ERROR_INVALID_ARGUMENT, BAD_GIVEN_NAME, name);
  else if (bg_certified_names_count_own (bg_network_log_get_state (self->network_log), name) > 0)
    bg_error_set (error, BG_ERROR_INVALID_ARGUMENT, GIVEN_NAME_OF_MACHINE, name);
  else
    return TRUE;
  return FALSE;
}

static gboolean
put_device (BgApplication *self, BgEntryWish *wish, const char *device, GError **error)
{
  const BgMember *member = *device ? bg_application_find_member (self, device, error) : NULL;

  if (member)
    memcpy (wish->device, member->record.key, BG_ENTRY_KEY);
  return member || !*device;
}

void
bg_application_give_name_async (BgApplication *self, const char *name, const char *device,
                                GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, data);
  GError *error = NULL;
  BgEntryWish *wish = bg_application_wish_new (self, BG_WISH_NAME, &error);

  g_task_set_source_tag (task, bg_application_give_name_async);
  if (wish && !*device
      && !bg_membership_find_given_name (bg_network_log_get_state (self->network_log), name))
    bg_error_set (&error, BG_ERROR_NOT_FOUND, NO_SUCH_GIVEN_NAME, name);
  else if (wish && *device)
    may_be_given (self, name, &error);
  if (error || !put_device (self, wish, device, &error))
    g_clear_pointer (&wish, bg_entry_wish_free);
  else
    g_strlcpy (wish->name, name, sizeof wish->name);
  bg_application_sign_take (task, wish, error, NULL);
}

gboolean
bg_application_give_name_finish (BgApplication *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* --- As the bus shows it --- */

static const char *
name_of (const BgMembership *state, const guint8 key[BG_ENTRY_KEY])
{
  const BgMember *member = bg_membership_find_key (state, key);

  return member ? member->record.name : "";
}

void
bg_application_describe_authority (BgApplication *self, GVariantDict *dict)
{
  const BgMembership *state = bg_network_log_get_state (self->network_log);
  BgMembershipAuthority authority = bg_membership_authority (state);
  g_autoptr (GBytes) root = NULL;
  g_autofree char *pem = NULL, *print = NULL;

  if (authority.number == 0)
    return;
  root = g_bytes_new (authority.certificate.bytes, authority.certificate.len);
  pem = bg_certificate_to_pem (root);
  print = bg_certificate_fingerprint (root);
  if (!pem)
    return;
  g_variant_dict_insert (dict, "authority", "s", name_of (state, authority.device));
  g_variant_dict_insert (dict, "certificate", "s", pem);
  g_variant_dict_insert (dict, "certificate-sha256", "s", print);
}

void
bg_application_describe_given_names (BgApplication *self, GVariantDict *dict)
{
  const BgMembership *state = bg_network_log_get_state (self->network_log);
  GVariantBuilder names = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a{ss}"));

  for (guint32 i = 0; i < bg_membership_n_names (state); i++)
    {
      const BgMemberName *name = bg_membership_name (state, i);

      g_variant_builder_add (&names, "{ss}", name->label, name_of (state, name->device));
    }
  g_variant_dict_insert_value (dict, "names", g_variant_builder_end (&names));
}
