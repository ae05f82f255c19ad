/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "publish/socket-address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>

gboolean
bg_socket_address_set_ip (BgSocketAddress *address, const char *text, guint16 port)
{
  struct sockaddr_in *in = (struct sockaddr_in *) &address->ip;
  struct sockaddr_in6 *in6 = (struct sockaddr_in6 *) &address->ip;

  memset (address, 0, sizeof *address);
  if (inet_pton (AF_INET, text, &in->sin_addr) == 1)
    {
      in->sin_family = AF_INET;
      in->sin_port = htons (port);
      address->len = sizeof *in;
      return TRUE;
    }
  if (inet_pton (AF_INET6, text, &in6->sin6_addr) != 1)
    return FALSE;
  in6->sin6_family = AF_INET6;
  in6->sin6_port = htons (port);
  address->len = sizeof *in6;
  return TRUE;
}

gboolean
bg_socket_address_set_unix (BgSocketAddress *address, const char *path)
{
  gsize len = strlen (path);

  memset (address, 0, sizeof *address);
  if (len == 0 || len >= sizeof address->path.sun_path)
    return FALSE;
  address->path.sun_family = AF_UNIX;
  memcpy (address->path.sun_path, path, len);
  if (path[0] == '@')
    address->path.sun_path[0] = '\0';
  address->len = (socklen_t) (offsetof (struct sockaddr_un, sun_path) + len + (path[0] != '@'));
  return TRUE;
}

int
bg_socket_address_open (const BgSocketAddress *address)
{
  int family = address->any.sa_family;
  int fd = socket (family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), before = errno;
  const guint32 no_mark = 0;

  /* Where the daemon may not clear it, it could not set it either. */
  if (fd >= 0 && family != AF_UNIX)
    (void) setsockopt (fd, SOL_SOCKET, SO_MARK, &no_mark, sizeof no_mark);
  errno = before;
  return fd;
}
