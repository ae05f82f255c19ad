/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The REUSEPORT group around one socket of libnice's: that socket, one of ours beside it on the same address, and a classic
 * BPF selector that gives ours what begins with WireGuard's type 4. The group stays while the session does: a second one for
 * the same socket would stand behind the first, out of the selector's reach. Main thread only. */
typedef struct BgDirectGroup BgDirectGroup;

enum
{
  BG_DIRECT_FIRST_BYTE = 4, /* WireGuard transport data */
  /* Members that only raise the odds: the kernel looks up a socket for GRO before it has the packet that the selector wants to
   * see, and picks any member by hash. Where that one has no UDP_GRO, which is libnice's, the flow goes without. So many in a
   * group, and in all groups together; past that the groups that have most give some to the newcomer. */
  BG_DIRECT_IDLE_MAX = 31,
  BG_DIRECT_IDLE_ALL = 512,
};

/* Joins `ice_fd`'s group, which must be bound; the fd is only used during the call. NULL with `*error` = errno where the
 * kernel refuses (EADDRINUSE: the group's sockets are another user's; ENOPROTOOPT: no REUSEPORT BPF): the caller goes on
 * with the ICE path. */
BgDirectGroup *bg_direct_group_new (int ice_fd, int *error);
/* To be called before libnice closes its socket, or ours would get what is libnice's; NULL is fine. */
void bg_direct_group_free (BgDirectGroup *group);

/* Our socket, which stays the group's. */
int bg_direct_group_fd (const BgDirectGroup *group);
int bg_direct_group_family (const BgDirectGroup *group);
/* Idle members that it has now. */
int bg_direct_group_idle (const BgDirectGroup *group);
