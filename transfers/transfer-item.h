/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "bamgate.h"

G_BEGIN_DECLS

/* An item of bamgate_client_list_files(); texts are borrowed from `row`. */
typedef struct
{
  GVariant   *row;
  const char *id, *peer, *name, *state, *reason;
  gboolean    incoming;
  guint64     size, done; /* bytes */
} TransferItem;

void transfer_item_read (GVariant *list, gsize index, TransferItem *item);
/* FALSE where there is none; `list` may be NULL. */
gboolean transfer_item_find (GVariant *list, const char *id, TransferItem *item);
void transfer_item_clear (TransferItem *item);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (TransferItem, transfer_item_clear)
/* Nobody here has said anything to it. */
gboolean transfer_item_is_offer (const TransferItem *item);
gboolean transfer_state_is_over (const char *state);

G_END_DECLS
