/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/listen-address.h"

G_BEGIN_DECLS

/* The address that other machines most likely reach this one at, without brackets: the source address of the default route
 * (nothing is sent), else the first unicast address that is not on `not_on` (our tunnel). `family` AF_UNSPEC takes either,
 * IPv4 first. NULL where there is none. */
char *bg_own_address_guess (const char *not_on, int family);
/* The https URL at which other machines most likely reach a hub of ours that listens there. */
char *bg_own_hub_url (const BgListenAddress *listen, const char *not_on);

G_END_DECLS
