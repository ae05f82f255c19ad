/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/core/membership-private.h"

enum
{
  MAX_AHEAD_S = 600, /* of a clock that is wrong, not of one that is lying */
};

typedef enum
{
  BY_ITSELF,
  BY_OWNER,
  BY_OWNER_OR_INVITE,
  BY_RECOVERY_KEY,
} Signer;

static BgVerdict
judge_signer (const BgMembership *self, const BgEntry *entry, Signer who)
{
  bool is_allowed = who == BY_ITSELF;

  if (who == BY_OWNER || who == BY_OWNER_OR_INVITE)
    is_allowed = bg_membership_is_owner (self, entry->signer);
  else if (who == BY_RECOVERY_KEY)
    is_allowed = memcmp (entry->signer, self->recovery, BG_ENTRY_KEY) == 0;
  if (!is_allowed && who == BY_OWNER_OR_INVITE)
    is_allowed = bg_membership_invite_at (self, entry->signer, 0) >= 0;
  return is_allowed ? BG_VERDICT_FITS : BG_VERDICT_NOT_ALLOWED;
}

/* Those who are in under another key. */
static BgVerdict
judge_others (const BgMembership *self, const BgMemberRecord *record, const BgMember *itself)
{
  const BgBytes name = { (const uint8_t *) record->name, record->name_len };
  const BgMember *other = bg_membership_find_name (self, name);

  if (other != NULL && other != itself)
    return BG_VERDICT_NAME_TAKEN;
  for (unsigned i = 0; i < record->n_addresses; i++)
    {
      other = bg_membership_find_address (self, &record->addresses[i]);
      if (other != NULL && other != itself)
        return BG_VERDICT_ADDRESS_TAKEN;
    }
  return BG_VERDICT_FITS;
}

static BgVerdict
judge_record (const BgMembership *self, const BgEntry *entry)
{
  const BgMember *itself = bg_membership_find_key (self, entry->record.key);

  if (itself != NULL && itself->is_revoked)
    return BG_VERDICT_KEY_SPENT;
  if (itself == NULL && self->n_members == BG_MEMBERSHIP_MAX_KEYS)
    return BG_VERDICT_FULL;
  return judge_others (self, &entry->record, itself);
}

static bool
is_invited_name (const BgOpenInvite *invite, const BgMemberRecord *record)
{
  return invite->name[0] == '\0'
         || (memcmp (invite->name, record->name, record->name_len) == 0
             && invite->name[record->name_len] == '\0');
}

static BgVerdict
judge_invited (const BgMembership *self, const BgEntry *entry)
{
  int at = bg_membership_invite_at (self, entry->signer, entry->time);
  const BgOpenInvite *invite;

  if (at < 0)
    return BG_VERDICT_EXPIRED;
  invite = &self->invites[at];
  if (bg_membership_find_key (self, entry->record.key) != NULL)
    return BG_VERDICT_KEY_SPENT;
  if (!is_invited_name (invite, &entry->record)
      || !bg_grant_is_within (&entry->record.granted, &invite->granted))
    return BG_VERDICT_BEYOND_INVITE;
  return judge_record (self, entry);
}

static BgVerdict
judge_device (const BgMembership *self, const BgEntry *entry)
{
  return bg_membership_is_owner (self, entry->signer) ? judge_record (self, entry)
                                                      : judge_invited (self, entry);
}

/* May this key begin to sign, for `own`, or as an invite? One key, one who has it. */
static bool
is_signers (const BgMembership *self, const BgEntry *entry)
{
  return bg_membership_is_owner (self, entry->key)
         || bg_membership_invite_at (self, entry->key, entry->time) >= 0;
}

static bool
is_last_owner (const BgMembership *self, int at)
{
  return at >= 0 && self->n_owners == 1;
}

static BgVerdict
judge_revoke (const BgMembership *self, const BgEntry *entry)
{
  const BgMember *member = bg_membership_find_key (self, entry->key);

  if (member == NULL || member->is_revoked)
    return BG_VERDICT_UNKNOWN;
  return is_last_owner (self, bg_membership_owner_of (self, entry->key)) ? BG_VERDICT_LAST_OWNER
                                                                         : BG_VERDICT_FITS;
}

static BgVerdict
judge_owner (const BgMembership *self, const BgEntry *entry)
{
  const BgMember *member = bg_membership_find_key (self, entry->device);

  if (member == NULL || member->is_revoked)
    return BG_VERDICT_UNKNOWN;
  if (is_signers (self, entry))
    return BG_VERDICT_KEY_SPENT;
  return self->n_owners == BG_MEMBERSHIP_MAX_OWNERS
             && bg_membership_owner_of (self, entry->device) < 0
           ? BG_VERDICT_FULL
           : BG_VERDICT_FITS;
}

static BgVerdict
judge_disown (const BgMembership *self, const BgEntry *entry)
{
  int at = bg_membership_owner_at (self, entry->key);

  if (at < 0)
    return BG_VERDICT_UNKNOWN;
  return is_last_owner (self, at) ? BG_VERDICT_LAST_OWNER : BG_VERDICT_FITS;
}

static uint32_t
count_invites (const BgMembership *self, uint64_t time)
{
  uint32_t n = 0;

  for (uint32_t i = 0; i < self->n_invites; i++)
    n += self->invites[i].expires_at >= time;
  return n;
}

static BgVerdict
judge_invite (const BgMembership *self, const BgEntry *entry)
{
  if (entry->expires_at < entry->time)
    return BG_VERDICT_EXPIRED;
  if (is_signers (self, entry))
    return BG_VERDICT_KEY_SPENT;
  return count_invites (self, entry->time) < BG_MEMBERSHIP_MAX_INVITES ? BG_VERDICT_FITS
                                                                       : BG_VERDICT_FULL;
}

static BgVerdict
judge_cancel (const BgMembership *self, const BgEntry *entry)
{
  return bg_membership_invite_at (self, entry->key, entry->time) >= 0 ? BG_VERDICT_FITS
                                                                      : BG_VERDICT_UNKNOWN;
}

static BgVerdict
judge_recovery (const BgMembership *self, const BgEntry *entry)
{
  return judge_record (self, entry);
}

static bool
is_zero (const uint8_t key[BG_ENTRY_KEY])
{
  static const uint8_t zeroes[BG_ENTRY_KEY];

  return memcmp (key, zeroes, sizeof zeroes) == 0;
}

/* No name that a device has by itself. */
static BgVerdict
judge_name (const BgMembership *self, const BgEntry *entry)
{
  const BgMember *member = bg_membership_find_key (self, entry->device);
  int at = bg_membership_name_at (self, entry->name);
  BgBytes name = { (const uint8_t *) entry->name, 0 };

  while (entry->name[name.len] != '\0')
    name.len++;
  if (member == NULL && is_zero (entry->device))
    return at >= 0 ? BG_VERDICT_FITS : BG_VERDICT_UNKNOWN;
  if (member == NULL || member->is_revoked)
    return BG_VERDICT_UNKNOWN;
  if (bg_membership_find_name (self, name) != NULL)
    return BG_VERDICT_NAME_TAKEN;
  return at < 0 && self->n_names == BG_MEMBERSHIP_MAX_NAMES ? BG_VERDICT_FULL : BG_VERDICT_FITS;
}

static BgVerdict
judge_nothing (const BgMembership *self, const BgEntry *entry)
{
  return BG_VERDICT_FITS;
}

typedef struct
{
  Signer who;
  bool is_always_room; /* what ends something has a place also in a log that is full */
  BgVerdict (*judge) (const BgMembership *self, const BgEntry *entry);
} Rule;

static const Rule rules[] = {
  [BG_ENTRY_GENESIS] = { BY_ITSELF, false, judge_nothing },
  [BG_ENTRY_DEVICE] = { BY_OWNER_OR_INVITE, false, judge_device },
  [BG_ENTRY_REVOKE] = { BY_OWNER, true, judge_revoke },
  [BG_ENTRY_OWNER] = { BY_OWNER, false, judge_owner },
  [BG_ENTRY_DISOWN] = { BY_OWNER, true, judge_disown },
  [BG_ENTRY_INVITE] = { BY_OWNER, false, judge_invite },
  [BG_ENTRY_CANCEL] = { BY_OWNER, true, judge_cancel },
  [BG_ENTRY_POLICY] = { BY_OWNER, false, judge_nothing },
  [BG_ENTRY_RECOVERY] = { BY_RECOVERY_KEY, false, judge_recovery },
  [BG_ENTRY_MOVE] = { BY_OWNER, false, judge_nothing },
  [BG_ENTRY_AUTHORITY] = { BY_OWNER, false, judge_nothing },
  [BG_ENTRY_NAME] = { BY_OWNER, false, judge_name },
};

static bool
follows (const BgMembership *self, const BgEntry *entry)
{
  if (entry->number != self->count)
    return false;
  return self->count == 0 || memcmp (entry->previous, self->head, BG_ENTRY_HASH) == 0;
}

BgVerdict
bg_membership_judge (const BgMembership *self, const BgEntry *entry)
{
  const Rule *rule = &rules[entry->type];
  BgVerdict verdict;

  if ((entry->number == 0) != (entry->type == BG_ENTRY_GENESIS))
    return BG_VERDICT_MALFORMED;
  if (!follows (self, entry))
    return BG_VERDICT_ELSEWHERE;
  if (entry->time < self->time)
    return BG_VERDICT_TOO_OLD;
  verdict = judge_signer (self, entry, rule->who);
  if (verdict != BG_VERDICT_FITS)
    return verdict;
  if (self->count >= BG_MEMBERSHIP_MAX_ENTRIES && !rule->is_always_room)
    return BG_VERDICT_FULL;
  return rule->judge (self, entry);
}

/* By the clock of who keeps the log: an invite that is over is over, also for an entry that says an earlier time. */
static BgVerdict
judge_clock (const BgMembership *self, const BgEntry *entry, uint64_t now)
{
  if (entry->time > now && entry->time - now > MAX_AHEAD_S)
    return BG_VERDICT_TOO_NEW;
  if (bg_membership_is_owner (self, entry->signer) || entry->type != BG_ENTRY_DEVICE)
    return BG_VERDICT_FITS;
  return bg_membership_invite_at (self, entry->signer, now) >= 0 ? BG_VERDICT_FITS
                                                                 : BG_VERDICT_EXPIRED;
}

BgVerdict
bg_membership_judge_now (const BgMembership *self, const BgEntry *entry, uint64_t now)
{
  BgVerdict verdict = bg_membership_judge (self, entry);

  return verdict == BG_VERDICT_FITS ? judge_clock (self, entry, now) : verdict;
}
