/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sample-sdp.h"
#include "transport/remote-candidates.h"
#include "transport/transport-ice.h"

#define RELAYED "candidate:2 1 udp 16777215 198.51.100.1 40000 typ relay raddr 0.0.0.0 rport 0"
#define REFLEXIVE                                                                                  \
  "candidate:3 1 udp 1694498815 203.0.113.5 50123 typ srflx raddr 192.0.2.10 rport 50123"
#define MORE "candidate:4 1 udp 1694498814 203.0.113.5 50124 typ srflx raddr 0.0.0.0 rport 0"

typedef struct
{
  NiceAgent *agent;
  guint stream;
  GInetAddressMask *exclude[1];
  BgRemoteCandidates *remote;
} Fixture;

static void
fixture_set_up (Fixture *fixture, gconstpointer data)
{
  fixture->agent = nice_agent_new_full (NULL, NICE_COMPATIBILITY_RFC5245,
                                        NICE_AGENT_OPTION_ICE_TRICKLE);
  fixture->stream = nice_agent_add_stream (fixture->agent, 1);
  fixture->remote = bg_remote_candidates_new (&(BgRemoteCandidatesConfig){
    .agent = fixture->agent,
    .stream = fixture->stream,
    .exclude = fixture->exclude,
  });
}

static void
fixture_tear_down (Fixture *fixture, gconstpointer data)
{
  bg_remote_candidates_free (fixture->remote);
  g_object_unref (fixture->agent);
}

/* Whether the agent has one with this port. */
static gboolean
has_port (const Fixture *fixture, guint port)
{
  GSList *all = nice_agent_get_remote_candidates (fixture->agent, fixture->stream,
                                                  BG_NICE_COMPONENT);
  gboolean found = FALSE;

  for (const GSList *one = all; one; one = one->next)
    found |= nice_address_get_port (&((NiceCandidate *) one->data)->addr) == port;
  g_slist_free_full (all, (GDestroyNotify) nice_candidate_free);
  return found;
}

static void
add (Fixture *fixture, const char *line)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (bg_remote_candidates_add (fixture->remote, line, &error));
  g_assert_no_error (error);
}

static void
describe (Fixture *fixture)
{
  g_autoptr (BgSdp) sdp = bg_sdp_parse (SAMPLE_GO_SDP ("actpass"), NULL);

  bg_remote_candidates_set_description (fixture->remote, sdp, FALSE);
}

/* How long it took until the agent had it, in ms. */
static gint64
wait_port (const Fixture *fixture, guint port)
{
  gint64 start = g_get_monotonic_time ();

  while (!has_port (fixture, port))
    g_main_context_iteration (NULL, TRUE);
  return (g_get_monotonic_time () - start) / 1000;
}

static void
test_all_at_once (Fixture *fixture, gconstpointer data)
{
  add (fixture, RELAYED);
  add (fixture, REFLEXIVE);
  g_assert_false (has_port (fixture, 40000));
  describe (fixture);
  g_assert_true (has_port (fixture, 40000));
  g_assert_true (has_port (fixture, 50123));
}

static void
test_in_good_time (Fixture *fixture, gconstpointer data)
{
  describe (fixture);
  add (fixture, REFLEXIVE);
  g_assert_true (has_port (fixture, 50123));
  add (fixture, RELAYED);
  g_assert_true (has_port (fixture, 40000));
}

static void
test_late (Fixture *fixture, gconstpointer data)
{
  describe (fixture);
  add (fixture, RELAYED);
  add (fixture, MORE);
  g_assert_false (has_port (fixture, 50124));
  g_assert_cmpint (wait_port (fixture, 50124), >=, 240);
}

static void
test_late_with_a_pair (Fixture *fixture, gconstpointer data)
{
  describe (fixture);
  add (fixture, RELAYED);
  add (fixture, MORE);
  bg_remote_candidates_settle (fixture->remote);
  bg_remote_candidates_settle (fixture->remote);
  g_assert_false (has_port (fixture, 50124));
  g_assert_cmpint (wait_port (fixture, 50124), >=, 40);
  add (fixture, "candidate:5 1 udp 1694498813 203.0.113.5 50125 typ srflx raddr 0.0.0.0 rport 0");
  g_assert_false (has_port (fixture, 50125));
  wait_port (fixture, 50125);
}

static void
test_ends_while_one_waits (Fixture *fixture, gconstpointer data)
{
  describe (fixture);
  add (fixture, RELAYED);
  add (fixture, MORE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, function)                                                                        \
  g_test_add ("/remote-candidates/" name, Fixture, NULL, fixture_set_up, function,                 \
              fixture_tear_down)
  ADD ("all-at-once", test_all_at_once);
  ADD ("in-good-time", test_in_good_time);
  ADD ("late", test_late);
  ADD ("late-with-a-pair", test_late_with_a_pair);
  ADD ("ends-while-one-waits", test_ends_while_one_waits);
  return g_test_run ();
}
