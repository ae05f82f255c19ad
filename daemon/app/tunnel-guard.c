/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/tunnel-private.h"

#include "common/error.h"
#include "common/inner-socket.h"
#include "common/log.h"
#include "peer/main-timer.h"

/* Keeps the interface what it was made: taken away, moved, renamed, set down, without an address or a route of ours, it comes
 * back. At once the first time; against somebody who does it again and again with growing pauses. */

#define SETTLE_MS 50 /* several things go together */
#define CALM_US (30 * G_USEC_PER_SEC)

static void on_link_changed (gpointer data);

static gboolean
is_gone (BgTunnel *self)
{
  return self->tun_gone || (int) bg_inner_ifindex (self->ifname) != self->tun.ifindex;
}

static void
watch_link (BgTunnel *self)
{
  g_autoptr (GError) error = NULL;

  g_clear_pointer (&self->watch, bg_link_watch_free);
  self->watch = bg_link_watch_new (self->tun.ifindex, on_link_changed, self, &error);
  if (!self->watch)
    bg_log (BG_TOPIC_NET, WARNING, NULL, "%s: %s", self->ifname, error->message);
}

/* Another device of the same name, and everything else goes on: sessions, sockets, peers. */
static gboolean
make_again (BgTunnel *self, GError **error)
{
  BgTunDevice tun;

  if (!bg_tunnel_open_device (self, &tun, self->ifname, 0, error))
    return FALSE;
  bg_dataplane_set_tun (self->dataplane, tun.fd, tun.vnet_hdr, tun.udp_super, ++self->tun_number);
  tun.fd = -1; /* the data plane's from here */
  self->tun = tun;
  self->tun_gone = FALSE;
  watch_link (self);
  return TRUE;
}

static gboolean
restore (BgTunnel *self, GError **error)
{
  gboolean again = is_gone (self);
  guint n = 0;

  if ((again && !make_again (self, error)) || !bg_tunnel_link_restore (self->link, &n, error))
    return FALSE;
  if (again)
    bg_log (BG_TOPIC_NET, WARNING, NULL, "%s was taken away: made again", self->ifname);
  else if (n > 0)
    bg_log (BG_TOPIC_NET, WARNING, NULL, "%s: somebody changed what is ours: %u things put back",
            self->ifname, n);
  if (again || n > 0)
    self->mended_us = g_get_monotonic_time ();
  if (again)
    {
      bg_tunnel_look_at_names (self);
      bg_tunnel_follow_files (self);
      self->events->link_changed (self->owner); /* its index */
    }
  return TRUE;
}

static void
say_broken (BgTunnel *self, const GError *error)
{
  g_autoptr (BgWords) next = bg_retry_describe (self->mending),
                      text = is_gone (self)
                               ? bg_words (INTERFACE_GONE, self->ifname, error, next)
                               : bg_words (INTERFACE_BROKEN, self->ifname, error, next);

  bg_log (BG_TOPIC_NET, WARNING, NULL, "%s", text->text);
  bg_health_set (self->health, BG_CONCERN_INTERFACE, bg_words_ref (text));
}

static void
mend (BgTunnel *self)
{
  g_autoptr (GError) error = NULL;

  bg_clear_source (&self->settle);
  bg_retry_begin (self->mending);
  if (restore (self, &error))
    {
      bg_health_set (self->health, BG_CONCERN_INTERFACE, NULL);
      return;
    }
  bg_retry_failed (self->mending);
  say_broken (self, error);
}

static void
on_mending_due (gpointer owner)
{
  mend (owner);
}

static gboolean
on_settled (gpointer data)
{
  mend (data);
  return G_SOURCE_REMOVE;
}

static void
say_gone (BgTunnel *self)
{
  if (is_gone (self))
    bg_health_set (self->health, BG_CONCERN_INTERFACE,
                   bg_words (INTERFACE_COMES_BACK, self->ifname));
}

static gboolean
is_calm (BgTunnel *self)
{
  return self->mended_us == 0 || g_get_monotonic_time () - self->mended_us > CALM_US;
}

static void
on_link_changed (gpointer data)
{
  BgTunnel *self = data;

  if (bg_retry_is_waiting (self->mending))
    return;
  say_gone (self);
  if (self->settle)
    return;
  if (is_calm (self))
    {
      bg_retry_cancel (self->mending);
      bg_arm_timer (&self->settle, SETTLE_MS, on_settled, self);
    }
  else
    bg_retry_failed (self->mending);
}

void
bg_tunnel_take_tun_gone (BgTunnel *self, const BgEvent *event)
{
  if (event->cookie != self->tun_number)
    return; /* one that has its successor already */
  bg_log (BG_TOPIC_NET, INFO, NULL, "%s: %s", self->ifname, g_strerror (event->error));
  self->tun_gone = TRUE;
  if (self->mending)
    on_link_changed (self);
}

void
bg_tunnel_take_namespace_lost (BgTunnel *self)
{
  self->tun_gone = TRUE;
  if (self->mending)
    on_link_changed (self);
}

void
bg_tunnel_mend_later (BgTunnel *self)
{
  if (self->mending && !self->settle && !bg_retry_is_waiting (self->mending))
    bg_retry_failed (self->mending);
}

void
bg_tunnel_up_guard (gpointer owner, BgBringUp *run)
{
  BgTunnel *self = owner;

  self->mending = bg_retry_new (on_mending_due, self);
  self->mended_us = 0;
  watch_link (self);
  if (is_gone (self))
    on_link_changed (self);
  bg_bring_up_step_done (run, NULL);
}

void
bg_tunnel_down_guard (gpointer owner, BgBringUp *run)
{
  BgTunnel *self = owner;

  g_clear_pointer (&self->watch, bg_link_watch_free);
  bg_clear_source (&self->settle);
  g_clear_pointer (&self->mending, bg_retry_free);
  bg_health_set (self->health, BG_CONCERN_INTERFACE, NULL);
  bg_bring_up_step_undone (run);
}
