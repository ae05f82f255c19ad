/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* How the tunnel looks at a glance: icon, status and words. Pure. */

#include "exit-words.h"

typedef enum
{
  APPLET_LOOK_OFF,
  APPLET_LOOK_CONNECTING,
  APPLET_LOOK_ONLINE,
  APPLET_LOOK_RELAYED,   /* every connected peer is reached through a relay */
  APPLET_LOOK_EXIT,      /* everything goes through a peer */
  APPLET_LOOK_BLOCKED,   /* it is to, and does not: nothing goes out */
  APPLET_LOOK_ATTENTION, /* something is wrong, or a person has to do something */
  APPLET_N_LOOKS
} AppletLook;

typedef struct
{
  gboolean     running;  /* the daemon */
  gboolean     member;   /* of a network */
  BamgateState state;
  const char  *reason;   /* borrowed */
  guint        peers, connected, relayed, refused;
  guint        waiting;  /* machines that this one could let into the network */
  gboolean     disputed; /* who is in it */
  gboolean     pending;  /* settings wait for the tunnel to restart */
  AppletExit exit;
  const char *exit_node; /* borrowed */
} AppletGlance;

/* Counts what there is; `client` may be NULL. */
AppletGlance applet_glance_take (BamgateClient *client);

AppletLook applet_glance_look (const AppletGlance *glance);
/* Whether a person has to do something, rather than time. */
gboolean applet_glance_needs_help (const AppletGlance *glance);
/* Whether the tunnel is on, or on its way there: what a switch shows. */
gboolean applet_glance_is_on (const AppletGlance *glance);
/* "Online, 3 of 5 peers connected"; free with g_free(). */
char *applet_glance_line (const AppletGlance *glance);
/* What there is to say beyond the line, or "". */
const char *applet_glance_reason (const AppletGlance *glance);
/* The same, and first of all what becomes of the exit where one is used and works; free with g_free(). */
char *applet_glance_more (const AppletGlance *glance);

/* Name of an icon, drawn for symbolic use; for a screen reader, its words in the person's language. */
const char *applet_look_icon (AppletLook look);
const char *applet_look_words (AppletLook look);
