/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A connection as a text: the line of an invite, a wg-quick(8) file, or the line "bamgatectl up" for the network that the machine is
 * in already. What is written can be read again, by this and by bamgatectl. */

#include <NetworkManager.h>

G_BEGIN_DECLS

/* `name` is what the connection is called. NULL for a text that is none of them. */
NMConnection *connection_file_read (const char *text, const char *name, GError **error);
/* Free with wg_quick_free_text(): keys and codes that the connection has are in it. */
char *connection_file_write (NMConnection *connection, GError **error);
/* Has it keys or a code? */
gboolean connection_file_has_secrets (NMConnection *connection);

G_END_DECLS
