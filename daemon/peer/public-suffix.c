/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "peer/public-suffix.h"

#include "common/dns-suffix.h"

#include <libpsl.h>

gboolean
bg_public_suffix_is (const char *domain)
{
  const psl_ctx_t *list = psl_builtin ();

  return list && !bg_suffix_is_nobodys (domain)
         && psl_is_public_suffix2 (list, domain, PSL_TYPE_ANY | PSL_TYPE_NO_STAR_RULE);
}
