/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Something that the daemon, or somebody else, is asked for and a person waits for, in the main loop: what takes longer than a
 * moment is told (progress.h), and Ctrl-C ends the waiting. One at a time:
 *
 *     Call *call = call_new (ctl, _ ("Asking the hub for an invite"), NULL);
 *
 *     bamgate_client_invite (ctl->client, NULL, call_cancellable (call), call_on_answer, call);
 *     invite = bamgate_client_invite_finish (ctl->client, call_wait (call), &error);
 *     if (!invite)
 *       return call_fail (call, _ ("invite"), error);
 *     call_free (call);
 */

#include "bamgatectl/ctl.h"

typedef struct _Call Call;

/* Without ctl->client it is somebody else who is asked. `what` may be NULL: nobody is told. `goes_on`: what to say where the daemon goes on with it after Ctrl-C; NULL: it does not. */
Call *call_new (Ctl *ctl, const char *what, const char *goes_on);
GCancellable *call_cancellable (Call *self);
/* Its answer is told once and would be lost: Ctrl-C does not end the waiting, but for a password. */
void call_hold (Call *self);
/* Something else is waited for now. */
void call_say (Call *self, const char *what);
/* Why it takes so long; "" for nothing to say. */
void call_explain (Call *self, const char *reason);
/* The callback of the call. */
void call_on_answer (GObject *source, GAsyncResult *result, gpointer call);
/* Until the answer is there, which belongs to the call. */
GAsyncResult *call_wait (Call *self);
/* Forgets the answer: something else is asked next. */
void call_go_on (Call *self);
/* Until `done` (may be NULL) says so, `ms` have passed, or Ctrl-C; FALSE for the last. */
gboolean call_wait_until (Call *self, gboolean (*done) (Ctl *ctl), guint ms);
gboolean call_is_interrupted (const Call *self);
/* Ends the call and says what went wrong, as ctl_fail(). */
CtlExit call_fail (Call *self, const char *doing, GError *error);
void call_free (Call *self);
