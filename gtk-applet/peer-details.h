/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What GetDetails() of a peer says, as rows for people. `details` may be NULL: nothing is known yet. */

#include <adwaita.h>
#include <bamgate.h>

/* A network behind a peer. */
typedef struct
{
  char    *route;
  gboolean is_offered; /* or else a part of what is */
  gboolean is_taken; /* leads through the tunnel now */
  char    *why_not;  /* "" where nothing was said */
} AppletPeerRoute;

/* A time on one path. */
typedef struct
{
  gint64      since;
  BamgatePath path;
  gboolean    is_relayed;
  char       *local, *remote;
} AppletPeerStay;

guint       applet_peer_details_get_mtu  (GVariant *details);
const char *applet_peer_details_get_text (GVariant *details, const char *key);
gint64      applet_peer_details_get_time (GVariant *details, const char *key);
gboolean    applet_peer_details_get_flag (GVariant *details, const char *key);
/* "12 packets (no-path), 3 (queue-full)"; NULL for none. */
char *applet_peer_details_describe_drops (GVariant *details);

/* Of AppletPeerRoute, those that are taken first. */
GPtrArray *applet_peer_details_list_routes (BamgatePeer *peer, GVariant *details);
/* Of AppletPeerStay, the oldest first. */
GPtrArray *applet_peer_details_list_stays (GVariant *details);

/* The same for the same lists. Free with g_free(). */
char *applet_peer_routes_key (GPtrArray *routes);
char *applet_peer_stays_key  (GPtrArray *stays);

GtkWidget *applet_peer_route_row_new (const AppletPeerRoute *route);
GtkWidget *applet_peer_stay_row_new  (const AppletPeerStay *stay);
