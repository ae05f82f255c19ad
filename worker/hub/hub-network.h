/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "worker/core/network.h"
#include "worker/hub/hub-writer.h"

G_BEGIN_DECLS

/* Which device has which tunnel address. All of it is in memory and answered from there; changes go to the writer. Times
 * are Unix seconds and come from the caller. */
typedef struct _BgHubNetwork BgHubNetwork;

/* Devices and invites over HTTP are those of this room (spec 5.1). */
#define BG_HUB_MAIN_ROOM "default"

/* Takes `devices` (of BgHubLease, by time of entry); `writer` lives longer. */
BgHubNetwork *bg_hub_network_new (const BgIpPrefix *subnet, GPtrArray *devices,
                                  BgHubWriter *writer);
void bg_hub_network_free (BgHubNetwork *network);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgHubNetwork, bg_hub_network_free)

/* Adds the addresses (borrowed texts) of all who are in a room at this moment. */
typedef void (*BgHubListPresent) (const char *room, GPtrArray *addresses, gpointer data);
/* What somebody uses is never given to another, recorded or not. */
void bg_hub_network_set_presence (BgHubNetwork *network, BgHubListPresent list_present,
                                  gpointer data);

const BgIpPrefix *bg_hub_network_get_subnet (BgHubNetwork *network);
/* BgHubLease of a room that have joined or hold an invite's address, by time of entry; borrowed. Free the array alone. */
GPtrArray *bg_hub_network_list_leases (BgHubNetwork *network, const char *room);

/* A device joined: the address is its own from now on. */
BgRecord bg_hub_network_record_device (BgHubNetwork *network, const char *room, const char *address,
                                       const char *name, const char *public_key, gint64 now);

/* An address for the device with `public_key` (NULL or "" where it named none): the one that it has, or the lowest free one,
 * reserved until it joins. NULL where the network is full. */
char *bg_hub_network_reserve (BgHubNetwork *network, const char *public_key, BgReservation how,
                              gint64 now);
/* An address as it is kept: with the subnet's prefix length, whatever length it is said with. NULL where it is none of the subnet. */
char *bg_hub_network_get_canonical (BgHubNetwork *network, const char *address);
/* The number of the host in the subnet; 0: none. */
guint32 bg_hub_network_get_host (BgHubNetwork *network, const char *address);
/* Has this key, or another one, joined the main room under this name? */
gboolean bg_hub_network_has_name (BgHubNetwork *network, const char *name, const char *public_key);
gboolean bg_hub_network_has_namesake (BgHubNetwork *network, const char *name, const char *public_key);
/* The address becomes this device's own, whoever had it. */
void bg_hub_network_assign (BgHubNetwork *network, const char *address, const char *name, const char *public_key,
                            gint64 now);
/* Nobody else has joined the main room under this name any more. */
void bg_hub_network_release_name (BgHubNetwork *network, const char *name, const char *public_key);
/* What a key has in the main room gives way to others, when nothing else is free any more (BG_NETWORK_RETIRED_S). */
void bg_hub_network_release (BgHubNetwork *network, const char *public_key, gint64 now);
/* Is the address still that of this key, joined or reserved? */
gboolean bg_hub_network_belongs_to (BgHubNetwork *network, const char *address,
                                    const char *public_key, gint64 now);

G_END_DECLS
