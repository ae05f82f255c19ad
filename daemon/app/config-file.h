/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* bamgate.conf and its drop-ins as they are on disk: between the files that make settings of them. */

#include "app/config.h"
#include "common/error.h"
#include "common/words.h"

G_BEGIN_DECLS

/* One file as read; drop-ins stand behind the main file, and the last word counts. */
typedef struct
{
  char     *path;
  char     *text; /* "" for a missing file */
  GKeyFile *keys; /* what the text says */
} BgConfigFile;

/* The file and its drop-ins, to be freed with g_ptr_array_unref(). NULL with BG_ERROR_CONFIG where one cannot be read, or where that
 * of `before` (NULL: none is in effect) is empty now, or gone. */
GPtrArray *bg_config_files_load_after (BgConfig *before, const char *path, GError **error);
/* Of the main file. */
const char *bg_config_files_get_text (const GPtrArray *files);
gboolean bg_config_files_say_something (const GPtrArray *files);
/* Takes `text` (g_malloc()), also where it is none of such a file: FALSE then, with BG_ERROR_CONFIG. */
gboolean bg_config_file_set_text (BgConfigFile *file, char *text, GError **error);

/* config.c: what they say, if it holds together. */
BgConfig *bg_config_files_build (const GPtrArray *files, GError **error);
/* The same: FALSE with `what`, and the hint behind it (taken, may be NULL). */
gboolean bg_config_refuse_with_hint (GError **error, BgError code, BgWords *what, BgWords *hint);

G_END_DECLS
