/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/enrolment.h"

#include "app/hub-place.h"
#include "app/hub-process.h"
#include "app/newcomer.h"
#include "app/own-address.h"
#include "app/own-record.h"
#include "app/secret-change.h"
#include "common/device-name.h"
#include "common/error.h"
#include "common/key-text.h"
#include "common/log.h"
#include "common/printable.h"
#include "signaling/service-api.h"
#include "signaling/service-credential.h"
#include "signaling/signaling-client.h"
#include "wg/wg.h"

enum
{
  IPV6_LEAST_MTU = 1280, /* RFC 8200, 5 */
  MAX_MOVES = 8,         /* that an invite goes after */
};

struct _BgEnrolment
{
  BgEnrolmentOptions *options;
  BgConfig *config;
  BgHubProcess *hub; /* of our own, while we ask it */
  char *connect_url; /* what is saved, "wss://…/connect" */
  char *pin, *token, *turn_secret, *address, *address6;
  char *credential; /* secret; NULL: the hub keeps no devices, or this one registers later */
  char *invite;     /* of a join */
  char *access;     /* secret, of a join: what opens the hub */
  GPtrArray *log;   /* GBytes: of the network, where it is signed; NULL: not asked for */
  char *hub_url, *hub_token, *spare_address; /* while a setup asks */
  char *state_dir, *hub_socket, *subnet;     /* of that hub */
  char key[BG_KEY_TEXT_LEN + 1];             /* our public one */
  WgKey private_key;                         /* which proves that it is */
  GError *refusal; /* of the question that a setup asks first; NULL: none */
  guint moves;     /* of the network, since the invite was made */
};

/* --- What is written --- */

static void
insert_or_remove (GVariantDict *dict, const char *key, const char *value)
{
  if (value && *value)
    g_variant_dict_insert (dict, key, "s", value);
  else
    g_variant_dict_insert_value (dict, key, g_variant_new_tuple (NULL, 0));
}

/* Of the settings; what the hub grants is still missing while it was not asked. */
static GVariant *
changes_of (const BgEnrolment *self)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  insert_or_remove (&dict, "network.server-url", self->connect_url);
  insert_or_remove (&dict, "network.server-pin", self->pin);
  g_variant_dict_insert (&dict, "network.host-hub", "b", self->options->host);
  if (self->config->moved_from)
    insert_or_remove (&dict, "network.moved-from", NULL);
  if (self->options->listen)
    g_variant_dict_insert (&dict, "network.hub-listen", "s", self->options->listen);
  g_variant_dict_insert (&dict, "device.name", "s", self->options->name);
  insert_or_remove (&dict, "device.address", self->address);
  if (self->address6)
    g_variant_dict_insert (&dict, "device.address6", "s", self->address6);
  g_variant_dict_insert (&dict, "device.autostart", "b", TRUE);
  return g_variant_ref_sink (g_variant_dict_end (&dict));
}

/* --- The hub --- */

void
bg_enrolment_free (BgEnrolment *self)
{
  if (!self)
    return;
  bg_enrolment_options_free (self->options);
  bg_config_unref (self->config);
  bg_hub_process_free (self->hub);
  g_free (self->connect_url);
  g_free (self->pin);
  bg_secret_free (self->token);
  bg_secret_free (self->turn_secret);
  bg_secret_free (self->credential);
  bg_secret_free (self->invite);
  bg_secret_free (self->access);
  g_clear_pointer (&self->log, g_ptr_array_unref);
  bg_secret_free (self->hub_token);
  g_free (self->hub_url);
  g_free (self->spare_address);
  g_free (self->address);
  g_free (self->address6);
  g_free (self->state_dir);
  g_free (self->hub_socket);
  g_free (self->subnet);
  wg_wipe (&self->private_key, sizeof self->private_key);
  g_clear_error (&self->refusal);
  g_free (self);
}

static GTask *
enrolment_task (BgEnrolmentOptions *options, BgConfig *config, GAsyncReadyCallback callback,
                gpointer data)
{
  BgEnrolment *self = g_new0 (BgEnrolment, 1);
  GTask *task = g_task_new (NULL, NULL, callback, data);

  self->options = options;
  self->config = bg_config_ref (config);
  if (!options->name)
    options->name = config->device_name ? g_strdup (config->device_name)
                                        : bg_device_name_suggest (g_get_host_name ());
  g_task_set_task_data (task, self, NULL); /* freed by fail(), or the caller's after succeed() */
  return task;
}

/* Takes the task. */
static void
succeed (GTask *task)
{
  BgEnrolment *self = g_task_get_task_data (task);

  g_task_return_pointer (task, self, (GDestroyNotify) bg_enrolment_free);
  g_object_unref (task);
}

static void
fail (GTask *task, GError *error)
{
  bg_enrolment_free (g_task_get_task_data (task));
  g_task_return_error (task, error);
  g_object_unref (task);
}

static gboolean
has_name (GTask *task)
{
  BgEnrolment *self = g_task_get_task_data (task);

  if (self->options->name)
    return TRUE;
  fail (task, bg_error (BG_ERROR_INVALID_ARGUMENT, NAME_NEEDED));
  return FALSE;
}

BgEnrolment *
bg_enrolment_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
on_hub_stopped (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  BgEnrolment *self = g_task_get_task_data (task);

  bg_hub_process_stop_finish (self->hub, result);
  g_clear_pointer (&self->hub, bg_hub_process_free);
  succeed (task);
}

/* The tunnel starts it again. */
static void
finish_setup (GTask *task)
{
  BgEnrolment *self = g_task_get_task_data (task);

  if (self->hub)
    bg_hub_process_stop_async (self->hub, on_hub_stopped, task);
  else
    succeed (task);
}

/* Before the hub is asked for anything that it gives once only. FALSE: the task has failed. */
static gboolean
check_machine (GTask *task, const BgEnrolmentPlaces *places)
{
  BgEnrolment *self = g_task_get_task_data (task);
  g_autoptr (GVariant) changes = NULL;
  GError *error = NULL;
  WgKey key;

  if (!self->options->name)
    {
      fail (task, bg_error (BG_ERROR_INVALID_ARGUMENT, HOST_NAME_UNUSABLE));
      return FALSE;
    }
  changes = changes_of (self);

  if (!bg_enrolment_check_url (self->connect_url, self->options->force, &error)
      || !bg_enrolment_check_machine (self->config, places, changes, &self->private_key, &key,
                                      &error))
    {
      fail (task, error);
      return FALSE;
    }
  bg_key_to_base64 (key.bytes, self->key);
  return TRUE;
}

/* Takes what the hub grants, if this machine may have it. */
static gboolean
take_address (BgEnrolment *self, const char *address, GError **error)
{
  g_autoptr (BgLocalNetworks) networks = bg_local_networks_load (self->config->interface, error);

  if (!networks || !bg_enrolment_check_address (networks, address, self->options->force, error))
    return FALSE;
  self->address = g_strdup (address);
  return TRUE;
}

static gboolean
check_name (BgEnrolment *self, GHashTable *devices, GError **error)
{
  return bg_enrolment_check_name (self->options->name, self->key, devices, self->options->force,
                                  error);
}

/* A second address that does not fit is none. */
static void
take_address6 (BgEnrolment *self, const char *address6)
{
  g_autoptr (BgLocalNetworks) networks = bg_local_networks_load (self->config->interface, NULL);
  g_autoptr (GError) error = NULL;

  if (!address6 || !networks || self->config->mtu < IPV6_LEAST_MTU)
    return;
  if (bg_enrolment_check_address (networks, address6, self->options->force, &error))
    self->address6 = g_strdup (address6);
  else
    bg_log (BG_TOPIC_APP, WARNING, NULL, "the hub's IPv6 address is not taken: %s", error->message);
}

static gboolean
take_credential (BgEnrolment *self, const BgServiceCredential *granted, GError **error)
{
  if (!take_address (self, granted->address, error))
    return FALSE;
  take_address6 (self, granted->address6);
  self->credential = g_strjoin (" ", granted->device_id, granted->refresh_token, NULL);
  self->turn_secret = g_strdup (granted->turn_secret);
  return TRUE;
}

/* Takes `error`; NULL: none. */
static void
end_setup (GTask *task, GError *error)
{
  if (error)
    fail (task, error);
  else
    finish_setup (task);
}

static void
on_setup_registered (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  BgEnrolment *self = g_task_get_task_data (task);
  GError *error = NULL;
  BgCredentialRefusal refusal;
  g_autoptr (BgServiceCredential) granted = bg_service_register_finish (result, &refusal, &error);

  if (granted)
    take_credential (self, granted, &error);
  else if (refusal == BG_REFUSAL_ABSENT && self->spare_address)
    {
      g_clear_error (&error);
      take_address (self, self->spare_address, &error);
    }
  else if (refusal == BG_REFUSAL_ABSENT && self->refusal)
    {
      g_clear_error (&error);
      error = g_steal_pointer (&self->refusal);
    }
  end_setup (task, error);
}

static BgServiceHub
hub_of_setup (const BgEnrolment *self)
{
  return (BgServiceHub){ self->hub_url, self->pin, self->hub_token };
}

/* `code` NULL: with the token. */
static void
ask_to_register (GTask *task, const BgServiceHub *hub, const char *code,
                 GAsyncReadyCallback callback)
{
  BgEnrolment *self = g_task_get_task_data (task);
  const BgServiceNewcomer newcomer = { .code = code,
                                       .name = self->options->name,
                                       .public_key = self->key,
                                       .private_key = self->private_key.bytes,
                                       .address = code ? NULL : self->options->address };

  bg_service_register_async (hub, &newcomer, NULL, callback, task);
}

static void
register_by_token (GTask *task)
{
  const BgServiceHub hub = hub_of_setup (g_task_get_task_data (task));

  ask_to_register (task, &hub, NULL, on_setup_registered);
}

/* A device that keeps an address of its own registers once it has joined with it. */
static void
go_on_with_setup (GTask *task)
{
  BgEnrolment *self = g_task_get_task_data (task);
  GError *error = NULL;

  if (!self->options->address)
    {
      register_by_token (task);
      return;
    }
  take_address (self, self->options->address, &error);
  end_setup (task, error);
}

static void
on_network_info (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  BgEnrolment *self = g_task_get_task_data (task);
  GError *error = NULL;
  g_autofree char *subnet = NULL;
  g_autoptr (GHashTable) devices = NULL;
  gboolean ok = bg_service_network_info_finish (result, &self->spare_address, &subnet, &devices,
                                                &error);

  if (ok && check_name (self, devices, &error) && !self->spare_address && !self->options->address)
    error = bg_error (BG_ERROR_SERVICE, NETWORK_FULL, subnet);
  if (self->options->address && g_error_matches (error, BG_ERROR, BG_ERROR_NOT_FOUND))
    g_clear_error (&error); /* newer Workers do not hand out addresses this way */
  if (g_error_matches (error, BG_ERROR, BG_ERROR_NOT_AUTHORIZED))
    {
      self->refusal = error;
      register_by_token (
        task); /* all that the token opens where each device registers, and none has yet */
    }
  else if (error)
    fail (task, error);
  else
    go_on_with_setup (task);
}

static void
ask_network (GTask *task, const char *url, const char *token)
{
  BgEnrolment *self = g_task_get_task_data (task);
  BgServiceHub hub;

  self->hub_url = g_strdup (url);
  self->hub_token = g_strdup (token);
  hub = hub_of_setup (self);
  bg_service_network_info_async (&hub, self->key, NULL, on_network_info, task);
}

static void start_hub (GTask *task);

static void
on_hub_started (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  BgEnrolment *self = g_task_get_task_data (task);
  const BgHubInfo *hub;
  GError *error = NULL;

  if (!bg_hub_process_start_finish (self->hub, result, &error))
    {
      /* A hub from before that has devices keeps its subnet; what we chose was for a new one. */
      if (self->subnet && !self->options->subnet && !self->options->address)
        {
          g_error_free (error);
          g_clear_pointer (&self->subnet, g_free);
          start_hub (task);
        }
      else
        fail (task, error);
      return;
    }
  hub = bg_hub_process_get_info (self->hub);
  self->pin = g_strdup (hub->pin);
  ask_network (task, hub->url, hub->token);
}

static const char *
hub_listen (const BgEnrolment *self)
{
  return self->options->listen ? self->options->listen : self->config->hub_listen;
}

/* How other machines reach our hub: as we are told, or as we guess. */
static char *
public_url (const BgEnrolment *self, GError **error)
{
  g_auto (BgListenAddress) listen = { 0 };
  g_autofree char *url = NULL;

  if (self->options->server_url)
    return bg_server_url_connect (self->options->server_url, error);
  if (!bg_listen_address_parse (hub_listen (self), &listen, error))
    return NULL;
  url = bg_own_hub_url (&listen, self->config->interface);
  return bg_server_url_connect (url, error);
}

static void
start_hub (GTask *task)
{
  BgEnrolment *self = g_task_get_task_data (task);
  g_autofree char *base = bg_server_url_http_base (self->connect_url);

  g_clear_pointer (&self->hub, bg_hub_process_free);
  self->hub = bg_hub_process_new (&(BgHubProcessOptions){
    .state_dir = self->state_dir,
    .socket = self->hub_socket,
    .wish = { .listen = hub_listen (self), .public_url = base, .subnet = self->subnet },
  });
  bg_hub_process_start_async (self->hub, NULL, on_hub_started, task);
}

/* As we are told, or one that this machine has no other use for. */
static char *
choose_subnet (const BgEnrolment *self, GError **error)
{
  g_autoptr (BgLocalNetworks) networks = bg_local_networks_load (self->config->interface, error);
  const char *told = self->options->subnet ? self->options->subnet : self->options->address;
  char text[BG_IP_PREFIX_TEXT];
  BgIpPrefix subnet;

  if (!networks)
    return NULL;
  if (told)
    {
      if (!bg_enrolment_check_address (networks, told, self->options->force, error))
        return NULL;
      bg_ip_prefix_parse (told, &subnet);
      bg_ip_prefix_mask (&subnet);
    }
  else if (!bg_local_networks_choose_subnet (networks, g_random_int (), &subnet))
    {
      bg_error_set (error, BG_ERROR_WRONG_STATE, SUBNET_NEEDED);
      return NULL;
    }
  bg_ip_prefix_format (&subnet, text);
  return g_strdup (text);
}

static void
set_up_host (GTask *task, const BgEnrolmentPlaces *places)
{
  BgEnrolment *self = g_task_get_task_data (task);
  GError *error = NULL;

  self->state_dir = g_strdup (places->state_dir);
  self->hub_socket = g_strdup (places->hub_socket);
  self->connect_url = public_url (self, &error);
  if (self->connect_url)
    self->subnet = choose_subnet (self, &error);
  if (!self->subnet)
    fail (task, error);
  else if (check_machine (task, places))
    start_hub (task);
}

static void
set_up_server (GTask *task, const BgEnrolmentPlaces *places)
{
  BgEnrolment *self = g_task_get_task_data (task);
  BgEnrolmentOptions *options = self->options;
  GError *error = NULL;

  if (!options->server_url)
    {
      fail (task, bg_error (BG_ERROR_INVALID_ARGUMENT, SERVER_URL_NEEDED));
      return;
    }
  self->connect_url = bg_server_url_connect (options->server_url, &error);
  if (!self->connect_url)
    {
      fail (task, error);
      return;
    }
  self->pin = g_strdup (options->server_pin);
  self->token = g_strdup (options->token ? options->token : "");
  if (check_machine (task, places))
    ask_network (task, self->connect_url, self->token);
}

void
bg_enrolment_setup_async (BgEnrolmentOptions *options, BgConfig *config,
                          const BgEnrolmentPlaces *places, GAsyncReadyCallback callback,
                          gpointer data)
{
  GTask *task = enrolment_task (options, config, callback, data);

  if (!has_name (task))
    return;
  if (options->host)
    set_up_host (task, places);
  else
    set_up_server (task, places);
}

/* Not every hub tells. */
static void
on_members (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  BgEnrolment *self = g_task_get_task_data (task);
  GError *error = NULL;
  g_autofree char *next = NULL, *subnet = NULL;
  g_autoptr (GHashTable) devices = NULL;

  if (bg_service_network_info_finish (result, &next, &subnet, &devices, NULL)
      && !check_name (self, devices, &error))
    fail (task, error);
  else
    succeed (task);
}

/* Where it refuses, nothing is lost: the hub gives our key the same answer again while the code is good. */
static void
look_at_members (GTask *task)
{
  BgEnrolment *self = g_task_get_task_data (task);
  const BgServiceHub hub = { self->connect_url, self->pin, self->access };

  bg_service_network_info_async (&hub, self->key, NULL, on_members, task);
}

static void
on_redeemed (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  BgEnrolment *self = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (BgInviteGrant) grant = bg_service_redeem_finish (result, &error);

  if (!grant || !take_address (self, grant->address, &error))
    {
      fail (task, error);
      return;
    }
  self->token = g_strdup (grant->token);
  self->turn_secret = g_strdup (grant->turn_secret);
  self->access = g_strdup (self->token);
  look_at_members (task);
}

/* --- A network that is signed --- */

static void on_join_registered (GObject *source, GAsyncResult *result, gpointer data);

static void
on_log_met (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  BgEnrolment *self = g_task_get_task_data (task);
  GError *error = NULL;

  self->log = bg_newcomer_finish (result, &error);
  if (self->log)
    look_at_members (task);
  else
    fail (task, error);
}

/* What the invite says of it, and what this device signs for itself with the invite. */
static void
meet_log (GTask *task)
{
  BgEnrolment *self = g_task_get_task_data (task);
  const BgServiceHub hub = { self->connect_url, self->pin, self->access };
  BgMemberRecord record;

  if (bg_own_record_make (self->options->name, self->key, self->address, self->address6, &record))
    bg_newcomer_async (&hub, self->options->trust, &record, self->moves > 0, NULL, on_log_met,
                       task);
  else
    fail (task, bg_error (BG_ERROR_SERVICE, TRUST_IS_OTHERS));
}

GPtrArray *
bg_enrolment_get_log (BgEnrolment *self)
{
  return self->log;
}

/* --- A hub that the network has left --- */

/* What an owner signed holds whoever says it; without that it is the hub's word alone. */
static gboolean
may_follow (BgEnrolment *self, const char *url, const char *pin, GError **error)
{
  g_autofree char *whole = bg_server_url_normalize (url, NULL), *shown = bg_printable (url);

  if (self->moves >= MAX_MOVES || !whole || !bg_hub_place_is_usable (url, pin))
    bg_error_set (error, BG_ERROR_SERVICE, MOVED_TO_NOWHERE, shown);
  else if (self->options->trust)
    return bg_enrolment_check_url (whole, self->options->force, error);
  else if (!bg_hub_place_may_send (self->connect_url, whole))
    bg_error_set (error, BG_ERROR_SERVICE, MOVED_IN_THE_OPEN, shown);
  else
    return TRUE;
  return FALSE;
}

static void
follow (GTask *task, const char *url, const char *pin)
{
  BgEnrolment *self = g_task_get_task_data (task);
  GError *error = NULL;
  BgServiceHub hub;

  if (!may_follow (self, url, pin, &error))
    {
      fail (task, error);
      return;
    }
  self->moves++;
  g_free (self->connect_url);
  self->connect_url = bg_server_url_connect (url, NULL);
  g_free (self->pin);
  self->pin = g_strdup (pin);
  hub = (BgServiceHub){ self->connect_url, self->pin, NULL };
  bg_log (BG_TOPIC_APP, MESSAGE, NULL, "the network has moved to %s: joining it there",
          self->connect_url);
  ask_to_register (task, &hub, self->invite, on_join_registered);
}

static void
on_join_registered (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  BgEnrolment *self = g_task_get_task_data (task);
  const BgServiceHub hub = { self->connect_url, self->pin, NULL };
  GError *error = NULL;
  BgCredentialRefusal refusal;
  const char *url, *pin;
  gboolean is_sent_on = bg_service_register_is_sent_on (result, &url, &pin);
  g_autoptr (BgServiceCredential) granted = bg_service_register_finish (result, &refusal, &error);

  if (is_sent_on)
    {
      g_clear_error (&error);
      follow (task, url, pin);
    }
  else if (granted && take_credential (self, granted, &error))
    {
      self->access = g_strdup (granted->access_token);
      (self->options->trust || granted->log_entries > 0 ? meet_log : look_at_members) (task);
    }
  else if (!granted && !self->options->trust && refusal == BG_REFUSAL_ABSENT)
    {
      g_clear_error (&error);
      bg_service_redeem_async (&hub, self->invite, self->key, NULL, on_redeemed, task);
    }
  else
    fail (task, error);
}

void
bg_enrolment_join_async (BgEnrolmentOptions *options, const char *invite, BgConfig *config,
                         const BgEnrolmentPlaces *places, GAsyncReadyCallback callback,
                         gpointer data)
{
  GTask *task = enrolment_task (options, config, callback, data);
  BgEnrolment *self = g_task_get_task_data (task);
  const char *url = options->server_url ? options->server_url : config->server_url;
  BgServiceHub hub;
  GError *error = NULL;

  if (!has_name (task))
    return;
  if (!url)
    {
      fail (task, bg_error (BG_ERROR_INVALID_ARGUMENT, JOIN_NEEDS_URL));
      return;
    }
  /* The URL that reached the hub is kept, whatever it calls itself: it may sit behind other names. */
  self->connect_url = bg_server_url_connect (url, &error);
  if (!self->connect_url)
    {
      fail (task, error);
      return;
    }
  self->pin = g_strdup (options->server_url ? options->server_pin : config->server_pin);
  self->invite = g_strdup (invite);
  hub = (BgServiceHub){ self->connect_url, self->pin, NULL };
  if (check_machine (task, places))
    ask_to_register (task, &hub, invite, on_join_registered);
}

/* --- Saving --- */

const char *
bg_enrolment_get_server_url (BgEnrolment *self)
{
  return self->connect_url;
}

gboolean
bg_enrolment_hosts_hub (BgEnrolment *self)
{
  return self->options->host;
}

static gboolean
write_journal (BgEnrolment *self, BgSecretStore *store, GVariant *changes, const BgEntryPlan *plan,
               GError **error)
{
  const BgEntryJournal journal = { .settings = changes,
                                   .token = self->token,
                                   .device_credential = self->credential,
                                   .turn_secret = self->turn_secret,
                                   .plan = *plan };

  return bg_entry_journal_write (store, &journal, error);
}

static void
take_back (BgSecretChange *secrets, BgSecretStore *store)
{
  g_autoptr (GError) error = NULL;

  bg_secret_change_undo (secrets);
  if (!bg_entry_journal_remove (store, &error))
    bg_log (BG_TOPIC_CONFIG, CRITICAL, NULL, "%s", error->message);
}

BgConfig *
bg_enrolment_commit (BgEnrolment *self, BgConfig *config, const char *config_path,
                     BgSecretStore *store, const BgEntryPlan *plan, GError **error)
{
  g_autoptr (GVariant) changes = changes_of (self);
  g_autoptr (BgSecretChange) secrets = bg_secret_change_new (store);
  BgConfig *fresh = NULL;

  bg_secret_change_add (secrets, "token", self->token);
  bg_secret_change_add (secrets, "device-credential", self->credential);
  bg_secret_change_add (secrets, "turn-secret", self->turn_secret);
  if (!write_journal (self, store, changes, plan, error))
    return NULL;
  if (bg_secret_change_write (secrets, error))
    fresh = bg_config_change (config, config_path, changes, error);
  if (!fresh)
    take_back (secrets, store);
  return fresh;
}
