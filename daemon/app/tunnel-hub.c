/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/tunnel-private.h"

/* Nobody waits for a hub that is not wanted any more. */
static void
on_up_cancelled (GCancellable *cancellable, BgTunnel *self)
{
  bg_local_hub_want (self->hub, NULL);
}

static void
end_up (BgTunnel *self)
{
  GCancellable *cancellable = bg_bring_up_get_cancellable (self->run);

  self->hub_step = BG_HUB_STEP_NONE;
  g_signal_handlers_disconnect_by_func (cancellable, on_up_cancelled, self);
  bg_bring_up_step_done (self->run, NULL);
}

static void
end_down (BgTunnel *self)
{
  self->hub_step = BG_HUB_STEP_NONE;
  g_clear_pointer (&self->hub, bg_local_hub_free);
  bg_bring_up_step_undone (self->run);
}

static void
on_hub_settled (gpointer owner)
{
  BgTunnel *self = owner;

  if (self->hub_step == BG_HUB_STEP_UP)
    end_up (self);
  else if (self->hub_step == BG_HUB_STEP_DOWN)
    end_down (self);
  else
    bg_tunnel_aim (self);
}

void
bg_tunnel_up_hub (gpointer owner, BgBringUp *run)
{
  BgTunnel *self = owner;

  self->hub = bg_local_hub_new (self->state_dir, self->hub_socket, self->health, on_hub_settled,
                                self);
  self->hub_step = BG_HUB_STEP_UP;
  g_signal_connect (bg_bring_up_get_cancellable (run), "cancelled", G_CALLBACK (on_up_cancelled),
                    self);
  if (!bg_local_hub_want (self->hub, self->config))
    end_up (self);
}

void
bg_tunnel_down_hub (gpointer owner, BgBringUp *run)
{
  BgTunnel *self = owner;

  if (self->leaves_hub)
    bg_local_hub_leave (self->hub);
  self->hub_step = BG_HUB_STEP_DOWN;
  if (!bg_local_hub_want (self->hub, NULL) && bg_local_hub_rests (self->hub))
    end_down (self);
}
