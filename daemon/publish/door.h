/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/ip-prefix.h"
#include "publish/stream.h"

/* A listening socket, who may come in there, and the connections that did. */

/* Who may come in: all, or only who meets every condition that is set. */
typedef struct
{
  gboolean    local_only;   /* from an address of this machine */
  BgIpPrefix *from;         /* from one of these networks; n_from 0: wherever */
  guint       n_from;
} BgDoorRules;

typedef struct _BgDoor BgDoor;

typedef struct
{
  guint64      id;
  int          fd;          /* listening; taken */
  BgDoorRules *rules;       /* taken */
  BgForwardWay       *way;         /* taken */
  BgDoorTally *tally;       /* taken */
} BgDoorOptions;

typedef struct
{
  BgReactor  *reactor;
  BgIdlePool *(*pool_of) (gpointer data, BgIngress *ingress);
  void (*heard) (gpointer data, BgDoor *door, BgIngress *ingress, gboolean is_rejected);
  void (*drained) (gpointer data, BgDoor *door); /* closed, and its last connection has ended: free it */
  gpointer data;
} BgDoorHome;

BgDoorRules *bg_door_rules_copy (const BgDoorRules *rules);
void bg_door_rules_free (BgDoorRules *rules);

/* `fd` does not block, and lacks the mark of the daemon's own: who comes in has that of the door. */
void bg_door_set_manner (int fd);
/* May who came from `peer` to the socket `fd` come in? */
gboolean bg_door_rules_admit (const BgDoorRules *rules, int fd, const BgSocketAddress *peer);

/* Begins to accept; what `options` names as taken is the door's. `home` must outlive it. */
BgDoor *bg_door_open (const BgDoorHome *home, const BgDoorOptions *options);
/* The number that it was opened with. */
guint64 bg_door_id (const BgDoor *door);
/* Where its way leads through; NULL: through none. */
BgIngress *bg_door_ingress (const BgDoor *door);
/* For those who come from now on; takes `way`. */
void bg_door_set_way (BgDoor *door, BgForwardWay *way);
/* Lets in who has been queueing, and nobody after that; those inside have `drain_us` to finish. Closed already: at most that from now on. */
void bg_door_close (BgDoor *door, gint64 drain_us);
/* Ends everything; without a word to `drained`. */
void bg_door_free (BgDoor *door);
