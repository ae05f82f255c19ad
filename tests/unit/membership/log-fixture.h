/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A network for tests: an owner whose seed is known, devices with keys made of one byte, and entries that they sign. */

#include "membership/entry-draft.h"

/* Of the byte, 32 times. */
void fixture_key (guint8 byte, guint8 key[BG_ENTRY_KEY]);
#define FIXTURE_OWNER_SEED 1
#define FIXTURE_RECOVERY_SEED 2
#define FIXTURE_NOW 1800000000

/* "d<byte>", with the address 10.0.<byte / 250>.<byte % 250 + 1>, and no grant. */
BgMemberRecord fixture_record (guint number);
/* The first entry: device 0 is the owner's. `allow`: others may be in it unsigned. */
BgEntry fixture_genesis (gboolean allow);
BgEntry fixture_device (guint number);
BgEntry fixture_revoke (guint number);
/* `entry` behind `state`, signed with that seed, whether it may follow or not. (transfer full) */
GBytes *fixture_sign (const BgMembership *state, const BgEntry *entry, guint8 seed_byte);
/* GBytes of a network with devices 0 to n - 1. (transfer full) */
GPtrArray *fixture_network (guint n);
/* Follows behind `entries`, by the owner; added to them. */
void fixture_add (GPtrArray *entries, const BgEntry *entry, guint8 seed_byte);
/* An entry of the owner's: the network is at `url`, whose pin is 32 such bytes. */
void fixture_add_move (GPtrArray *entries, const char *url, guint8 pin);
/* What they make. Free with g_free(). */
BgMembership *fixture_state (const GPtrArray *entries);
