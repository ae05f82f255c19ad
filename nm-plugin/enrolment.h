/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a connection needs of this machine before it can be brought up: that it is in the network that the connection names, and
 * knows its static peers. The first connect makes that so, where it may: for a connection of all users, which
 * NetworkManager lets only some make, and with the connection's secrets. */

#include <NetworkManager.h>
#include <bamgate.h>

G_BEGIN_DECLS

#define ENROLMENT_ERROR (enrolment_error_quark ())
GQuark enrolment_error_quark (void);

typedef enum
{
  ENROLMENT_ERROR_SECRET, /* one is missing or was refused */
  ENROLMENT_ERROR_REFUSED, /* anything else */
} EnrolmentError;

/* The name of a secret that is missing and needed now; NULL. Blocks for a question to the daemon. */
const char *enrolment_find_missing_secret (BamgateClient *client, NMConnection *connection);
void enrolment_run (BamgateClient *client, NMConnection *connection, GCancellable *cancellable,
                    GAsyncReadyCallback callback, gpointer data);
gboolean enrolment_run_finish (GAsyncResult *result, GError **error);

G_END_DECLS
