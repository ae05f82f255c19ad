/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/port-text.h"

#include <string.h>

enum
{
  DIGITS_MAX = 5
};

guint16
bg_port_parse (const char *text)
{
  guint64 port = 0;

  if (strlen (text) <= DIGITS_MAX)
    g_ascii_string_to_unsigned (text, 10, 1, G_MAXUINT16, &port, NULL);
  return (guint16) port;
}
