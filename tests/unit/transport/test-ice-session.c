/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/error.h"
#include "sample-sdp.h"
#include "session-pair.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

static void
check_pair_texts (Side *side)
{
  g_autofree char *local = NULL, *remote = NULL;
  gboolean relayed = TRUE;

  g_assert_cmpuint (side->pairs, >, 0);
  g_assert_true (bg_ice_session_get_pair (side->session, &local, &remote, &relayed));
  g_assert_true (g_str_has_prefix (local, "host udp ") || g_str_has_prefix (local, "prflx udp "));
  g_assert_true (strstr (remote, "127.0.0.1:") || strstr (remote, "[::1]:"));
  g_assert_false (relayed);
}

static void
test_open (void)
{
  guint threads = count_entries (THREADS);
  Pair pair = pair_open ();
  BgTransport *channel_a = bg_ice_session_dup_data_channel (pair.a->session);
  BgTransport *channel_b = bg_ice_session_dup_data_channel (pair.b->session);
  BgTransport *ice_a = bg_ice_session_dup_ice (pair.a->session);
  BgTransport *ice_b = bg_ice_session_dup_ice (pair.b->session);

  g_test_message ("%u threads per session", (count_entries (THREADS) - threads) / 2);
  g_assert_cmpuint (channel_a->max_message, ==, 1184);
  g_assert_cmpuint (channel_a->credit_bytes, ==, 65536);
  exchange_all (pair.a, pair.b, channel_a);
  exchange_all (pair.b, pair.a, channel_b);
  exchange_all (pair.a, pair.b, ice_a);
  exchange_all (pair.b, pair.a, ice_b);
  exchange (pair.a, pair.b, ice_a, 4, BG_ICE_MAX_MESSAGE);
  check_pair_texts (pair.a);
  check_pair_texts (pair.b);
  bg_transport_unref (channel_a);
  bg_transport_unref (channel_b);
  bg_transport_unref (ice_a);
  bg_transport_unref (ice_b);
  pair_free (&pair);
}

static void
test_oversized (void)
{
  Pair pair = pair_open ();
  BgTransport *channel = bg_ice_session_dup_data_channel (pair.a->session);
  BgTransport *ice = bg_ice_session_dup_ice (pair.a->session);
  BgPacket *pkts[3] = { side_packet (pair.a, 4, 1184), side_packet (pair.a, 4, 1185),
                        side_packet (pair.a, 4, 1184) };

  g_assert_cmpint (send_one (pair.a, channel, 4, 1185), ==, 0);
  g_assert_cmpint (channel->ops->send (channel, pkts, 3), ==, 1);
  g_assert_cmpint (send_one (pair.a, ice, 4, BG_ICE_MAX_MESSAGE + 1), ==, 0);
  wait_until (pair.b->received == 1);
  exchange (pair.a, pair.b, channel, 4, 1184);
  g_assert_cmpuint (pair.b->received, ==, 2);
  bg_packet_free_batch (pkts, 3);
  bg_transport_unref (channel);
  bg_transport_unref (ice);
  pair_free (&pair);
}

/* The channel takes less than it is given once 256 KiB wait in it, and what it took arrives. */
static void
test_bounded_queue (void)
{
  Pair pair = pair_open ();
  BgTransport *channel = bg_ice_session_dup_data_channel (pair.a->session);
  BgPacket *pkts[512];
  int taken;

  for (guint i = 0; i < G_N_ELEMENTS (pkts); i++)
    pkts[i] = side_packet (pair.a, 4, 1184);
  taken = channel->ops->send (channel, pkts, G_N_ELEMENTS (pkts));
  g_assert_cmpint (taken, >=, BG_DATA_CHANNEL_QUEUE_MAX / 1184);
  g_assert_cmpint (taken, <=, BG_DATA_CHANNEL_QUEUE_MAX / 1184 + 1);
  wait_until (pair.b->received >= (guint) taken / 2);
  bg_packet_free_batch (pkts, G_N_ELEMENTS (pkts));
  bg_transport_unref (channel);
  pair_free (&pair);
}

static void
test_batch (void)
{
  Pair pair = pair_open ();
  BgTransport *ice = bg_ice_session_dup_ice (pair.a->session);
  BgPacket *pkts[BG_BATCH_MAX];

  for (guint i = 0; i < G_N_ELEMENTS (pkts); i++)
    pkts[i] = side_packet (pair.a, i % 3 ? 4 : 1, 148 + i);
  g_assert_cmpint (ice->ops->send (ice, pkts, G_N_ELEMENTS (pkts)), ==, G_N_ELEMENTS (pkts));
  wait_until (pair.b->received == G_N_ELEMENTS (pkts));
  for (guint i = 0; i < G_N_ELEMENTS (pkts); i++)
    g_assert_cmpuint (g_bytes_get_size (pair.b->messages->pdata[i]), ==, 148 + i);
  bg_packet_free_batch (pkts, G_N_ELEMENTS (pkts));
  bg_transport_unref (ice);
  pair_free (&pair);
}

/* Without DTLS: no thread, no channel, and packets both ways; who closes says so. */
static void
test_alone (void)
{
  Pair first = pair_of_two (FALSE), pair;
  guint threads = count_entries (THREADS);
  BgTransport *ice_a, *ice_b;

  pair = pair_of_two (FALSE);
  g_assert_cmpuint (count_entries (THREADS), <=, threads); /* a worker of others may have ended */
  g_assert_true (bg_ice_session_is_alone (pair.a->session));
  g_assert_true (bg_ice_session_is_alone (pair.b->session));
  g_assert_null (bg_ice_session_dup_data_channel (pair.a->session));
  ice_a = bg_ice_session_dup_ice (pair.a->session);
  ice_b = bg_ice_session_dup_ice (pair.b->session);
  exchange_all (pair.a, pair.b, ice_a);
  exchange_all (pair.b, pair.a, ice_b);
  exchange (pair.a, pair.b, ice_a, 4, BG_ICE_MAX_MESSAGE);
  check_pair_texts (pair.a);
  bg_ice_session_close (pair.a->session);
  g_assert_cmpint (send_one (pair.a, ice_a, 4, 100), ==, -ENOTCONN);
  wait_state (pair.b, BG_ICE_SESSION_CLOSED);
  g_assert_cmpint (send_one (pair.b, ice_b, 4, 100), ==, -ENOTCONN);
  bg_transport_unref (ice_a);
  bg_transport_unref (ice_b);
  g_assert_false (gst_is_initialized ()); /* nor does it load what legs are made of */
  pair_free (&pair);
  pair_free (&first);
}

/* One that may not do without it gets its data channel from one that would. */
static void
test_one_is_plain (void)
{
  Pair pair = pair_of_two (TRUE);
  BgTransport *channel = bg_ice_session_dup_data_channel (pair.a->session);

  g_assert_false (bg_ice_session_is_alone (pair.a->session));
  g_assert_false (bg_ice_session_is_alone (pair.b->session));
  exchange (pair.a, pair.b, channel, 4, 1184);
  g_assert_cmpuint (pair.a->channels + pair.b->channels, ==, 0);
  bg_transport_unref (channel);
  pair_free (&pair);
}

static gsize
last_size (Side *side)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&side->lock);
  guint n = side->messages->len;

  return n ? g_bytes_get_size (side->messages->pdata[n - 1]) : 0;
}

/* A pool without packets: messages are dropped, and nothing else happens. */
static void
test_empty_pool (void)
{
  Pair pair = pair_open ();
  BgTransport *ice = bg_ice_session_dup_ice (pair.a->session);
  g_autoptr (GPtrArray) all = g_ptr_array_new_with_free_func ((GDestroyNotify) bg_packet_free);
  BgPacket *pkt;

  while ((pkt = bg_packet_new (pair.b->pool)))
    g_ptr_array_add (all, pkt);
  for (guint i = 0; i < 10; i++)
    g_assert_cmpint (send_one (pair.a, ice, 4, 100), ==, 1);
  g_ptr_array_set_size (all, 0);
  g_assert_cmpint (send_one (pair.a, ice, 4, 200), ==, 1);
  wait_until (last_size (pair.b) == 200); /* some of the others may have come after the packets */
  bg_transport_unref (ice);
  pair_free (&pair);
}

/* Candidates of both sides arrive before the descriptions they belong to, with strange ones among
 * them. */
static void
test_candidates_first (void)
{
  Pair pair = pair_new ();

  pair.a->holds_description = TRUE;
  pair.b->holds_description = TRUE;
  bg_ice_session_start (pair.a->session);
  wait_until (pair.a->candidates->len > 0);
  g_assert_true (bg_ice_session_add_candidate (
    pair.b->session, "candidate:1 1 udp 2130706431 127.0.0.1 9 typ host ufrag other", NULL));
  g_assert_cmpint (bg_ice_session_get_state (pair.b->session), ==, BG_ICE_SESSION_NEW);
  side_tell_description (pair.a);
  wait_until (pair.b->candidates->len > 0);
  side_tell_description (pair.b);
  wait_state (pair.a, BG_ICE_SESSION_OPEN);
  wait_state (pair.b, BG_ICE_SESSION_OPEN);
  pair_free (&pair);
}

/* As a peer that does not trickle does: descriptions with all candidates in them, both components.
 * */
static void
test_candidates_inside (void)
{
  Pair pair = pair_new ();
  g_autoptr (GString) offer = NULL;

  pair.a->holds_description = pair.a->holds_candidates = TRUE;
  bg_ice_session_start (pair.a->session);
  wait_until (pair.a->candidates->len > 0);
  offer = g_string_new (pair.a->description);
  for (guint i = 0; i < pair.a->candidates->len; i++)
    g_string_append_printf (offer, "a=%s\r\n", (char *) pair.a->candidates->pdata[i]);
  g_string_append (offer, "a=candidate:1 2 udp 1 127.0.0.1 9 typ host\r\na=end-of-candidates\r\n");
  g_assert_true (set_remote_text (pair.b->session, "offer", offer->str, NULL));
  wait_state (pair.a, BG_ICE_SESSION_OPEN);
  wait_state (pair.b, BG_ICE_SESSION_OPEN);
  pair_free (&pair);
}

static void
test_close (gconstpointer data)
{
  Pair pair = pair_open ();
  Side *first = GPOINTER_TO_INT (data) ? pair.a : pair.b, *other = first->peer;
  BgTransport *channel = bg_ice_session_dup_data_channel (first->session);
  BgTransport *ice = bg_ice_session_dup_ice (first->session);
  BgTransport *theirs = bg_ice_session_dup_ice (other->session);

  bg_ice_session_close (first->session);
  g_assert_cmpuint (first->closed, ==, 2);
  g_assert_cmpint (bg_ice_session_get_state (first->session), ==, BG_ICE_SESSION_CLOSED);
  g_assert_cmpint (send_one (first, channel, 4, 100), ==, -ENOTCONN);
  g_assert_cmpint (send_one (first, ice, 4, 100), ==, -ENOTCONN);
  g_assert_null (bg_ice_session_dup_data_channel (first->session));
  wait_state (other, BG_ICE_SESSION_CLOSED);
  g_assert_false (other->has_failed);
  g_assert_cmpuint (other->closed, ==, 2);
  g_assert_cmpint (send_one (other, theirs, 4, 100), ==, -ENOTCONN);
  bg_transport_unref (channel);
  bg_transport_unref (ice);
  bg_transport_unref (theirs);
  pair_free (&pair);
}

/* After a transport's close no message reaches the sink through it, also not one that is in the
 * air. */
static void
test_close_transport (void)
{
  Pair pair = pair_open ();
  BgTransport *ice_a = bg_ice_session_dup_ice (pair.a->session),
              *ice_b = bg_ice_session_dup_ice (pair.b->session);
  BgTransport *channel_a = bg_ice_session_dup_data_channel (pair.a->session);
  guint received;

  for (guint i = 0; i < 100; i++)
    send_one (pair.a, ice_a, 4, 500);
  ice_b->ops->close (ice_b);
  received = pair.b->received;
  send_one (pair.a, ice_a, 4, 500);
  exchange (pair.a, pair.b, channel_a, 4, 300);
  g_assert_cmpuint (pair.b->received, ==, received + 1);
  g_assert_cmpint (send_one (pair.b, ice_b, 4, 100), ==, -ENOTCONN);
  bg_transport_unref (ice_a);
  bg_transport_unref (ice_b);
  bg_transport_unref (channel_a);
  pair_free (&pair);
  /* side_free() asserts the rest: the closed transport says nothing when the session goes. */
}

typedef struct
{
  Side *side;
  BgTransport *ice, *channel;
} Sender;

static gpointer
send_until_dead (gpointer data)
{
  Sender *sender = data;
  BgPacket *pkt = side_packet (sender->side, 4, 1100);

  while (sender->ice->ops->send (sender->ice, &pkt, 1) >= 0
         && sender->channel->ops->send (sender->channel, &pkt, 1) >= 0)
    g_thread_yield ();
  bg_packet_free (pkt);
  sender->ice->ops->close (sender->ice);
  sender->channel->ops->close (sender->channel);
  bg_transport_unref (sender->ice);
  bg_transport_unref (sender->channel);
  return NULL;
}

static GThread *
start_sender (Sender *sender, Side *side)
{
  *sender = (Sender){ side, bg_ice_session_dup_ice (side->session),
                      bg_ice_session_dup_data_channel (side->session) };
  return g_thread_new ("data", send_until_dead, sender);
}

/* Two data threads under load both ways, while the main thread closes. */
static void
test_close_under_load (void)
{
  for (guint round = 0; round < 3; round++)
    {
      Pair pair = pair_open ();
      Sender senders[2];
      GThread *threads[2] = { start_sender (&senders[0], pair.a),
                              start_sender (&senders[1], pair.b) };

      wait_until (pair.a->received > 50 && pair.b->received > 50);
      bg_ice_session_close (pair.a->session);
      g_thread_join (threads[0]);
      bg_ice_session_close (pair.b->session);
      g_thread_join (threads[1]);
      pair_free (&pair);
    }
}

typedef enum
{
  AT_NEW,
  AT_STARTED,
  AT_OFFER,
  AT_ANSWER,
  AT_CANDIDATE,
  AT_CONNECTED,
  MOMENTS,
} Moment;

static gboolean
has_come (const Pair *pair, Moment moment)
{
  switch (moment)
    {
    case AT_OFFER:
      return pair->a->description != NULL;
    case AT_ANSWER:
      return pair->b->description != NULL;
    case AT_CANDIDATE:
      return pair->b->candidates->len > 0;
    case AT_CONNECTED:
      return bg_ice_session_get_state (pair->a->session) >= BG_ICE_SESSION_CONNECTED;
    default:
      return TRUE;
    }
}

/* Either side closes at every moment of the negotiation; nothing is left, and the other one can be
 * closed too. */
static void
test_close_early (void)
{
  for (Moment moment = AT_NEW; moment < MOMENTS; moment++)
    for (guint who = 0; who < 2; who++)
      {
        Pair pair = pair_new ();

        if (moment >= AT_STARTED)
          bg_ice_session_start (pair.a->session);
        wait_until (has_come (&pair, moment));
        bg_ice_session_close (who ? pair.b->session : pair.a->session);
        wait_idle ();
        pair_free (&pair);
      }
}

static void
assert_refused (Side *side, const char *type, const char *sdp, int code)
{
  g_autoptr (GError) error = NULL;
  BgIceSessionState state = bg_ice_session_get_state (side->session);

  g_assert_false (set_remote_text (side->session, type, sdp, &error));
  g_assert_error (error, BG_ERROR, code);
  g_assert_cmpint (bg_ice_session_get_state (side->session), ==, state);
}

/* Refused descriptions change nothing: the session still opens with the right one. */
static void
test_bad_descriptions (void)
{
  Pair pair = pair_new ();
  g_autofree char *filler = g_strnfill (64 * 1024, 'a');
  g_autoptr (GString) other_mid = g_string_new (SAMPLE_GO_SDP ("active"));
  g_autoptr (GString) roleless = NULL, small = NULL;

  assert_refused (pair.a, "answer", SAMPLE_GO_SDP ("active"), BG_ERROR_WRONG_STATE);
  assert_refused (pair.b, "answer", SAMPLE_GO_SDP ("active"), BG_ERROR_INVALID_ARGUMENT);
  assert_refused (pair.b, "rollback", "", BG_ERROR_INVALID_ARGUMENT);
  assert_refused (pair.b, "offer", "", BG_ERROR_INVALID_ARGUMENT);
  assert_refused (pair.b, "offer", filler, BG_ERROR_INVALID_ARGUMENT);
  assert_refused (pair.b, "offer", "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n",
                  BG_ERROR_INVALID_ARGUMENT);
  small = g_string_new (SAMPLE_GO_SDP ("actpass"));
  g_string_replace (small, "1073741823", "1183", 1);
  assert_refused (pair.b, "offer", small->str, BG_ERROR_INVALID_ARGUMENT);

  pair.b->holds_description = TRUE;
  bg_ice_session_start (pair.a->session);
  wait_until (pair.b->description);
  assert_refused (pair.b, "offer", SAMPLE_GO_SDP ("actpass"), BG_ERROR_WRONG_STATE);
  assert_refused (pair.a, "offer", SAMPLE_GO_SDP ("actpass"), BG_ERROR_INVALID_ARGUMENT);
  g_string_replace (other_mid, "a=mid:0", "a=mid:1", 1);
  assert_refused (pair.a, "answer", other_mid->str, BG_ERROR_INVALID_ARGUMENT);
  roleless = g_string_new (pair.b->description);
  g_string_replace (roleless, "a=setup:active", "a=setup:actpass", 1);
  assert_refused (pair.a, "answer", roleless->str, BG_ERROR_INVALID_ARGUMENT);
  side_tell_description (pair.b);
  wait_state (pair.a, BG_ICE_SESSION_OPEN);
  wait_state (pair.b, BG_ICE_SESSION_OPEN);
  assert_refused (pair.a, "answer", SAMPLE_GO_SDP ("active"), BG_ERROR_WRONG_STATE);
  pair_free (&pair);
}

/* The same offer again brings the same answer again; the same answer again changes nothing. */
static void
test_repeated_descriptions (void)
{
  Pair pair = pair_open ();
  g_autofree char *answer = g_strdup (pair.b->description);

  g_clear_pointer (&pair.b->description, g_free);
  side_tell_description (pair.a);
  g_assert_cmpstr (pair.b->description, ==, answer);
  g_assert_cmpint (bg_ice_session_get_state (pair.a->session), ==, BG_ICE_SESSION_OPEN);
  pair_free (&pair);
}

/* The answer to what a Go peer offers. */
static void
test_go_offer (void)
{
  Side *side = side_new (FALSE, NULL);
  g_autoptr (BgSdp) sdp = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (set_remote_text (side->session, "offer", SAMPLE_GO_SDP ("actpass"), &error));
  g_assert_no_error (error);
  wait_until (side->description && side->candidates->len > 0);
  g_assert_cmpstr (side->type, ==, "answer");
  g_assert_nonnull (strstr (side->description, "a=mid:0\r\n"));
  g_assert_nonnull (strstr (side->description, "a=setup:active\r\n"));
  g_assert_nonnull (strstr (side->description, "a=group:BUNDLE 0\r\n"));
  sdp = bg_sdp_parse (side->description, &error);
  g_assert_no_error (error);
  g_assert_true (g_str_has_suffix (side->candidates->pdata[0], sdp->ufrag));
  g_assert_cmpint (bg_ice_session_get_state (side->session), ==, BG_ICE_SESSION_CHECKING);
  side_free (side);
}

/* … and takes what it answers, with the offer's mid. */
static void
test_go_answer (void)
{
  Side *side = side_new (TRUE, NULL);
  g_autoptr (GError) error = NULL;

  bg_ice_session_start (side->session);
  wait_until (side->description);
  g_assert_true (set_remote_text (side->session, "answer", SAMPLE_GO_SDP ("active"), &error));
  g_assert_no_error (error);
  wait_state (side, BG_ICE_SESSION_CHECKING);
  wait_until (side->candidates->len > 0);
  g_assert_false (side->has_failed);
  side_free (side);
}

static void
test_bad_candidates (void)
{
  static const char *const ignored[] = {
    "",
    "candidate:1 2 udp 1 192.0.2.1 9 typ host",
    "candidate:1 1 udp 1 0b21-4e.local 9 typ host",
    "candidate:1 1 tcp 1 192.0.2.1 9 typ host tcptype passive",
    "candidate:1 1 udp 1 192.0.2.1 9 typ host ufrag stranger",
    "candidate:4 1 udp 16777215 10.255.0.1 50000 typ relay",
  };
  static const char *const refused[] = {
    "candidate:1 1 udp 1 10.89.0.2 9 typ host",
    "candidate:1 1 udp 1 fd89::2 9 typ host",
    "candidate:1 1 udp 1 ::ffff:10.89.0.2 9 typ host",
    "candidate:1 1 udp 1 224.0.0.1 9 typ host",
    "candidate:1 1 udp 1 fe80::1 9 typ host",
    "candidate:1 1 udp 1 0.0.0.0 9 typ host",
    "rubbish",
    "candidate:1 1 udp 1 192.0.2.1 99999 typ host",
  };
  g_autoptr (GInetAddressMask) v4 = g_inet_address_mask_new_from_string ("10.89.0.0/24", NULL);
  g_autoptr (GInetAddressMask) v6 = g_inet_address_mask_new_from_string ("fd89::/64", NULL);
  GInetAddressMask *exclude[] = { v4, v6, NULL };
  Side *side = side_new (
    FALSE, &(BgIceSessionConfig){ .ice.loopback_only = TRUE, .ice.exclude = exclude });

  for (guint round = 0; round < 2; round++)
    {
      for (guint i = 0; i < G_N_ELEMENTS (ignored); i++)
        g_assert_true (bg_ice_session_add_candidate (side->session, ignored[i], NULL));
      for (guint i = 0; i < G_N_ELEMENTS (refused); i++)
        {
          g_autoptr (GError) error = NULL;

          g_assert_false (bg_ice_session_add_candidate (side->session, refused[i], &error));
          g_assert_error (error, BG_ERROR, BG_ERROR_INVALID_ARGUMENT);
        }
      g_assert_true (set_remote_text (side->session, "offer", SAMPLE_GO_SDP ("actpass"), NULL));
      wait_until (side->candidates->len > 0);
    }
  for (guint i = 0; i < 200; i++)
    {
      g_autofree char *line = g_strdup_printf ("candidate:1 1 udp 1 192.0.2.1 %u typ host",
                                               1000 + i);

      g_assert_true (bg_ice_session_add_candidate (side->session, line, NULL));
    }
  g_assert_false (side->has_failed);
  side_free (side);
}

/* With loopback in an excluded prefix, and nothing else allowed, no candidate is told. */
static void
test_excluded_addresses (void)
{
  g_autoptr (GInetAddressMask) v4 = g_inet_address_mask_new_from_string ("0.0.0.0/0", NULL);
  g_autoptr (GInetAddressMask) v6 = g_inet_address_mask_new_from_string ("::/0", NULL);
  GInetAddressMask *exclude[] = { v4, v6, NULL };
  Side *side = side_new (FALSE, &(BgIceSessionConfig){ .ice.exclude = exclude });
  Side *open = side_new (FALSE, NULL);

  g_assert_true (set_remote_text (side->session, "offer", SAMPLE_GO_SDP ("actpass"), NULL));
  wait_until (side->description);
  g_assert_true (set_remote_text (open->session, "offer", SAMPLE_GO_SDP ("actpass"), NULL));
  wait_until (open->candidates->len > 0);
  g_assert_cmpuint (side->candidates->len, ==, 0);
  side_free (side);
  side_free (open);
}

/* An answer with another certificate's fingerprint: DTLS comes up, and the session fails for good.
 * */
static void
test_wrong_certificate (void)
{
  Pair pair = pair_new ();
  g_autoptr (GString) answer = NULL;
  g_autoptr (BgSdp) sdp = NULL;

  pair.b->holds_description = TRUE;
  bg_ice_session_start (pair.a->session);
  wait_until (pair.b->description);
  sdp = bg_sdp_parse (pair.b->description, NULL);
  answer = g_string_new (pair.b->description);
  g_assert_cmpuint (g_string_replace (answer, sdp->fingerprint, SAMPLE_FINGERPRINT, 1), ==, 1);
  g_assert_true (set_remote_text (pair.a->session, "answer", answer->str, NULL));
  wait_state (pair.a, BG_ICE_SESSION_FAILED);
  g_assert_true (pair.a->has_failed);
  g_assert_null (bg_ice_session_dup_data_channel (pair.a->session));
  pair_free (&pair);
}

static void
test_three_at_once (void)
{
  Pair pairs[3];

  for (guint i = 0; i < G_N_ELEMENTS (pairs); i++)
    {
      pairs[i] = pair_new ();
      bg_ice_session_start (pairs[i].a->session);
    }
  for (guint i = 0; i < G_N_ELEMENTS (pairs); i++)
    {
      BgTransport *channel;

      wait_state (pairs[i].a, BG_ICE_SESSION_OPEN);
      wait_state (pairs[i].b, BG_ICE_SESSION_OPEN);
      channel = bg_ice_session_dup_data_channel (pairs[i].b->session);
      exchange (pairs[i].b, pairs[i].a, channel, 4, 1000 + i);
      bg_transport_unref (channel);
    }
  for (guint i = 0; i < G_N_ELEMENTS (pairs); i++)
    pair_free (&pairs[i]);
}

static void
test_ice_tcp (void)
{
  const BgIceSessionConfig config = { .ice.loopback_only = TRUE, .ice.tcp = TRUE };
  Side *side = side_new (FALSE, &config);

  g_assert_true (set_remote_text (side->session, "offer", SAMPLE_GO_SDP ("actpass"), NULL));
  wait_until (side->candidates->len >= 3);
  side_free (side);
}

/* Not a test: figures, with -m perf. As the data plane does, with a credit window on the channel.
 * */
static void
measure (Side *from, Side *to, BgTransport *transport, gsize len)
{
  BgPacket *pkts[32];
  guint64 sent = 0, start = to->received_bytes;
  guint before = to->received;
  gint64 begin = g_get_monotonic_time (), now;

  for (guint i = 0; i < G_N_ELEMENTS (pkts); i++)
    pkts[i] = side_packet (from, 4, len);
  while ((now = g_get_monotonic_time ()) < begin + 3 * G_TIME_SPAN_SECOND)
    {
      guint64 waiting = (sent - (to->received - before)) * len;

      if (transport->credit_bytes && waiting > 128 * 1024)
        g_thread_yield ();
      else
        sent += (guint64) transport->ops->send (transport, pkts, G_N_ELEMENTS (pkts));
    }
  g_test_message ("kind %d, %" G_GSIZE_FORMAT " bytes: %.0f Mbit/s, %.1f %% lost", transport->kind,
                  len, (double) (to->received_bytes - start) * 8 / (double) (now - begin),
                  100.0 * (1.0 - (double) (to->received - before) / (double) sent));
  bg_packet_free_batch (pkts, G_N_ELEMENTS (pkts));
}

static void
test_figures (void)
{
  Pair pair = pair_open ();
  BgTransport *channel = bg_ice_session_dup_data_channel (pair.a->session);
  BgTransport *ice = bg_ice_session_dup_ice (pair.a->session);
  BgTransport *theirs = bg_ice_session_dup_ice (pair.b->session);

  measure (pair.a, pair.b, channel, 1184);
  measure (pair.a, pair.b, ice, 1184);
  measure (pair.a, pair.b, ice, 1452);
  bg_transport_unref (channel);
  bg_transport_unref (ice);
  bg_transport_unref (theirs);
  pair_free (&pair);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ice-session/alone", test_alone); /* the first */
  g_test_add_func ("/ice-session/open", test_open);
  g_test_add_func ("/ice-session/one-is-plain", test_one_is_plain);
  g_test_add_func ("/ice-session/oversized", test_oversized);
  g_test_add_func ("/ice-session/bounded-queue", test_bounded_queue);
  g_test_add_func ("/ice-session/batch", test_batch);
  g_test_add_func ("/ice-session/empty-pool", test_empty_pool);
  g_test_add_func ("/ice-session/candidates-first", test_candidates_first);
  g_test_add_func ("/ice-session/candidates-inside", test_candidates_inside);
  g_test_add_data_func ("/ice-session/close/offerer", GINT_TO_POINTER (TRUE), test_close);
  g_test_add_data_func ("/ice-session/close/answerer", GINT_TO_POINTER (FALSE), test_close);
  g_test_add_func ("/ice-session/close/transport", test_close_transport);
  g_test_add_func ("/ice-session/close/under-load", test_close_under_load);
  g_test_add_func ("/ice-session/close/early", test_close_early);
  g_test_add_func ("/ice-session/bad-descriptions", test_bad_descriptions);
  g_test_add_func ("/ice-session/repeated-descriptions", test_repeated_descriptions);
  g_test_add_func ("/ice-session/go-offer", test_go_offer);
  g_test_add_func ("/ice-session/go-answer", test_go_answer);
  g_test_add_func ("/ice-session/bad-candidates", test_bad_candidates);
  g_test_add_func ("/ice-session/excluded-addresses", test_excluded_addresses);
  g_test_add_func ("/ice-session/wrong-certificate", test_wrong_certificate);
  g_test_add_func ("/ice-session/three-at-once", test_three_at_once);
  g_test_add_func ("/ice-session/ice-tcp", test_ice_tcp);
  if (g_test_perf ())
    g_test_add_func ("/ice-session/figures", test_figures);
  return g_test_run ();
}
