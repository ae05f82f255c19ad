/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "doctor/checks.h"

/* One that is refused, does not come about, or whose routes are not taken, each; and how many there are of the others. */

typedef struct
{
  guint64 all, connected, relayed;
} Count;

static void
say_refused (const BgFactPeer *peer, GPtrArray *findings)
{
  bg_findings_add_problem (findings, "peers.refused", bg_words (ABOUT_PEER, peer->id, peer->reason),
                           bg_words (DOCTOR_PEER_REFUSED_MEANS), NULL);
}

static void
say_trying (const BgFactPeer *peer, GPtrArray *findings)
{
  if (peer->reason)
    bg_findings_add_note (findings, "peers.connecting",
                          bg_words (DOCTOR_PEER_TRYING, peer->id, peer->reason),
                          bg_words (DOCTOR_PEER_TRYING_MEANS), bg_words (DOCTOR_PEER_TRYING_DEED));
}

static void
say_route (const BgFactPeer *peer, GPtrArray *findings)
{
  bg_findings_add_note (findings, "peers.routes", bg_words (ABOUT_PEER, peer->id, peer->reason),
                        bg_words (DOCTOR_PEER_ROUTE_MEANS), bg_words (DOCTOR_PEER_ROUTE_DEED));
}

static Count
look_at_each (const BgFacts *facts, GPtrArray *findings)
{
  Count count = { .all = facts->peers->len };

  for (guint i = 0; i < facts->peers->len; i++)
    {
      const BgFactPeer *peer = &g_array_index (facts->peers, BgFactPeer, i);

      if (peer->state == BG_FACT_PEER_REFUSED)
        say_refused (peer, findings);
      else if (peer->state == BG_FACT_PEER_CONNECTING)
        say_trying (peer, findings);
      else if (bg_words_is (peer->reason, BG_SAY_ROUTE_NOT_TAKEN))
        say_route (peer, findings);
      count.connected += peer->state == BG_FACT_PEER_CONNECTED;
      count.relayed += peer->state == BG_FACT_PEER_CONNECTED && peer->relayed;
    }
  return count;
}

void
bg_check_peers (const BgFacts *facts, GPtrArray *findings)
{
  Count count;

  if (facts->state != BG_FACT_UP)
    return;
  count = look_at_each (facts, findings);
  bg_findings_add_ok (findings, "peers.connected",
                      bg_words (DOCTOR_PEERS, count.connected, count.all));
  if (count.relayed > 0)
    bg_findings_add_note (findings, "peers.relayed", bg_words (DOCTOR_PEERS_RELAYED, count.relayed),
                          bg_words (DOCTOR_PEERS_RELAYED_MEANS),
                          bg_words (DOCTOR_PEERS_RELAYED_DEED));
}
