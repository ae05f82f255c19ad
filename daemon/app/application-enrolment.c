/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/application-private.h"

#include "app/departure.h"
#include "app/enrolment.h"
#include "common/error.h"
#include "membership/trust-text.h"

#include <string.h>

/* --- The network's log --- */

static gboolean
is_elsewhere (BgApplication *self, BgEnrolment *enrolment)
{
  return g_strcmp0 (self->config->server_url, bg_enrolment_get_server_url (enrolment)) != 0;
}

/* Of a network that was left only something may be left over. */
static gboolean
is_in_signed_network (BgApplication *self)
{
  return bg_departure_is_possible (self->config) && bg_network_log_is_signed (self->network_log);
}

/* Nobody signed there, or the hub was not asked; one of our own stays what it is under another name. */
static gboolean
plan_without_log (BgApplication *self, BgEnrolment *enrolment, BgEntryPlan *plan, GError **error)
{
  plan->forgets_log = plan->forgets_peers
                      && !(self->config->host_hub && bg_enrolment_hosts_hub (enrolment));
  if (!plan->forgets_log || !is_in_signed_network (self))
    return TRUE;
  bg_error_set (error, BG_ERROR_WRONG_STATE, ENTERS_ANOTHER_NETWORK);
  return FALSE;
}

/* A log that was checked is nothing that somebody else's takes the place of unasked: that network is left first. */
static gboolean
make_plan (BgApplication *self, BgEnrolment *enrolment, BgEntryPlan *plan, GError **error)
{
  const GPtrArray *log = bg_enrolment_get_log (enrolment);
  BgLogFit fit = BG_LOG_FIT_MORE;

  /* keys pinned in one network mean nothing in the next */
  *plan = (BgEntryPlan){ .forgets_peers = is_elsewhere (self, enrolment) };
  if (!log || log->len == 0)
    return plan_without_log (self, enrolment, plan, error);
  if (is_in_signed_network (self) && !bg_network_log_judge (self->network_log, log, &fit, error))
    return FALSE;
  plan->takes_log = fit == BG_LOG_FIT_MORE;
  return !plan->takes_log || bg_network_log_stage (self->network_log, log, plan->head, error);
}

static gboolean
follow_plan (BgApplication *self, const BgEntryPlan *plan, GError **error)
{
  if (plan->forgets_peers)
    bg_application_forget_keys (self);
  if (plan->takes_log)
    return bg_network_log_replace (self->network_log, plan->head, error);
  return !plan->forgets_log || bg_network_log_forget (self->network_log, error);
}

/* --- All of it --- */

static gboolean
commit (BgApplication *self, BgEnrolment *enrolment, GError **error)
{
  g_autoptr (BgSecretStore) secrets = bg_secret_keeper_open_files (self->keeper, error);
  BgEntryPlan plan;
  BgConfig *fresh;

  if (!secrets || !make_plan (self, enrolment, &plan, error))
    return FALSE;
  fresh = bg_enrolment_commit (enrolment, self->config, self->config_path, secrets, &plan, error);
  if (!fresh)
    return FALSE;
  bg_hub_access_close (self->hub_access); /* it writes what it has of the hub before */
  if (!bg_secret_keeper_has_file (self->keeper, "device-credential"))
    bg_application_discard_secret (self, "device-credential");
  bg_application_take_config (self, fresh);
  return follow_plan (self, &plan, error) && bg_entry_journal_remove (secrets, error);
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

/* Before the hub is asked, and the invite used up. */
static gboolean
is_invited_elsewhere (BgApplication *self, const BgEnrolmentOptions *options)
{
  BgTrust trust;
  gboolean is_other = is_in_signed_network (self) && options->trust
                      && bg_trust_parse (options->trust, &trust, NULL)
                      && memcmp (trust.network,
                                 bg_membership_id (bg_network_log_get_state (self->network_log)),
                                 BG_ENTRY_HASH)
                           != 0;

  explicit_bzero (&trust, sizeof trust);
  return is_other;
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
  else if (is_invited_elsewhere (self, parsed))
    bg_task_return_error (task, BG_ERROR_WRONG_STATE, ENTERS_ANOTHER_NETWORK);
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
