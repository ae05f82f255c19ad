/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The peer that all packets go through which no other peer takes: chosen by a person, and proved. */
#include "peer/peer-private.h"

#include <string.h>
#include <sys/socket.h>

static const struct
{
  int family;
  guint bit;
} families[] = { { AF_INET, BG_FAMILY_4 }, { AF_INET6, BG_FAMILY_6 } };

static guint
families_of_fixed (BgPeer *self)
{
  guint bits = 0;

  for (guint i = 0; i < self->fixed.n_allowed_ips; i++)
    if (self->fixed.allowed_ips[i].prefix == 0)
      bits |= self->fixed.allowed_ips[i].family == AF_INET ? BG_FAMILY_4 : BG_FAMILY_6;
  return bits;
}

guint
bg_peer_exit_families (BgPeer *self)
{
  if (self->is_static)
    return families_of_fixed (self);
  if (self->facts)
    return self->facts->exits;
  return self->offer ? bg_families_of_texts (self->offer->exit) : 0;
}

static gboolean
is_proved (BgPeer *self)
{
  return self->is_static || bg_peer_pins_is_confirmed (self->context->pins, self->id);
}

guint
bg_peer_exit_allowed (BgPeer *self)
{
  gboolean is_chosen = self->context && g_strcmp0 (self->context->exit_id, self->id) == 0;

  return is_chosen && is_proved (self) ? bg_peer_exit_families (self) : 0;
}

void
bg_peer_add_exit (guint bits, GArray *allowed)
{
  for (gsize i = 0; i < G_N_ELEMENTS (families); i++)
    {
      BgAllowedIp all = { .family = families[i].family };

      if (bits & families[i].bit)
        g_array_append_val (allowed, all);
    }
}

void
bg_peer_set_set_exit (BgPeerSet *self, const char *id)
{
  BgPeerContext *context = bg_peer_set_context (self);
  g_autoptr (GPtrArray) peers = NULL;

  if (g_strcmp0 (context->exit_id, id) == 0)
    return;
  g_free (context->exit_id);
  context->exit_id = g_strdup (id);
  peers = bg_peer_set_get_peers (self);
  for (guint i = 0; i < peers->len; i++)
    bg_peer_reconsider (peers->pdata[i]);
}
