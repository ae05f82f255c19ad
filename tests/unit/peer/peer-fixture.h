/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A set of peers in the fake world, and what hub and data plane say to it. We are "m" at 10.0.0.1 and fd00:ba::1 with the key 11; "z" is
 * larger (we offer), "a" is smaller (it offers). */

#include "fake-world.h"

#include "peer/peer-set.h"

typedef struct
{
  BgPeerSet *set;
  char      *dir, *pins;
  guint      routes_changed, added, removed;
  BgConnectWhen connect; /* of the next open_set() */
  BgMembershipLog *log;  /* the same */
  BgRevokedKeys *revoked;
} Fixture;

typedef enum
{
  OURS,
  GO,
  RESTS, /* ours, which knows connections that rest */
} Make;

/* `paths` of the set, 0 for data channel and ICE. */
#define ADD_WITH(name, func, paths)                                                                \
  g_test_add ("/" SUITE "/" name, Fixture, GUINT_TO_POINTER (paths), set_up, func, tear_down)
#define ADD(name, func) ADD_WITH (name, func, 0)

/* A public key that somebody has the private one of: 32 bytes of `seed`. */
WgKey real_key (guint8 seed);
/* Descriptions with a proof: of the key real_key (seed), made at `time`. */
void say_signed (BgSignalType type, const char *from, guint8 seed, const char *sdp, gint64 time);
void say_real_entry (const char *id, guint8 seed, const char *address);
void say_event_of (Fixture *f, BgEventType type, const WgKey *key, BgTransportKind kind);
/* "a", which signs, offers and gets its tunnel. */
void connect_signed (Fixture *f, guint8 seed, const char *address);
void open_set (Fixture *f, guint paths);
void close_set (Fixture *f);
void set_up (Fixture *f, gconstpointer data);
void tear_down (Fixture *f, gconstpointer data);
void add_entry (BgSignalMessage *message, const char *id, guint8 key, const char *address, const char *route);
void say_empty_list (void);
void say_entry (const char *id, guint8 key, const char *address, const char *route);
void say_left (const char *id);
BgSignalMessage *message_from (BgSignalType type, const char *from);
void say_description (BgSignalType type, const char *from, guint8 key, const char *sdp, Make make);
void say_candidate (const char *from, const char *candidate);
void say_event (Fixture *f, BgEventType type, guint8 key, BgTransportKind kind);
void say_pong (Fixture *f, guint8 key, gint64 latency_us);
const BgPeerInfo *info (Fixture *f, const char *id);
void assert_state (Fixture *f, const char *id, BgPeerPublicState state);
void assert_refused (Fixture *f, const char *id, const char *word);
void open_session (Fixture *f, guint8 key);
void connect_larger (Fixture *f, const char *id, guint8 key, const char *address, Make make);
void connect_smaller (Fixture *f, const char *id, guint8 key, const char *address, Make make);
