/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A signalling client and the service that it dials. */

#include "fake-service.h"
#include "signaling/signaling-client-private.h"

#define TOKEN "bg_token"

typedef struct
{
  FakeService *service;
  BgSignalingClient *client;
  GPtrArray *messages; /* what listeners saw, as JSON */
  guint changes;
} Fixture;

/* A hurried client: its delays are a hundredth of the real ones. */
void client_make (Fixture *f);
void client_set_up (Fixture *f, gconstpointer data);
void client_tear_down (Fixture *f, gconstpointer data);
gboolean client_is (Fixture *f, BgSignalingState state);
void client_go_online (Fixture *f);
void client_assert_reason (Fixture *f, const char *part);
/* Milliseconds until the next attempt. */
gint64 client_delay (Fixture *f);
/* Everything that the hub has sent so far has arrived when it returns. */
void client_flush (Fixture *f);
