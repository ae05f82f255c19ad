/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgate-account-private.h"

/**
 * BamgateAccount:
 *
 * A cloud account that binds endpoints to this machine.
 *
 * Accounts are in the list that [method@Client.get_accounts] returns.
 *
 * Since: 0.1
 */
G_DEFINE_FINAL_TYPE (BamgateAccount, bamgate_account, BAMGATE_TYPE_BUS_OBJECT)

static void
bamgate_account_class_init (BamgateAccountClass *klass)
{
  bamgate_bus_object_class_install (&klass->parent_class, bamgate_account_bus_properties);
}

static void
bamgate_account_init (BamgateAccount *self)
{
}
