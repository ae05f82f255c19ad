/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* How this program finds the addresses of names: hub, STUN and TURN servers, endpoints. Usually by the system; while an exit is in
 * use, whose name servers are behind it, by those of the uplinks (outside-dns.h), and where those do not answer by what was
 * found last. It is GLib's resolver for the whole program, so that nobody asks otherwise. */

#include <gio/gio.h>

G_BEGIN_DECLS

/* Once, before anybody asks. */
void bg_outside_names_install (void);
/* Who was asked before that, as every other program here asks (transfer full). */
GResolver *bg_outside_names_dup_system (void);
/* An exit is in use, or none. Any thread; without effect where it is not installed. */
void bg_outside_names_use (gboolean outside);

G_END_DECLS
