/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "worker/core/stun-writer.h"
#include "worker/core/turn-server.h"

#include <glib.h>

/* A TURN server in virtual time, its clients, and what was sent to each. */

#define TEST_SECRET "test-turn-secret"
#define TEST_REALM "bamgate"
#define TEST_USER "4102444800:alpha"
#define TEST_NONCE G_GUINT64_CONSTANT (1700000000000000000)

enum
{
  WORLD_CLIENTS = 600,
};

typedef struct
{
  BgTurnServer *server;
  void         *block;
  BgTurnTime    now;
  guint64       nonce;                   /* the next one */
  GQueue       *sent;                    /* of GByteArray, by client number */
  guint64       n_sent;
  guint         n_spent; /* how often it wanted to have written down what was spent */
} World;

/* What a client knows. */
typedef struct
{
  World      *world;
  guint32     number;
  const char *username;
  guint64     nonce;
  guint32     transaction; /* the next one */
} Device;

extern const BgTurnLimits test_limits;

World *world_new (const BgTurnLimits *limits);
void   world_free (World *world);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (World, world_free)

/* Hands over what is in hexadecimal, whose blanks do not count. */
BgTurnVerdict world_receive_hex (World *world, guint32 client, const char *hex);
BgTurnVerdict world_receive (World *world, guint32 client, const void *bytes, gsize len);
/* A frame of several messages. */
BgTurnVerdict world_receive_many (World *world, guint32 client, const void *bytes, gsize len);
/* The oldest that was sent to the client; (transfer full); NULL: nothing was. */
GByteArray *world_take (World *world, guint32 client);
/* Takes it and compares. */
void world_expect_hex (World *world, guint32 client, const char *hex);
void world_expect_nothing (World *world, guint32 client);
/* Lets time pass. */
void world_pass (World *world, guint64 ms);

char *bytes_to_hex (const guint8 *bytes, gsize len);
GByteArray *bytes_from_hex (const char *hex);

/* A client that has opened. */
Device device_new (World *world, const char *username, guint64 network);
/* Begins a request of the device, signs and sends it, and gives the code that was answered: 0 success, -1 nothing. */
void device_begin (Device *device, BgStunWriter *writer, BgStunMethod method);
int  device_finish (Device *device, BgStunWriter *writer);
/* Challenge and request; the code. */
int  device_allocate (Device *device);
/* Without LIFETIME where it is negative; the LIFETIME of the answer, or minus the code. */
int  device_refresh (Device *device, int lifetime_s);
int  device_permit (Device *device, guint32 ip);
int  device_bind (Device *device, guint16 channel, guint32 ip, guint16 port);
void device_send (Device *device, guint32 ip, const char *text);
void device_send_channel (Device *device, guint16 channel, const char *text);
/* What came as payload, on which channel (0: in an indication), and from where; (transfer full), NULL: nothing. */
char *device_take_text (Device *device, guint16 *channel, guint32 *ip);

guint32 relay_ip (guint32 client);
