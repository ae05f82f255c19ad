/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/hub-process.h"

#include "common/error.h"
#include "common/log.h"
#include "peer/main-timer.h"
#include "signaling/signaling-client.h"

#include "app/secret-store.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gunixinputstream.h>
#include <json-glib/json-glib.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define PROGRAM "bamgate-hub"
#define READY_FD 3
#define READY_MS 10000
#define STOP_MS 4000 /* it says goodbye to its sockets for 2 s */
#define RESTART_MIN_MS 500
#define RESTART_MAX_MS 60000
#define MAX_TOKEN 256

struct _BgHubProcess
{
  char *state_dir, *listen, *public_url, *subnet;
  GSubprocess *child;
  GCancellable *cancellable; /* of the waits below */
  GSource *restart;
  guint restart_ms;
  gboolean stopping;

  GTask *start; /* under way */
  GSource *deadline;
  GDataInputStream *ready;
  gulong on_cancelled;

  GTask *stop; /* under way */

  char *url, *pin, *token;
  BgHubInfo info;
  gboolean was_ready;
};

static gboolean spawn (BgHubProcess *self, GError **error);

BgHubProcess *
bg_hub_process_new (const BgHubProcessOptions *options)
{
  BgHubProcess *self = g_new0 (BgHubProcess, 1);

  self->state_dir = g_build_filename (options->state_dir, "hub", NULL);
  self->listen = g_strdup (options->listen);
  self->public_url = g_strdup (options->public_url);
  self->subnet = g_strdup (options->subnet);
  self->restart_ms = RESTART_MIN_MS;
  return self;
}

static void
forget_child (BgHubProcess *self)
{
  if (self->cancellable)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->ready);
  g_clear_object (&self->child);
}

void
bg_hub_process_free (BgHubProcess *self)
{
  if (!self)
    return;
  if (self->child)
    g_subprocess_force_exit (self->child);
  forget_child (self);
  bg_clear_source (&self->restart);
  bg_clear_source (&self->deadline);
  g_free (self->state_dir);
  g_free (self->listen);
  g_free (self->public_url);
  g_free (self->subnet);
  g_free (self->url);
  g_free (self->pin);
  bg_secret_free (self->token);
  g_free (self);
}

const BgHubInfo *
bg_hub_process_get_info (BgHubProcess *self)
{
  return self->was_ready ? &self->info : NULL;
}

char *
bg_hub_process_find_program (GError **error)
{
  g_autofree char *own = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *here = own ? g_path_get_dirname (own) : g_strdup (BG_BINDIR);
  char *candidates[] = {
    g_build_filename (here, PROGRAM, NULL),
    g_build_filename (here, "..", "worker", "hub", PROGRAM, NULL),
    g_build_filename (BG_BINDIR, PROGRAM, NULL),
  };
  char *found = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (candidates); i++)
    if (!found && g_file_test (candidates[i], G_FILE_TEST_IS_EXECUTABLE))
      found = g_steal_pointer (&candidates[i]);
    else
      g_free (candidates[i]);
  if (!found)
    g_set_error (error, BG_ERROR, BG_ERROR_FAILED, "%s is neither beside bamgated nor in %s",
                 PROGRAM, BG_BINDIR);
  return found;
}

/* --- Starting --- */

static void
end_start (BgHubProcess *self, GError *error)
{
  g_autoptr (GTask) task = g_steal_pointer (&self->start);

  bg_clear_source (&self->deadline);
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
  if (self->child)
    g_subprocess_force_exit (self->child);
  forget_child (self);
  g_task_return_error (task, error);
}

static gboolean
read_token (BgHubProcess *self, const char *path, GError **error)
{
  g_autofree char *text = NULL;
  gsize len;

  if (!g_file_get_contents (path, &text, &len, error))
    return FALSE;
  g_strchomp (text);
  if (len > MAX_TOKEN + 2)
    {
      g_set_error (error, BG_ERROR, BG_ERROR_FAILED, "token file of the hub: too long");
      return FALSE;
    }
  bg_secret_free (self->token);
  self->token = g_steal_pointer (&text);
  return TRUE;
}

static char *
string_member (JsonObject *said, const char *key)
{
  JsonNode *node = json_object_get_member (said, key);

  return node && json_node_get_value_type (node) == G_TYPE_STRING ? json_node_dup_string (node)
                                                                  : NULL;
}

static gboolean
take_members (BgHubProcess *self, JsonObject *said, GError **error)
{
  g_autofree char *url = string_member (said, "url"),
                  *token_file = string_member (said, "token_file");

  if (token_file && !read_token (self, token_file, error))
    return FALSE;
  g_free (self->pin);
  self->pin = string_member (said, "pin");
  g_free (self->url);
  self->url = bg_server_url_connect (url ? url : "", error);
  if (!self->url)
    return FALSE;
  self->info = (BgHubInfo){ self->url, self->pin, self->token ? self->token : "" };
  self->was_ready = TRUE;
  return TRUE;
}

static gboolean
take_description (BgHubProcess *self, const char *line, GError **error)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  JsonNode *root;

  if (!json_parser_load_from_data (parser, line, -1, error))
    return FALSE;
  root = json_parser_get_root (parser);
  if (!root || !JSON_NODE_HOLDS_OBJECT (root))
    {
      g_set_error (error, BG_ERROR, BG_ERROR_FAILED, "the hub does not describe itself");
      return FALSE;
    }
  return take_members (self, json_node_get_object (root), error);
}

static void
on_ready_read (GObject *source, GAsyncResult *result, gpointer data)
{
  BgHubProcess *self = data;
  g_autoptr (GError) error = NULL;
  g_autofree char *line = g_data_input_stream_read_line_finish_utf8 (G_DATA_INPUT_STREAM (source),
                                                                     result, NULL, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  g_clear_object (&self->ready);
  if (!line)
    return; /* it ended: on_child_exited() knows more */
  if (!take_description (self, line, &error))
    {
      end_start (self, g_steal_pointer (&error));
      return;
    }
  self->restart_ms = RESTART_MIN_MS;
  bg_log (BG_TOPIC_HUB, MESSAGE, NULL, "bamgate-hub is ready");
  end_start (self, NULL);
}

static gboolean
on_restart (gpointer data)
{
  BgHubProcess *self = data;
  g_autoptr (GError) error = NULL;

  bg_clear_source (&self->restart);
  if (spawn (self, &error))
    return G_SOURCE_REMOVE;
  bg_log (BG_TOPIC_HUB, WARNING, NULL, "%s", error->message);
  bg_arm_timer (&self->restart, self->restart_ms, on_restart, self);
  return G_SOURCE_REMOVE;
}

static void
on_child_exited (GObject *source, GAsyncResult *result, gpointer data)
{
  BgHubProcess *self = data;
  GSubprocess *child = G_SUBPROCESS (source);
  g_autoptr (GError) error = NULL;
  g_autofree char *how = NULL;

  g_subprocess_wait_finish (child, result, &error);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  how = g_subprocess_get_if_exited (child)
          ? g_strdup_printf ("exit status %d", g_subprocess_get_exit_status (child))
          : g_strdup_printf ("signal %d", g_subprocess_get_term_sig (child));
  forget_child (self);
  if (self->stopping)
    {
      g_autoptr (GTask) stop = g_steal_pointer (&self->stop);

      bg_clear_source (&self->deadline);
      if (stop)
        g_task_return_boolean (stop, TRUE);
      return;
    }
  if (self->start)
    {
      end_start (self, g_error_new (BG_ERROR, BG_ERROR_FAILED,
                                    "bamgate-hub ended at once (%s); its log says why", how));
      return;
    }
  bg_log (BG_TOPIC_HUB, WARNING, NULL, "bamgate-hub ended (%s): starting it again in %u ms", how,
          self->restart_ms);
  bg_arm_timer (&self->restart, self->restart_ms, on_restart, self);
  self->restart_ms = MIN (self->restart_ms * 2, RESTART_MAX_MS);
}

/* In the child. A daemon that is killed takes its hub along: the next one wants the port. */
static void
set_up_child (gpointer data)
{
  prctl (PR_SET_PDEATHSIG, SIGTERM);
}

static void
add_argument (const char **argv, gsize *n, const char *option, const char *value)
{
  if (!value)
    return;
  argv[(*n)++] = option;
  argv[(*n)++] = value;
}

static gboolean
spawn (BgHubProcess *self, GError **error)
{
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_NONE);
  g_autofree char *program = bg_hub_process_find_program (error);
  g_autofree char *fd_text = g_strdup_printf ("%d", READY_FD);
  g_autoptr (GInputStream) ready = NULL;
  const char *argv[12] = { program,      "--state-dir", self->state_dir, "--listen",
                           self->listen, "--ready-fd",  fd_text };
  gsize n = 7;
  int fds[2];

  if (!program)
    return FALSE;
  add_argument (argv, &n, "--public-url", self->public_url);
  add_argument (argv, &n, "--subnet", self->subnet);
  if (pipe2 (fds, O_CLOEXEC) != 0)
    {
      g_set_error (error, BG_ERROR, BG_ERROR_FAILED, "pipe: %s", g_strerror (errno));
      return FALSE;
    }
  ready = g_unix_input_stream_new (fds[0], TRUE);
  g_subprocess_launcher_take_fd (launcher, fds[1], READY_FD);
  g_subprocess_launcher_set_child_setup (launcher, set_up_child, NULL, NULL);
  self->child = g_subprocess_launcher_spawnv (launcher, argv, error);
  if (!self->child)
    return FALSE;
  self->cancellable = g_cancellable_new ();
  self->ready = g_data_input_stream_new (ready);
  g_data_input_stream_read_line_async (self->ready, G_PRIORITY_DEFAULT, self->cancellable,
                                       on_ready_read, self);
  g_subprocess_wait_async (self->child, self->cancellable, on_child_exited, self);
  return TRUE;
}

static gboolean
on_start_deadline (gpointer data)
{
  BgHubProcess *self = data;

  end_start (self, g_error_new (BG_ERROR, BG_ERROR_TIMEOUT, "bamgate-hub was not ready within %d s",
                                READY_MS / 1000));
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
  if (!spawn (self, &error))
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

/* --- Stopping --- */

static gboolean
on_stop_deadline (gpointer data)
{
  BgHubProcess *self = data;

  bg_clear_source (&self->deadline);
  bg_log (BG_TOPIC_HUB, WARNING, NULL, "bamgate-hub does not end by itself");
  if (self->child)
    g_subprocess_force_exit (self->child);
  return G_SOURCE_REMOVE;
}

void
bg_hub_process_stop_async (BgHubProcess *self, GAsyncReadyCallback callback, gpointer data)
{
  GTask *task = g_task_new (NULL, NULL, callback, data);

  self->stopping = TRUE;
  bg_clear_source (&self->restart);
  if (!self->child)
    {
      g_task_return_boolean (task, TRUE);
      g_object_unref (task);
      return;
    }
  self->stop = task;
  g_subprocess_send_signal (self->child, SIGTERM);
  bg_arm_timer (&self->deadline, STOP_MS, on_stop_deadline, self);
}

void
bg_hub_process_stop_finish (BgHubProcess *self, GAsyncResult *result)
{
  g_task_propagate_boolean (G_TASK (result), NULL);
}
