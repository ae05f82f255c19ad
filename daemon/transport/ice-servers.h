/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* STUN and TURN servers for agents. libnice is given addresses only: names are asked for here, without anybody waiting for
 * an answer that may never come, and known from then on. Main thread only. */

#include <nice/agent.h>

G_BEGIN_DECLS

typedef struct _BgIceServers BgIceServers;

/* `stun` "stun://host:port" or NULL; `turn` "turn(s)://user:pass@host:port?transport=…", credentials percent-encoded, or
 * NULL. What cannot be read is left out, and the log says so. Names that are not known are asked for. */
BgIceServers *bg_ice_servers_new (const char *stun, const char *const *turn);
void bg_ice_servers_free (BgIceServers *self);
/* The first answer to some question is still due. */
gboolean bg_ice_servers_are_pending (BgIceServers *self);
/* Gives those whose addresses are known to the stream, before it gathers. */
void bg_ice_servers_give (BgIceServers *self, NiceAgent *agent, guint stream);

G_END_DECLS
