/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/hub/hub-restore.h"
#include "worker/hub/hub-archive.h"
#include "worker/hub/hub-certificate.h"
#include "worker/hub/hub-directory.h"
#include "worker/hub/hub-snapshot.h"
#include "worker/hub/hub-token.h"
#include "common/certificate-pin.h"
#include "common/error.h"
#include "common/log.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* The state as it is to be, and as it is. */
typedef struct
{
  char *target, *staging;
  int old, new; /* locks; -1: there is none */
  char *pin;    /* of the new one's own certificate; NULL */
  guint devices;
} Restore;

static gboolean
fail_for (const char *path, GError **error)
{
  g_set_error (error, BG_ERROR, BG_ERROR_FAILED, "%s: %s", path, g_strerror (errno));
  return FALSE;
}

/* --- The archive --- */

static gboolean
read_archive (const char *path, BgHubParts *parts, GError **error)
{
  gboolean is_input = g_str_equal (path, "-");
  int fd = is_input ? STDIN_FILENO : open (path, O_RDONLY | O_CLOEXEC);
  gboolean ok;

  if (fd < 0)
    return fail_for (path, error);
  ok = bg_hub_archive_read (fd, parts, error);
  if (!ok)
    g_prefix_error (error, "%s: ", is_input ? "standard input" : path);
  if (!is_input)
    close (fd);
  return ok;
}

/* --- What is there --- */

/* Where a link leads, so that the link stays; one that is not there yet gets its parents. */
static char *
find_target (const char *state_dir, GError **error)
{
  g_autofree char *whole = g_canonicalize_filename (state_dir, NULL);
  g_autofree char *parent = g_path_get_dirname (whole);
  char *real = realpath (whole, NULL);
  char *target = g_strdup (real ? real : whole);
  gboolean is_new = real == NULL && errno == ENOENT && !g_file_test (whole, G_FILE_TEST_IS_SYMLINK);

  free (real);
  if (g_file_test (target, G_FILE_TEST_EXISTS)
      || (is_new && g_mkdir_with_parents (parent, 0700) == 0))
    return target;
  fail_for (whole, error);
  g_free (target);
  return NULL;
}

static gboolean
check_contents (const char *path, gboolean replace, GError **error)
{
  g_autoptr (GDir) entries = g_dir_open (path, 0, error);
  const char *name;

  if (entries == NULL)
    return FALSE;
  while ((name = g_dir_read_name (entries)) != NULL)
    if (!bg_hub_directory_is_ours (name))
      {
        g_set_error (error, BG_ERROR, BG_ERROR_EXISTS,
                     "%s/%s is no file of a hub: move it elsewhere, for the directory is replaced",
                     path, name);
        return FALSE;
      }
    else if (!replace)
      {
        g_set_error (error, BG_ERROR, BG_ERROR_EXISTS,
                     "%s is not empty: --force replaces what is in it", path);
        return FALSE;
      }
  return TRUE;
}

static gboolean
look_at_old (Restore *self, gboolean replace, GError **error)
{
  if (!g_file_test (self->target, G_FILE_TEST_EXISTS))
    return TRUE;
  self->old = bg_hub_directory_lock (self->target, error);
  return self->old >= 0 && check_contents (self->target, replace, error);
}

/* --- The new one, beside it --- */

/* What a restore left that was killed: the state from before, or one that was not whole. */
static gboolean
remove_left (const char *path, GError **error)
{
  struct stat info;

  if (lstat (path, &info) != 0)
    return errno == ENOENT || fail_for (path, error);
  if (S_ISDIR (info.st_mode) && bg_hub_directory_clear (path, error) && g_rmdir (path) == 0)
    return TRUE;
  if (error != NULL && *error == NULL)
    g_set_error (error, BG_ERROR, BG_ERROR_EXISTS, "%s is in the way: move it elsewhere", path);
  return FALSE;
}

static gboolean
make_staging (Restore *self, GError **error)
{
  if (!remove_left (self->staging, error))
    return FALSE;
  if (g_mkdir (self->staging, 0700) != 0)
    return fail_for (self->staging, error);
  self->new = bg_hub_directory_lock (self->staging, error);
  return self->new >= 0;
}

static gboolean
write_all (int fd, GBytes *bytes)
{
  gsize len;
  const guint8 *data = g_bytes_get_data (bytes, &len);
  ssize_t n;

  for (gsize done = 0; done < len; done += (gsize) n)
    if ((n = write (fd, data + done, len - done)) < 0)
      return FALSE;
  return fsync (fd) == 0;
}

static gboolean
write_part (Restore *self, BgHubPart part, GBytes *bytes, GError **error)
{
  const char *name = bg_hub_part_name (part);
  int fd = openat (self->new, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  gboolean ok = fd >= 0 && write_all (fd, bytes);
  int code = errno;

  if (fd >= 0)
    close (fd);
  if (!ok)
    g_set_error (error, BG_ERROR, BG_ERROR_FAILED, "%s/%s: %s", self->staging, name,
                 g_strerror (code));
  return ok;
}

static gboolean
write_parts (Restore *self, const BgHubParts *parts, GError **error)
{
  for (int i = 0; i < BG_HUB_PARTS; i++)
    if (parts->of[i] != NULL && !write_part (self, i, parts->of[i], error))
      return FALSE;
  return TRUE;
}

static gboolean
check_word (const char *path, GError **error)
{
  g_autofree char *word = bg_hub_token_load (path, FALSE, error);

  return word != NULL;
}

static gboolean
check_certificate (Restore *self, const char *path, GError **error)
{
  g_autoptr (GTlsCertificate) certificate = bg_hub_certificate_load (path, path, error);

  if (certificate != NULL)
    self->pin = bg_certificate_pin (certificate);
  return certificate != NULL;
}

static gboolean
check_part (Restore *self, BgHubPart part, GError **error)
{
  g_autofree char *path = g_build_filename (self->staging, bg_hub_part_name (part), NULL);

  switch (part)
    {
    case BG_HUB_PART_CERTIFICATE:
      return check_certificate (self, path, error);
    case BG_HUB_PART_DATABASE:
      return bg_hub_snapshot_check (path, &self->devices, error);
    default:
      return check_word (path, error);
    }
}

static gboolean
check_parts (Restore *self, const BgHubParts *parts, GError **error)
{
  for (int i = 0; i < BG_HUB_PARTS; i++)
    if (parts->of[i] != NULL && !check_part (self, i, error))
      return FALSE;
  return TRUE;
}

/* Whoever had the directory has it again. */
static gboolean
give_to_owner (Restore *self, const BgHubParts *parts, GError **error)
{
  struct stat owner;

  if (self->old < 0 || geteuid () != 0)
    return TRUE;
  if (fstat (self->old, &owner) != 0)
    return fail_for (self->target, error);
  for (int i = 0; i < BG_HUB_PARTS; i++)
    if (parts->of[i] != NULL
        && fchownat (self->new, bg_hub_part_name (i), owner.st_uid, owner.st_gid,
                     AT_SYMLINK_NOFOLLOW)
             != 0)
      return fail_for (self->staging, error);
  return fchown (self->new, owner.st_uid, owner.st_gid) == 0 || fail_for (self->staging, error);
}

static gboolean
stage (Restore *self, const BgHubParts *parts, GError **error)
{
  return make_staging (self, error) && write_parts (self, parts, error)
         && check_parts (self, parts, error) && give_to_owner (self, parts, error)
         && (fsync (self->new) == 0 || fail_for (self->staging, error));
}

/* --- The step --- */

static gboolean
sync_parent (Restore *self, GError **error)
{
  g_autofree char *parent = g_path_get_dirname (self->target);
  int fd = open (parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  gboolean ok = fd >= 0 && fsync (fd) == 0;

  if (!ok)
    fail_for (parent, error);
  if (fd >= 0)
    close (fd);
  return ok;
}

static gboolean
exchange (Restore *self, GError **error)
{
  if (renameat2 (AT_FDCWD, self->staging, AT_FDCWD, self->target,
                 self->old >= 0 ? RENAME_EXCHANGE : RENAME_NOREPLACE)
      == 0)
    return TRUE;
  if (errno != EBUSY)
    return fail_for (self->target, error);
  g_set_error (error, BG_ERROR, BG_ERROR_FAILED,
               "%s is a mount point, which cannot be replaced: give the hub a directory within it",
               self->target);
  return FALSE;
}

static void
remove_old (Restore *self)
{
  g_autoptr (GError) error = NULL;

  if (self->old < 0)
    return;
  if (!bg_hub_directory_empty (self->old, self->staging, &error)
      || (g_rmdir (self->staging) != 0 && !fail_for (self->staging, &error)))
    bg_log (BG_TOPIC_HUB, WARNING, NULL, "the state from before stays: %s", error->message);
}

/* What was begun goes; the old state was never touched. */
static void
give_up (Restore *self)
{
  if (self->new < 0)
    return;
  if (bg_hub_directory_empty (self->new, self->staging, NULL))
    g_rmdir (self->staging);
}

static void
restore_clear (Restore *self)
{
  if (self->old >= 0)
    close (self->old);
  if (self->new >= 0)
    close (self->new);
  g_free (self->target);
  g_free (self->staging);
  g_free (self->pin);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Restore, restore_clear)

static gboolean
replace_state (Restore *self, const BgHubParts *parts, GError **error)
{
  if (!stage (self, parts, error) || !exchange (self, error))
    {
      give_up (self);
      return FALSE;
    }
  if (!sync_parent (self, error))
    return FALSE;
  remove_old (self);
  return TRUE;
}

gboolean
bg_hub_restore (const char *archive, const char *state_dir, gboolean replace, GError **error)
{
  g_auto (BgHubParts) parts = { 0 };
  g_auto (Restore) self = { .old = -1, .new = -1 };

  if (!read_archive (archive, &parts, error)
      || (self.target = find_target (state_dir, error)) == NULL)
    return FALSE;
  self.staging = g_strconcat (self.target, ".restore", NULL);
  if (!look_at_old (&self, replace, error) || !replace_state (&self, &parts, error))
    return FALSE;
  bg_log (BG_TOPIC_HUB, MESSAGE, NULL, "%s holds the hub of the backup: %u addresses, pin %s",
          self.target, self.devices, self.pin ? self.pin : "of a certificate that is not in it");
  return TRUE;
}
