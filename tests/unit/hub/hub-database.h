/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "worker/hub/hub-memory.h"

/* A hub's memory over a real database in a folder of its own. */

#define KEY_A "hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo="
#define KEY_B "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA="
#define NOW G_GINT64_CONSTANT (1700000000)
#define DAY (24 * 3600)

typedef struct
{
  char *dir, *path;
  BgHubMemory memory;
  gboolean needs_approval; /* from the next opening on */
  /* of it */
  BgHubWriter *writer;
  BgHubNetwork *network;
  BgHubInvites *invites;
} Database;

/* Test fixture; `subnet` may be NULL. */
void database_set_up (Database *db, gconstpointer subnet);
void database_tear_down (Database *db, gconstpointer subnet);
/* Ends the writer and reads everything again. */
void database_reopen (Database *db);
/* Runs the main context until all is written. */
void database_settle (Database *db);
/* Holds a lock that no writer passes, until freed with database_unlock(). */
gpointer database_lock (Database *db);
void database_unlock (gpointer lock);
/* "10.0.0.1/24 alpha A, …" */
char *database_devices (Database *db);

/* Keeps the log instead of printing it; warnings are not fatal any more. First in main(). */
void log_keep (void);
/* Lines with `part` since the last call. */
guint log_count (const char *part);

/* Runs the main context until `condition`; meson's time limit ends what never comes. */
#define wait_until(condition)                                                                      \
  G_STMT_START                                                                                     \
  {                                                                                                \
    while (!(condition))                                                                           \
      g_main_context_iteration (NULL, TRUE);                                                       \
  }                                                                                                \
  G_STMT_END
