/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgatectl/worker-version.h"

static void
test_compare (void)
{
  static const struct
  {
    const char *there, *here;
    WorkerAge age;
  } cases[] = {
    { "1.2.3", "1.2.3", WORKER_SAME },     { "1.2", "1.2.0", WORKER_SAME },
    { "0.9", "0.10", WORKER_OLDER },       { "2", "1.99.99", WORKER_NEWER },
    { "1.2.3.4", "1.2.3", WORKER_NEWER },  { NULL, "1.0", WORKER_STRANGE },
    { "", "1.0", WORKER_STRANGE },         { "1.0-rc1", "1.0", WORKER_STRANGE },
    { "1..0", "1.0", WORKER_STRANGE },     { "1.2.3.4.5", "1.0", WORKER_STRANGE },
    { "-1", "1.0", WORKER_STRANGE },       { " 1", "1.0", WORKER_STRANGE },
    { "4294967296", "1", WORKER_STRANGE }, { "4294967295", "1", WORKER_NEWER },
    { "1.0", "", WORKER_STRANGE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_test_message ("%s, %s", cases[i].there, cases[i].here);
      g_assert_cmpint (worker_version_compare (cases[i].there, cases[i].here), ==, cases[i].age);
    }
}

static void
test_decide (void)
{
  /* nothing is uploaded over what is newer, or another's, unless somebody insists */
  for (WorkerWish wish = WORKER_DEPLOY; wish <= WORKER_UPDATE; wish++)
    for (guint changed = 0; changed < 2; changed++)
      {
        g_assert_cmpint (worker_version_decide (wish, WORKER_NEWER, changed, FALSE), ==,
                         WORKER_REFUSE_NEWER);
        g_assert_cmpint (worker_version_decide (wish, WORKER_STRANGE, changed, FALSE), ==,
                         WORKER_REFUSE_STRANGE);
        g_assert_cmpint (worker_version_decide (wish, WORKER_NEWER, changed, TRUE), ==,
                         WORKER_UPLOAD);
        g_assert_cmpint (worker_version_decide (wish, WORKER_SAME, changed, FALSE), ==,
                         changed ? WORKER_UPLOAD : WORKER_LEAVE);
      }
  g_assert_cmpint (worker_version_decide (WORKER_DEPLOY, WORKER_ABSENT, FALSE, FALSE), ==,
                   WORKER_UPLOAD);
  g_assert_cmpint (worker_version_decide (WORKER_DEPLOY, WORKER_OLDER, FALSE, FALSE), ==,
                   WORKER_REFUSE_OLDER);
  g_assert_cmpint (worker_version_decide (WORKER_UPDATE, WORKER_OLDER, FALSE, FALSE), ==,
                   WORKER_UPLOAD);
  g_assert_cmpint (worker_version_decide (WORKER_UPDATE, WORKER_ABSENT, TRUE, TRUE), ==,
                   WORKER_REFUSE_ABSENT);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/worker-version/compare", test_compare);
  g_test_add_func ("/worker-version/decide", test_decide);
  return g_test_run ();
}
