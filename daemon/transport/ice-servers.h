/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* STUN and TURN servers for agents. libnice is given addresses only: names are asked for here, without anybody waiting for
 * an answer that may never come, and known from then on. Main thread only. */

#include <nice/agent.h>

G_BEGIN_DECLS

typedef struct _BgIceServers BgIceServers;

/* `stun` of "stun://host:port", `turn` of "turn(s)://user:pass@host:port?transport=…", credentials percent-encoded; each NULL for
 * none. What cannot be read is left out, and the log says so. Names that are not known are asked for, and STUN servers whether they
 * answer (stun-servers.h). */
BgIceServers *bg_ice_servers_new (const char *const *stun, const char *const *turn);
/* The questions alone, before there is something to gather for. */
void bg_ice_servers_ask (const char *const *stun);
void bg_ice_servers_free (BgIceServers *self);
/* The first answer to the name of some TURN server is still due, or to all that was asked of the STUN servers. */
gboolean bg_ice_servers_are_pending (BgIceServers *self);
/* Gives those relays whose addresses are known to the stream, before it gathers, and the first STUN server that answers; where none
 * did yet, the first that may. */
void bg_ice_servers_give (BgIceServers *self, NiceAgent *agent, guint stream);

G_END_DECLS
