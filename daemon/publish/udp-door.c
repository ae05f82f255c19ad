/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "publish/udp-door.h"

#include "publish/forward-way-private.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum
{
  DATAGRAMS_A_ROUND = 64, /* of one socket, before others have their turn */
};

struct _BgUdpDoor
{
  BgReactor *reactor;
  BgUdpFlows *flows;
  BgDoorOptions options;
  BgReactorWatch watch;
  BgDeadline expiry;
};

/* A sender's own socket. */
typedef struct
{
  BgUdpDoor *door;
  BgUdpFlow *flow;
  BgReactorWatch watch;
  int fd;
} Leg;

static void
limit_rest (BgUdpDoor *door)
{
  gint64 at = bg_udp_flows_expire (door->flows, bg_reactor_now (door->reactor));

  if (at > 0)
    bg_reactor_arm (door->reactor, &door->expiry, at);
}

static void
on_expiry_due (gpointer data)
{
  limit_rest (data);
}

void
bg_udp_flow_dropped (gpointer data)
{
  Leg *leg = data;

  bg_reactor_unwatch (leg->door->reactor, &leg->watch);
  close (leg->fd);
  leg->fd = -1; /* events of this round may still come */
  bg_door_tally_ended (leg->door->options.tally);
  bg_reactor_bury (leg->door->reactor, leg, g_free);
}

/* Nobody is there: who sends is told nothing, as UDP has no word for it, but the owner is. */
static void
note_failure (BgUdpDoor *door, int error)
{
  if (error != EAGAIN && error != EINTR)
    bg_door_tally_failed (door->options.tally,
                          error == EMFILE || error == ENFILE ? BG_FORWARD_LOCAL : BG_FORWARD_DIAL,
                          g_strerror (error));
}

/* --- Back --- */

static gboolean
answer_one (Leg *leg)
{
  BgUdpDoor *door = leg->door;
  const BgSocketAddress *peer = bg_udp_flow_get_peer (leg->flow);
  guint8 *bytes = bg_reactor_scratch (door->reactor);
  gssize n = recv (leg->fd, bytes, BG_REACTOR_SCRATCH, 0);

  if (n < 0)
    {
      note_failure (door, errno);
      return errno == EINTR || errno == ECONNREFUSED;
    }
  bg_udp_flows_touch (door->flows, leg->flow, bg_reactor_now (door->reactor));
  if (sendto (door->options.fd, bytes, (gsize) n, 0, &peer->any, peer->len) == n)
    bg_door_tally_carried (door->options.tally, 0, (guint64) n);
  return TRUE;
}

static void
on_leg_ready (gpointer data, guint32 events)
{
  Leg *leg = data;

  for (guint n = 0; leg->fd >= 0 && n < DATAGRAMS_A_ROUND && answer_one (leg); n++)
    ;
}

/* --- There --- */

static int
connect_leg (const BgTarget *target)
{
  int fd = target->n > 0 ? bg_socket_address_open_datagram (&target->addresses[0]) : -1;

  if (fd < 0 || connect (fd, &target->addresses[0].any, target->addresses[0].len) == 0)
    return fd;
  close (fd);
  return -1;
}

static Leg *
add_leg (BgUdpDoor *door, const BgSocketAddress *peer)
{
  int fd = connect_leg (bg_forward_way_target (door->options.way));
  g_autofree char *account = bg_callers_account (door->options.way->callers, peer);
  Leg *leg;

  if (fd < 0)
    {
      note_failure (door, errno);
      return NULL;
    }
  leg = g_new0 (Leg, 1);
  leg->door = door;
  leg->fd = fd;
  leg->watch = (BgReactorWatch){ -1, on_leg_ready, leg };
  leg->flow = bg_udp_flows_add (door->flows, door->options.id, peer, account, leg,
                                bg_reactor_now (door->reactor));
  bg_door_tally_began (door->options.tally);
  if (!bg_reactor_watch (door->reactor, &leg->watch, fd, EPOLLIN))
    {
      bg_udp_flows_drop (door->flows, leg->flow);
      return NULL;
    }
  if (!door->expiry.place)
    limit_rest (door);
  return leg;
}

static void
pass_on (BgUdpDoor *door, const BgSocketAddress *peer, const guint8 *bytes, gsize len)
{
  BgUdpFlow *flow = bg_udp_flows_find (door->flows, door->options.id, peer);
  Leg *leg = flow ? bg_udp_flow_get_data (flow) : add_leg (door, peer);

  if (!leg)
    return;
  bg_udp_flows_touch (door->flows, leg->flow, bg_reactor_now (door->reactor));
  if (send (leg->fd, bytes, len, 0) == (gssize) len)
    bg_door_tally_carried (door->options.tally, len, 0);
  else
    note_failure (door, errno);
}

static gboolean
take_one (BgUdpDoor *door)
{
  guint8 *bytes = bg_reactor_scratch (door->reactor);
  BgSocketAddress peer = { .len = sizeof peer.ip };
  gssize n = recvfrom (door->options.fd, bytes, BG_REACTOR_SCRATCH, 0, &peer.any, &peer.len);

  if (n < 0)
    return errno == EINTR;
  if (bg_door_rules_admit (door->options.rules, door->options.fd, &peer))
    pass_on (door, &peer, bytes, (gsize) n);
  else
    bg_door_tally_refused (door->options.tally);
  return TRUE;
}

static void
on_door_ready (gpointer data, guint32 events)
{
  BgUdpDoor *door = data;

  for (guint n = 0; door->options.fd >= 0 && n < DATAGRAMS_A_ROUND && take_one (door); n++)
    ;
}

/* --- Life --- */

BgUdpDoor *
bg_udp_door_open (BgReactor *reactor, BgUdpFlows *flows, const BgDoorOptions *options)
{
  BgUdpDoor *door = g_new0 (BgUdpDoor, 1);

  door->reactor = reactor;
  door->flows = flows;
  door->options = *options;
  door->watch = (BgReactorWatch){ -1, on_door_ready, door };
  door->expiry = (BgDeadline){ .due = on_expiry_due, .data = door };
  bg_door_set_manner (options->fd);
  if (!bg_reactor_watch (reactor, &door->watch, options->fd, EPOLLIN))
    bg_door_tally_failed (options->tally, BG_FORWARD_LOCAL, g_strerror (errno));
  return door;
}

void
bg_udp_door_set_way (BgUdpDoor *door, BgForwardWay *way)
{
  bg_forward_way_unref (door->options.way);
  door->options.way = way;
}

static void
door_free (gpointer data)
{
  BgUdpDoor *door = data;

  bg_door_rules_free (door->options.rules);
  bg_forward_way_unref (door->options.way);
  bg_door_tally_unref (door->options.tally);
  g_free (door);
}

void
bg_udp_door_free (BgUdpDoor *door)
{
  bg_udp_flows_drop_door (door->flows, door->options.id);
  bg_reactor_unwatch (door->reactor, &door->watch);
  bg_reactor_disarm (door->reactor, &door->expiry);
  close (door->options.fd);
  door->options.fd = -1;
  bg_reactor_bury (door->reactor, door, door_free);
}
