/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/unix-socket.h"

#include "common/error.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static gboolean
fill_address (const char *path, struct sockaddr_un *address)
{
  *address = (struct sockaddr_un){ .sun_family = AF_UNIX };
  return g_strlcpy (address->sun_path, path, sizeof address->sun_path) < sizeof address->sun_path;
}

/* A socket in the file system whose program is gone. */
static gboolean
is_stale (const char *path, const struct sockaddr_un *address)
{
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  gboolean refused;
  struct stat info;

  if (fd < 0)
    return FALSE;
  refused = connect (fd, (const struct sockaddr *) address, sizeof *address) < 0
            && errno == ECONNREFUSED;
  close (fd);
  return refused && lstat (path, &info) == 0 && S_ISSOCK (info.st_mode);
}

static gboolean
bind_to (int fd, const char *path, GError **error)
{
  struct sockaddr_un address;
  gboolean in_use;

  if (!fill_address (path, &address))
    {
      bg_error_set (error, BG_ERROR_INVALID_ARGUMENT, SOCKET_PATH_TOO_LONG, path);
      return FALSE;
    }
  if (bind (fd, (const struct sockaddr *) &address, sizeof address) == 0)
    return TRUE;
  in_use = errno == EADDRINUSE;
  if (!in_use)
    bg_error_set (error, BG_ERROR_FAILED, ABOUT, path, bg_arg_errno (errno));
  else if (is_stale (path, &address) && unlink (path) == 0
           && bind (fd, (const struct sockaddr *) &address, sizeof address) == 0)
    return TRUE;
  else
    bg_error_set (error, BG_ERROR_EXISTS, SOCKET_PATH_EXISTS, path);
  return FALSE;
}

/* bind() gives the file the mode of the socket, less what the umask takes. */
static gboolean
begin (int fd, const char *path, mode_t mode, int backlog, struct stat *bound, GError **error)
{
  if (fd < 0 || fchmod (fd, mode) < 0)
    bg_error_set (error, BG_ERROR_FAILED, ABOUT, path, bg_arg_errno (errno));
  else if (bind_to (fd, path, error))
    {
      if (listen (fd, backlog) == 0 && chmod (path, mode) == 0 && lstat (path, bound) == 0)
        return TRUE;
      bg_error_set (error, BG_ERROR_FAILED, ABOUT, path, bg_arg_errno (errno));
    }
  return FALSE;
}

GSocket *
bg_unix_socket_listen (const char *path, mode_t mode, int backlog, struct stat *bound,
                       GError **error)
{
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  GSocket *made = begin (fd, path, mode, backlog, bound, error) ? g_socket_new_from_fd (fd, error)
                                                                : NULL;

  if (!made && fd >= 0)
    close (fd);
  return made;
}

void
bg_unix_socket_remove (const char *path, const struct stat *bound)
{
  struct stat now;

  if (lstat (path, &now) == 0 && now.st_ino == bound->st_ino && now.st_dev == bound->st_dev)
    (void) unlink (path);
}
