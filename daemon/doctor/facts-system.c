/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "doctor/facts-system.h"

#include "net/forwarding-flags.h"
#include "net/link-state.h"
#include "net/tun-device.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* --- Uplinks --- */

static guint
mtu_of (BgNetlink *netlink, const char *name)
{
  BgLink link;

  return netlink && bg_link_load (netlink, (int) if_nametoindex (name), &link, NULL) ? link.mtu : 0;
}

/* The larger one counts (ip-sysctl, rp_filter). */
static int
filter_of (const char *conf, const char *name)
{
  int all = bg_ip_forwarding_file_read (conf, BG_FORWARDING_ALL, "rp_filter"),
      own = bg_ip_forwarding_file_read (conf, name, "rp_filter");

  return MAX (MAX (all, own), 0);
}

static void
list_uplinks (const BgLocalNetworks *networks, GPtrArray *names)
{
  static const int families[] = { AF_INET, AF_INET6 };

  for (gsize i = 0; i < G_N_ELEMENTS (families); i++)
    {
      BgIpPrefix everywhere = { .family = families[i] };

      bg_local_networks_list_interfaces (networks, &everywhere, names);
    }
}

void
bg_facts_read_uplinks (BgFacts *facts, const char *conf)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (BgNetlink) netlink = bg_netlink_new (NULL);

  if (facts->networks)
    list_uplinks (facts->networks, names);
  for (guint i = 0; i < names->len; i++)
    bg_facts_add_uplink (facts, names->pdata[i], mtu_of (netlink, names->pdata[i]),
                         filter_of (conf, names->pdata[i]));
}

/* --- The interface --- */

void
bg_facts_read_tun (BgFacts *facts)
{
  int fd = open ("/dev/net/tun", O_RDWR | O_CLOEXEC);

  if (fd < 0 && errno != EACCES && errno != EPERM)
    facts->tun = BG_FACT_TUN_NO_DEVICE;
  else if (fd < 0 || !bg_tun_device_is_allowed ())
    facts->tun = BG_FACT_TUN_NO_RIGHT;
  else if (if_nametoindex (facts->interface) != 0)
    facts->tun = BG_FACT_TUN_TAKEN;
  else
    facts->tun = BG_FACT_TUN_FINE;
  if (fd >= 0)
    close (fd);
}

/* --- Files --- */

void
bg_facts_read_files (BgFacts *facts)
{
  struct statvfs there;

  if (access (facts->state_dir, W_OK) != 0)
    facts->state_errno = errno;
  else if (statvfs (facts->state_dir, &there) == 0)
    facts->state_free = (guint64) there.f_bavail * there.f_frsize;
}

static char *
read_text (const char *path)
{
  char *text = NULL;

  return g_file_get_contents (path, &text, NULL, NULL) ? text : NULL;
}

void
bg_facts_read_dns (BgFacts *facts, const char *etc)
{
  g_autofree char *path = g_build_filename (etc, "resolv.conf", NULL),
                  *target = g_file_read_link (path, NULL), *text = read_text (path);

  bg_dns_facts_read (&facts->dns, etc);
  facts->resolv_program = g_strdup (bg_resolv_describe (target, text));
}
