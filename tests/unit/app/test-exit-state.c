/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/exit-state.h"

#define BOTH (BG_FAMILY_4 | BG_FAMILY_6)

typedef struct
{
  const char *name;
  BgExitState was;
  gboolean known;
  guint offered, ours;
  BgPeerPublicState state;
  BgExitState wanted;
  const char *why; /* part of it; NULL: nothing is said */
} Row;

static const Row rows[] = {
  { "unknown", BG_EXIT_NONE, FALSE, 0, BOTH, BG_PEER_PUBLIC_DISCONNECTED, BG_EXIT_CONNECTING,
    "no peer home is known" },
  { "not-offered", BG_EXIT_NONE, TRUE, 0, BOTH, BG_PEER_PUBLIC_CONNECTED, BG_EXIT_CONNECTING,
    "does not offer" },
  { "without-address", BG_EXIT_NONE, TRUE, BG_FAMILY_6, BG_FAMILY_4, BG_PEER_PUBLIC_CONNECTED,
    BG_EXIT_CONNECTING, "no tunnel address" },
  { "not-yet", BG_EXIT_CONNECTING, TRUE, BOTH, BOTH, BG_PEER_PUBLIC_CONNECTING, BG_EXIT_CONNECTING,
    "not connected" },
  { "works", BG_EXIT_CONNECTING, TRUE, BOTH, BOTH, BG_PEER_PUBLIC_CONNECTED, BG_EXIT_ACTIVE, NULL },
  { "ipv4-alone", BG_EXIT_NONE, TRUE, BG_FAMILY_4, BOTH, BG_PEER_PUBLIC_CONNECTED, BG_EXIT_ACTIVE,
    "IPv6 is blocked" },
  { "ipv6-alone", BG_EXIT_NONE, TRUE, BG_FAMILY_6, BOTH, BG_PEER_PUBLIC_CONNECTED, BG_EXIT_ACTIVE,
    "IPv4 is blocked" },
  { "we-have-ipv4-alone", BG_EXIT_NONE, TRUE, BOTH, BG_FAMILY_4, BG_PEER_PUBLIC_CONNECTED,
    BG_EXIT_ACTIVE, "IPv6 is blocked" },
  { "lost", BG_EXIT_ACTIVE, TRUE, BOTH, BOTH, BG_PEER_PUBLIC_DISCONNECTED, BG_EXIT_LOST,
    "not connected" },
  { "gone", BG_EXIT_ACTIVE, FALSE, 0, BOTH, BG_PEER_PUBLIC_DISCONNECTED, BG_EXIT_LOST, "no peer" },
  { "still-lost", BG_EXIT_LOST, TRUE, BOTH, BOTH, BG_PEER_PUBLIC_CONNECTING, BG_EXIT_LOST,
    "not connected" },
  { "back", BG_EXIT_LOST, TRUE, BOTH, BOTH, BG_PEER_PUBLIC_CONNECTED, BG_EXIT_ACTIVE, NULL },
};

static void
test_row (gconstpointer data)
{
  const Row *row = data;
  BgPeerInfo info = { .id = "home", .exit_families = row->offered, .state = row->state };
  g_autoptr (BgWords) why = NULL;
  BgExitState state = bg_exit_state_judge (row->was, "home", row->known ? &info : NULL, row->ours,
                                           &why);

  g_assert_cmpstr (bg_exit_state_name (state), ==, bg_exit_state_name (row->wanted));
  if (row->why)
    g_assert_nonnull (g_strstr_len (bg_words_get_text (why), -1, row->why));
  else
    g_assert_null (why);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *path = g_strdup_printf ("/app/exit-state/%s", rows[i].name);

      g_test_add_data_func (path, &rows[i], test_row);
    }
  return g_test_run ();
}
