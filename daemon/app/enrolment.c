/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/enrolment.h"

#include "app/hub-process.h"
#include "app/own-address.h"
#include "app/secret-change.h"
#include "common/device-name.h"
#include "common/error.h"
#include "common/key-text.h"
#include "common/log.h"
#include "common/printable.h"
#include "peer/peer-facts.h"
#include "signaling/signaling-client.h"
#include "wg/wg.h"

#include <string.h>
#include <sys/socket.h>

#define PIN_MARK "#sha256="

struct _BgEnrolment
{
  BgEnrolmentOptions *options;
  BgConfig *config;
  BgHubProcess *hub; /* of our own, while we ask it */
  char *connect_url; /* what is saved, "wss://…/connect" */
  char *pin, *token, *turn_secret, *address;
};

/* --- Options --- */

static const struct
{
  const char *name;
  const char *type;
  gsize offset;
  guint kinds; /* 1 << BgEnrolmentKind */
} option_table[] = {
#define OPTION(name, type, field, kinds)                                                           \
  {                                                                                                \
    name, type, G_STRUCT_OFFSET (BgEnrolmentOptions, field), kinds                                 \
  }
#define SETUP (1u << BG_ENROLMENT_SETUP)
#define BOTH (1u << BG_ENROLMENT_SETUP | 1u << BG_ENROLMENT_JOIN)
  OPTION ("name", "s", name, BOTH),
  OPTION ("server-url", "s", server_url, BOTH),
  OPTION ("server-pin", "s", server_pin, SETUP),
  OPTION ("token", "s", token, SETUP),
  OPTION ("address", "s", address, SETUP),
  OPTION ("listen", "s", listen, SETUP),
  OPTION ("host", "b", host, SETUP),
  OPTION ("force", "b", force, BOTH),
#undef OPTION
};

static gboolean
take_option (BgEnrolmentKind kind, BgEnrolmentOptions *options, const char *name, GVariant *value,
             GError **error)
{
  g_autofree char *shown = bg_printable (name);

  for (gsize i = 0; i < G_N_ELEMENTS (option_table); i++)
    {
      gpointer field = (char *) options + option_table[i].offset;

      if (!g_str_equal (option_table[i].name, name) || !(option_table[i].kinds & 1u << kind))
        continue;
      if (!g_variant_is_of_type (value, G_VARIANT_TYPE (option_table[i].type)))
        {
          g_set_error (error, BG_ERROR, BG_ERROR_INVALID_ARGUMENT, "option “%s” is not of type %s",
                       shown, option_table[i].type);
          return FALSE;
        }
      if (option_table[i].type[0] == 'b')
        *(gboolean *) field = g_variant_get_boolean (value);
      else
        *(char **) field = g_variant_dup_string (value, NULL);
      return TRUE;
    }
  g_set_error (error, BG_ERROR, BG_ERROR_INVALID_ARGUMENT, "there is no option “%s”", shown);
  return FALSE;
}

gboolean
bg_enrolment_split_pin (const char *text, char **url, char **pin, GError **error)
{
  const char *mark = strchr (text, '#');
  guint8 digest[BG_KEY_BYTES];

  *pin = NULL;
  *url = mark ? g_strndup (text, (gsize) (mark - text)) : g_strdup (text);
  if (!mark)
    return TRUE;
  if (g_str_has_prefix (mark, PIN_MARK) && bg_key_from_base64 (mark + strlen (PIN_MARK), digest))
    {
      *pin = g_strdup (mark + strlen (PIN_MARK));
      return TRUE;
    }
  g_clear_pointer (url, g_free);
  g_set_error (error, BG_ERROR, BG_ERROR_INVALID_ARGUMENT,
               "what follows “#” in the service's URL is not “sha256=” and a pin");
  return FALSE;
}

static gboolean
settle_pin (BgEnrolmentOptions *options, GError **error)
{
  g_autofree char *url = NULL, *pin = NULL;

  if (!options->server_url)
    return TRUE;
  if (!bg_enrolment_split_pin (options->server_url, &url, &pin, error))
    return FALSE;
  if (pin && options->server_pin && !g_str_equal (pin, options->server_pin))
    {
      g_set_error (error, BG_ERROR, BG_ERROR_INVALID_ARGUMENT,
                   "the pin in the service's URL and “server-pin” differ");
      return FALSE;
    }
  g_free (options->server_url);
  options->server_url = g_steal_pointer (&url);
  if (!options->server_pin)
    options->server_pin = g_steal_pointer (&pin);
  return TRUE;
}

static gboolean
options_fit (const BgEnrolmentOptions *options, GError **error)
{
  BgIpPrefix prefix;

  if (options->name && !bg_device_name_check (options->name, error))
    return FALSE;
  if (options->address
      && (!strchr (options->address, '/') || !bg_ip_prefix_parse (options->address, &prefix)))
    g_set_error (error, BG_ERROR, BG_ERROR_INVALID_ARGUMENT,
                 "“address” is not an address with prefix length");
  else if (options->host && options->token)
    g_set_error (error, BG_ERROR, BG_ERROR_INVALID_ARGUMENT,
                 "“token” and “host” exclude each other");
  else if (options->listen && !options->host)
    g_set_error (error, BG_ERROR, BG_ERROR_INVALID_ARGUMENT,
                 "“listen” is of no use without “host”");
  else
    return TRUE;
  return FALSE;
}

BgEnrolmentOptions *
bg_enrolment_options_parse (BgEnrolmentKind kind, GVariant *options, GError **error)
{
  g_autoptr (BgEnrolmentOptions) parsed = g_new0 (BgEnrolmentOptions, 1);
  GVariantIter iter;
  const char *name;
  GVariant *value;

  g_variant_iter_init (&iter, options);
  while (g_variant_iter_next (&iter, "{&sv}", &name, &value))
    {
      gboolean ok = take_option (kind, parsed, name, value, error);

      g_variant_unref (value);
      if (!ok)
        return NULL;
    }
  if (!settle_pin (parsed, error) || !options_fit (parsed, error))
    return NULL;
  return g_steal_pointer (&parsed);
}

void
bg_enrolment_options_free (BgEnrolmentOptions *options)
{
  if (!options)
    return;
  g_free (options->name);
  g_free (options->server_url);
  g_free (options->server_pin);
  bg_secret_free (options->token);
  g_free (options->address);
  g_free (options->listen);
  g_free (options);
}

/* --- The service --- */

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
  g_free (self->address);
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
  fail (task, g_error_new (BG_ERROR, BG_ERROR_INVALID_ARGUMENT,
                           "say a name for this device: its host name cannot be one"));
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

gboolean
bg_enrolment_check_address (const char *text, GError **error)
{
  g_autofree char *shown = bg_printable_start (text, 64);
  BgIpPrefix prefix;

  if (!bg_ip_prefix_parse (text, &prefix))
    g_set_error (error, BG_ERROR, BG_ERROR_SERVICE, "the service grants “%s”, which is no address",
                 shown);
  else if (prefix.len
           < (prefix.family == AF_INET ? BG_PEER_MIN_ROUTE_LEN4 : BG_PEER_MIN_ROUTE_LEN6))
    g_set_error (error, BG_ERROR, BG_ERROR_SERVICE,
                 "the service grants %s: so large a network would swallow others", shown);
  else
    return TRUE;
  return FALSE;
}

static void
on_network_info (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  BgEnrolment *self = g_task_get_task_data (task);
  GError *error = NULL;
  g_autofree char *next = NULL, *subnet = NULL;
  gboolean ok = bg_service_network_info_finish (result, &next, &subnet, &error);

  if (self->options->address && (ok || g_error_matches (error, BG_ERROR, BG_ERROR_NOT_FOUND)))
    {
      g_clear_error (&error); /* newer services do not hand out addresses this way */
      self->address = g_strdup (self->options->address);
    }
  else if (ok && next && bg_enrolment_check_address (next, &error))
    self->address = g_steal_pointer (&next);
  else if (ok && !error)
    error = g_error_new (BG_ERROR, BG_ERROR_SERVICE, "the network %s has no free address",
                         subnet ? subnet : "");
  if (error)
    fail (task, error);
  else
    finish_setup (task);
}

static void
ask_network (GTask *task, const char *url, const char *pin, const char *token)
{
  bg_service_network_info_async (url, pin, token, NULL, NULL, on_network_info, task);
}

static void
on_hub_started (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  BgEnrolment *self = g_task_get_task_data (task);
  const BgHubInfo *hub;
  GError *error = NULL;

  if (!bg_hub_process_start_finish (self->hub, result, &error))
    {
      fail (task, error);
      return;
    }
  hub = bg_hub_process_get_info (self->hub);
  self->pin = g_strdup (hub->pin);
  ask_network (task, hub->url, hub->pin, hub->token);
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
  const char *listen = hub_listen (self), *port = strrchr (listen, ':');
  g_autofree char *guess = NULL, *url = NULL;

  if (self->options->server_url)
    return bg_server_url_connect (self->options->server_url, error);
  guess = bg_own_address_guess (self->config->interface);
  if (!guess)
    guess = g_strdup ("127.0.0.1");
  url = g_strdup_printf (strchr (guess, ':') ? "https://[%s]%s" : "https://%s%s", guess,
                         port ? port : "");
  return bg_server_url_connect (url, error);
}

static void
set_up_host (GTask *task, const char *state_dir)
{
  BgEnrolment *self = g_task_get_task_data (task);
  g_autofree char *base = NULL;
  GError *error = NULL;

  self->connect_url = public_url (self, &error);
  if (!self->connect_url)
    {
      fail (task, error);
      return;
    }
  base = bg_server_url_http_base (self->connect_url);
  self->hub = bg_hub_process_new (&(BgHubProcessOptions){
    .state_dir = state_dir, .listen = hub_listen (self), .public_url = base });
  bg_hub_process_start_async (self->hub, NULL, on_hub_started, task);
}

static void
set_up_server (GTask *task)
{
  BgEnrolment *self = g_task_get_task_data (task);
  BgEnrolmentOptions *options = self->options;
  GError *error = NULL;

  if (!options->server_url)
    {
      fail (task, g_error_new (BG_ERROR, BG_ERROR_INVALID_ARGUMENT,
                               "say “server-url”, or “host” for a service on this machine"));
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
  ask_network (task, self->connect_url, self->pin, self->token);
}

void
bg_enrolment_setup_async (BgEnrolmentOptions *options, BgConfig *config, const char *state_dir,
                          GAsyncReadyCallback callback, gpointer data)
{
  GTask *task = enrolment_task (options, config, callback, data);

  if (!has_name (task))
    return;
  if (options->host)
    set_up_host (task, state_dir);
  else
    set_up_server (task);
}

static void
on_redeemed (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  BgEnrolment *self = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (BgInviteGrant) grant = bg_service_redeem_finish (result, &error);

  if (!grant || !bg_enrolment_check_address (grant->address, &error))
    {
      fail (task, error);
      return;
    }
  self->token = g_strdup (grant->token ? grant->token : "");
  self->turn_secret = g_strdup (grant->turn_secret ? grant->turn_secret : "");
  self->address = g_strdup (grant->address);
  succeed (task);
}

void
bg_enrolment_join_async (BgEnrolmentOptions *options, const char *invite, BgConfig *config,
                         GAsyncReadyCallback callback, gpointer data)
{
  GTask *task = enrolment_task (options, config, callback, data);
  BgEnrolment *self = g_task_get_task_data (task);
  const char *url = options->server_url ? options->server_url : config->server_url;
  GError *error = NULL;

  if (!has_name (task))
    return;
  if (!url)
    {
      fail (task,
            g_error_new (
              BG_ERROR, BG_ERROR_INVALID_ARGUMENT,
              "say the service's URL too: it is in the line that “bamgatectl invite” printed"));
      return;
    }
  /* The URL that reached the service is kept, whatever it calls itself: it may sit behind other names. */
  self->connect_url = bg_server_url_connect (url, &error);
  if (!self->connect_url)
    {
      fail (task, error);
      return;
    }
  self->pin = g_strdup (options->server_url ? options->server_pin : config->server_pin);
  bg_service_redeem_async (self->connect_url, self->pin, invite, NULL, NULL, on_redeemed, task);
}

/* --- Saving --- */

static void
insert_or_remove (GVariantDict *dict, const char *key, const char *value)
{
  if (value && *value)
    g_variant_dict_insert (dict, key, "s", value);
  else
    g_variant_dict_insert_value (dict, key, g_variant_new_tuple (NULL, 0));
}

static GVariant *
changes_of (const BgEnrolment *self)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  insert_or_remove (&dict, "network.server-url", self->connect_url);
  insert_or_remove (&dict, "network.server-pin", self->pin);
  g_variant_dict_insert (&dict, "network.host-hub", "b", self->options->host);
  if (self->options->listen)
    g_variant_dict_insert (&dict, "network.hub-listen", "s", self->options->listen);
  g_variant_dict_insert (&dict, "device.name", "s", self->options->name);
  g_variant_dict_insert (&dict, "device.address", "s", self->address);
  g_variant_dict_insert (&dict, "device.autostart", "b", TRUE);
  return g_variant_ref_sink (g_variant_dict_end (&dict));
}

/* The key that the machine has, or a new one: (transfer full), to be wiped. */
static char *
device_key (BgSecretStore *secrets, GError **error)
{
  g_autoptr (GError) local = NULL;
  char *text = bg_secret_store_read (secrets, "device-key", &local);
  WgKey key;

  if (local)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return NULL;
    }
  if (text && bg_key_from_base64 (text, key.bytes))
    {
      wg_wipe (&key, sizeof key);
      return text;
    }
  bg_secret_free (text);
  if (!wg_key_generate_private (&key))
    {
      g_set_error_literal (error, BG_ERROR, BG_ERROR_FAILED, "no randomness for a key");
      return NULL;
    }
  text = g_malloc (BG_KEY_TEXT_LEN + 1);
  bg_key_to_base64 (key.bytes, text);
  wg_wipe (&key, sizeof key);
  return text;
}

BgConfig *
bg_enrolment_commit (BgEnrolment *self, BgConfig *config, const char *config_path,
                     BgSecretStore *store, GError **error)
{
  g_autoptr (GVariant) changes = changes_of (self);
  g_autoptr (BgSecretChange) secrets = bg_secret_change_new (store);
  char *key = device_key (store, error);
  BgConfig *fresh = NULL;

  if (!key)
    return NULL;
  bg_secret_change_add (secrets, "device-key", key);
  bg_secret_change_add (secrets, "token", self->token);
  bg_secret_change_add (secrets, "turn-secret", self->turn_secret);
  bg_secret_free (key);
  if (bg_secret_change_write (secrets, error))
    {
      fresh = bg_config_change (config, config_path, changes, error);
      if (!fresh)
        bg_secret_change_undo (secrets);
    }
  return fresh;
}
