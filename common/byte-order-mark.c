/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/byte-order-mark.h"

#include <string.h>

void
bg_skip_byte_order_mark (char *text)
{
  if (strncmp (text, "\xef\xbb\xbf", 3) == 0)
    memmove (text, text + 3, strlen (text + 3) + 1);
}
