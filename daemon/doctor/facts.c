/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "doctor/facts.h"

static void
peer_clear (gpointer data)
{
  BgFactPeer *peer = data;

  g_free (peer->id);
  bg_words_unref (peer->reason);
}

static void
uplink_clear (gpointer data)
{
  g_free (((BgFactUplink *) data)->name);
}

BgFacts *
bg_facts_new (void)
{
  BgFacts *self = g_rc_box_new0 (BgFacts);

  self->peers = g_array_new (FALSE, FALSE, sizeof (BgFactPeer));
  g_array_set_clear_func (self->peers, peer_clear);
  self->uplinks = g_array_new (FALSE, FALSE, sizeof (BgFactUplink));
  g_array_set_clear_func (self->uplinks, uplink_clear);
  self->obstacles = bg_words_list_new ();
  self->offered = g_array_new (FALSE, FALSE, sizeof (BgIpPrefix));
  self->dns_manager = "";
  return self;
}

BgFacts *
bg_facts_ref (BgFacts *self)
{
  return g_rc_box_acquire (self);
}

void
bg_facts_add_peer (BgFacts *self, const char *id, BgFactPeerState state, BgWords *reason,
                   gboolean relayed, guint mtu)
{
  BgFactPeer peer = { g_strdup (id), state, reason, relayed, mtu };

  g_array_append_val (self->peers, peer);
}

void
bg_facts_add_uplink (BgFacts *self, const char *name, guint mtu, int rp_filter)
{
  BgFactUplink uplink = { g_strdup (name), mtu, rp_filter };

  g_array_append_val (self->uplinks, uplink);
}

static void
clear_texts (BgFacts *self)
{
  char **texts[] = { &self->interface, &self->state_dir, &self->hub_url,       &self->hub_pin,
                     &self->exit_id,   &self->own_name,  &self->resolv_program };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    g_free (*texts[i]);
}

static void
facts_clear (gpointer data)
{
  BgFacts *self = data;

  clear_texts (self);
  for (guint i = 0; i < BG_FACT_SAYS; i++)
    bg_words_unref (self->says[i]);
  bg_words_unref (self->secrets_error);
  bg_words_unref (self->line_reason);
  bg_words_unref (self->exit_reason);
  g_strfreev (self->pending);
  g_clear_pointer (&self->reasons, g_ptr_array_unref);
  g_strfreev (self->stun_servers);
  g_strfreev (self->turn_servers);
  g_clear_pointer (&self->relay, bg_relay_server_unref);
  g_clear_pointer (&self->networks, bg_local_networks_unref);
  g_ptr_array_unref (self->obstacles);
  g_array_unref (self->offered);
  g_array_unref (self->peers);
  g_array_unref (self->uplinks);
}

void
bg_facts_unref (BgFacts *self)
{
  if (self)
    g_rc_box_release_full (self, facts_clear);
}
