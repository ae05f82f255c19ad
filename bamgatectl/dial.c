/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgatectl/dial.h"

#include <errno.h>
#include <gio/gio.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum
{
  PATIENCE_S = 10, /* for each address */
  PIECE = 64 * 1024,
};

/* --- Connecting --- */

static gboolean
connect_to (int fd, const char *text, guint16 port)
{
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new_from_string (text, port);
  struct sockaddr_storage native;
  gssize len = g_socket_address_get_native_size (address);
  struct timeval patience = { .tv_sec = PATIENCE_S }, none = { 0 };

  if (!g_socket_address_to_native (address, &native, sizeof native, NULL))
    return FALSE;
  setsockopt (fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  if (connect (fd, (struct sockaddr *) &native, (socklen_t) len) == 0)
    return setsockopt (fd, SOL_SOCKET, SO_SNDTIMEO, &none, sizeof none) == 0;
  if (errno == EINPROGRESS)
    errno = ETIMEDOUT;
  return FALSE;
}

static int
try (const char *text, guint16 port)
{
  g_autoptr (GInetAddress) host = g_inet_address_new_from_string (text);
  int fd = host ? socket (g_inet_address_get_family (host), SOCK_STREAM | SOCK_CLOEXEC, 0) : -1,
      code;

  if (!host)
    errno = EINVAL;
  if (fd < 0 || connect_to (fd, text, port))
    return fd;
  code = errno;
  close (fd);
  errno = code;
  return -1;
}

int
dial (char **addresses, guint16 port)
{
  int fd = -1;

  errno = EHOSTUNREACH;
  for (; *addresses && fd < 0; addresses++)
    fd = try (*addresses, port);
  return fd;
}

/* --- Carrying --- */

static gboolean
write_all (int fd, const char *bytes, gssize n)
{
  while (n > 0)
    {
      gssize wrote = write (fd, bytes, (gsize) n);

      if (wrote < 0 && errno == EINTR)
        continue;
      if (wrote < 0)
        return FALSE;
      bytes += wrote;
      n -= wrote;
    }
  return TRUE;
}

/* 0 at the end, or errno of what failed. */
static int
copy (int from, int to)
{
  g_autofree char *bytes = g_malloc (PIECE);
  gssize n;

  do
    n = read (from, bytes, PIECE);
  while ((n < 0 && errno == EINTR) || (n > 0 && write_all (to, bytes, n)));
  return n == 0 ? 0 : errno;
}

static gpointer
send_input (gpointer data)
{
  int fd = GPOINTER_TO_INT (data);

  (void) copy (STDIN_FILENO, fd);
  shutdown (fd, SHUT_WR);
  return NULL;
}

gboolean
dial_carry (int fd)
{
  GThread *sender;
  int code;

  signal (SIGPIPE, SIG_IGN);
  sender = g_thread_new ("input", send_input, GINT_TO_POINTER (fd));
  code = copy (fd, STDOUT_FILENO);
  close (STDOUT_FILENO);
  if (code == 0) /* else nobody hears the rest of the input */
    g_thread_join (sender);
  else
    g_thread_unref (sender);
  errno = code;
  return code == 0;
}
