/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Control messages: what is read is written alike. */
#include "dataplane/control.h"
#include "fuzz.h"

#include <string.h>

size_t
fuzz_example (unsigned n, uint8_t *out, size_t max)
{
  const BgControl control = { .type = (BgControlType) (n + 1),
                              .kind = BG_TRANSPORT_DIRECT,
                              .id = n,
                              .bytes = n,
                              .head = { .count = n, .is_answer = n % 2 },
                              .entry = n,
                              .offset = 3,
                              .part_len = 5,
                              .part = (const uint8_t *) "entry" };

  return n < BG_CONTROL_LOG && max >= BG_CONTROL_MAX ? bg_control_encode (&control, out) : 0;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  uint8_t bytes[BG_CONTROL_MAX];
  BgControl control, again;

  if (!bg_control_decode (data, size, &control))
    return 0;
  ASSERT (control.kind > BG_TRANSPORT_NONE && control.kind < BG_TRANSPORT_KINDS);
  ASSERT (bg_control_decode (bytes, bg_control_encode (&control, bytes), &again));
  ASSERT (again.type == control.type && again.kind == control.kind && again.id == control.id
          && again.stamp == control.stamp && again.bytes == control.bytes);
  ASSERT (again.head.count == control.head.count && again.head.is_answer == control.head.is_answer
          && memcmp (again.head.hash, control.head.hash, BG_LOG_HASH) == 0);
  ASSERT (again.entry == control.entry && again.offset == control.offset
          && again.part_len == control.part_len
          && (control.part_len == 0 || memcmp (again.part, control.part, control.part_len) == 0));
  return 0;
}
