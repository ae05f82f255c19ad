/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One method call of the bus as an asynchronous function or a blocking one; errors come without GDBus's prefix. Private. */

#include <gio/gio.h>

G_BEGIN_DECLS

/* Calls `method` of `proxy` and finishes for `source`, which is kept alive until then. `parameters` is a floating tuple or NULL. */
void bamgate_call (gpointer source, gpointer proxy, const char *method, GVariant *parameters,
                   GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
/* → the answer's tuple. */
GVariant *bamgate_call_finish (gpointer source, GAsyncResult *result, GError **error);
/* The same where the answer says nothing. */
gboolean bamgate_call_finish_void (gpointer source, GAsyncResult *result, GError **error);
GVariant *bamgate_call_sync (gpointer proxy, const char *method, GVariant *parameters, GCancellable *cancellable,
                             GError **error);
gboolean bamgate_call_sync_void (gpointer proxy, const char *method, GVariant *parameters, GCancellable *cancellable,
                                 GError **error);
/* The only member of an answer, which is taken; NULL stays NULL. */
GVariant *bamgate_call_take_only (GVariant *answer);
/* A tuple of one a{sv}; NULL stands for the empty one, a floating one is taken. */
GVariant *bamgate_call_options (GVariant *options);

G_END_DECLS
