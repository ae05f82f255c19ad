/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The peer that everything goes through which no other peer takes: as the settings choose it, and as it is. */
#include "app/tunnel-private.h"

#include "common/log.h"

#include <sys/socket.h>

static guint
own_families (BgTunnel *self)
{
  guint families = 0;

  for (guint i = 0; i < self->n_addresses; i++)
    families |= self->addresses[i].family == AF_INET ? BG_FAMILY_4 : BG_FAMILY_6;
  return families;
}

static const BgPeerInfo *
exit_info (BgTunnel *self)
{
  return self->exit_peer ? bg_peer_get_info (self->exit_peer) : NULL;
}

BgTunnelLinkExit
bg_tunnel_exit_for_link (BgTunnel *self)
{
  const BgPeerInfo *info = exit_info (self);
  BgTunnelLinkExit exit = { .is_used = self->config->exit_node != NULL,
                            .lan = self->config->exit_lan };

  if (info)
    {
      exit.families = info->exit_families & own_families (self);
      exit.mtu = info->mtu;
    }
  return exit;
}

static void
say (BgTunnel *self)
{
  gboolean works = self->exit_state == BG_EXIT_ACTIVE || self->exit_state == BG_EXIT_NONE;
  BgWords *why = self->exit_reason ? bg_words_ref (self->exit_reason) : NULL;

  bg_health_set (self->health, BG_CONCERN_EXIT, works ? NULL : why);
  bg_health_set (self->health, BG_CONCERN_BLOCKED, works ? why : NULL);
}

static void
log_state (BgTunnel *self, BgExitState state, const BgWords *why)
{
  const char *id = self->config->exit_node;

  if (state == BG_EXIT_ACTIVE)
    bg_log (BG_TOPIC_NET, MESSAGE, id, "everything goes through %s", id);
  else if (state != BG_EXIT_NONE)
    bg_log (BG_TOPIC_NET, WARNING, id, "%s", bg_words_get_text (why));
}

/* What is no news is not told, and whoever borrowed the words before goes on to have them. */
static void
take_state (BgTunnel *self, BgExitState state, BgWords *why)
{
  if (state == self->exit_state && bg_words_equal (why, self->exit_reason))
    {
      bg_words_unref (why);
      return;
    }
  if (state != self->exit_state)
    log_state (self, state, why);
  self->exit_state = state;
  bg_words_take (&self->exit_reason, why);
  if (state == BG_EXIT_ACTIVE) /* whoever waits for it finds names at once */
    bg_tunnel_look_at_names_now (self);
  say (self);
  self->events->link_changed (self->owner);
}

static void
judge (BgTunnel *self)
{
  const char *id = self->config->exit_node;
  BgExitState state = BG_EXIT_NONE;
  BgWords *why = NULL;

  if (id)
    state = bg_exit_state_judge (self->exit_state, id, exit_info (self), own_families (self), &why);
  take_state (self, state, why);
}

static void
update (BgTunnel *self)
{
  BgTunnelLinkExit exit = bg_tunnel_exit_for_link (self);

  if (self->link)
    bg_tunnel_link_set_exit (self->link, &exit);
  judge (self);
}

static void
on_exit_changed (BgPeer *peer, BgTunnel *self)
{
  update (self);
}

/* Another choice begins anew. */
static void
follow (BgTunnel *self, BgPeer *peer)
{
  if (peer == self->exit_peer)
    return;
  if (self->exit_peer)
    g_signal_handlers_disconnect_by_data (self->exit_peer, self);
  g_set_object (&self->exit_peer, peer);
  if (peer)
    g_signal_connect (peer, "changed", G_CALLBACK (on_exit_changed), self);
}

void
bg_tunnel_follow_exit (BgTunnel *self)
{
  const char *id = self->config->exit_node;

  if (!self->peers)
    return;
  if (g_strcmp0 (id, self->exit_id) != 0)
    self->exit_state = BG_EXIT_NONE;
  g_free (self->exit_id);
  self->exit_id = g_strdup (id);
  follow (self, id ? bg_peer_set_lookup (self->peers, id) : NULL);
  bg_peer_set_set_exit (self->peers, id);
  update (self);
}

void
bg_tunnel_leave_exit (BgTunnel *self)
{
  follow (self, NULL);
  take_state (self, BG_EXIT_NONE, NULL);
}

BgExitState
bg_tunnel_get_exit_state (BgTunnel *self)
{
  return self->exit_state;
}

const BgWords *
bg_tunnel_get_exit_reason (BgTunnel *self)
{
  return self->exit_reason;
}
