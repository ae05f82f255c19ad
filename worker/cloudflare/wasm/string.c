/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the core takes of string.h. Built with bulk memory, where the first three are one instruction each. */
#include "worker/core/core-bytes.h"

void *
memcpy (void *restrict to, const void *restrict from, size_t n)
{
  return __builtin_memcpy (to, from, n);
}

void *
memmove (void *to, const void *from, size_t n)
{
  return __builtin_memmove (to, from, n);
}

void *
memset (void *to, int byte, size_t n)
{
  return __builtin_memset (to, byte, n);
}

__attribute__ ((no_builtin ("memcmp"))) int
memcmp (const void *a, const void *b, size_t n)
{
  const uint8_t *p = a, *q = b;

  for (size_t i = 0; i < n; i++)
    if (p[i] != q[i])
      return p[i] < q[i] ? -1 : 1;
  return 0;
}
