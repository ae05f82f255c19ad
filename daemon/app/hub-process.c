/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/hub-process.h"

#include "app/hub-child.h"
#include "app/hub-state.h"
#include "app/secret-store.h"
#include "common/error.h"
#include "common/log.h"
#include "peer/main-timer.h"

#include <signal.h>
#include <unistd.h>

#define UNIT "bamgated-hub"
#define READY_MS 10000
#define STOP_MS 4000 /* it says goodbye to its sockets for 2 s */
#define RETRY_MIN_MS 100
#define RESTART_MIN_MS 500
#define RESTART_MAX_MS 60000

struct _BgHubProcess
{
  char *state_dir, *socket;
  BgHubWish wish;

  BgHubLink *link;
  GSubprocess *child;
  GCancellable *cancellable; /* of the wait for it */
  GSource *restart;
  guint restart_ms;
  gboolean stopping;

  BgHubProcessWatch watch; /* NULL: nobody */
  gpointer watcher;

  GTask *start; /* under way */
  GSource *deadline;
  GSource *retry;
  guint retry_ms;
  gulong on_cancelled;

  GTask *stop; /* under way */

  char *url, *pin, *token; /* as it was when last ready */
  BgHubInfo info;
};

static gboolean open_link (BgHubProcess *self, GError **error);

BgHubProcess *
bg_hub_process_new (const BgHubProcessOptions *options)
{
  BgHubProcess *self = g_new0 (BgHubProcess, 1);

  self->state_dir = g_build_filename (options->state_dir, "hub", NULL);
  self->socket = g_strdup (options->socket);
  self->wish.listen = g_strdup (options->wish.listen);
  self->wish.public_url = g_strdup (options->wish.public_url);
  self->wish.subnet = g_strdup (options->wish.subnet);
  self->wish.suffix = g_strdup (options->wish.suffix);
  self->wish.no_shared_token = options->wish.no_shared_token;
  self->wish.approve_devices = options->wish.approve_devices;
  self->restart_ms = RESTART_MIN_MS;
  return self;
}

static void
forget_info (BgHubProcess *self)
{
  g_clear_pointer (&self->url, g_free);
  g_clear_pointer (&self->pin, g_free);
  g_clear_pointer (&self->token, bg_secret_free);
}

static void
take_info (BgHubProcess *self)
{
  const BgHubInfo *info = bg_hub_link_get_info (self->link);

  forget_info (self);
  self->url = g_strdup (info->url);
  self->pin = g_strdup (info->pin);
  self->token = g_strdup (info->token);
  self->info = (BgHubInfo){ self->url, self->pin, self->token };
}

const BgHubInfo *
bg_hub_process_get_info (BgHubProcess *self)
{
  return self->url ? &self->info : NULL;
}

static void
forget_line (BgHubProcess *self)
{
  if (self->cancellable)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->child);
  g_clear_pointer (&self->link, bg_hub_link_free);
}

/* Now, and without waiting for the end. */
static void
cut (BgHubProcess *self)
{
  if (self->child)
    g_subprocess_force_exit (self->child);
  else if (self->link)
    bg_hub_link_say_stop (self->link);
  forget_line (self);
}

void
bg_hub_process_free (BgHubProcess *self)
{
  if (!self)
    return;
  cut (self);
  bg_clear_source (&self->restart);
  bg_clear_source (&self->deadline);
  bg_clear_source (&self->retry);
  g_free (self->state_dir);
  g_free (self->socket);
  g_free ((char *) self->wish.listen);
  g_free ((char *) self->wish.public_url);
  g_free ((char *) self->wish.subnet);
  g_free ((char *) self->wish.suffix);
  forget_info (self);
  g_free (self);
}

/* --- Ends that come by themselves --- */

static void
end_start (BgHubProcess *self, GError *error)
{
  g_autoptr (GTask) task = g_steal_pointer (&self->start);

  bg_clear_source (&self->deadline);
  bg_clear_source (&self->retry);
  if (!task)
    {
      g_clear_error (&error);
      return;
    }
  if (self->on_cancelled)
    g_signal_handler_disconnect (g_task_get_cancellable (task), self->on_cancelled);
  self->on_cancelled = 0;
  if (!error)
    {
      g_task_return_boolean (task, TRUE);
      return;
    }
  cut (self);
  g_task_return_error (task, error);
}

static gboolean
on_retry (gpointer data)
{
  BgHubProcess *self = data;
  GError *error = NULL;

  bg_clear_source (&self->retry);
  if (!open_link (self, &error))
    end_start (self, error);
  return G_SOURCE_REMOVE;
}

static gboolean on_restart (gpointer data);

void
bg_hub_process_set_watch (BgHubProcess *self, BgHubProcessWatch watch, gpointer owner)
{
  self->watch = watch;
  self->watcher = owner;
}

static void
tell (BgHubProcess *self, BgWords *why)
{
  if (self->watch)
    self->watch (self->watcher, why);
}

static void
restart_later (BgHubProcess *self, BgWords *why)
{
  tell (self, why);
  bg_arm_timer (&self->restart, self->restart_ms, on_restart, self);
  self->restart_ms = MIN (self->restart_ms * 2, RESTART_MAX_MS);
}

static gboolean
on_restart (gpointer data)
{
  BgHubProcess *self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (BgWords) why = NULL;

  bg_clear_source (&self->restart);
  if (open_link (self, &error))
    return G_SOURCE_REMOVE;
  bg_log (BG_TOPIC_HUB, WARNING, NULL, "%s", error->message);
  why = bg_error_dup_words (error);
  restart_later (self, why);
  return G_SOURCE_REMOVE;
}

static void
end_stop (BgHubProcess *self)
{
  g_autoptr (GTask) stop = g_steal_pointer (&self->stop);

  bg_clear_source (&self->deadline);
  forget_line (self);
  if (stop)
    g_task_return_boolean (stop, TRUE);
}

static void
settle_old_state (BgHubProcess *self)
{
  if (!self->link || !bg_hub_link_has_taken_files (self->link))
    return;
  bg_hub_state_remove (self->state_dir);
  bg_log (BG_TOPIC_HUB, MESSAGE, NULL, "bamgate-hub has taken over what was in %s",
          self->state_dir);
}

/* Takes `how` it ended, which what it said itself goes before. */
static void
handle_end (BgHubProcess *self, BgWords *how)
{
  const char *said = self->link ? bg_hub_link_get_complaint (self->link) : NULL;
  g_autoptr (BgWords) ended = how, why = said ? bg_words (OWN_HUB_SAYS, said) : bg_words_ref (how);
  gboolean has_forgotten = self->link && bg_hub_link_has_forgotten (self->link),
           is_early = !said && self->socket;

  settle_old_state (self);
  forget_line (self);
  if (self->stopping)
    end_stop (self);
  else if (self->start && has_forgotten)
    end_start (self, NULL);
  else if (self->start && is_early)
    {
      /* The one before was on its way out: systemd starts the next. */
      bg_arm_timer (&self->retry, self->retry_ms, on_retry, self);
      self->retry_ms *= 2;
    }
  else if (self->start)
    end_start (self, bg_error_new_take (BG_ERROR_FAILED, bg_words_ref (why)));
  else
    {
      bg_log (BG_TOPIC_HUB, WARNING, NULL, "%s: starting it again in %u ms", why->text,
              self->restart_ms);
      restart_later (self, why);
    }
}

static void
on_child_exited (GObject *source, GAsyncResult *result, gpointer data)
{
  BgHubProcess *self = data;
  GSubprocess *child = G_SUBPROCESS (source);
  g_autoptr (GError) error = NULL;
  BgWords *how;

  g_subprocess_wait_finish (child, result, &error);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  how = g_subprocess_get_if_exited (child)
          ? bg_words (OWN_HUB_EXITED, (guint) g_subprocess_get_exit_status (child))
          : bg_words (OWN_HUB_KILLED, (guint) g_subprocess_get_term_sig (child));
  bg_hub_link_drain (self->link);
  handle_end (self, how);
}

/* --- The line to it --- */

static void
on_link_ready (gpointer owner)
{
  BgHubProcess *self = owner;

  take_info (self);
  settle_old_state (self);
  self->restart_ms = RESTART_MIN_MS;
  bg_log (BG_TOPIC_HUB, MESSAGE, NULL, "bamgate-hub is ready");
  if (self->start)
    end_start (self, NULL);
  else
    tell (self, NULL);
}

static void
on_link_ended (gpointer owner)
{
  BgHubProcess *self = owner;

  if (self->child) /* on_child_exited() knows more; one that only hung up is none of ours */
    g_subprocess_send_signal (self->child, SIGTERM);
  else
    handle_end (self, bg_words (OWN_HUB_ENDED, UNIT));
}

static const BgHubLinkEvents link_events = { on_link_ready, on_link_ended };

static int
reach_hub (BgHubProcess *self, GError **error)
{
  int fd = -1;

  if (self->socket)
    {
      fd = bg_hub_link_connect (self->socket, error);
      if (fd < 0)
        bg_error_wrap (error, NO_HUB_CAN_BE_STARTED, UNIT ".socket");
      return fd;
    }
  self->child = bg_hub_child_spawn (self->state_dir, &fd, error);
  return fd;
}

static gboolean
open_link (BgHubProcess *self, GError **error)
{
  g_autoptr (GUnixFDList) files = NULL;
  g_auto (GStrv) names = NULL;
  g_autoptr (GError) local = NULL;
  int fd;

  if (self->socket && !self->wish.forget)
    files = bg_hub_state_open (self->state_dir, &names, &local);
  if (local)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  fd = reach_hub (self, error);
  if (fd < 0)
    return FALSE;
  self->link = bg_hub_link_new (fd, &self->wish, (const char *const *) names, files, &link_events,
                                self, error);
  if (!self->link)
    {
      cut (self);
      return FALSE;
    }
  if (!self->child)
    return TRUE;
  self->cancellable = g_cancellable_new ();
  g_subprocess_wait_async (self->child, self->cancellable, on_child_exited, self);
  return TRUE;
}

/* --- Starting --- */

static gboolean
on_start_deadline (gpointer data)
{
  BgHubProcess *self = data;

  end_start (self, self->retry ? bg_error (BG_ERROR_FAILED, OWN_HUB_ENDS_EARLY, UNIT)
                               : bg_error (BG_ERROR_TIMEOUT, OWN_HUB_LATE, READY_MS / 1000));
  return G_SOURCE_REMOVE;
}

static void
on_start_cancelled (GCancellable *cancellable, BgHubProcess *self)
{
  /* Not from inside the handler: it must not be disconnected there. */
  bg_arm_timer (&self->deadline, 0, on_start_deadline, self);
}

void
bg_hub_process_start_async (BgHubProcess *self, GCancellable *cancellable,
                            GAsyncReadyCallback callback, gpointer data)
{
  GError *error = NULL;

  self->start = g_task_new (NULL, cancellable, callback, data);
  self->stopping = FALSE;
  self->retry_ms = RETRY_MIN_MS;
  if (!open_link (self, &error))
    {
      end_start (self, error);
      return;
    }
  bg_arm_timer (&self->deadline, READY_MS, on_start_deadline, self);
  if (cancellable)
    self->on_cancelled = g_signal_connect (cancellable, "cancelled",
                                           G_CALLBACK (on_start_cancelled), self);
}

gboolean
bg_hub_process_start_finish (BgHubProcess *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

void
bg_hub_process_forget_async (BgHubProcess *self, GAsyncReadyCallback callback, gpointer data)
{
  self->wish.forget = TRUE;
  bg_hub_process_start_async (self, NULL, callback, data);
}

gboolean
bg_hub_process_forget_finish (BgHubProcess *self, GAsyncResult *result, GError **error)
{
  return bg_hub_process_start_finish (self, result, error);
}

/* --- Stopping --- */

static gboolean
on_stop_deadline (gpointer data)
{
  BgHubProcess *self = data;

  bg_clear_source (&self->deadline);
  bg_log (BG_TOPIC_HUB, WARNING, NULL, "bamgate-hub does not end by itself");
  if (self->child)
    g_subprocess_force_exit (self->child);
  else
    end_stop (self);
  return G_SOURCE_REMOVE;
}

void
bg_hub_process_stop_async (BgHubProcess *self, GAsyncReadyCallback callback, gpointer data)
{
  self->stopping = TRUE;
  self->stop = g_task_new (NULL, NULL, callback, data);
  bg_clear_source (&self->restart);
  if (!self->link)
    {
      end_stop (self);
      return;
    }
  bg_hub_link_say_stop (self->link);
  bg_arm_timer (&self->deadline, STOP_MS, on_stop_deadline, self);
}

void
bg_hub_process_stop_finish (BgHubProcess *self, GAsyncResult *result)
{
  g_task_propagate_boolean (G_TASK (result), NULL);
}

gboolean
bg_hub_process_leave (BgHubProcess *self)
{
  if (!self->socket || self->start)
    return FALSE;
  bg_clear_source (&self->restart);
  forget_line (self);
  return TRUE;
}
