/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service-fixture.h"

void
service_fixture_set_up (ServiceFixture *f, gconstpointer data)
{
  f->service = fake_service_new (0, NULL);
  f->hub = (BgServiceHub){ f->service->url, NULL, "ACCESS" };
}

void
service_fixture_tear_down (ServiceFixture *f, gconstpointer data)
{
  g_clear_object (&f->result);
  fake_service_free (f->service);
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

void
service_fixture_ask (ServiceFixture *f)
{
  g_clear_object (&f->result);
}

void
service_fixture_on_done (GObject *source, GAsyncResult *result, gpointer fixture)
{
  g_set_object (&((ServiceFixture *) fixture)->result, result);
}
