/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What entering a network changes, written down whole before any of it is done, so that a machine that goes down meanwhile is, with the next
 * start, in the network or as it was before: secrets, settings, the network's log and what was remembered of peers. It is a secret itself
 * ("entering"). Main thread only. */

#include "app/secret-store.h"
#include "membership/entry-crypto.h"

G_BEGIN_DECLS

/* What becomes of what is known of the network and those who are in it. */
typedef struct
{
  gboolean forgets_peers, forgets_log;
  gboolean takes_log; /* that was staged (bg_membership_log_stage()), and ends in: */
  guint8   head[BG_ENTRY_HASH];
} BgEntryPlan;

typedef struct
{
  GVariant   *settings;                                /* a{sv}, as of bg_config_change() */
  const char *token, *device_credential, *turn_secret; /* NULL: none from now on */
  BgEntryPlan plan;
} BgEntryJournal;

/* What is remembered of those who are in the network that is left, and of their names. */
void bg_entry_journal_unlink_peers (const char *state_dir);
/* From here on it is done, whatever happens, until it is removed. */
gboolean bg_entry_journal_write (BgSecretStore *secrets, const BgEntryJournal *journal, GError **error);
/* All of it was done, or taken back. */
gboolean bg_entry_journal_remove (BgSecretStore *secrets, GError **error);
/* What a start finds: does all of it, once more where it was done already, before anything is read. TRUE also where there is none. */
gboolean bg_entry_journal_finish (const char *config_path, const char *secrets_dir, const char *state_dir, GError **error);

G_END_DECLS
