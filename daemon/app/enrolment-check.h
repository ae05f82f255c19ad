/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What can go wrong with entering a network, asked before it costs an invite, and judged again with what was granted. All of
 * it is really tried, and nothing of it stays but the device's key. Main thread only. */

#include "app/config.h"
#include "app/secret-keeper.h"
#include "net/local-networks.h"
#include "wg/wg.h"

G_BEGIN_DECLS

/* Where this machine keeps what entering a network writes. */
typedef struct
{
  BgSecretKeeper *keeper; /* NULL: the files of secrets_dir are all */
  const char *config_path, *secrets_dir, *state_dir, *runtime_dir;
  const char *hub_socket; /* NULL: a hub of our own is a child */
  gboolean    holds_interface; /* the tunnel is up, or on its way: its interface is ours */
} BgEnrolmentPlaces;

/* Can this machine save `changes` (as of bg_config_change()) and its secrets, and make the interface `config` names? Makes and
 * keeps the device's key where there is none, and tells both halves. Wipe `private_key` after use, also on error. */
gboolean bg_enrolment_check_machine (BgConfig *config, const BgEnrolmentPlaces *places, GVariant *changes, WgKey *private_key,
                                     WgKey *public_key, GError **error);
/* May this machine be in the network of `address` ("10.0.0.2/24")? Not where that is no network, would swallow half the
 * Internet, or overlaps one that the machine is connected to; and only with `force` where the addresses are other people's
 * (not of RFC 1918, 6598 or 4193), or this machine reaches them by another route. */
gboolean bg_enrolment_check_address (const BgLocalNetworks *networks, const char *address, gboolean force, GError **error);
/* May this device, with the public key `key`, have `name` beside `devices` (name → key)? Not one that DNS cannot tell from
 * another's, unless with `force`. The same name is left to the others, who remember whose it is. */
gboolean bg_enrolment_check_name (const char *name, const char *key, GHashTable *devices, gboolean force, GError **error);
/* May the token travel to `url` (normalised)? Where others can read it, only with `force`; then it is logged. */
gboolean bg_enrolment_check_url (const char *url, gboolean force, GError **error);

G_END_DECLS
