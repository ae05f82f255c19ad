/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/secret-text.h"

#include <string.h>

void
bg_secret_free (char *secret)
{
  if (secret)
    explicit_bzero (secret, strlen (secret));
  g_free (secret);
}
