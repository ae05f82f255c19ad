/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What libnice takes for this machine's addresses when it ranks a candidate: among those of one type the one whose address
 * stands further back has the higher priority (RFC 8445, 5.1.2.1, local preference), whatever was gathered. libnice's own list
 * is that of all addresses in the order of the kernel, and where a machine has more than 64 it aborts. So this room has another
 * nice_interfaces_get_local_ips(), which the dynamic linker finds first. */

/* `texts`: what agents gather, the best first, NULL-terminated; copied. What is not among them counts as the best. Any thread. */
void bg_ice_interfaces_rank (const char *const *texts);
