/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* Who calls, said in the head of a request in a way that the caller cannot say himself. What two readers may read differently is refused,
 * as it could hide another request behind this one. Pure. */

/* `head` is whole, with its empty line, and bg_http_head_parse() takes it. Takes out what it says of who calls (X-Forwarded-…,
 * Forwarded, X-Real-IP, Bamgate-…; whatever is no letter or digit counts as “-”, as for CGI), and Upgrade to anything but WebSocket, behind which requests could go on;
 * puts `lines` at its end. FALSE: this request cannot be passed on. */
gboolean bg_http_caller_put (GByteArray *head, const char *lines);
/* May `byte` of what is between chunks come behind `before` (0: it is the first)? Line ends are CR LF here, and there is nothing else
 * that is not printed. */
gboolean bg_http_caller_may_follow (guint8 before, guint8 byte);
