/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "transport/direct-group.h"
#include "transport/packet-info.h"

#include <errno.h>
#include <linux/filter.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef UDP_GRO
#define UDP_GRO 104
#endif

enum
{
  BUFFER_BYTES = 7 * 1024 * 1024,
  UDP_HEADER_BYTES = 8,
  STUN_HEADER_BYTES = 20,
  STUN_BINDING_INDICATION = 0x0011,
};

#define STUN_COOKIE 0x2112a442

struct BgDirectGroup
{
  BgDirectGroup *next;
  int fd;
  int family;
  int n_idle;
  int idle[BG_DIRECT_IDLE_MAX];
};

static void
close_fd (int *fd)
{
  if (*fd >= 0)
    close (*fd);
  *fd = -1;
}

static int
attach_selector (int fd)
{
  /* The group's first member is libnice's socket, the second is ours. */
  struct sock_filter code[] = {
    BPF_STMT (BPF_LD | BPF_B | BPF_ABS, 0),
    BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, BG_DIRECT_FIRST_BYTE, 0, 1),
    BPF_STMT (BPF_RET | BPF_K, 1),
    BPF_STMT (BPF_RET | BPF_K, 0),
  };
  struct sock_fprog program = { .len = sizeof code / sizeof *code, .filter = code };

  return setsockopt (fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &program, sizeof program);
}

/* libnice tells NATs every 25 s that a way is still wanted, by indications that ask for nothing and say nothing (RFC 8445, 11).
 * With fifty peers whoever receives them would be woken twice a second. */
static void
refuse_indications (int ice_fd)
{
  struct sock_filter code[] = {
    BPF_STMT (BPF_LD | BPF_W | BPF_LEN, 0),
    BPF_JUMP (BPF_JMP | BPF_JGE | BPF_K, UDP_HEADER_BYTES + STUN_HEADER_BYTES, 0, 5),
    BPF_STMT (BPF_LD | BPF_H | BPF_ABS, UDP_HEADER_BYTES),
    BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, STUN_BINDING_INDICATION, 0, 3),
    BPF_STMT (BPF_LD | BPF_W | BPF_ABS, UDP_HEADER_BYTES + 4),
    BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, STUN_COOKIE, 0, 1),
    BPF_STMT (BPF_RET | BPF_K, 0),
    BPF_STMT (BPF_RET | BPF_K, UINT32_MAX),
  };
  struct sock_fprog program = { .len = sizeof code / sizeof *code, .filter = code };

  setsockopt (ice_fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
}

static void
raise_buffer (int fd, int force, int option)
{
  int bytes = BUFFER_BYTES;

  if (setsockopt (fd, SOL_SOCKET, force, &bytes, sizeof bytes) < 0)
    setsockopt (fd, SOL_SOCKET, option, &bytes, sizeof bytes);
}

static int
join_group (const struct sockaddr *local, socklen_t len, int *error)
{
  const int on = 1;
  int fd = socket (local->sa_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

  if (fd < 0 || setsockopt (fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) < 0
      || (local->sa_family == AF_INET6
          && setsockopt (fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) < 0)
      || bind (fd, local, len) < 0)
    {
      *error = errno;
      close_fd (&fd);
      return -1;
    }
  bg_packet_info_enable (fd, local->sa_family, false);
  /* Every member, so that the early lookup finds a GRO socket whichever it picks. */
  setsockopt (fd, IPPROTO_UDP, UDP_GRO, &on, sizeof on);
  return fd;
}

/* No message of ours is ever fragmented, and how much a way carries is found by probes (path-mtu.h). So PROBE and not DO:
 * DO would refuse what the kernel's cached path MTU forbids, and that comes from ICMP, which anyone can forge and which
 * would stay in the way of larger probes for ten minutes. With PROBE only the device's own MTU refuses.
 *
 * GRO joins datagrams of one flow by their sizes alone. A different traffic class (ECN is a part of it), and for IPv4 a
 * different DF bit (which no router on the way rewrites), keeps libnice's datagrams out of our trains. */
static void
set_apart (int ice_fd, int fd, int family)
{
  int probe = IP_PMTUDISC_PROBE, probe6 = IPV6_PMTUDISC_PROBE, dont = IP_PMTUDISC_DONT;
  int af11 = 0x28;

  if (family == AF_INET)
    {
      setsockopt (fd, IPPROTO_IP, IP_MTU_DISCOVER, &probe, sizeof probe);
      setsockopt (ice_fd, IPPROTO_IP, IP_MTU_DISCOVER, &dont, sizeof dont);
      setsockopt (ice_fd, IPPROTO_IP, IP_TOS, &af11, sizeof af11);
    }
  else
    {
      setsockopt (fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, &probe6, sizeof probe6);
      setsockopt (ice_fd, IPPROTO_IPV6, IPV6_TCLASS, &af11, sizeof af11);
    }
}

/* libnice's socket prefers the link that its address is on, so ours must, or our packets would leave by another link than
 * those that found the way: by a better default route, or into a tunnel. */
static void
follow_link (int ice_fd, int fd, int family)
{
  int level = family == AF_INET ? IPPROTO_IP : IPPROTO_IPV6;
  int option = family == AF_INET ? IP_UNICAST_IF : IPV6_UNICAST_IF;
  int link = 0; /* network order, as it is set */
  socklen_t len = sizeof link;

  if (getsockopt (ice_fd, level, option, &link, &len) == 0 && link != 0)
    setsockopt (fd, level, option, &link, sizeof link);
}

/* 0, or why there can be no group beside the socket. */
static int
read_local (int fd, struct sockaddr_storage *local, socklen_t *len)
{
  in_port_t port;
  int type;
  socklen_t type_len = sizeof type;

  if (getsockname (fd, (struct sockaddr *) local, len) < 0
      || getsockopt (fd, SOL_SOCKET, SO_TYPE, &type, &type_len) < 0)
    return errno;
  if (local->ss_family != AF_INET && local->ss_family != AF_INET6)
    return EAFNOSUPPORT;
  if (type != SOCK_DGRAM)
    return EPROTOTYPE;
  port = local->ss_family == AF_INET ? ((struct sockaddr_in *) local)->sin_port
                                     : ((struct sockaddr_in6 *) local)->sin6_port;
  return port == 0 ? EINVAL : 0;
}

/* --- Idle members --- */

static BgDirectGroup *all;

static int
count_idle (void)
{
  int n = 0;

  for (const BgDirectGroup *group = all; group; group = group->next)
    n += group->n_idle;
  return n;
}

static BgDirectGroup *
richest (void)
{
  BgDirectGroup *most = all;

  for (BgDirectGroup *group = all; group; group = group->next)
    if (group->n_idle > most->n_idle)
      most = group;
  return most;
}

/* The last to come goes first: it leaves the numbers of the others as they are. */
static void
drop_idle (BgDirectGroup *group)
{
  close (group->idle[--group->n_idle]);
}

/* How many a newcomer may have: those who have more make room for it. */
static int
share (void)
{
  int wanted = BG_DIRECT_IDLE_MAX;

  while (count_idle () + wanted > BG_DIRECT_IDLE_ALL)
    {
      BgDirectGroup *most = richest ();

      if (most && most->n_idle > wanted)
        drop_idle (most);
      else
        wanted--;
    }
  return wanted;
}

/* Without some of them the path still works, only slower. */
static void
add_idle (BgDirectGroup *group, const struct sockaddr *local, socklen_t len)
{
  int n = share (), ignored;

  while (group->n_idle < n && (group->idle[group->n_idle] = join_group (local, len, &ignored)) >= 0)
    group->n_idle++;
}

/* --- Life --- */

static bool
open_group (BgDirectGroup *group, int ice_fd, int *error)
{
  struct sockaddr_storage local;
  socklen_t len = sizeof local;
  const int on = 1;

  *error = read_local (ice_fd, &local, &len);
  if (*error != 0)
    return false;
  if (setsockopt (ice_fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) < 0)
    {
      *error = errno;
      return false;
    }
  group->family = local.ss_family;
  group->fd = join_group ((struct sockaddr *) &local, len, error);
  if (group->fd < 0)
    return false;
  if (attach_selector (group->fd) < 0)
    {
      *error = errno;
      return false;
    }
  raise_buffer (group->fd, SO_RCVBUFFORCE, SO_RCVBUF);
  raise_buffer (group->fd, SO_SNDBUFFORCE, SO_SNDBUF);
  set_apart (ice_fd, group->fd, local.ss_family);
  refuse_indications (ice_fd);
  follow_link (ice_fd, group->fd, local.ss_family);
  add_idle (group, (struct sockaddr *) &local, len);
  return true;
}

BgDirectGroup *
bg_direct_group_new (int ice_fd, int *error)
{
  BgDirectGroup *group = calloc (1, sizeof *group);

  if (!group)
    abort ();
  group->fd = -1;
  if (!open_group (group, ice_fd, error))
    {
      bg_direct_group_free (group);
      return NULL;
    }
  group->next = all;
  all = group;
  return group;
}

void
bg_direct_group_free (BgDirectGroup *group)
{
  BgDirectGroup **at = &all;

  if (!group)
    return;
  while (*at && *at != group)
    at = &(*at)->next;
  if (*at)
    *at = group->next;
  while (group->n_idle > 0)
    drop_idle (group);
  close_fd (&group->fd);
  free (group);
}

int
bg_direct_group_fd (const BgDirectGroup *group)
{
  return group->fd;
}

int
bg_direct_group_family (const BgDirectGroup *group)
{
  return group->family;
}

int
bg_direct_group_idle (const BgDirectGroup *group)
{
  return group->n_idle;
}
