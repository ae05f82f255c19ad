/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgatectl/report-archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <string.h>

struct _ReportArchive
{
  struct archive *archive;
  char *folder;
  gint64 now_s;
};

static gboolean
fail (ReportArchive *self, GError **error)
{
  const char *why = archive_error_string (self->archive);

  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, why ? why : "libarchive");
  return FALSE;
}

void
report_archive_free (ReportArchive *self)
{
  if (self->archive)
    archive_write_free (self->archive);
  g_free (self->folder);
  g_free (self);
}

ReportArchive *
report_archive_new (int fd, const char *folder, GError **error)
{
  g_autoptr (ReportArchive) self = g_new0 (ReportArchive, 1);

  self->archive = archive_write_new ();
  self->folder = g_strdup (folder);
  self->now_s = g_get_real_time () / G_USEC_PER_SEC;
  if (archive_write_add_filter_gzip (self->archive) != ARCHIVE_OK
      || archive_write_set_format_pax_restricted (self->archive) != ARCHIVE_OK
      || archive_write_set_bytes_in_last_block (self->archive, 1) != ARCHIVE_OK
      || archive_write_open_fd (self->archive, fd) != ARCHIVE_OK)
    {
      fail (self, error);
      return NULL;
    }
  return g_steal_pointer (&self);
}

gboolean
report_archive_add (ReportArchive *self, const char *name, const char *text, GError **error)
{
  g_autofree char *path = g_build_filename (self->folder, name, NULL);
  struct archive_entry *entry = archive_entry_new ();
  gsize len = strlen (text);
  gboolean added;

  archive_entry_set_pathname (entry, path);
  archive_entry_set_size (entry, (la_int64_t) len);
  archive_entry_set_filetype (entry, AE_IFREG);
  archive_entry_set_perm (entry, 0600);
  archive_entry_set_mtime (entry, self->now_s, 0);
  added = archive_write_header (self->archive, entry) == ARCHIVE_OK
          && archive_write_data (self->archive, text, len) == (la_ssize_t) len;
  archive_entry_free (entry);
  return added || fail (self, error);
}

gboolean
report_archive_finish (ReportArchive *self, GError **error)
{
  g_autoptr (ReportArchive) held = self;

  return archive_write_close (self->archive) == ARCHIVE_OK || fail (self, error);
}
