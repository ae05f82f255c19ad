/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What two bamgates say to each other about a file (docs/files.md): JSON, read strictly, since whoever writes it is not trusted.
 * Pure. */

#include <glib.h>

G_BEGIN_DECLS

#define BG_FILE_ID_LEN 32     /* hexadecimal digits */
#define BG_FILE_DIGEST_LEN 64 /* the same of a SHA-256 */
/* Of any message, in bytes. */
#define BG_FILE_MESSAGE_MAX 4096
/* What no file system here reaches, and sums of it fit in 64 bits. */
#define BG_FILE_SIZE_MAX ((guint64) 1 << 53)

typedef enum
{
  BG_FILE_OFFERED,   /* nobody has taken it yet */
  BG_FILE_WAITING,   /* outgoing: the peer cannot be reached, or has no room for offers */
  BG_FILE_RUNNING,
  BG_FILE_DONE,      /* all of it is on the disk, and is what was sent */
  BG_FILE_DECLINED,
  BG_FILE_CANCELLED,
  BG_FILE_FAILED,
} BgFileState;

const char *bg_file_state_name (BgFileState state);
/* DONE and what comes after it. */
gboolean bg_file_state_is_over (BgFileState state);

typedef struct
{
  char    id[BG_FILE_ID_LEN + 1];
  char   *name; /* bg_file_name_clean() */
  guint64 size;
} BgFileOffer;

gboolean bg_file_id_is_valid (const char *id);
/* NULL for anything that is no offer. */
BgFileOffer *bg_file_offer_parse (const char *text, gsize len);
char *bg_file_offer_format (const char *id, const char *name, guint64 size);
void bg_file_offer_free (BgFileOffer *offer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgFileOffer, bg_file_offer_free)

/* How it is with the receiver. */
typedef struct
{
  BgFileState state;
  guint64     have;                           /* so many bytes are on its disk */
  char        digest[BG_FILE_DIGEST_LEN + 1]; /* and these have this SHA-256 */
} BgFileStatus;

/* FALSE for anything that is none. */
gboolean bg_file_status_parse (const char *text, gsize len, BgFileStatus *status);
char *bg_file_status_format (const BgFileStatus *status);

/* The sender's last word: the SHA-256 of all that it sent. FALSE for anything else. */
gboolean bg_file_end_parse (const char *text, gsize len, char digest[BG_FILE_DIGEST_LEN + 1]);
char *bg_file_end_format (const char *digest);

G_END_DECLS
