/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service-fixture.h"
#include "signaling/service-invites.h"
#include "common/error.h"

#define ID "0123456789abcdef"
#define KEY "hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo="

typedef ServiceFixture Fixture;

static GPtrArray *
list (Fixture *f, const char *body, GError **error)
{
  f->service->body = body;
  service_fixture_ask (f);
  bg_service_invites_async (&f->hub, NULL, service_fixture_on_done, f);
  wait_until (f->result);
  return bg_service_invites_finish (f->result, error);
}

static gboolean
cancel (Fixture *f, const char *id, BgInviteEnd *end, GError **error)
{
  service_fixture_ask (f);
  bg_service_invite_cancel_async (&f->hub, id, NULL, service_fixture_on_done, f);
  wait_until (f->result);
  return bg_service_invite_cancel_finish (f->result, end, error);
}

static void
test_list (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray)
    invites = list (f,
                    "{\"invites\":[{\"invite_id\":\"" ID
                    "\",\"created_at\":7,\"expires_at\":9,\"signing_key\":\"" KEY "\"},"
                    "{\"invite_id\":\"fedcba9876543210\",\"signing_key\":\"AA\"},"
                    "7,{},{\"invite_id\":\"../x\"},{\"invite_id\":\"ABCD-EFGH\"}]}",
                    &error);
  const BgServiceInvite *one, *two;

  g_assert_no_error (error);
  g_assert_cmpuint (invites->len, ==, 2);
  g_assert_cmpstr (f->service->last_path, ==, "/auth/invites");
  g_assert_cmpstr (f->service->authorization, ==, "Bearer ACCESS");
  one = invites->pdata[0];
  two = invites->pdata[1];
  g_assert_cmpstr (one->id, ==, ID);
  g_assert_cmpstr (one->signing_key, ==, KEY);
  g_assert_cmpint (one->created_at_s, ==, 7);
  g_assert_cmpint (one->expires_at_s, ==, 9);
  g_assert_cmpstr (two->signing_key, ==, "");
  g_assert_cmpint (two->created_at_s, ==, 0);
}

static void
test_no_list (Fixture *f, gconstpointer data)
{
  static const char *const bodies[] = { "", "[]", "{}", "{\"invites\":{}}", "{\"invites\":null}" };

  for (gsize i = 0; i < G_N_ELEMENTS (bodies); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (list (f, bodies[i], &error));
      g_assert_error (error, BG_ERROR, BG_ERROR_SERVICE);
    }
}

static void
test_cancel (Fixture *f, gconstpointer data)
{
  static const char *const bodies[] = {
    [BG_INVITE_CANCELLED] = "{\"state\":\"cancelled\"}",
    [BG_INVITE_WAS_USED] = "{\"state\":\"used\"}",
    [BG_INVITE_HAD_EXPIRED] = "{\"state\":\"expired\"}",
  };

  for (guint i = 0; i < G_N_ELEMENTS (bodies); i++)
    {
      g_autoptr (GError) error = NULL;
      BgInviteEnd end = BG_INVITE_CANCELLED;

      f->service->body = bodies[i];
      g_assert_true (cancel (f, ID, &end, &error));
      g_assert_cmpstr (f->service->last_method, ==, "DELETE");
      g_assert_cmpstr (f->service->last_path, ==, "/auth/invites/" ID);
      g_assert_cmpuint (end, ==, i);
    }
}

static void
test_refusals (Fixture *f, gconstpointer data)
{
  static const struct
  {
    guint status;
    const char *body;
    BgError code;
  } rows[] = {
    { 404, "{\"error\":\"invite not found\"}", BG_ERROR_NOT_FOUND },
    { 404, "Not Found", BG_ERROR_NOT_FOUND },
    { 403, "{\"error\":\"x\"}", BG_ERROR_NOT_AUTHORIZED },
    { 200, "{}", BG_ERROR_SERVICE },
    { 200, "{\"state\":\"odd\"}", BG_ERROR_SERVICE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;
      BgInviteEnd end;

      f->service->status = rows[i].status;
      f->service->body = rows[i].body;
      g_assert_false (cancel (f, ID, &end, &error));
      g_assert_error (error, BG_ERROR, (int) rows[i].code);
    }
}

/* Nothing of it gets to the hub. */
static void
test_no_id (Fixture *f, gconstpointer data)
{
  static const char *const ids[] = { "", "0123456789ABCDEF", "../../network/log", ID "0" };

  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    {
      g_autoptr (GError) error = NULL;
      BgInviteEnd end;

      g_assert_false (cancel (f, ids[i], &end, &error));
      g_assert_error (error, BG_ERROR, BG_ERROR_NOT_FOUND);
      g_assert_null (f->service->last_path);
    }
}

#define ADD(name, func)                                                                            \
  g_test_add ("/service-invites/" name, Fixture, NULL, service_fixture_set_up, func,               \
              service_fixture_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("list", test_list);
  ADD ("no-list", test_no_list);
  ADD ("cancel", test_cancel);
  ADD ("refusals", test_refusals);
  ADD ("no-id", test_no_id);
  return g_test_run ();
}
