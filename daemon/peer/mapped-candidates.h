/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The candidates of one session that a router's port mappings add to its own: where a host candidate's port is mapped, a
 * server-reflexive one says where (RFC 8445, 5.1.1.2: what is learnt from a NAT by other means). It is the last of its kind, since what
 * goes without a mapping needs nobody to renew it. Main thread only. */

#include "mapping/port-mapper.h"

G_BEGIN_DECLS

typedef struct _BgMappedCandidates BgMappedCandidates;

/* A candidate line, with ufrag where the host candidate has one; may come at any time, and again when a mapping has moved. */
typedef void (*BgMappedCandidateFound) (gpointer data, const char *candidate);

/* `mapper` NULL: there will be none. */
BgMappedCandidates *bg_mapped_candidates_new (BgPortMapper *mapper, BgMappedCandidateFound found,
                                              gpointer data);
/* Gives the mappings back. Fine on NULL. */
void bg_mapped_candidates_free (BgMappedCandidates *self);
/* A candidate of the session's own; only those of hosts, IPv4 and UDP are mapped. The same one with another ufrag takes its mapping
 * along. */
void bg_mapped_candidates_follow (BgMappedCandidates *self, const char *candidate);

G_END_DECLS
