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

bool
bg_device_is_owner (bool is_signed_network, bool is_owners_in_log, bool is_owner_in_row)
{
  return is_signed_network ? is_owners_in_log : is_owner_in_row;
}

bool
bg_device_is_stale (BgDeviceState row, int64_t created_at, int64_t last_seen_at, int64_t now)
{
  int64_t heard_at = last_seen_at > created_at ? last_seen_at : created_at;

  return row == BG_DEVICE_PENDING && now - heard_at > BG_DEVICE_FORGET_S;
}

bool
bg_device_is_seen_anew (int64_t last_seen_at, int64_t now)
{
  return now - last_seen_at >= BG_DEVICE_SEEN_EVERY_S;
}

bool
bg_device_name_is_taken (const BgNameUse *use)
{
  return use->is_active || (!use->is_joined_by_self && (use->is_pending || use->is_joined));
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
bg_device_register (const BgRegistration *it)
{
  bool was_active = it->has_row && it->row_state == BG_DEVICE_ACTIVE;
  bool takes = !it->is_member || !it->has_address;

  if ((it->has_row && it->row_state == BG_DEVICE_REVOKED) || it->is_revoked_in_log)
    return (BgRegistered){ .is_refused = true, .state = BG_DEVICE_REVOKED };
  return (BgRegistered){ .state = was_active ? BG_DEVICE_ACTIVE : state_of (it),
                         .is_owner = it->is_first && state_of (it) == BG_DEVICE_ACTIVE,
                         .takes_address = takes,
                         .takes_name = takes && !(was_active && it->is_name_taken) };
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

BgGoodbye
bg_device_goodbye (BgDeviceState state)
{
  static const uint8_t goodbyes[] = { [BG_DEVICE_PENDING] = BG_GOODBYE_PENDING,
                                      [BG_DEVICE_ACTIVE] = BG_GOODBYE_NONE,
                                      [BG_DEVICE_LEFT] = BG_GOODBYE_LEFT,
                                      [BG_DEVICE_REVOKED] = BG_GOODBYE_REVOKED };

  return (BgGoodbye) goodbyes[state];
}

static BgGoodbye
judge_token_join (const BgDeviceJoin *join)
{
  BgDeviceState state = join->has_row ? join->state : BG_DEVICE_LEFT;

  if (!join->token_opens)
    return BG_GOODBYE_TOKEN_OVER;
  if (state == BG_DEVICE_PENDING || state == BG_DEVICE_REVOKED)
    return bg_device_goodbye (state);
  if (!join->is_main_room)
    return BG_GOODBYE_NONE;
  if (state == BG_DEVICE_ACTIVE)
    return join->is_itself ? BG_GOODBYE_NONE : BG_GOODBYE_NOT_ITSELF;
  return join->is_name_taken ? BG_GOODBYE_NAME_TAKEN : BG_GOODBYE_NONE;
}

BgGoodbye
bg_device_judge_join (const BgDeviceJoin *join)
{
  BgGoodbye why;

  if (join->is_by_token)
    return judge_token_join (join);
  why = bg_device_goodbye (join->has_row ? join->state : BG_DEVICE_REVOKED);
  return why == BG_GOODBYE_NONE && !join->is_itself ? BG_GOODBYE_NOT_ITSELF : why;
}

bool
bg_shared_token_opens (bool is_signed_network, uint8_t policy, bool is_allowed)
{
  return is_signed_network ? (policy & BG_POLICY_UNSIGNED) != 0 : is_allowed;
}

bool
bg_shared_token_registers (bool is_signed_network, bool is_allowed, bool has_active)
{
  return !is_signed_network && (is_allowed || !has_active);
}

bool
bg_code_gives_token (bool token_opens, bool needs_approval)
{
  return token_opens && !needs_approval;
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
