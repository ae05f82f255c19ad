/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a diagnosis knows when it begins: a snapshot that outlives the tunnel. Whoever knows more than this room fills it in
 * (app/application-doctor.c), once, before it is handed out. Counted; main thread only. */

#include "common/words.h"
#include "net/local-networks.h"

G_BEGIN_DECLS

typedef enum
{
  BG_FACT_OFF,
  BG_FACT_STARTING, /* also between two attempts */
  BG_FACT_UP,
  BG_FACT_STOPPING,
  BG_FACT_FAILED,
} BgFactState;

typedef enum
{
  BG_FACT_LINE_NONE,    /* there is no hub to speak with */
  BG_FACT_LINE_OFFLINE, /* nobody tries */
  BG_FACT_LINE_TRYING,
  BG_FACT_LINE_ONLINE,
} BgFactLine;

typedef struct
{
  /* The tunnel */
  gboolean has_network; /* settings that a tunnel can be made of */
  BgFactState state;
  GPtrArray *reasons; /* BgWords: why it is not up, or what is wrong; NULL */
  gboolean is_wanted; /* somebody or autostart brought it up */

  /* The hub */
  char *hub_url; /* without pin; NULL: none */
  BgFactLine line;
  BgWords *line_reason; /* why it is not online; NULL */
  gint64 line_retry_us; /* when it is tried again, real time; 0: not */

  /* This machine's networks */
  BgLocalNetworks *networks; /* NULL: not known */
  BgIpPrefix addresses[2];   /* of the tunnel, with the length of its network */
  guint n_addresses;
} BgFacts;

/* All is unset. */
BgFacts *bg_facts_new (void);
BgFacts *bg_facts_ref (BgFacts *self);
void bg_facts_unref (BgFacts *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgFacts, bg_facts_unref)

G_END_DECLS
