/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "bamgate-secret-agent.h"

G_BEGIN_DECLS

/* Takes `invocation`; the rest is copied. */
BamgateSecretRequest *bamgate_secret_request_new (BamgateSecretRequestKind kind, GDBusMethodInvocation *invocation,
                                                  const char *const *names, GVariant *secrets, GVariant *hints);

G_END_DECLS
