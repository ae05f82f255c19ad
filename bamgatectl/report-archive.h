/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A .tar.gz of texts: libarchive's. */

#include <gio/gio.h>

typedef struct _ReportArchive ReportArchive;

/* Writes to `fd`, which stays open. All entries are in the folder `folder`, for their owner alone. */
ReportArchive *report_archive_new (int fd, const char *folder, GError **error);
gboolean report_archive_add (ReportArchive *self, const char *name, const char *text,
                             GError **error);
/* Writes the end; frees in any case. */
gboolean report_archive_finish (ReportArchive *self, GError **error);
/* Without an end. */
void report_archive_free (ReportArchive *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReportArchive, report_archive_free)
