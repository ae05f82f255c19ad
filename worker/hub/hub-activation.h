/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

/* The listening TCP sockets, as GSocket, that whoever started us opened for us (LISTEN_PID and LISTEN_FDS, sd_listen_fds(3));
 * empty where there are none. Sockets of other kinds are left alone. */
GPtrArray *bg_hub_activation_sockets (void);
