/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Published services as rows: where each is reached, and what else a person asks about it. */

#include <adwaita.h>
#include <bamgate.h>

/* What is said of one of this machine, of ListServices, beside its name. Free with g_free(). */
char *applet_service_describe (GVariant *service);
/* A row of it; its button does "service.remove" with its name. */
GtkWidget *applet_service_row_new (GVariant *service);
/* One of a peer's; `dns_name`: the peer's own, "" where it has none. */
GtkWidget *applet_peer_service_row_new (BamgatePeer *peer, const char *dns_name, const char *name, guint16 port, const char *protocol);
