/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The network's log while the tunnel is up: what hub and peers say of it, and what it says of peers. */
#include "app/tunnel-private.h"

#include "common/key-text.h"

static void
tell_moved (BgTunnel *self, const char *url, const char *pin)
{
  g_autofree char *line = *pin ? g_strconcat (url, "#sha256=", pin, NULL) : g_strdup (url);

  self->events->moved (self->owner, line);
}

static void
on_message (BgSignalingClient *signaling, BgSignalMessage *message, BgTunnel *self)
{
  if (message->type == BG_SIGNAL_NETWORK)
    bg_network_log_take_numbers (self->network_log, message->log, message->pending,
                                 message->revoked);
  else if (message->type == BG_SIGNAL_MOVED)
    tell_moved (self, message->url, message->pin);
}

static void
on_state_changed (BgSignalingClient *signaling, BgTunnel *self)
{
  bg_network_log_set_online (self->network_log,
                             bg_signaling_client_get_state (signaling) == BG_SIGNALING_ONLINE);
  if (bg_signaling_client_get_moved (signaling))
    {
      g_autofree char *line = g_strdup (bg_signaling_client_get_moved (signaling));

      self->events->moved (self->owner, line);
    }
}

/* Whoever is not in the log could raise an alarm that nothing ends, and has no business with what is in it. */
static gboolean
is_member (const BgPeerInfo *info)
{
  return g_strcmp0 (info->membership, "signed") == 0;
}

static void
on_head_heard (BgPeerSet *peers, BgPeer *peer, const BgLogHead *head, BgTunnel *self)
{
  const BgPeerInfo *info = bg_peer_get_info (peer);

  if (is_member (info))
    bg_network_log_take_head (self->network_log, info->id, info->key.bytes, head->count,
                              head->hash);
}

static void
answer_part (BgPeer *peer, const BgLogPart *asked, BgMembershipLog *log)
{
  BgLogPart part = { .entry = asked->entry, .offset = asked->offset };

  part.len = log ? (guint16) bg_log_part_read (log, part.entry, part.offset, part.bytes,
                                               sizeof part.bytes)
                 : 0;
  if (part.len > 0)
    bg_peer_say_part (peer, &part);
}

static void
on_part_heard (BgPeerSet *peers, BgPeer *peer, const BgLogPart *part, BgTunnel *self)
{
  const BgPeerInfo *info = bg_peer_get_info (peer);

  if (is_member (info) && part->type != BG_CONTROL_LOG)
    bg_tunnel_take_certificate_part (self, peer, part);
  else if (is_member (info) && part->len == 0)
    answer_part (peer, part, bg_network_log_get (self->network_log));
  else if (is_member (info))
    bg_network_log_take_part (self->network_log, info->key.bytes, part->entry, part->offset,
                              (BgBytes){ part->bytes, part->len });
}

static void
on_leave_heard (BgPeerSet *peers, BgPeer *peer, BgTunnel *self)
{
  const BgPeerInfo *info = bg_peer_get_info (peer);
  char key[BG_KEY_TEXT_LEN + 1];

  if (!is_member (info))
    return;
  bg_key_to_base64 (info->key.bytes, key);
  self->events->member_left (self->owner, info->id, key);
}

void
bg_tunnel_say_leave (BgTunnel *self)
{
  if (self->peers)
    bg_peer_set_say_leave (self->peers);
}

gboolean
bg_tunnel_ask_peer (BgTunnel *self, const char *name, const guint8 key[BG_ENTRY_KEY], guint32 entry,
                    guint16 offset)
{
  BgPeer *peer = self->peers ? bg_peer_set_lookup (self->peers, name) : NULL;
  const BgLogPart asked = { .entry = entry, .offset = offset };

  return peer && memcmp (bg_peer_get_info (peer)->key.bytes, key, BG_ENTRY_KEY) == 0
         && bg_peer_say_part (peer, &asked);
}

void
bg_tunnel_follow_members (BgTunnel *self)
{
  g_signal_connect (self->peers, "head-heard", G_CALLBACK (on_head_heard), self);
  g_signal_connect (self->peers, "leave-heard", G_CALLBACK (on_leave_heard), self);
  g_signal_connect (self->peers, "part-heard", G_CALLBACK (on_part_heard), self);
  if (!self->signaling)
    return;
  g_signal_connect (self->signaling, "message", G_CALLBACK (on_message), self);
  g_signal_connect (self->signaling, "state-changed", G_CALLBACK (on_state_changed), self);
}

void
bg_tunnel_unfollow_members (BgTunnel *self)
{
  bg_network_log_set_online (self->network_log, FALSE);
  if (!self->signaling)
    return;
  g_signal_handlers_disconnect_by_func (self->signaling, G_CALLBACK (on_message), self);
  g_signal_handlers_disconnect_by_func (self->signaling, G_CALLBACK (on_state_changed), self);
}

void
bg_tunnel_take_log (BgTunnel *self)
{
  if (self->peers)
    bg_peer_set_follow_log (self->peers, bg_network_log_get (self->network_log));
  bg_tunnel_look_at_names (self);
}

void
bg_tunnel_take_revoked (BgTunnel *self)
{
  if (self->peers)
    bg_peer_set_follow_revoked (self->peers);
}
