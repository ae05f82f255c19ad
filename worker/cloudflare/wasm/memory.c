/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/cloudflare/wasm/memory.h"

enum
{
  PAGE = 64 * 1024,
  SMALLEST_BITS = 6,
  CLASSES = 20,
};

extern uint8_t __heap_base; /* the linker's */

uint8_t input[INPUT_MAX];

static uintptr_t top;            /* what is above was never given out */
static void *free_list[CLASSES]; /* by powers of two; each free block points to the next */

EXPORT (input_at)
uint8_t *
input_at (void)
{
  return input;
}

static unsigned
class_of (size_t len)
{
  unsigned class = 0;

  while (class < CLASSES && ((size_t) 1 << (class + SMALLEST_BITS)) < len)
    class ++;
  return class;
}

static bool
reach (uintptr_t end)
{
  size_t pages = __builtin_wasm_memory_size (0), wanted = (end + PAGE - 1) / PAGE;

  return wanted <= pages || __builtin_wasm_memory_grow (0, wanted - pages) != (size_t) -1;
}

static void *
take_new (size_t len)
{
  uintptr_t start;

  if (top == 0)
    top = ((uintptr_t) &__heap_base + 15) & ~(uintptr_t) 15;
  start = top;
  if (!reach (start + len))
    return NULL;
  top = start + len;
  return (void *) start;
}

void *
block_take (size_t len)
{
  unsigned class = class_of (len);
  void *block;

  if (class == CLASSES)
    return NULL;
  block = free_list[class];
  if (block == NULL)
    return take_new ((size_t) 1 << (class + SMALLEST_BITS));
  memcpy (&free_list[class], block, sizeof (void *));
  return block;
}

void
block_give_back (void *block, size_t len)
{
  unsigned class = class_of (len);

  memcpy (block, &free_list[class], sizeof (void *));
  free_list[class] = block;
}
