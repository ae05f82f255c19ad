/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* socket(2) as our programs and the libraries in them find it: own-mark.h. libnice opens sockets for ICE-TCP and TURN over TCP
 * that nobody gets to see before they connect, GStreamer, libsoup and resolvers others; a mark that is set afterwards is too late
 * for the first packet. Sockets that a listener accepts have its mark. */
#include "net/own-mark.h"

#include <errno.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

__attribute__ ((visibility ("default"))) int
socket (int domain, int type, int protocol)
{
  int fd = (int) syscall (SYS_socket, domain, type, protocol), before = errno;
  const uint32_t mark = BG_OWN_MARK;

  /* Without the right to mark there is none to make an interface either. */
  if (fd >= 0 && (domain == AF_INET || domain == AF_INET6))
    (void) setsockopt (fd, SOL_SOCKET, SO_MARK, &mark, sizeof mark);
  errno = before;
  return fd;
}
