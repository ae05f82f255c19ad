/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/hub/hub-backup.h"
#include "worker/hub/hub-archive.h"
#include "worker/hub/hub-snapshot.h"
#include "common/error.h"
#include "common/log.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <grp.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static gboolean
fail_for (const char *path, int code, GError **error)
{
  g_set_error (error, BG_ERROR, BG_ERROR_FAILED, "%s: %s", path, g_strerror (code));
  return FALSE;
}

/* --- Whose files they are --- */

/* Directories above them may be root's alone, as systemd's /var/lib/private is. */
static void
keep_right_to_reach (void)
{
  struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
  struct __user_cap_data_struct sets[2];

  if (syscall (SYS_capget, &header, sets) != 0)
    return;
  sets[0].effective |= sets[0].permitted & (1U << CAP_DAC_READ_SEARCH);
  (void) syscall (SYS_capset, &header, sets);
}

/* Root reads them as the user who could have made them something else: a link, or a database that is an attack. */
static gboolean
become (const struct stat *owner)
{
  if (setgroups (0, NULL) != 0 || setegid (owner->st_gid) != 0 || seteuid (owner->st_uid) != 0)
    return FALSE;
  keep_right_to_reach ();
  return TRUE;
}

static gboolean
become_root (void)
{
  return seteuid (0) == 0 && setegid (0) == 0;
}

/* --- Reading --- */

static GBytes *
read_open_file (int fd, gsize max)
{
  g_autoptr (GByteArray) data = g_byte_array_new ();
  guint8 block[4096];
  ssize_t n;

  while ((n = read (fd, block, sizeof block)) > 0 && data->len + (gsize) n <= max)
    g_byte_array_append (data, block, (guint) n);
  explicit_bzero (block, sizeof block);
  if (n > 0)
    errno = EFBIG;
  return n == 0 ? g_byte_array_free_to_bytes (g_steal_pointer (&data)) : NULL;
}

/* `flags`: O_NOFOLLOW for what is in the state directory. */
static gboolean
read_file (const char *path, int flags, gsize max, GBytes **bytes, GError **error)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | flags);
  int code = errno;
  struct stat info;

  *bytes = NULL;
  if (fd < 0)
    return fail_for (path, code, error);
  if (fstat (fd, &info) == 0 && !S_ISREG (info.st_mode))
    code = EINVAL;
  else if ((*bytes = read_open_file (fd, max)) == NULL)
    code = errno;
  close (fd);
  return *bytes != NULL || fail_for (path, code, error);
}

/* One that is not there is none. */
static gboolean
read_part (const char *dir, BgHubPart part, BgHubParts *parts, GError **error)
{
  g_autofree char *path = g_build_filename (dir, bg_hub_part_name (part), NULL);

  if (parts->of[part] != NULL || g_access (path, F_OK) != 0)
    return TRUE;
  if (part != BG_HUB_PART_DATABASE)
    return read_file (path, O_NOFOLLOW, bg_hub_part_max (part), &parts->of[part], error);
  parts->of[part] = bg_hub_snapshot_take (path, error);
  return parts->of[part] != NULL;
}

static gboolean
read_parts (const char *dir, BgHubParts *parts, GError **error)
{
  for (int i = 0; i < BG_HUB_PARTS; i++)
    if (!read_part (dir, i, parts, error))
      return FALSE;
  return TRUE;
}

static gboolean
check_needed (const BgHubParts *parts, const char *dir, GError **error)
{
  for (int i = 0; i < BG_HUB_PARTS; i++)
    if (bg_hub_part_is_needed (i) && parts->of[i] == NULL)
      {
        g_set_error (error, BG_ERROR, BG_ERROR_NOT_FOUND,
                     "%s/%s is not there: name the directory of a hub with --state-dir%s", dir,
                     bg_hub_part_name (i),
                     i == BG_HUB_PART_TOKEN ? ", and a token that is elsewhere with --token-file"
                                            : "");
        return FALSE;
      }
  return TRUE;
}

static gboolean
read_given (const BgHubBackupOptions *options, BgHubParts *parts, GError **error)
{
  const char *of[BG_HUB_PARTS] = {
    [BG_HUB_PART_TOKEN] = options->token_file, [BG_HUB_PART_TURN_SECRET] = options->turn_secret_file
  };

  for (int i = 0; i < BG_HUB_PARTS; i++)
    if (of[i] != NULL && !read_file (of[i], 0, bg_hub_part_max (i), &parts->of[i], error))
      return FALSE;
  return TRUE;
}

/* A restore puts another directory there. */
static gboolean
check_same (const char *dir, const struct stat *before, GError **error)
{
  struct stat now;

  if (stat (dir, &now) == 0 && now.st_ino == before->st_ino && now.st_dev == before->st_dev)
    return TRUE;
  g_set_error (error, BG_ERROR, BG_ERROR_WRONG_STATE, "%s was replaced meanwhile: try again", dir);
  return FALSE;
}

static gboolean
read_state (const char *dir, BgHubParts *parts, GError **error)
{
  struct stat owner;
  gboolean ok;

  if (stat (dir, &owner) != 0)
    return fail_for (dir, errno, error);
  if (geteuid () != 0 || owner.st_uid == 0)
    return read_parts (dir, parts, error) && check_same (dir, &owner, error);
  ok = become (&owner) ? read_parts (dir, parts, error) : fail_for (dir, errno, error);
  if (!become_root ())
    return fail_for (dir, errno, ok ? error : NULL);
  return ok && check_same (dir, &owner, error);
}

static gboolean
gather (const BgHubBackupOptions *options, BgHubParts *parts, GError **error)
{
  char *dir = realpath (options->state_dir, NULL);
  gboolean ok = dir ? read_given (options, parts, error) && read_state (dir, parts, error)
                        && check_needed (parts, dir, error)
                    : fail_for (options->state_dir, errno, error);

  free (dir);
  return ok;
}

/* --- Writing --- */

static gboolean
sync_directory_of (const char *path)
{
  g_autofree char *dir = g_path_get_dirname (path);
  int fd = open (dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  gboolean ok = fd >= 0 && fsync (fd) == 0;

  if (fd >= 0)
    close (fd);
  return ok;
}

static gboolean
put_in_place (const char *draft, const char *path, gboolean replace, GError **error)
{
  if (renameat2 (AT_FDCWD, draft, AT_FDCWD, path, replace ? 0 : RENAME_NOREPLACE) == 0)
    return sync_directory_of (path) || fail_for (path, errno, error);
  if (errno != EEXIST)
    return fail_for (path, errno, error);
  g_set_error (error, BG_ERROR, BG_ERROR_EXISTS, "%s exists; --force replaces it", path);
  return FALSE;
}

/* Under another name first. */
static gboolean
write_file (const char *path, const BgHubParts *parts, gboolean replace, GError **error)
{
  g_autofree char *draft = g_strconcat (path, ".XXXXXX", NULL);
  int fd = g_mkstemp_full (draft, O_WRONLY | O_CLOEXEC, 0600);
  gboolean ok;

  if (fd < 0)
    return fail_for (path, errno, error);
  ok = bg_hub_archive_write (fd, parts, error);
  if (!ok)
    g_prefix_error (error, "%s: ", path);
  else if (fsync (fd) != 0)
    ok = fail_for (path, errno, error);
  close (fd);
  ok = ok && put_in_place (draft, path, replace, error);
  if (!ok)
    g_unlink (draft);
  return ok;
}

static gboolean
check_free (const char *path, gboolean replace, GError **error)
{
  struct stat there;

  if (replace || lstat (path, &there) != 0)
    return TRUE;
  g_set_error (error, BG_ERROR, BG_ERROR_EXISTS, "%s exists; --force replaces it", path);
  return FALSE;
}

gboolean
bg_hub_backup (const BgHubBackupOptions *options, const char *path, GError **error)
{
  g_auto (BgHubParts) parts = { 0 };
  gboolean to_output = g_str_equal (path, "-");

  if (!to_output && !check_free (path, options->replace, error))
    return FALSE;
  if (!gather (options, &parts, error))
    return FALSE;
  if (to_output)
    return bg_hub_archive_write (STDOUT_FILENO, &parts, error);
  if (!write_file (path, &parts, options->replace, error))
    return FALSE;
  bg_log (BG_TOPIC_HUB, MESSAGE, NULL,
          "%s holds the hub of %s: whoever has it can be that hub, so keep it like a key", path,
          options->state_dir);
  return TRUE;
}
