/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a device that joins makes of the log at a hub to which another one sent it. */
#include "app/newcomer.h"

#include "common/error.h"
#include "unit/membership/log-fixture.h"
#include "unit/signaling/fake-service.h"

#include <string.h>

typedef struct
{
  FakeService *hub;
  GPtrArray *log; /* that it hands out */
  char *body;
  guint posts;
} World;

static void
prepare (FakeService *hub)
{
  World *world = hub->data;
  GString *text = g_string_new ("{\"entries\":[");

  world->posts += g_str_equal (hub->last_method, "POST") ? 1 : 0;
  for (guint i = 0; i < world->log->len; i++)
    {
      gsize len;
      const guchar *bytes = g_bytes_get_data (world->log->pdata[i], &len);
      g_autofree char *entry = g_base64_encode (bytes, len);

      g_string_append_printf (text, "%s\"%s\"", i > 0 ? "," : "", entry);
    }
  g_string_append_printf (text, "],\"count\":%u}", world->log->len);
  g_free (world->body);
  hub->body = world->body = g_string_free (text, FALSE);
}

static void
world_set_up (World *world, gconstpointer data)
{
  world->hub = fake_service_new (0, NULL);
  world->hub->data = world;
  world->hub->prepare = prepare;
  world->log = fixture_network (3);
}

static void
world_tear_down (World *world, gconstpointer data)
{
  fake_service_free (world->hub);
  g_ptr_array_unref (world->log);
  g_free (world->body);
}

static void
on_met (GObject *source, GAsyncResult *result, gpointer data)
{
  *(GAsyncResult **) data = g_object_ref (result);
}

static GPtrArray *
meet (World *world, gboolean was_sent, GError **error)
{
  const BgServiceHub hub = { world->hub->url, NULL, "ACCESS" };
  const BgMemberRecord record = fixture_record (9);
  g_autoptr (GAsyncResult) result = NULL;

  bg_newcomer_async (&hub, NULL, &record, was_sent, NULL, on_met, &result);
  wait_until (result);
  return bg_newcomer_finish (result, error);
}

static void
test_owners_say_so (World *world, gconstpointer data)
{
  g_autofree char *base = g_strdup_printf ("http://127.0.0.1:%u", world->hub->port);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) log = NULL;

  fixture_add_move (world->log, "https://before.example", 0);
  fixture_add_move (world->log, base, 0);
  log = meet (world, TRUE, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (log->len, ==, 5);
}

static void
assert_refused (World *world)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (meet (world, TRUE, &error));
  g_assert_error (error, BG_ERROR, BG_ERROR_SERVICE);
  g_assert_nonnull (strstr (error->message, "no owner of the network signed"));
  g_assert_cmpuint (world->posts, ==, 0);
}

static void
test_no_owner_says_so (World *world, gconstpointer data)
{
  g_autofree char *base = g_strdup_printf ("http://127.0.0.1:%u", world->hub->port);

  assert_refused (world);
  fixture_add_move (world->log, "https://elsewhere.example", 0);
  assert_refused (world);
  fixture_add_move (world->log, base, 7); /* another key than this hub's */
  assert_refused (world);
}

static void
test_nobody_sent_it (World *world, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) log = NULL;

  fixture_add_move (world->log, "https://elsewhere.example", 0);
  log = meet (world, FALSE, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (log->len, ==, 4);
}

static void
test_not_signed (World *world, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) log = NULL;

  g_ptr_array_set_size (world->log, 0);
  log = meet (world, TRUE, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (log->len, ==, 0);
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *path;
    void (*run) (World *world, gconstpointer data);
  } tests[] = {
    { "/newcomer/owners-say-so", test_owners_say_so },
    { "/newcomer/no-owner-says-so", test_no_owner_says_so },
    { "/newcomer/nobody-sent-it", test_nobody_sent_it },
    { "/newcomer/not-signed", test_not_signed },
  };

  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, World, NULL, world_set_up, tests[i].run, world_tear_down);
  return g_test_run ();
}
