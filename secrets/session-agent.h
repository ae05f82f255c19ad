/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The agent of a session, as the applet and bamgatectl have it: what the daemon asks is in the person's keyring, or asked of
 * her. Main thread only. */

#include "bamgate.h"

G_BEGIN_DECLS

typedef struct _BgSessionAgent BgSessionAgent;

/* The person is to type a secret: answer `request`, now or later. Without one nobody can be asked. */
typedef void (*BgSessionAgentAsk) (BamgateSecretRequest *request, gpointer owner);
/* Something worth a line was done; `error` NULL: it worked. */
typedef void (*BgSessionAgentTold) (BamgateSecretRequest *request, const GError *error, gpointer owner);

/* `ask` and `told` may be NULL. `place` is "system" for the machine's daemon, "user" for the person's own. */
BgSessionAgent *bg_session_agent_new (BamgateClient *client, const char *place, BgSessionAgentAsk ask,
                                      BgSessionAgentTold told, gpointer owner);
void bg_session_agent_free (BgSessionAgent *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgSessionAgent, bg_session_agent_free)
/* Registered once the daemon is there; see bamgate_secret_agent_register(). */
BamgateSecretAgent *bg_session_agent_get (BgSessionAgent *self);

G_END_DECLS
