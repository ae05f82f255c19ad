/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the value of an option or a setting may be, for completion. All need a client. */

#include "bamgatectl/ctl.h"

G_BEGIN_DECLS

/* `value` is valid during the call; `about` says what it is, "" for nothing. */
typedef void (*CompleteValue) (const char *value, const char *about, gpointer data);

/* Machines that offer to be an exit, as bamgatectl takes their names. */
void complete_exits (Ctl *ctl, CompleteValue func, gpointer data);
/* Machines of the network, or those that wait for it, in the same way. */
void complete_devices (Ctl *ctl, gboolean waiting, CompleteValue func, gpointer data);
/* What this machine publishes. */
void complete_services (Ctl *ctl, CompleteValue func, gpointer data);
/* Invites that are open, by what they are called. */
void complete_invites (Ctl *ctl, CompleteValue func, gpointer data);
/* Endpoints by their keys, and what may be said of where one is to be had. */
void complete_endpoints (Ctl *ctl, CompleteValue func, gpointer data);
void complete_listen_modes (CompleteValue func, gpointer data);
/* Of an option of `peers set`: what that peer (a word of the command line) offers. FALSE for others. */
gboolean complete_offered (Ctl *ctl, const char *peer, const char *option, CompleteValue func,
                           gpointer data);
/* Of the setting "device.exit". */
void complete_setting (Ctl *ctl, const char *key, CompleteValue func, gpointer data);
/* Keys of what is taken of each peer, whether they are set or not. */
void complete_accept_keys (Ctl *ctl, CompleteValue func, gpointer data);

G_END_DECLS
