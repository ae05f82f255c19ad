/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "notices.h"

#define SECOND G_USEC_PER_SEC

/* A tunnel with peers in virtual time; what is told is collected as lines. */
typedef struct
{
  AppletNotices *notices;
  gint64 now;
  BamgateState state;
  const char *reason;
  AppletExit exit; /* its name is home */
  guint peers;     /* p0, p1, …; all wanted but those from `unwanted` on */
  guint unwanted;
  const char *waiting; /* names, with a comma between; NULL: nobody */
  BamgatePeerState peer_states[60];
  GString *told;
} World;

static const char *const names[] = { "failed",  "degraded", "exit-lost", "exit-back",
                                     "refused", "waiting",  "came",      "went" };

static void
collect (World *world)
{
  g_auto (AppletNotice) notice = { 0 };

  while (applet_notices_pop (world->notices, &notice))
    {
      g_autofree char *peers = g_strjoinv (",", notice.peers);

      g_string_append_printf (world->told, "%s%s%s%s%s%s\n", notice.is_gone ? "-" : "+",
                              names[notice.kind], *notice.text ? " " : "", notice.text,
                              *peers ? " " : "", peers);
      applet_notice_clear (&notice);
    }
}

static void
observe (World *world)
{
  g_auto (GStrv) waiting = g_strsplit (world->waiting ? world->waiting : "", ",", -1);

  applet_notices_begin (world->notices, world->state, world->reason, world->now);
  applet_notices_exit (world->notices, world->exit, "home");
  applet_notices_waiting (world->notices, (const char *const *) waiting);
  for (guint i = 0; i < world->peers; i++)
    {
      g_autofree char *id = g_strdup_printf ("p%u", i);

      applet_notices_peer (world->notices, id, world->peer_states[i], i < world->unwanted);
    }
  applet_notices_end (world->notices);
  collect (world);
}

/* Time passes; only what the module asks for happens meanwhile. */
static void
pass (World *world, guint seconds)
{
  gint64 end = world->now + seconds * SECOND;
  gint64 next;
  guint rounds = 0;

  while ((next = applet_notices_next (world->notices)) >= 0 && next <= end)
    {
      g_assert_cmpuint (++rounds, <, 1000);
      g_assert_cmpint (next, >, world->now);
      world->now = next;
      observe (world);
    }
  world->now = end;
}

static void
become (World *world, BamgateState state, const char *reason)
{
  world->state = state;
  world->reason = reason;
  observe (world);
}

static void
set_peer (World *world, guint index, BamgatePeerState state)
{
  world->peer_states[index] = state;
  observe (world);
}

#define assert_told(world, text)                                                                   \
  G_STMT_START                                                                                     \
  {                                                                                                \
    g_assert_cmpstr ((world)->told->str, ==, text);                                                \
    g_string_truncate ((world)->told, 0);                                                          \
  }                                                                                                \
  G_STMT_END

static World *
world_new (guint peers)
{
  World *world = g_new0 (World, 1);

  world->notices = applet_notices_new ();
  world->told = g_string_new (NULL);
  world->now = 1000 * SECOND;
  world->peers = world->unwanted = peers;
  for (guint i = 0; i < peers; i++)
    world->peer_states[i] = BAMGATE_PEER_STATE_CONNECTED;
  return world;
}

/* Online for a minute. */
static World *
settled_world_new (guint peers)
{
  World *world = world_new (peers);

  become (world, BAMGATE_STATE_ONLINE, "");
  pass (world, 60);
  assert_told (world, "");
  return world;
}

static void
world_free (World *world)
{
  applet_notices_free (world->notices);
  g_string_free (world->told, TRUE);
  g_free (world);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (World, world_free)

static void
become_with_exit (World *world, BamgateState state, const char *reason, AppletExit exit)
{
  world->exit = exit;
  become (world, state, reason);
}

/* Nobody is told of a moment, nor of the same twice; what is over is taken back or said. */
static void
test_exit (void)
{
  g_autoptr (World) world = settled_world_new (0);

  become_with_exit (world, BAMGATE_STATE_ONLINE, "", APPLET_EXIT_ACTIVE);
  pass (world, 60);
  become_with_exit (world, BAMGATE_STATE_DEGRADED, "gone", APPLET_EXIT_LOST);
  pass (world, 4);
  become_with_exit (world, BAMGATE_STATE_ONLINE, "", APPLET_EXIT_ACTIVE);
  pass (world, 60);
  assert_told (world, "");
  become_with_exit (world, BAMGATE_STATE_DEGRADED, "gone", APPLET_EXIT_LOST);
  pass (world, 5);
  assert_told (world, "+exit-lost gone\n");
  pass (world, 3600);
  assert_told (world, "");
  become_with_exit (world, BAMGATE_STATE_ONLINE, "", APPLET_EXIT_ACTIVE);
  assert_told (world, "+exit-back home\n");
  pass (world, 3600);
  become_with_exit (world, BAMGATE_STATE_DEGRADED, "gone", APPLET_EXIT_LOST);
  pass (world, 5);
  assert_told (world, "+exit-lost gone\n");
  become_with_exit (world, BAMGATE_STATE_ONLINE, "", APPLET_EXIT_NONE);
  assert_told (world, "-exit-lost\n");
}

static void
test_exit_of_a_tunnel_that_is_off (void)
{
  g_autoptr (World) world = settled_world_new (0);

  become_with_exit (world, BAMGATE_STATE_OFF, "shut", APPLET_EXIT_LOST);
  pass (world, 3600);
  assert_told (world, "");
  become_with_exit (world, BAMGATE_STATE_DEGRADED, "not yet", APPLET_EXIT_WAITING);
  pass (world, 30);
  assert_told (world, "+degraded not yet\n");
}

static void
test_failed (void)
{
  g_autoptr (World) world = settled_world_new (0);

  become (world, BAMGATE_STATE_FAILED, "no TUN");
  assert_told (world, "+failed no TUN\n");
  pass (world, 3600);
  observe (world);
  assert_told (world, "");
  become (world, BAMGATE_STATE_STARTING, "");
  assert_told (world, "-failed\n");
  become (world, BAMGATE_STATE_FAILED, "again");
  assert_told (world, "+failed again\n");
}

static void
test_degraded (void)
{
  g_autoptr (World) world = settled_world_new (0);

  become (world, BAMGATE_STATE_DEGRADED, "no hub");
  pass (world, 29);
  become (world, BAMGATE_STATE_ONLINE, "");
  pass (world, 100);
  assert_told (world, "");
  become (world, BAMGATE_STATE_DEGRADED, "no hub");
  pass (world, 31);
  assert_told (world, "+degraded no hub\n");
  become (world, BAMGATE_STATE_ONLINE, "");
  assert_told (world, "-degraded\n");
}

static void
test_degraded_now_and_then (void)
{
  g_autoptr (World) world = settled_world_new (0);
  guint told = 0;

  for (guint i = 0; i < 30; i++) /* an hour of it */
    {
      become (world, BAMGATE_STATE_DEGRADED, "no hub");
      pass (world, 100);
      told += strstr (world->told->str, "+degraded") != NULL;
      g_string_truncate (world->told, 0);
      become (world, BAMGATE_STATE_ONLINE, "");
      pass (world, 20);
      g_string_truncate (world->told, 0);
    }
  g_assert_cmpuint (told, >=, 5);
  g_assert_cmpuint (told, <=, 7);
}

static void
test_refused (void)
{
  g_autoptr (World) world = settled_world_new (3);

  set_peer (world, 1, BAMGATE_PEER_STATE_REFUSED);
  assert_told (world, "+refused p1\n");
  pass (world, 60);
  assert_told (world, "+went p1\n");
  set_peer (world, 0, BAMGATE_PEER_STATE_REFUSED);
  assert_told (world, "+refused p0,p1\n");
  become (world, BAMGATE_STATE_UNKNOWN, ""); /* the daemon restarts */
  become (world, BAMGATE_STATE_ONLINE, "");
  assert_told (world, "");
  set_peer (world, 0, BAMGATE_PEER_STATE_CONNECTED);
  set_peer (world, 1, BAMGATE_PEER_STATE_CONNECTED);
  assert_told (world, "-refused\n");
}

static void
test_peer_goes_and_comes (void)
{
  g_autoptr (World) world = settled_world_new (3);

  set_peer (world, 2, BAMGATE_PEER_STATE_DISCONNECTED);
  pass (world, 9);
  assert_told (world, "");
  pass (world, 2);
  assert_told (world, "+went p2\n");
  set_peer (world, 2, BAMGATE_PEER_STATE_CONNECTING);
  pass (world, 60);
  assert_told (world, "");
  set_peer (world, 2, BAMGATE_PEER_STATE_CONNECTED);
  pass (world, 11);
  assert_told (world, "+came p2\n");
}

static void
test_peer_is_no_news (void)
{
  g_autoptr (World) world = settled_world_new (3);

  world->unwanted = 1;
  set_peer (world, 2, BAMGATE_PEER_STATE_DISCONNECTED); /* nobody wants to know */
  pass (world, 60);
  for (guint i = 0; i < 20; i++) /* a shaky one */
    {
      set_peer (world, 0, BAMGATE_PEER_STATE_CONNECTING);
      pass (world, 5);
      set_peer (world, 0, BAMGATE_PEER_STATE_CONNECTED);
      pass (world, 5);
    }
  assert_told (world, "");
}

static void
test_peer_is_removed (void)
{
  g_autoptr (World) world = settled_world_new (2);

  world->peers = 1;
  observe (world);
  pass (world, 11);
  assert_told (world, "+went p1\n");
  world->peers = 2;
  observe (world);
  pass (world, 61);
  assert_told (world, "+came p1\n");
}

static void
set_all (World *world, BamgatePeerState state)
{
  for (guint i = 0; i < world->peers; i++)
    world->peer_states[i] = state;
  observe (world);
}

static void
test_daemon_restarts (void)
{
  g_autoptr (World) world = settled_world_new (50);

  world->peers = 0;
  become (world, BAMGATE_STATE_UNKNOWN, "");
  pass (world, 3);
  become (world, BAMGATE_STATE_STARTING, "");
  world->peers = 50;
  become (world, BAMGATE_STATE_ONLINE, "");
  set_all (world, BAMGATE_PEER_STATE_CONNECTING);
  for (guint i = 0; i < 50; i++)
    {
      set_peer (world, i, BAMGATE_PEER_STATE_CONNECTED);
      pass (world, 1);
    }
  pass (world, 100);
  /* only who came later than a start takes, and they together */
  g_auto (GStrv) lines = g_strsplit (world->told->str, "\n", -1);
  g_assert_cmpuint (g_strv_length (lines) - 1, <=, 2);
}

static void
test_network_changes (void)
{
  g_autoptr (World) world = settled_world_new (50);

  set_all (world, BAMGATE_PEER_STATE_CONNECTING);
  pass (world, 4);
  become (world, BAMGATE_STATE_DEGRADED, "no hub");
  pass (world, 20);
  become (world, BAMGATE_STATE_ONLINE, "");
  pass (world, 3);
  set_all (world, BAMGATE_PEER_STATE_CONNECTED);
  pass (world, 100);
  assert_told (world, "");
}

static void
wait_for_approval (World *world, const char *who)
{
  world->waiting = who;
  observe (world);
}

/* Told at once, once, and anew for whoever comes; not because the daemon restarts. */
static void
test_waiting (void)
{
  g_autoptr (World) world = settled_world_new (1);

  wait_for_approval (world, "phone");
  assert_told (world, "+waiting phone\n");
  wait_for_approval (world, "phone");
  assert_told (world, "");
  wait_for_approval (world, "phone,tablet");
  assert_told (world, "+waiting phone,tablet\n");
  wait_for_approval (world, "tablet");
  assert_told (world, "");
  become (world, BAMGATE_STATE_UNKNOWN, "");
  become (world, BAMGATE_STATE_ONLINE, "");
  assert_told (world, "");
  wait_for_approval (world, NULL);
  assert_told (world, "-waiting\n");
  wait_for_approval (world, "tablet");
  assert_told (world, "+waiting tablet\n");
}

static void
test_many_at_once_are_one_notice (void)
{
  g_autoptr (World) world = settled_world_new (4);

  set_all (world, BAMGATE_PEER_STATE_DISCONNECTED);
  pass (world, 60);
  assert_told (world, "+went p0,p1,p2,p3\n");
}

static void
test_rests (void)
{
  g_autoptr (World) world = settled_world_new (50);

  g_assert_cmpint (applet_notices_next (world->notices), ==, -1);
  become (world, BAMGATE_STATE_FAILED, "no TUN");
  g_assert_cmpint (applet_notices_next (world->notices), ==, -1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/notices/failed", test_failed);
  g_test_add_func ("/notices/exit", test_exit);
  g_test_add_func ("/notices/exit-while-off", test_exit_of_a_tunnel_that_is_off);
  g_test_add_func ("/notices/degraded", test_degraded);
  g_test_add_func ("/notices/degraded-now-and-then", test_degraded_now_and_then);
  g_test_add_func ("/notices/refused", test_refused);
  g_test_add_func ("/notices/waiting", test_waiting);
  g_test_add_func ("/notices/peer-goes-and-comes", test_peer_goes_and_comes);
  g_test_add_func ("/notices/peer-is-no-news", test_peer_is_no_news);
  g_test_add_func ("/notices/peer-is-removed", test_peer_is_removed);
  g_test_add_func ("/notices/daemon-restarts", test_daemon_restarts);
  g_test_add_func ("/notices/network-changes", test_network_changes);
  g_test_add_func ("/notices/many-at-once-are-one-notice", test_many_at_once_are_one_notice);
  g_test_add_func ("/notices/rests", test_rests);
  return g_test_run ();
}
