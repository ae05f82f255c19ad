/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The checks, a file per subject (check-*.c); docs/doctor.md says what each looks at. */

#include "doctor/diagnosis.h"
#include "doctor/nat-probe.h"
#include "doctor/nm-connectivity.h"
#include "mapping/mapping-question.h"

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
void bg_check_net_offers (const BgFacts *facts, GPtrArray *findings);
void bg_check_net_firewall (const BgFacts *facts, GPtrArray *findings);
/* check-members.c */
void bg_check_members (const BgFacts *facts, GPtrArray *findings);
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

/* check-nat.c, of each address family */
void bg_check_nat4_start (BgFacts *facts, GCancellable *cancellable, GAsyncReadyCallback callback,
                          gpointer data);
void bg_check_nat4_finish (BgFacts *facts, GAsyncResult *result, GPtrArray *findings);
void bg_check_nat6_start (BgFacts *facts, GCancellable *cancellable, GAsyncReadyCallback callback,
                          gpointer data);
void bg_check_nat6_finish (BgFacts *facts, GAsyncResult *result, GPtrArray *findings);
/* What is made of what was found; `family`: AF_INET or AF_INET6. */
void bg_check_nat_say (const BgFacts *facts, int family, const BgNatFound *found,
                       GPtrArray *findings);

/* check-mapping.c */
void bg_check_mapping_start (BgFacts *facts, GCancellable *cancellable,
                             GAsyncReadyCallback callback, gpointer data);
void bg_check_mapping_finish (BgFacts *facts, GAsyncResult *result, GPtrArray *findings);
/* What is made of a router's answer. */
void bg_check_mapping_say (const BgFacts *facts, const BgIpPrefix *gateway,
                           const BgMappingOffer *offer, GPtrArray *findings);

/* check-portal.c */
void bg_check_portal_start (BgFacts *facts, GCancellable *cancellable, GAsyncReadyCallback callback,
                            gpointer data);
void bg_check_portal_finish (BgFacts *facts, GAsyncResult *result, GPtrArray *findings);
/* What is made of what NetworkManager and bg_portal_judge() say. */
void bg_check_portal_say (BgNmConnectivity nm, const char *portal, GPtrArray *findings);

/* check-relay.c */
void bg_check_relay_start (BgFacts *facts, GCancellable *cancellable, GAsyncReadyCallback callback,
                           gpointer data);
void bg_check_relay_finish (BgFacts *facts, GAsyncResult *result, GPtrArray *findings);
/* What is made of one answer, or of its `error`; `url` of a TURN server, NULL: the hub's relay. */
void bg_check_relay_say (const char *url, gint64 rtt_us, const GError *error, GPtrArray *findings);

G_END_DECLS
