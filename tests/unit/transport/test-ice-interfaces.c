/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The order that libnice ranks addresses by is ours, in every program that this room is linked into. */

#include "transport/ice-interfaces.h"

#include <nice/agent.h>

static void
add (NiceAgent *agent, const char *text)
{
  NiceAddress address;

  nice_address_init (&address);
  g_assert_true (nice_address_set_from_string (&address, text));
  g_assert_true (nice_agent_add_local_address (agent, &address));
}

static void
on_gathered (NiceAgent *agent, guint stream, gboolean *done)
{
  *done = TRUE;
}

static void
on_received (NiceAgent *agent, guint stream, guint component, guint len, char *buf, gpointer data)
{
}

static guint32
priority_of (NiceAgent *agent, guint stream, const char *text)
{
  GSList *candidates = nice_agent_get_local_candidates (agent, stream, 1);
  guint32 priority = 0;

  for (GSList *item = candidates; item; item = item->next)
    {
      const NiceCandidate *candidate = item->data;
      char shown[NICE_ADDRESS_STRING_LEN];

      nice_address_to_string (&candidate->addr, shown);
      if (g_str_equal (shown, text))
        priority = candidate->priority;
    }
  g_slist_free_full (candidates, (GDestroyNotify) nice_candidate_free);
  return priority;
}

static void
test_order (void)
{
  const char *const orders[][3] = { { "127.0.0.2", "127.0.0.1", NULL },
                                    { "127.0.0.1", "127.0.0.2", NULL } };

  for (gsize i = 0; i < G_N_ELEMENTS (orders); i++)
    {
      NiceAgent *agent = nice_agent_new (NULL, NICE_COMPATIBILITY_RFC5245);
      guint stream = nice_agent_add_stream (agent, 1);
      gboolean done = FALSE;

      bg_ice_interfaces_rank (orders[i]);
      add (agent, "127.0.0.1");
      add (agent, "127.0.0.2");
      g_object_set (agent, "upnp", FALSE, "ice-tcp", FALSE, NULL);
      g_signal_connect (agent, "candidate-gathering-done", G_CALLBACK (on_gathered), &done);
      nice_agent_attach_recv (agent, stream, 1, NULL, on_received, NULL);
      g_assert_true (nice_agent_gather_candidates (agent, stream));
      while (!done)
        g_main_context_iteration (NULL, TRUE);
      g_assert_cmpuint (priority_of (agent, stream, orders[i][0]), >,
                        priority_of (agent, stream, orders[i][1]));
      g_object_unref (agent);
    }
  bg_ice_interfaces_rank (NULL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ice-interfaces/order", test_order);
  return g_test_run ();
}
