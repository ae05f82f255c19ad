/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgatectl/qr.h"

#ifdef BG_HAVE_QRENCODE

#include <qrencode.h>

enum
{
  QUIET =
    2 /* light modules around it; the edge of the window is light enough for the rest, or so far away */
};

static gboolean
is_dark (const QRcode *code, int x, int y)
{
  x -= QUIET;
  y -= QUIET;
  return x >= 0 && y >= 0 && x < code->width && y < code->width
         && code->data[y * code->width + x] & 1;
}

static void
append_pair (GString *text, gboolean upper, gboolean lower)
{
  static const char *const shapes[2][2] = { { "█", "▀" },
                                            { "▄", " " } }; /* what is light is drawn */

  g_string_append (text, shapes[upper][lower]);
}

static char *
draw (const QRcode *code, gboolean colour)
{
  const int size = code->width + 2 * QUIET;
  GString *text = g_string_new (NULL);

  for (int y = 0; y < size; y += 2)
    {
      if (colour)
        g_string_append (text, "\033[97;40m");
      for (int x = 0; x < size; x++)
        append_pair (text, is_dark (code, x, y), y + 1 < size && is_dark (code, x, y + 1));
      g_string_append (text, colour ? "\033[0m\n" : "\n");
    }
  return g_string_free (text, FALSE);
}

char *
qr_draw (const char *text, gboolean colour, int *columns)
{
  QRcode *code = QRcode_encodeString (text, 0, QR_ECLEVEL_L, QR_MODE_8, 1);
  char *drawn;

  if (!code)
    return NULL;
  *columns = code->width + 2 * QUIET;
  drawn = draw (code, colour);
  QRcode_free (code);
  return drawn;
}

#else

char *
qr_draw (const char *text, gboolean colour, int *columns)
{
  return NULL;
}

#endif
