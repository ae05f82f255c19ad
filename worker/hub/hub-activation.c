/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/hub/hub-activation.h"
#include "common/log.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

enum
{
  FIRST_FD = 3,
  MAX_FDS = 64,
};

static guint64
number_of (const char *variable)
{
  const char *text = g_getenv (variable);
  guint64 number = 0;

  if (text == NULL || !g_ascii_string_to_unsigned (text, 10, 0, G_MAXINT, &number, NULL))
    return 0;
  return number;
}

static int
option_of (int fd, int option)
{
  int value = -1;
  socklen_t len = sizeof value;

  return getsockopt (fd, SOL_SOCKET, option, &value, &len) == 0 ? value : -1;
}

static gboolean
is_tcp_listener (int fd)
{
  int family = option_of (fd, SO_DOMAIN);

  return (family == AF_INET || family == AF_INET6) && option_of (fd, SO_TYPE) == SOCK_STREAM
         && option_of (fd, SO_ACCEPTCONN) == 1;
}

GPtrArray *
bg_hub_activation_sockets (void)
{
  GPtrArray *sockets = g_ptr_array_new_with_free_func (g_object_unref);
  guint64 n = number_of ("LISTEN_PID") == (guint64) getpid () ? number_of ("LISTEN_FDS") : 0;

  for (int fd = FIRST_FD; fd < FIRST_FD + (int) MIN (n, MAX_FDS); fd++)
    {
      g_autoptr (GError) error = NULL;
      GSocket *socket;

      if (!is_tcp_listener (fd))
        continue;
      fcntl (fd, F_SETFD, FD_CLOEXEC);
      socket = g_socket_new_from_fd (fd, &error);
      if (socket != NULL)
        g_ptr_array_add (sockets, socket);
      else
        bg_log (BG_TOPIC_HUB, WARNING, NULL, "descriptor %d: %s", fd, error->message);
    }
  return sockets;
}
