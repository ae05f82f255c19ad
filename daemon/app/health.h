/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What is wrong with a tunnel that is up: a message for people per concern. A new concern is a line here and a row of the table
 * in health.c, which says whether it makes the tunnel degraded or is a mere remark. Main thread only. */

#include "common/words.h"

G_BEGIN_DECLS

typedef struct _BgHealth BgHealth;

/* By rank: the first one that is set is said first. */
typedef enum
{
  BG_CONCERN_INTERFACE, /* it was taken away, or lost what we gave it */
  BG_CONCERN_STRICT,    /* packets can leave beside the exit, or none can though they may */
  BG_CONCERN_MEMBERS,   /* the log of who is in the network is not the others' */
  BG_CONCERN_EXIT,      /* the exit that was chosen does not work */
  BG_CONCERN_OVERLAP,   /* our subnet is also one of this machine's other networks */
  BG_CONCERN_HUB,       /* the hub of this machine does not run */
  BG_CONCERN_SIGNALING, /* no line to the hub */
  BG_CONCERN_BLOCKED,   /* a remark: one family does not go through the exit */
  BG_CONCERN_RELAY,     /* a remark: the hub's relay cannot be used */
  BG_CONCERN_READABLE,  /* a remark: the line to the hub is not encrypted */
  BG_CONCERN_EXIT_NAMES, /* a remark: the exit has no name servers for us */
  BG_CONCERN_RESOLVER,  /* a remark: nobody can ask us for names */
  BG_CONCERN_SYSTEM_DNS, /* a remark: this machine's own resolver does not ask us */
  BG_CONCERN_NAMES,     /* a remark: DNS cannot tell two of them apart */
  BG_CONCERN_SUFFIX,    /* a remark: the names do not end as the network wants it */
  BG_CONCERN_SERVICES,  /* a remark: what is published cannot be reached */
  BG_CONCERN_SETTINGS,  /* a remark: a setting could not be applied */
  BG_CONCERN_FILE,      /* a remark: the settings in the file are wrong, and those of before hold; also while it is down */
  BG_CONCERN_METRICS,   /* a remark: they are not to be had where the settings say */
  BG_CONCERN_ROUTES,    /* a remark: not every route could be set, or was taken */
  BG_CONCERN_GATEWAY,   /* a remark: what is behind this machine cannot be reached through it */
  BG_CONCERNS
} BgConcern;

/* Told after a concern has another message. */
typedef void (*BgHealthChanged) (gpointer owner);

BgHealth *bg_health_new (BgHealthChanged changed, gpointer owner);
void bg_health_free (BgHealth *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgHealth, bg_health_free)

/* `take` is of one line, without a full stop at its end; NULL: there is nothing to say any more. */
void bg_health_set (BgHealth *self, BgConcern concern, BgWords *take);
/* What is said of it, borrowed; NULL: nothing. */
BgWords *bg_health_get (BgHealth *self, BgConcern concern);
/* A concern that degrades is set. */
gboolean bg_health_is_degraded (BgHealth *self);
/* What there is to say, by rank: BgWords (transfer full). */
GPtrArray *bg_health_describe (BgHealth *self);

G_END_DECLS
