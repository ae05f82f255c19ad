/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Devices and their credentials, for the JavaScript around it, which keeps the rows. What is asked of a device that the log may have is
 * about the one that log_find() looked for last. Texts are in the input, in the order of their lengths; times are Unix seconds. */
#include "worker/core/devices.h"
#include "worker/cloudflare/wasm/devices.h"
#include "worker/cloudflare/wasm/memory.h"
#include "worker/core/session.h"

enum
{
  REFUSED = 256,
  OWNER = 16,
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

/* A state, 16 more where it is an owner from now on; 256: it is refused. */
EXPORT (device_register)
uint32_t
device_register (bool has_row, BgDeviceState row_state, bool is_name_taken, bool is_first,
                 bool needs_approval)
{
  const BgRegistration registration = { .has_row = has_row,
                                        .row_state = row_state,
                                        .is_name_taken = is_name_taken,
                                        .is_first = is_first,
                                        .needs_approval = needs_approval,
                                        .is_signed_network = log_membership () != NULL,
                                        .is_member = is_member (),
                                        .is_revoked_in_log = is_revoked () };
  BgRegistered registered = bg_device_register (&registration);

  if (registered.is_refused)
    return REFUSED;
  return registered.state + (registered.is_owner ? OWNER : 0);
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

/* Why sockets of a device in this state are closed; 0: they are not. */
EXPORT (goodbye_of_state)
BgGoodbye
goodbye_of_state (BgDeviceState state)
{
  static const BgGoodbye goodbyes[] = { [BG_DEVICE_PENDING] = BG_GOODBYE_PENDING,
                                        [BG_DEVICE_ACTIVE] = BG_GOODBYE_NONE,
                                        [BG_DEVICE_LEFT] = BG_GOODBYE_LEFT,
                                        [BG_DEVICE_REVOKED] = BG_GOODBYE_REVOKED };

  return goodbyes[state];
}

EXPORT (goodbye_not_itself)
BgGoodbye
goodbye_not_itself (void)
{
  return BG_GOODBYE_NOT_ITSELF;
}

EXPORT (goodbye_name_taken)
BgGoodbye
goodbye_name_taken (void)
{
  return BG_GOODBYE_NAME_TAKEN;
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
