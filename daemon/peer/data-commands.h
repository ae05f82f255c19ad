/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Commands to the data plane, in order and none lost: its mailbox is bounded, so what finds it full waits here and is
 * posted again a little later. Main thread only. */

#include "common/ip-prefix.h"
#include "dataplane/dataplane.h"

#include <glib.h>

G_BEGIN_DECLS

/* A prefix in the data plane's form. */
BgAllowedIp bg_allowed_ip (const BgIpPrefix *prefix);
/* And back, masked. */
BgIpPrefix bg_allowed_ip_prefix (const BgAllowedIp *ip);

typedef struct _BgDataCommands BgDataCommands;

/* `dataplane` must outlive it. */
BgDataCommands *bg_data_commands_new (BgDataplane *dataplane);
/* What still waits is thrown away: the data plane goes too. */
void bg_data_commands_free (BgDataCommands *self);

void bg_data_commands_set_peer (BgDataCommands *self, const BgPeerConfig *config);
void bg_data_commands_set_endpoint (BgDataCommands *self, const WgKey *key, const BgEndpoint *endpoint);
void bg_data_commands_remove_peer (BgDataCommands *self, const WgKey *key);
/* A reference is taken. */
void bg_data_commands_attach (BgDataCommands *self, const WgKey *key, BgTransport *transport);
void bg_data_commands_detach (BgDataCommands *self, BgTransport *transport);
/* A new handshake: what answers it is alive. */
void bg_data_commands_handshake (BgDataCommands *self, const WgKey *key);
/* See bg_dataplane_rest(). */
void bg_data_commands_rest (BgDataCommands *self, const WgKey *key);
/* See bg_dataplane_say_head(). */
void bg_data_commands_say_head (BgDataCommands *self, const WgKey *key, const BgLogHead *head);
/* See bg_dataplane_say_part(). */
void bg_data_commands_say_part (BgDataCommands *self, const WgKey *key, const BgLogPart *part);
/* See bg_dataplane_say_leave(). */
void bg_data_commands_say_leave (BgDataCommands *self, const WgKey *key);
void bg_data_commands_ping (BgDataCommands *self, const WgKey *key, guint timeout_ms, guint64 cookie);

G_END_DECLS
