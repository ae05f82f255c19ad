/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "transport/sctp-stall.h"

#include <glib.h>

static const guint8 data[32] = { [12] = 0, 3, 0, 20 };
static const guint8 sack[28] = { [12] = 3, 0, 0, 16 };
static const guint8 both[44] = { [12] = 3, 0, 0, 16, [28] = 0, 3, 0, 16 };
static const guint8 endless[28] = { [12] = 3 };

static gboolean
say (BgSctpStall *stall, const guint8 *packet, gsize len, gint64 ms)
{
  return bg_sctp_stall_received (stall, packet, len, ms * 1000);
}

static void
test_stalls (void)
{
  BgSctpStall stall = { 0 };

  for (gint64 ms = 1000; ms < 4000; ms += 100)
    g_assert_false (say (&stall, both, sizeof both, ms));
  g_assert_true (say (&stall, data, sizeof data, 4000));
  g_assert_false (say (&stall, data, sizeof data, 4001));
}

static void
test_messages (void)
{
  BgSctpStall stall = { 0 };

  for (gint64 ms = 0; ms < 60000; ms += 20)
    {
      g_assert_false (say (&stall, data, sizeof data, ms));
      if (ms % 2000 == 0)
        bg_sctp_stall_delivered (&stall);
    }
}

/* Nothing but acknowledgements, or a packet now and then, is no stall. */
static void
test_quiet (void)
{
  BgSctpStall stall = { 0 };

  for (gint64 ms = 0; ms < 60000; ms += 20)
    g_assert_false (say (&stall, sack, sizeof sack, ms));
  for (gsize len = 0; len <= sizeof endless; len++)
    g_assert_false (say (&stall, endless, len, 70000));
  for (int i = 0; i < BG_SCTP_STALL_PACKETS - 1; i++)
    g_assert_false (say (&stall, data, sizeof data, 80000 + i * 10000));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sctp-stall/stalls", test_stalls);
  g_test_add_func ("/sctp-stall/messages", test_messages);
  g_test_add_func ("/sctp-stall/quiet", test_quiet);
  return g_test_run ();
}
