/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* UPnP by a program of its own (upnp-main.c), started with the first question: what a router does to it is no concern of ours. One that
 * does not answer in time is ended. Main thread only. */

#include "mapping/port-leases.h"

G_BEGIN_DECLS

typedef struct _BgUpnpChild BgUpnpChild;

/* As bg_port_leases_take_upnp() takes it; later than the question, once for each. */
typedef void (*BgUpnpAnswered) (gpointer owner, guint16 port, const BgOutside *outside,
                                guint32 lifetime_s);

/* Addresses as texts: of the router, and ours towards it. */
BgUpnpChild *bg_upnp_child_new (const char *gateway, const char *client, BgUpnpAnswered answered,
                                gpointer owner);
/* Questions without an answer get none; what is still mapped is given back by the program, on its own;
 * with nothing mapped it is ended. Fine on NULL. */
void bg_upnp_child_free (BgUpnpChild *self);
/* Every question was answered. */
gboolean bg_upnp_child_is_idle (const BgUpnpChild *self);
/* Maps a port, or gives it back with a lifetime of 0. */
void bg_upnp_child_ask (BgUpnpChild *self, guint16 port, guint32 lifetime_s);

/* The program, beside this one where it is built as where it is installed; NULL where that is not known. */
char *bg_upnp_child_find_program (void);

G_END_DECLS
