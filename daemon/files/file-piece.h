/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* How much of a file goes in one request, and from where it goes on. Pure. */

#include "files/file-message.h"

G_BEGIN_DECLS

enum
{
  BG_FILE_PIECE_MIN = 64 * 1024,
  BG_FILE_PIECE_MAX = 4 * 1024 * 1024,
};

/* The next piece's size, after one of `size` bytes that took `took_us`: long enough that the answer's way costs little, short enough that
 * a break costs little, and that progress can be seen. */
guint bg_file_piece_next (guint size, gint64 took_us);
/* From where the sender goes on, whose first `have` bytes have the SHA-256 `digest` (NULL: it has fewer): where the receiver is, or 0. */
guint64 bg_file_resume_at (const BgFileStatus *there, const char *digest);
/* How long the sender waits before it asks again whether somebody has taken the file, `waited_us` after it offered it. */
guint bg_file_ask_again_ms (gint64 waited_us);
/* The same after so many attempts that reached nobody. */
guint bg_file_try_again_ms (guint attempts);

G_END_DECLS
