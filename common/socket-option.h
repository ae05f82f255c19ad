/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* Switches on a boolean option; FALSE with errno. */
gboolean bg_socket_set_flag (int fd, int level, int name);
/* It may be bound to an address that comes a moment later (RFC 4862), or is taken away for a while. IPv6 is IPv6 alone then. FALSE
 * with errno. */
gboolean bg_socket_set_free (int fd, int family);
