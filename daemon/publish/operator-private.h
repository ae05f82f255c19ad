/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The inside of a BgOperator. operator.c: what it is, and when it does what; operator-work.c: the steps; operator-leave.c: what others
 * ask of the account. */

#include "publish/operator.h"
#include "publish/operator-api.h"
#include "publish/operator-files.h"
#include "publish/operator-question.h"
#include "publish/operator-step.h"

#define BG_OPERATOR_PATH "/kubernetes_operators"
#define BG_OPERATOR_PAGE "?limit=100"

struct _BgOperator
{
  GObject parent;

  /* settings */
  char *name, *description, *api_url, *ingress_host; /* `ingress_host` NULL: as the account says */
  guint16 ingress_port;
  char **selectors;
  GProxyResolver *proxies;
  BgOperatorTiming timing;
  BgOperatorApi *api;
  GHashTable *answers; /* NULL: nobody counts */
  gboolean has_api_key;

  /* this machine at the account */
  BgOperatorFiles *files;
  char *id, *instance; /* NULL: none yet */
  BgTlsIdentity *identity;
  char *told, *told_host; /* of the ingress, by the account: as written, and read; NULL: nothing */
  guint16 told_port;
  GFileMonitor *watches[2]; /* certificate and key */
  GSource *reload;

  /* what it wants */
  GPtrArray *list;
  gboolean was_empty; /* the last answer had none, and nobody believed it */
  gint64 polled_at;   /* realtime, s */

  /* what is due: boottime in µs */
  BgOperatorPace pace, certify_pace;
  gint64 not_before, poll_due, certify_after, register_after;
  gboolean has_asked, is_unread, is_suspected, wants_others, must_renew;
  GSource *timer;

  /* what goes on */
  GCancellable *cancellable;
  BgOperatorStep step; /* BG_STEP_REST: nothing */
  char *new_key;       /* secret: of the certificate that was asked for */
  char *new_id;        /* whom the account is asked for it */
  GPtrArray *new_list;

  /* how it is */
  BgAnswerKind kind;
  BgWords *trouble, *objection; /* `objection`: to the selectors */
  gboolean is_leaving;
  BgSourceState told_state;
  BgWords *told_reason;
};

/* operator.c */

/* Does what is due, or waits until something is. */
void bg_operator_run (BgOperator *self);
/* What `self->step` came to; takes `answer`. */
void bg_operator_done (BgOperator *self, BgOperatorAnswer *answer);
/* Ends what goes on; its answer will be nobody's. */
void bg_operator_interrupt (BgOperator *self);
/* "changed", where it is. */
void bg_operator_announce (BgOperator *self);
/* Takes `identity` (NULL: none), tells others where it is another. */
void bg_operator_take_identity (BgOperator *self, BgTlsIdentity *identity);
/* What the account says of this machine. */
void bg_operator_take_record (BgOperator *self, const BgOperatorRecord *record);
/* Takes a whole list that the account has given. */
void bg_operator_take_list (BgOperator *self, GPtrArray *list);

/* operator-work.c */

/* Begins `step`, which ends with bg_operator_done(). */
void bg_operator_begin (BgOperator *self, BgOperatorStep step);
