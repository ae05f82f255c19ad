/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A TUN device and what is set on it, in a user and network namespace of the program's own, so that no root is needed and
 * nothing of the machine is touched. What the kernel has is read by ip(8), not by the code under test. */

#include "net/link-config.h"
#include "net/tun-device.h"

#include <glib.h>

#define IFNAME "bgtest0"

typedef struct
{
  BgTunDevice tun;
  BgLinkConfig *config;
} LinkFixture;

/* Before the first test. */
void link_fixture_enter (void);
void link_fixture_set_up (LinkFixture *f, gconstpointer data);
void link_fixture_tear_down (LinkFixture *f, gconstpointer data);
/* No namespace: the test is skipped. */
gboolean skip (void);

/* What `ip ARGS` prints, trimmed. */
char *ip (const char *format, ...) G_GNUC_PRINTF (1, 2);
void assert_ip_has (const char *args, const char *what);
void assert_ip_lacks (const char *args, const char *what);

/* A plan in one line: "10.0.0.2/24" an address, ">10.0.0.3/32" a route, ">10.0.0.3/32@1152" with its MTU,
 * ">10.0.0.3/32+5" with a metric. */
BgNetPlan *plan_of (guint mtu, const char *text);
void sync_ok (LinkFixture *f, guint mtu, const char *text);
BgIpPrefix prefix_of (const char *text);
/* Another link, "bgup", with a default route of both families. */
void add_uplink (void);

#define ADD(path, func)                                                                            \
  g_test_add (path, LinkFixture, NULL, link_fixture_set_up, func, link_fixture_tear_down)
