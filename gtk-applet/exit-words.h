/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The machine that everything goes through, as people hear of it. No GTK. */

#include <bamgate.h>

typedef enum
{
  APPLET_EXIT_NONE,    /* none is chosen */
  APPLET_EXIT_RESTING, /* it counts when the tunnel is on; until then packets go beside it */
  APPLET_EXIT_WAITING, /* it has not worked since it was chosen: nothing goes out */
  APPLET_EXIT_ACTIVE,  /* everything goes through it */
  APPLET_EXIT_LOST,    /* nothing goes out */
  APPLET_N_EXITS
} AppletExit;

/* As the daemon says it: the properties ExitNode and ExitState. */
AppletExit applet_exit_parse (const char *node, const char *state);
AppletExit applet_exit_of (BamgateClient *client);
gboolean applet_exit_is_blocked (AppletExit exit);

/* Whether the peer offers to be one. */
gboolean applet_exit_is_offered (BamgatePeer *peer);
/* "IPv4 and IPv6", or that it does not offer it any more. */
const char *applet_exit_families (BamgatePeer *peer);
/* Names to choose from: peers that offer it, at most `max`, and the one that is chosen in any case, sorted (transfer full). */
char **applet_exit_list (BamgateClient *client, guint max);

/* "Exit: home (lost)"; free with g_free(). */
char *applet_exit_title (AppletExit exit, const char *name);
/* What it means, a sentence; free with g_free(). */
char *applet_exit_sentence (AppletExit exit, const char *name);
