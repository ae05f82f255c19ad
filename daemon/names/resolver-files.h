/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Tells when somebody changed the files that the C library looks names up by: resolv.conf, behind its link too, and hosts. */

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _BgResolverFiles BgResolverFiles;

/* A moment after the last of some changes. */
typedef void (*BgResolverFilesChanged) (gpointer owner);

/* `etc`: "/etc". */
BgResolverFiles *bg_resolver_files_new (const char *etc, BgResolverFilesChanged changed, gpointer owner);
/* Fine on NULL. */
void bg_resolver_files_free (BgResolverFiles *self);

G_END_DECLS
