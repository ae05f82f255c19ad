/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgatectl/agent.h"

#define POLKIT_AGENT_I_KNOW_API_IS_SUBJECT_TO_CHANGE
#include <polkitagent/polkitagent.h>
#include <unistd.h>

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
  listener = polkit_agent_text_listener_new (NULL, NULL);
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
