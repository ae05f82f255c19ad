/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/hub/hub-backlog.h"

enum
{
  KIB = 1024,
  MIB = 1024 * KIB
};

/* Lets a reader wait for frames of 32 KiB until it may no more. */
static void
fill (BgHubBacklog *backlog, gsize *own)
{
  while (*own + 32 * KIB <= bg_hub_backlog_allowance (backlog))
    bg_hub_backlog_set (backlog, own, *own + 32 * KIB);
}

static void
test_one_reader (void)
{
  BgHubBacklog backlog = { 0 };
  gsize own = 0;

  fill (&backlog, &own);
  g_assert_cmpuint (own, ==, MIB);
  bg_hub_backlog_set (&backlog, &own, 0);
  g_assert_cmpuint (backlog.bytes, ==, 0);
}

/* As many sockets as there may be, none of which reads. */
static void
test_all_readers (void)
{
  BgHubBacklog backlog = { 0 };
  gsize own[2048] = { 0 };

  for (gsize i = 0; i < G_N_ELEMENTS (own); i++)
    fill (&backlog, &own[i]);
  g_assert_cmpuint (own[2047], ==, 64 * KIB);
  g_assert_cmpuint (backlog.bytes, <=, 128 * MIB + G_N_ELEMENTS (own) * 64 * KIB);
  for (gsize i = 0; i < G_N_ELEMENTS (own); i++)
    bg_hub_backlog_set (&backlog, &own[i], 0);
  g_assert_cmpuint (backlog.bytes, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/hub-backlog/one-reader", test_one_reader);
  g_test_add_func ("/hub-backlog/all-readers", test_all_readers);
  return g_test_run ();
}
