/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an owner of the network signs. Each is a wish for the log (membership/entry-wish.h), and done when the log has it. */
#include "app/application-network.h"

#include "app/application-private.h"
#include "app/granted-options.h"
#include "app/own-record.h"
#include "app/signing-key.h"
#include "common/device-name.h"
#include "common/error.h"
#include "common/key-text.h"
#include "common/printable.h"
#include "membership/recovery-code.h"
#include "membership/member-standing.h"
#include "signaling/service-devices.h"

#include <string.h>
#include <sys/socket.h>

/* --- What is needed --- */

static gboolean
is_signed (BgApplication *self, GError **error)
{
  if (!bg_network_log_check (self->network_log, error))
    return FALSE;
  if (bg_network_log_is_signed (self->network_log))
    return TRUE;
  bg_error_set (error, BG_ERROR_WRONG_STATE, NETWORK_NOT_SIGNED);
  return FALSE;
}

/* The key of an owner. */
static gboolean
read_seed (BgApplication *self, guint8 seed[BG_SEED_BYTES], GError **error)
{
  g_autoptr (BgSecretStore) secrets = bg_secret_keeper_open_files (self->keeper, error);
  g_autoptr (GError) local = NULL;
  guint8 public[BG_ENTRY_KEY];

  if (!secrets)
    return FALSE;
  if (bg_signing_key_read (secrets, seed, &local) && bg_seed_get_public (seed, public)
      && bg_membership_is_owner (bg_network_log_get_state (self->network_log), public))
    return TRUE;
  explicit_bzero (seed, BG_SEED_BYTES);
  if (local)
    g_propagate_error (error, g_steal_pointer (&local));
  else
    bg_error_set (error, BG_ERROR_NOT_AUTHORIZED, SIGNS_NOT);
  return FALSE;
}

gboolean
bg_application_signs (BgApplication *self)
{
  guint8 seed[BG_SEED_BYTES];
  gboolean ok = is_signed (self, NULL) && read_seed (self, seed, NULL);

  explicit_bzero (seed, sizeof seed);
  return ok;
}

BgEntryWish *
bg_application_wish_new (BgApplication *self, BgWishKind kind, GError **error)
{
  guint8 seed[BG_SEED_BYTES];
  BgEntryWish *wish;

  if (!is_signed (self, error) || !read_seed (self, seed, error))
    return NULL;
  wish = bg_entry_wish_new (kind, seed);
  explicit_bzero (seed, sizeof seed);
  return wish;
}

static void
on_signed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  BgApplication *self = g_task_get_source_object (task);
  GError *error = NULL;

  if (bg_network_sync_sign_finish (bg_network_log_get_sync (self->network_log), result, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

void
bg_application_sign_take (GTask *task, BgEntryWish *wish, GError *error,
                          GAsyncReadyCallback callback)
{
  BgApplication *self = g_task_get_source_object (task);

  if (wish)
    bg_network_sync_sign_async (bg_network_log_get_sync (self->network_log), wish,
                                g_task_get_cancellable (task), callback ? callback : on_signed,
                                g_object_ref (task));
  else
    g_task_return_error (task, error);
}

static GTask *
task_new (BgApplication *self, gpointer tag, GAsyncReadyCallback callback, gpointer data)
{
  GTask *task = g_task_new (self, NULL, callback, data);

  g_task_set_source_tag (task, tag);
  return task;
}

static void
put_address (BgMemberRecord *record, const BgIpPrefix *address)
{
  BgIpPrefix host = bg_ip_prefix_host (address);

  if (record->n_addresses < BG_ENTRY_MAX_ADDRESSES)
    record->addresses[record->n_addresses++] = bg_entry_prefix (&host);
}

static gboolean
put_address_text (BgMemberRecord *record, const char *text)
{
  BgIpPrefix address;

  if (!text || !*text)
    return TRUE;
  if (!bg_ip_prefix_parse (text, &address) || !bg_ip_prefix_is_unicast_host (&address))
    return FALSE;
  put_address (record, &address);
  return TRUE;
}

/* This machine's, as its settings say. */
static gboolean
own_record (BgApplication *self, BgMemberRecord *record, GError **error)
{
  const BgConfig *config = self->config;

  *record = (BgMemberRecord){ 0 };
  if (!config->device_name || !config->has_address
      || !bg_key_from_base64 (self->public_key, record->key))
    {
      bg_error_set (error, BG_ERROR_NOT_CONFIGURED, IN_NO_NETWORK);
      return FALSE;
    }
  put_address (record, &config->address);
  if (config->has_address6)
    put_address (record, &config->address6);
  record->granted.bits = BG_GRANT_ANY_ROUTE | BG_GRANT_EXIT4 | BG_GRANT_EXIT6;
  return bg_own_record_set_name (record, config->device_name, error);
}

/* --- A recovery code --- */

static void
code_free (gpointer code)
{
  bg_recovery_code_free (code);
}

/* A new one, and the key that goes with it into the log. */
static char *
make_code (guint8 public[BG_ENTRY_KEY], GError **error)
{
  guint8 secret[BG_RECOVERY_BYTES], seed[BG_SEED_BYTES];
  char *code = NULL;

  if (bg_seed_make (secret, sizeof secret) && bg_seed_of_recovery (secret, sizeof secret, seed)
      && bg_seed_get_public (seed, public))
    code = bg_recovery_code_format (secret);
  else
    bg_error_set (error, BG_ERROR_FAILED, NO_RANDOMNESS);
  explicit_bzero (secret, sizeof secret);
  explicit_bzero (seed, sizeof seed);
  return code;
}

static gboolean
log_has_key_of (BgApplication *self, const char *code)
{
  guint8 secret[BG_RECOVERY_BYTES], seed[BG_SEED_BYTES], public[BG_ENTRY_KEY];
  const BgMembership *state = bg_network_log_get_state (self->network_log);
  const guint8 *known = state ? bg_membership_recovery_key (state) : NULL;
  gboolean has = known && bg_recovery_code_parse (code, secret, NULL)
                 && bg_seed_of_recovery (secret, sizeof secret, seed)
                 && bg_seed_get_public (seed, public) && memcmp (known, public, sizeof public) == 0;

  explicit_bzero (secret, sizeof secret);
  explicit_bzero (seed, sizeof seed);
  return has;
}

/* Why something was not signed, until it is known that it was not. */
typedef struct
{
  GTask *task;
  GError *error;
} Doubt;

static void
on_doubt_settled (GObject *source, GAsyncResult *result, gpointer data)
{
  Doubt *doubt = data;
  const char *code = g_task_get_task_data (doubt->task);

  if (log_has_key_of (g_task_get_source_object (doubt->task), code))
    {
      g_error_free (doubt->error);
      g_task_return_pointer (doubt->task, g_strdup (code), code_free);
    }
  else
    g_task_return_error (doubt->task, doubt->error);
  g_object_unref (doubt->task);
  g_free (doubt);
}

/* The code is the task's data: it is worth something only when the log has its key, which it may have where the hub's answer was lost,
 * and then there is no other. */
static void
on_signed_with_code (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  BgApplication *self = g_task_get_source_object (task);
  BgNetworkSync *sync = bg_network_log_get_sync (self->network_log);
  Doubt *doubt;
  GError *error = NULL;

  if (bg_network_sync_sign_finish (sync, result, &error))
    {
      g_task_return_pointer (task, g_strdup (g_task_get_task_data (task)), code_free);
      return;
    }
  doubt = g_new (Doubt, 1);
  *doubt = (Doubt){ g_steal_pointer (&task), error };
  if (sync)
    bg_network_sync_fetch_async (sync, NULL, on_doubt_settled, doubt);
  else
    on_doubt_settled (NULL, NULL, doubt);
}

/* --- Protect --- */

/* A peer that proved its key to this machine. */
static void
add_peer (GArray *records, BgPeer *peer)
{
  const BgPeerInfo *info = bg_peer_get_info (peer);
  BgMemberRecord record = { 0 };
  BgPeerNamed named;

  bg_peer_get_named (peer, &named);
  if (info->is_static || !info->has_key || !named.is_proved || named.n_addresses == 0
      || !bg_own_record_set_name (&record, info->id, NULL))
    return;
  memcpy (record.key, info->key.bytes, BG_ENTRY_KEY);
  for (guint i = 0; i < named.n_addresses; i++)
    put_address (&record, &named.addresses[i]);
  record.granted = bg_granted_of_offer (info->routes, info->exit_families);
  g_array_append_val (records, record);
}

static GArray *
records_of_peers (BgApplication *self)
{
  GArray *records = g_array_new (FALSE, FALSE, sizeof (BgMemberRecord));
  g_autoptr (GPtrArray) peers = bg_tunnel_get_peers (self->tunnel);

  for (guint i = 0; i < peers->len; i++)
    add_peer (records, peers->pdata[i]);
  return records;
}

static BgEntryWish *
wish_protect (BgApplication *self, gboolean allow, GError **error)
{
  g_autoptr (BgSecretStore) secrets = bg_secret_keeper_open_files (self->keeper, error);
  guint8 seed[BG_SEED_BYTES];
  BgMemberRecord record;
  BgEntryWish *wish;

  if (!secrets || !bg_network_log_check (self->network_log, error)
      || !own_record (self, &record, error))
    return NULL;
  if (bg_network_log_is_signed (self->network_log))
    {
      bg_error_set (error, BG_ERROR_WRONG_STATE, NETWORK_IS_SIGNED);
      return NULL;
    }
  if (!bg_signing_key_keep (secrets, seed, error))
    return NULL;
  wish = bg_entry_wish_new (BG_WISH_PROTECT, seed);
  explicit_bzero (seed, sizeof seed);
  wish->record = record;
  wish->policy = allow ? BG_POLICY_UNSIGNED : 0;
  wish->others = records_of_peers (self);
  return wish;
}

void
bg_application_protect_async (BgApplication *self, GVariant *options, GAsyncReadyCallback callback,
                              gpointer data)
{
  g_autoptr (GTask) task = task_new (self, bg_application_protect_async, callback, data);
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (options);
  GError *error = NULL;
  BgEntryWish *wish = NULL;
  gboolean allow = TRUE;

  if (bg_bus_option_take (&dict, "allow-unsigned", "b", &allow, &error)
      && bg_bus_options_end (&dict, &error))
    wish = wish_protect (self, allow, &error);
  if (wish)
    {
      char *code = make_code (wish->key, &error);

      g_task_set_task_data (task, code, code_free);
      if (!code)
        g_clear_pointer (&wish, bg_entry_wish_free);
    }
  bg_application_sign_take (task, wish, error, on_signed_with_code);
}

char *
bg_application_protect_finish (BgApplication *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* --- Recover --- */

static gboolean
seed_of_code (const char *code, guint8 seed[BG_SEED_BYTES], GError **error)
{
  guint8 secret[BG_RECOVERY_BYTES];
  gboolean ok = bg_recovery_code_parse (code, secret, error);

  if (ok && !bg_seed_of_recovery (secret, sizeof secret, seed))
    {
      bg_error_set (error, BG_ERROR_INVALID_ARGUMENT, RECOVERY_CODE_WRONG);
      ok = FALSE;
    }
  explicit_bzero (secret, sizeof secret);
  return ok;
}

/* What the log has of this machine goes on, as far as it has something. */
static gboolean
record_to_recover (BgApplication *self, BgMemberRecord *record, GError **error)
{
  const BgMember *member;

  if (!own_record (self, record, error))
    return FALSE;
  member = bg_membership_find_key (bg_network_log_get_state (self->network_log), record->key);
  if (member && !member->is_revoked)
    *record = member->record;
  return TRUE;
}

static BgEntryWish *
wish_recover (BgApplication *self, const char *code, GError **error)
{
  g_autoptr (BgSecretStore) secrets = bg_secret_keeper_open_files (self->keeper, error);
  guint8 seed[BG_SEED_BYTES], own[BG_SEED_BYTES];
  g_autoptr (BgEntryWish) wish = NULL;
  gboolean ok;

  if (!secrets || !is_signed (self, error) || !seed_of_code (code, seed, error))
    return NULL;
  wish = bg_entry_wish_new (BG_WISH_RECOVER, seed);
  explicit_bzero (seed, sizeof seed);
  if (!record_to_recover (self, &wish->record, error) || !bg_signing_key_keep (secrets, own, error))
    return NULL;
  ok = bg_seed_get_public (own, wish->owner);
  explicit_bzero (own, sizeof own);
  if (ok)
    return g_steal_pointer (&wish);
  bg_error_set (error, BG_ERROR_CONFIG, BAD_SIGNING_KEY);
  return NULL;
}

void
bg_application_recover_async (BgApplication *self, const char *code, GAsyncReadyCallback callback,
                              gpointer data)
{
  g_autoptr (GTask) task = task_new (self, bg_application_recover_async, callback, data);
  GError *error = NULL;
  BgEntryWish *wish = wish_recover (self, code, &error);
  char *next = wish ? make_code (wish->key, &error) : NULL;

  g_task_set_task_data (task, next, code_free);
  if (!next)
    g_clear_pointer (&wish, bg_entry_wish_free);
  bg_application_sign_take (task, wish, error, on_signed_with_code);
}

char *
bg_application_recover_finish (BgApplication *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* --- Approve --- */

typedef struct
{
  char *device;     /* id at the hub, name, or key */
  char *key;        /* that it has to have; NULL: any */
  char *name;       /* the same */
  gboolean replace; /* whoever has the name is put out; the person knows */
  BgGrantedOffer granted;
} Approval;

static void
approval_free (Approval *approval)
{
  g_free (approval->device);
  g_free (approval->key);
  g_free (approval->name);
  g_free (approval);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Approval, approval_free)

static const BgServiceDevice *
find_newcomer (const GPtrArray *devices, const char *word)
{
  for (guint i = 0; i < devices->len; i++)
    {
      const BgServiceDevice *device = devices->pdata[i];

      if (device->state == BG_SERVICE_DEVICE_PENDING
          && (g_str_equal (device->id, word) || g_str_equal (device->name, word)
              || g_str_equal (device->public_key, word)))
        return device;
    }
  return NULL;
}

/* Nothing that the hub says of it is more than a claim: what is signed is what the person has seen, or named. */
static gboolean
record_of_newcomer (const BgServiceDevice *device, const Approval *approval, BgMemberRecord *record,
                    GError **error)
{
  g_autofree char *shown = bg_printable (device->name);

  *record = (BgMemberRecord){ .granted = approval->granted };
  if ((approval->key && !g_str_equal (approval->key, device->public_key))
      || (approval->name && !g_str_equal (approval->name, device->name)))
    bg_error_set (error, BG_ERROR_INVALID_ARGUMENT, NEWCOMER_HAS_OTHER_KEY, shown);
  else if (!bg_key_from_base64 (device->public_key, record->key)
           || !put_address_text (record, device->address)
           || !put_address_text (record, device->address6) || record->n_addresses == 0
           || !bg_own_record_set_name (record, device->name, NULL))
    bg_error_set (error, BG_ERROR_INVALID_ARGUMENT, NEWCOMER_IS_UNUSABLE, shown);
  else
    return TRUE;
  return FALSE;
}

static BgEntryWish *
wish_approve (BgApplication *self, const GPtrArray *devices, const Approval *approval,
              GError **error)
{
  const BgServiceDevice *device = find_newcomer (devices, approval->device);
  g_autofree char *shown = bg_printable_start (approval->device, BG_DEVICE_NAME_FOREIGN_MAX);
  g_autoptr (BgEntryWish) wish = bg_application_wish_new (self, BG_WISH_RECORD, error);
  const BgMember *namesake;

  if (!wish)
    return NULL;
  if (!device)
    {
      bg_error_set (error, BG_ERROR_NOT_FOUND, NO_SUCH_NEWCOMER, shown);
      return NULL;
    }
  if (!record_of_newcomer (device, approval, &wish->record, error))
    return NULL;
  namesake = bg_standing_find_name (bg_network_log_get_state (self->network_log),
                                    wish->record.name);
  wish->replaces = namesake && approval->replace;
  if (wish->replaces)
    memcpy (wish->device, namesake->record.key, BG_ENTRY_KEY);
  return g_steal_pointer (&wish);
}

static void
on_devices (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  BgApplication *self = g_task_get_source_object (task);
  GError *error = NULL;
  g_autoptr (GPtrArray) devices = bg_service_devices_finish (result, &error);
  BgEntryWish *wish = NULL;

  if (devices)
    wish = wish_approve (self, devices, g_task_get_task_data (task), &error);
  bg_application_sign_take (task, wish, error, NULL);
}

static void
on_hub_open (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  GError *error = NULL;
  const BgServiceHub *hub = bg_application_open_hub_finish (BG_APPLICATION (source), result,
                                                            &error);

  if (hub)
    bg_service_devices_async (hub, NULL, on_devices, g_object_ref (task));
  else
    g_task_return_error (task, error);
}

static Approval *
parse_approval (const char *device, GVariant *options, GError **error)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (options);
  g_autoptr (Approval) approval = g_new0 (Approval, 1);

  approval->device = g_strdup (device);
  if (bg_bus_option_take (&dict, "key", "s", &approval->key, error)
      && bg_bus_option_take (&dict, "name", "s", &approval->name, error)
      && bg_bus_option_take (&dict, "replace", "b", &approval->replace, error)
      && bg_granted_options_take (&dict, &approval->granted, error)
      && bg_bus_options_end (&dict, error))
    return g_steal_pointer (&approval);
  return NULL;
}

void
bg_application_approve_async (BgApplication *self, const char *device, GVariant *options,
                              GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = task_new (self, bg_application_approve_async, callback, data);
  GError *error = NULL;
  Approval *approval = parse_approval (device, options, &error);

  g_task_set_task_data (task, approval, (GDestroyNotify) approval_free);
  if (approval && is_signed (self, &error))
    bg_application_open_hub_async (self, NULL, on_hub_open, g_object_ref (task));
  else
    g_task_return_error (task, error);
}

gboolean
bg_application_approve_finish (BgApplication *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* --- The network --- */

void
bg_application_allow_unsigned_async (BgApplication *self, gboolean allow,
                                     GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = task_new (self, bg_application_allow_unsigned_async, callback, data);
  GError *error = NULL;
  BgEntryWish *wish = bg_application_wish_new (self, BG_WISH_POLICY, &error);

  if (wish)
    wish->policy = allow ? BG_POLICY_UNSIGNED : 0;
  bg_application_sign_take (task, wish, error, NULL);
}

gboolean
bg_application_allow_unsigned_finish (BgApplication *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
