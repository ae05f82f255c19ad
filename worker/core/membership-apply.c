/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/core/membership-private.h"

static void
put_record (BgMembership *self, const BgEntry *entry)
{
  int at = bg_membership_member_at (self, entry->record.key);

  self->members[at < 0 ? (int) self->n_members++ : at] = (BgMember){ .record = entry->record,
                                                                     .number = entry->number };
}

static void
end_invite (BgMembership *self, uint32_t at)
{
  self->invites[at] = self->invites[--self->n_invites];
}

/* Open are those that have not expired, and whose inviter still signs. */
static void
end_invites (BgMembership *self, uint64_t time)
{
  for (uint32_t i = self->n_invites; i-- > 0;)
    if (self->invites[i].expires_at < time
        || !bg_membership_is_owner (self, self->invites[i].inviter))
      end_invite (self, i);
}

static void
end_owner (BgMembership *self, int at)
{
  if (at < 0)
    return;
  self->n_owners--;
  memmove (&self->owners[at], &self->owners[at + 1],
           (self->n_owners - (uint32_t) at) * sizeof self->owners[0]);
}

static void
put_owner (BgMembership *self, const uint8_t key[BG_ENTRY_KEY], const uint8_t device[BG_ENTRY_KEY])
{
  BgOwner *owner;

  end_owner (self, bg_membership_owner_of (self, device));
  owner = &self->owners[self->n_owners++];
  memcpy (owner->key, key, BG_ENTRY_KEY);
  memcpy (owner->device, device, BG_ENTRY_KEY);
}

static void
end_name (BgMembership *self, uint32_t at)
{
  self->n_names--;
  memmove (&self->names[at], &self->names[at + 1], (self->n_names - at) * sizeof self->names[0]);
}

static void
end_names_of (BgMembership *self, const uint8_t device[BG_ENTRY_KEY])
{
  for (uint32_t i = self->n_names; i-- > 0;)
    if (memcmp (self->names[i].device, device, BG_ENTRY_KEY) == 0)
      end_name (self, i);
}

static void
apply_genesis (BgMembership *self, const BgEntry *entry)
{
  self->policy = entry->policy;
  memcpy (self->recovery, entry->recovery, BG_ENTRY_KEY);
  put_record (self, entry);
  put_owner (self, entry->signer, entry->record.key);
}

static void
apply_device (BgMembership *self, const BgEntry *entry)
{
  if (!bg_membership_is_owner (self, entry->signer))
    end_invite (self, (uint32_t) bg_membership_invite_at (self, entry->signer, entry->time));
  put_record (self, entry);
}

static void
apply_revoke (BgMembership *self, const BgEntry *entry)
{
  self->members[bg_membership_member_at (self, entry->key)].is_revoked = true;
  end_names_of (self, entry->key);
  end_owner (self, bg_membership_owner_of (self, entry->key));
}

static void
apply_owner (BgMembership *self, const BgEntry *entry)
{
  put_owner (self, entry->key, entry->device);
}

static void
apply_disown (BgMembership *self, const BgEntry *entry)
{
  end_owner (self, bg_membership_owner_at (self, entry->key));
}

static void
apply_invite (BgMembership *self, const BgEntry *entry)
{
  BgOpenInvite *invite;

  end_invites (self, entry->time);
  invite = &self->invites[self->n_invites++];
  invite->expires_at = entry->expires_at;
  invite->granted = entry->granted;
  memcpy (invite->key, entry->key, sizeof invite->key);
  memcpy (invite->inviter, entry->signer, sizeof invite->inviter);
  memcpy (invite->name, entry->name, sizeof invite->name);
}

static void
apply_cancel (BgMembership *self, const BgEntry *entry)
{
  end_invite (self, (uint32_t) bg_membership_invite_at (self, entry->key, entry->time));
}

static void
apply_policy (BgMembership *self, const BgEntry *entry)
{
  self->policy = entry->policy;
}

static void
apply_recovery (BgMembership *self, const BgEntry *entry)
{
  memcpy (self->recovery, entry->recovery, BG_ENTRY_KEY);
  self->n_owners = 0;
  put_record (self, entry);
  put_owner (self, entry->key, entry->record.key);
}

static void
apply_move (BgMembership *self, const BgEntry *entry)
{
  self->moved_at = entry->number;
  memcpy (self->hub_url, entry->url, sizeof self->hub_url);
  memcpy (self->hub_pin, entry->pin, sizeof self->hub_pin);
}

static void
apply_authority (BgMembership *self, const BgEntry *entry)
{
  self->authority_at = entry->number;
  self->certificate_len = (uint16_t) entry->certificate.len;
  memcpy (self->authority_by, entry->signer, BG_ENTRY_KEY);
  if (entry->certificate.len > 0)
    memcpy (self->certificate, entry->certificate.bytes, entry->certificate.len);
}

static void
apply_name (BgMembership *self, const BgEntry *entry)
{
  int at = bg_membership_name_at (self, entry->name);
  BgMemberName *name;

  if (bg_membership_member_at (self, entry->device) < 0)
    {
      end_name (self, (uint32_t) at);
      return;
    }
  name = &self->names[at < 0 ? (int) self->n_names++ : at];
  memcpy (name->label, entry->name, sizeof name->label);
  memcpy (name->device, entry->device, BG_ENTRY_KEY);
}

static void (*const effects[]) (BgMembership *self, const BgEntry *entry) = {
  [BG_ENTRY_GENESIS] = apply_genesis,     [BG_ENTRY_DEVICE] = apply_device,
  [BG_ENTRY_REVOKE] = apply_revoke,       [BG_ENTRY_OWNER] = apply_owner,
  [BG_ENTRY_DISOWN] = apply_disown,       [BG_ENTRY_INVITE] = apply_invite,
  [BG_ENTRY_CANCEL] = apply_cancel,       [BG_ENTRY_POLICY] = apply_policy,
  [BG_ENTRY_RECOVERY] = apply_recovery,   [BG_ENTRY_MOVE] = apply_move,
  [BG_ENTRY_AUTHORITY] = apply_authority, [BG_ENTRY_NAME] = apply_name,
};

void
bg_membership_apply (BgMembership *self, const BgEntry *entry, const uint8_t hash[BG_ENTRY_HASH])
{
  effects[entry->type](self, entry);
  self->time = entry->time;
  end_invites (self, self->time);
  memcpy (self->head, hash, BG_ENTRY_HASH);
  if (self->count++ == 0)
    memcpy (self->id, hash, BG_ENTRY_HASH);
}
