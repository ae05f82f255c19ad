/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The checks, a file per subject (check-*.c); docs/doctor.md says what each looks at. */

#include "doctor/diagnosis.h"

G_BEGIN_DECLS

/* All of them, in the order in which people read what they find; ends with a NULL id. */
extern const BgCheck bg_doctor_checks[];

/* check-tunnel.c */
void bg_check_tunnel_state (const BgFacts *facts, GPtrArray *findings);
void bg_check_tunnel_device (const BgFacts *facts, GPtrArray *findings);
void bg_check_tunnel_settings (const BgFacts *facts, GPtrArray *findings);
/* check-files.c */
void bg_check_secrets (const BgFacts *facts, GPtrArray *findings);
void bg_check_files (const BgFacts *facts, GPtrArray *findings);
/* check-hub.c; the last two ask the hub, and one judges what it said: `error` NULL: it answered. */
void bg_check_hub_line (const BgFacts *facts, GPtrArray *findings);
void bg_check_hub_ask (BgFacts *facts, GCancellable *cancellable, GAsyncReadyCallback callback,
                       gpointer data);
void bg_check_hub_asked (BgFacts *facts, GAsyncResult *result, GPtrArray *findings);
void bg_check_hub_judge (const BgFacts *facts, const GError *error, gboolean has_clock,
                         gint64 ahead_us, GPtrArray *findings);
/* check-net.c */
void bg_check_net_uplink (const BgFacts *facts, GPtrArray *findings);
void bg_check_net_mtu (const BgFacts *facts, GPtrArray *findings);
void bg_check_net_filter (const BgFacts *facts, GPtrArray *findings);
void bg_check_net_overlap (const BgFacts *facts, GPtrArray *findings);
void bg_check_net_firewall (const BgFacts *facts, GPtrArray *findings);
/* check-exit.c */
void bg_check_exit (const BgFacts *facts, GPtrArray *findings);
/* check-dns.c; the last three are as with the hub: `addresses` (GInetAddress) NULL: there was an error. */
void bg_check_dns_owner (const BgFacts *facts, GPtrArray *findings);
void bg_check_dns_ask (BgFacts *facts, GCancellable *cancellable, GAsyncReadyCallback callback,
                       gpointer data);
void bg_check_dns_asked (BgFacts *facts, GAsyncResult *result, GPtrArray *findings);
void bg_check_dns_judge (const BgFacts *facts, const GList *addresses, const GError *error,
                         GPtrArray *findings);
/* check-peers.c */
void bg_check_peers (const BgFacts *facts, GPtrArray *findings);
/* check-concerns.c: what the tunnel says of itself */
void bg_check_concerns (const BgFacts *facts, GPtrArray *findings);

G_END_DECLS
