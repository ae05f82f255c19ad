/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "path-world.h"

static int
send_nothing (BgTransport *self, BgPacket **pkts, int n)
{
  return n;
}

static void
close_nothing (BgTransport *self)
{
}

const BgTransportOps path_world_wire = { .send = send_nothing,
                                         .close = close_nothing,
                                         .free = close_nothing };

void
path_world_set_up (PathWorld *f, gconstpointer data)
{
  f->now_ns = 100 * SECOND;
  f->round_trip_ns = 10 * MS;
  f->width = CEILING;
  bg_path_init (&f->path, GPOINTER_TO_INT (data));
  bg_path_set_sizes (&f->path, FLOOR, CEILING, f->now_ns);
}

void
path_world_tear_down (PathWorld *f, gconstpointer data)
{
}

void
path_world_choose (PathWorld *f)
{
  if (bg_path_choose (&f->path, f->now_ns))
    {
      f->moves++;
      f->moved_ns = f->now_ns;
    }
}

void
path_world_attach (PathWorld *f, BgTransportKind kind)
{
  f->transports[kind] = (BgTransport){ .ops = &path_world_wire, .kind = kind, .refs = 1 };
  bg_path_attach_take (&f->path, &f->transports[kind], f->now_ns);
  path_world_choose (f);
}

/* Sends what is due; answers come after a round trip on wires that live. */
void
path_world_serve (PathWorld *f)
{
  BgProbe probe;

  while (bg_path_pop_probe (&f->path, f->now_ns, &probe))
    {
      f->probes[probe.kind]++;
      g_assert_true (probe.size == 0 || probe.kind == DIRECT);
      if (f->dead_wire[probe.kind] || f->deaf_peer[probe.kind] || probe.size > f->width)
        continue;
      bg_path_received (&f->path, probe.kind, f->now_ns);
      g_assert_true (
        bg_path_probe_answered (&f->path, probe.kind, probe.id, f->round_trip_ns, f->now_ns));
    }
  path_world_choose (f);
}

/* Lets time pass; with `traffic` a packet leaves every 10 ms and one comes back if the wire lives. */
void
path_world_run (PathWorld *f, guint64 duration_ns, gboolean traffic)
{
  guint64 end_ns = f->now_ns + duration_ns;

  for (; f->now_ns < end_ns; f->now_ns += 10 * MS)
    {
      BgTransportKind live = f->path.live;

      if (traffic && live != BG_TRANSPORT_NONE)
        {
          bg_path_sent (&f->path, live, CEILING, f->now_ns);
          if (!f->dead_wire[live])
            bg_path_received (&f->path, live, f->now_ns);
        }
      path_world_serve (f);
    }
}

void
path_world_start_session (PathWorld *f)
{
  bg_path_session_confirmed (&f->path, f->now_ns);
  path_world_choose (f);
}

void
path_world_bring_up (PathWorld *f)
{
  path_world_attach (f, DC);
  path_world_attach (f, ICE);
  path_world_start_session (f);
  path_world_run (f, SECOND, FALSE);
  g_assert_cmpint (f->path.live, ==, ICE);
}
