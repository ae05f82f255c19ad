/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service-fixture.h"
#include "signaling/service-log.h"
#include "common/error.h"

#include <string.h>

typedef ServiceFixture Fixture;

static GPtrArray *
fetch (Fixture *f, const char *body, guint32 *count, GError **error)
{
  f->service->body = body;
  service_fixture_ask (f);
  bg_service_log_fetch_async (&f->hub, 7, NULL, service_fixture_on_done, f);
  wait_until (f->result);
  return bg_service_log_fetch_finish (f->result, count, error);
}

static void
test_fetch (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  guint32 count = 0;
  g_autoptr (GPtrArray)
    entries = fetch (f, "{\"entries\":[\"AAEC\",\"/w==\"],\"count\":9}", &count, &error);
  gsize len;

  g_assert_no_error (error);
  g_assert_cmpstr (f->service->last_path, ==, "/network/log");
  g_assert_cmpstr (f->service->authorization, ==, "Bearer ACCESS");
  g_assert_cmpuint (count, ==, 9);
  g_assert_cmpuint (entries->len, ==, 2);
  g_assert_cmpmem (g_bytes_get_data (entries->pdata[0], &len), 3, "\0\1\2", 3);
  g_assert_cmpuint (g_bytes_get_size (entries->pdata[1]), ==, 1);
}

/* One that is none spoils all of them: what follows it is of no use. */
static void
test_nonsense (Fixture *f, gconstpointer data)
{
  static const char *const bodies[] = {
    "{\"count\":9}",
    "{\"entries\":[],\"count\":-1}",
    "{\"entries\":[],\"count\":4294967296}",
    "{\"entries\":[],\"count\":\"9\"}",
    "{\"entries\":[]}",
    "{\"entries\":{},\"count\":0}",
    "{\"entries\":[\"AAEC\",7],\"count\":2}",
    "{\"entries\":[\"\"],\"count\":1}",
    "{\"entries\":[\"A A=\"],\"count\":1}",
    "{\"entries\":[null],\"count\":1}",
    "[]",
    "",
  };

  for (guint i = 0; i < G_N_ELEMENTS (bodies); i++)
    {
      g_autoptr (GError) error = NULL;
      guint32 count;

      g_assert_null (fetch (f, bodies[i], &count, &error));
      g_assert_error (error, BG_ERROR, BG_ERROR_SERVICE);
    }
}

static void
test_no_log (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  guint32 count;

  f->service->status = 404;
  g_assert_null (fetch (f, "Not Found", &count, &error));
  g_assert_error (error, BG_ERROR, BG_ERROR_NOT_FOUND);
}

static BgLogPost
post (Fixture *f, guint status, const char *body, GError **error)
{
  g_autoptr (GPtrArray) entries = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);

  g_ptr_array_add (entries, g_bytes_new ("\0\1\2", 3));
  g_ptr_array_add (entries, g_bytes_new ("\xff", 1));
  f->service->status = status;
  f->service->body = body;
  service_fixture_ask (f);
  bg_service_log_post_async (&f->hub, entries, NULL, service_fixture_on_done, f);
  wait_until (f->result);
  return bg_service_log_post_finish (f->result, error);
}

static void
test_post (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (post (f, 200, "{\"count\":2}", &error), ==, BG_LOG_POST_TAKEN);
  g_assert_no_error (error);
  g_assert_cmpstr (f->service->last_method, ==, "POST");
  g_assert_cmpstr (f->service->last_body, ==, "{\"entries\":[\"AAEC\",\"/w==\"]}");
  g_assert_cmpint (post (f, 409, "{\"error\":\"x\",\"count\":3}", &error), ==,
                   BG_LOG_POST_ELSEWHERE);
  g_assert_no_error (error);
  g_assert_cmpint (post (f, 403, "{\"error\":\"x\"}", &error), ==, BG_LOG_POST_FAILED);
  g_assert_error (error, BG_ERROR, BG_ERROR_NOT_AUTHORIZED);
}

#define ADD(name, func)                                                                            \
  g_test_add ("/service-log/" name, Fixture, NULL, service_fixture_set_up, func,                   \
              service_fixture_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("fetch", test_fetch);
  ADD ("nonsense", test_nonsense);
  ADD ("no-log", test_no_log);
  ADD ("post", test_post);
  return g_test_run ();
}
