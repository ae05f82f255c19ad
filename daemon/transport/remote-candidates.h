/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The peer's candidates on their way to our agent: judged, those with a name looked up, the useful ones chosen
 * (candidate-set.h). What comes before the description that it belongs to waits for it. What comes when the agent has a relayed one
 * waits until there is a pair, at most a quarter of a second. Main thread only. */

#include "ice-addresses.h"
#include "sdp-text.h"

#include <nice/agent.h>

G_BEGIN_DECLS

typedef struct _BgRemoteCandidates BgRemoteCandidates;

typedef struct
{
  NiceAgent *agent; /* referenced */
  guint stream;
  GInetAddressMask *const *exclude; /* NULL-terminated: where none may be; outlives it */
  BgIceAddresses *addresses;        /* referenced: to judge them by; NULL: not known */
  gboolean on_loopback;             /* we gather such addresses: theirs may be such too */
  gboolean tcp;                     /* TCP candidates are of use */
} BgRemoteCandidatesConfig;

BgRemoteCandidates *bg_remote_candidates_new (const BgRemoteCandidatesConfig *config);
/* No question is open any more. Fine on NULL. */
void bg_remote_candidates_free (BgRemoteCandidates *self);
/* Takes a line, with or without "candidate:". Ignored with TRUE: an empty one (the end of them, spec 2.3), components above 1,
 * names other than those of multicast DNS, TCP where it is of no use, another description's ufrag, what finds no place.
 * Refused: rubbish, unusable addresses, those inside `exclude`, those that `addresses` has an objection to. */
gboolean bg_remote_candidates_add (BgRemoteCandidates *self, const char *line, GError **error);
/* Once, when the description is known: those in it, and those that came before, go to the agent. `tcp_waits`: those over TCP
 * once checks over UDP are at their end; a controlling agent takes none over TCP while some are under way, since with them
 * nomination is the regular one (RFC 6544, 8). */
void bg_remote_candidates_set_description (BgRemoteCandidates *self, const BgSdp *sdp,
                                           gboolean tcp_waits);
/* A pair was found: TCP that waits is not needed any more, and what else waits is given soon. */
void bg_remote_candidates_settle (BgRemoteCandidates *self);

G_END_DECLS
