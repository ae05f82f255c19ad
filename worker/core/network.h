/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "worker/core/subnet.h"

/* Which device has which tunnel address, and who gets which (docs/hub.md, Addresses). The host keeps the rows and writes what
 * is decided here. Times are Unix seconds. */

enum
{
  BG_NETWORK_MAX_DEVICES = 16384,
  BG_NETWORK_MAX_ELSEWHERE =
    4096, /* of them in other rooms, whose names anybody with the token may invent */
  BG_NETWORK_RETIRED_S =
    30 * 24 * 3600, /* an address of whoever is out is the last to be given away for so long: others remember it as theirs */
};

typedef struct
{
  uint32_t host; /* number in the subnet */
  BgBytes name;  /* empty while only reserved */
  BgBytes key;   /* empty while reserved for whoever comes */
  int64_t created_at;
  int64_t reserved_until; /* 0: the device has joined, and keeps it */
  bool is_asked; /* reserved by a question, not by an invite: may give way in a full network */
} BgDevice;

/* Base64 of 32 bytes, as keys are written? */
bool bg_key_is_fine (BgBytes text);

bool bg_device_is_expired (const BgDevice *device, int64_t now);
/* Is it still that of this key, joined or reserved? */
bool bg_device_belongs_to (const BgDevice *device, BgBytes key, int64_t now);

/* A device joined with an address. */

typedef enum
{
  BG_RECORD_KEPT,    /* known like that: nothing to write */
  BG_RECORD_WRITE,   /* the row gets this name and key, and is its own from now on */
  BG_RECORD_FOREIGN, /* the address belongs to another key */
  BG_RECORD_UNFIT,   /* no address of the subnet, or no key: nothing to record */
  BG_RECORD_FULL,    /* too many devices */
} BgRecord;

/* `host` of the address that it says; `known` is the row of that address, NULL: there is none. */
BgRecord bg_network_record (const BgDevice *known, uint32_t host, BgBytes name, BgBytes key,
                            bool is_full, int64_t now);

/* Somebody asks for an address: all rows of the room are looked at, then it is decided. */

typedef enum
{
  BG_INVITED, /* it redeemed an invite: kept for a day */
  BG_ASKED, /* it has the token, and asked: for a day where it named its key, else for ten minutes; after those, it gives
                 way where no other address is left */
} BgReservation;

typedef struct
{
  BgBytes key; /* empty: it named none */
  int64_t now;
  uint32_t n_asked;
  BgDevice own;   /* the newest of the one who asks; host 0: none */
  BgDevice spare; /* the oldest that may give way; host 0: none */
  BgHosts kept, in_use;
} BgSurvey;

typedef struct
{
  uint32_t host;    /* that it gets; 0: there is none */
  uint32_t removed; /* whose row goes before; 0: nobody's */
  bool is_new;      /* a row is made, with the key and no name; else the row is there */
  bool is_written;  /* it has or gets these two */
  int64_t reserved_until;
  bool is_asked;
} BgGrant;

void bg_survey_begin (BgSurvey *self, BgBytes key, int64_t now);
/* One row; false: it has expired, and is to be removed. */
bool bg_survey_add (BgSurvey *self, const BgDevice *device);
/* Somebody who is here uses that host, recorded or not: it is never given to another. */
void bg_survey_use (BgSurvey *self, uint32_t host);
/* `has_room`: there may be one row more. */
BgGrant bg_survey_decide (const BgSurvey *self, const BgSubnet *subnet, BgReservation how,
                          bool has_room);
