/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "worker/core/membership.h"

/* The log of one network, which is in no memory before somebody asks. */

/* Who is in it; NULL: it is not signed. */
const BgMembership *log_membership (void);
/* Whom log_find() found last; NULL: nobody. */
const BgMember *log_found (void);
