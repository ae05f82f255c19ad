/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "files/file-piece.h"

/* A piece takes about so long. */
#define SHORT_US (G_USEC_PER_SEC / 2)
#define LONG_US (3 * G_USEC_PER_SEC)

#define ASK_MIN_MS 500
#define ASK_MAX_MS 10000
#define TRY_MAX_MS 15000

guint
bg_file_piece_next (guint size, gint64 took_us)
{
  if (took_us < SHORT_US)
    return MIN (size * 2, BG_FILE_PIECE_MAX);
  return took_us > LONG_US ? MAX (size / 2, BG_FILE_PIECE_MIN) : size;
}

guint64
bg_file_resume_at (const BgFileStatus *there, const char *digest)
{
  return digest && g_str_equal (digest, there->digest) ? there->have : 0;
}

guint
bg_file_ask_again_ms (gint64 waited_us)
{
  return (guint) CLAMP (waited_us / 1000 / 10, ASK_MIN_MS, ASK_MAX_MS);
}

guint
bg_file_try_again_ms (guint attempts)
{
  return MIN (500u << MIN (attempts, 5), TRY_MAX_MS);
}
