/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What somebody wants said in the log, and the entries that say it behind a state of the log: made anew where the log has gone on
 * meanwhile, as long as it still holds. Pure. */

#include "membership/entry-draft.h"

G_BEGIN_DECLS

typedef enum
{
  BG_WISH_PROTECT,      /* the network is signed: `record` is of the first owner, `others` are records too, `key` is the recovery key */
  BG_WISH_RECORD,       /* `record`, of a device that is in no entry; who has its name is `device`, and revoked, where `replaces` */
  BG_WISH_CHANGE,       /* `record` in place of that from the entry `based_on` */
  BG_WISH_REVOKE,       /* `device` */
  BG_WISH_ADD_OWNER,    /* `key` signs for `device` */
  BG_WISH_REMOVE_OWNER, /* whatever signs for `device` */
  BG_WISH_POLICY,       /* `policy` */
  BG_WISH_INVITE,       /* `key`, until `expires_at`, for `name`, with `record.granted` */
  BG_WISH_CANCEL,       /* `key` */
  BG_WISH_RECOVER,      /* signed with the recovery code: `key` is the new recovery key, `owner` the signing key of `record` */
  BG_WISH_JOIN,         /* signed with an invite: `record` */
  BG_WISH_AUTHORITY,    /* `certificate`, DER, is that of the network's authority; it is the signer's machine */
  BG_WISH_NAME,         /* `device` has `name` too; zeroes: nobody has */
} BgWishKind;

typedef struct
{
  BgWishKind     kind;
  guint8         seed[BG_SEED_BYTES]; /* who signs */
  BgMemberRecord record;
  GArray        *others; /* BgMemberRecord; NULL: none */
  guint8         key[BG_ENTRY_KEY];
  guint8         owner[BG_ENTRY_KEY];
  guint8         device[BG_ENTRY_KEY];
  gboolean       replaces;
  guint32        based_on;
  guint8         policy;
  guint64        expires_at;
  char           name[BG_ENTRY_MAX_NAME + 1];
  GBytes        *certificate;
} BgEntryWish;

BgEntryWish *bg_entry_wish_new (BgWishKind kind, const guint8 seed[BG_SEED_BYTES]);
/* Wipes the seed. */
void bg_entry_wish_free (BgEntryWish *wish);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgEntryWish, bg_entry_wish_free)

/* Adds to `draft` what is still to be said; nothing, and TRUE, where all of it is so. FALSE: it does not hold (any more), for that
 * reason. */
gboolean bg_entry_wish_draft (const BgEntryWish *wish, BgEntryDraft *draft, GError **error);

G_END_DECLS
