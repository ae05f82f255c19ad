/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "relay/socket-owner.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

typedef union
{
  struct sockaddr any;
  struct sockaddr_in v4;
  struct sockaddr_in6 v6;
} Address;

static void
put_address (const Address *address, __be32 *words, __be16 *port)
{
  if (address->any.sa_family == AF_INET)
    {
      memcpy (words, &address->v4.sin_addr, sizeof address->v4.sin_addr);
      *port = address->v4.sin_port;
      return;
    }
  memcpy (words, &address->v6.sin6_addr, sizeof address->v6.sin6_addr);
  *port = address->v6.sin6_port;
}

/* The socket whose own address is the one that `fd` sees as the other's. */
static gboolean
fill_request (int fd, struct inet_diag_req_v2 *request)
{
  Address ours, theirs;
  socklen_t ours_len = sizeof ours, theirs_len = sizeof theirs;

  if (getsockname (fd, &ours.any, &ours_len) != 0
      || getpeername (fd, &theirs.any, &theirs_len) != 0)
    return FALSE;
  request->sdiag_family = (guint8) theirs.any.sa_family;
  request->sdiag_protocol = IPPROTO_TCP;
  request->idiag_states = ~0u;
  request->id.idiag_cookie[0] = request->id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
  put_address (&theirs, request->id.idiag_src, &request->id.idiag_sport);
  put_address (&ours, request->id.idiag_dst, &request->id.idiag_dport);
  return TRUE;
}

static int
on_answer (const struct nlmsghdr *answer, void *inode)
{
  const struct inet_diag_msg *message = mnl_nlmsg_get_payload (answer);

  if (mnl_nlmsg_get_payload_len (answer) < sizeof *message)
    return MNL_CB_ERROR;
  *(guint32 *) inode = message->idiag_inode;
  return MNL_CB_STOP;
}

/* FALSE, and errno: the kernel has no such socket (ENOENT), or does not know the question. */
static gboolean
ask (struct mnl_socket *netlink, const struct inet_diag_req_v2 *question, guint32 *inode)
{
  _Alignas(struct nlmsghdr) char buf[1024];
  struct nlmsghdr *request = mnl_nlmsg_put_header (buf);
  ssize_t n;

  request->nlmsg_type = SOCK_DIAG_BY_FAMILY;
  request->nlmsg_flags = NLM_F_REQUEST;
  memcpy (mnl_nlmsg_put_extra_header (request, sizeof *question), question, sizeof *question);
  if (mnl_socket_sendto (netlink, request, request->nlmsg_len) < 0
      || (n = mnl_socket_recvfrom (netlink, buf, sizeof buf)) < 0)
    return FALSE;
  return mnl_cb_run (buf, (size_t) n, 0, 0, on_answer, inode) >= 0;
}

static gboolean
is_socket (const char *fd, guint32 inode)
{
  struct stat about;

  return fstat ((int) g_ascii_strtoll (fd, NULL, 10), &about) == 0 && S_ISSOCK (about.st_mode)
         && about.st_ino == inode;
}

static BgSocketOwner
owner_of (guint32 inode)
{
  g_autoptr (GDir) fds = g_dir_open ("/proc/self/fd", 0, NULL);
  const char *fd;

  while (fds && (fd = g_dir_read_name (fds)))
    if (is_socket (fd, inode))
      return BG_SOCKET_OURS;
  return fds ? BG_SOCKET_FOREIGN : BG_SOCKET_UNKNOWN;
}

BgSocketOwner
bg_socket_owner (int fd)
{
  struct inet_diag_req_v2 question = { 0 };
  struct mnl_socket *netlink;
  guint32 inode = 0;
  gboolean ok;
  int failure;

  if (!fill_request (fd, &question))
    return BG_SOCKET_FOREIGN;
  if (!(netlink = mnl_socket_open2 (NETLINK_SOCK_DIAG, SOCK_CLOEXEC)))
    return BG_SOCKET_UNKNOWN;
  ok = ask (netlink, &question, &inode);
  failure = errno;
  mnl_socket_close (netlink);
  if (!ok)
    return failure == ENOENT ? BG_SOCKET_FOREIGN : BG_SOCKET_UNKNOWN;
  return inode != 0 ? owner_of (inode) : BG_SOCKET_FOREIGN;
}
