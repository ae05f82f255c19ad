/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a fuzzer consists of. Built twice: with libFuzzer (option `fuzzers`, clang), and always with fuzz-smoke.c, which
 * runs some thousand seeded inputs as a test. */

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* The body: must not crash, whatever the bytes. Asserts abort. */
int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

/* Optional: writes the `n`th good input to `out` and returns its length, 0 where there are no more. Inputs are then
 * mutations of these as well as noise. */
size_t fuzz_example (unsigned n, uint8_t *out, size_t max);

/* Optional: good inputs that are texts, up to a NULL; in place of fuzz_example(). */
extern const char *const fuzz_texts[];

/* For plain C; others have g_assert(). */
#define ASSERT(what)                                                                               \
  do                                                                                               \
    if (!(what))                                                                                   \
      {                                                                                            \
        fprintf (stderr, "%s:%d: %s\n", __FILE__, __LINE__, #what);                                \
        abort ();                                                                                  \
      }                                                                                            \
  while (0)
