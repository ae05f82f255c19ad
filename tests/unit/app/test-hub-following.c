/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whose word a machine goes after, and when. */
#include "app/hub-following.h"

#include "unit/membership/log-fixture.h"
#include "unit/signaling/fake-service.h"

#include <glib/gstdio.h>
#include <string.h>

#define HERE "https://here.example"
#define PIN "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

typedef struct
{
  char *dir, *there; /* the new hub's URL */
  FakeService *hub;
  BgHubFollowing *following;
  GPtrArray *log;
  char *url, *pin; /* that were followed last */
  guint followed, refuse;
} World;

static gboolean
on_follow (gpointer owner, const char *url, const char *pin)
{
  World *world = owner;

  if (world->refuse > 0)
    {
      world->refuse--;
      return FALSE;
    }
  world->followed++;
  g_free (world->url);
  world->url = g_strdup (url);
  g_free (world->pin);
  world->pin = g_strdup (pin);
  bg_hub_following_set_hub (world->following, url, pin);
  return TRUE;
}

static void
begin (World *world)
{
  bg_hub_following_free (world->following);
  world->following = bg_hub_following_new (world->dir, on_follow, world);
  bg_hub_following_set_hub (world->following, HERE, NULL);
}

static void
world_set_up (World *world, gconstpointer data)
{
  world->dir = g_dir_make_tmp ("bamgate-following-XXXXXX", NULL);
  world->hub = fake_service_new (0, NULL);
  world->hub->body = "{\"status\":\"ok\"}";
  world->there = g_strdup_printf ("http://127.0.0.1:%u", world->hub->port);
  world->log = fixture_network (2);
  begin (world);
}

static void
world_tear_down (World *world, gconstpointer data)
{
  g_autofree char *file = g_build_filename (world->dir, "followed-hub", NULL);

  bg_hub_following_free (world->following);
  fake_service_free (world->hub);
  g_ptr_array_unref (world->log);
  g_unlink (file);
  g_rmdir (world->dir);
  g_free (world->dir);
  g_free (world->there);
  g_free (world->url);
  g_free (world->pin);
}

static void
take_log (World *world)
{
  g_autofree BgMembership *state = fixture_state (world->log);

  bg_hub_following_take_log (world->following, state);
}

/* Whatever is under way would have begun by now: nobody was asked. */
static void
assert_stays (World *world)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpuint (world->hub->requests, ==, 0);
  g_assert_cmpuint (world->followed, ==, 0);
}

static void
test_the_hubs_word (World *world, gconstpointer data)
{
  bg_hub_following_take_word (world->following, world->there, "");
  wait_until (world->followed == 1);
  g_assert_cmpstr (world->url, ==, world->there);
  g_assert_null (world->pin);
  g_assert_cmpstr (world->hub->last_path, ==, "/status");
  g_assert_null (world->hub->authorization);
}

static void
test_words_that_lead_nowhere (World *world, gconstpointer data)
{
  static const char *const lines[] = {
    HERE,
    HERE "/",
    "wss://here.example/connect",
    "http://elsewhere.example",
    "ftp://elsewhere.example",
    "",
    "https://",
    HERE "#sha256=short",
    "http://127.0.0.1:1#sha256=" PIN,
  };

  for (gsize i = 0; i < G_N_ELEMENTS (lines); i++)
    {
      g_test_message ("%s", lines[i]);
      bg_hub_following_take_line (world->following, lines[i]);
      assert_stays (world);
    }
}

/* Whoever is on the way to this one could have said it. */
static void
test_a_hub_in_the_open (World *world, gconstpointer data)
{
  bg_hub_following_set_hub (world->following, "http://here.example", NULL);
  bg_hub_following_take_word (world->following, world->there, NULL);
  assert_stays (world);
}

static void
test_no_hub_no_word (World *world, gconstpointer data)
{
  bg_hub_following_set_hub (world->following, NULL, NULL);
  bg_hub_following_take_word (world->following, world->there, NULL);
  fixture_add_move (world->log, world->there, 0);
  take_log (world);
  assert_stays (world);
}

static void
test_in_a_signed_network_owners_say_it (World *world, gconstpointer data)
{
  take_log (world);
  bg_hub_following_take_word (world->following, world->there, NULL);
  assert_stays (world);
  fixture_add_move (world->log, "https://before.example", 0);
  fixture_add_move (world->log, world->there, 0);
  take_log (world);
  wait_until (world->followed == 1);
  g_assert_cmpstr (world->url, ==, world->there);
}

/* A person's setting overrules it, over restarts too; the next entry counts again. */
static void
test_each_entry_once (World *world, gconstpointer data)
{
  fixture_add_move (world->log, world->there, 0);
  take_log (world);
  wait_until (world->followed == 1);
  bg_hub_following_set_hub (world->following, HERE, NULL);
  take_log (world);
  begin (world);
  take_log (world);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpuint (world->followed, ==, 1);
  fixture_add_move (world->log, world->there, 0);
  take_log (world);
  wait_until (world->followed == 2);
}

static void
test_an_entry_that_is_true_already (World *world, gconstpointer data)
{
  fixture_add_move (world->log, HERE, 0);
  take_log (world);
  assert_stays (world);
  bg_hub_following_set_hub (world->following, "https://mine.example", NULL);
  take_log (world);
  assert_stays (world);
}

/* The settings stay as they are until it answers, and as a hub. */
static void
test_it_does_not_answer_yet (World *world, gconstpointer data)
{
  world->hub->status = 503;
  bg_hub_following_take_word (world->following, world->there, NULL);
  wait_until (world->hub->requests == 1);
  world->hub->status = 200;
  world->hub->body = "{\"hello\":1}";
  wait_until (world->hub->requests == 2);
  g_assert_cmpuint (world->followed, ==, 0);
  world->hub->body = "{\"status\":\"ok\"}";
  wait_until (world->followed == 1);
}

static void
test_the_settings_cannot_be_written (World *world, gconstpointer data)
{
  world->refuse = 1;
  bg_hub_following_take_word (world->following, world->there, NULL);
  wait_until (world->followed == 1);
  g_assert_cmpuint (world->hub->requests, ==, 2);
}

static void
test_another_network (World *world, gconstpointer data)
{
  fixture_add_move (world->log, world->there, 0);
  take_log (world);
  wait_until (world->followed == 1);
  bg_hub_following_forget (world->following);
  bg_hub_following_set_hub (world->following, HERE, NULL);
  take_log (world);
  wait_until (world->followed == 2);
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *path;
    void (*run) (World *world, gconstpointer data);
  } tests[] = {
    { "/hub-following/the-hubs-word", test_the_hubs_word },
    { "/hub-following/words-that-lead-nowhere", test_words_that_lead_nowhere },
    { "/hub-following/a-hub-in-the-open", test_a_hub_in_the_open },
    { "/hub-following/no-hub-no-word", test_no_hub_no_word },
    { "/hub-following/in-a-signed-network-owners-say-it", test_in_a_signed_network_owners_say_it },
    { "/hub-following/each-entry-once", test_each_entry_once },
    { "/hub-following/an-entry-that-is-true-already", test_an_entry_that_is_true_already },
    { "/hub-following/it-does-not-answer-yet", test_it_does_not_answer_yet },
    { "/hub-following/the-settings-cannot-be-written", test_the_settings_cannot_be_written },
    { "/hub-following/another-network", test_another_network },
  };

  g_setenv ("GIO_USE_PROXY_RESOLVER", "dummy", TRUE);
  g_test_init (&argc, &argv, NULL);
  g_log_set_always_fatal ((GLogLevelFlags) (G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL));
  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, World, NULL, world_set_up, tests[i].run, world_tear_down);
  return g_test_run ();
}
