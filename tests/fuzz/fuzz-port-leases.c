/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A router that answers whatever it likes: the input is a list of steps, each a byte for what happens, a byte for how, and for
 * datagrams what is in them. What is asked stays bounded, and everything is given back or forgotten in the end. */
#include "mapping/mapping-message.h"
#include "mapping/port-leases.h"
#include "fuzz.h"

#include <string.h>

enum
{
  PORTS = 8,
  FIRST_PORT = 50000,
  STEP_MS = 1000,
  END_MS = 100 * 1000,
  SENT_MAX = 3, /* by one port in one moment: PCP, and NAT-PMP's two */
};

typedef struct
{
  BgPortLeases *leases;
  gint64 now_ms;
  guint n_sent;
  gboolean is_asked[PORTS]; /* of UPnP */
  guint8 last[BG_PCP_MAP_LEN];
} World;

static void
on_send (gpointer owner, const guint8 *data, gsize len)
{
  World *world = owner;

  g_assert (len <= BG_PCP_MAP_LEN);
  world->n_sent++;
  memcpy (world->last, data, len);
}

static void
on_ask_upnp (gpointer owner, guint16 port, guint32 lifetime_s)
{
  World *world = owner;

  g_assert (!world->is_asked[port - FIRST_PORT]);
  world->is_asked[port - FIRST_PORT] = TRUE;
}

static void
on_moved (gpointer owner, guint16 port, const BgOutside *outside)
{
  g_assert (port >= FIRST_PORT && port < FIRST_PORT + PORTS);
  g_assert (!outside || outside->port != 0);
}

static const BgPortLeasesCalls calls = { on_send, on_ask_upnp, on_moved };

static void
run (World *world, gint64 ms)
{
  world->now_ms += ms;
  world->n_sent = 0;
  bg_port_leases_run (world->leases, world->now_ms);
  g_assert (world->n_sent <= SENT_MAX * PORTS);
}

static void
answer_upnp (World *world, guint port, gboolean is_mapped, guint8 how)
{
  BgOutside outside = { .address = { 203, 0, 113, how }, .port = how };

  if (!world->is_asked[port])
    return;
  world->is_asked[port] = FALSE;
  bg_port_leases_take_upnp (world->leases, (guint16) (FIRST_PORT + port),
                            is_mapped ? &outside : NULL, how, world->now_ms);
}

/* An answer to the last question, as far as it goes; then noise. */
static void
answer (World *world, const uint8_t *data, size_t size)
{
  guint8 bytes[BG_PCP_MAP_LEN];

  memcpy (bytes, world->last, sizeof bytes);
  bytes[1] |= 0x80;
  for (size_t i = 0; i + 1 < size; i += 2)
    bytes[data[i] % sizeof bytes] = data[i + 1];
  bg_port_leases_take (world->leases, bytes, sizeof bytes, world->now_ms);
  bg_port_leases_take (world->leases, bytes, 16, world->now_ms);
  bg_port_leases_take (world->leases, data, size, world->now_ms);
}

/* How many bytes it took. */
static size_t
step (World *world, const uint8_t *data, size_t size)
{
  guint how = size > 1 ? data[1] : 0, port = how % PORTS;
  size_t len = size > 2 ? MIN (size - 2, how % 32) : 0;

  switch (data[0] % 6)
    {
    case 0:
      bg_port_leases_add (world->leases, (guint16) (FIRST_PORT + port), world->now_ms);
      break;
    case 1:
      bg_port_leases_drop (world->leases, (guint16) (FIRST_PORT + port), world->now_ms);
      break;
    case 2:
      run (world, (gint64) STEP_MS * how);
      break;
    case 3:
      answer (world, data + 2, len);
      return 2 + len;
    case 4:
      answer_upnp (world, port, how & 0x80, (guint8) how);
      break;
    default:
      bg_port_leases_take_unreachable (world->leases, world->now_ms);
      break;
    }
  return 2;
}

static void
end (World *world)
{
  bg_port_leases_drop_all (world->leases, world->now_ms);
  for (guint i = 0; i < 8; i++)
    {
      run (world, END_MS);
      for (guint port = 0; port < PORTS; port++)
        answer_upnp (world, port, FALSE, 0);
    }
  g_assert (bg_port_leases_is_empty (world->leases));
  g_assert (bg_port_leases_next (world->leases) == G_MAXINT64);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static const guint8 client[4] = { 192, 168, 1, 2 };
  World world = { .now_ms = 1 };

  world.leases = bg_port_leases_new (client, &calls, &world);
  for (size_t at = 0; at < size;)
    at += step (&world, data + at, size - at);
  end (&world);
  bg_port_leases_free (world.leases);
  return 0;
}
