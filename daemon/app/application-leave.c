/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/application-network.h"
#include "app/application-private.h"
#include "app/departure.h"
#include "app/hub-process.h"
#include "common/error.h"
#include "common/log.h"
#include "common/printable.h"
#include "common/source.h"
#include "signaling/service-credential.h"

/* Whose data the daemon cannot reach itself. */
#define HUB_UNIT "bamgated-hub.service"

enum
{
  RESIGN_S = 5, /* for an entry of the log, which is put there and read again */
};

/* What a person said about the hub of this machine. */
typedef enum
{
  HUB_UNSAID,
  HUB_KEEP,   /* its data stay */
  HUB_REMOVE, /* they go */
} HubWord;

typedef struct
{
  HubWord hub;
  gboolean force; /* though nobody can sign for the network then */
  gboolean was_wanted;
  char **kept;
  BgHubProcess *forgetful; /* while the hub forgets */
  gboolean hub_stays;      /* its data do, against the person's word, in its unit's care */
  char *
    still_owner; /* the name under which the log has this machine as one, for nobody took its word; NULL: it has not */
  GCancellable *goodbye; /* while the hub is told */
  GSource *goodbye_limit;
} Departure;

static void
departure_free (gpointer data)
{
  Departure *departure = data;

  g_strfreev (departure->kept);
  g_free (departure->still_owner);
  bg_hub_process_free (departure->forgetful);
  bg_source_drop (&departure->goodbye_limit);
  g_clear_object (&departure->goodbye);
  g_free (departure);
}

static gboolean
take_hub (Departure *departure, const char *word, GError **error)
{
  if (g_str_equal (word, "keep"))
    departure->hub = HUB_KEEP;
  else if (g_str_equal (word, "remove"))
    departure->hub = HUB_REMOVE;
  else
    bg_error_set (error, BG_ERROR_INVALID_ARGUMENT, LEAVE_HUB_NEITHER);
  return departure->hub != HUB_UNSAID;
}

static gboolean
take_option (Departure *departure, const char *name, GVariant *value, GError **error)
{
  gboolean is_text = g_variant_is_of_type (value, G_VARIANT_TYPE_STRING);

  if (g_str_equal (name, "hub"))
    return take_hub (departure, is_text ? g_variant_get_string (value, NULL) : "", error);
  if (g_str_equal (name, "force") && g_variant_is_of_type (value, G_VARIANT_TYPE_BOOLEAN))
    {
      departure->force = g_variant_get_boolean (value);
      return TRUE;
    }
  bg_error_set (error, BG_ERROR_INVALID_ARGUMENT, NO_SUCH_OPTION, name);
  return FALSE;
}

static Departure *
parse_options (GVariant *options, GError **error)
{
  Departure *departure = g_new0 (Departure, 1);
  GVariantIter iter;
  const char *name;
  GVariant *value;

  g_variant_iter_init (&iter, options);
  while (g_variant_iter_next (&iter, "{&sv}", &name, &value))
    {
      gboolean ok = take_option (departure, name, value, error);

      g_variant_unref (value);
      if (!ok)
        {
          departure_free (departure);
          return NULL;
        }
    }
  return departure;
}

/* "attic, home and 2 more", of the other members that are known; "" for none. */
static char *
describe_members (BgApplication *self)
{
  enum
  {
    NAMED = 8
  };
  g_autoptr (GPtrArray) peers = bg_application_get_peers (self);
  GString *text = g_string_new (NULL);
  guint n = 0;

  for (guint i = 0; i < peers->len; i++)
    {
      const BgPeerInfo *info = bg_peer_get_info (peers->pdata[i]);
      g_autofree char *id = bg_printable (info->id);

      if (!info->is_static && n++ < NAMED)
        g_string_append_printf (text, "%s%s", text->len > 0 ? ", " : "", id);
    }
  if (n > NAMED)
    g_string_append_printf (text, " and %u more", n - NAMED);
  return g_string_free (text, FALSE);
}

static gboolean
may_leave (BgApplication *self, const Departure *departure, GError **error)
{
  g_autofree char *members = NULL;

  if (!bg_departure_is_possible (self->config))
    bg_error_set (error, BG_ERROR_NOT_CONFIGURED, IN_NO_NETWORK);
  else if (self->config->host_hub && departure->hub == HUB_UNSAID)
    {
      members = describe_members (self);
      if (*members)
        bg_error_set (error, BG_ERROR_WRONG_STATE, LEAVE_OWN_HUB_OF_OTHERS, members);
      else
        bg_error_set (error, BG_ERROR_WRONG_STATE, LEAVE_OWN_HUB);
    }
  else if (!self->config->host_hub && departure->hub != HUB_UNSAID)
    bg_error_set (error, BG_ERROR_INVALID_ARGUMENT, LEAVE_NO_OWN_HUB);
  else if (!departure->force && bg_application_is_last_owner (self))
    bg_error_set (error, BG_ERROR_WRONG_STATE, LEAVE_LAST_OWNER);
  else
    return TRUE;
  return FALSE;
}

static gboolean
commit (BgApplication *self, Departure *departure, GError **error)
{
  g_autoptr (BgSecretStore) secrets = bg_secret_keeper_open_files (self->keeper, error);
  g_autoptr (BgConfig) old = bg_config_ref (self->config);
  BgConfig *fresh = secrets
                      ? bg_departure_commit (bg_config_get_settings (self->config),
                                             self->config_path, secrets, &departure->kept, error)
                      : NULL;

  if (!fresh)
    return FALSE;
  bg_hub_access_close (self->hub_access); /* it writes what it has */
  bg_application_discard_secrets (self, old);
  bg_application_take_config (self, fresh);
  bg_application_forget_pins (self);
  return TRUE;
}

/* Takes the task, and the error. */
static void
end_leave (GTask *task, GError *error)
{
  BgApplication *self = g_task_get_source_object (task);
  Departure *departure = g_task_get_task_data (task);

  self->enrolling = FALSE;
  bg_application_forget_network (self, departure->was_wanted);
  if (error)
    g_task_return_error (task, error);
  else
    g_task_return_boolean (task, TRUE);
  g_object_unref (task);
}

/* What a child kept, or would not forget, is in our own state directory. */
static void
on_hub_forgot (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  BgApplication *self = g_task_get_source_object (task);
  Departure *departure = g_task_get_task_data (task);
  g_autoptr (GError) not_said = NULL;
  GError *error = NULL;

  if (!bg_hub_process_forget_finish (departure->forgetful, result, &not_said))
    {
      departure->hub_stays = self->hub_socket != NULL;
      bg_log (BG_TOPIC_HUB, WARNING, NULL, "the hub does not forget the network: %s",
              not_said->message);
    }
  g_clear_pointer (&departure->forgetful, bg_hub_process_free);
  bg_departure_remove_hub (self->state_dir, &error);
  end_leave (task, error);
}

static void
remove_hub (BgApplication *self, GTask *task)
{
  Departure *departure = g_task_get_task_data (task);

  departure->forgetful = bg_hub_process_new (
    &(BgHubProcessOptions){ .state_dir = self->state_dir, .socket = self->hub_socket });
  bg_hub_process_forget_async (departure->forgetful, on_hub_forgot, task);
}

static void
on_down (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  BgApplication *self = BG_APPLICATION (source);
  Departure *departure = g_task_get_task_data (task);

  bg_application_stop_finish (self, result, NULL);
  if (departure->hub == HUB_REMOVE)
    remove_hub (self, task);
  else
    end_leave (task, NULL);
}

static void
take_down (BgApplication *self, GTask *task)
{
  bg_application_drop_link (self);
  bg_application_rest_async (self, on_down, g_object_ref (task));
}

/* --- The hub is told, if it can be --- */

static void
on_hub_told (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  g_autoptr (GError) error = NULL;

  if (!bg_service_leave_finish (result, &error))
    bg_log (BG_TOPIC_APP, MESSAGE, NULL, "the hub was not told: %s", error->message);
  take_down (g_task_get_source_object (task), task);
}

/* `hub` NULL: it knows this device by no credential, or cannot be reached. */
static void
leave (BgApplication *self, GTask *task, const BgServiceHub *hub)
{
  GError *error = NULL;

  self->enrolling = FALSE;
  if (!commit (self, g_task_get_task_data (task), &error))
    {
      g_task_return_error (task, error);
      return;
    }
  bg_log (BG_TOPIC_APP, MESSAGE, NULL, "left the network");
  self->enrolling = TRUE;
  if (hub)
    bg_service_leave_async (hub, NULL, on_hub_told, g_object_ref (task));
  else
    take_down (self, task);
}

static void
on_hub_open (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  BgApplication *self = BG_APPLICATION (source);
  Departure *departure = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  const BgServiceHub *hub = bg_application_open_hub_finish (self, result, &error);

  bg_source_drop (&departure->goodbye_limit);
  if (error)
    bg_log (BG_TOPIC_APP, MESSAGE, NULL, "the hub is not told: %s", error->message);
  leave (self, task, hub);
}

static gboolean
on_goodbye_late (gpointer data)
{
  Departure *departure = data;

  g_cancellable_cancel (departure->goodbye);
  return G_SOURCE_REMOVE;
}

/* Nobody is asked for a secret only to say goodbye. */
static gboolean
has_credential (BgApplication *self)
{
  g_autoptr (BgSecretStore) secrets = NULL;
  char *secret;
  gboolean has;

  if (bg_hub_access_get_device_id (self->hub_access))
    return TRUE;
  if (!bg_secret_keeper_knows (self->keeper, "device-credential"))
    return FALSE;
  secrets = bg_secret_keeper_open (self->keeper, NULL);
  secret = secrets ? bg_secret_store_read (secrets, "device-credential", NULL) : NULL;
  has = secret != NULL;
  bg_secret_free (secret);
  return has;
}

static void
say_goodbye (BgApplication *self, GTask *task)
{
  Departure *departure = g_task_get_task_data (task);

  self->enrolling = TRUE;
  departure->goodbye = g_cancellable_new ();
  bg_source_arm (&departure->goodbye_limit, BG_SERVICE_LEAVE_S * 1000, on_goodbye_late, departure);
  bg_application_open_hub_async (self, departure->goodbye, on_hub_open, g_object_ref (task));
}

/* --- An owner signs that it is none any more --- */

static void
go (BgApplication *self, GTask *task)
{
  if (has_credential (self))
    say_goodbye (self, task);
  else
    leave (self, task, NULL);
}

static void
on_resigned (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  BgApplication *self = BG_APPLICATION (source);
  Departure *departure = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;

  bg_source_drop (&departure->goodbye_limit);
  g_clear_object (&departure->goodbye);
  if (!bg_application_remove_owner_finish (self, result, &error))
    {
      departure->still_owner = g_strdup (self->config->device_name);
      bg_log (BG_TOPIC_APP, WARNING, NULL,
              "the network's log goes on to have this machine as an owner: %s", error->message);
    }
  go (self, task);
}

/* As long as the hub takes to answer, and no longer: whoever wants to leave does. */
static void
resign (BgApplication *self, GTask *task)
{
  Departure *departure = g_task_get_task_data (task);

  self->enrolling = TRUE;
  departure->goodbye = g_cancellable_new ();
  bg_source_arm (&departure->goodbye_limit, RESIGN_S * 1000, on_goodbye_late, departure);
  bg_application_resign_async (self, departure->goodbye, on_resigned, g_object_ref (task));
}

void
bg_application_leave_async (BgApplication *self, GVariant *options, GAsyncReadyCallback callback,
                            gpointer data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, data);
  GError *error = NULL;
  Departure *departure = parse_options (options, &error);

  g_task_set_source_tag (task, bg_application_leave_async);
  if (!departure)
    {
      g_task_return_error (task, error);
      return;
    }
  g_task_set_task_data (task, departure, departure_free);
  departure->was_wanted = self->link_manager ? self->wanted_alone : self->wanted;
  if (!bg_application_may_change (self, task))
    return;
  if (!may_leave (self, departure, &error))
    g_task_return_error (task, error);
  else
    resign (self, task);
}

GVariant *
bg_application_leave_finish (BgApplication *self, GAsyncResult *result, GError **error)
{
  const Departure *departure = g_task_get_task_data (G_TASK (result));
  GVariantDict dict;

  if (!g_task_propagate_boolean (G_TASK (result), error))
    return NULL;
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert_value (&dict, "kept",
                               g_variant_new_strv ((const char *const *) departure->kept, -1));
  if (departure->still_owner)
    g_variant_dict_insert (&dict, "still-owner", "s", departure->still_owner);
  if (departure->hub_stays)
    g_variant_dict_insert (&dict, "hub-unit", "s", HUB_UNIT);
  return g_variant_ref_sink (g_variant_dict_end (&dict));
}
