/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs a fuzzer's body without libFuzzer. Input `i` depends on the seed and `i` only:
 *   fuzz-x-smoke [--runs=N] [--seed=N] [--only=I] [FILE…]      files are run as they are, to repeat a finding */
#include "fuzz.h"
#include "split-mix.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum
{
  INPUT_MAX = 4096,
  EXAMPLES_MAX = 64
};

#pragma weak fuzz_example
#pragma weak fuzz_texts

typedef struct
{
  uint8_t bytes[INPUT_MAX];
  size_t len;
} Input;

static Input examples[EXAMPLES_MAX];
static unsigned n_examples;
static volatile unsigned long current_seed, current_run;

static void
make_noise (Input *input, uint64_t *state)
{
  input->len = split_mix (state) % 8 == 0 ? split_mix (state) % INPUT_MAX : split_mix (state) % 256;
  for (size_t i = 0; i < input->len; i++)
    input->bytes[i] = (uint8_t) split_mix (state);
}

static void
flip_bit (Input *input, uint64_t *state)
{
  if (input->len > 0)
    input->bytes[split_mix (state) % input->len] ^= (uint8_t) (1u << split_mix (state) % 8);
}

static void
set_byte (Input *input, uint64_t *state)
{
  static const uint8_t telling[] = { 0, 1, 4, 0x40, 0x45, 0x60, 0x7f, 0x80, 0xb0, 0xff };

  if (input->len > 0)
    input->bytes[split_mix (state) % input->len] = telling[split_mix (state) % sizeof telling];
}

static void
change_length (Input *input, uint64_t *state)
{
  size_t len = split_mix (state) % 2 ? split_mix (state) % (input->len + 1)
                                     : input->len + split_mix (state) % 64;

  if (len > INPUT_MAX)
    len = INPUT_MAX;
  for (size_t i = input->len; i < len; i++)
    input->bytes[i] = (uint8_t) split_mix (state);
  input->len = len;
}

static void
move_part (Input *input, uint64_t *state)
{
  size_t from, to, len;

  if (input->len < 2)
    return;
  from = split_mix (state) % input->len;
  to = split_mix (state) % input->len;
  len = split_mix (state) % (input->len - (from > to ? from : to));
  memmove (input->bytes + to, input->bytes + from, len);
}

static void
make_input (Input *input, uint64_t *state)
{
  static void (*const mutations[]) (Input *, uint64_t *) = { flip_bit, set_byte, change_length,
                                                             move_part };
  unsigned n;

  if (n_examples == 0 || split_mix (state) % 4 == 0)
    {
      make_noise (input, state);
      return;
    }
  *input = examples[split_mix (state) % n_examples];
  for (n = (unsigned) (split_mix (state) % 6); n > 0; n--)
    mutations[split_mix (state) % 4](input, state);
}

static size_t
example (unsigned n, Input *out)
{
  size_t len;

  if (fuzz_example)
    return fuzz_example (n, out->bytes, INPUT_MAX);
  if (!fuzz_texts || !fuzz_texts[n])
    return 0;
  len = strlen (fuzz_texts[n]);
  ASSERT (len <= INPUT_MAX);
  memcpy (out->bytes, fuzz_texts[n], len);
  return len;
}

static void
collect_examples (void)
{
  while (n_examples < EXAMPLES_MAX
         && (examples[n_examples].len = example (n_examples, &examples[n_examples])) > 0)
    n_examples++;
}

static void
on_signal (int number)
{
  char text[96];
  int len = snprintf (text, sizeof text, "signal %d at --seed=%lu --only=%lu\n", number,
                      current_seed, current_run);

  if (write (STDERR_FILENO, text, (size_t) len) != len)
    _exit (2);
  signal (number, SIG_DFL);
  raise (number);
}

static int
run_file (const char *name)
{
  FILE *file = fopen (name, "rb");
  static Input input;

  if (!file)
    {
      fprintf (stderr, "%s: %s\n", name, strerror (errno));
      return 1;
    }
  input.len = fread (input.bytes, 1, sizeof input.bytes, file);
  fclose (file);
  LLVMFuzzerTestOneInput (input.bytes, input.len);
  printf ("%s: %zu bytes, fine\n", name, input.len);
  return 0;
}

/* The body gets a copy of exactly its size, so that a sanitizer sees a read behind it. */
static void
run_input (const Input *input)
{
  uint8_t *exact = malloc (input->len ? input->len : 1);

  if (!exact)
    abort ();
  memcpy (exact, input->bytes, input->len);
  LLVMFuzzerTestOneInput (exact, input->len);
  free (exact);
}

static void
run_seeded (unsigned long seed, unsigned long first, unsigned long last)
{
  static Input input;

  current_seed = seed;
  for (unsigned long run = first; run < last; run++)
    {
      uint64_t state = (uint64_t) seed << 32 ^ run;

      current_run = run;
      make_input (&input, &state);
      run_input (&input);
    }
}

int
main (int argc, char **argv)
{
  unsigned long runs = 2000, seed = 1, only = 0;
  int files = 0, failed = 0, has_only = 0;

  for (int i = 1; i < argc; i++)
    {
      if (strncmp (argv[i], "--runs=", 7) == 0)
        runs = strtoul (argv[i] + 7, NULL, 10);
      else if (strncmp (argv[i], "--seed=", 7) == 0)
        seed = strtoul (argv[i] + 7, NULL, 10);
      else if (strncmp (argv[i], "--only=", 7) == 0)
        {
          only = strtoul (argv[i] + 7, NULL, 10);
          has_only = 1;
        }
      else
        {
          failed |= run_file (argv[i]);
          files++;
        }
    }
  if (files > 0)
    return failed;

  signal (SIGABRT, on_signal);
  signal (SIGSEGV, on_signal);
  collect_examples ();
  for (unsigned i = 0; i < n_examples && !has_only; i++)
    run_input (&examples[i]);
  run_seeded (seed, only, has_only ? only + 1 : runs);
  printf ("%u examples and %lu inputs, fine\n", n_examples, has_only ? 1 : runs);
  return 0;
}
