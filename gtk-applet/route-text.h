/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

/* Lists of networks ("192.168.1.0/24") as a person changes them. Free with g_strfreev(). */

/* `routes` and what `text` says ("192.168.1.0/24", "192.168.1.0/24@10.77.1.0/24"), with its host bits cleared. NULL: it is no network, or one that cannot be offered, or there
 * already. */
char **applet_routes_with (char **routes, const char *text, GError **error);
char **applet_routes_without (char **routes, const char *route);
