/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "worker/hub/hub-devices.h"

/* For hub-devices.c and hub-devices-log.c. */

struct _BgHubDevices
{
  BgHubDevicesParts parts;
  BgHubDevicesWatch watch;
  GPtrArray *rows;   /* BgHubDevice, by time of entry */
  GHashTable *by_id, *by_key;
  GHashTable *members; /* key in base64 (owned) → its place in the log's membership and one: what follow_log() saw last */
};

const BgMembership *bg_hub_devices_get_membership (BgHubDevices *devices);
/* NULL: the log never had it. */
const BgMember *bg_hub_devices_find_member (BgHubDevices *devices, const char *public_key);
/* The row of a key, made where there is none; NULL where there are no random numbers. */
BgHubDevice *bg_hub_devices_row_of_key (BgHubDevices *devices, const char *public_key, gint64 now);
void bg_hub_devices_write (BgHubDevices *devices, const BgHubDevice *device);
/* It is in the network no more: BG_DEVICE_LEFT or BG_DEVICE_REVOKED. */
void bg_hub_devices_put_out (BgHubDevices *devices, BgHubDevice *device, BgDeviceState state);
void bg_hub_devices_tell_out (BgHubDevices *devices, const BgHubDevice *device, BgGoodbye why);
void bg_hub_devices_tell_changed (BgHubDevices *devices);
/* Another text for a member of a row. */
void bg_hub_devices_set_text (char **text, const char *value);
