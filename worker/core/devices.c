/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/core/devices.h"
#include "worker/core/membership-entry.h"

BgDeviceState
bg_device_state (BgDeviceState row, bool is_signed_network, uint8_t policy, bool is_member,
                 bool is_revoked_in_log)
{
  if (row == BG_DEVICE_REVOKED || is_revoked_in_log)
    return BG_DEVICE_REVOKED;
  if (row == BG_DEVICE_LEFT || !is_signed_network)
    return row;
  if (is_member || (row == BG_DEVICE_ACTIVE && policy & BG_POLICY_UNSIGNED))
    return BG_DEVICE_ACTIVE;
  return BG_DEVICE_PENDING;
}

static bool
is_here (const BgRegistration *it)
{
  return it->has_row && (it->row_state == BG_DEVICE_ACTIVE || it->row_state == BG_DEVICE_PENDING);
}

static BgDeviceState
state_of (const BgRegistration *it)
{
  if (it->is_signed_network)
    return it->is_member ? BG_DEVICE_ACTIVE : BG_DEVICE_PENDING;
  if (is_here (it))
    return it->row_state;
  if (it->is_first)
    return BG_DEVICE_ACTIVE;
  return it->needs_approval || it->is_name_taken ? BG_DEVICE_PENDING : BG_DEVICE_ACTIVE;
}

BgRegistered
bg_device_register (const BgRegistration *registration)
{
  bool was_revoked = registration->has_row && registration->row_state == BG_DEVICE_REVOKED;

  if (was_revoked || registration->is_revoked_in_log)
    return (BgRegistered){ .is_refused = true, .state = BG_DEVICE_REVOKED };
  return (BgRegistered){ .state = state_of (registration),
                         .is_owner = registration->is_first
                                     && state_of (registration) == BG_DEVICE_ACTIVE };
}

static BgRefreshVerdict
refresh_with_previous (const BgRefresh *refresh)
{
  if (refresh->is_current_used)
    return BG_REFRESH_REUSED;
  return refresh->wants_rotation ? BG_REFRESH_REPLACE : BG_REFRESH_KEEP;
}

BgRefreshVerdict
bg_device_refresh (const BgRefresh *refresh, int64_t now)
{
  if (refresh->state == BG_DEVICE_REVOKED || refresh->state == BG_DEVICE_LEFT)
    return BG_REFRESH_REFUSED_DEVICE;
  if (!refresh->is_current && !refresh->is_previous)
    return BG_REFRESH_REFUSED_TOKEN;
  if (now - refresh->used_at > BG_CREDENTIAL_LIFETIME_S)
    return BG_REFRESH_REFUSED_OLD;
  if (!refresh->is_current)
    return refresh_with_previous (refresh);
  return refresh->wants_rotation ? BG_REFRESH_ROTATE : BG_REFRESH_KEEP;
}

bool
bg_device_may (BgDeviceState state, bool is_owner, BgDeviceRight right)
{
  static const uint8_t rights[] = {
    [BG_DEVICE_PENDING] = 1 << BG_MAY_READ_LOG,
    [BG_DEVICE_ACTIVE] = 1 << BG_MAY_CONNECT | 1 << BG_MAY_READ_LOG | 1 << BG_MAY_LIST
                         | 1 << BG_MAY_MANAGE,
    [BG_DEVICE_LEFT] = 0,
    [BG_DEVICE_REVOKED] = 0,
  };

  return rights[state] >> right & 1 && (right != BG_MAY_MANAGE || is_owner);
}

static bool
is_same (BgBytes a, BgBytes b)
{
  return a.len == b.len && (a.len == 0 || memcmp (a.bytes, b.bytes, a.len) == 0);
}

bool
bg_device_join_fits (BgBytes name, BgBytes key, BgBytes address, BgBytes said_name,
                     BgBytes said_key, BgBytes said_address)
{
  return is_same (name, said_name) && is_same (key, said_key)
         && (said_address.len == 0 || is_same (address, said_address));
}

bool
bg_shared_token_opens (bool is_signed_network, uint8_t policy, bool is_allowed)
{
  return is_signed_network ? (policy & BG_POLICY_UNSIGNED) != 0 : is_allowed;
}

void
bg_ula_prefix (const uint8_t random[5], uint8_t prefix[16])
{
  memset (prefix, 0, 16);
  prefix[0] = 0xfd;
  memcpy (prefix + 1, random, 5);
}

void
bg_ula_address (const uint8_t prefix[16], uint32_t host, uint8_t address[16])
{
  memcpy (address, prefix, 16);
  bg_put32 (address + 12, host);
}
