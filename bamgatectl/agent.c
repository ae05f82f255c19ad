/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgatectl/agent.h"
#include "bamgatectl/progress.h"

#define POLKIT_AGENT_I_KNOW_API_IS_SUBJECT_TO_CHANGE
#include <polkitagent/polkitagent.h>
#include <signal.h>
#include <termios.h>
#include <unistd.h>

/* --- polkit's own listener, and a word around it: who writes on the terminal, and how the terminal was --- */

#define BAMGATECTL_TYPE_LISTENER (listener_get_type ())
G_DECLARE_FINAL_TYPE (Listener, listener, BAMGATECTL, LISTENER, PolkitAgentListener)

struct _Listener
{
  PolkitAgentListener parent;
  PolkitAgentListener *text;
};

G_DEFINE_TYPE (Listener, listener, POLKIT_AGENT_TYPE_LISTENER)

static gint asking;
static struct termios before;

gboolean
agent_is_asking (void)
{
  return g_atomic_int_get (&asking) > 0;
}

void
agent_die_of (int signal_number)
{
  tcsetattr (STDERR_FILENO, TCSAFLUSH, &before);
  signal (signal_number, SIG_DFL);
  raise (signal_number);
  _exit (128 + signal_number);
}

static void
on_text_answered (GObject *text, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  GError *error = NULL;

  g_atomic_int_add (&asking, -1);
  progress_resume ();
  if (polkit_agent_listener_initiate_authentication_finish (POLKIT_AGENT_LISTENER (text), result,
                                                            &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
listener_initiate (PolkitAgentListener *listener, const char *action, const char *message,
                   const char *icon, PolkitDetails *details, const char *cookie, GList *identities,
                   GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  GTask *task = g_task_new (listener, cancellable, callback, data);

  g_task_set_source_tag (task, listener_initiate);
  progress_pause ();
  if (!agent_is_asking ())
    tcgetattr (STDERR_FILENO, &before);
  g_atomic_int_inc (&asking);
  polkit_agent_listener_initiate_authentication (((Listener *) listener)->text, action, message,
                                                 icon, details, cookie, identities, cancellable,
                                                 on_text_answered, task);
}

static gboolean
listener_initiate_finish (PolkitAgentListener *listener, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
listener_dispose (GObject *object)
{
  g_clear_object (&((Listener *) object)->text);
  G_OBJECT_CLASS (listener_parent_class)->dispose (object);
}

static void
listener_class_init (ListenerClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = listener_dispose;
  POLKIT_AGENT_LISTENER_CLASS (klass)->initiate_authentication = listener_initiate;
  POLKIT_AGENT_LISTENER_CLASS (klass)->initiate_authentication_finish = listener_initiate_finish;
}

static void
listener_init (Listener *self)
{
}

static PolkitAgentListener *
listener_new (void)
{
  PolkitAgentListener *text = polkit_agent_text_listener_new (NULL, NULL);
  Listener *self;

  if (!text)
    return NULL;
  self = g_object_new (BAMGATECTL_TYPE_LISTENER, NULL);
  self->text = text;
  return POLKIT_AGENT_LISTENER (self);
}

/* --- Its life --- */

struct _Agent
{
  PolkitAgentListener *listener;
  gpointer registration;
};

/* A terminal that we may read from: a job in the background would be stopped by that. */
static gboolean
is_in_the_foreground (void)
{
  return isatty (STDERR_FILENO) && tcgetpgrp (STDERR_FILENO) == getpgrp ();
}

/* The agent of the session, a desktop's, goes before one that is a fallback. Without a session there is none to go first,
 * and polkitd (122) would not find a fallback either. */
static gboolean
has_session (void)
{
  g_autoptr (PolkitSubject)
    session = polkit_unix_session_new_for_process_sync (getpid (), NULL, NULL);

  return session != NULL;
}

/* In a thread of its own, because the calls that it serves block this one. */
static gpointer
register_agent (PolkitAgentListener *listener)
{
  g_autoptr (PolkitSubject)
    self = polkit_unix_process_new_for_owner (getpid (), 0, (int) getuid ());
  g_autoptr (GVariant) options = NULL;
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "fallback", "b", has_session ());
  options = g_variant_ref_sink (g_variant_dict_end (&dict));
  return polkit_agent_listener_register_with_options (
    listener, POLKIT_AGENT_REGISTER_FLAGS_RUN_IN_THREAD, self, NULL, options, NULL, NULL);
}

Agent *
agent_new (void)
{
  g_autoptr (PolkitAgentListener) listener = NULL;
  gpointer registration;
  Agent *agent;

  if (geteuid () == 0 || !is_in_the_foreground ())
    return NULL;
  listener = listener_new ();
  registration = listener ? register_agent (listener) : NULL;
  if (!registration)
    return NULL;
  agent = g_new (Agent, 1);
  agent->listener = g_steal_pointer (&listener);
  agent->registration = registration;
  return agent;
}

void
agent_free (Agent *agent)
{
  if (!agent)
    return;
  polkit_agent_listener_unregister (agent->registration);
  g_object_unref (agent->listener);
  g_free (agent);
}
