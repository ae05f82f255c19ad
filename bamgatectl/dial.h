/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "bamgatectl/ctl.h"

/* A TCP connection, and standard input and output at its other end. */

/* Connects to the first of `addresses` (NULL-terminated) that answers at `port`: -1 with errno. */
int dial (char **addresses, guint16 port);
/* Carries bytes both ways until both have ended: what ends one way ends it over there, and the other way goes on. The socket is taken. FALSE
 * with errno where the connection broke. */
gboolean dial_carry (int socket);
