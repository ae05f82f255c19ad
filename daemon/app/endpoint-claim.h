/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Which names an account's endpoints may take on this machine: whoever writes the account's list must not lead away what people mean by other names. Pure. */

#include "common/words.h"

G_BEGIN_DECLS

typedef struct
{
  const char *const *allowed; /* domains whose names they may take, "*" for all; NULL: none */
  const char *suffix;         /* of the network's machines; NULL */
  const char *own;            /* this machine's name, with or without a domain; NULL */
} BgEndpointClaims;

/* NULL where an endpoint may have `host` (in lower case, without the dot at the end), else why not. A name with a dot that is in no top level domain
 * of the Internet, nor in one that local networks use, is nobody's. (transfer full) */
BgWords *bg_endpoint_claim_judge (const BgEndpointClaims *claims, const char *host);

G_END_DECLS
