/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Handshakes in steps: what happens between two of them. */
#include "wg-test.h"

#include <string.h>

#define START (100 * WG_SECOND)

static TestPair pair;

static gpointer
run_elsewhere (gpointer job)
{
  WgCrypto *crypto = wg_crypto_new ();

  wg_handshake_run (crypto, job);
  wg_crypto_free (crypto);
  return NULL;
}

static void
run (WgHandshakeJob *job)
{
  g_thread_join (g_thread_new ("handshake", run_elsewhere, job));
}

/* The first message that waits at `from`, begun at `to`. */
static WgHandshakeJob *
begin (WgDevice *from, WgDevice *to)
{
  BgPacket *pkt = wg_pop_packet (from);
  WgHandshakeJob *job = NULL;

  g_assert_nonnull (pkt);
  pkt->endpoint = to == pair.a ? pair.at_b : pair.at_a;
  g_assert_cmpint (wg_handshake_begin (to, pkt, START, &job), ==, WG_OK);
  g_assert_true (wg_handshake_packet (job) == pkt);
  return job;
}

static WgVerdict
finish (WgDevice *dev, WgHandshakeJob *job)
{
  BgPacket *pkt = wg_handshake_packet (job);
  WgVerdict verdict = wg_handshake_finish (dev, job, START);

  if (verdict != WG_OK)
    bg_packet_free (pkt);
  return verdict;
}

static void
discard (WgHandshakeJob *job)
{
  BgPacket *pkt = wg_handshake_packet (job);

  wg_handshake_discard (job);
  bg_packet_free (pkt);
}

static WgHandshakeJob *
begin_initiation (void)
{
  test_pair_begin (&pair);
  wg_peer_start_handshake (pair.b_of_a, START);
  return begin (pair.a, pair.b);
}

/* An initiation up to its answer, of which only the index and the macs are missing. */
static WgHandshakeJob *
begin_answer (void)
{
  WgHandshakeJob *job = begin_initiation ();

  run (job);
  g_assert_cmpint (finish (pair.b, job), ==, WG_OK);
  run (job);
  return job;
}

/* B's answer, at A. */
static WgHandshakeJob *
begin_response (void)
{
  g_assert_cmpint (finish (pair.b, begin_answer ()), ==, WG_CONSUMED);
  return begin (pair.b, pair.a);
}

static void
test_other_threads (void)
{
  WgHandshakeJob *job = begin_response ();
  WgEvent event;

  run (job);
  g_assert_cmpint (finish (pair.a, job), ==, WG_CONSUMED);
  g_assert_true (wg_pop_event (pair.a, &event));
  g_assert_cmpint (event.type, ==, WG_EVENT_SESSION);
  test_pair_settle (&pair, START);
  g_assert_cmpint (test_receive (&pair, pair.b, test_sealed (&pair, 40, START), START), ==, WG_OK);
  test_pair_end (&pair);
}

static void
test_peer_goes (void)
{
  WgHandshakeJob *job = begin_initiation ();

  wg_peer_remove (pair.a_of_b);
  run (job);
  g_assert_cmpint (finish (pair.b, job), ==, WG_NO_PEER);
  test_pair_end (&pair);

  job = begin_answer ();
  wg_peer_remove (pair.a_of_b);
  g_assert_cmpint (finish (pair.b, job), ==, WG_NO_PEER);
  g_assert_null (wg_pop_packet (pair.b));
  test_pair_end (&pair);

  job = begin_response ();
  wg_peer_remove (pair.b_of_a);
  run (job);
  g_assert_cmpint (finish (pair.a, job), ==, WG_UNKNOWN_INDEX);
  test_pair_end (&pair);
}

/* Other keys than those that the step used: nobody may get a session with them. */
static void
test_keys_change (void)
{
  WgKey other = { { 8, 1, 2 } };
  WgHandshakeJob *job = begin_initiation ();

  run (job);
  g_assert_true (wg_device_set_private_key (pair.b, &other));
  g_assert_cmpint (finish (pair.b, job), ==, WG_UNAUTHENTIC);
  test_pair_end (&pair);

  job = begin_answer ();
  wg_peer_set_preshared_key (pair.a_of_b, &other);
  g_assert_cmpint (finish (pair.b, job), ==, WG_UNAUTHENTIC);
  g_assert_null (wg_pop_packet (pair.b));
  test_pair_end (&pair);

  job = begin_response ();
  run (job);
  wg_peer_set_preshared_key (pair.b_of_a, &other);
  g_assert_cmpint (finish (pair.a, job), ==, WG_UNKNOWN_INDEX);
  test_pair_end (&pair);

  job = begin_response ();
  g_assert_true (wg_device_set_private_key (pair.a, NULL));
  run (job);
  g_assert_cmpint (finish (pair.a, job), ==, WG_UNKNOWN_INDEX);
  test_pair_end (&pair);
}

/* The machine falls asleep between two steps: no session may come of what began before. */
static void
test_expires (void)
{
  WgHandshakeJob *job = begin_answer ();
  WgPeerStats stats;

  wg_peer_expire (pair.a_of_b);
  g_assert_cmpint (finish (pair.b, job), ==, WG_EXPIRED);
  g_assert_null (wg_pop_packet (pair.b));
  wg_peer_get_stats (pair.a_of_b, &stats);
  g_assert_cmpuint (stats.sessions, ==, 0);
  test_pair_end (&pair);

  job = begin_response ();
  wg_peer_expire (pair.b_of_a);
  run (job);
  g_assert_cmpint (finish (pair.a, job), ==, WG_UNKNOWN_INDEX);
  test_pair_end (&pair);
}

/* The same response twice under way, and one whose initiation is not the last any more. */
static void
test_overtaken (void)
{
  WgHandshakeJob *first = begin_response (), *second = NULL;
  BgPacket *copy = bg_packet_new (pair.pool);
  const BgPacket *pkt = wg_handshake_packet (first);

  memcpy (copy->data, pkt->data, pkt->len);
  copy->len = pkt->len;
  copy->endpoint = pkt->endpoint;
  g_assert_cmpint (wg_handshake_begin (pair.a, copy, START, &second), ==, WG_OK);
  run (first);
  run (second);
  g_assert_cmpint (finish (pair.a, first), ==, WG_CONSUMED);
  g_assert_cmpint (finish (pair.a, second), ==, WG_UNKNOWN_INDEX);
  test_pair_end (&pair);

  first = begin_response ();
  run (first);
  wg_run_timers (pair.a, START + 6 * WG_SECOND);
  g_assert_cmpint (finish (pair.a, first), ==, WG_UNKNOWN_INDEX);
  test_pair_end (&pair);
}

static void
test_given_up (void)
{
  WgHandshakeJob *(*const begins[]) (void) = { begin_initiation, begin_answer, begin_response };

  for (gsize i = 0; i < G_N_ELEMENTS (begins); i++)
    {
      WgHandshakeJob *job = begins[i]();

      wg_device_free (pair.a);
      wg_device_free (pair.b);
      pair.a = pair.b = NULL;
      run (job);
      discard (job);
      test_pair_end (&pair);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/wg/handshake-job/other-threads", test_other_threads);
  g_test_add_func ("/wg/handshake-job/peer-goes", test_peer_goes);
  g_test_add_func ("/wg/handshake-job/keys-change", test_keys_change);
  g_test_add_func ("/wg/handshake-job/expires", test_expires);
  g_test_add_func ("/wg/handshake-job/overtaken", test_overtaken);
  g_test_add_func ("/wg/handshake-job/given-up", test_given_up);
  return g_test_run ();
}
