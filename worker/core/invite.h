/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "worker/core/core-bytes.h"

/* Invite codes: 8 symbols of 32, 40 bits, which nobody may have time to guess (docs/hub.md, Token and invites). The host keeps
 * the rows. Times are Unix seconds. */

enum
{
  BG_INVITE_SYMBOLS = 8,
  BG_INVITE_TEXT = BG_INVITE_SYMBOLS + 2, /* with a dash in the middle and a NUL */
};

/* Writes a code, "ABCD-EFGH", made of that many random bytes. */
void bg_invite_make_code (const uint8_t random[BG_INVITE_SYMBOLS], char code[BG_INVITE_TEXT]);
/* What somebody typed, as it is kept: without dashes and case; false where it cannot be a code. */
bool bg_invite_read_code (BgBytes text, char code[BG_INVITE_TEXT]);

typedef struct
{
  int64_t expires_at;
  bool is_redeemed;
  BgBytes redeemed_by; /* key; empty where the redeemer named none */
} BgInvite;

typedef enum
{
  BG_INVITE_UNKNOWN, /* or used, by somebody else */
  BG_INVITE_EXPIRED,
  BG_INVITE_GRANT, /* good: an address is reserved and the invite used up, unless there is no address */
  BG_INVITE_AGAIN, /* the same key again: it gets the same answer */
} BgInviteVerdict;

/* `invite` NULL: there is none with that code. `key` is empty where the redeemer names none; `is_still_its_own`: the address
 * that the invite was used up for still belongs to it. */
BgInviteVerdict bg_invite_judge (const BgInvite *invite, BgBytes key, bool is_still_its_own,
                                 int64_t now);

bool bg_invite_is_open (const BgInvite *invite, int64_t now);
/* May one more be made, where so many are open? */
bool bg_invites_have_room (uint32_t n_open);
/* Is the oldest, of so many that are kept, to be forgotten before another one is made? */
bool bg_invites_forget (int64_t oldest_expires_at, uint32_t n_kept, int64_t now);
