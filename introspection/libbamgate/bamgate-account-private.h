/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the generated part of the class needs. Private. */

#include "bamgate-bus-object-private.h"
#include "bamgate-account.h"

G_BEGIN_DECLS

#define BAMGATE_ACCOUNT_INTERFACE "org.bamgate.Tunnel1.Account"

struct _BamgateAccount
{
  BamgateBusObject object;
};

extern const BamgateProperty bamgate_account_bus_properties[];

G_END_DECLS
