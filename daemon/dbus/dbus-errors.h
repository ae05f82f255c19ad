/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/error.h"

G_BEGIN_DECLS

/* An error on the bus is a name and an English message. GDBus loses the message of one that has more in its body, so whoever wants the
 * code behind it asks for that (ExplainError): the last few of them are kept. Main thread only. */

/* Gives every BG_ERROR its name on the bus, org.bamgate.Tunnel1.Error.*; fine to call again. */
void bg_dbus_errors_register (void);
/* Answers a call with `error`. What has no name on the bus goes out as …Error.Failed with the same words. */
void bg_dbus_return_error (GDBusMethodInvocation *invocation, const GError *error);
/* The same with what it says; takes it. */
void bg_dbus_return (GDBusMethodInvocation *invocation, BgError code, BgWords *take);
/* The same for an error of another name. */
void bg_dbus_return_named (GDBusMethodInvocation *invocation, const char *name, BgWords *words);
/* What an error said that `caller` got lately (transfer full); NULL where it is not known. */
BgWords *bg_dbus_dup_said (const char *caller, const char *message);

G_END_DECLS
