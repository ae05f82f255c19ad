/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "worker/core/core-bytes.h"

/* Registered devices and their credentials: what follows from a row (docs/devices.md, A device). The host keeps the rows, and makes and
 * compares tokens. Times are Unix seconds. */

enum
{
  BG_CREDENTIAL_LIFETIME_S = 30 * 24 * 3600, /* of a refresh token after its last use */
  BG_ACCESS_LIFETIME_S = 3600,
};

typedef enum
{
  BG_DEVICE_PENDING,
  BG_DEVICE_ACTIVE,
  BG_DEVICE_LEFT,
  BG_DEVICE_REVOKED,
} BgDeviceState;

/* What the state of a row comes to beside the log: in a signed network only who is in it is in, and with the policy also who was active
 * before. To be asked with each use, as the log changes without the row. */
BgDeviceState bg_device_state (BgDeviceState row, bool is_signed_network, uint8_t policy, bool is_member, bool is_revoked_in_log);

/* Somebody registers, with a good code or a good token. */
typedef struct
{
  bool has_row;           /* there is a row with this key */
  BgDeviceState row_state;
  bool is_name_taken;     /* by an active or pending device with another key; who is active keeps its own name then */
  bool is_first;          /* nobody is registered yet */
  bool needs_approval;    /* the network's setting */
  bool is_signed_network; /* there is a log … */
  bool is_member;         /* … and it has this key, not revoked */
  bool is_revoked_in_log;
} BgRegistration;

typedef struct
{
  bool is_refused; /* it was revoked: its key opens nothing any more */
  BgDeviceState state;
  bool is_owner;   /* it manages others from now on: the first one. A row that there is keeps what it has */
} BgRegistered;

BgRegistered bg_device_register (const BgRegistration *registration);

/* Somebody shows a refresh token; the host compared its hash with the two that the row has. */
typedef struct
{
  BgDeviceState state;
  bool is_current, is_previous; /* equal to that hash */
  bool is_current_used;         /* the current one was used since it was made */
  int64_t used_at;              /* when a refresh last succeeded, or it was made */
  bool wants_rotation;
} BgRefresh;

typedef enum
{
  BG_REFRESH_REFUSED_DEVICE, /* revoked, or left */
  BG_REFRESH_REFUSED_OLD,    /* for 30 days not used */
  BG_REFRESH_REFUSED_TOKEN,
  BG_REFRESH_REUSED,         /* one that was replaced, after its successor was used: somebody has a copy */
  BG_REFRESH_KEEP,           /* an access token, and the refresh token that was shown stays */
  BG_REFRESH_ROTATE,         /* a new refresh token; this one becomes the previous */
  BG_REFRESH_REPLACE,        /* a new one in place of the current, that got lost; the previous stays the previous */
} BgRefreshVerdict;

/* After KEEP and ROTATE used_at is now, and after KEEP of the current one is_current_used. */
BgRefreshVerdict bg_device_refresh (const BgRefresh *refresh, int64_t now);

/* What a device may do with an access token that is good. */
typedef enum
{
  BG_MAY_CONNECT,  /* rooms, relay, invites, addresses */
  BG_MAY_READ_LOG, /* and write to it */
  BG_MAY_LIST,
  BG_MAY_MANAGE,
} BgDeviceRight;

bool bg_device_may (BgDeviceState state, bool is_owner, BgDeviceRight right);

/* Does a `join` say what the row says? An address that it does not say is fine. */
bool bg_device_join_fits (BgBytes name, BgBytes key, BgBytes address, BgBytes said_name, BgBytes said_key, BgBytes said_address);

/* May the token that all share open rooms? `is_allowed`: the setting, for a network without a log. */
bool bg_shared_token_opens (bool is_signed_network, uint8_t policy, bool is_allowed);

/* The ULA prefix of 40 random bits (RFC 4193, 3.2.2), and the address of host number `host` in it. */
void bg_ula_prefix (const uint8_t random[5], uint8_t prefix[16]);
void bg_ula_address (const uint8_t prefix[16], uint32_t host, uint8_t address[16]);
