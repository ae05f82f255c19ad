/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "worker/hub/hub-address.h"

G_BEGIN_DECLS

/* What the hub remembers over a restart: subnet, devices and their addresses, open invites. SQLite
 * in WAL, one connection, main thread only. Times are Unix seconds and come from the caller. */
typedef struct _BgHubStore BgHubStore;

#define BG_HUB_DEFAULT_SUBNET "10.0.0.0/24"

/* Opens or makes the database. `subnet` may be NULL: the one stored, or the default; another one
 * than the stored is an error once there are devices. */
BgHubStore *bg_hub_store_open (const char *path, const char *subnet, GError **error);
void bg_hub_store_close (BgHubStore *store);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgHubStore, bg_hub_store_close)

const BgIpPrefix *bg_hub_store_get_subnet (BgHubStore *store);

typedef struct
{
  char *address, *name, *public_key; /* the last two "" while only reserved */
} BgHubDevice;
void bg_hub_device_free (BgHubDevice *device);

/* BgHubDevice of a room, by time of entry; NULL on error. */
GPtrArray *bg_hub_store_list_devices (BgHubStore *store, const char *room, GError **error);
/* `address` becomes the next free one, NULL where the subnet is full. Reserves nothing. */
gboolean bg_hub_store_next_address (BgHubStore *store, const char *room, char **address,
                                    GError **error);

typedef enum
{
  BG_HUB_RECORD_DONE,    /* known under this key, or written now */
  BG_HUB_RECORD_FOREIGN, /* the address belongs to another key: nothing written */
  BG_HUB_RECORD_UNFIT,   /* no address of the subnet, or no key: nothing to write */
  BG_HUB_RECORD_FULL,    /* too many devices: nothing written */
  BG_HUB_RECORD_FAILED,  /* see error */
} BgHubRecord;
/* A device joined. */
BgHubRecord bg_hub_store_record_device (BgHubStore *store, const char *room, const char *address,
                                        const char *name, const char *public_key, gint64 now,
                                        GError **error);

/* Keeps a code for `lifetime` seconds; FALSE with BG_ERROR_WRONG_STATE where too many are open. */
gboolean bg_hub_store_add_invite (BgHubStore *store, const char *code, const char *server_url,
                                  gint64 now, guint lifetime, GError **error);

typedef enum
{
  BG_HUB_REDEEM_DONE,
  BG_HUB_REDEEM_UNKNOWN, /* or used */
  BG_HUB_REDEEM_EXPIRED,
  BG_HUB_REDEEM_NO_ADDRESS, /* the invite stays good */
  BG_HUB_REDEEM_FAILED,     /* see error */
} BgHubRedeem;
/* Uses a code up and reserves the next address, both or neither. */
BgHubRedeem bg_hub_store_redeem (BgHubStore *store, const char *code, gint64 now, char **address,
                                 char **server_url, GError **error);

G_END_DECLS
