/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* All transfers of this machine, in both directions, by id: how many there may be, how much a peer may offer, and when what has ended is
 * forgotten. Main thread only. */

#include "files/file-transfer.h"

G_BEGIN_DECLS

enum
{
  BG_FILES_PER_PEER = 16,    /* of one peer, that are not over */
  BG_FILES_OUTGOING = 64,    /* that are not over */
  BG_FILES_OVER = 64,        /* that are over; the oldest goes first */
  BG_FILES_NEW_A_MINUTE = 60, /* offers of one peer */
};

#define BG_FILES_KEPT_US (10 * 60 * G_USEC_PER_SEC)          /* once it is over */
#define BG_FILES_OFFER_SILENT_US (3 * 60 * G_USEC_PER_SEC)   /* of the sender of an offer */
#define BG_FILES_RUNNING_SILENT_US (15 * 60 * G_USEC_PER_SEC) /* of one that was taken */
#define BG_FILES_SENT_FOR_US (24 * 60 * 60 * (gint64) G_USEC_PER_SEC) /* of an outgoing one that nobody takes */

typedef struct _BgFileShelf BgFileShelf;

typedef enum
{
  BG_FILE_PLACE_FINE,
  BG_FILE_PLACE_NO_ROOM,   /* so many are there already: later */
  BG_FILE_PLACE_TOO_LARGE, /* for what the peer may offer at all */
} BgFilePlace;

BgFileShelf *bg_file_shelf_new (void);
void bg_file_shelf_free (BgFileShelf *self);
/* What one peer may offer at a time, in bytes. */
void bg_file_shelf_set_quota (BgFileShelf *self, guint64 bytes);
/* Is there a place for another offer of `peer`? Counts the question. */
BgFilePlace bg_file_shelf_judge (BgFileShelf *self, const char *peer, guint64 size, gint64 now_us);
gboolean bg_file_shelf_has_room_to_send (BgFileShelf *self);
/* Takes the reference; its id is new. */
void bg_file_shelf_add (BgFileShelf *self, BgFileTransfer *take);
/* NULL where there is none. */
BgFileTransfer *bg_file_shelf_find (BgFileShelf *self, const char *id);
/* Ends it without a word. */
void bg_file_shelf_remove (BgFileShelf *self, BgFileTransfer *transfer);
/* Whoever was silent for too long, and whatever has been over for long enough; TRUE where something went or changed. */
gboolean bg_file_shelf_sweep (BgFileShelf *self, gint64 now_us);
gboolean bg_file_shelf_is_empty (BgFileShelf *self);
/* (transfer container): BgFileTransfer, the oldest first. */
GPtrArray *bg_file_shelf_list (BgFileShelf *self);

G_END_DECLS
