/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One method call of the bus as an asynchronous function or a blocking one; errors come without GDBus's prefix. Private. */

#include <gio/gio.h>

G_BEGIN_DECLS

#define BAMGATE_BUS_NAME "org.bamgate.Tunnel1"
#define BAMGATE_BUS_PATH "/org/bamgate/Tunnel1"
#define BAMGATE_FILES_INTERFACE "org.bamgate.Tunnel1.Files"

/* Who is called. Without a connection every call fails. */
typedef struct
{
  GDBusConnection *connection;
  char            *path;
  const char      *interface;
  GDBusCallFlags   flags;
  gboolean         unattended; /* no person is asked for a password */
} BamgateTarget;

void bamgate_target_clear (BamgateTarget *self);

/* Calls `method` of `target` and finishes for `source`, which is kept alive until then. `reply_type` is what an answer must be, NULL
 * for anything; `parameters` is a floating tuple or NULL. */
void bamgate_call (gpointer source, const BamgateTarget *target, const char *method, const char *reply_type,
                   GVariant *parameters, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
/* The same with a file, which `parameters` name as handle 0; `fd` stays the caller's. */
void bamgate_call_with_file (gpointer source, const BamgateTarget *target, const char *method, const char *reply_type,
                             GVariant *parameters, int fd, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
/* → the answer's tuple. */
GVariant *bamgate_call_finish (gpointer source, GAsyncResult *result, GError **error);
GVariant *bamgate_call_sync   (const BamgateTarget *target, const char *method, const char *reply_type,
                               GVariant *parameters, GCancellable *cancellable, GError **error);

/* What is in an answer, which is taken; NULL stays FALSE. */
gboolean  bamgate_call_take_nothing (GVariant *answer);
gboolean  bamgate_call_take_uint64  (GVariant *answer, guint64 *number);
GVariant *bamgate_call_take_only    (GVariant *answer);
/* An a{sv} for the parameters; NULL stands for the empty one, a floating one is taken. */
GVariant *bamgate_call_dict (GVariant *dict);

/* Takes `inner`, an error of GDBus. */
GError *bamgate_call_translate (GError *inner);

G_END_DECLS
