/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "worker/hub/hub-store.h"

G_BEGIN_DECLS

/* Writes changes to the database from a thread of its own, so that nobody waits for a disk or for somebody else's lock.
 * Changes are written in the order in which their rows first changed, all that wait in one transaction; what cannot be
 * written is kept and tried again. Of a row that changes again meanwhile, only the last state is written. */
typedef struct _BgHubWriter BgHubWriter;

typedef void (*BgHubWriterFunc) (gpointer data);

/* Takes `store`; calls back on the caller's main context. */
BgHubWriter *bg_hub_writer_new (BgHubStore *store);
/* Tries a last time to write what waits, and says in the log what is lost. Calls back whoever waits. */
void bg_hub_writer_free (BgHubWriter *writer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgHubWriter, bg_hub_writer_free)

/* Takes `change`; returns at once. Where too many rows wait, FALSE: it is dropped, and the log says so. */
gboolean bg_hub_writer_put (BgHubWriter *writer, BgHubChange *change);
/* All rows but the settings go, and these changes come, in one transaction; what waited for the rows that go is forgotten. Takes the
 * array, which owns nothing, and what is in it. */
void bg_hub_writer_replace (BgHubWriter *writer, GPtrArray *changes);
/* Why nothing can be written at present, for people; NULL where all is well. */
const char *bg_hub_writer_get_trouble (BgHubWriter *writer);
/* Calls `done` once what was put so far is on the disk, but at once where there is trouble, and after a quarter of a second
 * in any case. May call it before it returns. */
void bg_hub_writer_wait (BgHubWriter *writer, BgHubWriterFunc done, gpointer data);
/* The same without the quarter of a second, for what must not be said before it is so. */
void bg_hub_writer_wait_firmly (BgHubWriter *writer, BgHubWriterFunc done, gpointer data);

G_END_DECLS
