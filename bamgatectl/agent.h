/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* polkit's agent for terminals, for this process: whoever may authenticate is asked for a password where the command was
 * typed. A desktop's own agent goes first. */

#include <glib.h>

typedef struct _Agent Agent;

/* NULL where it is of no use (root is never asked) or cannot be: no terminal of ours, or no polkit. */
Agent *agent_new (void);
/* Fine on NULL. */
void agent_free (Agent *agent);

/* Somebody is being asked now: the terminal is not ours, and a thread waits for what is typed. */
gboolean agent_is_asking (void);
/* Ends the process by this signal, with the terminal as it was before somebody was asked. */
void agent_die_of (int signal_number) G_GNUC_NORETURN;
