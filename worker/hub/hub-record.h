/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What the hub remembers over a restart, as rows, and a change of one row. Plain data, which may go from one thread to
 * another. Times are Unix seconds; texts are never NULL. */

typedef struct
{
  char *room, *address;
  char *name;            /* "" while only reserved */
  char *public_key;      /* "" while reserved for whoever comes */
  gint64 created_at;
  gint64 reserved_until; /* 0: the device has joined, and keeps it */
  gboolean is_asked;     /* reserved by a question, not by an invite: may give way in a full network */
} BgHubDevice;

typedef struct
{
  char *code, *server_url;
  gint64 created_at, expires_at;
  gboolean is_redeemed;
  char *redeemed_by; /* public key; "" where the redeemer named none */
  char *address;     /* "" before */
} BgHubInvite;

/* A row without name and key. */
BgHubDevice *bg_hub_device_new (const char *room, const char *address, gint64 now);
BgHubDevice *bg_hub_device_copy (const BgHubDevice *device);
void bg_hub_device_free (BgHubDevice *device);
/* The same for an invite. */
BgHubInvite *bg_hub_invite_new (const char *code, const char *server_url, gint64 now, gint64 expires_at);
BgHubInvite *bg_hub_invite_copy (const BgHubInvite *invite);
void bg_hub_invite_free (BgHubInvite *invite);

/* One row as it shall be, or its removal. */
typedef struct
{
  char *key; /* of the row, over all tables */
  gboolean is_removal;
  BgHubDevice *device; /* one of the two */
  BgHubInvite *invite;
} BgHubChange;

/* These copy the row. */
BgHubChange *bg_hub_change_of_device (const BgHubDevice *device, gboolean is_removal);
BgHubChange *bg_hub_change_of_invite (const BgHubInvite *invite, gboolean is_removal);
void bg_hub_change_free (BgHubChange *change);

G_END_DECLS
