/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/hub-access.h"

#include "app/device-key.h"
#include "common/boottime.h"
#include "common/error.h"
#include "common/log.h"
#include "common/secret-text.h"
#include "common/source.h"
#include "signaling/service-credential.h"
#include "signaling/service-devices.h"

#define SECRET "device-credential"

struct _BgHubAccess
{
  BgSecretKeeper *keeper;
  const BgHubAccessEvents *events;
  gpointer owner;

  char *url, *pin, *token; /* `url` NULL: closed */
  char *name, *public_key, *address;
  BgDeviceCredential *credential;

  GSource *due;
  GCancellable *questions; /* all that is under way */
  guint number;            /* of the question to the hub for a credential */
  gboolean asks_identity;
  BgServiceCredential *registered; /* until it is written */
  BgWords *trouble;                /* of the last question; NULL: none */

  char *told_bearer; /* as it was when `changed` was last told */
  BgWords *reason, *told_reason;
  GPtrArray *waiters; /* GTask */
};

static void run (BgHubAccess *self);

BgHubAccess *
bg_hub_access_new (BgSecretKeeper *keeper, const BgHubAccessEvents *events, gpointer owner)
{
  BgHubAccess *self = g_new0 (BgHubAccess, 1);

  self->keeper = keeper;
  self->events = events;
  self->owner = owner;
  self->waiters = g_ptr_array_new_with_free_func (g_object_unref);
  return self;
}

/* --- What is so --- */

static BgCredentialState
state_of (BgHubAccess *self)
{
  return self->credential ? bg_device_credential_get_state (self->credential, bg_boottime_us ())
                          : BG_CREDENTIAL_NONE;
}

gboolean
bg_hub_access_is_open (BgHubAccess *self)
{
  return self->url != NULL;
}

gboolean
bg_hub_access_is_pending (BgHubAccess *self)
{
  return state_of (self) == BG_CREDENTIAL_PENDING;
}

gboolean
bg_hub_access_is_owner (BgHubAccess *self)
{
  return self->credential && bg_device_credential_is_owner (self->credential);
}

const char *
bg_hub_access_get_device_id (BgHubAccess *self)
{
  return self->credential ? bg_device_credential_get_id (self->credential) : NULL;
}

const char *
bg_hub_access_get_bearer (BgHubAccess *self)
{
  switch (state_of (self))
    {
    case BG_CREDENTIAL_NONE:
      return self->token;
    case BG_CREDENTIAL_OPEN:
      return bg_device_credential_get_access (self->credential, bg_boottime_us ());
    case BG_CREDENTIAL_WAITING:
    case BG_CREDENTIAL_PENDING:
    case BG_CREDENTIAL_REVOKED:
    case BG_CREDENTIAL_EXPIRED:
    case BG_CREDENTIAL_UNKNOWN:
    default:
      return NULL;
    }
}

gboolean
bg_hub_access_may_dial (BgHubAccess *self)
{
  BgCredentialState state = state_of (self);

  return self->url && (state == BG_CREDENTIAL_NONE || state == BG_CREDENTIAL_OPEN);
}

gboolean
bg_hub_access_get_hub (BgHubAccess *self, BgServiceHub *hub)
{
  const char *access = self->credential
                         ? bg_device_credential_get_access (self->credential, bg_boottime_us ())
                         : NULL;

  *hub = (BgServiceHub){ self->url, self->pin, access ? access : bg_hub_access_get_bearer (self) };
  return self->url && (hub->bearer || bg_hub_access_may_dial (self));
}

static BgWords *
reason_of (BgHubAccess *self)
{
  switch (state_of (self))
    {
    case BG_CREDENTIAL_WAITING:
      return self->trouble ? bg_words_ref (self->trouble) : bg_words (CONNECTING_TO_HUB);
    case BG_CREDENTIAL_PENDING:
      return bg_words (DEVICE_WAITS);
    case BG_CREDENTIAL_REVOKED:
      return bg_words (DEVICE_REVOKED);
    case BG_CREDENTIAL_EXPIRED:
      return bg_words (CREDENTIAL_EXPIRED);
    case BG_CREDENTIAL_UNKNOWN:
      return bg_words (CREDENTIAL_UNKNOWN);
    case BG_CREDENTIAL_NONE:
    case BG_CREDENTIAL_OPEN:
    default:
      return NULL;
    }
}

BgWords *
bg_hub_access_get_reason (BgHubAccess *self)
{
  bg_words_take (&self->reason, reason_of (self));
  return self->reason;
}

/* --- Whoever waits --- */

static gboolean
is_settled (BgHubAccess *self)
{
  return state_of (self) != BG_CREDENTIAL_WAITING || self->trouble;
}

static void
answer (BgHubAccess *self, GTask *task)
{
  BgWords *reason = bg_hub_access_get_reason (self);
  BgError code = state_of (self) == BG_CREDENTIAL_WAITING ? BG_ERROR_FAILED
                                                          : BG_ERROR_NOT_AUTHORIZED;

  if (g_task_return_error_if_cancelled (task))
    return;
  if (!reason)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, bg_error_new_take (code, bg_words_ref (reason)));
}

static void
answer_waiters (BgHubAccess *self)
{
  g_autoptr (GPtrArray) waiters = NULL;

  if (!is_settled (self) || self->waiters->len == 0)
    return;
  waiters = self->waiters;
  self->waiters = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < waiters->len; i++)
    answer (self, waiters->pdata[i]);
}

static void
dismiss_waiters (BgHubAccess *self)
{
  g_autoptr (GPtrArray) waiters = self->waiters;

  self->waiters = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < waiters->len; i++)
    bg_task_return_error (waiters->pdata[i], BG_ERROR_WRONG_STATE, LINE_STOPPED);
}

static void
on_waiter_cancelled (GCancellable *cancellable, GTask *waiter)
{
  BgHubAccess *self = g_task_get_task_data (waiter);
  g_autoptr (GTask) task = g_object_ref (waiter);

  if (g_ptr_array_remove_fast (self->waiters, waiter))
    g_task_return_error_if_cancelled (task);
}

void
bg_hub_access_wait_async (BgHubAccess *self, GCancellable *cancellable,
                          GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, data);

  g_task_set_source_tag (task, bg_hub_access_wait_async);
  g_task_set_task_data (task, self, NULL);
  if (state_of (self) == BG_CREDENTIAL_WAITING)
    g_clear_pointer (&self->trouble, bg_words_unref);
  if (is_settled (self))
    {
      answer (self, task);
      return;
    }
  if (cancellable)
    g_signal_connect_object (cancellable, "cancelled", G_CALLBACK (on_waiter_cancelled), task, 0);
  g_ptr_array_add (self->waiters, g_object_ref (task));
  bg_hub_access_hurry (self);
}

gboolean
bg_hub_access_wait_finish (BgHubAccess *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* --- The store --- */

static char *
read_secret (BgHubAccess *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BgSecretStore) store = bg_secret_keeper_open (self->keeper, &error);
  char *secret = store ? bg_secret_store_read (store, SECRET, &error) : NULL;

  if (error)
    bg_log (BG_TOPIC_SIGNALING, WARNING, NULL, "%s", error->message);
  return secret;
}

static gboolean
write_secret (BgHubAccess *self, const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BgSecretStore) store = bg_secret_keeper_open (self->keeper, &error);
  char *there;
  gboolean ok;

  if (store && bg_secret_store_write (store, SECRET, text, &error))
    return TRUE;
  bg_log (BG_TOPIC_SIGNALING, WARNING, NULL, "the hub's new credential is not kept: %s",
          error->message);
  there = read_secret (self); /* it may be there all the same */
  ok = g_strcmp0 (there, text) == 0;
  bg_secret_free (there);
  return ok;
}

static void
tell_registered (BgHubAccess *self)
{
  g_autoptr (BgServiceCredential) registered = g_steal_pointer (&self->registered);
  BgHubIdentity identity;

  if (!registered)
    return;
  identity = (BgHubIdentity){ NULL, registered->address, registered->address6 };
  bg_log (BG_TOPIC_SIGNALING, MESSAGE, NULL, "this device is registered at the hub, as %s",
          registered->device_id);
  self->events->identified (self->owner, &identity);
}

static void
keep (BgHubAccess *self)
{
  char *text = bg_device_credential_dup_text (self->credential);
  gboolean is_kept = write_secret (self, text);

  bg_secret_free (text);
  bg_device_credential_wrote (self->credential, is_kept, bg_boottime_us ());
  if (is_kept)
    bg_secret_keeper_settle (self->keeper);
  else
    g_clear_pointer (&self->registered, bg_service_credential_free);
}

/* --- Questions --- */

static void
take_trouble (BgHubAccess *self, const GError *error)
{
  bg_words_take (&self->trouble, error ? bg_error_dup_words (error) : NULL);
  if (error)
    bg_log (BG_TOPIC_SIGNALING, INFO, NULL, "the hub gave no access token: %s", error->message);
}

/* What was asked of a hub that is none any more ends in G_IO_ERROR_CANCELLED, and touches nothing. */
static void
take_outcome (BgHubAccess *self, const BgServiceCredential *credential, BgCredentialRefusal refusal,
              const GError *error)
{
  gint64 now = bg_boottime_us ();
  BgCredentialGrant grant;

  take_trouble (self, error);
  if (credential)
    {
      grant = bg_service_credential_as_grant (credential);
      bg_device_credential_grant (self->credential, self->number, &grant, now);
    }
  else
    bg_device_credential_refuse (self->credential, self->number, refusal, now);
  run (self);
}

static void
on_refreshed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  BgCredentialRefusal refusal;
  g_autoptr (BgServiceCredential) credential = bg_service_refresh_finish (result, &refusal, &error);

  if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    take_outcome (data, credential, refusal, error);
}

static void
on_registered (GObject *source, GAsyncResult *result, gpointer data)
{
  BgHubAccess *self = data;
  g_autoptr (GError) error = NULL;
  BgCredentialRefusal refusal;
  g_autoptr (BgServiceCredential)
    credential = bg_service_register_finish (result, &refusal, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  g_clear_pointer (&self->registered, bg_service_credential_free);
  self->registered = g_steal_pointer (&credential);
  take_outcome (self, self->registered, refusal, error);
}

/* Without its key this device asks all the same: a hub of before wants no proof. */
static void
ask_to_register (BgHubAccess *self, const BgServiceHub *hub)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BgSecretStore) store = bg_secret_keeper_open (self->keeper, &error);
  WgKey private_key, public_key;
  gboolean is_known = store && bg_device_key_read (store, &private_key, &public_key, &error);
  const BgServiceNewcomer newcomer = { .name = self->name,
                                       .public_key = self->public_key,
                                       .private_key = is_known ? private_key.bytes : NULL,
                                       .address = self->address };

  if (error)
    bg_log (BG_TOPIC_SIGNALING, WARNING, NULL, "%s", error->message);
  bg_service_register_async (hub, &newcomer, self->questions, on_registered, self);
  wg_wipe (&private_key, sizeof private_key);
}

static void
ask (BgHubAccess *self, BgCredentialStep step)
{
  const BgServiceHub hub = { self->url, self->pin, self->token };

  self->number = bg_device_credential_ask (self->credential, bg_boottime_us ());
  if (step == BG_CREDENTIAL_REGISTER)
    ask_to_register (self, &hub);
  else
    bg_service_refresh_async (&hub, bg_device_credential_get_id (self->credential),
                              bg_device_credential_get_shown (self->credential),
                              step == BG_CREDENTIAL_ROTATE, self->questions, on_refreshed, self);
}

static gboolean
on_due (gpointer data)
{
  BgHubAccess *self = data;

  bg_source_drop (&self->due);
  run (self);
  return G_SOURCE_REMOVE;
}

/* A machine that slept is told so (bg_hub_access_hurry()): the timer did not go on meanwhile. */
static void
wait_until (BgHubAccess *self, gint64 due)
{
  bg_source_drop (&self->due);
  if (due != G_MAXINT64)
    bg_source_arm (&self->due, (guint) CLAMP ((due - bg_boottime_us ()) / 1000 + 1, 1, G_MAXINT),
                   on_due, self);
}

static void
tell (BgHubAccess *self)
{
  const char *bearer = bg_hub_access_get_bearer (self);
  BgWords *reason = bg_hub_access_get_reason (self);

  if (g_strcmp0 (bearer, self->told_bearer) == 0 && bg_words_equal (reason, self->told_reason))
    return;
  bg_secret_free (self->told_bearer);
  self->told_bearer = g_strdup (bearer);
  bg_words_take (&self->told_reason, reason ? bg_words_ref (reason) : NULL);
  self->events->changed (self->owner);
}

/* Does all that is to be done now. */
static void
run (BgHubAccess *self)
{
  gint64 due;
  BgCredentialStep step;

  while ((step = bg_device_credential_next (self->credential, bg_boottime_us (), &due))
         != BG_CREDENTIAL_REST)
    if (step == BG_CREDENTIAL_WRITE)
      keep (self);
    else
      ask (self, step);
  wait_until (self, due);
  answer_waiters (self);
  tell (self);
  tell_registered (self);
}

/* --- Which hub --- */

void
bg_hub_access_close (BgHubAccess *self)
{
  g_cancellable_cancel (self->questions);
  g_clear_object (&self->questions);
  bg_source_drop (&self->due);
  dismiss_waiters (self);
  g_clear_pointer (&self->credential, bg_device_credential_free);
  g_clear_pointer (&self->registered, bg_service_credential_free);
  g_clear_pointer (&self->url, g_free);
  g_clear_pointer (&self->pin, g_free);
  g_clear_pointer (&self->token, bg_secret_free);
  g_clear_pointer (&self->told_bearer, bg_secret_free);
  g_clear_pointer (&self->name, g_free);
  g_clear_pointer (&self->public_key, g_free);
  g_clear_pointer (&self->address, g_free);
  bg_words_take (&self->trouble, NULL);
  bg_words_take (&self->reason, NULL);
  bg_words_take (&self->told_reason, NULL);
  self->asks_identity = FALSE;
}

void
bg_hub_access_free (BgHubAccess *self)
{
  if (!self)
    return;
  bg_hub_access_close (self);
  g_ptr_array_unref (self->waiters);
  g_free (self);
}

static BgSecretKind
kind_of_owner (BgHubAccess *self)
{
  return bg_secret_keeper_owner_of (self->keeper, SECRET).kind;
}

void
bg_hub_access_reload (BgHubAccess *self)
{
  char *secret;

  if (!self->url)
    return;
  secret = read_secret (self);
  if (!bg_device_credential_load (self->credential, secret))
    bg_log (BG_TOPIC_SIGNALING, WARNING, NULL, "the secret %s is none: it counts as missing",
            SECRET);
  bg_secret_free (secret);
  bg_words_take (&self->trouble, NULL);
  run (self);
}

static const char *
some (const char *text)
{
  return text && *text ? text : NULL;
}

void
bg_hub_access_open (BgHubAccess *self, const BgServiceHub *hub, const BgServiceNewcomer *device)
{
  if (self->url && g_str_equal (self->url, hub->url) && g_strcmp0 (self->pin, hub->pin) == 0
      && g_strcmp0 (self->token, some (hub->bearer)) == 0
      && g_strcmp0 (self->name, device->name) == 0
      && g_strcmp0 (self->address, device->address) == 0)
    return;
  bg_hub_access_close (self);
  self->questions = g_cancellable_new ();
  self->url = g_strdup (hub->url);
  self->pin = g_strdup (hub->pin);
  self->token = g_strdup (some (hub->bearer));
  self->name = g_strdup (device->name);
  self->public_key = g_strdup (device->public_key);
  self->address = g_strdup (device->address);
  self->credential = bg_device_credential_new (kind_of_owner (self) != BG_SECRET_ASK,
                                               g_random_double);
  bg_hub_access_reload (self);
}

void
bg_hub_access_open_as (BgHubAccess *self, const BgServiceHub *hub, const BgConfig *config,
                       const char *public_key)
{
  char address[BG_IP_PREFIX_TEXT];
  BgServiceNewcomer device = { .name = config->device_name, .public_key = public_key };

  if (config->has_address)
    {
      bg_ip_prefix_format (&config->address, address);
      device.address = address;
    }
  bg_hub_access_open (self, hub, &device);
}

/* --- What happens --- */

gboolean
bg_hub_access_hear_devices (BgHubAccess *self)
{
  if (!self->url)
    return FALSE;
  bg_device_credential_hear_devices (self->credential, kind_of_owner (self) != BG_SECRET_ASK,
                                     bg_boottime_us ());
  run (self);
  return bg_device_credential_registers (self->credential);
}

void
bg_hub_access_bounce (BgHubAccess *self, const char *bearer)
{
  if (!self->url)
    return;
  bg_device_credential_bounce (self->credential, bearer, bg_boottime_us ());
  run (self);
}

void
bg_hub_access_hurry (BgHubAccess *self)
{
  if (!self->url)
    return;
  bg_device_credential_hurry (self->credential, bg_boottime_us ());
  run (self);
}

/* --- Who we are --- */

static const BgServiceDevice *
find_self (BgHubAccess *self, GPtrArray *devices)
{
  const char *id = bg_hub_access_get_device_id (self);

  for (guint i = 0; i < devices->len; i++)
    {
      const BgServiceDevice *device = devices->pdata[i];

      if (g_strcmp0 (device->id, id) == 0 && g_str_equal (device->public_key, self->public_key))
        return device;
    }
  return NULL;
}

static void
take_devices (BgHubAccess *self, GPtrArray *devices)
{
  const BgServiceDevice *me = find_self (self, devices);
  BgHubIdentity identity;

  if (!me || me->state != BG_SERVICE_DEVICE_ACTIVE)
    return;
  if (me->is_owner != bg_hub_access_is_owner (self))
    {
      bg_device_credential_renew (self->credential, bg_boottime_us ());
      run (self);
    }
  identity = (BgHubIdentity){ me->name, some (me->address), some (me->address6) };
  self->events->identified (self->owner, &identity);
}

static void
on_devices (GObject *source, GAsyncResult *result, gpointer data)
{
  BgHubAccess *self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) devices = bg_service_devices_finish (result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  self->asks_identity = FALSE;
  if (devices)
    take_devices (self, devices);
  else if (g_error_matches (error, BG_ERROR, BG_ERROR_NOT_AUTHORIZED))
    bg_hub_access_bounce (self, bg_hub_access_get_bearer (self));
  else
    bg_log (BG_TOPIC_SIGNALING, INFO, NULL, "the hub was asked who we are: %s", error->message);
}

void
bg_hub_access_ask_identity (BgHubAccess *self)
{
  BgServiceHub hub;

  if (self->asks_identity || state_of (self) != BG_CREDENTIAL_OPEN
      || !bg_hub_access_get_hub (self, &hub))
    return;
  self->asks_identity = TRUE;
  bg_service_devices_async (&hub, self->questions, on_devices, self);
}
