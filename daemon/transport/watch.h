/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* How soon the loss of a peer has to be noticed while there is no traffic with it. What rests costs nothing; what this machine
 * goes out by is asked at close intervals, by its own side. */

typedef enum
{
  BG_WATCH_REST,   /* with the next packet */
  BG_WATCH_USED,   /* at once while packets went to it lately: it carries a network */
  BG_WATCH_ALWAYS, /* at once: everything goes through it */
} BgWatch;

enum
{
  BG_WATCH_MS =
    750, /* from one question to the next; all watched peers are asked in the same moments */
  BG_WATCH_LATELY_MS = 300000,
};

/* Whether it is asked at `now_ns`; `used_ns`: the last packet that went to it, 0 for none. */
static inline bool
bg_watch_is_close (BgWatch watch, uint64_t used_ns, uint64_t now_ns)
{
  return watch == BG_WATCH_ALWAYS
         || (watch == BG_WATCH_USED && used_ns > 0
             && now_ns < used_ns + BG_WATCH_LATELY_MS * UINT64_C (1000000));
}

/* The next moment after `since_ns`. */
static inline uint64_t
bg_watch_next (uint64_t since_ns)
{
  uint64_t step_ns = BG_WATCH_MS * UINT64_C (1000000);

  return (since_ns / step_ns + 1) * step_ns;
}
