/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A backup of a hub: a tar (POSIX.1-2001, ustar) of a manifest, "bamgate-hub.json", and the files of the state directory
 * with their sizes and SHA-256 in it. What may be in one is a table; nothing else is taken from one. */

typedef enum
{
  BG_HUB_PART_TOKEN,
  BG_HUB_PART_TURN_SECRET,
  BG_HUB_PART_CERTIFICATE,
  BG_HUB_PART_DATABASE,
  BG_HUB_PARTS
} BgHubPart;

/* Whole files; NULL is none. */
typedef struct
{
  GBytes *of[BG_HUB_PARTS];
} BgHubParts;

/* Its file name, in the archive as in the state directory. */
const char *bg_hub_part_name (BgHubPart part);
/* Most bytes of it. */
gsize bg_hub_part_max (BgHubPart part);
/* Is there no hub without it? */
gboolean bg_hub_part_is_needed (BgHubPart part);
void bg_hub_parts_clear (BgHubParts *parts);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (BgHubParts, bg_hub_parts_clear)

/* Writes an archive of them to `fd`, which stays open. */
gboolean bg_hub_archive_write (int fd, const BgHubParts *parts, GError **error);
/* Reads one from `fd`, which stays open, into `parts`, which are empty; on error they are left so. Anything but plain files of
 * the table, with the sizes and sums of the manifest, is an error, as is a manifest of a later format. Nothing is
 * written anywhere. */
gboolean bg_hub_archive_read (int fd, BgHubParts *parts, GError **error);

G_END_DECLS
