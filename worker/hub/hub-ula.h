/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "worker/hub/hub-writer.h"

G_BEGIN_DECLS

/* The network's prefix of unique local addresses (RFC 4193), made when it is first needed, and kept. */
typedef struct _BgHubUla BgHubUla;

/* `settings`: of BgHubSetting, as they are stored; borrowed. `writer` lives longer. */
BgHubUla *bg_hub_ula_new (GPtrArray *settings, BgHubWriter *writer);
void bg_hub_ula_free (BgHubUla *ula);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgHubUla, bg_hub_ula_free)

/* "fdxx:xxxx:xxxx::/64"; NULL where there are no random numbers. */
char *bg_hub_ula_get_subnet (BgHubUla *ula);
/* "fdxx:xxxx:xxxx::7/64" for the host of this number in the IPv4 subnet; "" where there is none. */
char *bg_hub_ula_get_address (BgHubUla *ula, guint32 host);

/* As it is stored, for another hub (transfer full); "" where it was not needed yet. */
char *bg_hub_ula_get_stored (BgHubUla *ula);
#define BG_HUB_ULA_SETTING "ula"

G_END_DECLS
