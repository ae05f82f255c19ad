/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "fake-account.h"
#include "publish/operator.h"

/* An account, a directory, and a machine between them that is in a hurry. */
typedef struct
{
  FakeAccount *account;
  BgOperator *operator;
  BgOperatorOptions options;
  BgOperatorTiming timing;
  char *directory;
  guint changed, ingress_changed; /* signals */
} OperatorWorld;

void operator_world_set_up (OperatorWorld *w, gconstpointer data);
void operator_world_tear_down (OperatorWorld *w, gconstpointer data);
/* A new run of the daemon over what the last one left; without an API key. */
void operator_world_start (OperatorWorld *w);
void operator_world_give_key (OperatorWorld *w);
/* Starts it, gives it the key, and waits until it runs and has polled. */
void operator_world_run (OperatorWorld *w);
BgSourceState operator_world_state (OperatorWorld *w);
/* The saying of the reason; BG_SAYINGS where there is none. */
gboolean operator_world_says (OperatorWorld *w, BgSaying saying);
/* "http://a.b tcp://c.d:1" */
char *operator_world_list (OperatorWorld *w);
/* Waits until `n` more questions with `what` in them have come. */
void operator_world_await (OperatorWorld *w, const char *what, guint n);
char *operator_world_path (OperatorWorld *w, const char *name);
/* The text of a file in its directory; NULL. */
char *operator_world_read (OperatorWorld *w, const char *name);

/* Runs the main context until `condition`; meson's time limit ends what never comes. */
#define wait_for(condition)                                                                        \
  G_STMT_START                                                                                     \
  {                                                                                                \
    while (!(condition))                                                                           \
      g_main_context_iteration (NULL, TRUE);                                                       \
  }                                                                                                \
  G_STMT_END
