/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whose key belongs to which name, while the tunnel is up and while it is not. */
#include "app/application-private.h"
#include "app/entry-journal.h"
#include "common/log.h"
#include "peer/peer-pins.h"

static char *
path_of_pins (BgApplication *self)
{
  return g_build_filename (self->state_dir, BG_KNOWN_PEERS_FILE, NULL);
}

void
bg_application_forget_keys (BgApplication *self)
{
  bg_entry_journal_unlink_peers (self->state_dir);
  self->forget_pins = !bg_tunnel_is_down (self->tunnel);
}

void
bg_application_forget_pins (BgApplication *self)
{
  g_autoptr (GError) error = NULL;

  if (!bg_network_log_forget (self->network_log, &error))
    bg_log (BG_TOPIC_APP, WARNING, NULL, "%s", error->message);
  bg_hub_following_forget (self->following);
  bg_application_forget_keys (self);
}

static gboolean
forget_in_file (BgApplication *self, const char *name, GError **error)
{
  g_autofree char *path = path_of_pins (self), *id = NULL;
  g_autoptr (BgPeerPins) pins = bg_peer_pins_load (path, error);

  if (!pins)
    return FALSE;
  id = bg_peer_pins_find (pins, name);
  if (id)
    return bg_peer_pins_forget (pins, id, error);
  bg_peer_pins_refuse_unknown (name, error);
  return FALSE;
}

gboolean
bg_application_forget_peer (BgApplication *self, const char *name, GError **error)
{
  BgPeerSet *peers = bg_tunnel_get_peer_set (self->tunnel);

  return peers ? bg_peer_set_forget_name (peers, name, error) : forget_in_file (self, name, error);
}
