/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* app/application.h and the parts of peer/peer-set.h that the bus uses, without a tunnel behind them. */

#include "app/application.h"

BgApplication *fake_application_new (void);
void fake_application_set_state (BgApplication *self, BgState state, const char *reason);
void fake_application_set_bytes (BgApplication *self, guint64 rx, guint64 tx);
/* The interval that is wanted now. */
guint fake_application_interval (BgApplication *self);
/* How many clients want one. */
guint fake_application_clients (BgApplication *self);
/* Keeps Up() open until fake_application_finish_up(). */
void fake_application_hold_up (BgApplication *self);
gboolean fake_application_has_held_up (BgApplication *self);
void fake_application_finish_up (BgApplication *self);
/* What Configure() got last, or NULL. */
GVariant *fake_application_last_changes (BgApplication *self);

/* An endpoint more, and one less; `problem` (taken) is why it is not to be had. */
void fake_application_bind (BgApplication *self, const char *host, guint16 port, BgWords *problem);
void fake_application_unbind (BgApplication *self, const char *key);
/* So many bytes by a connection that stays open. */
void fake_application_carry (BgApplication *self, const char *key, guint64 up, guint64 down);
/* What the account was given; NULL: nothing. */
const char *fake_application_api_key (BgApplication *self);
guint fake_application_refreshes (BgApplication *self);

BgPeer *fake_application_add_peer (BgApplication *self, const char *id, gboolean is_static);
void fake_application_remove_peer (BgApplication *self, const char *id);
void fake_peer_set_latency (BgPeer *peer, gint64 latency_us);
/* How often somebody read what there is to say of it. */
guint fake_peer_reads (BgPeer *peer);
