/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/inner-socket.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static BgInnerSocketMaker make;
static gpointer make_data;

void
bg_inner_socket_set_maker (BgInnerSocketMaker maker, gpointer data)
{
  make = maker;
  make_data = data;
}

gboolean
bg_inner_socket_is_elsewhere (void)
{
  return make != NULL;
}

int
bg_inner_socket (int domain, int type, int protocol)
{
  return make ? make (make_data, domain, type, protocol) : socket (domain, type, protocol);
}

static gboolean
get_option (int fd, int option, int *value)
{
  socklen_t len = sizeof *value;

  return getsockopt (fd, SOL_SOCKET, option, value, &len) == 0;
}

static gboolean
put_in_place (int made, int fd)
{
  gboolean ok = made >= 0 && dup3 (made, fd, O_CLOEXEC) >= 0;
  int code = errno;

  if (made >= 0)
    close (made);
  errno = code;
  return ok;
}

gboolean
bg_inner_socket_move (int fd)
{
  int domain, type, protocol, flags;

  if (!make)
    return TRUE;
  flags = fcntl (fd, F_GETFL);
  if (flags < 0 || !get_option (fd, SO_DOMAIN, &domain) || !get_option (fd, SO_TYPE, &type)
      || !get_option (fd, SO_PROTOCOL, &protocol))
    return FALSE;
  if (flags & O_NONBLOCK)
    type |= SOCK_NONBLOCK;
  return put_in_place (bg_inner_socket (domain, type | SOCK_CLOEXEC, protocol), fd);
}

guint
bg_inner_ifindex (const char *name)
{
  struct ifreq request = { 0 };
  int fd, found;

  if (!make)
    return if_nametoindex (name);
  if (strlen (name) >= sizeof request.ifr_name)
    return 0;
  fd = bg_inner_socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0)
    return 0;
  memcpy (request.ifr_name, name, strlen (name));
  found = ioctl (fd, SIOCGIFINDEX, &request) == 0 ? request.ifr_ifindex : 0;
  close (fd);
  return (guint) MAX (found, 0);
}
