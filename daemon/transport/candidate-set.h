/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A bounded set of candidates of one side in which the useful ones find room, however many others there are: each kind has a
 * quota of its own, so that host addresses (a machine with containers has dozens) never crowd out the reflexive and relayed
 * ones, without which two NATs are not passed. Within a kind the higher priority stays, as long as neither was taken. Pure. */

#include "ice-candidate.h"

G_BEGIN_DECLS

enum
{
  BG_CANDIDATES_HOST_MAX = 8,      /* of one family */
  BG_CANDIDATES_TCP_MAX = 8,       /* of one family, whatever their type */
  BG_CANDIDATES_REFLEXIVE_MAX = 4, /* of one family */
  BG_CANDIDATES_RELAYED_MAX = 4,   /* of one family */
  BG_CANDIDATES_MAX = 48,          /* all of these */
};

typedef struct _BgCandidateSet BgCandidateSet;

BgCandidateSet *bg_candidate_set_new (void);
void bg_candidate_set_free (BgCandidateSet *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgCandidateSet, bg_candidate_set_free)
/* Takes `candidate` over, which has an address. FALSE where it found no room, or its transport address is there already;
 * TRUE may have cost another one its place. */
gboolean bg_candidate_set_add (BgCandidateSet *self, BgIceCandidate *candidate);
/* The one of the highest priority that was not taken yet, NULL when there is none. It keeps its place. (transfer full) */
BgIceCandidate *bg_candidate_set_take (BgCandidateSet *self);

G_END_DECLS
