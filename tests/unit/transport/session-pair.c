/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "session-pair.h"

Pair
pair_new (void)
{
  Pair pair = { side_new (TRUE, NULL), side_new (FALSE, NULL) };

  sides_connect (pair.a, pair.b);
  return pair;
}

void
pair_start (Pair *self, BgWatcher watcher)
{
  bg_ice_session_set_watcher (self->a->session, watcher);
  bg_ice_session_set_watcher (self->b->session, watcher);
  bg_ice_session_start (self->a->session);
  wait_state (self->a, BG_ICE_SESSION_OPEN);
  wait_state (self->b, BG_ICE_SESSION_OPEN);
}

Pair
pair_open (void)
{
  Pair pair = pair_new ();

  pair_start (&pair, BG_WATCHED_BY_ICE);
  return pair;
}

Pair
pair_of_two (gboolean plain)
{
  const BgIceSessionConfig config = { .ice.loopback_only = TRUE, .plain = plain };
  Pair pair = { side_new (TRUE, NULL), side_new (FALSE, &config) };

  sides_connect (pair.a, pair.b);
  pair_start (&pair, BG_WATCHED_BY_PATHS);
  return pair;
}

void
pair_free (Pair *self)
{
  bg_ice_session_close (self->a->session);
  bg_ice_session_close (self->b->session);
  side_free (self->a);
  side_free (self->b);
}

int
send_one (Side *side, BgTransport *transport, guint8 type, gsize len)
{
  BgPacket *pkt = side_packet (side, type, len);
  int taken = transport->ops->send (transport, &pkt, 1);

  bg_packet_free (pkt);
  return taken;
}

static void
assert_last_message (Side *side, BgTransportKind kind, guint8 type, gsize len)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&side->lock);
  gsize size;
  const guint8 *data = g_bytes_get_data (side->messages->pdata[side->messages->len - 1], &size);

  g_assert_cmpuint (size, ==, len);
  g_assert_cmpuint (data[0], ==, type);
  g_assert_cmpuint (data[1], ==, 0);
  g_assert_cmpuint (data[size - 1], ==, 0xa5);
  g_assert_cmpint (g_array_index (side->kinds, BgTransportKind, side->kinds->len - 1), ==, kind);
}

void
exchange (Side *from, Side *to, BgTransport *transport, guint8 type, gsize len)
{
  guint before = to->received;

  g_assert_cmpint (send_one (from, transport, type, len), ==, 1);
  wait_until (to->received > before);
  assert_last_message (to, transport->kind, type, len);
}

void
exchange_all (Side *from, Side *to, BgTransport *transport)
{
  exchange (from, to, transport, 1, 148);
  exchange (from, to, transport, 2, 92);
  exchange (from, to, transport, 3, 64);
  exchange (from, to, transport, 4, 32);
  exchange (from, to, transport, 4, 1184);
}

guint
count_entries (const char *folder)
{
  g_autoptr (GDir) entries = g_dir_open (folder, 0, NULL);
  guint n = 0;

  while (g_dir_read_name (entries))
    n++;
  return n;
}
