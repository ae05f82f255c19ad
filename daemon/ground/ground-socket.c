/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ground/ground-socket.h"

#include "publish/socket-address.h"

#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#define LOOPBACK "lo"

enum
{
  BACKLOG = 1024
};

static gboolean
set_flag (int fd, int level, int option, int value)
{
  return setsockopt (fd, level, option, &value, sizeof value) == 0;
}

static gboolean
is_everywhere (const BgIpPrefix *host)
{
  static const uint8_t zero[16];

  return memcmp (host->addr, zero, sizeof zero) == 0;
}

/* What it cannot be kept from others it is not opened for. */
static gboolean
prepare (int fd, const BgIpPrefix *host, gboolean is_local)
{
  if (!set_flag (fd, SOL_SOCKET, SO_REUSEADDR, 1))
    return FALSE;
  if (host->family == AF_INET6 && !set_flag (fd, IPPROTO_IPV6, IPV6_V6ONLY, !is_everywhere (host)))
    return FALSE;
  if (!is_local)
    return set_flag (fd, SOL_SOCKET, SO_REUSEPORT, 1);
  return setsockopt (fd, SOL_SOCKET, SO_BINDTODEVICE, LOOPBACK, sizeof LOOPBACK) == 0;
}

int
bg_ground_socket_listen (const BgIpPrefix *host, guint16 port, gboolean is_local, int *code)
{
  char text[BG_IP_PREFIX_TEXT];
  BgSocketAddress address;
  int fd;

  bg_ip_prefix_format_address (host, text);
  bg_socket_address_set_ip (&address, text, port);
  fd = bg_socket_address_open (&address);
  if (fd >= 0 && prepare (fd, host, is_local) && bind (fd, &address.any, address.len) == 0
      && listen (fd, BACKLOG) == 0)
    return fd;
  *code = errno;
  if (fd >= 0)
    close (fd);
  return -1;
}

/* --- Addresses of interfaces --- */

static gboolean
take_address (const struct ifaddrs *from, BgIpPrefix *host)
{
  const struct sockaddr_in *in = (const void *) from->ifa_addr;
  const struct sockaddr_in6 *in6 = (const void *) from->ifa_addr;

  if (in->sin_family == AF_INET)
    {
      *host = (BgIpPrefix){ .family = AF_INET, .len = 32 };
      memcpy (host->addr, &in->sin_addr, sizeof in->sin_addr);
      return TRUE;
    }
  if (in6->sin6_family != AF_INET6 || IN6_IS_ADDR_LINKLOCAL (&in6->sin6_addr))
    return FALSE;
  *host = (BgIpPrefix){ .family = AF_INET6, .len = 128 };
  memcpy (host->addr, &in6->sin6_addr, sizeof in6->sin6_addr);
  return TRUE;
}

gboolean
bg_ground_socket_find_address (const char *link, BgIpPrefix *host)
{
  struct ifaddrs *all = NULL;
  BgIpPrefix found = { 0 }, other;

  if (getifaddrs (&all) != 0)
    return FALSE;
  for (const struct ifaddrs *one = all; one && found.family != AF_INET; one = one->ifa_next)
    if (one->ifa_addr && g_str_equal (one->ifa_name, link) && take_address (one, &other)
        && (found.family == 0 || other.family == AF_INET))
      found = other;
  freeifaddrs (all);
  *host = found;
  return found.family != 0;
}
