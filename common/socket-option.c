/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/socket-option.h"

#include <netinet/in.h>
#include <sys/socket.h>

gboolean
bg_socket_set_flag (int fd, int level, int name)
{
  int yes = 1;

  return setsockopt (fd, level, name, &yes, sizeof yes) == 0;
}

gboolean
bg_socket_set_free (int fd, int family)
{
  if (family == AF_INET)
    return bg_socket_set_flag (fd, IPPROTO_IP, IP_FREEBIND);
  return bg_socket_set_flag (fd, IPPROTO_IPV6, IPV6_V6ONLY)
         && bg_socket_set_flag (fd, IPPROTO_IPV6, IPV6_FREEBIND);
}
