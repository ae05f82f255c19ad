/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One file on its way: who sends whom what, how far it is, and whose of this machine's users it is. Main thread only. */

#include "common/words.h"
#include "files/open-file.h"

G_BEGIN_DECLS

#define BG_FILE_NOBODY G_MAXUINT32 /* no user has taken it */

typedef struct
{
  grefcount    refs;
  char         id[BG_FILE_ID_LEN + 1];
  char        *peer, *name;
  guint64      size, done; /* bytes */
  gboolean     incoming;
  guint32      uid;        /* BG_FILE_NOBODY: an offer */
  BgFileState  state;
  BgWords     *reason;     /* NULL for none */
  BgOpenFile  *file;       /* NULL: none yet, or not any more */
  gboolean     busy;       /* the file is at work: its figures are not to be looked at */
  gconstpointer holder;    /* incoming: whose piece is taken next; NULL */
  char         digest[BG_FILE_DIGEST_LEN + 1]; /* of the first `done` bytes */
  gint64       began_us, heard_us, ended_us; /* monotonic */
  GCancellable *cancellable; /* cancelled when it is over */
  void       (*over) (gpointer carrier); /* called once, when it is over or disowned; NULL */
  gpointer     carrier;
  void       (*changed) (gpointer owner);
  gpointer     owner;
} BgFileTransfer;

/* `changed` is called whenever state or reason are others, until bg_file_transfer_disown(). */
BgFileTransfer *bg_file_transfer_new (const char *id, const char *peer, const char *name, guint64 size, void (*changed) (gpointer owner),
                                      gpointer owner);
BgFileTransfer *bg_file_transfer_ref (BgFileTransfer *self);
void bg_file_transfer_unref (BgFileTransfer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgFileTransfer, bg_file_transfer_unref)
/* Ends what is under way for it, without a word. */
void bg_file_transfer_disown (BgFileTransfer *self);
/* The only way from one state to another; takes `reason` (NULL for none). What is over stays so. */
void bg_file_transfer_move (BgFileTransfer *self, BgFileState state, BgWords *reason);
/* The file is where it is now. */
void bg_file_transfer_note_progress (BgFileTransfer *self);
/* What the other side is told of it. */
void bg_file_transfer_get_status (const BgFileTransfer *self, BgFileStatus *status);
gboolean bg_file_transfer_is_over (const BgFileTransfer *self);
/* An offer that nobody here has said anything to. */
gboolean bg_file_transfer_is_free (const BgFileTransfer *self);
/* May `uid` see and end it? An offer is nobody's, any other root's too. */
gboolean bg_file_transfer_is_of (const BgFileTransfer *self, guint32 uid);
/* An item of org.bamgate.Tunnel1.Files.List. */
void bg_file_transfer_describe (const BgFileTransfer *self, GVariantBuilder *list);

G_END_DECLS
