/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/core/network.h"

enum
{
  KEY_TEXT = 44,
  MAX_ASKED = 256,
  INVITED_S = 24 * 3600,
  ASKED_S = 24 * 3600,
  ASKED_WITHOUT_KEY_S = 600,
  ASKED_FIRM_S = 600,
};

static bool
is_same (BgBytes a, BgBytes b)
{
  return a.len == b.len && (a.len == 0 || memcmp (a.bytes, b.bytes, a.len) == 0);
}

/* 0 to 63, or -1. */
static int
base64_value (uint8_t c)
{
  if (c >= 'A' && c <= 'Z')
    return c - 'A';
  if (c >= 'a' && c <= 'z')
    return c - 'a' + 26;
  if (c >= '0' && c <= '9')
    return c - '0' + 52;
  return c == '+' ? 62 : c == '/' ? 63 : -1;
}

bool
bg_key_is_fine (BgBytes text)
{
  if (text.len != KEY_TEXT || text.bytes[KEY_TEXT - 1] != '=')
    return false;
  for (size_t i = 0; i < KEY_TEXT - 1; i++)
    if (base64_value (text.bytes[i]) < 0)
      return false;
  return (base64_value (text.bytes[KEY_TEXT - 2]) & 3) == 0; /* or one key would have four texts */
}

bool
bg_device_is_expired (const BgDevice *device, int64_t now)
{
  return device->reserved_until != 0 && device->reserved_until <= now;
}

bool
bg_device_belongs_to (const BgDevice *device, BgBytes key, int64_t now)
{
  return !bg_device_is_expired (device, now) && is_same (device->key, key);
}

BgRecord
bg_network_record (const BgDevice *known, uint32_t host, BgBytes name, BgBytes key, bool is_full,
                   int64_t now)
{
  if (host == 0 || !bg_key_is_fine (key))
    return BG_RECORD_UNFIT;
  if (known == NULL)
    return is_full ? BG_RECORD_FULL : BG_RECORD_WRITE;
  if (known->key.len > 0 && !is_same (known->key, key) && !bg_device_is_expired (known, now))
    return BG_RECORD_FOREIGN;
  if (known->reserved_until == 0 && is_same (known->name, name) && is_same (known->key, key))
    return BG_RECORD_KEPT;
  return BG_RECORD_WRITE;
}

void
bg_survey_begin (BgSurvey *self, BgBytes key, int64_t now)
{
  memset (self, 0, sizeof *self);
  self->key = key;
  self->now = now;
}

static void
note_spare (BgSurvey *self, const BgDevice *device)
{
  self->n_asked++;
  if (device->created_at + ASKED_FIRM_S <= self->now
      && (self->spare.host == 0 || device->created_at < self->spare.created_at))
    self->spare = *device;
}

bool
bg_survey_add (BgSurvey *self, const BgDevice *device)
{
  if (bg_device_is_expired (device, self->now))
    return false;
  bg_hosts_add (&self->kept, device->host);
  if (self->key.len > 0 && is_same (device->key, self->key)
      && (self->own.host == 0 || self->own.created_at <= device->created_at))
    self->own = *device;
  if (device->is_asked)
    note_spare (self, device);
  return true;
}

void
bg_survey_use (BgSurvey *self, uint32_t host)
{
  bg_hosts_add (&self->in_use, host);
}

/* The one that it has: kept as long as a new one would be, where it has not joined yet. */
static BgGrant
grant_own (const BgSurvey *self, BgReservation how)
{
  const BgDevice *own = &self->own;

  if (own->reserved_until == 0)
    return (BgGrant){ .host = own->host };
  return (BgGrant){ .host = own->host,
                    .is_written = true,
                    .reserved_until = self->now + INVITED_S,
                    .is_asked = own->is_asked && how == BG_ASKED };
}

static int64_t
lifetime_of (const BgSurvey *self, BgReservation how)
{
  if (how == BG_INVITED)
    return INVITED_S;
  return self->key.len > 0 ? ASKED_S : ASKED_WITHOUT_KEY_S;
}

static uint32_t
free_host (const BgSurvey *self, const BgSubnet *subnet, BgReservation how, bool has_room,
           uint32_t *removed)
{
  uint32_t host = 0, spare = self->spare.host;

  if (has_room && (how == BG_INVITED || self->n_asked < MAX_ASKED))
    host = bg_hosts_lowest_free (&self->kept, &self->in_use, subnet);
  if (host != 0 || spare == 0)
    return host;
  host = bg_hosts_lowest_free (&self->kept, &self->in_use, subnet);
  if (!bg_hosts_has (&self->in_use, spare) && (host == 0 || spare < host))
    host = spare;
  *removed = host != 0 ? spare : 0;
  return host;
}

BgGrant
bg_survey_decide (const BgSurvey *self, const BgSubnet *subnet, BgReservation how, bool has_room)
{
  BgGrant grant = { .is_new = true, .is_written = true };

  if (self->own.host != 0)
    return grant_own (self, how);
  grant.host = free_host (self, subnet, how, has_room, &grant.removed);
  if (grant.host == 0)
    return (BgGrant){ 0 };
  grant.reserved_until = self->now + lifetime_of (self, how);
  grant.is_asked = how == BG_ASKED;
  return grant;
}
