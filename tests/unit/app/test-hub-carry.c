/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A network is read at one hub and given to another; what either may say to that. */
#include "app/hub-carry.h"

#include "common/error.h"
#include "unit/signaling/fake-service.h"

#include <string.h>

#define NETWORK "{\"row\":\"network\",\"subnet\":\"10.0.0.0/24\"}"
#define SAME_NETWORK "{\"subnet\":\"10.0.0.0/24\",\"row\":\"network\"}"
#define LEASE "{\"row\":\"lease\",\"address\":\"10.0.0.1/24\"}"
#define PAGE(rows, count)                                                                          \
  "{\"version\":1,\"digest\":\"D\",\"count\":" count ",\"next\":0,\"rows\":[" rows "]}"

enum
{
  MOST = 12
};

/* A hub with what it answers, one after the other; the last again and again. */
typedef struct
{
  FakeService *service;
  struct
  {
    guint status;
    const char *body;
  } answers[MOST];
  guint n, at;
  GString *asked; /* "METHOD path\n" */
} Hub;

typedef struct
{
  Hub from, to;
  GString *steps;
  GAsyncResult *result;
} World;

static void
prepare (FakeService *service)
{
  Hub *hub = service->data;
  guint i = MIN (hub->at, hub->n - 1);

  hub->at++;
  service->status = hub->answers[i].status;
  service->body = hub->answers[i].body;
  g_string_append_printf (hub->asked, "%s %s\n", service->last_method, service->last_path);
}

static void
hub_begin (Hub *hub)
{
  hub->service = fake_service_new (0, NULL);
  hub->service->data = hub;
  hub->service->prepare = prepare;
  hub->asked = g_string_new (NULL);
}

static void
hub_end (Hub *hub)
{
  fake_service_free (hub->service);
  g_string_free (hub->asked, TRUE);
}

static void
hub_says (Hub *hub, guint status, const char *body)
{
  g_assert_cmpuint (hub->n, <, MOST);
  hub->answers[hub->n].status = status;
  hub->answers[hub->n++].body = body;
}

static void
world_set_up (World *world, gconstpointer data)
{
  hub_begin (&world->from);
  hub_begin (&world->to);
  world->steps = g_string_new (NULL);
}

static void
world_tear_down (World *world, gconstpointer data)
{
  g_clear_object (&world->result);
  hub_end (&world->from);
  hub_end (&world->to);
  g_string_free (world->steps, TRUE);
}

static void
on_done (GObject *source, GAsyncResult *result, gpointer data)
{
  ((World *) data)->result = g_object_ref (result);
}

static void
on_step (gpointer owner, const char *step)
{
  g_string_append_printf (((World *) owner)->steps, "%s ", step);
}

static char *
carry (World *world, GBytes *entry, GError **error)
{
  const BgServiceHub from = { world->from.service->url, NULL, "OWNER" },
                     to = { world->to.service->url, NULL, "NEWHUB" };

  g_clear_object (&world->result);
  bg_hub_carry_async (&from, &to, entry, on_step, world, NULL, on_done, world);
  wait_until (world->result);
  return bg_hub_carry_finish (world->result, error);
}

static void
assert_fails (World *world, int code, const char *words)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (carry (world, NULL, &error));
  g_assert_error (error, BG_ERROR, code);
  if (!strstr (error->message, words))
    g_test_fail_printf ("“%s” lacks “%s”", error->message, words);
}

/* In pages as the hub likes, in any order of members; when somebody was seen need not be the same. */
static void
test_all_of_it (World *world, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *digest = NULL;

  hub_says (&world->from, 200, PAGE (NETWORK, "3"));
  hub_says (&world->from, 200, PAGE (LEASE ",{\"row\":\"seen\",\"at\":1}", "3"));
  hub_says (&world->to, 200, "{\"next\":3,\"done\":true}");
  hub_says (&world->to, 200, PAGE ("{\"row\":\"seen\",\"at\":2}," LEASE, "3"));
  hub_says (&world->to, 200, PAGE (SAME_NETWORK, "3"));
  digest = carry (world, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (digest, ==, "D");
  g_assert_cmpstr (world->from.asked->str, ==, "GET /network/export\nGET /network/export\n");
  g_assert_cmpstr (world->to.asked->str, ==,
                   "PUT /network/import\nGET /network/export\nGET /network/export\n");
  g_assert_cmpstr (world->from.service->authorization, ==, "Bearer OWNER");
  g_assert_cmpstr (world->to.service->authorization, ==, "Bearer OWNER");
  g_assert_cmpstr (world->steps->str, ==, "reading giving checking ");
}

/* What the log is to say is among what is given, and looked for. */
static void
test_entry_goes_along (World *world, gconstpointer data)
{
  g_autoptr (GBytes) entry = g_bytes_new_static ("\1\2\3", 3);
  g_autoptr (GError) error = NULL;
  g_autofree char *digest = NULL;

  hub_says (&world->from, 200, PAGE (NETWORK, "1"));
  hub_says (&world->to, 200, "{\"next\":2,\"done\":true}");
  hub_says (&world->to, 200, PAGE (NETWORK ",{\"row\":\"log\",\"entry\":\"AQID\"}", "2"));
  digest = carry (world, entry, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (digest, ==, "D");
}

static void
test_it_changes_meanwhile (World *world, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *digest = NULL;

  hub_says (&world->from, 200, PAGE (NETWORK, "2"));
  hub_says (&world->from, 409, "{\"error\":\"begin at row 0\"}");
  hub_says (&world->from, 200, PAGE (NETWORK, "1"));
  hub_says (&world->to, 200, "{\"next\":1,\"done\":true}");
  hub_says (&world->to, 200, PAGE (NETWORK, "1"));
  digest = carry (world, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (world->steps->str, ==, "reading reading giving checking ");
}

static void
test_it_never_rests (World *world, gconstpointer data)
{
  hub_says (&world->from, 409, "{\"error\":\"begin at row 0\"}");
  assert_fails (world, BG_ERROR_SERVICE, "changed each time");
  g_assert_cmpuint (world->from.at, ==, 5);
  g_assert_cmpuint (world->to.at, ==, 0);
}

static void
test_it_has_gone (World *world, gconstpointer data)
{
  g_autofree char *here = g_strdup_printf ("{\"url\":\"http://127.0.0.1:%u\",\"pin\":\"\"}",
                                           world->to.service->port);
  g_autoptr (GError) error = NULL;
  g_autofree char *digest = NULL;

  hub_says (&world->from, 421, here);
  digest = carry (world, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (digest, ==, "");
  world->from.n = 0;
  hub_says (&world->from, 421, "{\"url\":\"https://other.example\",\"pin\":\"\"}");
  assert_fails (world, BG_ERROR_WRONG_STATE, "https://other.example");
  g_assert_cmpuint (world->to.at, ==, 0);
}

static void
test_old_hub_refuses (World *world, gconstpointer data)
{
  static const struct
  {
    guint status;
    const char *body;
    int code;
    const char *words;
  } rows[] = {
    { 403, "{\"error\":\"only an owner may\"}", BG_ERROR_SERVICE, "only an owner may" },
    { 404, "", BG_ERROR_SERVICE, "older one" },
    { 405, "", BG_ERROR_SERVICE, "older one" },
    { 200, "", BG_ERROR_SERVICE, "hub" },
    { 200, "{}", BG_ERROR_SERVICE, "hub" },
    { 200, PAGE ("", "1"), BG_ERROR_SERVICE, "hub" },
    { 200, PAGE (NETWORK, "0"), BG_ERROR_SERVICE, "hub" },
    { 200, PAGE (NETWORK, "-1"), BG_ERROR_SERVICE, "hub" },
    { 200, PAGE (NETWORK, "65537"), BG_ERROR_SERVICE, "hub" },
    { 200, PAGE (NETWORK "," LEASE, "1"), BG_ERROR_SERVICE, "hub" },
    { 200, "{\"version\":2,\"digest\":\"D\",\"count\":1,\"rows\":[" NETWORK "]}", BG_ERROR_SERVICE,
      "hub" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      world->from.n = world->from.at = 0;
      hub_says (&world->from, rows[i].status, rows[i].body);
      assert_fails (world, rows[i].code, rows[i].words);
    }
  g_assert_cmpuint (world->to.at, ==, 0);
}

static void
test_new_hub_refuses (World *world, gconstpointer data)
{
  static const struct
  {
    guint status;
    const char *body;
    int code;
    const char *words;
  } rows[] = {
    { 401, "{\"error\":\"unauthorized\"}", BG_ERROR_NOT_AUTHORIZED, "refuses the token" },
    { 404, "", BG_ERROR_SERVICE, "no hub at the new address" },
    { 400, "{\"error\":\"a row that no hub wrote\"}", BG_ERROR_SERVICE, "a row that no hub wrote" },
    { 409, "{\"error\":\"it has a network of its own\"}", BG_ERROR_SERVICE, "of its own" },
    { 200, "{\"next\":1,\"done\":false}", BG_ERROR_SERVICE, "hub" },
    { 200, "", BG_ERROR_SERVICE, "hub" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      world->from.n = world->from.at = world->to.n = world->to.at = 0;
      hub_says (&world->from, 200, PAGE (NETWORK, "1"));
      hub_says (&world->to, rows[i].status, rows[i].body);
      assert_fails (world, rows[i].code, rows[i].words);
    }
}

/* More, less, or something else: nothing has moved. */
static void
test_new_hub_keeps_something_else (World *world, gconstpointer data)
{
  static const char *const kept[] = {
    PAGE (NETWORK, "1"), PAGE (NETWORK "," LEASE "," LEASE, "3"),
    PAGE (NETWORK ",{\"row\":\"lease\",\"address\":\"10.0.0.2/24\"}", "2"),
    PAGE (NETWORK ",{\"row\":\"lease\",\"address\":\"10.0.0.1/24\",\"name\":\"x\"}", "2"),
    PAGE ("1,2", "2")
  };

  for (gsize i = 0; i < G_N_ELEMENTS (kept); i++)
    {
      world->from.n = world->from.at = world->to.n = world->to.at = 0;
      hub_says (&world->from, 200, PAGE (NETWORK "," LEASE, "2"));
      hub_says (&world->to, 200, "{\"next\":2,\"done\":true}");
      hub_says (&world->to, 200, kept[i]);
      assert_fails (world, BG_ERROR_SERVICE, "kept something else");
    }
}

static gboolean
tell (World *world, GBytes *entry, GError **error)
{
  const BgServiceHub from = { world->from.service->url, NULL, "OWNER" };

  g_clear_object (&world->result);
  bg_hub_carry_tell_async (&from, "https://new.example", NULL, "D", entry, NULL, on_done, world);
  wait_until (world->result);
  return bg_hub_carry_tell_finish (world->result, error);
}

static void
test_old_hub_is_told (World *world, gconstpointer data)
{
  g_autoptr (GBytes) entry = g_bytes_new_static ("\1\2\3", 3);
  g_autoptr (GError) error = NULL;

  hub_says (&world->from, 200, "{\"ok\":true}");
  hub_says (&world->from, 409, "{\"error\":\"changed\"}");
  hub_says (&world->from, 503, "{\"error\":\"the disk is full\"}");
  g_assert_true (tell (world, entry, &error));
  g_assert_cmpstr (
    world->from.service->last_body, ==,
    "{\"url\":\"https://new.example\",\"pin\":\"\",\"digest\":\"D\",\"entries\":[\"AQID\"]}");
  g_assert_false (tell (world, NULL, &error));
  g_assert_no_error (error);
  g_assert_null (strstr (world->from.service->last_body, "entries"));
  g_assert_false (tell (world, NULL, &error));
  g_assert_error (error, BG_ERROR, BG_ERROR_SERVICE);
  g_assert_nonnull (strstr (error->message, "the disk is full"));
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *path;
    void (*run) (World *world, gconstpointer data);
  } tests[] = {
    { "/hub-carry/all-of-it", test_all_of_it },
    { "/hub-carry/entry-goes-along", test_entry_goes_along },
    { "/hub-carry/it-changes-meanwhile", test_it_changes_meanwhile },
    { "/hub-carry/it-never-rests", test_it_never_rests },
    { "/hub-carry/it-has-gone", test_it_has_gone },
    { "/hub-carry/old-hub-refuses", test_old_hub_refuses },
    { "/hub-carry/new-hub-refuses", test_new_hub_refuses },
    { "/hub-carry/new-hub-keeps-something-else", test_new_hub_keeps_something_else },
    { "/hub-carry/old-hub-is-told", test_old_hub_is_told },
  };

  g_setenv ("GIO_USE_PROXY_RESOLVER", "dummy", TRUE);
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, World, NULL, world_set_up, tests[i].run, world_tear_down);
  return g_test_run ();
}
