/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* device.allow, device.deny, device.forward and who may come to published services, as the data plane has them: names of peers become keys, and follow who has which.
 * Main thread only. */

#include "app/config.h"
#include "peer/peer-set.h"

G_BEGIN_DECLS

typedef struct _BgAccessControl BgAccessControl;

/* `dataplane` outlives it. The rules are in effect before anything that is asked of `dataplane` from here on. */
BgAccessControl *bg_access_control_new (BgDataplane *dataplane, BgConfig *config);
/* Fine on NULL. The rules stay in effect. */
void bg_access_control_free (BgAccessControl *self);
/* Rules of both that are written alike go on counting. */
void bg_access_control_apply (BgAccessControl *self, BgConfig *config);
/* Whose keys the names stand for; NULL: nobody's any more. */
void bg_access_control_follow (BgAccessControl *self, BgPeerSet *peers);
/* aa{sv}, floating: "action" s ("allow", "deny"), "rule" s as in the settings, "packets" t that it decided, "known" b, FALSE where it
 * names a peer that there is not. `self` may be NULL: the rules of `config`, of which none decided anything. */
GVariant *bg_access_control_list (BgAccessControl *self, const BgConfig *config);

G_END_DECLS
