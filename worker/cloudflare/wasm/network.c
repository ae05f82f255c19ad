/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Addresses and invites of a network, for the JavaScript around it, which keeps the rows. Texts are in the input, in the order
 * of their lengths; times are Unix seconds. */
#include "worker/cloudflare/wasm/memory.h"
#include "worker/core/invite.h"
#include "worker/core/network.h"

enum
{
  KEY_MAX = 64,
};

static BgSubnet subnet;
static BgSurvey survey;
static uint8_t survey_key[KEY_MAX];
static char text[BG_SUBNET_TEXT];
static char code[BG_INVITE_TEXT];

/* The `n`th text of the input is `len` bytes from `*at` on. */
static BgBytes
next (size_t *at, uint32_t len)
{
  BgBytes bytes = { input + *at, len };

  *at += len;
  return bytes;
}

EXPORT (subnet_open)
bool
subnet_open (uint32_t len)
{
  return bg_subnet_read (&subnet, (BgBytes){ input, len });
}

/* With a NUL behind it; host 0 is the subnet itself. */
EXPORT (subnet_text)
const char *
subnet_text (uint32_t host)
{
  bg_subnet_write (&subnet, host, text);
  return text;
}

EXPORT (subnet_host_of)
uint32_t
subnet_host_of (uint32_t len)
{
  return bg_subnet_host_of (&subnet, (BgBytes){ input, len });
}

EXPORT (key_is_fine)
bool
key_is_fine (uint32_t len)
{
  return bg_key_is_fine ((BgBytes){ input, len });
}

EXPORT (max_devices)
uint32_t
max_devices (void)
{
  return BG_NETWORK_MAX_DEVICES;
}

EXPORT (retired_s)
uint32_t
retired_s (void)
{
  return BG_NETWORK_RETIRED_S;
}

/* Name and key of the row that is known, if it is; then those of the device. */
EXPORT (network_record)
BgRecord
network_record (bool is_known, double reserved_until, uint32_t host, uint32_t known_name,
                uint32_t known_key, uint32_t name, uint32_t key, bool is_full, double now)
{
  size_t at = 0;
  BgDevice known = { .host = host, .reserved_until = (int64_t) reserved_until };
  BgBytes new_name, new_key;

  known.name = next (&at, known_name);
  known.key = next (&at, known_key);
  new_name = next (&at, name);
  new_key = next (&at, key);
  return bg_network_record (is_known ? &known : NULL, host, new_name, new_key, is_full,
                            (int64_t) now);
}

EXPORT (record_kept)
BgRecord
record_kept (void)
{
  return BG_RECORD_KEPT;
}

EXPORT (record_write)
BgRecord
record_write (void)
{
  return BG_RECORD_WRITE;
}

EXPORT (survey_begin)
void
survey_begin (uint32_t key, double now)
{
  key = key < KEY_MAX ? key : KEY_MAX;
  memcpy (survey_key, input, key);
  bg_survey_begin (&survey, (BgBytes){ survey_key, key }, (int64_t) now);
}

/* One row, whose key is in the input. */
EXPORT (survey_add)
bool
survey_add (uint32_t host, uint32_t key, double created_at, double reserved_until, bool is_asked)
{
  const BgDevice device = { .host = host,
                            .key = { input, key },
                            .created_at = (int64_t) created_at,
                            .reserved_until = (int64_t) reserved_until,
                            .is_asked = is_asked };

  return bg_survey_add (&survey, &device);
}

EXPORT (survey_use)
void
survey_use (uint32_t host)
{
  bg_survey_use (&survey, host);
}

/* Six numbers: host, removed, is_new, is_written, reserved_until, is_asked. */
EXPORT (survey_decide)
const double *
survey_decide (bool is_invited, bool has_room)
{
  static double numbers[6];
  BgGrant grant = bg_survey_decide (&survey, &subnet, is_invited ? BG_INVITED : BG_ASKED, has_room);

  numbers[0] = grant.host;
  numbers[1] = grant.removed;
  numbers[2] = grant.is_new;
  numbers[3] = grant.is_written;
  numbers[4] = (double) grant.reserved_until;
  numbers[5] = grant.is_asked;
  return numbers;
}

/* Does the row with that key and time still belong to the other key? */
EXPORT (device_belongs_to)
bool
device_belongs_to (double reserved_until, uint32_t key, uint32_t other, double now)
{
  const BgDevice device = { .key = { input, key }, .reserved_until = (int64_t) reserved_until };

  return bg_device_belongs_to (&device, (BgBytes){ input + key, other }, (int64_t) now);
}

/* Of random bytes in the input; with a NUL behind it. */
EXPORT (invite_code)
const char *
invite_code (void)
{
  bg_invite_make_code (input, code);
  return code;
}

/* 0 where it cannot be a code. */
EXPORT (invite_read_code)
const char *
invite_read_code (uint32_t len)
{
  return bg_invite_read_code ((BgBytes){ input, len }, code) ? code : NULL;
}

/* 0 unknown, 1 expired, 2 to be granted, 3 the same again; keys of who redeemed it, and of who asks. */
EXPORT (invite_judge)
BgInviteVerdict
invite_judge (double expires_at, bool is_redeemed, uint32_t by, uint32_t key, bool is_still_its_own,
              double now)
{
  const BgInvite invite = { (int64_t) expires_at, is_redeemed, { input, by } };

  return bg_invite_judge (&invite, (BgBytes){ input + by, key }, is_still_its_own, (int64_t) now);
}

EXPORT (invites_have_room)
bool
invites_have_room (uint32_t n_open)
{
  return bg_invites_have_room (n_open);
}

EXPORT (invites_forget)
bool
invites_forget (double oldest_expires_at, uint32_t n_kept, double now)
{
  return bg_invites_forget ((int64_t) oldest_expires_at, n_kept, (int64_t) now);
}
