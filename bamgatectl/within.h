/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The network that the tunnel's interface is in, where that is a namespace of the daemon's. */

#include "bamgatectl/ctl.h"

/* Whether there is a tunnel; what is missing has been explained. */
CtlExit within_check (Ctl *ctl);
/* It is not this machine's own. */
gboolean within_is_elsewhere (Ctl *ctl);
/* Begins anew as "bamgatectl enter", and goes on there as the program `words`. Comes back only with a failure, which has been explained. */
CtlExit within_enter (Ctl *ctl, char **words);

/* --- After that; a process of one thread --- */

/* Enters the network namespace `path` and the user namespace that it belongs to, and takes mounts of its own. FALSE with errno. */
gboolean within_go (const char *path);
/* Names are looked up at `server` ("" for none), and those without a dot in `search`, by this process and its children. As far as it can be. */
void within_set_names (const char *server, const char *search);
/* Becomes `words`, found in PATH; who is no root loses what the namespace gave (capabilities(7), execve). Comes back with errno. */
void within_exec (char **words);
