/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "signaling/device-credential.h"

#define ID "0123456789abcdef0123456789abcdef"
#define SECOND G_GINT64_CONSTANT (1000000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define WEEK_S (7 * 24 * 3600)

/* A hub that keeps to docs/devices.md, and a store; answers and writes get lost as the test says. */
typedef struct
{
  char current, previous; /* digits of its refresh tokens; 0: none */
  gboolean current_used, is_pending, is_revoked;
  gint64 made_s;
  guint n_access;
  char next;
} Hub;

typedef struct
{
  Hub hub;
  BgDeviceCredential *credential;
  char *store; /* NULL: nothing */
  gint64 now;
  gboolean loses_answers, store_is_full;
  guint refreshes, rotations, registrations, writes;
} World;

double world_random (void);
/* What is stored of it, and of the one before (0: none). */
char *world_text (char digit, char previous);
/* kill -9, and a start */
void world_restart (World *w);
void world_run_for (World *w, gint64 span);
void world_assert_state (World *w, BgCredentialState state);
void world_assert_open (World *w);
void world_assert_stored (World *w, char digit, char previous);
/* One step; FALSE where there is nothing to do. */
gboolean world_step (World *w, gint64 *due);
/* A refresh token whose digits are all `digit`. */
char *world_token (char digit);
gboolean hub_refreshes (World *w, char shown, gboolean rotate, char *fresh, BgCredentialRefusal *why);
void write_it (World *w);
/* With a credential in the store; `digit` 0: without. */
void world_start (World *w, char digit);
void world_end (World *w);
