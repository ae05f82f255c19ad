/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Devices and their credentials, for the JavaScript around it, which keeps the rows. What is asked of a device that the log may have is
 * about the one that log_find() looked for last. Texts are in the input, in the order of their lengths; times are Unix seconds. */
#include "worker/core/devices.h"
#include "worker/cloudflare/wasm/devices.h"
#include "worker/cloudflare/wasm/memory.h"

enum
{
  OWNER = 16,
  TAKES_ADDRESS = 32,
  TAKES_NAME = 64,
  REFUSED = 256,
};

static uint8_t
policy (void)
{
  return log_membership () != NULL ? bg_membership_policy (log_membership ()) : 0;
}

static bool
is_member (void)
{
  return log_found () != NULL && !log_found ()->is_revoked;
}

static bool
is_revoked (void)
{
  return log_found () != NULL && log_found ()->is_revoked;
}

EXPORT (device_state)
BgDeviceState
device_state (BgDeviceState row)
{
  return bg_device_state (row, log_membership () != NULL, policy (), is_member (), is_revoked ());
}

EXPORT (device_is_owner)
bool
device_is_owner (bool is_owner_in_row)
{
  bool is_owners = log_found () != NULL
                   && bg_membership_is_owners_device (log_membership (), log_found ()->record.key);

  return bg_device_is_owner (log_membership () != NULL, is_owners, is_owner_in_row);
}

EXPORT (device_is_stale)
bool
device_is_stale (BgDeviceState row, double created_at, double last_seen_at, double now)
{
  return bg_device_is_stale (row, (int64_t) created_at, (int64_t) last_seen_at, (int64_t) now);
}

EXPORT (device_is_seen_anew)
bool
device_is_seen_anew (double last_seen_at, double now)
{
  return bg_device_is_seen_anew ((int64_t) last_seen_at, (int64_t) now);
}

EXPORT (devices_max)
uint32_t
devices_max (void)
{
  return BG_DEVICES_MAX;
}

EXPORT (devices_max_pending)
uint32_t
devices_max_pending (void)
{
  return BG_DEVICES_MAX_PENDING;
}

EXPORT (device_name_is_taken)
bool
device_name_is_taken (bool is_active, bool is_pending, bool is_joined, bool is_joined_by_self)
{
  const BgNameUse use = { is_active, is_pending, is_joined, is_joined_by_self };

  return bg_device_name_is_taken (&use);
}

/* The state of its row, and bits more: 16, it is an owner from now on; 32, 64, it has the address, the name that it wishes; 256: it is
 * refused. */
EXPORT (device_register)
uint32_t
device_register (bool has_row, BgDeviceState row_state, bool has_address, bool is_name_taken,
                 bool is_first, bool needs_approval)
{
  const BgRegistration registration = { .has_row = has_row,
                                        .row_state = row_state,
                                        .has_address = has_address,
                                        .is_name_taken = is_name_taken,
                                        .is_first = is_first,
                                        .needs_approval = needs_approval,
                                        .is_signed_network = log_membership () != NULL,
                                        .is_member = is_member (),
                                        .is_revoked_in_log = is_revoked () };
  BgRegistered registered = bg_device_register (&registration);

  if (registered.is_refused)
    return REFUSED;
  return registered.state | (registered.is_owner ? OWNER : 0)
         | (registered.takes_address ? TAKES_ADDRESS : 0)
         | (registered.takes_name ? TAKES_NAME : 0);
}

EXPORT (device_refresh)
BgRefreshVerdict
device_refresh (BgDeviceState state, bool is_current, bool is_previous, bool is_current_used,
                double used_at, bool wants_rotation, double now)
{
  const BgRefresh refresh = { state,           is_current,        is_previous,
                              is_current_used, (int64_t) used_at, wants_rotation };

  return bg_device_refresh (&refresh, (int64_t) now);
}

EXPORT (access_lifetime)
uint32_t
access_lifetime (void)
{
  return BG_ACCESS_LIFETIME_S;
}

EXPORT (device_may)
bool
device_may (BgDeviceState state, bool is_owner, BgDeviceRight right)
{
  return bg_device_may (state, is_owner, right);
}

/* Name, key and address of the row, then those that the join says. */
EXPORT (device_join_fits)
bool
device_join_fits (uint32_t name, uint32_t key, uint32_t address, uint32_t said_name,
                  uint32_t said_key, uint32_t said_address)
{
  const uint32_t lens[] = { name, key, address, said_name, said_key, said_address };
  BgBytes texts[6];
  size_t at = 0;

  for (int i = 0; i < 6; i++)
    {
      texts[i] = (BgBytes){ input + at, lens[i] };
      at += lens[i];
    }
  return bg_device_join_fits (texts[0], texts[1], texts[2], texts[3], texts[4], texts[5]);
}

EXPORT (shared_token_opens)
bool
shared_token_opens (bool is_allowed)
{
  return bg_shared_token_opens (log_membership () != NULL, policy (), is_allowed);
}

EXPORT (shared_token_registers)
bool
shared_token_registers (bool is_allowed, bool has_active)
{
  return bg_shared_token_registers (log_membership () != NULL, is_allowed, has_active);
}

EXPORT (code_gives_token)
bool
code_gives_token (bool token_opens, bool needs_approval)
{
  return bg_code_gives_token (token_opens, needs_approval);
}

/* Why it may not join the main room; 0: it may. */
EXPORT (device_judge_join)
BgGoodbye
device_judge_join (bool is_by_token, bool token_opens, bool has_row, BgDeviceState state,
                   bool is_itself, bool is_name_taken)
{
  const BgDeviceJoin join = { is_by_token, token_opens, true,         has_row,
                              state,       is_itself,   is_name_taken };

  return bg_device_judge_join (&join);
}

/* Why sockets of a device in this state are closed; 0: they are not. */
EXPORT (goodbye_of_state)
BgGoodbye
goodbye_of_state (BgDeviceState state)
{
  return bg_device_goodbye (state);
}

EXPORT (goodbye_not_itself)
BgGoodbye
goodbye_not_itself (void)
{
  return BG_GOODBYE_NOT_ITSELF;
}

EXPORT (goodbye_changed)
BgGoodbye
goodbye_changed (void)
{
  return BG_GOODBYE_CHANGED;
}

EXPORT (goodbye_token_over)
BgGoodbye
goodbye_token_over (void)
{
  return BG_GOODBYE_TOKEN_OVER;
}

/* The prefix of the five random bytes in the input, and an address in the prefix that is there: 16 bytes each. */
EXPORT (ula_prefix)
const uint8_t *
ula_prefix (void)
{
  static uint8_t prefix[16];

  bg_ula_prefix (input, prefix);
  return prefix;
}

EXPORT (ula_address)
const uint8_t *
ula_address (uint32_t host)
{
  static uint8_t address[16];

  bg_ula_address (input, host, address);
  return address;
}
