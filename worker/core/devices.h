/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "worker/core/core-bytes.h"
#include "worker/core/session.h"

/* Registered devices and their credentials: what follows from a row (docs/devices.md, A device). The host keeps the rows, and makes and
 * compares tokens. Times are Unix seconds. */

enum
{
  BG_CREDENTIAL_LIFETIME_S = 30 * 24 * 3600, /* of a refresh token after its last use */
  BG_ACCESS_LIFETIME_S = 3600,
  BG_DEVICES_MAX = 4096, /* rows; beyond, one that left gives way, or nobody comes */
  BG_DEVICES_MAX_PENDING = 256,
  BG_DEVICE_FORGET_S = 7 * 24 * 3600, /* one that waits and was not seen for so long is forgotten */
  BG_DEVICE_SEEN_EVERY_S = 60,
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

/* Does it manage the others: as the log says, where there is one, else its row. */
bool bg_device_is_owner (bool is_signed_network, bool is_owners_in_log, bool is_owner_in_row);

/* One that waits, and did not come to ask for too long. */
bool bg_device_is_stale (BgDeviceState row, int64_t created_at, int64_t last_seen_at, int64_t now);
/* Is it worth a write that it is here now? */
bool bg_device_is_seen_anew (int64_t last_seen_at, int64_t now);

/* Who has a name already. */
typedef struct
{
  bool is_active, is_pending; /* a device with another key, in this state */
  bool is_joined;             /* a key that joined with it by the token, another one … */
  bool is_joined_by_self;     /* … or the very one that asks */
} BgNameUse;

/* May whoever asks not have it? It is taken also by somebody who joined with it by the token, but not from whoever joined with it by itself. */
bool bg_device_name_is_taken (const BgNameUse *use);

/* Somebody registers, with a good code or a good token. */
typedef struct
{
  bool has_row;           /* there is a row with this key … */
  BgDeviceState row_state;
  bool has_address;       /* … and an address in it */
  bool is_name_taken;     /* bg_device_name_is_taken(); who is active keeps its own name then */
  bool is_first;          /* nobody is registered yet */
  bool needs_approval;    /* the network's setting */
  bool is_signed_network; /* there is a log … */
  bool is_member;         /* … and it has this key, not revoked */
  bool is_revoked_in_log;
} BgRegistration;

typedef struct
{
  bool is_refused; /* it was revoked: its key opens nothing any more */
  BgDeviceState state; /* what its row has from now on; one that is active stays so, also where a log says what comes of that */
  bool is_owner;       /* it manages others from now on: the first one. A row that there is keeps what it has */
  bool takes_address, takes_name; /* as it wishes; what a record of the log says is not its to choose */
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

/* Somebody joins a room. */
typedef struct
{
  bool is_by_token;   /* not as a device */
  bool token_opens;   /* bg_shared_token_opens() */
  bool is_main_room;
  bool has_row;       /* of the device as which it came; by the token: of its key */
  BgDeviceState state;
  bool is_itself;     /* bg_device_join_fits() */
  bool is_name_taken; /* by an active device with another key */
} BgDeviceJoin;

/* Why it may not: whoever is registered joins as what it is registered for, and whoever is not, as nobody who is. BG_GOODBYE_NONE: it may. */
BgGoodbye bg_device_judge_join (const BgDeviceJoin *join);
/* Why sockets of a device in this state are closed; BG_GOODBYE_NONE: they are not. */
BgGoodbye bg_device_goodbye (BgDeviceState state);

/* May the token that all share open rooms? `is_allowed`: the setting, for a network without a log. */
bool bg_shared_token_opens (bool is_signed_network, uint8_t policy, bool is_allowed);
/* And register devices? Where nobody is active yet it does whatever the setting says. */
bool bg_shared_token_registers (bool is_signed_network, bool is_allowed, bool has_active);
/* Does a code give it? Not where each newcomer waits for an owner's word: it would open rooms before that. */
bool bg_code_gives_token (bool token_opens, bool needs_approval);

/* The ULA prefix of 40 random bits (RFC 4193, 3.2.2), and the address of host number `host` in it. */
void bg_ula_prefix (const uint8_t random[5], uint8_t prefix[16]);
void bg_ula_address (const uint8_t prefix[16], uint32_t host, uint8_t address[16]);
