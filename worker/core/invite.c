/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/core/invite.h"

enum
{
  MAX_OPEN = 1024,
  MAX_KEPT = 4096,      /* with those that are used or expired */
  FORGET_S = 24 * 3600, /* until then a redeemer still learns that the code has expired */
};

static const char alphabet[] = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
_Static_assert(sizeof alphabet - 1 == 32, "five bits of a byte choose without bias");

static void
write_code (const char symbols[BG_INVITE_SYMBOLS], char code[BG_INVITE_TEXT])
{
  memcpy (code, symbols, BG_INVITE_SYMBOLS / 2);
  code[BG_INVITE_SYMBOLS / 2] = '-';
  memcpy (code + BG_INVITE_SYMBOLS / 2 + 1, symbols + BG_INVITE_SYMBOLS / 2, BG_INVITE_SYMBOLS / 2);
  code[BG_INVITE_TEXT - 1] = '\0';
}

void
bg_invite_make_code (const uint8_t random[BG_INVITE_SYMBOLS], char code[BG_INVITE_TEXT])
{
  char symbols[BG_INVITE_SYMBOLS];

  for (int i = 0; i < BG_INVITE_SYMBOLS; i++)
    symbols[i] = alphabet[random[i] & 31];
  write_code (symbols, code);
}

/* In upper case; NUL where it is neither letter nor digit. */
static char
symbol_of (uint8_t c)
{
  if (c >= 'a' && c <= 'z')
    return (char) (c - 'a' + 'A');
  return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ? (char) c : '\0';
}

bool
bg_invite_read_code (BgBytes text, char code[BG_INVITE_TEXT])
{
  char symbols[BG_INVITE_SYMBOLS];
  int n = 0;

  for (size_t i = 0; i < text.len; i++)
    {
      if (text.bytes[i] == '-')
        continue;
      if (n == BG_INVITE_SYMBOLS || symbol_of (text.bytes[i]) == '\0')
        return false;
      symbols[n++] = symbol_of (text.bytes[i]);
    }
  if (n == BG_INVITE_SYMBOLS)
    write_code (symbols, code);
  return n == BG_INVITE_SYMBOLS;
}

bool
bg_invite_is_open (const BgInvite *invite, int64_t now)
{
  return !invite->is_redeemed && invite->expires_at > now;
}

/* What a key has redeemed it may redeem again, while its address is still its own. */
static bool
is_again (const BgInvite *invite, BgBytes key, bool is_still_its_own, int64_t now)
{
  return key.len > 0 && invite->redeemed_by.len == key.len
         && memcmp (invite->redeemed_by.bytes, key.bytes, key.len) == 0 && invite->expires_at > now
         && is_still_its_own;
}

BgInviteVerdict
bg_invite_judge (const BgInvite *invite, BgBytes key, bool is_still_its_own, int64_t now)
{
  if (invite == NULL)
    return BG_INVITE_UNKNOWN;
  if (invite->is_redeemed)
    return is_again (invite, key, is_still_its_own, now) ? BG_INVITE_AGAIN : BG_INVITE_UNKNOWN;
  return invite->expires_at > now ? BG_INVITE_GRANT : BG_INVITE_EXPIRED;
}

bool
bg_invites_have_room (uint32_t n_open)
{
  return n_open < MAX_OPEN;
}

bool
bg_invites_forget (int64_t oldest_expires_at, uint32_t n_kept, int64_t now)
{
  return n_kept > 0 && (oldest_expires_at < now - FORGET_S || n_kept >= MAX_KEPT);
}
