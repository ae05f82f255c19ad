/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "worker/core/devices.h"

#include <glib.h>

G_BEGIN_DECLS

/* What the hub remembers over a restart, as rows, and a change of one row. Plain data, which may go from one thread to
 * another. Times are Unix seconds; texts are never NULL. */

/* An address, and whose it is. */
typedef struct
{
  char *room, *address;
  char *name;            /* "" while only reserved */
  char *public_key;      /* "" while reserved for whoever comes */
  gint64 created_at;
  gint64 reserved_until; /* 0: the device has joined, and keeps it */
  gboolean is_asked;     /* reserved by a question, not by an invite: may give way in a full network */
} BgHubLease;

typedef struct
{
  char *code, *server_url;
  gint64 created_at, expires_at;
  gboolean is_redeemed;
  char *redeemed_by; /* public key; "" where the redeemer named none */
  char *address;     /* "" before, and of one that was cancelled */
  char *signing_key; /* public half, in base64, of the log's invite that goes with it; "": none does */
  char *made_by;     /* id of the device that asked for it; "": by the token that all share, or by a hub of before */
} BgHubInvite;

/* A device that is registered. */
typedef struct
{
  char *id; /* 32 hexadecimal digits */
  char *name, *public_key;
  char *address, *address6; /* with their prefix lengths; "" where it has none */
  gint64 created_at;
  gint64 last_seen_at;      /* 0: never */
  BgDeviceState state;
  gboolean is_owner;        /* manages the others, in a network that is not signed */
} BgHubDevice;

/* What a device shows to get an access token: of the tokens only their SHA-256, in hexadecimal. */
typedef struct
{
  char *device;        /* its id */
  char *hash;
  gint64 made_at;
  gboolean is_used;    /* since it was made */
  char *previous_hash; /* "" where there is none */
  gint64 previous_made_at;
  gint64 used_at;      /* when one of the two was last good, or the first was made */
} BgHubCredential;

/* Of access tokens. */
typedef struct
{
  char *id;     /* "k_" and 16 hexadecimal digits */
  char *secret; /* 64 hexadecimal digits */
  gint64 created_at;
} BgHubSigningKey;

/* One of the log that says who is in the network (docs/devices.md, The log). */
typedef struct
{
  guint32 number;
  GBytes *bytes;
} BgHubLogEntry;

/* Of the network as a whole. */
typedef struct
{
  char *key, *value;
} BgHubSetting;

/* A row without name and key. */
BgHubLease *bg_hub_lease_new (const char *room, const char *address, gint64 now);
BgHubInvite *bg_hub_invite_new (const char *code, const char *server_url, gint64 now, gint64 expires_at);
/* One with everything empty but these. */
BgHubDevice *bg_hub_device_new (const char *id, const char *public_key, gint64 now);
BgHubCredential *bg_hub_credential_new (const char *device, const char *hash, gint64 now);
BgHubSigningKey *bg_hub_signing_key_new (const char *id, const char *secret, gint64 now);
BgHubLogEntry *bg_hub_log_entry_new (guint32 number, GBytes *bytes);
void bg_hub_lease_free (BgHubLease *lease);
void bg_hub_invite_free (BgHubInvite *invite);
void bg_hub_device_free (BgHubDevice *device);
void bg_hub_credential_free (BgHubCredential *credential);
void bg_hub_signing_key_free (BgHubSigningKey *key);
void bg_hub_log_entry_free (BgHubLogEntry *entry);

typedef enum
{
  BG_HUB_TABLE_LEASES,
  BG_HUB_TABLE_INVITES,
  BG_HUB_TABLE_DEVICES,
  BG_HUB_TABLE_CREDENTIALS,
  BG_HUB_TABLE_SIGNING_KEYS,
  BG_HUB_TABLE_LOG,
  BG_HUB_TABLE_SETTINGS,
  BG_HUB_TABLES
} BgHubTable;

/* All rows, table by table; NULL where they were taken. */
typedef struct
{
  GPtrArray *of[BG_HUB_TABLES];
} BgHubRows;

BgHubRows *bg_hub_rows_new (void);
void bg_hub_rows_free (BgHubRows *rows);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgHubRows, bg_hub_rows_free)
/* Changes (of BgHubChange, which the caller takes) that write all of it. */
GPtrArray *bg_hub_rows_as_changes (const BgHubRows *rows);
/* Adds one of the network as a whole; copies. */
void bg_hub_rows_add_setting (BgHubRows *rows, const char *key, const char *value);
/* The value of one (borrowed); NULL: there is none. */
const char *bg_hub_settings_find (GPtrArray *settings, const char *key);

/* How a row of the table is freed. */
GDestroyNotify bg_hub_table_free_func (BgHubTable table);

/* One row as it shall be, or its removal. */
typedef struct
{
  char *key; /* of the row, over all tables */
  BgHubTable table;
  gboolean is_removal;
  gpointer row; /* of the table's type; NULL: all rows of the table, which go */
} BgHubChange;

/* These copy the row. */
BgHubChange *bg_hub_change_of_lease (const BgHubLease *lease, gboolean is_removal);
BgHubChange *bg_hub_change_of_invite (const BgHubInvite *invite, gboolean is_removal);
BgHubChange *bg_hub_change_of_device (const BgHubDevice *device, gboolean is_removal);
BgHubChange *bg_hub_change_of_credential (const BgHubCredential *credential, gboolean is_removal);
BgHubChange *bg_hub_change_of_signing_key (const BgHubSigningKey *key, gboolean is_removal);
/* Entries only come. */
BgHubChange *bg_hub_change_of_log_entry (const BgHubLogEntry *entry);
BgHubChange *bg_hub_change_of_setting (const char *key, const char *value);
/* Whatever is in the table goes. */
BgHubChange *bg_hub_change_of_all (BgHubTable table);
void bg_hub_change_free (BgHubChange *change);

G_END_DECLS
