/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Bytes of whoever fuzzes as what a host kept of a client: what comes of them fits together, and is the same when it is saved
 * and read again. */
#include "unit/core/core-check.h"
#include "worker/core/turn-memory.h"
#include "worker/hub/hub-digests.h"
#include "fuzz.h"

#include <glib.h>
#include <string.h>

enum
{
  CLIENTS = 4,
  NOW = 5000,
};

static uint64_t
same_nonce (void *data)
{
  return 1;
}

static void
no_send (void *data, uint32_t client, const BgBytes *parts, size_t n)
{
}

static BgTurnServer *
server_new (void)
{
  const BgTurnLimits limits = {
    .clients = CLIENTS, .per_user = 2, .per_network = 2, .user_bytes_per_s = 1000
  };
  const BgTurnHost host = { .digests = bg_hub_digests, .nonce = same_nonce, .send = no_send };

  return bg_turn_server_new (g_malloc (bg_turn_server_size (&limits)), &limits, &host,
                             BG_TEXT ("secret"), BG_TEXT ("realm"));
}

size_t
fuzz_example (unsigned n, uint8_t *out, size_t max)
{
  static const uint8_t example[] = {
    1,  0,  0, 0, 0,    0,   0,    0,   7,   1,   0,  0,    0,    0,
    0,  0,  0, 9, 0,    0,   0,    0,   0,   0,   0,  8,    1, /* the client */
    0,  0,  0, 0, 0,    0,   0x20, 0,   0,   0,   2,  0x58, 1,    2,
    3,  4,  5, 6, 7,    8,   9,    10,  11,  12, /* until when, transaction */
    1,  2,  3, 4, 5,    6,   7,    8,   9,   10,  11, 12,   13,   14,
    15, 16, 0, 6, '9',  '9', '9',  ':', 'a', 'b', /* key, name */
    1,  0,  0, 0, 2,    0,   0,    0,   0,   0,   0,  0x20, 0,    1,
    0,  0,  0, 3, 0x40, 0,   0,    0,   0,   0,   0,  0,    0x20, 0,
  };

  if (n > 0 || max < sizeof example)
    return 0;
  memcpy (out, example, sizeof example);
  return sizeof example;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree guint8 *exact = g_memdup2 (data, size);
  g_autofree BgTurnServer *server = server_new (), *again = server_new ();
  guint8 saved[BG_TURN_MEMORY_MAX], twice[BG_TURN_MEMORY_MAX];
  size_t len;

  if (!bg_turn_server_restore (server, 2, (BgBytes){ exact, size }, (BgBytes){ exact, 0 }, NOW))
    {
      turn_server_check (server);
      return 0;
    }
  turn_server_check (server);
  len = bg_turn_server_save (server, 2, NOW, saved);
  g_assert (len <= sizeof saved);
  g_assert (bg_turn_server_restore (again, 2, (BgBytes){ saved, len }, (BgBytes){ saved, 0 }, NOW));
  turn_server_check (again);
  g_assert (bg_turn_server_save (again, 2, NOW, twice) == len);
  bg_turn_server_close (server, 2);
  turn_server_check (server);
  return 0;
}
