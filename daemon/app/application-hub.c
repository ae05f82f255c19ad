/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The way in to the network's hub, and who the hub says that this device is. */
#include "app/application-private.h"

#include "app/enrolment-check.h"
#include "common/device-name.h"
#include "common/error.h"
#include "common/log.h"

/* --- A way in for whatever the bus asks of the hub --- */

typedef struct
{
  BgServiceHub hub;
  char *url, *pin, *bearer;
  gboolean is_borrowed; /* the tunnel is down: nobody else has it open */
} Door;

static void
door_free (gpointer data)
{
  Door *door = data;

  g_free (door->url);
  g_free (door->pin);
  bg_secret_free (door->bearer);
  g_free (door);
}

/* What was asked of people is forgotten where nobody needs it any more. */
static void
let_go (BgApplication *self, const Door *door)
{
  if (!door->is_borrowed || --self->open_doors > 0 || !bg_tunnel_is_down (self->tunnel))
    return;
  bg_hub_access_close (self->hub_access);
  bg_secret_keeper_forget (self->keeper);
}

static void
take_hub (BgApplication *self, Door *door)
{
  BgServiceHub hub;

  bg_hub_access_get_hub (self->hub_access, &hub);
  door->url = g_strdup (hub.url);
  door->pin = g_strdup (hub.pin);
  door->bearer = g_strdup (hub.bearer);
  door->hub = (BgServiceHub){ door->url, door->pin, door->bearer };
}

static void
return_outcome (GTask *task, GError *error)
{
  BgApplication *self = g_task_get_source_object (task);
  Door *door = g_task_get_task_data (task);

  if (!error)
    take_hub (self, door);
  let_go (self, door);
  if (error)
    g_task_return_error (task, error);
  else
    g_task_return_boolean (task, TRUE);
}

static void
on_waited (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  BgApplication *self = g_task_get_source_object (task);
  GError *error = NULL;

  bg_hub_access_wait_finish (self->hub_access, result, &error);
  return_outcome (task, error);
}

/* A hub of this machine has its own token. */
static void
open_known (BgApplication *self, const char *token)
{
  const BgHubInfo *own = bg_tunnel_get_hub (self->tunnel);
  const BgServiceHub hub = own ? (BgServiceHub){ own->url, own->pin, own->token }
                               : (BgServiceHub){ self->config->server_url, self->config->server_pin,
                                                 token };

  bg_hub_access_open_as (self->hub_access, &hub, self->config, self->public_key);
}

static gboolean
open_access (BgApplication *self, GError **error)
{
  g_autoptr (BgSecretStore) secrets = bg_secret_keeper_open (self->keeper, error);
  g_autoptr (GError) local = NULL;
  char *token = secrets ? bg_secret_store_read (secrets, "token", &local) : NULL;

  if (local)
    g_propagate_error (error, g_steal_pointer (&local));
  else if (secrets)
    open_known (self, token);
  bg_secret_free (token);
  return bg_hub_access_is_open (self->hub_access);
}

static void
on_secrets_known (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  BgApplication *self = g_task_get_source_object (task);
  GError *error = NULL;

  if (bg_secret_keeper_fetch_finish (self->keeper, result, &error)
      && (bg_hub_access_is_open (self->hub_access) || open_access (self, &error)))
    bg_hub_access_wait_async (self->hub_access, g_task_get_cancellable (task), on_waited,
                              g_object_ref (task));
  else
    return_outcome (task, error);
}

/* A tunnel that is up, or on its way, has asked for all that it needs; its way in may be shut for now. */
void
bg_application_open_hub_async (BgApplication *self, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer data)
{
  static const char *const names[] = { "token", "device-credential", NULL }, *const none[] = {
    NULL
  };
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, data);
  gboolean is_open = bg_hub_access_is_open (self->hub_access) && self->open_doors == 0;
  Door *door = g_new0 (Door, 1);

  g_task_set_source_tag (task, bg_application_open_hub_async);
  g_task_set_task_data (task, door, door_free);
  if (!self->config->server_url)
    bg_task_return_error (task, BG_ERROR_NOT_CONFIGURED, IN_NO_NETWORK);
  else if (bg_config_meets_own_hub (self->config) && !bg_tunnel_get_hub (self->tunnel))
    bg_task_return_error (task, BG_ERROR_WRONG_STATE, OWN_HUB_RESTS);
  else
    {
      door->is_borrowed = !is_open;
      self->open_doors += door->is_borrowed;
      bg_secret_keeper_fetch_async (self->keeper, is_open ? none : names, cancellable,
                                    on_secrets_known, g_object_ref (task));
    }
}

const BgServiceHub *
bg_application_open_hub_finish (BgApplication *self, GAsyncResult *result, GError **error)
{
  const Door *door = g_task_get_task_data (G_TASK (result));

  return g_task_propagate_boolean (G_TASK (result), error) ? &door->hub : NULL;
}

/* --- Who the hub says that this device is --- */

enum
{
  IPV6_LEAST_MTU = 1280, /* RFC 8200, 5 */
};

/* Within the network that this machine is in, which a person has agreed to. */
static gboolean
is_in_own_network (const BgConfig *config, const char *address)
{
  BgIpPrefix said;

  return bg_ip_prefix_parse (address, &said)
         && ((config->has_address && said.len == config->address.len
              && bg_ip_prefix_contains (&config->address, &said))
             || (config->has_address6 && said.len == config->address6.len
                 && bg_ip_prefix_contains (&config->address6, &said)));
}

/* What a signed log says of this machine goes before what the hub says. */
static gboolean
is_signed_otherwise (BgApplication *self, const BgHubIdentity *identity)
{
  BgMembershipLog *log = bg_network_log_get (self->network_log);

  if (!bg_network_log_is_signed (self->network_log))
    return FALSE;
  return !log
         || !bg_application_is_own_record (self, identity->name, identity->address,
                                           identity->address6);
}

static gboolean
is_usable (BgApplication *self, const char *address)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BgLocalNetworks) networks = bg_local_networks_load (self->config->interface, &error);

  if (networks
      && bg_enrolment_check_address (networks, address, is_in_own_network (self->config, address),
                                     &error))
    return TRUE;
  bg_log (BG_TOPIC_CONFIG, WARNING, NULL, "the hub's address for this device is not taken: %s",
          error->message);
  return FALSE;
}

static gboolean
has_address (gboolean has, const BgIpPrefix *address, const char *text)
{
  BgIpPrefix said;

  return has && bg_ip_prefix_parse (text, &said) && bg_ip_prefix_equal (address, &said);
}

/* TRUE where the line cannot be had without it. */
static gboolean
take_identity (BgApplication *self, const BgHubIdentity *identity, GVariantDict *changes)
{
  const BgConfig *config = self->config;
  gboolean is_needed = FALSE;

  if (identity->name && g_strcmp0 (identity->name, config->device_name) != 0
      && bg_device_name_check (identity->name, NULL))
    {
      g_variant_dict_insert (changes, "device.name", "s", identity->name);
      is_needed = TRUE;
    }
  if (identity->address && !has_address (config->has_address, &config->address, identity->address)
      && is_usable (self, identity->address))
    {
      g_variant_dict_insert (changes, "device.address", "s", identity->address);
      is_needed = TRUE;
    }
  return is_needed;
}

/* One that a person chose stays. */
static gboolean
wants_address6 (BgApplication *self, const char *address6)
{
  const BgConfig *config = self->config;

  return address6 && config->mtu >= IPV6_LEAST_MTU
         && !has_address (config->has_address6, &config->address6, address6)
         && (!config->has_address6 || is_in_own_network (config, address6))
         && is_usable (self, address6);
}

/* Takes `changes`. */
static void
adopt (BgApplication *self, GVariant *changes, gboolean is_needed)
{
  g_autoptr (GVariant) sunk = g_variant_ref_sink (changes);
  g_autofree char *shown = g_variant_print (sunk, FALSE);
  g_autoptr (GError) error = NULL;
  BgConfig *fresh;

  if (g_variant_n_children (sunk) == 0)
    return;
  fresh = bg_config_change (self->config, self->config_path, sunk, &error);
  if (!fresh)
    {
      bg_log (BG_TOPIC_CONFIG, WARNING, NULL,
              "the hub knows this device by %s, which cannot be written down: %s", shown,
              error->message);
      return;
    }
  bg_log (BG_TOPIC_CONFIG, MESSAGE, NULL, "the hub knows this device by %s", shown);
  bg_application_take_config (self, fresh);
  bg_application_apply_config (self);
  if (is_needed)
    bg_application_come_again (self);
}

static void
become (BgApplication *self, const BgHubIdentity *identity)
{
  GVariantDict changes;
  gboolean is_needed;

  g_variant_dict_init (&changes, NULL);
  is_needed = take_identity (self, identity, &changes);
  g_clear_pointer (&self->next_address6, g_free);
  if (wants_address6 (self, identity->address6))
    self->next_address6 = g_strdup (identity->address6);
  adopt (self, g_variant_dict_end (&changes), is_needed);
}

/* A second address alone is no reason to take a tunnel down: it is written when that goes down anyway. */
void
bg_application_take_address6 (BgApplication *self)
{
  g_autofree char *address6 = g_steal_pointer (&self->next_address6);
  GVariantDict changes;

  if (!address6 || self->enrolling)
    return;
  g_variant_dict_init (&changes, NULL);
  g_variant_dict_insert (&changes, "device.address6", "s", address6);
  adopt (self, g_variant_dict_end (&changes), FALSE);
}

/* What the hub said, until the log has been asked. */
typedef struct
{
  BgApplication *self;
  char *name, *address, *address6;
} Claim;

static void
on_log_asked (GObject *source, GAsyncResult *result, gpointer data)
{
  Claim *claim = data;
  const BgHubIdentity identity = { claim->name, claim->address, claim->address6 };
  g_autoptr (GError) error = NULL;

  if (g_task_propagate_boolean (G_TASK (result), &error) && !claim->self->enrolling
      && !is_signed_otherwise (claim->self, &identity))
    become (claim->self, &identity);
  g_free (claim->name);
  g_free (claim->address);
  g_free (claim->address6);
  g_object_unref (claim->self);
  g_free (claim);
}

static void
ask_log (BgApplication *self, const BgHubIdentity *identity)
{
  BgNetworkSync *sync = bg_network_log_get_sync (self->network_log);
  Claim *claim;

  if (!sync)
    return;
  claim = g_new (Claim, 1);
  *claim = (Claim){ g_object_ref (self), g_strdup (identity->name), g_strdup (identity->address),
                    g_strdup (identity->address6) };
  bg_network_sync_fetch_async (sync, NULL, on_log_asked, claim);
}

static void
on_identified (gpointer owner, const BgHubIdentity *identity)
{
  BgApplication *self = owner;

  if (self->enrolling)
    return;
  if (is_signed_otherwise (self, identity))
    ask_log (self, identity);
  else
    become (self, identity);
}

static void
on_changed (gpointer owner)
{
  BgApplication *self = owner;

  bg_tunnel_follow_hub_access (self->tunnel);
  bg_application_announce (self);
}

const BgHubAccessEvents bg_application_hub_events = { on_changed, on_identified };
