/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What is said to a question of this machine: by the zone of our names first, then by the servers of the domain that the name is in,
 * and else that it is none of ours. Main thread only. */

#include "names/forward-table.h"
#include "names/forwarder.h"
#include "names/zone.h"

G_BEGIN_DECLS

typedef struct _BgResolver BgResolver;

/* Questions since it is there, by what became of them. */
typedef struct
{
  guint64 here;      /* answered, if only with an error */
  guint64 forwarded; /* others were asked */
  guint64 refused;   /* none of ours, or not to be read */
} BgResolverCounts;

/* `forwarder` (borrowed) outlives it. */
BgResolver *bg_resolver_new (BgForwarder *forwarder);
void bg_resolver_free (BgResolver *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgResolver, bg_resolver_free)
/* From the next question on; NULL: there are none. Until there is a zone every answer is that it is not ready. */
void bg_resolver_set_zone (BgResolver *self, BgZone *zone);
void bg_resolver_set_table (BgResolver *self, BgForwardTable *table);
/* `done` is called once, now or later, with NULL where nothing is to be said. */
void bg_resolver_ask (BgResolver *self, const guint8 *data, gsize len, gboolean udp, gint64 now_ms, BgForwarderDone done,
                      gpointer asker);
const BgResolverCounts *bg_resolver_get_counts (const BgResolver *self);

G_END_DECLS
