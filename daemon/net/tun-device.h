/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* A TUN device. The fd is the device's life: closing it removes the device. */
typedef struct
{
  int fd;
  int ifindex;
  char name[16];
  bool vnet_hdr;  /* every packet has a virtio_net_hdr before it */
  bool udp_super; /* TUN_F_USO4 and USO6, Linux 6.2 */
} BgTunDevice;

/* Makes a non-persistent TUN `name` (IFF_TUN|IFF_NO_PI|IFF_VNET_HDR, with the segmentation offloads that the kernel has), non-blocking, close-on-exec. A name
 * that exists is an error that says so and what to do; nothing of it is touched. `ifindex`: the one that it is to have, where no other interface
 * does; 0: any. */
gboolean bg_tun_device_open (BgTunDevice *tun, const char *name, int ifindex, GError **error);
/* Whether this process has the right to make one in its own network (CAP_NET_ADMIN); TRUE where nobody can tell. */
gboolean bg_tun_device_is_allowed (void);
/* Closes the fd if it is still ours. */
void bg_tun_device_close (BgTunDevice *tun);
/* Linux interface names: 1 to 15 bytes, no '/', no blank, not "." or "..". */
gboolean bg_ifname_is_valid (const char *name);
