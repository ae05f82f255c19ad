/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "wg/wg-keypair.h"
#include "wg/wg-private.h"

#include <stdlib.h>

static _Atomic uint64_t last_id;
static _Atomic uint64_t deaths;

WgKeypair *
wg_keypair_new (void)
{
  WgKeypair *keypair = wg_new0 (sizeof *keypair);

  atomic_init (&keypair->uses, 1);
  atomic_init (&keypair->holders, 1);
  keypair->id = atomic_fetch_add_explicit (&last_id, 1, memory_order_relaxed) + 1;
  return keypair;
}

WgKeypair *
wg_keypair_ref (WgKeypair *keypair)
{
  atomic_fetch_add_explicit (&keypair->uses, 1, memory_order_relaxed);
  return keypair;
}

void
wg_keypair_unref (WgKeypair *keypair)
{
  if (!keypair || atomic_fetch_sub_explicit (&keypair->uses, 1, memory_order_acq_rel) != 1)
    return;
  wg_wipe (keypair->send_key, sizeof keypair->send_key);
  wg_wipe (keypair->receive_key, sizeof keypair->receive_key);
  atomic_store_explicit (&keypair->dead, true, memory_order_release);
  atomic_fetch_add_explicit (&deaths, 1, memory_order_release);
  wg_keypair_release (keypair);
}

void
wg_keypair_hold (WgKeypair *keypair)
{
  atomic_fetch_add_explicit (&keypair->holders, 1, memory_order_relaxed);
}

void
wg_keypair_release (WgKeypair *keypair)
{
  if (atomic_fetch_sub_explicit (&keypair->holders, 1, memory_order_acq_rel) == 1)
    free (keypair);
}

bool
wg_keypair_is_dead (const WgKeypair *keypair)
{
  return atomic_load_explicit (&keypair->dead, memory_order_acquire);
}

uint64_t
wg_keypair_deaths (void)
{
  return atomic_load_explicit (&deaths, memory_order_acquire);
}

bool
wg_keypair_may_send (const WgKeypair *keypair, uint64_t now_ns)
{
  return now_ns - keypair->created_ns < WG_REJECT_AFTER_TIME
         && keypair->send_counter < WG_REJECT_AFTER_MESSAGES;
}
