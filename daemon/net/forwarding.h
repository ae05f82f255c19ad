/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Whether the kernel forwards what comes in by an interface: switched on where it is wanted, by interface and family, and off
 * again where it was off before. What was switched on is in a file first, so that the next run can undo what a killed one left.
 *
 * IPv4 knows it per interface. IPv6 does since Linux 6.17 (force_forwarding); before, there is one switch for all interfaces,
 * which makes each a router that hears no router advertisements: those that do hear them are told to go on (accept_ra=2), and
 * all but the wanted ones are hosts again. Main thread only, in the network namespace it was made in. */

#include <glib.h>

G_BEGIN_DECLS

typedef struct _BgIpForwarding BgIpForwarding;

typedef struct
{
  const char *record;  /* the file; it is there while something is switched on */
  const char *conf4;   /* /proc/sys/net/ipv4/conf, or where it is mounted for us */
  const char *conf6;   /* …ipv6/conf */
  const char *boot_id; /* a text that is another one after the next boot */
} BgIpForwardingPlaces;

/* Somebody, or we, switched forwarding of an interface on or off. */
typedef void (*BgIpForwardingChanged) (gpointer data);

/* Takes over what an earlier run of this boot has in the file. `changed` may be NULL. */
BgIpForwarding *bg_ip_forwarding_new (const BgIpForwardingPlaces *places, BgIpForwardingChanged changed, gpointer data, GError **error);
/* Forwards what comes in by these interfaces (NULL: none), and by no others but for what others switched on. An interface that
 * is not there is passed over. On failure the rest is done all the same; the first error is told. */
gboolean bg_ip_forwarding_set (BgIpForwarding *self, const char *const *names4, const char *const *names6, GError **error);
/* The interfaces between which nothing would be forwarded without us, AF_INET or AF_INET6. Free with g_strfreev(). */
char **bg_ip_forwarding_list_quiet (BgIpForwarding *self, int family);
/* Switches off what was switched on, and removes the file. Fine on NULL. */
void bg_ip_forwarding_free (BgIpForwarding *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgIpForwarding, bg_ip_forwarding_free)

G_END_DECLS
