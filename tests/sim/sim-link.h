/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* WireGuard engines in one process, a virtual clock, and links with seeded delay, loss, reordering and duplication. A
 * run depends on nothing but its seed. */

#include "packet/packet-pool.h"
#include "wg/wg-private.h"
#include "wg/wg.h"

#include <glib.h>

#define SIM_MS     G_GUINT64_CONSTANT (1000000)
#define SIM_SECOND (1000 * SIM_MS)
#define SIM_MINUTE (60 * SIM_SECOND)
#define SIM_HOUR   (60 * SIM_MINUTE)

enum { SIM_VERDICTS = WG_UNDER_LOAD + 1, SIM_HOSTS_MAX = 8 };

typedef struct Sim     Sim;
typedef struct SimHost SimHost;

/* Sees each packet that `from` puts on the wire; false loses it. */
typedef gboolean (*SimFilter) (SimHost *from, const guint8 *bytes, gsize len, gpointer data);

struct SimHost
{
  Sim      *sim;
  guint     number;   /* 1, 2, …: 192.0.2.n outside, 10.0.0.n inside */
  WgKey     secret, key;
  WgDevice *dev;
  WgSealer *sealer;
  BgEndpoint at;

  guint64 sent, received, control;      /* inner packets */
  guint64 wire_handshakes, wire_data, wire_empty, wire_cookies; /* what it sent */
  guint64 last_wire;                    /* when */
  guint64 verdicts[SIM_VERDICTS];       /* of what arrived */
  guint64 events[WG_EVENT_SILENT + 1];
  guint64 wakeups;
};

struct Sim
{
  guint64       now, seed;
  BgPacketPool *pool;
  SimHost      *hosts[SIM_HOSTS_MAX];
  guint         n_hosts;
  GSequence    *flights;
  guint64       next_serial;
  GHashTable   *seen; /* serials of inner packets that arrived: none may twice */

  /* The links, all alike. */
  guint64   delay, jitter;
  guint     loss_permille, duplicate_permille;
  SimFilter filter;
  gpointer  filter_data;
};

Sim *sim_new (guint64 seed);
/* Frees all, and asserts that every packet came back. */
void sim_free (Sim *sim);

SimHost *sim_add_host (Sim *sim);
/* Both know each other: endpoint, allowed IPs. */
void sim_introduce (SimHost *a, SimHost *b);
/* `a` and `b` in a sim of two, introduced. */
void sim_pair (Sim *sim, SimHost **a, SimHost **b);
/* The host loses all state but its key, as after SIGKILL. Its peers must be introduced again. */
void sim_restart (SimHost *host);
WgPeer *sim_peer (SimHost *host, SimHost *other);
/* Moves the host to 192.0.2.`number`. */
void sim_move (SimHost *host, guint number);

/* An inner IPv4 packet from one host to another, now. */
WgVerdict sim_send (SimHost *from, SimHost *to);
/* A control message, which takes a session. */
WgVerdict sim_send_control (SimHost *from, SimHost *to);
/* Lets everything happen that is due in `duration`. */
void sim_run (Sim *sim, guint64 duration);
/* One packet each `interval` for `duration`, and back where `both`. */
void sim_traffic (SimHost *from, SimHost *to, guint64 interval, guint64 duration, gboolean both);
/* Bytes from anywhere arrive at `to`, now. */
WgVerdict sim_inject (SimHost *to, const guint8 *bytes, gsize len, const BgEndpoint *source);
/* After calls into the engine: puts on the wire what it wants to send, counts events. */
void sim_pump (SimHost *host);
guint64 sim_sessions (SimHost *host, SimHost *other);
