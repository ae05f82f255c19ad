/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/tunnel-private.h"

#include "peer/main-timer.h"

/* After a sleep a network may take a moment to be there, and peers that are where they were answer a handshake by then. */
#define DOUBT_MS 5000

static void
on_sleeping (gpointer owner)
{
  BgTunnel *self = owner;

  bg_dataplane_sleep (self->dataplane);
}

void
bg_tunnel_take_asleep (BgTunnel *self)
{
  if (self->sleep)
    bg_sleep_watch_ready (self->sleep);
}

static gboolean
on_doubt (gpointer data)
{
  BgTunnel *self = data;

  bg_clear_source (&self->doubt);
  bg_peer_set_doubt (self->peers);
  return G_SOURCE_REMOVE;
}

static void
on_awake (gpointer owner)
{
  BgTunnel *self = owner;

  bg_dataplane_wake (self->dataplane);
  bg_port_mapper_wake (self->mapper);
  bg_local_hub_retry_now (self->hub);
  bg_hub_access_hurry (self->hub_access);
  if (self->signaling)
    bg_signaling_client_retry_now (self->signaling);
  bg_arm_timer (&self->doubt, DOUBT_MS, on_doubt, self);
}

static const BgSleepWatchEvents events = { on_sleeping, on_awake };

void
bg_tunnel_watch_sleep (BgTunnel *self)
{
  self->sleep = bg_sleep_watch_new (NULL, &events, self);
}

void
bg_tunnel_unwatch_sleep (BgTunnel *self)
{
  g_clear_pointer (&self->sleep, bg_sleep_watch_free);
  bg_clear_source (&self->doubt);
}
