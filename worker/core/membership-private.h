/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "worker/core/membership.h"

/* What the log comes to, for those who judge and apply. */

typedef struct
{
  uint8_t        key[BG_ENTRY_KEY];
  uint8_t        inviter[BG_ENTRY_KEY]; /* the owner's signing key */
  uint64_t       expires_at;
  BgGrantedOffer granted;
  char           name[BG_ENTRY_MAX_NAME + 1];
} BgOpenInvite;

struct _BgMembership
{
  uint32_t     count, n_members, n_owners, n_invites; /* what is behind these numbers is not set */
  uint64_t     time;
  uint8_t      policy;
  uint8_t      id[BG_ENTRY_HASH], head[BG_ENTRY_HASH];
  uint8_t      recovery[BG_ENTRY_KEY];
  uint32_t     moved_at;
  char         hub_url[BG_ENTRY_MAX_URL + 1];
  uint8_t      hub_pin[BG_ENTRY_HASH];
  uint32_t     authority_at;
  uint8_t      authority_by[BG_ENTRY_KEY]; /* the owner's signing key */
  uint16_t     certificate_len;
  uint8_t      certificate[BG_ENTRY_MAX_CERTIFICATE];
  uint32_t     n_names;
  BgMemberName names[BG_MEMBERSHIP_MAX_NAMES];
  BgOwner      owners[BG_MEMBERSHIP_MAX_OWNERS];
  BgOpenInvite invites[BG_MEMBERSHIP_MAX_INVITES];
  BgMember     members[BG_MEMBERSHIP_MAX_KEYS];
};

/* The place of a device, revoked or not; -1: there is none. */
int bg_membership_member_at (const BgMembership *self, const uint8_t key[BG_ENTRY_KEY]);
/* The place of an owner by its signing key, by its device; -1: there is none. */
int bg_membership_owner_at (const BgMembership *self, const uint8_t signing_key[BG_ENTRY_KEY]);
int bg_membership_owner_of (const BgMembership *self, const uint8_t device[BG_ENTRY_KEY]);
/* The place of a name, NUL at its end; -1: there is none. */
int bg_membership_name_at (const BgMembership *self, const char *label);
/* The place of an invite that is open at `time`; -1: there is none. */
int bg_membership_invite_at (const BgMembership *self, const uint8_t key[BG_ENTRY_KEY], uint64_t time);
