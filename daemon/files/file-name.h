/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Longest name that is made, in bytes: " (99)" and ".part" still fit behind it in what file systems take (255). */
#define BG_FILE_NAME_MAX 200

/* What a file may be called here whose sender, who is not trusted, calls it `text`: the last part of a path, without control
 * characters, marks of direction and other invisible ones, never hidden ("."), an option ("-"), or a name that some systems keep for
 * devices, at most BG_FILE_NAME_MAX bytes with its ending kept; "file" where nothing is left. Free with g_free(). */
char *bg_file_name_clean (const char *text);

G_END_DECLS
