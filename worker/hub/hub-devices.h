/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "worker/core/session.h"
#include "worker/hub/hub-credentials.h"
#include "worker/hub/hub-log.h"
#include "worker/hub/hub-network.h"
#include "worker/hub/hub-ula.h"

G_BEGIN_DECLS

/* The devices that are registered (docs/devices.md, A device): who is one, what it may, and what becomes of it. Kept in memory;
 * changes go to the writer. Rows are borrowed until the next change. Times are Unix seconds and come from the caller. */
typedef struct _BgHubDevices BgHubDevices;

/* What the devices are made of; all live longer. */
typedef struct
{
  BgHubNetwork *network;
  BgHubCredentials *credentials;
  BgHubLog *log;
  BgHubUla *ula;
  BgHubWriter *writer;
  gboolean needs_approval;   /* of every newcomer, in a network that is not signed */
  gboolean is_token_allowed; /* the one that all share, in such a network */
} BgHubDevicesParts;

/* What others hear of. Neither may call back into the devices. */
typedef struct
{
  void (*out) (const BgHubDevice *device, BgGoodbye why, gpointer data); /* its sockets are to go */
  void (*changed) (gpointer data); /* the log, or who waits, or what opens: everything is to be looked at again */
  gpointer data;
} BgHubDevicesWatch;

/* Takes `rows` (of BgHubDevice, by time). */
BgHubDevices *bg_hub_devices_new (GPtrArray *rows, const BgHubDevicesParts *parts);
void bg_hub_devices_free (BgHubDevices *devices);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgHubDevices, bg_hub_devices_free)
void bg_hub_devices_watch (BgHubDevices *devices, const BgHubDevicesWatch *watch);

/* Looking */

/* NULL: there is none. */
const BgHubDevice *bg_hub_devices_find (BgHubDevices *devices, const char *id);
const BgHubDevice *bg_hub_devices_find_key (BgHubDevices *devices, const char *public_key);
/* All, by time of entry. Free the array alone. */
GPtrArray *bg_hub_devices_list (BgHubDevices *devices);
/* What its row and the log come to. */
BgDeviceState bg_hub_devices_get_state (BgHubDevices *devices, const BgHubDevice *device);
/* "pending", "active", "left", "revoked" */
const char *bg_hub_devices_get_state_name (BgHubDevices *devices, const BgHubDevice *device);
/* Does the log have it, and has not revoked it? */
gboolean bg_hub_devices_is_member (BgHubDevices *devices, const BgHubDevice *device);
/* Is this its WireGuard key? */
gboolean bg_hub_devices_has_key (const BgHubDevice *device, const guint8 key[BG_ENTRY_KEY]);
gboolean bg_hub_devices_is_owner (BgHubDevices *devices, const BgHubDevice *device);
gboolean bg_hub_devices_may (BgHubDevices *devices, const BgHubDevice *device, BgDeviceRight right);
/* The active one that has the name of one that waits; NULL. */
const BgHubDevice *bg_hub_devices_get_replaced (BgHubDevices *devices, const BgHubDevice *device);
guint bg_hub_devices_count_pending (BgHubDevices *devices);
/* Their keys (text, borrowed), by time of entry, in a network that is not signed: in a signed one the log says it. Free the array alone. */
GPtrArray *bg_hub_devices_list_revoked (BgHubDevices *devices);
/* The frame `network`, which says how many entries the log has, how many devices wait, and how many keys were revoked (transfer full). */
char *bg_hub_devices_get_news (BgHubDevices *devices);
gboolean bg_hub_devices_is_signed (BgHubDevices *devices);
/* Does the token that all share open rooms, and does it register devices? */
gboolean bg_hub_devices_token_opens (BgHubDevices *devices);
gboolean bg_hub_devices_token_registers (BgHubDevices *devices);
/* Is the token given to whoever has a code? Not where each newcomer waits for an owner's word: it would open rooms before that. */
gboolean bg_hub_devices_codes_give_token (BgHubDevices *devices);
/* May somebody join a room as this? `id`: the device that it came as; NULL: with the token that all share. BG_GOODBYE_NONE: yes. */
BgGoodbye bg_hub_devices_judge_join (BgHubDevices *devices, const char *id, const char *room, const char *name,
                                     const char *public_key, const char *address);

/* Changing */

typedef enum
{
  BG_HUB_REGISTERED,
  BG_HUB_REGISTER_REVOKED, /* the key was put out */
  BG_HUB_REGISTER_FULL,
} BgHubRegister;

/* May it register, and is there a place for it? To be asked before an invite is used up. */
BgHubRegister bg_hub_devices_judge_register (BgHubDevices *devices, const char *public_key, gint64 now);
/* It does, with an address that is reserved for it. NULL where there are no random numbers. */
const BgHubDevice *bg_hub_devices_register (BgHubDevices *devices, const char *name, const char *public_key,
                                            const char *address, gint64 now);
/* It was heard of. */
void bg_hub_devices_see (BgHubDevices *devices, const char *id, gint64 now);
/* It may come in from now on; one whose name it takes is revoked. FALSE where there is no address for it. */
gboolean bg_hub_devices_approve (BgHubDevices *devices, const char *id, gint64 now);
/* FALSE where the name is another's. */
gboolean bg_hub_devices_rename (BgHubDevices *devices, const char *id, const char *name, gint64 now);
void bg_hub_devices_revoke (BgHubDevices *devices, const char *id);
void bg_hub_devices_leave (BgHubDevices *devices, const char *id);
/* Makes of the rows what the log says, after it has gone on. */
void bg_hub_devices_follow_log (BgHubDevices *devices, gint64 now);

G_END_DECLS
