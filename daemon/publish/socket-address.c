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

gboolean
bg_socket_address_get_ip (const BgSocketAddress *address, BgIpPrefix *out, guint16 *port)
{
  const struct sockaddr_in *in = (const struct sockaddr_in *) &address->ip;
  const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *) &address->ip;
  int family = address->any.sa_family;

  memset (out, 0, sizeof *out);
  if (family != AF_INET && family != AF_INET6)
    return FALSE;
  if (port)
    *port = ntohs (family == AF_INET ? in->sin_port : in6->sin6_port);
  if (family == AF_INET || IN6_IS_ADDR_V4MAPPED (&in6->sin6_addr))
    {
      *out = (BgIpPrefix){ .family = AF_INET, .len = 32 };
      memcpy (out->addr,
              family == AF_INET ? (const guint8 *) &in->sin_addr : in6->sin6_addr.s6_addr + 12, 4);
      return TRUE;
    }
  *out = (BgIpPrefix){ .family = AF_INET6, .len = 128 };
  memcpy (out->addr, &in6->sin6_addr, 16);
  return TRUE;
}

static int
open_of_type (const BgSocketAddress *address, int type)
{
  int family = address->any.sa_family;
  int fd = socket (family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), before = errno;
  const guint32 no_mark = 0;

  /* Where the daemon may not clear it, it could not set it either. */
  if (fd >= 0 && family != AF_UNIX)
    (void) setsockopt (fd, SOL_SOCKET, SO_MARK, &no_mark, sizeof no_mark);
  errno = before;
  return fd;
}

int
bg_socket_address_open (const BgSocketAddress *address)
{
  return open_of_type (address, SOCK_STREAM);
}

int
bg_socket_address_open_datagram (const BgSocketAddress *address)
{
  return open_of_type (address, SOCK_DGRAM);
}
