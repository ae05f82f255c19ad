/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/secret-store-private.h"

#include "common/byte-order-mark.h"
#include "common/error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct
{
  BgSecretStore parent;
  char *path;
  int dir; /* every access goes through it: the path is looked up once */
} FileStore;

/* Flat names, as in a URL (RFC 3986, 2.3): what is not unreserved becomes %XX, and a dot at the beginning too, so that no
 * name leaves the directory, is hidden, or meets another's temporary file. */
static char *
file_name (const char *name)
{
  GString *out = g_string_new (NULL);

  for (const guint8 *p = (const guint8 *) name; *p; p++)
    if (g_ascii_isalnum (*p) || *p == '-' || *p == '_' || *p == '~' || (*p == '.' && out->len > 0))
      g_string_append_c (out, (char) *p);
    else
      g_string_append_printf (out, "%%%02X", *p);
  return g_string_free (out, FALSE);
}

static gboolean
fail (GError **error, const FileStore *store, const char *file, const char *what, int code)
{
  bg_error_set (error, BG_ERROR_FAILED, ABOUT_SECRET, store->path, file, what, bg_arg_errno (code));
  return FALSE;
}

/* Owner and mode, of the directory or one file. */
static gboolean
check_private (const char *path, const struct stat *info, guint wanted_mode, GError **error)
{
  g_autofree char *word = g_shell_quote (path),
                  *is = g_strdup_printf ("%04o", (guint) info->st_mode & 07777),
                  *wanted = g_strdup_printf ("%04o", wanted_mode);

  if (info->st_uid != geteuid ())
    bg_error_set (error, BG_ERROR_CONFIG, FOREIGN_OWNER, path, (guint) info->st_uid,
                  (guint) geteuid (), word);
  else if (info->st_mode & 077)
    bg_error_set (error, BG_ERROR_CONFIG, OPEN_TO_OTHERS, path, is, wanted, word);
  else
    return TRUE;
  return FALSE;
}

/* Opens a secret's file; -1 without error where there is none. */
static int
open_secret (FileStore *store, const char *file, gsize *size, GError **error)
{
  g_autofree char *path = g_build_filename (store->path, file, NULL);
  int fd = openat (store->dir, file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  struct stat info;

  if (fd < 0)
    {
      if (errno == ELOOP)
        bg_error_set (error, BG_ERROR_CONFIG, SECRET_IS_LINK, path);
      else if (errno != ENOENT)
        fail (error, store, file, "open", errno);
      return -1;
    }
  if (fstat (fd, &info) < 0)
    fail (error, store, file, "stat", errno);
  else if (!S_ISREG (info.st_mode))
    bg_error_set (error, BG_ERROR_CONFIG, SECRET_IS_NO_FILE, path);
  else if (info.st_size > BG_SECRET_MAX_BYTES)
    bg_error_set (error, BG_ERROR_CONFIG, SECRET_TOO_LARGE, path);
  else if (check_private (path, &info, 0600, error))
    {
      *size = (gsize) info.st_size;
      return fd;
    }
  close (fd);
  return -1;
}

/* Up to `size` bytes, or -errno. */
static gssize
read_all (int fd, char *out, gsize size)
{
  gsize done = 0;

  while (done < size)
    {
      ssize_t n = read (fd, out + done, size - done);

      if (n < 0 && errno != EINTR)
        return -errno;
      if (n == 0)
        break;
      done += n > 0 ? (gsize) n : 0;
    }
  return (gssize) done;
}

static int
write_all (int fd, const char *bytes, gsize size)
{
  while (size > 0)
    {
      ssize_t n = write (fd, bytes, size);

      if (n < 0 && errno != EINTR)
        return errno;
      bytes += n > 0 ? n : 0;
      size -= n > 0 ? (gsize) n : 0;
    }
  return 0;
}

static char *
files_read (BgSecretStore *base, const char *name, GError **error)
{
  FileStore *store = (FileStore *) base;
  g_autofree char *file = file_name (name);
  gsize size = 0;
  int fd = open_secret (store, file, &size, error);
  char *secret;
  gssize n;

  if (fd < 0)
    return NULL;
  secret = g_malloc0 (size + 1);
  n = read_all (fd, secret, size);
  close (fd);
  if (n < 0)
    fail (error, store, file, "read", (int) -n);
  else if (memchr (secret, '\0', (gsize) n) || !g_utf8_validate (secret, n, NULL))
    bg_error_set (error, BG_ERROR_CONFIG, SECRET_IS_NO_TEXT, store->path, file);
  else
    {
      /* People write these files too, with an editor or echo. */
      while (n > 0 && (secret[n - 1] == '\n' || secret[n - 1] == '\r'))
        secret[--n] = '\0';
      bg_skip_byte_order_mark (secret);
      return secret;
    }
  explicit_bzero (secret, size);
  g_free (secret);
  return NULL;
}

/* The name's bytes are on disk when this returns TRUE; the old secret stays whole until then. */
static gboolean
replace (FileStore *store, const char *temporary, const char *file, const char *secret,
         GError **error)
{
  int fd = openat (store->dir, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
                   0600);
  int code;

  if (fd < 0)
    return fail (error, store, file, "create", errno);
  code = write_all (fd, secret, strlen (secret));
  /* The umask may have taken bits of the owner's. */
  if (code == 0 && (fchmod (fd, 0600) < 0 || fsync (fd) < 0))
    code = errno;
  if (close (fd) < 0 && code == 0)
    code = errno;
  if (code != 0)
    return fail (error, store, file, "write", code);
  if (renameat (store->dir, temporary, store->dir, file) < 0 || fsync (store->dir) < 0)
    return fail (error, store, file, "replace", errno);
  return TRUE;
}

static gboolean
files_write (BgSecretStore *base, const char *name, const char *secret, GError **error)
{
  FileStore *store = (FileStore *) base;
  g_autofree char *file = file_name (name), *temporary = g_strconcat (".", file, ".new", NULL);

  /* What a killed writer left. */
  (void) unlinkat (store->dir, temporary, 0);
  if (replace (store, temporary, file, secret, error))
    return TRUE;
  (void) unlinkat (store->dir, temporary, 0);
  return FALSE;
}

static gboolean
files_remove (BgSecretStore *base, const char *name, GError **error)
{
  FileStore *store = (FileStore *) base;
  g_autofree char *file = file_name (name);

  if (unlinkat (store->dir, file, 0) < 0)
    return errno == ENOENT || fail (error, store, file, "remove", errno);
  return fsync (store->dir) == 0 || fail (error, store, file, "remove", errno);
}

static void
files_free (BgSecretStore *base)
{
  FileStore *store = (FileStore *) base;

  close (store->dir);
  g_free (store->path);
  g_free (store);
}

static const BgSecretStoreOps files_ops = { files_read, files_write, files_remove, files_free };

static gboolean
make_directory (const char *directory)
{
  g_autofree char *parent = g_path_get_dirname (directory);

  return g_mkdir_with_parents (parent, 0755) == 0
         && (mkdir (directory, 0700) == 0 || errno == EEXIST);
}

BgSecretStore *
bg_secret_store_new_files (const char *directory, GError **error)
{
  FileStore *store;
  struct stat info;
  int dir = -1;

  if (make_directory (directory))
    dir = open (directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
  if (dir < 0 || fstat (dir, &info) < 0)
    {
      if (errno == ENOTDIR || errno == ELOOP)
        bg_error_set (error, BG_ERROR_CONFIG, NO_DIRECTORY, directory);
      else
        bg_error_set (error, BG_ERROR_CONFIG, ABOUT, directory, bg_arg_errno (errno));
      if (dir >= 0)
        close (dir);
      return NULL;
    }
  if (!check_private (directory, &info, 0700, error))
    {
      close (dir);
      return NULL;
    }
  store = g_new0 (FileStore, 1);
  store->parent.ops = &files_ops;
  store->path = g_strdup (directory);
  store->dir = dir;
  return &store->parent;
}
