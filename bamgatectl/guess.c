/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What somebody may have meant who mistyped a word. */
#include "bamgatectl/ctl.h"

#include <string.h>

enum
{
  MAX_WORD = 63
};

/* Letters to insert, drop, change or swap with the next one (optimal string alignment). */
static guint
distance (const char *a, const char *b)
{
  const guint n = (guint) strlen (a), m = (guint) strlen (b);
  guint d[MAX_WORD + 1][MAX_WORD + 1];

  for (guint i = 0; i <= n; i++)
    for (guint j = 0; j <= m; j++)
      {
        if (i == 0 || j == 0)
          {
            d[i][j] = i + j;
            continue;
          }
        d[i][j] = MIN (MIN (d[i - 1][j], d[i][j - 1]) + 1,
                       d[i - 1][j - 1] + (a[i - 1] != b[j - 1]));
        if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
          d[i][j] = MIN (d[i][j], d[i - 2][j - 2] + 1);
      }
  return d[n][m];
}

const char *
ctl_guess (const char *const *words, const char *typed)
{
  const gsize len = strlen (typed);
  guint nearest = (guint) CLAMP (len / 4, 1, 3) + 1; /* not that far */
  const char *best = NULL;

  if (len < 2 || len > MAX_WORD)
    return NULL;
  for (; *words; words++)
    {
      guint far = strlen (*words) > MAX_WORD         ? G_MAXUINT
                  : g_str_has_prefix (*words, typed) ? 1
                                                     : distance (*words, typed);

      if (far < nearest)
        {
          nearest = far;
          best = *words;
        }
    }
  return best;
}
