/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* To be preloaded: a kernel whose TUN refuses super-packets, as some have. $BAMGATE_TUN_REFUSES: "short", those whose last
 * segment is shorter than the others; "all". */
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <linux/virtio_net.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

typedef ssize_t (*Writev) (int fd, const struct iovec *iov, int n);

static bool
is_tun (int fd)
{
  char link[32], path[PATH_MAX];
  ssize_t len;

  snprintf (link, sizeof link, "/proc/self/fd/%d", fd);
  len = readlink (link, path, sizeof path - 1);
  if (len < 0)
    return false;
  path[len] = 0;
  return strcmp (path, "/dev/net/tun") == 0;
}

static bool
is_refused (const struct iovec *iov, int n)
{
  const char *what = getenv ("BAMGATE_TUN_REFUSES");
  struct virtio_net_hdr hdr;
  size_t len = 0;

  if (!what || iov[0].iov_len < sizeof hdr)
    return false;
  memcpy (&hdr, iov[0].iov_base, sizeof hdr);
  if (hdr.gso_type == VIRTIO_NET_HDR_GSO_NONE)
    return false;
  for (int i = 0; i < n; i++)
    len += iov[i].iov_len;
  return strcmp (what, "all") == 0 || (len - sizeof hdr - hdr.hdr_len) % hdr.gso_size != 0;
}

ssize_t
writev (int fd, const struct iovec *iov, int n)
{
  Writev next = (Writev) dlsym (RTLD_NEXT, "writev");

  if (n > 1 && is_tun (fd) && is_refused (iov, n))
    {
      errno = EINVAL;
      return -1;
    }
  return next (fd, iov, n);
}
