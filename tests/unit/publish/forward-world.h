/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "publish/forwarding.h"

/* A forwarding thread, a door of it and a service behind, all on loopback. Clients and the service are sockets of the test, which block
 * for at most WORLD_PATIENCE_S. */

enum { WORLD_PATIENCE_S = 20 };

typedef struct
{
  BgForwardingEngine *engine;
  BgForwarding *forwarding;
  int     origin;           /* listening: where ways lead */
  guint16 origin_port, door_port;
  guint64 door;
  GArray *drained;          /* guint64: doors that have told so */
  guint   n_rejected;
  BgDoorCounters counters;  /* of the door that drained last */
} World;

/* Options may be zero but for what the test is about; addresses are filled in where there are none and no ingress. */
World *world_new (BgForwardWayOptions *options);
World *world_new_for (BgForwardWayOptions *options, const BgDoorRules *rules);
void world_free (World *world);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (World, world_free)

/* A socket that listens on 127.0.0.1. */
int world_listen (guint16 *port);
/* One that nobody can connect to any more, and no connection is refused at; `filler` keeps it full. */
int world_listen_full (guint16 *port, int *filler);
int world_connect (guint16 port);
/* The same in two steps. */
int world_socket (void);
void world_connect_with (int fd, guint16 port);
int world_accept (int listener);
/* It need not hear anything within WORLD_PATIENCE_S. */
void world_wait_for_ever (int fd);
/* One client at the door, and its other end at the service. */
void world_pair (World *world, int *client, int *service);

void world_write (int fd, const void *bytes, gsize len);
void world_say (int fd, const char *text);
/* That many bytes and no fewer. */
void world_read (int fd, void *bytes, gsize len);
void world_hear (int fd, const char *text);
/* Nothing more comes, in good order. */
void world_hear_end (int fd);
void world_hear_reset (int fd);
/* All up to the end. */
char *world_read_all (int fd);
void world_reset (int fd);
/* Runs the main loop until `door` has drained. */
void world_wait_drained (World *world, guint64 door);
/* Closes the only door, and waits; gives its last counters. */
BgDoorCounters world_finish (World *world);
