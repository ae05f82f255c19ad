/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/core/membership-private.h"

static bool
is_same_key (const uint8_t *a, const uint8_t *b)
{
  return memcmp (a, b, BG_ENTRY_KEY) == 0;
}

size_t
bg_membership_size (void)
{
  return sizeof (BgMembership);
}

BgMembership *
bg_membership_init (void *memory)
{
  BgMembership *self = memory;

  self->count = self->n_members = self->n_owners = self->n_invites = 0;
  self->time = 0;
  self->policy = 0;
  self->moved_at = 0;
  self->authority_at = self->n_names = 0;
  self->certificate_len = 0;
  return self;
}

uint32_t
bg_membership_count (const BgMembership *self)
{
  return self->count;
}

const uint8_t *
bg_membership_head (const BgMembership *self)
{
  return self->count > 0 ? self->head : NULL;
}

const uint8_t *
bg_membership_id (const BgMembership *self)
{
  return self->count > 0 ? self->id : NULL;
}

uint64_t
bg_membership_time (const BgMembership *self)
{
  return self->time;
}

uint8_t
bg_membership_policy (const BgMembership *self)
{
  return self->policy;
}

const uint8_t *
bg_membership_recovery_key (const BgMembership *self)
{
  return self->count > 0 ? self->recovery : NULL;
}

BgMembershipHub
bg_membership_hub (const BgMembership *self)
{
  if (self->moved_at == 0)
    return (BgMembershipHub){ 0 };
  return (BgMembershipHub){ .number = self->moved_at, .url = self->hub_url, .pin = self->hub_pin };
}

BgMembershipAuthority
bg_membership_authority (const BgMembership *self)
{
  int owner = self->certificate_len > 0 ? bg_membership_owner_at (self, self->authority_by) : -1;

  if (owner < 0)
    return (BgMembershipAuthority){ 0 };
  return (BgMembershipAuthority){ .number = self->authority_at,
                                  .certificate = { self->certificate, self->certificate_len },
                                  .device = self->owners[owner].device };
}

uint32_t
bg_membership_n_names (const BgMembership *self)
{
  return self->n_names;
}

const BgMemberName *
bg_membership_name (const BgMembership *self, uint32_t i)
{
  return i < self->n_names ? &self->names[i] : NULL;
}

static bool
is_same_text (const char *a, const char *b)
{
  while (*a != '\0' && *a == *b)
    a++, b++;
  return *a == *b;
}

int
bg_membership_name_at (const BgMembership *self, const char *label)
{
  for (uint32_t i = 0; i < self->n_names; i++)
    if (is_same_text (self->names[i].label, label))
      return (int) i;
  return -1;
}

const BgMemberName *
bg_membership_find_given_name (const BgMembership *self, const char *label)
{
  int at = bg_membership_name_at (self, label);

  return at < 0 ? NULL : &self->names[at];
}

int
bg_membership_member_at (const BgMembership *self, const uint8_t key[BG_ENTRY_KEY])
{
  for (uint32_t i = 0; i < self->n_members; i++)
    if (is_same_key (self->members[i].record.key, key))
      return (int) i;
  return -1;
}

const BgMember *
bg_membership_find_key (const BgMembership *self, const uint8_t key[BG_ENTRY_KEY])
{
  int at = bg_membership_member_at (self, key);

  return at >= 0 ? &self->members[at] : NULL;
}

static bool
has_name (const BgMemberRecord *record, BgBytes name)
{
  return record->name_len == name.len && memcmp (record->name, name.bytes, name.len) == 0;
}

const BgMember *
bg_membership_find_name (const BgMembership *self, BgBytes name)
{
  for (uint32_t i = 0; i < self->n_members; i++)
    if (!self->members[i].is_revoked && has_name (&self->members[i].record, name))
      return &self->members[i];
  return NULL;
}

static bool
has_address (const BgMemberRecord *record, const BgEntryPrefix *address)
{
  size_t len = address->family == 4 ? 4 : 16;

  for (unsigned i = 0; i < record->n_addresses; i++)
    if (record->addresses[i].family == address->family
        && memcmp (record->addresses[i].bytes, address->bytes, len) == 0)
      return true;
  return false;
}

const BgMember *
bg_membership_find_address (const BgMembership *self, const BgEntryPrefix *address)
{
  for (uint32_t i = 0; i < self->n_members; i++)
    if (!self->members[i].is_revoked && has_address (&self->members[i].record, address))
      return &self->members[i];
  return NULL;
}

uint32_t
bg_membership_n_members (const BgMembership *self)
{
  return self->n_members;
}

const BgMember *
bg_membership_member (const BgMembership *self, uint32_t i)
{
  return i < self->n_members ? &self->members[i] : NULL;
}

uint32_t
bg_membership_n_owners (const BgMembership *self)
{
  return self->n_owners;
}

const BgOwner *
bg_membership_owner (const BgMembership *self, uint32_t i)
{
  return i < self->n_owners ? &self->owners[i] : NULL;
}

int
bg_membership_owner_at (const BgMembership *self, const uint8_t signing_key[BG_ENTRY_KEY])
{
  for (uint32_t i = 0; i < self->n_owners; i++)
    if (is_same_key (self->owners[i].key, signing_key))
      return (int) i;
  return -1;
}

int
bg_membership_owner_of (const BgMembership *self, const uint8_t device[BG_ENTRY_KEY])
{
  for (uint32_t i = 0; i < self->n_owners; i++)
    if (is_same_key (self->owners[i].device, device))
      return (int) i;
  return -1;
}

bool
bg_membership_is_owner (const BgMembership *self, const uint8_t signing_key[BG_ENTRY_KEY])
{
  return bg_membership_owner_at (self, signing_key) >= 0;
}

bool
bg_membership_is_owners_device (const BgMembership *self, const uint8_t key[BG_ENTRY_KEY])
{
  return bg_membership_owner_of (self, key) >= 0;
}

int
bg_membership_invite_at (const BgMembership *self, const uint8_t key[BG_ENTRY_KEY], uint64_t time)
{
  for (uint32_t i = 0; i < self->n_invites; i++)
    if (self->invites[i].expires_at >= time && is_same_key (self->invites[i].key, key))
      return (int) i;
  return -1;
}
