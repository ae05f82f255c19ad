/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the system itself says; the rest of the facts is set before. */

#include "doctor/facts.h"

G_BEGIN_DECLS

/* Of `networks` and the kernel, whose switches of IPv4 are below `conf` ("/proc/sys/net/ipv4/conf"): `uplinks`. */
void bg_facts_read_uplinks (BgFacts *facts, const char *conf);
/* Could an interface called `interface` be made: `tun`. */
void bg_facts_read_tun (BgFacts *facts);
/* Of `state_dir`: `state_errno`, `state_free`. */
void bg_facts_read_files (BgFacts *facts);
/* Of the files below `etc` ("/etc"): `dns`, `resolv_program`. */
void bg_facts_read_dns (BgFacts *facts, const char *etc);

G_END_DECLS
