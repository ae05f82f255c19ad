/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "net/tun-device.h"
#include "common/error.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* Linux 6.2; Debian 12's headers are older than the kernels that it may run on. */
#ifndef TUN_F_USO4
#define TUN_F_USO4 0x20
#define TUN_F_USO6 0x40
#endif

#define TUN_PATH "/dev/net/tun"

/* <net/if.h> and <linux/if.h> exclude each other in older C libraries. */
extern unsigned int if_nametoindex (const char *name);

gboolean
bg_ifname_is_valid (const char *name)
{
  gsize len = name ? strlen (name) : 0;

  if (len == 0 || len >= IFNAMSIZ || g_str_equal (name, ".") || g_str_equal (name, ".."))
    return FALSE;
  /* The kernel takes more; '%' is a pattern to it, ':' an alias. */
  for (gsize i = 0; i < len; i++)
    if (!g_ascii_isgraph (name[i]) || strchr ("/:%", name[i]))
      return FALSE;
  return TRUE;
}

static gboolean
device_missing (GError **error, int code)
{
  if (code == ENOENT || code == ENODEV || code == ENXIO)
    bg_error_set (error, BG_ERROR_FAILED, NO_TUN, TUN_PATH);
  else
    bg_error_set (error, BG_ERROR_FAILED, ABOUT, TUN_PATH, bg_arg_errno (code));
  return FALSE;
}

static gboolean
attach_failed (GError **error, const char *name, int code)
{
  switch (code)
    {
    case EBUSY:
    case EEXIST:
    case EINVAL: /* exists and is no TUN */
      bg_error_set (error, BG_ERROR_EXISTS, INTERFACE_EXISTS, name);
      return FALSE;
    case EPERM:
    case EACCES:
      bg_error_set (error, BG_ERROR_NOT_AUTHORIZED, NO_RIGHT_TO_TUN, name);
      return FALSE;
    default:
      bg_error_set (error, BG_ERROR_FAILED, INTERFACE_FAILED, name, bg_arg_errno (code));
      return FALSE;
    }
}

/* Super-packets of TCP, and of UDP where the kernel has that; without them each packet comes alone, which works too. */
static void
take_offloads (BgTunDevice *tun)
{
  unsigned long tcp = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN,
                udp = TUN_F_USO4 | TUN_F_USO6;

  tun->vnet_hdr = true;
  tun->udp_super = ioctl (tun->fd, TUNSETOFFLOAD, tcp | udp) == 0;
  if (!tun->udp_super)
    ioctl (tun->fd, TUNSETOFFLOAD, tcp);
}

/* 0, or an errno. */
static int
attach (int fd, struct ifreq *request, int ifindex)
{
  if (ioctl (fd, TUNSETIFINDEX, &ifindex) < 0)
    return errno;
  return ioctl (fd, TUNSETIFF, request) < 0 ? errno : 0;
}

static int
attach_anyway (int fd, struct ifreq *request, int ifindex)
{
  int code = attach (fd, request, ifindex);

  return code != 0 && ifindex != 0 ? attach (fd, request, 0) : code;
}

gboolean
bg_tun_device_open (BgTunDevice *tun, const char *name, int ifindex, GError **error)
{
  int code;

  struct ifreq request = { .ifr_flags = (short) (IFF_TUN | IFF_NO_PI | IFF_VNET_HDR
                                                 | IFF_TUN_EXCL) };

  *tun = (BgTunDevice){ .fd = -1 };
  if (!bg_ifname_is_valid (name))
    {
      bg_error_set (error, BG_ERROR_INVALID_ARGUMENT, BAD_INTERFACE, name ? name : "");
      return FALSE;
    }
  tun->fd = open (TUN_PATH, O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (tun->fd < 0)
    return device_missing (error, errno);
  g_strlcpy (request.ifr_name, name, sizeof request.ifr_name);
  code = attach_anyway (tun->fd, &request, ifindex);
  if (code != 0)
    {
      bg_tun_device_close (tun);
      return attach_failed (error, name, code);
    }
  take_offloads (tun);
  g_strlcpy (tun->name, request.ifr_name, sizeof tun->name);
  tun->ifindex = (int) if_nametoindex (tun->name);
  if (tun->ifindex == 0)
    {
      bg_tun_device_close (tun);
      bg_error_set (error, BG_ERROR_FAILED, INTERFACE_VANISHED, name);
      return FALSE;
    }
  return TRUE;
}

gboolean
bg_tun_device_is_allowed (void)
{
  g_autofree char *text = NULL;
  const char *line;

  if (!g_file_get_contents ("/proc/self/status", &text, NULL, NULL))
    return TRUE;
  line = strstr (text, "\nCapEff:");
  return !line
         || g_ascii_strtoull (line + strlen ("\nCapEff:"), NULL, 16) & (1ull << CAP_NET_ADMIN);
}

void
bg_tun_device_close (BgTunDevice *tun)
{
  if (tun->fd >= 0)
    close (tun->fd);
  tun->fd = -1;
}
