/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A path in virtual time, and the wires under it. */

#include "transport/path.h"

#include <glib.h>
#include <string.h>

#define MS G_GUINT64_CONSTANT (1000000)
#define SECOND (1000 * MS)

#define DC BG_TRANSPORT_DATA_CHANNEL
#define ICE BG_TRANSPORT_ICE
#define DIRECT BG_TRANSPORT_DIRECT

enum
{
  FLOOR = 1152,
  CEILING = 1420
};

typedef struct
{
  BgPath path;
  BgTransport transports[BG_TRANSPORT_KINDS];
  gboolean dead_wire[BG_TRANSPORT_KINDS];
  gboolean deaf_peer[BG_TRANSPORT_KINDS]; /* only what we send is lost */
  guint width;                            /* of the direct wire */
  guint64 now_ns, round_trip_ns;
  guint probes[BG_TRANSPORT_KINDS], moves;
  guint64 moved_ns;
} PathWorld;

/* What a wire of it does: nothing, since path_world_serve() answers. */
extern const BgTransportOps path_world_wire;

/* `data`: whether the peer knows control messages, as GINT_TO_POINTER(). */
void path_world_set_up (PathWorld *f, gconstpointer data);
void path_world_tear_down (PathWorld *f, gconstpointer data);
/* What the path asks for now, counted. */
void path_world_choose (PathWorld *f);
void path_world_attach (PathWorld *f, BgTransportKind kind);
/* Sends what is due; answers come after a round trip on wires that live. */
void path_world_serve (PathWorld *f);
/* Lets time pass; with `traffic` a packet leaves every 10 ms and one comes back if the wire lives. */
void path_world_run (PathWorld *f, guint64 duration_ns, gboolean traffic);
void path_world_start_session (PathWorld *f);
/* With data channel and ICE, both proved. */
void path_world_bring_up (PathWorld *f);

#define PATH_WORLD_ADD(name, control, function)                                                    \
  g_test_add (name, PathWorld, GINT_TO_POINTER (control), path_world_set_up, function, path_world_tear_down)
