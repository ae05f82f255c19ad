/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/byte-order-mark.h"

#include <string.h>

const char *
bg_behind_byte_order_mark (const char *text)
{
  return strncmp (text, "\xef\xbb\xbf", 3) == 0 ? text + 3 : text;
}

void
bg_skip_byte_order_mark (char *text)
{
  const char *rest = bg_behind_byte_order_mark (text);

  memmove (text, rest, strlen (rest) + 1);
}
