/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The daemon's place on a bus: connects, exports everything, takes the name, and does it all again when the bus comes back.
 * The tunnel hangs on none of it. Main thread only. */

#include "app/application.h"

G_BEGIN_DECLS

typedef struct _BgBusLine BgBusLine;

typedef enum
{
  BG_BUS_SERVING,     /* the name is ours */
  BG_BUS_UNREACHABLE, /* there is no bus, or it went away: tried again */
  BG_BUS_NAME_TAKEN,  /* somebody else has the name, or the bus does not let us have it: it is waited for */
} BgBusNews;

/* `why` is for people; NULL while serving. */
typedef void (*BgBusLineTold) (gpointer owner, BgBusNews news, const char *why);

/* `bus`: "system", "session" or an address. Nothing is told before the main loop runs. */
BgBusLine *bg_bus_line_new (const char *bus, BgApplication *app, BgBusLineTold told, gpointer owner);
/* NULL while there is no bus. */
GDBusConnection *bg_bus_line_get_connection (BgBusLine *self);
/* Takes everything off the bus, after what was announced has left. Fine on NULL. */
void bg_bus_line_free (BgBusLine *self);

G_END_DECLS
