/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "worker/core/membership-entry.h"

/* Who is in a signed network: the state that the entries of its log make, and whether one more may follow (docs/devices.md, The
 * log). The hub, the Worker and the daemon have the same. Hashes and signatures are checked by the host, which gives the hash. */

enum
{
  BG_MEMBERSHIP_MAX_OWNERS = 16,
  BG_MEMBERSHIP_MAX_KEYS = 4096, /* devices that ever were */
  BG_MEMBERSHIP_MAX_INVITES = 64,
  BG_MEMBERSHIP_MAX_NAMES = 64,
  BG_MEMBERSHIP_MAX_ENTRIES = 16384, /* beyond, only what ends something: revoke, disown, cancel */
};

typedef enum
{
  BG_VERDICT_FITS,
  BG_VERDICT_MALFORMED,
  BG_VERDICT_ELSEWHERE,     /* its number or its previous hash is another: made for another head */
  BG_VERDICT_TOO_OLD,       /* made before the entry before it */
  BG_VERDICT_NOT_ALLOWED,   /* whoever signed it may not */
  BG_VERDICT_EXPIRED,       /* the invite is over */
  BG_VERDICT_BEYOND_INVITE, /* another name, or more than the invite grants */
  BG_VERDICT_NAME_TAKEN,
  BG_VERDICT_ADDRESS_TAKEN,
  BG_VERDICT_KEY_SPENT,     /* the key was revoked, or the log has had it */
  BG_VERDICT_UNKNOWN,       /* it speaks of a device, owner or invite that there is not */
  BG_VERDICT_LAST_OWNER,
  BG_VERDICT_FULL,
  BG_VERDICT_TOO_NEW,       /* made later than now, by the clock of whoever keeps the log */
} BgVerdict;

typedef struct
{
  BgMemberRecord record;
  uint32_t       number;  /* of the entry that the record is from */
  bool           is_revoked;
} BgMember;

typedef struct
{
  uint8_t key[BG_ENTRY_KEY];    /* Ed25519 */
  uint8_t device[BG_ENTRY_KEY]; /* WireGuard */
} BgOwner;

/* What the owners call a device beside its own name. */
typedef struct
{
  char    label[BG_ENTRY_MAX_NAME + 1];
  uint8_t device[BG_ENTRY_KEY]; /* active */
} BgMemberName;

/* Lies in memory that the host gives, bg_membership_size() bytes, aligned as for any type; it has no pointers out of it. */
typedef struct _BgMembership BgMembership;

size_t        bg_membership_size (void);
/* An empty log. `memory` is the host's; what was in it does not matter, and little of it is touched before there are members. */
BgMembership *bg_membership_init (void *memory);

/* May `entry`, as bg_entry_read() gave it, be the next? Its signature was not looked at. */
BgVerdict bg_membership_judge (const BgMembership *self, const BgEntry *entry);
/* The same for one that is new, by who takes it into the log at that time (Unix seconds): none from the future, which would keep others
 * out (ten minutes are a wrong clock's), and no invite that is over, whatever time the entry says. */
BgVerdict bg_membership_judge_now (const BgMembership *self, const BgEntry *entry, uint64_t now);
/* It is: judged, its signature good, `hash` the SHA-256 of all its bytes. */
void      bg_membership_apply (BgMembership *self, const BgEntry *entry, const uint8_t hash[BG_ENTRY_HASH]);

/* How many entries; 0: not signed. */
uint32_t       bg_membership_count (const BgMembership *self);
/* The hash of the last one, of the first; NULL without any. */
const uint8_t *bg_membership_head (const BgMembership *self);
const uint8_t *bg_membership_id (const BgMembership *self);
/* When the last entry was made; 0 without any. */
uint64_t       bg_membership_time (const BgMembership *self);
uint8_t        bg_membership_policy (const BgMembership *self);
const uint8_t *bg_membership_recovery_key (const BgMembership *self);

/* Where the owners said last that the hub is. */
typedef struct
{
  uint32_t       number; /* of the entry that says so; 0: none does, and the rest is NULL */
  const char    *url;
  const uint8_t *pin;    /* BG_ENTRY_HASH bytes; zeroes: as the system trusts */
} BgMembershipHub;

BgMembershipHub bg_membership_hub (const BgMembership *self);

/* Who signs for names in certificates, as an owner said last. Of one that signs no more there is none. */
typedef struct
{
  uint32_t       number;      /* of the entry; 0: there is none, and the rest is NULL */
  BgBytes        certificate; /* its own, DER */
  const uint8_t *device;      /* WireGuard's key of the owner's device */
} BgMembershipAuthority;

BgMembershipAuthority bg_membership_authority (const BgMembership *self);

/* Names that the owners gave beside the devices' own; borrowed, as below. */
uint32_t            bg_membership_n_names (const BgMembership *self);
const BgMemberName *bg_membership_name (const BgMembership *self, uint32_t i);
/* The one with this label (NUL at its end); NULL: nobody is called so. */
const BgMemberName *bg_membership_find_given_name (const BgMembership *self, const char *label);

/* Borrowed, until the next bg_membership_apply(); NULL: none. Those that are revoked are found by key only, and counted in the list. */
const BgMember *bg_membership_find_key (const BgMembership *self, const uint8_t key[BG_ENTRY_KEY]);
const BgMember *bg_membership_find_name (const BgMembership *self, BgBytes name);
const BgMember *bg_membership_find_address (const BgMembership *self, const BgEntryPrefix *address);
uint32_t        bg_membership_n_members (const BgMembership *self);
const BgMember *bg_membership_member (const BgMembership *self, uint32_t i);
uint32_t        bg_membership_n_owners (const BgMembership *self);
/* The one at place `i`, in the order in which they came. */
const BgOwner  *bg_membership_owner (const BgMembership *self, uint32_t i);
bool            bg_membership_is_owner (const BgMembership *self, const uint8_t signing_key[BG_ENTRY_KEY]);
/* Does an active device with this WireGuard key sign? */
bool            bg_membership_is_owners_device (const BgMembership *self, const uint8_t key[BG_ENTRY_KEY]);

/* May a device offer this, by its grant? A part of a network that it may offer too. Everything, a length of 0, is an exit's. */
bool bg_grant_has_route (const BgGrantedOffer *granted, const BgEntryPrefix *route);
bool bg_grant_has_exit (const BgGrantedOffer *granted, uint8_t family);
/* Is `part` within `whole`? */
bool bg_grant_is_within (const BgGrantedOffer *part, const BgGrantedOffer *whole);
