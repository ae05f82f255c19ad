/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the daemon says, in the person's language: codes and arguments of the bus become words. A code that is not known, from a daemon
 * that is newer, leaves the daemon's own English. Private. */

#include "bamgate-call.h"

G_BEGIN_DECLS

/* `text` of ours in the person's language. */
const char *bamgate_gettext (const char *text) G_GNUC_FORMAT (1);
#define _(text) bamgate_gettext (text)

/* What the property `bus_name` is for people, of all that `dict` (a{sv}) tells: NULL where it is what stands there. */
GVariant *bamgate_words_of_property (GVariant *dict, const char *bus_name);
/* The same for what a method answered: lists of things and why ("refused-routes"), whose codes stand beside them. Takes `answer`, an
 * a{sv} or anything else. */
GVariant *bamgate_words_of_answer (GVariant *answer);

/* Whether the daemon may know more about `error`, which came from the bus. */
gboolean bamgate_words_may_explain (const GError *error);
/* Asks it (5 s at most), and puts `error`, which is taken, into words. */
void bamgate_words_explain (const BamgateTarget *target, GError *error, GCancellable *cancellable,
                            GAsyncReadyCallback callback, gpointer data);
/* → the error */
GError *bamgate_words_explain_finish (GAsyncResult *result);
GError *bamgate_words_explain_sync (const BamgateTarget *target, GError *error, GCancellable *cancellable);

G_END_DECLS
