/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fake-world.h"

#include "peer/peer-claims.h"

#include <string.h>

typedef struct
{
  BgPeerClaims *claims;
  GPtrArray *displaced;
} Court;

static char owners[4]; /* their addresses are the owners */
#define A (&owners[0])
#define B (&owners[1])
#define C (&owners[2])

static void
set_up (Court *court, gconstpointer data)
{
  court->claims = bg_peer_claims_new ();
  court->displaced = g_ptr_array_new ();
}

static void
tear_down (Court *court, gconstpointer data)
{
  bg_peer_claims_free (court->claims);
  g_ptr_array_unref (court->displaced);
}

static BgClaim
key (guint8 byte, BgClaimRank rank)
{
  WgKey bytes = fake_key (byte);

  return bg_claim_key (&bytes, rank);
}

static BgClaim
prefix (const char *text, BgClaimRank rank)
{
  BgIpPrefix parsed;

  g_assert_true (bg_ip_prefix_parse (text, &parsed));
  return bg_claim_prefix (&parsed, rank);
}

static gboolean
claim (Court *court, gpointer owner, BgClaim one)
{
  g_autoptr (GArray) list = g_array_new (FALSE, FALSE, sizeof (BgClaim));

  g_array_append_val (list, one);
  g_ptr_array_set_size (court->displaced, 0);
  return bg_peer_claims_set (court->claims, owner, list, court->displaced);
}

static void
assert_rival (Court *court, BgClaim one, gpointer owner, gpointer rival)
{
  g_assert_true (bg_peer_claims_rival (court->claims, &one, owner) == rival);
}

static void
test_first_come (Court *court, gconstpointer data)
{
  assert_rival (court, key (1, BG_CLAIM_NAMED), A, NULL);
  claim (court, A, key (1, BG_CLAIM_NAMED));
  assert_rival (court, key (1, BG_CLAIM_NAMED), A, NULL);
  assert_rival (court, key (1, BG_CLAIM_NAMED), B, A);
  assert_rival (court, key (2, BG_CLAIM_NAMED), B, NULL);
  assert_rival (court, prefix ("10.0.0.1", BG_CLAIM_NAMED), B, NULL);
  claim (court, B, key (1, BG_CLAIM_NAMED));
  g_assert_cmpuint (court->displaced->len, ==, 0);
  assert_rival (court, key (1, BG_CLAIM_NAMED), B, A);
  g_assert_true (bg_peer_claims_set (court->claims, A, NULL, NULL)); /* given up */
  assert_rival (court, key (1, BG_CLAIM_NAMED), B, NULL);
  assert_rival (court, key (1, BG_CLAIM_NAMED), A, B);
}

static void
test_rank_goes_first (Court *court, gconstpointer data)
{
  claim (court, A, key (1, BG_CLAIM_NAMED));
  assert_rival (court, key (1, BG_CLAIM_PROVED), B, NULL);
  g_assert_false (claim (court, B, key (1, BG_CLAIM_PROVED)));
  g_assert_cmpuint (court->displaced->len, ==, 1);
  g_assert_true (court->displaced->pdata[0] == A);
  assert_rival (court, key (1, BG_CLAIM_NAMED), A, B);
  /* The same rank does not push out. */
  claim (court, C, key (1, BG_CLAIM_PROVED));
  g_assert_cmpuint (court->displaced->len, ==, 0);
  assert_rival (court, key (1, BG_CLAIM_PROVED), C, B);
  claim (court, C, key (1, BG_CLAIM_FIXED));
  g_assert_true (court->displaced->pdata[0] == B);
}

static void
test_age_is_kept (Court *court, gconstpointer data)
{
  claim (court, A, key (1, BG_CLAIM_NAMED));
  claim (court, B, key (1, BG_CLAIM_NAMED));
  g_assert_false (claim (court, A, key (1, BG_CLAIM_PROVED)));
  g_assert_true (claim (court, A, key (1, BG_CLAIM_NAMED))); /* of less rank: others may want it */
  assert_rival (court, key (1, BG_CLAIM_NAMED), B, A);
  g_assert_false (claim (court, A, key (1, BG_CLAIM_NAMED)));
}

static void
test_kept_for_who_is_away (Court *court, gconstpointer data)
{
  BgClaim wanted = prefix ("10.0.0.1", BG_CLAIM_NAMED);

  claim (court, A, prefix ("10.0.0.1", BG_CLAIM_KEPT));
  assert_rival (court, wanted, B, NULL);
  g_assert_true (bg_peer_claims_keeper (court->claims, &wanted, B) == A);
  g_assert_null (bg_peer_claims_keeper (court->claims, &wanted, A));
  claim (court, B, wanted);
  g_assert_true (bg_peer_claims_holder (court->claims, &wanted) == B);
  g_assert_true (bg_peer_claims_keeper (court->claims, &wanted, C) == A);
  claim (court, A, prefix ("10.0.0.1", BG_CLAIM_PROVED)); /* it is back */
  g_assert_true (court->displaced->pdata[0] == B);
  g_assert_true (bg_peer_claims_holder (court->claims, &wanted) == A);
}

static void
test_bytes_behind_an_address (Court *court, gconstpointer data)
{
  BgClaim one = prefix ("10.0.0.1", BG_CLAIM_NAMED);

  claim (court, A, one);
  one.prefix.addr[9] = 0xff;
  assert_rival (court, one, B, A);
  claim (court, A, one);
  assert_rival (court, prefix ("10.0.0.1", BG_CLAIM_NAMED), B, A);
  assert_rival (court, prefix ("10.0.0.0/24", BG_CLAIM_NAMED), B, NULL);
  assert_rival (court, prefix ("a00:1::", BG_CLAIM_NAMED), B, NULL);
}

/* A look-up is no walk: a hundred thousand of them among as many claims are done in no time. */
static void
test_many (Court *court, gconstpointer data)
{
  g_autofree char *many = g_malloc (100000);
  BgClaim one = prefix ("10.0.0.0", BG_CLAIM_NAMED);
  gint64 start = g_get_monotonic_time ();

  for (guint i = 0; i < 100000; i++)
    {
      memcpy (one.prefix.addr + 1, (guint8[]){ i >> 16, i >> 8 & 255, i & 255 }, 3);
      assert_rival (court, one, &many[i], NULL);
      claim (court, &many[i], one);
      assert_rival (court, one, A, &many[i]);
    }
  g_assert_cmpint (g_get_monotonic_time () - start, <, 10 * G_USEC_PER_SEC);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func) g_test_add ("/peer-claims/" name, Court, NULL, set_up, func, tear_down)
  ADD ("first-come", test_first_come);
  ADD ("rank-goes-first", test_rank_goes_first);
  ADD ("age-is-kept", test_age_is_kept);
  ADD ("kept-for-who-is-away", test_kept_for_who_is_away);
  ADD ("bytes-behind-an-address", test_bytes_behind_an_address);
  ADD ("many", test_many);
  return g_test_run ();
}
