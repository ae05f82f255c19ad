/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The log of a signed network, for the JavaScript around it, which keeps the entries and looks at hashes and signatures. Entries are
 * tried on a copy: all of them are taken, or none. */
#include "worker/cloudflare/wasm/devices.h"
#include "worker/cloudflare/wasm/memory.h"

static BgMembership *membership, *trial;
static BgEntry entry;
static const BgMember *found;

const BgMembership *
log_membership (void)
{
  return membership != NULL && bg_membership_count (membership) > 0 ? membership : NULL;
}

const BgMember *
log_found (void)
{
  return found;
}

/* False where there is no memory. */
static bool
make_both (void)
{
  void *one, *other;

  if (trial != NULL)
    return true;
  one = block_take (bg_membership_size ());
  other = block_take (bg_membership_size ());
  if (one == NULL || other == NULL)
    return false;
  membership = bg_membership_init (one);
  trial = bg_membership_init (other);
  return true;
}

/* What comes is tried behind what there is. False where there is no memory. */
EXPORT (log_begin)
bool
log_begin (void)
{
  if (!make_both ())
    return false;
  memcpy (trial, membership, bg_membership_size ());
  return true;
}

/* What comes is tried behind nothing. False where there is no memory. */
EXPORT (log_begin_anew)
bool
log_begin_anew (void)
{
  if (!make_both ())
    return false;
  bg_membership_init (trial);
  return true;
}

/* The entry in the input, which has its hash behind it; `now` 0: it was in the log before. */
EXPORT (log_take)
BgVerdict
log_take (uint32_t len, double now)
{
  BgVerdict verdict;

  if (!bg_entry_read ((BgBytes){ input, len }, &entry))
    return BG_VERDICT_MALFORMED;
  verdict = now > 0 ? bg_membership_judge_now (trial, &entry, (uint64_t) now)
                    : bg_membership_judge (trial, &entry);
  if (verdict == BG_VERDICT_FITS)
    bg_membership_apply (trial, &entry, input + len);
  return verdict;
}

/* Reads the entry in the input, for log_subject(); false where it is none. */
EXPORT (log_read)
bool
log_read (uint32_t len)
{
  return bg_entry_read ((BgBytes){ input, len }, &entry);
}

/* Of the entry that was read last, where it says that the hub is elsewhere: the URL with a NUL behind it, and 32 bytes; 0: it says no
 * such thing. */
EXPORT (log_move_url)
const char *
log_move_url (void)
{
  return entry.type == BG_ENTRY_MOVE ? entry.url : NULL;
}

EXPORT (log_move_pin)
const uint8_t *
log_move_pin (void)
{
  return entry.type == BG_ENTRY_MOVE ? entry.pin : NULL;
}

/* Those that were taken since log_begin() count from now on. */
EXPORT (log_commit)
void
log_commit (void)
{
  BgMembership *taken = trial;

  trial = membership;
  membership = taken;
  found = NULL;
}

/* Whose key the entry that was read or taken last has, 32 bytes; 0: it is about nobody's. */
EXPORT (log_subject)
const uint8_t *
log_subject (void)
{
  switch (entry.type)
    {
    case BG_ENTRY_GENESIS:
    case BG_ENTRY_DEVICE:
    case BG_ENTRY_RECOVERY:
      return entry.record.key;
    case BG_ENTRY_REVOKE:
      return entry.key;
    default:
      return NULL;
    }
}

/* What stands in front of the signed bytes, with a NUL that is part of it. */
EXPORT (log_context)
const uint8_t *
log_context (void)
{
  return bg_entry_context.bytes;
}

EXPORT (log_count)
uint32_t
log_count (void)
{
  return membership != NULL ? bg_membership_count (membership) : 0;
}

/* The device whose key is in the input, for those that follow; false where the log never had it, or it is no key. */
EXPORT (log_find)
bool
log_find (uint32_t len)
{
  found = len == BG_ENTRY_KEY && log_membership () != NULL
            ? bg_membership_find_key (membership, input)
            : NULL;
  return found != NULL;
}

EXPORT (found_is_revoked)
bool
found_is_revoked (void)
{
  return found != NULL && found->is_revoked;
}

/* With a NUL behind it. */
EXPORT (found_name)
const char *
found_name (void)
{
  return found->record.name;
}

/* The first address of the family, 4 or 16 bytes; 0: it has none. */
EXPORT (found_address)
const uint8_t *
found_address (uint32_t family)
{
  for (unsigned i = 0; i < found->record.n_addresses; i++)
    if (found->record.addresses[i].family == family)
      return found->record.addresses[i].bytes;
  return NULL;
}
