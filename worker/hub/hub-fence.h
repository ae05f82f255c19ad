/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* What the hub takes from itself, so that a fault in a program which anybody may talk to is worth little: files by
 * Landlock, system calls by seccomp, capabilities. For good, for every thread, and on top of what systemd does. */

/* The process, and what it starts, reaches only these from here on: `state_dir` to write, `files` (directories,
 * or files with their directories; NULL is none) and the system's libraries to read; and connects to nobody over TCP. To be called
 * before there is a second thread. FALSE where the kernel cannot do it. */
gboolean bg_hub_fence_files (const char *state_dir, const char *const *files, gsize n);
/* No more listening, connecting or starting of programs; no capability. Once the hub listens. FALSE where the kernel
 * cannot do it. */
gboolean bg_hub_fence_calls (void);
