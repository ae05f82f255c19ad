/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "bamgate.h"

G_BEGIN_DECLS

/* What bamgate_client_list_files() says, and with `offers` what bamgate_client_list_file_offers() does, whenever it may be something else. In
 * the main loop. */

typedef struct _TransferWatch TransferWatch;

/* `on_list` hears each list, NULL while the daemon is not there. What is offered is not in it where this user may not know without a
 * password. */
TransferWatch *transfer_watch_new (BamgateClient *client, gboolean offers, void (*on_list) (gpointer owner, GVariant *list),
                                   gpointer owner);
void transfer_watch_free (TransferWatch *self);
/* Somebody looks at how far things are: it is asked twice a second too. */
void transfer_watch_be_lively (TransferWatch *self, gboolean lively);
/* Asks now. */
void transfer_watch_ask (TransferWatch *self);

G_END_DECLS
