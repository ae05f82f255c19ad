/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "worker/core/core-bytes.h"

/* One entry of the log that says who is in a network, as bytes (docs/devices.md, The log). What is read is borrowed from them. */

enum
{
  BG_ENTRY_VERSION = 1,
  BG_ENTRY_HEAD = 80, /* before the body */
  BG_ENTRY_MAX_BODY = 1024,
  BG_ENTRY_KEY = 32, /* of Ed25519 and of WireGuard */
  BG_ENTRY_HASH = 32,
  BG_ENTRY_SIGNATURE = 64,
  BG_ENTRY_MAX = BG_ENTRY_HEAD + BG_ENTRY_MAX_BODY + BG_ENTRY_SIGNATURE,
  BG_ENTRY_MAX_NAME = 63,
  BG_ENTRY_MAX_ADDRESSES = 4,
  BG_ENTRY_MAX_GRANTED = 16,
  BG_ENTRY_MAX_URL = 255,
  BG_ENTRY_MAX_CERTIFICATE = BG_ENTRY_MAX_BODY - 2,
};

typedef enum
{
  BG_ENTRY_GENESIS,
  BG_ENTRY_DEVICE,
  BG_ENTRY_REVOKE,
  BG_ENTRY_OWNER,
  BG_ENTRY_DISOWN,
  BG_ENTRY_INVITE,
  BG_ENTRY_CANCEL,
  BG_ENTRY_POLICY,
  BG_ENTRY_RECOVERY,
  BG_ENTRY_MOVE,
  BG_ENTRY_AUTHORITY,
  BG_ENTRY_NAME,
} BgEntryType;

enum
{
  BG_GRANT_ANY_ROUTE = 1,
  BG_GRANT_EXIT4 = 2,
  BG_GRANT_EXIT6 = 4,

  BG_POLICY_UNSIGNED = 1,
};

typedef struct
{
  uint8_t family; /* 4 or 6 */
  uint8_t length; /* 0 to 32, or to 128 */
  uint8_t bytes[16];
} BgEntryPrefix;

/* What a device may offer. */
typedef struct
{
  uint8_t       bits;
  uint8_t       n_routes;
  BgEntryPrefix routes[BG_ENTRY_MAX_GRANTED];
} BgGrantedOffer;

typedef struct
{
  uint8_t        key[BG_ENTRY_KEY]; /* WireGuard's */
  uint8_t        name_len;
  char           name[BG_ENTRY_MAX_NAME + 1]; /* with a NUL */
  uint8_t        n_addresses;
  BgEntryPrefix  addresses[BG_ENTRY_MAX_ADDRESSES];
  BgGrantedOffer granted;
} BgMemberRecord;

/* Only what the type has is set; the rest is zero. */
typedef struct
{
  BgEntryType    type;
  uint32_t       number;
  uint64_t       time; /* Unix seconds */
  uint8_t        previous[BG_ENTRY_HASH];
  uint8_t        signer[BG_ENTRY_KEY];
  BgMemberRecord record;                 /* genesis, device, recovery */
  uint8_t        key[BG_ENTRY_KEY];      /* revoke: the device's; owner, disown, recovery: the signing key; invite, cancel: its key */
  uint8_t        device[BG_ENTRY_KEY];   /* owner; name: zeroes are nobody's */
  uint8_t        recovery[BG_ENTRY_KEY]; /* genesis, recovery: the (new) recovery key */
  uint8_t        policy;                 /* genesis, policy */
  uint64_t       expires_at;             /* invite */
  BgGrantedOffer granted;                /* invite */
  char           name[BG_ENTRY_MAX_NAME + 1]; /* invite; empty: any. name: a label of the DNS */
  char           url[BG_ENTRY_MAX_URL + 1]; /* move: of the hub from now on */
  uint8_t        pin[BG_ENTRY_HASH];  /* move: SHA-256 of its public key info; zeroes: as the system trusts */
  BgBytes        certificate;            /* authority: DER, which nobody here looks into; empty: there is none any more; borrowed */
  BgBytes        is_signed;              /* what the signature covers, without the text in front; borrowed */
  BgBytes        signature;              /* borrowed */
} BgEntry;

/* What stands in front of the signed bytes: the text and a NUL. */
extern const BgBytes bg_entry_context;

/* Exactly one entry, strictly: nothing behind it, no bits below a prefix, no unknown bits, a name of our grammar. */
bool bg_entry_read (BgBytes bytes, BgEntry *entry);
/* Writes all but the signature, which the host makes over bg_entry_context and these bytes and puts behind them; the length, or 0
 * where it does not fit or is no entry that could be read. is_signed and signature are not looked at. */
size_t bg_entry_write (const BgEntry *entry, uint8_t *bytes, size_t room);
