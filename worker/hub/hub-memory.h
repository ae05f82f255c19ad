/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "worker/hub/hub-access-token.h"
#include "worker/hub/hub-devices.h"
#include "worker/hub/hub-invites.h"
#include "worker/hub/hub-move.h"
#include "worker/hub/hub-spent.h"

G_BEGIN_DECLS

/* All that the hub remembers, read from its database, and the writer that changes go to. */
typedef struct
{
  BgHubWriter *writer;
  BgHubNetwork *network;
  BgHubInvites *invites;
  BgHubUla *ula;
  BgHubCredentials *credentials;
  BgHubAccessTokens *access_tokens;
  BgHubLog *log;
  BgHubDevices *devices;
  BgHubMove *move;
  BgTurnSpent relay_spent; /* as it was read */
  gboolean needs_approval, is_token_allowed;
} BgHubMemory;

/* Reads the database at `path`, made where it is missing, into `memory`, which is empty; for `subnet` see bg_hub_store_open(), for
 * the other two BgHubDevicesParts. Where it fails, bg_hub_memory_close() is to be called all the same. */
gboolean bg_hub_memory_open (BgHubMemory *memory, const char *path, const char *subnet, gboolean needs_approval,
                             gboolean is_token_allowed, GError **error);
/* Another network takes the place of the one that is there, in memory and then on the disk, whole. Takes `rows`. On error everything stays;
 * else all that was borrowed from here is gone but writer and move. */
gboolean bg_hub_memory_replace (BgHubMemory *memory, const BgIpPrefix *subnet, BgHubRows *rows, GError **error);
/* Writes what waits. */
void bg_hub_memory_close (BgHubMemory *memory);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (BgHubMemory, bg_hub_memory_close)

G_END_DECLS
