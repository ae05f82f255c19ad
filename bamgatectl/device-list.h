/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The machines that the network has and had, as ListDevices of the bus says them. */

#include "bamgatectl/call.h"
#include "common/device-entry.h"

/* aa{sv}; NULL with the exit code, which has been explained. */
GVariant *device_list_fetch (Ctl *ctl, CtlExit *code);

typedef enum
{
  DEVICE_ANY,
  DEVICE_PENDING, /* one that waits */
} DeviceWanted;

/* The one that a person means: by its id, key, name, name as it is suggested, or address; those that are out only where nobody else is
 * meant. a{sv}; NULL has been explained. */
GVariant *device_list_find (GVariant *devices, const char *word, DeviceWanted wanted);

/* Both of that. NULL with the exit code, which has been explained. */
GVariant *device_fetch (Ctl *ctl, const char *word, DeviceWanted wanted, CtlExit *code);

typedef gboolean (*DeviceFinish) (BamgateClient *client, GAsyncResult *result, GError **error);
/* Waits for the answer of `call`, which is freed, and says `done` of the device. */
CtlExit device_finish (Ctl *ctl, Call *call, GVariant *device, DeviceFinish finish, const char *done);
