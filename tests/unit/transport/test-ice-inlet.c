/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "packet/packet-pool.h"
#include "transport/ice-inlet.h"
#include "transport/transport-ice.h"

static void
on_receive (void *data, BgTransport *from, BgPacket **pkts, int n)
{
  bg_packet_free_batch (pkts, n);
}

static void
on_closed (void *data, BgTransport *from)
{
}

/* How many descriptors this thread would wait for. */
static int
polled_here (void)
{
  GMainContext *context = g_main_context_default ();
  GPollFD fds[64];
  int priority, timeout, n;

  g_assert_true (g_main_context_acquire (context));
  g_main_context_prepare (context, &priority);
  n = g_main_context_query (context, G_MAXINT, &timeout, fds, G_N_ELEMENTS (fds));
  g_main_context_release (context);
  return n;
}

static void
on_gone (gpointer data)
{
  g_atomic_int_set ((gint *) data, TRUE);
  g_main_context_wakeup (NULL);
}

static NiceAgent *
agent_new (GMainContext *context, guint *stream)
{
  NiceAgent *agent = nice_agent_new_full (context, NICE_COMPATIBILITY_RFC5245,
                                          NICE_AGENT_OPTION_ICE_TRICKLE);
  NiceAddress loopback;

  nice_address_init (&loopback);
  g_assert_true (nice_address_set_from_string (&loopback, "127.0.0.1"));
  nice_agent_add_local_address (agent, &loopback);
  g_object_set (agent, "upnp", FALSE, "ice-tcp", FALSE, NULL);
  *stream = nice_agent_add_stream (agent, 1);
  return agent;
}

/* Sockets are polled on threads of ICE to their end: the agent is freed there, and another thread that was about to read one
 * would find nothing. */
static void
test_never_on_main_thread (gconstpointer place)
{
  const BgTransportSink sink = { on_receive, on_closed, NULL };
  BgPacketPool *pool = bg_packet_pool_new (2048, 8);
  BgTransport *ice = bg_ice_transport_new (1, pool, &sink);
  guint stream;
  GMainContext *context = bg_ice_thread_new_context ();
  NiceAgent *agent = agent_new (context, &stream);
  BgIceInlet *inlet = bg_ice_inlet_new (agent, context, stream, ice);
  int before = polled_here ();
  gint gone = FALSE;

  g_assert_true (nice_agent_gather_candidates (agent, stream));
  bg_ice_inlet_poll_on (inlet, (BgIceInletPlace) GPOINTER_TO_INT (place));
  g_assert_cmpint (polled_here (), ==, before);
  bg_ice_inlet_free (inlet, on_gone, &gone);
  while (!g_atomic_int_get (&gone))
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpint (polled_here (), ==, before);
  bg_ice_thread_let_go (agent);
  bg_ice_thread_drop_context (context);
  bg_transport_unref (ice);
  g_assert_true (bg_packet_pool_destroy (pool));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/ice-inlet/never-on-main-thread/rests",
                        GINT_TO_POINTER (BG_ICE_INLET_RESTS), test_never_on_main_thread);
  g_test_add_data_func ("/ice-inlet/never-on-main-thread/busy", GINT_TO_POINTER (BG_ICE_INLET_BUSY),
                        test_never_on_main_thread);
  g_test_add_data_func ("/ice-inlet/never-on-main-thread/relayed",
                        GINT_TO_POINTER (BG_ICE_INLET_RELAYED), test_never_on_main_thread);
  return g_test_run ();
}
