/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Many peers of one bamgated in one process, and the hub at which it meets them: what they say, in the hub and over the
 * wire, is said by the daemon's own rooms. They have no TUN.
 *
 *   light-peers ADDRESS PORT COUNT [rest]
 *
 * The hub is ws://ADDRESS:PORT/connect; the peers are in 10.64.0.0/16 from 10.64.1.1 on, and keep their pins in mind alone. Half of
 * their ids are smaller than one that begins with "m", half larger. Says "ready"; "join" on standard input lets all enter
 * the hub at once. Says "sessions N" whenever another hundred of them, or all, had their first WireGuard session. With "rest" they are
 * connected on demand once they are known. */

#include "light-hub.h"

#include "lab/many.h"
#include "common/key-text.h"
#include "peer/peer-set.h"
#include "wg/wg.h"

#include <glib-unix.h>
#include <stdio.h>
#include <string.h>

enum
{
  MTU = 1420,
  PACKETS = 256,
};

typedef struct
{
  BgDataplane *plane;
  BgPeerSet *peers;
  gboolean met; /* the guest, in a WireGuard session */
} LightPeer;

static guint count, met;
static BgConnectWhen connect_when;

static void
note_session (LightPeer *self)
{
  if (self->met)
    return;
  self->met = TRUE;
  met++;
  many_tell ("sessions", met, count);
}

static gboolean
on_event_fd (int fd, GIOCondition condition, gpointer data)
{
  LightPeer *self = data;
  BgEvent event;

  while (bg_dataplane_pop_event (self->plane, &event))
    {
      if (event.type == BG_EVENT_SESSION)
        note_session (self);
      bg_peer_set_take_event (self->peers, &event);
      bg_dataplane_event_clear (&event);
    }
  return G_SOURCE_CONTINUE;
}

static BgIpPrefix
address_of (guint number)
{
  BgIpPrefix address = { .family = AF_INET, .len = MANY_PREFIX, .addr = { 0 } };
  guint32 host = GUINT32_TO_BE (many_address (number));

  memcpy (address.addr, &host, sizeof host);
  return address;
}

static BgSignalPeer *
description_new (guint number, const WgKey *key, const BgIpPrefix *address)
{
  BgSignalPeer *peer = g_new0 (BgSignalPeer, 1);
  char text[BG_IP_PREFIX_TEXT], key_text[BG_KEY_TEXT_LEN + 1];

  bg_key_to_base64 (key->bytes, key_text);
  bg_ip_prefix_format (address, text);
  peer->id = g_strdup_printf ("%c%04u", number % 2 ? 'a' : 'z', number);
  peer->public_key = g_strdup (key_text);
  peer->address = g_strdup (text);
  return peer;
}

static BgDataplane *
plane_new (const WgKey *key, const BgIpPrefix *address)
{
  BgAllowedIp own = { .family = AF_INET, .prefix = 32 };
  BgDataplaneConfig config = {
    .tun_fd = -1,
    .tun_mtu = MTU,
    .addresses = &own,
    .n_addresses = 1,
    .max_packets = PACKETS,
    .threads = 1,
  };
  BgDataplane *plane;
  int error = 0;

  memcpy (own.addr, address->addr, 4);
  plane = bg_dataplane_new (&config, key, &error);
  if (!plane)
    g_error ("no data plane: %s", g_strerror (error));
  return plane;
}

static void
start_peer (LightHub *hub, guint number)
{
  LightPeer *self = g_new0 (LightPeer, 1);
  BgIpPrefix address = address_of (number);
  g_autoptr (BgSignalPeer) me = NULL;
  g_autoptr (GError) error = NULL;
  WgKey key, public_key;
  BgPeerSetConfig config = {
    .addresses = &address,
    .n_addresses = 1,
    .interface = "bamgate0",
    .connect = connect_when,
    .paths = 1u << BG_TRANSPORT_DIRECT | 1u << BG_TRANSPORT_ICE | 1u << BG_TRANSPORT_DATA_CHANNEL,
  };

  if (!wg_key_generate_private (&key) || !wg_key_public (&key, &public_key))
    g_error ("no key");
  me = description_new (number, &public_key, &address);
  self->plane = plane_new (&key, &address);
  config.self_id = me->id;
  config.self_key = public_key;
  config.dataplane = self->plane;
  config.signaling = light_hub_line_new (hub, me);
  self->peers = bg_peer_set_new (&config, &error);
  if (!self->peers)
    g_error ("%s", error->message);
  g_unix_fd_add (bg_dataplane_event_fd (self->plane), G_IO_IN, on_event_fd, self);
}

static void
on_line (const char *line, gpointer data)
{
  if (g_str_has_prefix (line, "join"))
    light_hub_join (data);
}

int
main (int argc, char **argv)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (GError) error = NULL;
  LightHub *hub;

  if (argc != 4 && !(argc == 5 && g_str_equal (argv[4], "rest")))
    {
      fprintf (stderr, "usage: light-peers ADDRESS PORT COUNT [rest]\n");
      return 2;
    }
  many_begin ("light-peers", "BAMGATE_LIGHT_LOG");
  connect_when = argc == 5 ? BG_CONNECT_ON_DEMAND : BG_CONNECT_ALWAYS;
  count = (guint) g_ascii_strtoull (argv[3], NULL, 10);
  hub = light_hub_new (argv[1], (guint16) g_ascii_strtoull (argv[2], NULL, 10), &error);
  if (!hub)
    {
      fprintf (stderr, "light-peers: %s\n", error->message);
      return 1;
    }
  for (guint i = 0; i < count; i++)
    start_peer (hub, i);
  many_listen (on_line, hub);
  puts ("ready");
  g_main_loop_run (loop);
  return 0;
}
