/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* polkit's agent for terminals, for this process: whoever may authenticate is asked for a password where the command was
 * typed. A desktop's own agent goes first. */

typedef struct _Agent Agent;

/* NULL where it is of no use (root is never asked) or cannot be: no terminal of ours, or no polkit. */
Agent *agent_new (void);
/* Fine on NULL. */
void agent_free (Agent *agent);
