/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/application-private.h"

#include "app/departure.h"
#include "app/enrolment.h"
#include "common/error.h"

/* Keys pinned in one network mean nothing in the next. */
static void
forget_pins (BgApplication *self, BgConfig *old)
{
  if (g_strcmp0 (old->server_url, self->config->server_url) != 0)
    bg_application_forget_pins (self);
}

static gboolean
commit (BgApplication *self, BgEnrolment *enrolment, GError **error)
{
  g_autoptr (BgSecretStore) secrets = bg_secret_keeper_open_files (self->keeper, error);
  g_autoptr (BgConfig) old = bg_config_ref (self->config);
  const GPtrArray *log;
  BgConfig *fresh;

  if (!secrets)
    return FALSE;
  fresh = bg_enrolment_commit (enrolment, self->config, self->config_path, secrets, error);
  if (!fresh)
    return FALSE;
  bg_hub_access_close (self->hub_access); /* it writes what it has of the hub before */
  if (!bg_secret_keeper_has_file (self->keeper, "device-credential"))
    bg_application_discard_secret (self, "device-credential");
  bg_application_take_config (self, fresh);
  forget_pins (self, old);
  log = bg_enrolment_get_log (enrolment);
  return !log || log->len == 0 || bg_network_log_replace (self->network_log, log, error);
}

static void
on_enrolled (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  BgApplication *self = g_task_get_source_object (task);
  GError *error = NULL;
  g_autoptr (BgEnrolment) enrolment = bg_enrolment_finish (result, &error);

  self->enrolling = FALSE;
  if (!enrolment || !commit (self, enrolment, &error))
    {
      /* The key that was made is kept. */
      bg_application_read_public_key (self);
      bg_application_announce (self);
      g_task_return_error (task, error);
      return;
    }
  bg_application_enter_network (self);
  bg_secret_keeper_settle (self->keeper);
  g_task_return_boolean (task, TRUE);
}

static BgEnrolmentPlaces
places_of (BgApplication *self)
{
  return (BgEnrolmentPlaces){ .keeper = self->keeper,
                              .config_path = self->config_path,
                              .secrets_dir = self->secrets_dir,
                              .state_dir = self->state_dir,
                              .hub_socket = self->hub_socket,
                              .runtime_dir = self->runtime_dir,
                              .holds_interface = !bg_tunnel_is_down (self->tunnel) };
}

static BgEnrolmentOptions *
begin_enrolment (BgApplication *self, BgEnrolmentKind kind, GVariant *options, GTask *task)
{
  GError *error = NULL;
  g_autoptr (BgEnrolmentOptions) parsed = bg_enrolment_options_parse (kind, options, &error);

  if (!parsed)
    g_task_return_error (task, error);
  else if (!bg_application_may_change (self, task))
    return NULL;
  else if (!parsed->force && (self->config->server_url || self->config->host_hub))
    g_task_return_error (
      task, bg_error_new_take (BG_ERROR_WRONG_STATE, bg_departure_why_member (self->config)));
  else if (parsed->host && self->config->host_hub && bg_application_is_up (self))
    bg_task_return_error (task, BG_ERROR_WRONG_STATE, OWN_HUB_RUNS);
  else
    {
      self->enrolling = TRUE;
      return g_steal_pointer (&parsed);
    }
  return NULL;
}

/* --- The device's key may be a person's --- */

typedef struct
{
  BgEnrolmentOptions *options;
  char *invite; /* NULL: setup */
} Entry;

static void
entry_free (gpointer data)
{
  Entry *entry = data;

  bg_enrolment_options_free (entry->options);
  g_free (entry->invite);
  g_free (entry);
}

static void
on_key_known (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  BgApplication *self = g_task_get_source_object (task);
  Entry *entry = g_task_get_task_data (task);
  BgEnrolmentPlaces places = places_of (self);
  GError *error = NULL;

  if (!bg_application_has_key (self, result, &error))
    {
      self->enrolling = FALSE;
      g_task_return_error (task, error);
    }
  else if (entry->invite)
    bg_enrolment_join_async (g_steal_pointer (&entry->options), entry->invite, self->config,
                             &places, on_enrolled, g_object_ref (task));
  else
    bg_enrolment_setup_async (g_steal_pointer (&entry->options), self->config, &places, on_enrolled,
                              g_object_ref (task));
}

/* Takes `options`. */
static void
enrol (BgApplication *self, BgEnrolmentOptions *options, const char *invite, GTask *task)
{
  Entry *entry = g_new0 (Entry, 1);

  *entry = (Entry){ options, g_strdup (invite) };
  g_task_set_task_data (task, entry, entry_free);
  bg_application_fetch_key (self, on_key_known, g_object_ref (task));
}

void
bg_application_setup_async (BgApplication *self, GVariant *options, GAsyncReadyCallback callback,
                            gpointer data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, data);
  BgEnrolmentOptions *parsed;

  g_task_set_source_tag (task, bg_application_setup_async);
  parsed = begin_enrolment (self, BG_ENROLMENT_SETUP, options, task);
  if (parsed)
    enrol (self, parsed, NULL, task);
}

gboolean
bg_application_setup_finish (BgApplication *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

void
bg_application_join_async (BgApplication *self, const char *invite, GVariant *options,
                           GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, data);
  BgEnrolmentOptions *parsed;

  g_task_set_source_tag (task, bg_application_join_async);
  parsed = begin_enrolment (self, BG_ENROLMENT_JOIN, options, task);
  if (parsed)
    enrol (self, parsed, invite, task);
}

gboolean
bg_application_join_finish (BgApplication *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
