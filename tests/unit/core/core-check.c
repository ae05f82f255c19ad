/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core-check.h"
#include "worker/core/turn-server-private.h"

#include <glib.h>

static void
check_share (const BgTurnShares *shares, guint32 number, guint counts[])
{
  g_assert_cmpuint (number, >=, 1);
  g_assert_cmpuint (number, <=, shares->n);
  g_assert_true (shares->shares[number - 1].is_somebodys);
  counts[number - 1]++;
}

static void
check_shares (const BgTurnShares *shares, const guint counts[])
{
  for (guint i = 0; i < shares->n; i++)
    {
      g_assert_cmpuint (shares->shares[i].allocations, ==, counts[i]);
      g_assert_cmpuint (counts[i], <=, shares->most);
      g_assert_cmpuint (shares->shares[i].bytes.thousandths, <=, shares->rate.at_once * 1000);
    }
}

static void
check_allocation (BgTurnServer *server, const BgTurnAllocation *a)
{
  g_assert_cmpuint (a->username_len, <=, BG_TURN_USERNAME_MAX);
  for (guint i = 0; i < BG_TURN_PERMISSIONS; i++)
    g_assert_cmpuint (a->permissions[i].peer, <=, server->n_clients);
  for (guint i = 0; i < BG_TURN_CHANNELS; i++)
    {
      g_assert_cmpuint (a->channels[i].peer, <=, server->n_clients);
      g_assert_true (a->channels[i].number == 0
                     || (a->channels[i].number >= BG_TURN_FIRST_CHANNEL
                         && a->channels[i].number <= BG_TURN_LAST_CHANNEL));
    }
}

static guint
count_free (BgTurnServer *server)
{
  guint count = 0;

  for (guint32 number = server->first_free; number != 0;
       number = server->clients[number - 1].next_free)
    {
      g_assert_false (server->clients[number - 1].is_open);
      g_assert_cmpuint (++count, <=, server->n_clients);
      if (server->clients[number - 1].next_free == 0)
        g_assert_cmpuint (number, ==, server->last_free);
    }
  return count;
}

void
turn_server_check (BgTurnServer *server)
{
  g_autofree guint *users = g_new0 (guint, server->n_clients),
                   *networks = g_new0 (guint, server->n_clients);
  guint open = 0, live = 0;

  for (guint i = 0; i < server->n_clients; i++)
    {
      const BgTurnClient *client = &server->clients[i];

      open += client->is_open;
      if (client->allocation.until_ms == 0)
        continue;
      g_assert_true (client->is_open);
      live++;
      check_allocation (server, &client->allocation);
      check_share (&server->users, client->allocation.user, users);
      if (client->network != 0)
        check_share (&server->networks, client->allocation.network, networks);
    }
  g_assert_cmpuint (server->counters.live, ==, live);
  g_assert_cmpuint (open + count_free (server), ==, server->n_clients);
  check_shares (&server->users, users);
  check_shares (&server->networks, networks);
}
