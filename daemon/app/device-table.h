/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The devices of the network as people are told of them: what the hub knows, and what the log has, of each one row. In a signed network the
 * log says who is in it, and the hub only when they came. Pure. */

#include "signaling/service-devices.h"

G_BEGIN_DECLS

typedef struct
{
  char                *id;         /* the hub's; NULL: it does not say */
  char                *name;
  char                *public_key; /* base64 */
  char               **addresses;
  BgServiceDeviceState state;
  gboolean             is_owner, is_online, is_signed, is_self;
  gint64               created_at_s, seen_at_s; /* Unix seconds; 0: not known */
  char                *replaces;   /* NULL: nobody */
  GVariant            *member;     /* of bg_application_list_members(); NULL: the log does not have it */
} BgDeviceRow;

void bg_device_row_free (BgDeviceRow *row);

/* Of BgDeviceRow, free with g_ptr_array_unref(). `devices` of BgServiceDevice; NULL: the hub does not answer. `members`: aa{sv} of
 * bg_application_list_members(); NULL: the network is not signed. `own_key`: base64, of this machine. */
GPtrArray *bg_device_table_new (const GPtrArray *devices, GVariant *members, const char *own_key);
/* aa{sv} as of ListDevices on the bus, floating. */
GVariant *bg_device_table_describe (const GPtrArray *table);
/* By id, key or name, the last among those that are in or wait (`is_pending`: that wait) before it is looked for among all. BG_ERROR_NOT_FOUND for
 * nobody, BG_ERROR_INVALID_ARGUMENT where several have that name. Borrowed. */
const BgDeviceRow *bg_device_table_find (const GPtrArray *table, const char *word, gboolean is_pending, GError **error);

G_END_DECLS
