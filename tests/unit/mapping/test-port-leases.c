/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A router that answers, or does not, in virtual time. */
#include "mapping/mapping-message.h"
#include "mapping/port-leases.h"

#include <string.h>

enum
{
  PORT = 50123,
  OTHER_PORT = 50124,
  HOUR_MS = 3600 * 1000,
};

typedef struct
{
  gboolean pcp, natpmp, upnp, unreachable;
  guint code;
  guint32 lifetime_s; /* granted at most */
  guint8 address[4];
  guint16 shift; /* from a port inside to the one outside */
  gint64 booted_ms;

  BgPortLeases *leases;
  gint64 now_ms;
  guint n_sent, n_moved;
  GHashTable *mapped; /* port inside → port outside */
  guint16 upnp_port;  /* that was asked for; 0: none */
  guint32 upnp_s;
  gboolean has_place;
  BgOutside place; /* of PORT */
} World;

static void
put16 (guint8 *at, guint value)
{
  at[0] = (guint8) (value >> 8);
  at[1] = (guint8) value;
}

static void
put32 (guint8 *at, guint32 value)
{
  put16 (at, value >> 16);
  put16 (at + 2, value & 0xffff);
}

static guint
get16 (const guint8 *at)
{
  return (guint) at[0] << 8 | at[1];
}

static void
answer (World *world, const guint8 *data, gsize len)
{
  bg_port_leases_take (world->leases, data, len, world->now_ms);
}

static guint32
map (World *world, guint port, guint32 lifetime_s)
{
  guint32 granted = MIN (lifetime_s, world->lifetime_s);

  if (world->code != 0)
    return 60;
  if (lifetime_s == 0)
    g_hash_table_remove (world->mapped, GUINT_TO_POINTER (port));
  else
    g_hash_table_insert (world->mapped, GUINT_TO_POINTER (port),
                         GUINT_TO_POINTER (port + world->shift));
  return granted;
}

static guint32
epoch_of (const World *world)
{
  return (guint32) ((world->now_ms - world->booted_ms) / 1000);
}

static void
hear_pcp (World *world, const guint8 *data)
{
  guint8 out[BG_PCP_MAP_LEN];
  guint port = get16 (data + 40);

  memcpy (out, data, sizeof out);
  out[1] |= 0x80;
  out[3] = (guint8) world->code;
  put32 (out + 4, map (world, port, (guint32) get16 (data + 4) << 16 | get16 (data + 6)));
  memset (out + 8, 0, 16);
  put32 (out + 8, epoch_of (world));
  put16 (out + 42, port + world->shift);
  memcpy (out + 56, world->address, 4);
  answer (world, out, sizeof out);
}

static void
hear_natpmp (World *world, const guint8 *data, gsize len)
{
  guint8 out[16] = { 0, data[1] | 0x80 };
  guint port = get16 (data + 4);

  put16 (out + 2, world->code);
  put32 (out + 4, epoch_of (world));
  if (data[1] == 0)
    {
      memcpy (out + 8, world->address, 4);
      answer (world, out, 12);
      return;
    }
  put16 (out + 8, port);
  put16 (out + 10, port + world->shift);
  put32 (out + 12, map (world, port, (guint32) get16 (data + 8) << 16 | get16 (data + 10)));
  answer (world, out, sizeof out);
}

static void
refuse_version (World *world)
{
  static const guint8 out[8] = { 0, 129, 0, 1 };

  answer (world, out, sizeof out);
}

typedef struct
{
  World *world;
  gsize len;
  guint8 data[BG_PCP_MAP_LEN];
} Sent;

static GQueue sent = G_QUEUE_INIT;

static void
on_send (gpointer owner, const guint8 *data, gsize len)
{
  World *world = owner;
  Sent *one = g_new0 (Sent, 1);

  one->world = world;
  one->len = len;
  memcpy (one->data, data, len);
  g_queue_push_tail (&sent, one);
  world->n_sent++;
}

static void
hear (Sent *one)
{
  World *world = one->world;
  gboolean is_pcp = one->data[0] == 2;

  if (world->unreachable)
    bg_port_leases_take_unreachable (world->leases, world->now_ms);
  else if (is_pcp && world->pcp)
    hear_pcp (world, one->data);
  else if (is_pcp && world->natpmp)
    refuse_version (world);
  else if (!is_pcp && world->natpmp)
    hear_natpmp (world, one->data, one->len);
  g_free (one);
}

static void
on_ask_upnp (gpointer owner, guint16 port, guint32 lifetime_s)
{
  World *world = owner;

  world->upnp_port = port;
  world->upnp_s = lifetime_s;
}

static void
hear_upnp (World *world)
{
  guint16 port = world->upnp_port;
  BgOutside outside = { .port = (guint16) (port + world->shift) };

  world->upnp_port = 0;
  memcpy (outside.address, world->address, 4);
  if (world->upnp)
    map (world, port, world->upnp_s);
  bg_port_leases_take_upnp (world->leases, port, world->upnp ? &outside : NULL, world->lifetime_s,
                            world->now_ms);
}

static void
on_moved (gpointer owner, guint16 port, const BgOutside *outside)
{
  World *world = owner;

  world->n_moved++;
  if (port != PORT)
    return;
  world->has_place = outside != NULL;
  if (outside)
    world->place = *outside;
}

static const BgPortLeasesCalls calls = { on_send, on_ask_upnp, on_moved };

static World *
world_new (void)
{
  static const guint8 client[4] = { 192, 168, 1, 2 };
  World *world = g_new0 (World, 1);

  world->now_ms = 1000000;
  world->lifetime_s = 7200;
  world->address[0] = 203;
  world->address[2] = 113;
  world->address[3] = 7;
  world->mapped = g_hash_table_new (NULL, NULL);
  world->leases = bg_port_leases_new (client, &calls, world);
  return world;
}

static void
world_free (World *world)
{
  bg_port_leases_free (world->leases);
  g_hash_table_unref (world->mapped);
  g_queue_clear_full (&sent, g_free);
  g_free (world);
}

/* The router answers at once; then the clock jumps to what comes next, up to `ms` from now. */
static void
run_for (World *world, gint64 ms)
{
  gint64 end_ms = world->now_ms + ms;

  for (;;)
    {
      bg_port_leases_run (world->leases, world->now_ms);
      if (!g_queue_is_empty (&sent))
        hear (g_queue_pop_head (&sent));
      else if (world->upnp_port != 0)
        hear_upnp (world);
      else if (bg_port_leases_next (world->leases) > end_ms)
        break;
      else
        world->now_ms = MAX (world->now_ms, bg_port_leases_next (world->leases));
    }
  world->now_ms = end_ms;
}

static void
add (World *world, guint16 port)
{
  g_assert_true (bg_port_leases_add (world->leases, port, world->now_ms));
}

static void
drop (World *world, guint16 port)
{
  bg_port_leases_drop (world->leases, port, world->now_ms);
}

static gboolean
is_mapped (World *world, guint16 port)
{
  return g_hash_table_contains (world->mapped, GUINT_TO_POINTER ((guint) port));
}

/* --- Each language --- */

static void
test_language (gconstpointer data)
{
  BgRouterLanguage language = GPOINTER_TO_INT (data);
  World *world = world_new ();

  world->pcp = language == BG_ROUTER_PCP;
  world->natpmp = language == BG_ROUTER_NATPMP;
  world->upnp = language == BG_ROUTER_UPNP;
  world->shift = 7;
  add (world, PORT);
  run_for (world, 2000);
  g_assert_cmpint (bg_port_leases_get_language (world->leases), ==, language);
  g_assert_true (world->has_place);
  g_assert_cmpuint (world->place.port, ==, PORT + 7);
  g_assert_cmpmem (world->place.address, 4, world->address, 4);
  g_assert_cmpuint (world->n_moved, ==, 1);

  run_for (world, 10 * (gint64) HOUR_MS);
  g_assert_true (world->has_place);
  g_assert_cmpuint (world->n_moved, ==, 1);

  drop (world, PORT);
  g_assert_false (bg_port_leases_is_empty (world->leases));
  run_for (world, 10);
  g_assert_false (is_mapped (world, PORT));
  g_assert_true (bg_port_leases_is_empty (world->leases));
  g_assert_cmpint (bg_port_leases_next (world->leases), ==, G_MAXINT64);
  world_free (world);
}

/* Nothing listens there: UPnP's turn is now, and when that fails too there is peace for ten minutes. */
static void
test_none (gconstpointer data)
{
  World *world = world_new ();
  guint n;

  world->unreachable = GPOINTER_TO_INT (data);
  add (world, PORT);
  run_for (world, world->unreachable ? 1 : 2000);
  g_assert_cmpint (bg_port_leases_get_language (world->leases), ==, BG_ROUTER_SILENT);
  g_assert_false (world->has_place);
  n = world->n_sent;
  g_assert_cmpuint (n, <=, 7);
  add (world, OTHER_PORT);
  run_for (world, 590 * 1000);
  g_assert_cmpuint (world->n_sent, ==, n);
  drop (world, OTHER_PORT);
  world->unreachable = FALSE;
  world->pcp = TRUE;
  run_for (world, 20 * 1000);
  g_assert_true (world->has_place);
  world_free (world);
}

/* --- Time --- */

/* Asked for again at half of what was granted, as often as that is. */
static void
test_renewal (void)
{
  World *world = world_new ();

  world->pcp = TRUE;
  world->lifetime_s = 600;
  add (world, PORT);
  run_for (world, 1000);
  g_assert_cmpuint (world->n_sent, ==, 1);
  run_for (world, 298 * 1000);
  g_assert_cmpuint (world->n_sent, ==, 1);
  run_for (world, 2 * 1000);
  g_assert_cmpuint (world->n_sent, ==, 2);
  world->lifetime_s = 1; /* as good as nothing: no router is asked twice a second for that */
  run_for (world, 300 * 1000);
  g_assert_cmpuint (world->n_sent, ==, 3);
  run_for (world, 120 * 1000);
  g_assert_cmpuint (world->n_sent, <=, 5);
  world_free (world);
}

/* Who falls silent is asked some more, and the port is nowhere when its time is over. */
static void
test_expiry (void)
{
  World *world = world_new ();

  world->pcp = TRUE;
  world->lifetime_s = 600;
  add (world, PORT);
  run_for (world, 1000);
  world->pcp = FALSE;
  run_for (world, 590 * 1000);
  g_assert_true (world->has_place);
  run_for (world, 10 * 1000);
  g_assert_false (world->has_place);
  world->pcp = TRUE;
  run_for (world, 1200 * 1000);
  g_assert_true (world->has_place);
  world_free (world);
}

/* A router that started anew (its clock shows it) has lost all; the answer about one port has the others asked for. */
static void
test_reboot (void)
{
  World *world = world_new ();

  world->pcp = TRUE;
  add (world, PORT);
  run_for (world, 1000 * 1000);
  add (world, OTHER_PORT);
  run_for (world, 100 * 1000);
  g_hash_table_remove_all (world->mapped);
  world->booted_ms = world->now_ms;
  drop (world, OTHER_PORT);
  run_for (world, 10);
  g_assert_true (is_mapped (world, PORT));
  world_free (world);
}

/* The outer address is another one. */
static void
test_move (gconstpointer data)
{
  World *world = world_new ();

  world->natpmp = GPOINTER_TO_INT (data);
  world->pcp = !world->natpmp;
  add (world, PORT);
  run_for (world, 1000);
  world->address[3] = 8;
  run_for (world, HOUR_MS);
  g_assert_true (world->has_place);
  g_assert_cmpuint (world->place.address[3], ==, 8);
  g_assert_cmpuint (world->n_moved, ==, 2);
  world_free (world);
}

/* --- Refusals, wishes that change --- */

static void
test_refusal (gconstpointer data)
{
  World *world = world_new ();

  world->natpmp = GPOINTER_TO_INT (data);
  world->pcp = !world->natpmp;
  world->code = 2;
  add (world, PORT);
  run_for (world, 50 * 1000);
  g_assert_false (world->has_place);
  g_assert_cmpuint (world->n_sent, <=, 3);
  world->code = 0;
  run_for (world, 300 * 1000);
  g_assert_true (world->has_place);
  world_free (world);
}

/* A router that says 0.0.0.0, or that it mapped to a multicast group. */
static void
test_useless_place (void)
{
  World *world = world_new ();

  world->pcp = TRUE;
  world->address[0] = 0;
  world->address[2] = world->address[3] = 0;
  add (world, PORT);
  run_for (world, 1000);
  g_assert_false (world->has_place);
  world_free (world);
}

/* What was asked for and never answered is given back all the same, and then forgotten; what was not asked for, at once. */
static void
test_drop_early (void)
{
  World *world = world_new ();

  add (world, PORT);
  drop (world, PORT);
  g_assert_true (bg_port_leases_is_empty (world->leases));
  add (world, PORT);
  bg_port_leases_run (world->leases, world->now_ms);
  bg_port_leases_drop_all (world->leases, world->now_ms);
  g_assert_false (bg_port_leases_is_empty (world->leases));
  run_for (world, 2000);
  g_assert_true (bg_port_leases_is_empty (world->leases));
  g_assert_false (world->has_place);
  world_free (world);
}

static void
test_drop_and_add (void)
{
  World *world = world_new ();

  world->pcp = TRUE;
  add (world, PORT);
  run_for (world, 1000);
  drop (world, PORT);
  add (world, PORT);
  run_for (world, 1000);
  g_assert_true (is_mapped (world, PORT));
  g_assert_true (world->has_place);
  world_free (world);
}

/* UPnP's answer comes to somebody who wants it no more. */
static void
test_drop_upnp (void)
{
  World *world = world_new ();

  world->unreachable = world->upnp = TRUE;
  add (world, PORT);
  bg_port_leases_run (world->leases, world->now_ms);
  hear (g_queue_pop_head (&sent));
  bg_port_leases_run (world->leases, world->now_ms);
  g_assert_cmpuint (world->upnp_port, ==, PORT);
  drop (world, PORT);
  run_for (world, 100);
  g_assert_false (is_mapped (world, PORT));
  g_assert_true (bg_port_leases_is_empty (world->leases));
  world_free (world);
}

/* An answer that is none of ours: another nonce, another port. */
static void
test_forged (void)
{
  World *world = world_new ();
  Sent *one;

  world->pcp = TRUE;
  add (world, PORT);
  bg_port_leases_run (world->leases, world->now_ms);
  one = g_queue_pop_head (&sent);
  one->data[24] ^= 1;
  hear (one);
  g_assert_false (world->has_place);
  g_assert_cmpint (bg_port_leases_get_language (world->leases), ==, BG_ROUTER_UNKNOWN);
  world_free (world);
}

static void
test_bound (void)
{
  World *world = world_new ();

  world->pcp = TRUE;
  for (guint i = 0; i < BG_PORT_LEASES_MAX; i++)
    add (world, (guint16) (PORT + i));
  g_assert_false (bg_port_leases_add (world->leases, PORT - 1, world->now_ms));
  run_for (world, 1000);
  g_assert_cmpuint (g_hash_table_size (world->mapped), ==, BG_PORT_LEASES_MAX);
  drop (world, PORT);
  g_assert_true (bg_port_leases_add (world->leases, PORT - 1, world->now_ms));
  bg_port_leases_drop_all (world->leases, world->now_ms);
  run_for (world, 10);
  g_assert_cmpuint (g_hash_table_size (world->mapped), ==, 0);
  world_free (world);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/port-leases/pcp", GINT_TO_POINTER (BG_ROUTER_PCP), test_language);
  g_test_add_data_func ("/port-leases/nat-pmp", GINT_TO_POINTER (BG_ROUTER_NATPMP), test_language);
  g_test_add_data_func ("/port-leases/upnp", GINT_TO_POINTER (BG_ROUTER_UPNP), test_language);
  g_test_add_data_func ("/port-leases/none/silent", GINT_TO_POINTER (FALSE), test_none);
  g_test_add_data_func ("/port-leases/none/unreachable", GINT_TO_POINTER (TRUE), test_none);
  g_test_add_func ("/port-leases/renewal", test_renewal);
  g_test_add_func ("/port-leases/expiry", test_expiry);
  g_test_add_func ("/port-leases/reboot", test_reboot);
  g_test_add_data_func ("/port-leases/move/pcp", GINT_TO_POINTER (FALSE), test_move);
  g_test_add_data_func ("/port-leases/move/nat-pmp", GINT_TO_POINTER (TRUE), test_move);
  g_test_add_data_func ("/port-leases/refusal/pcp", GINT_TO_POINTER (FALSE), test_refusal);
  g_test_add_data_func ("/port-leases/refusal/nat-pmp", GINT_TO_POINTER (TRUE), test_refusal);
  g_test_add_func ("/port-leases/useless-place", test_useless_place);
  g_test_add_func ("/port-leases/drop/early", test_drop_early);
  g_test_add_func ("/port-leases/drop/and-add", test_drop_and_add);
  g_test_add_func ("/port-leases/drop/upnp", test_drop_upnp);
  g_test_add_func ("/port-leases/forged", test_forged);
  g_test_add_func ("/port-leases/bound", test_bound);
  return g_test_run ();
}
