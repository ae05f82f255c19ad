/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* bamgate-namespace: makes a user and network namespace with a TUN device in it, hands the device over, and then, on its standard
 * channel, sockets that were made there. A program of its own, as a process of several threads cannot make a user namespace, and with
 * no key in its memory. It ends with the daemon. */
#include "netstack/descriptors.h"
#include "netstack/namespace-wire.h"
#include "net/tun-device.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/netlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum
{
  EXIT_FAILED = 1,
  EXIT_USAGE = 2,
};

/* --- Namespaces --- */

static gboolean
write_file (const char *path, const char *text)
{
  int fd = open (path, O_WRONLY | O_CLOEXEC), code;
  gboolean ok = fd >= 0 && write (fd, text, strlen (text)) == (gssize) strlen (text);

  code = errno;
  if (fd >= 0)
    close (fd);
  errno = code;
  return ok;
}

/* She keeps her number: files, and what asks who is there, know her. */
static gboolean
map_number (const char *path, guint id)
{
  char text[64];

  g_snprintf (text, sizeof text, "%u %u 1", id, id);
  return write_file (path, text);
}

static gboolean
enter_namespaces (void)
{
  guint uid = geteuid (), gid = getegid ();

  return unshare (CLONE_NEWUSER | CLONE_NEWNET) == 0 && write_file ("/proc/self/setgroups", "deny")
         && map_number ("/proc/self/uid_map", uid) && map_number ("/proc/self/gid_map", gid);
}

static gboolean
set_loopback_up (void)
{
  struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP };
  int fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), code;
  gboolean ok = fd >= 0 && ioctl (fd, SIOCSIFFLAGS, &request) == 0;

  code = errno;
  if (fd >= 0)
    close (fd);
  errno = code;
  return ok;
}

/* What an ordinary user may do in it without a capability: listen on every port, and ping. Comforts, both. */
static void
be_liberal (void)
{
  char text[64];

  g_snprintf (text, sizeof text, "%u %u", (guint) getegid (), (guint) getegid ());
  (void) write_file ("/proc/sys/net/ipv4/ip_unprivileged_port_start", "0");
  (void) write_file ("/proc/sys/net/ipv4/ping_group_range", text);
}

/* A netlink socket keeps the rights that it was opened with (netlink(7)). */
static void
shed_rights (void)
{
  struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
  struct __user_cap_data_struct rights[2] = { { .effective = 1u << CAP_NET_ADMIN,
                                                .permitted = 1u << CAP_NET_ADMIN } };

  prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  syscall (SYS_capset, &header, rights);
}

/* --- The beginning --- */

/* errno of what bg_tun_device_open() met. */
static gboolean
open_tun (BgTunDevice *tun, const char *name, int ifindex)
{
  errno = 0;
  if (bg_tun_device_open (tun, name, ifindex, NULL))
    return TRUE;
  if (errno == 0)
    errno = EIO;
  return FALSE;
}

static BgNamespaceStage
make (BgTunDevice *tun, const char *name, int ifindex)
{
  if (!enter_namespaces ())
    return BG_NAMESPACE_USER;
  if (!set_loopback_up ())
    return BG_NAMESPACE_NETWORK;
  be_liberal ();
  return open_tun (tun, name, ifindex) ? BG_NAMESPACE_READY : BG_NAMESPACE_TUN;
}

static gboolean
say_ready (const BgTunDevice *tun)
{
  BgNamespaceHello hello = { .stage = BG_NAMESPACE_READY,
                             .ifindex = tun->ifindex,
                             .vnet_hdr = tun->vnet_hdr,
                             .udp_super = tun->udp_super };

  memcpy (hello.name, tun->name, sizeof hello.name);
  return bg_descriptors_send (BG_NAMESPACE_FD, &hello, sizeof hello, &tun->fd, 1);
}

static gboolean
begin (const char *name, int ifindex)
{
  BgTunDevice tun = { .fd = -1 };
  BgNamespaceStage stage = make (&tun, name, ifindex);
  BgNamespaceHello hello = { .stage = stage, .error = errno };
  gboolean ok;

  if (stage != BG_NAMESPACE_READY)
    {
      (void) bg_descriptors_send (BG_NAMESPACE_FD, &hello, sizeof hello, NULL, 0);
      return FALSE;
    }
  ok = say_ready (&tun);
  bg_tun_device_close (&tun); /* the daemon's from here */
  shed_rights ();
  return ok;
}

/* --- Sockets --- */

static gboolean
is_fine (const BgNamespaceQuestion *question)
{
  int type = question->type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC);

  switch (question->domain)
    {
    case AF_NETLINK:
      return type == SOCK_RAW && question->protocol == NETLINK_ROUTE;
    case AF_INET:
    case AF_INET6:
      return (type == SOCK_STREAM && (question->protocol == 0 || question->protocol == IPPROTO_TCP))
             || (type == SOCK_DGRAM
                 && (question->protocol == 0 || question->protocol == IPPROTO_UDP));
    default:
      return FALSE;
    }
}

static gboolean
answer (const BgNamespaceQuestion *question)
{
  BgNamespaceAnswer said = { .error = EPERM };
  int fd = -1;
  gboolean ok;

  if (is_fine (question))
    {
      fd = socket (question->domain, question->type | SOCK_CLOEXEC, question->protocol);
      said.error = fd < 0 ? errno : 0;
    }
  ok = bg_descriptors_send (BG_NAMESPACE_FD, &said, sizeof said, &fd, fd >= 0 ? 1 : 0);
  if (fd >= 0)
    close (fd);
  return ok;
}

static gboolean
serve (void)
{
  BgNamespaceQuestion question;
  int fds[1];
  guint n;

  while (bg_descriptors_receive (BG_NAMESPACE_FD, &question, sizeof question, fds, 0, &n))
    if (!answer (&question))
      return FALSE;
  return errno == EPIPE;
}

/* Who ends all of a unit, or of a terminal, ends us with the daemon's end of the channel; SIGKILL of the daemon, and whatever else
 * keeps that open, with the daemon itself. */
static void
end_with (pid_t daemon)
{
  signal (SIGTERM, SIG_IGN);
  signal (SIGINT, SIG_IGN);
  signal (SIGHUP, SIG_IGN);
  prctl (PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  if (getppid () != daemon)
    _exit (EXIT_FAILED);
}

int
main (int argc, char **argv)
{
  if (argc != 4 || fcntl (BG_NAMESPACE_FD, F_SETFD, FD_CLOEXEC) < 0)
    {
      fputs ("bamgate-namespace: bamgated starts it\n", stderr);
      return EXIT_USAGE;
    }
  end_with ((pid_t) g_ascii_strtoll (argv[1], NULL, 10));
  if (!begin (argv[2], (int) g_ascii_strtoll (argv[3], NULL, 10)))
    return EXIT_FAILED;
  return serve () ? EXIT_SUCCESS : EXIT_FAILED;
}
