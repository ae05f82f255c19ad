/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What is taken of what a machine offers, as the daemon's settings have it, and what they become when a person changes one thing. Pure. */

#include <gio/gio.h>

typedef struct
{
  gboolean is_own;    /* there is a choice for this machine; else device.accept-routes decides */
  gboolean takes_all; /* of its networks */
  char **routes;      /* that are chosen, where not all are */
  gboolean asks;      /* name servers of it are asked for some of its domains */
} AppletAccept;

/* `settings`: of GetConfiguration; `id`: the machine. */
AppletAccept *applet_accept_read (GVariant *settings, const char *id);
void applet_accept_free (AppletAccept *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AppletAccept, applet_accept_free)

/* Is the network chosen, as one of them or as a part of one? */
gboolean applet_accept_has (const AppletAccept *self, const char *route);

/* All of these: an a{sv} for Configure of the peer, floating. One more or less of those that it offers: */
GVariant *applet_accept_take (const AppletAccept *self, const char *const *offered,
                              const char *route, gboolean wanted);
GVariant *applet_accept_take_all (gboolean wanted);
/* All its name servers for all its domains, or none; what is taken of its networks stays. */
GVariant *applet_accept_ask (const AppletAccept *self, gboolean wanted);
