/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "worker/core/membership.h"
#include "worker/hub/hub-writer.h"

G_BEGIN_DECLS

/* The log that says who is in a signed network (docs/devices.md, The log): its entries, and what they come to. The core judges;
 * hashes and signatures are looked at here. */
typedef struct _BgHubLog BgHubLog;

enum
{
  BG_HUB_LOG_PAGE = 256 * 1024, /* bytes that are handed out at once */
};

/* Takes `entries` (of BgHubLogEntry, by number), all of which are checked; `writer` lives longer, and may be NULL where none is to be appended. */
BgHubLog *bg_hub_log_new (GPtrArray *entries, BgHubWriter *writer, GError **error);
void bg_hub_log_free (BgHubLog *log);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgHubLog, bg_hub_log_free)

/* Who is in it, until the next append. */
const BgMembership *bg_hub_log_get_membership (BgHubLog *log);
/* How many entries; 0: the network is not signed. */
guint bg_hub_log_count (BgHubLog *log);
/* The entries from this number on, as bytes, at most BG_HUB_LOG_PAGE of them; borrowed. Free the array alone. */
GPtrArray *bg_hub_log_list (BgHubLog *log, guint from);

typedef enum
{
  BG_HUB_LOG_TAKEN,
  BG_HUB_LOG_WRONG,       /* no entry, a wrong signature, a time that has not come */
  BG_HUB_LOG_NOT_ALLOWED, /* whoever signed it may not */
  BG_HUB_LOG_CONTRADICTS, /* the log has gone on meanwhile, or says something else */
  BG_HUB_LOG_FULL,
} BgHubLogAnswer;

/* Appends entries (of GBytes), all or none. `why` is for people. `now` is in Unix seconds. */
BgHubLogAnswer bg_hub_log_append (BgHubLog *log, GPtrArray *entries, gint64 now, const char **why);

G_END_DECLS
